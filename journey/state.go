package journey

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Phase says what a run is busy with.
type Phase string

// The phases.
const (
	PhaseNew     Phase = ""        // nothing has happened yet
	PhaseAct     Phase = "act"     // the action of the step is to be performed
	PhaseResolve Phase = "resolve" // the end of the step's wait is to be found, and events that came before it
	PhaseWait    Phase = "wait"    // armed: asleep until the deadline or an event
	PhaseMatch   Phase = "match"   // an event is to be held against the conditions of the armed wait_for
	PhaseDone    Phase = "done"
)

// AppliedLimit bounds the memory of applied events; the database remembers the rest.
const AppliedLimit = 256

// State is everything that is to be known about a run between two inputs. It holds ids, numbers and step names only, is
// complete (Due needs nothing else but the document) and small. Times are microseconds since 1970.
type State struct {
	Logic     int               `json:"lv"`
	Owner     string            `json:"own,omitempty"` // Temporal run id that wrote it last
	Phase     Phase             `json:"ph,omitempty"`
	Step      string            `json:"at,omitempty"`    // the cursor
	Reached   int64             `json:"since,omitempty"` // when the cursor came here
	Visits    map[string]int    `json:"vis,omitempty"`   // how often each step was entered
	Hops      int               `json:"hops,omitempty"`  // how many steps were left
	Armed     *Armed            `json:"arm,omitempty"`
	Frozen    int64             `json:"frz,omitempty"`   // paused microseconds that do not count for this wait
	Match     *Event            `json:"ev,omitempty"`    // in PhaseMatch
	Recheck   bool              `json:"again,omitempty"` // another event came during PhaseMatch
	Applied   []string          `json:"seen,omitempty"`  // ids of the last events applied
	Revision  int               `json:"rev,omitempty"`   // context revision
	Results   map[string]string `json:"res,omitempty"`   // last result of each step
	StartedAt int64             `json:"start,omitempty"`
	MessageAt int64             `json:"msg,omitempty"` // when the last message was accepted
	Paused    bool              `json:"paused,omitempty"`
	Overdue   bool              `json:"over,omitempty"` // after a pause: messages are skipped until a wait lies ahead again
	Late      bool              `json:"late,omitempty"` // a date had passed: what acts is skipped until a wait lies ahead again
	Held      bool              `json:"held,omitempty"` // an operator holds this run alone
	Was       int64             `json:"was,omitempty"`  // the last deadline of this wait, if it is a date
	Checked   bool              `json:"chk,omitempty"`  // the deadline has come and is looked at once more
	Gathered  map[string]int64  `json:"got,omitempty"`  // when each collect step gathered last
	Goal      bool              `json:"goal,omitempty"` // the goal was reached and the run goes on
	Outcome   string            `json:"out,omitempty"`
	Reason    string            `json:"why,omitempty"`
	EventID   string            `json:"by,omitempty"` // the event that ended the run
	Code      *CodeState        `json:"code,omitempty"`
}

// Armed is a wait with a known end.
type Armed struct {
	Deadline int64 `json:"at"`
	Retry    bool  `json:"retry,omitempty"` // a deferred action: it is tried again at the deadline
	Fixed    bool  `json:"fix,omitempty"`   // a date: paused time does not move it
	Check    bool  `json:"chk,omitempty"`   // what it rests on may change unheard: it is resolved once more when it comes
	Count    int   `json:"n,omitempty"`     // collect: events that are gathered, at most
}

// Event is what a run is told about an event: never its properties.
type Event struct {
	ID         string `json:"id"`
	Name       string `json:"n"`
	OccurredAt int64  `json:"at"`
	Revision   int    `json:"rev,omitempty"`  // context revision it made
	Exit       int    `json:"exit,omitempty"` // 1-based exit rule it fulfils
	Goal       bool   `json:"goal,omitempty"` // it fulfils the goal
}

// Left is one step that was left.
type Left struct {
	Seq       int // 1 for the first
	Step      string
	Visit     int
	Exit      string
	Next      string // empty: the run has ended
	EnteredAt int64
	LeftAt    int64
}

// NewState is the state before the first input.
func NewState(logic int, startedAt time.Time) State {
	return State{Logic: max(logic, LogicFirst), StartedAt: startedAt.UnixMicro()}
}

// LoadState reads a stored state; nothing and {} give the state before the first input.
func LoadState(text []byte, logic int, startedAt time.Time) (State, error) {
	s := NewState(logic, startedAt)
	if len(text) == 0 {
		return s, nil
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return State{}, fmt.Errorf("read the state of a run: %w", err)
	}
	return s, nil
}

// JSON is the stored form.
func (s State) JSON() []byte {
	b, err := json.Marshal(s)
	if err != nil { // only strings, numbers and booleans: it can't happen
		panic(err)
	}
	return b
}

// Done reports that the run has ended.
func (s State) Done() bool { return s.Phase == PhaseDone }

// Visit is how often the present step has been entered.
func (s State) Visit() int { return s.Visits[s.Step] }

// Seen reports whether the event was applied already.
func (s State) Seen(eventID string) bool { return eventID != "" && slices.Contains(s.Applied, eventID) }

// clone makes a copy that shares nothing that is changed.
func (s State) clone() State {
	s.Visits, s.Results, s.Applied, s.Gathered = maps.Clone(s.Visits), maps.Clone(s.Results), slices.Clone(s.Applied), maps.Clone(s.Gathered)
	s.Code = s.Code.clone()
	if s.Armed != nil {
		a := *s.Armed
		s.Armed = &a
	}
	if s.Match != nil {
		m := *s.Match
		s.Match = &m
	}
	return s
}
