package adminapi

import "time"

// CustomerSummary is a row of the customer list.
type CustomerSummary struct {
	ID          string     `json:"id"`
	ExternalID  string     `json:"external_id"`
	Name        string     `json:"name"`
	Email       string     `json:"email"`
	Locale      string     `json:"locale"`
	Country     string     `json:"country"`
	OrdersCount int        `json:"orders_count"`
	OrdersValue int64      `json:"orders_value" doc:"Minor units of the workspace's currency"`
	LastOrderAt *time.Time `json:"last_order_at,omitempty"`
	LastSeenAt  *time.Time `json:"last_seen_at,omitempty"`
	POrder      *float64   `json:"p_order,omitempty" doc:"Probability of at least one order in the scoring horizon"`
	ChurnScore  *float64   `json:"churn_score,omitempty" doc:"1 - p_order"`
	OpenRuns    int        `json:"open_runs"`
	CreatedAt   time.Time  `json:"created_at"`
}

// CustomerDetail is the single view of one customer.
type CustomerDetail struct {
	ID            string         `json:"id"`
	ExternalID    string         `json:"external_id"`
	Name          string         `json:"name"`
	Email         string         `json:"email"`
	Phone         string         `json:"phone"`
	Locale        string         `json:"locale"`
	Timezone      string         `json:"timezone"`
	Country       string         `json:"country"`
	Birthday      string         `json:"birthday" doc:"YYYY-MM-DD or --MM-DD"`
	Attributes    map[string]any `json:"attributes"`
	NoProfiling   bool           `json:"no_profiling"`
	Restricted    bool           `json:"restricted"`
	LegalHold     bool           `json:"legal_hold"`
	PausedUntil   *time.Time     `json:"paused_until,omitempty"`
	MergedInto    string         `json:"merged_into" doc:"Customer id this one was merged into"`
	CreatedAt     time.Time      `json:"created_at"`
	UpdatedAt     time.Time      `json:"updated_at"`
	Metrics       []Metric       `json:"metrics"`
	Scores        []Score        `json:"scores"`
	ContactPoints []ContactPoint `json:"contact_points"`
	Permissions   []Permission   `json:"permissions" doc:"Where the consent ledger stands now"`
	Consents      []ConsentEntry `json:"consents" doc:"The ledger, newest first"`
	Runs          []RunSummary   `json:"runs" doc:"Newest first, at most 50"`
	Objects       []ObjectDetail `json:"objects" doc:"Bookings, contracts, devices…: by type, then the most recently changed first; at most 100"`
}

// ObjectDetail is something of a customer's that has dates.
type ObjectDetail struct {
	Type       string            `json:"type"`
	Key        string            `json:"key"`
	Status     string            `json:"status" doc:"Empty when no source has said one"`
	Product    string            `json:"product"`
	Dates      map[string]string `json:"dates" doc:"A day (2026-05-03), a time on the wall (2026-05-03T15:00:00) or an instant (2026-05-03T13:00:00Z), by name"`
	Properties map[string]any    `json:"properties"`
	Revision   int               `json:"revision" doc:"Grows with each change"`
	CreatedAt  time.Time         `json:"created_at"`
	UpdatedAt  time.Time         `json:"updated_at"`
}

// Metric is one column of the datamart.
type Metric struct {
	Key    string     `json:"key" doc:"orders_count, orders_value, mean_gap_days, …"`
	Kind   string     `json:"kind" enum:"count,money,days,time"`
	Number *float64   `json:"number,omitempty"`
	Time   *time.Time `json:"time,omitempty"`
}

// Score is a computed value with its explanation.
type Score struct {
	Key      string         `json:"key" doc:"rfm, p_alive, expected_orders, p_order, churn_score, own_gap_days, next_order_at, winback_due_at"`
	Kind     string         `json:"kind" enum:"probability,count,days,time,rfm"`
	Number   *float64       `json:"number,omitempty"`
	Time     *time.Time     `json:"time,omitempty"`
	Text     string         `json:"text"`
	Why      string         `json:"why" doc:"English sentence: from what it was computed"`
	Facts    map[string]any `json:"facts" doc:"The numbers in the sentence"`
	Model    string         `json:"model" doc:"Kind of model, e.g. bgnbd"`
	ModelID  string         `json:"model_id"`
	ScoredAt *time.Time     `json:"scored_at,omitempty"`
}

// ContactPoint is an address of a channel.
type ContactPoint struct {
	ID               string     `json:"id"`
	Channel          string     `json:"channel"`
	Address          string     `json:"address"`
	SuppressedReason string     `json:"suppressed_reason"`
	SuppressedAt     *time.Time `json:"suppressed_at,omitempty"`
}

// Permission is the current state for a channel and purpose.
type Permission struct {
	Channel    string    `json:"channel"`
	Purpose    string    `json:"purpose"`
	State      string    `json:"state" doc:"granted, withdrawn, pending"`
	LegalBasis string    `json:"legal_basis"`
	OccurredAt time.Time `json:"occurred_at"`
	ConsentID  string    `json:"consent_id"`
}

// ConsentEntry is one line of the ledger.
type ConsentEntry struct {
	ID         string         `json:"id"`
	Seq        int64          `json:"seq"`
	Channel    string         `json:"channel"`
	Purpose    string         `json:"purpose"`
	State      string         `json:"state"`
	LegalBasis string         `json:"legal_basis"`
	Source     string         `json:"source"`
	SourceKind string         `json:"source_kind" doc:"person or list"`
	Proof      map[string]any `json:"proof"`
	Actor      string         `json:"actor"`
	OccurredAt time.Time      `json:"occurred_at"`
	RecordedAt time.Time      `json:"recorded_at"`
	Hash       string         `json:"hash"`
}

// ConsentChange grants or withdraws on behalf of the customer.
type ConsentChange struct {
	Channel    string     `json:"channel" enum:"email,sms,push,phone,print" doc:"Channel the permission is for"`
	Purpose    string     `json:"purpose" minLength:"1" maxLength:"63"`
	State      string     `json:"state" enum:"granted,withdrawn"`
	Evidence   string     `json:"evidence,omitempty" maxLength:"1000" doc:"How the customer said so; needed to grant"`
	OccurredAt *time.Time `json:"occurred_at,omitempty" doc:"When the customer said so; default now"`
}

// SuppressRequest blocks an address for good.
type SuppressRequest struct {
	Channel string `json:"channel" enum:"email,sms,push,phone,print"`
	Note    string `json:"note,omitempty" maxLength:"200"`
}

// WhyAnswer explains what a customer got and did not get.
type WhyAnswer struct {
	Customer CustomerRef `json:"customer"`
	Journey  *JourneyRef `json:"journey,omitempty"`

	Broadcast *BroadcastRef `json:"broadcast,omitempty"`

	Summary string     `json:"summary" doc:"English sentence"`
	Entries []WhyEntry `json:"entries" doc:"Newest first"`
}

// WhyEntry is one decision in a sentence.
type WhyEntry struct {
	ID       string      `json:"id"`
	At       time.Time   `json:"at"`
	Sentence string      `json:"sentence" doc:"English"`
	Kind     string      `json:"kind" doc:"entry, branch, gate, wait, exit, goal, send …"`
	Outcome  string      `json:"outcome"`
	Reason   string      `json:"reason"`
	StepID   string      `json:"step_id"`
	StepName string      `json:"step_name"`
	RunID    string      `json:"run_id"`
	SendID   string      `json:"send_id"`
	Journey  *JourneyRef `json:"journey,omitempty"`

	Broadcast *BroadcastRef `json:"broadcast,omitempty"`

	Facts map[string]any `json:"facts"`
}
