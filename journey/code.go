package journey

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// CodeRef makes a document a code journey: Go code that a developer has registered decides which step comes next, the
// steps themselves are those of the language. Type names the code, Settings are its typed settings. The steps of such a
// document follow from both; whoever saves the document writes them down, so that a version says what its runs may do.
type CodeRef struct {
	Type     string         `json:"type" yaml:"type"`
	Settings map[string]any `json:"settings,omitempty" yaml:"settings,omitempty"`
}

// PhaseCode is the moment between two steps of a code journey: its code is to say what comes next.
const PhaseCode Phase = "code"

// EffectCode asks the shell for the next call of the journey's code; answer Called or Returned.
const EffectCode EffectKind = "code"

// MaxCalls bounds what is remembered of a code journey; one that goes round for longer sets checkpoints.
const MaxCalls = 1000

// CodeState is what a run of a code journey remembers beside the rest of its state. Code is not serialisable, so a run that
// is restored lets it begin again and answers from here what it has been answered before.
type CodeState struct {
	Calls   []CallAnswer    `json:"calls,omitempty"` // answered since the checkpoint, in order
	Base    map[string]int  `json:"base,omitempty"`  // visits of each step at the checkpoint
	Saved   json.RawMessage `json:"saved,omitempty"` // what the code keeps at its checkpoint
	Changes map[string]bool `json:"chg,omitempty"`   // by id of a change: whether this run takes the new way
	Began   int64           `json:"at"`              // when the code was last answered before its checkpoint, or the run began
	Until   int64           `json:"until,omitempty"` // end of the present wait, if the code has named it
}

// CallAnswer is how one step ended that code asked for.
type CallAnswer struct {
	Step   string `json:"s"`
	Visit  int    `json:"v"`
	Exit   string `json:"x"`
	Result string `json:"r,omitempty"`
	At     int64  `json:"at"`
}

// Called says that the code asks for a step. Until, if not zero, is when a wait step ends (microseconds), in place of what
// the step says.
type Called struct {
	Step  string
	Until int64
}

// Returned says that the code has come to its end. An empty outcome is "completed".
type Returned struct{ Outcome string }

// Checkpoint sets a checkpoint: code that begins again begins with Data and forgets what it was answered so far.
type Checkpoint struct{ Data json.RawMessage }

// WayTaken records whether the run takes the new way of a change in its code.
type WayTaken struct {
	ID  string
	New bool
}

func (in Called) apply(w *walk) {
	if w.s.Phase != PhaseCode {
		return
	}
	if step := w.p.Find(in.Step); step == nil {
		w.err = fmt.Errorf("the code of journey %s asks for step %q, which its document does not have", w.p.Doc.Key, in.Step)
		return
	}
	if len(w.s.Code.Calls) >= MaxCalls {
		w.err = fmt.Errorf("the code of journey %s asked for %d steps without a checkpoint", w.p.Doc.Key, MaxCalls)
		return
	}
	w.s.Code.Until = in.Until
	w.s.Phase = PhaseNew // the step before was left
	w.enter(in.Step)
	w.fixed()
}

// fixed ends the search for the end of a wait whose end the code has named.
func (w *walk) fixed() {
	if w.s.Code != nil && w.s.Code.Until != 0 && w.s.Phase == PhaseResolve {
		w.s.Phase, w.s.Armed = PhaseWait, &Armed{Deadline: w.s.Code.Until + w.s.Frozen}
	}
}

func (in Returned) apply(w *walk) {
	if w.s.Phase != PhaseCode {
		return
	}
	if in.Outcome == "" {
		in.Outcome = OutcomeCompleted
	}
	w.finish(in.Outcome, "", "")
}

func (in Checkpoint) apply(w *walk) {
	if w.s.Phase != PhaseCode {
		return
	}
	if n := len(w.s.Code.Calls); n > 0 {
		w.s.Code.Began = w.s.Code.Calls[n-1].At
	}
	w.s.Code.Calls, w.s.Code.Base, w.s.Code.Saved = nil, maps.Clone(w.s.Visits), in.Data
}

func (in WayTaken) apply(w *walk) {
	if w.s.Phase != PhaseCode {
		return
	}
	if _, known := w.s.Code.Changes[in.ID]; !known {
		if w.s.Code.Changes == nil {
			w.s.Code.Changes = map[string]bool{}
		}
		w.s.Code.Changes[in.ID] = in.New
	}
}

// begin hands a new run to its code.
func (w *walk) begin() {
	w.s.Code = &CodeState{Began: w.s.StartedAt}
	w.s.Phase = PhaseCode
}

// answer tells the code how its step ended.
func (w *walk) answer(exit string) {
	w.record(exit, "")
	w.s.Armed, w.s.Match, w.s.Recheck, w.s.Frozen = nil, nil, false, 0
	w.s.Code.Calls = append(w.s.Code.Calls, CallAnswer{Step: w.s.Step, Visit: w.s.Visit(), Exit: exit, Result: w.s.Results[w.s.Step], At: w.now})
	w.s.Code.Until = 0
	w.s.Phase = PhaseCode
}

// clone makes a copy that shares nothing that is changed.
func (c *CodeState) clone() *CodeState {
	if c == nil {
		return nil
	}
	d := *c
	d.Calls, d.Base, d.Changes = slices.Clone(c.Calls), maps.Clone(c.Base), maps.Clone(c.Changes)
	return &d
}

// Answered finds how the visit of a step ended that code asked for since the checkpoint.
func (c *CodeState) Answered(step string, visit int) (CallAnswer, bool) {
	i := slices.IndexFunc(c.Calls, func(a CallAnswer) bool { return a.Step == step && a.Visit == visit })
	if i < 0 {
		return CallAnswer{}, false
	}
	return c.Calls[i], true
}
