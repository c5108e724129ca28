package contract

// PerformInput asks for the action of a step that neither sends nor decides. The same input always means the same
// action: run, step and visit are its identity, and a repeated call answers what the first one recorded.
type PerformInput struct {
	WorkspaceID int64             `json:"ws"`
	RunID       string            `json:"run"`
	CustomerID  string            `json:"cust"`
	VersionID   string            `json:"ver"`
	DocHash     string            `json:"hash"`
	StepID      string            `json:"step"`
	Visit       int               `json:"visit"`
	ReachedAt   int64             `json:"at"`              // microseconds since 1970 when the step was reached
	Since       int64             `json:"since,omitempty"` // collect: events that occurred at or after this are gathered
	Now         int64             `json:"now,omitempty"`   // collect: events that occurred up to this moment; the workflow's now
	Control     bool              `json:"ctl,omitempty"`
	Revision    int               `json:"rev,omitempty"` // context revision to read
	Results     map[string]string `json:"res,omitempty"` // last result of each step of this run
}

// PerformState is how an attempt at an action ended.
type PerformState string

// The states. Retry names the time of the next attempt; halted says that the journey is paused or stopped and nothing was
// done: the run asks as after a sleep. Done is final.
const (
	PerformDone   PerformState = "done"
	PerformRetry  PerformState = "retry"
	PerformHalted PerformState = "halted"
)

// PerformResult is the outcome of one attempt.
type PerformResult struct {
	State    PerformState `json:"s"`
	Exit     string       `json:"x,omitempty"`   // the step's exit; journey.ExitPending: the step goes on waiting
	Result   string       `json:"r,omitempty"`   // kept for conditions: points, refused, skipped(control)…
	Reason   string       `json:"why,omitempty"` // for the record and the summary
	Revision int          `json:"rev,omitempty"` // context revision that the action made
	At       int64        `json:"at,omitempty"`  // retry: not before, microseconds since 1970
	Until    int64        `json:"to,omitempty"`  // collect: what occurred before this has been looked at
}
