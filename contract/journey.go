package contract

import "time"

// JourneyInput starts a run's workflow, and carries it over continue-as-new and restarts by the reconciler.
type JourneyInput struct {
	WorkspaceID  int64  `json:"ws"`
	WorkspaceKey string `json:"wk"`
	JourneyKey   string `json:"jk"`
	RunID        string `json:"run"`
	CustomerID   string `json:"cust"`
	VersionID    string `json:"ver"`
	Version      int    `json:"vno"`
	DocHash      string `json:"hash"` // hex SHA-256 of the canonical document; the loader refuses another one
	Control      bool   `json:"ctl,omitempty"`
	StartedAt    int64  `json:"at"`              // microseconds since 1970: the run's start, not the workflow's
	State        []byte `json:"state,omitempty"` // journey.State as JSON (runs.machine); empty or {} at the start
	Seq          int64  `json:"seq,omitempty"`   // last machine sequence that was persisted (runs.machine_seq)
	Code         string `json:"code,omitempty"`  // the type of Go code that walks the run; empty: the canvas
	Logic        int    `json:"lv,omitempty"`    // journey.SelectedLogic of whoever started it; 0 = 1
	Before       string `json:"bef,omitempty"`   // Temporal run id of the execution that continued as this one
}

// EventSignal tells a run that an event it listens for has been routed.
type EventSignal struct {
	EventID    string `json:"id"`
	Name       string `json:"n"`
	OccurredAt int64  `json:"at"`             // microseconds since 1970
	Revision   int    `json:"rev,omitempty"`  // context revision this event made, if any
	Exit       int    `json:"exit,omitempty"` // 1-based index of the exit rule it fulfils, decided by the router
	Goal       bool   `json:"goal,omitempty"` // it fulfils the goal, decided by the router
}

// Kinds of ControlSignal.
const (
	ControlStop     = "stop"      // the run ends
	ControlResume   = "resume"    // a pause may be over
	ControlSkipWait = "skip_wait" // the present wait ends at once; Step names the one that is meant
	ControlHold     = "hold"      // this run alone does nothing until it is released; its waits go on counting
	ControlRelease  = "release"
	ControlRetry    = "retry" // a deferred action is tried at once, a wait resolved again
	ControlMove     = "move"  // the run goes to another version; ActivityMoveRun says where
)

// ControlSignal wakes a run because an operator did something; the run reads the details from the database. A run applies
// an ID once, also when the signal is delivered again to a later execution.
type ControlSignal struct {
	Kind string `json:"k"`
	ID   string `json:"id"`             // move: the id of the move
	Step string `json:"step,omitempty"` // skip_wait, retry: only if the run is still at this step
}

// RunView answers the state query and is safe to show in Temporal Web.
type RunView struct {
	RunID    string    `json:"run"`
	Version  int       `json:"version"`
	Step     string    `json:"step"`
	Waiting  string    `json:"waiting,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Applied  int       `json:"events_applied"`
	Revision int       `json:"context_revision,omitempty"`
	Paused   bool      `json:"paused,omitempty"`
	Held     bool      `json:"held,omitempty"`
	Outcome  string    `json:"outcome,omitempty"`
}
