package contract

// Verdict says whether a run may go on. It comes back from every activity that touches the run's row.
type Verdict string

// The verdicts. Stale and closed end the workflow without any further effect: another workflow has taken the run over
// (a reset, a restart by the reconciler), or the row is closed already.
const (
	VerdictGo      Verdict = "go"
	VerdictPaused  Verdict = "paused"
	VerdictStopped Verdict = "stopped"
	VerdictStale   Verdict = "stale"
	VerdictClosed  Verdict = "closed"
)

// WakeInput asks, before the first effect after a sleep, whether the run may act.
type WakeInput struct {
	WorkspaceID int64  `json:"ws"`
	RunID       string `json:"run"`
	Owner       string `json:"own"`           // Temporal run id of the asking workflow
	Before      string `json:"bef,omitempty"` // Temporal run id of the one that continued as it
	Seq         int64  `json:"seq"`           // last machine sequence it has persisted
	Since       int64  `json:"at,omitempty"`  // microseconds since 1970: when the present wait began

	// Of a version with exits that are conditions alone; such an exit is looked at by the document and the run's data.
	DocHash  string            `json:"hash,omitempty"`
	Revision int               `json:"rev,omitempty"`
	Results  map[string]string `json:"res,omitempty"`
}

// WakeResult is the answer to WakeInput.
type WakeResult struct {
	Verdict Verdict `json:"v"`
	Frozen  int64   `json:"fr,omitempty"`   // microseconds since Since that do not count because the journey was paused
	Overdue bool    `json:"over,omitempty"` // the latest pause says: skip what became due during it
	Logic   int     `json:"lv,omitempty"`   // logic version that runs take from now on
	Exit    int     `json:"x,omitempty"`    // 1-based exit rule whose condition holds, with verdict go
}

// AdvanceInput persists the progress of a run: it goes to sleep, is held by a pause, or ends.
type AdvanceInput struct {
	WorkspaceID int64         `json:"ws"`
	RunID       string        `json:"run"`
	CustomerID  string        `json:"cust"`
	VersionID   string        `json:"ver"`
	DocHash     string        `json:"hash"`
	Owner       string        `json:"own"`           // Temporal run id of the workflow
	Before      string        `json:"bef,omitempty"` // Temporal run id of the one that continued as it
	Seq         int64         `json:"seq"`           // one more than what it persisted last
	State       []byte        `json:"st"`            // journey.State as JSON
	StepID      string        `json:"step"`
	StepSince   int64         `json:"since"`
	WakeAt      int64         `json:"wake,omitempty"` // when it wakes by itself; 0 = Wait decides, or held, or ended
	Hops        int           `json:"hops,omitempty"` // steps left so far
	Left        []LeftStep    `json:"left,omitempty"` // those of them that have not been persisted yet
	Wait        *WaitQuestion `json:"wait,omitempty"` // resolve the wait of the step in the same transaction
	Held        bool          `json:"held,omitempty"` // it woke during a pause: it waits for a resume signal
	Outcome     string        `json:"out,omitempty"`  // set when the run ends
	Reason      string        `json:"why,omitempty"`  // with Outcome: exit rule, goal, stop
	EventID     string        `json:"ev,omitempty"`   // with Outcome: the event that ended it
	At          int64         `json:"at"`             // microseconds since 1970: the workflow's now
}

// LeftStep is one step that a run has left.
type LeftStep struct {
	Seq       int    `json:"n"` // 1 for the first step that a run leaves
	StepID    string `json:"s"`
	Visit     int    `json:"v"`
	Exit      string `json:"x"`
	Next      string `json:"to,omitempty"`
	EnteredAt int64  `json:"in"`
	LeftAt    int64  `json:"out"`
}

// AdvanceResult answers AdvanceInput.
type AdvanceResult struct {
	Verdict Verdict     `json:"v"`
	Logic   int         `json:"lv,omitempty"`
	Wait    *WaitAnswer `json:"w,omitempty"`
}

