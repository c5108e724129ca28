package contract

import "time"

// SendInput asks for one logical send of a run. The same input always means the same row of the ledger.
type SendInput struct {
	WorkspaceID int64  `json:"ws"`
	RunID       string `json:"run"`
	CustomerID  string `json:"cust"`
	VersionID   string `json:"ver"`
	DocHash     string `json:"hash"`
	StepID      string `json:"step"`
	Visit       int    `json:"visit"`
	ReachedAt   int64  `json:"at"` // microseconds since 1970 when the step was reached; expiry counts from here
	Control     bool   `json:"ctl,omitempty"`
}

// SendState is how an attempt at a send ended.
type SendState string

// The states a run sees. Deferred and retry name the time of the next attempt; all others are final.
const (
	SendAccepted SendState = "accepted"
	SendRejected SendState = "rejected"
	SendSkipped  SendState = "skipped"
	SendDeferred SendState = "deferred"
	SendExpired  SendState = "expired"
	SendCanceled SendState = "cancelled"
	SendUnknown  SendState = "unknown"
	SendRetry    SendState = "retry"   // a definite non-acceptance, or another worker holds a live lease
	SendNotNow   SendState = "not_now" // TrySendMessage only: no token or no warm connection; use the channel's queue
)

// SendResult is the outcome of one attempt.
type SendResult struct {
	State  SendState `json:"s"`
	Reason string    `json:"r,omitempty"`
	SendID string    `json:"id,omitempty"`
	At     time.Time `json:"at,omitzero"`   // deferred, retry: not before; accepted: when
	Repeat bool      `json:"rep,omitempty"` // the row was final already: nothing was sent this time
}

// ScoreInput asks for a fresh score of one customer.
type ScoreInput struct {
	WorkspaceID int64  `json:"ws"`
	CustomerID  string `json:"cust"`
	RunID       string `json:"run,omitempty"`
	StepID      string `json:"step,omitempty"`
}

// ScoreResult tells that the scores are fresh; the values stay in the database.
type ScoreResult struct {
	ModelID string `json:"model,omitempty"`
	Scored  bool   `json:"scored"`
	Reason  string `json:"why,omitempty"`
}