// WaitQuestion asks when a wait ends and whether an event that ends it has happened already.
type WaitQuestion struct {
	StepID    string            `json:"step"`
	Visit     int               `json:"visit"`
	ReachedAt int64             `json:"at"`             // when the step was reached, without frozen time
	Horizon   int64             `json:"since"`          // wait_for: an event counts from here on
	Applied   []string          `json:"seen,omitempty"` // events that this run has applied already
	Frozen    int64             `json:"frz,omitempty"`  // paused microseconds that the machine adds to the deadline
	Revision  int               `json:"rev,omitempty"`  // context revision to read
	Results   map[string]string `json:"res,omitempty"`  // last result of each step of this run
	Was       int64             `json:"was,omitempty"`  // the deadline of this wait before it was resolved again, if it was a date
	Now       int64             `json:"now,omitempty"`  // the workflow's now; a date that lies before it has passed
}

// WaitAnswer is a resolved wait. A matched event goes before the deadline.
type WaitAnswer struct {
	Deadline int64  `json:"at"`
	Exit     string `json:"x,omitempty"`
	EventID  string `json:"ev,omitempty"`
	Late     string `json:"late,omitempty"` // journey.LateMissed or LateNoDate: there is nothing to wait for
	Fixed    bool   `json:"fix,omitempty"`  // paused time is in the deadline already, or does not count
	Check    bool   `json:"chk,omitempty"`  // what it rests on may change unheard: resolve it again when it comes
	Count    int    `json:"n,omitempty"`    // collect: events gathered so far
}

// ResolveWaitInput asks for a wait without persisting anything: previews, and waits that are resolved again.
type ResolveWaitInput struct {
	WorkspaceID int64        `json:"ws"`
	RunID       string       `json:"run"`
	CustomerID  string       `json:"cust"`
	VersionID   string       `json:"ver"`
	DocHash     string       `json:"hash"`
	Wait        WaitQuestion `json:"wait"`
}

// DecideInput asks which case of a branch holds, or which exit of a wait_for an event fulfils.
type DecideInput struct {
	WorkspaceID int64             `json:"ws"`
	RunID       string            `json:"run"`
	CustomerID  string            `json:"cust"`
	VersionID   string            `json:"ver"`
	DocHash     string            `json:"hash"`
	StepID      string            `json:"step"`
	Visit       int               `json:"visit"`
	EventID     string            `json:"ev,omitempty"`  // wait_for: the event at hand
	Revision    int               `json:"rev,omitempty"` // context revision to read
	Results     map[string]string `json:"res,omitempty"` // last result of each step of this run
}

// DecideResult names the exit; empty means that an event fulfils none.
type DecideResult struct {
	Exit string `json:"x"`
}

// UpdateInput asks to set the attributes of an update step.
type UpdateInput struct {
	WorkspaceID int64  `json:"ws"`
	RunID       string `json:"run"`
	CustomerID  string `json:"cust"`
	VersionID   string `json:"ver"`
	DocHash     string `json:"hash"`
	StepID      string `json:"step"`
	Visit       int    `json:"visit"`
	Control     bool   `json:"ctl,omitempty"`
}

// UpdateResult tells whether something changed; a held-out run changes nothing.
type UpdateResult struct {
	Changed bool   `json:"ch"`
	Reason  string `json:"why,omitempty"`
	Halted  bool   `json:"hl,omitempty"` // the journey is paused or stopped: nothing was done, see PerformHalted
}

// MoveInput asks where a run is to be moved that was told so by a control signal.
type MoveInput struct {
	WorkspaceID int64  `json:"ws"`
	RunID       string `json:"run"`
	MoveID      string `json:"move"`
	StepID      string `json:"step"` // where it is
}

// MoveResult names the version and the step. An empty version means that the move was taken back: the run stays.
type MoveResult struct {
	VersionID string            `json:"ver,omitempty"`
	Version   int               `json:"vno,omitempty"`
	DocHash   string            `json:"hash,omitempty"`
	Mapping   map[string]string `json:"map,omitempty"` // step of the old version -> step of the new one; a step that is not named keeps its id
}
