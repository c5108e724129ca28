package journey

import (
	"fmt"
	"time"
)

// Outcomes that the machine itself gives; exit rules and exit steps give their labels.
const (
	OutcomeCompleted = "completed"
	OutcomeGoal      = "goal"
	OutcomeExit      = "exit"
	OutcomeStopped   = "stopped"
)

// ExitEnded is the exit recorded for a step in whose midst the run ended.
const ExitEnded = "(ended)"

// Input is something that happened to a run. It is one of the types below.
type Input interface{ apply(r *walk) }

// Entered starts the run.
type Entered struct{}

// TimerFired tells that the deadline has come. Frozen is how much of the wait did not count because the journey was
// paused, in microseconds since the step was reached.
type TimerFired struct{ Frozen int64 }

// EventArrived tells of an event that the document listens for.
type EventArrived struct{ Event Event }

// ContextUpdated tells that the run's context has a new revision without an event of its own.
type ContextUpdated struct{ Revision int }

// WaitResolved answers EffectResolve: when the wait ends (microseconds), or which exit an event that had come already
// takes.
type WaitResolved struct {
	Step     string
	Visit    int
	Deadline int64
	Exit     string
	EventID  string
}

// EventMatched answers EffectMatch; an empty exit means that no condition holds.
type EventMatched struct {
	EventID string
	Exit    string
}

// StepDone answers EffectAct. Result is kept for conditions; empty keeps none.
type StepDone struct {
	Step   string
	Visit  int
	Exit   string
	Result string
}

// StepDeferred answers EffectAct: try again at Until (microseconds).
type StepDeferred struct {
	Step  string
	Visit int
	Until int64
}

// Paused holds the run before its next effect.
type Paused struct{}

// Resumed lets it go on. Frozen as in TimerFired; Overdue skips the messages that became due meanwhile.
type Resumed struct {
	Frozen  int64
	Overdue bool
}

// WaitSkipped ends the present wait at once because an operator said so.
type WaitSkipped struct{}

// Stopped ends the run because an operator said so.
type Stopped struct{ Reason string }

// Output is what follows from an input.
type Output struct {
	Effect Effect
	Left   []Left // the steps that were left, in order
}

// walk is one application of an input.
type walk struct {
	p    *Program
	s    State
	now  int64
	left []Left
	err  error
}

// Step applies one input to a state. It changes neither its arguments nor anything else, and gives the same answer for
// the same arguments. An input that does not fit (a late answer, an event applied before, anything after the end) changes
// nothing. The error means that this code can't walk this state: an unknown logic version, or another document.
func (p *Program) Step(s State, in Input, now time.Time) (State, Output, error) {
	if s.Logic < LogicFirst || s.Logic > LogicLatest {
		return s, Output{}, fmt.Errorf("the run works by logic version %d; this program understands %d to %d", s.Logic, LogicFirst, LogicLatest)
	}
	if s.Step != "" && p.Find(s.Step) == nil {
		return s, Output{}, fmt.Errorf("journey %s (%.12s) has no step %q", p.Doc.Key, p.Hash, s.Step)
	}
	w := &walk{p: p, s: s.clone(), now: now.UnixMicro()}
	if !s.Done() {
		in.apply(w)
	}
	if w.err != nil {
		return s, Output{}, w.err
	}
	return w.s, Output{Effect: p.Due(w.s), Left: w.left}, nil
}

// WithLogic takes over the logic version that a worker selects; it never goes back.
func (s State) WithLogic(selected int) State {
	s.Logic = max(s.Logic, selected)
	return s
}

func (Entered) apply(w *walk) {
	if w.s.Phase == PhaseNew {
		w.enter(w.p.Doc.Steps[0].ID)
	}
}

func (in TimerFired) apply(w *walk) {
	if w.s.Phase != PhaseWait || w.s.Paused {
		return
	}
	if !w.s.Armed.Retry {
		w.freeze(in.Frozen)
	}
	if w.now >= w.s.Armed.Deadline {
		w.endWait()
	}
}

// freeze moves the deadline by the paused time that has not been counted yet.
func (w *walk) freeze(total int64) {
	if more := total - w.s.Frozen; more > 0 {
		w.s.Frozen = total
		if w.s.Armed != nil {
			w.s.Armed.Deadline += more
		}
	}
}

// endWait goes on after a wait: past its step, or back to the action that was deferred.
func (w *walk) endWait() {
	step := w.p.Find(w.s.Step)
	switch {
	case w.s.Armed != nil && w.s.Armed.Retry:
		w.s.Phase, w.s.Armed = PhaseAct, nil
	case step.Kind == StepWaitFor:
		w.leave(ExitTimeout)
	default:
		w.leave(ExitNext)
	}
}

func (in WaitResolved) apply(w *walk) {
	if w.s.Phase != PhaseResolve || in.Step != w.s.Step || in.Visit != w.s.Visit() {
		return
	}
	if in.Exit != "" {
		w.applied(in.EventID)
		w.leave(in.Exit)
		return
	}
	w.s.Phase, w.s.Armed = PhaseWait, &Armed{Deadline: in.Deadline + w.s.Frozen}
	if w.s.Armed.Deadline > w.now {
		w.s.Overdue = false
	}
}

func (in StepDone) apply(w *walk) {
	if w.s.Phase != PhaseAct || in.Step != w.s.Step || in.Visit != w.s.Visit() {
		return
	}
	w.result(in.Result)
	if in.Exit == ExitSent {
		w.s.MessageAt = w.now
	}
	w.leave(in.Exit)
}

func (in StepDeferred) apply(w *walk) {
	if w.s.Phase != PhaseAct || in.Step != w.s.Step || in.Visit != w.s.Visit() {
		return
	}
	w.s.Phase, w.s.Armed = PhaseWait, &Armed{Deadline: in.Until, Retry: true}
}

func (Paused) apply(w *walk) {
	if w.s.Phase != PhaseNew {
		w.s.Paused = true
	}
}

func (in Resumed) apply(w *walk) {
	if !w.s.Paused {
		return
	}
	w.s.Paused = false
	if w.s.Armed != nil && w.s.Armed.Retry {
		return // a deferred message has an expiry of its own
	}
	w.s.Overdue = w.s.Overdue || in.Overdue
	w.freeze(in.Frozen)
	switch w.s.Phase {
	case PhaseWait, PhaseMatch:
		w.resolve() // events that came during the pause were not applied: the wait looks back for them
	case PhaseAct:
		if in.Overdue && w.p.Find(w.s.Step).Kind == StepSend {
			w.result(ExitSkipped)
			w.leave(ExitSkipped)
		}
	}
}

func (WaitSkipped) apply(w *walk) {
	switch w.s.Phase {
	case PhaseWait, PhaseResolve, PhaseMatch:
		w.endWait()
	}
}

func (in Stopped) apply(w *walk) { w.finish(OutcomeStopped, in.Reason, "") }

// resolve looks for the end of the present wait again.
func (w *walk) resolve() {
	w.s.Phase, w.s.Armed, w.s.Match, w.s.Recheck = PhaseResolve, nil, nil, false
}

func (w *walk) result(r string) {
	if r == "" {
		return
	}
	if w.s.Results == nil {
		w.s.Results = map[string]string{}
	}
	w.s.Results[w.s.Step] = r
}

// leave goes out of the present step by the named exit. An exit that the step does not name leads where its next leads.
func (w *walk) leave(exit string) {
	step := w.p.Find(w.s.Step)
	to := step.Next
	for _, e := range step.Exits() {
		if e.Name == exit {
			to = e.To
			break
		}
	}
	w.record(exit, to)
	w.enter(to)
}

func (w *walk) record(exit, to string) {
	w.s.Hops++
	w.left = append(w.left, Left{Seq: w.s.Hops, Step: w.s.Step, Visit: w.s.Visit(), Exit: exit, Next: to, EnteredAt: w.s.Reached, LeftAt: w.now})
}

// enter puts the cursor on a step. It calls itself only for messages that are skipped as overdue, which can't go round
// without meeting a wait.
func (w *walk) enter(id string) {
	w.s.Armed, w.s.Match, w.s.Recheck, w.s.Frozen = nil, nil, false, 0
	if id == "" {
		w.s.Step = ""
		w.finish(OutcomeCompleted, "", "")
		return
	}
	step := w.p.Find(id)
	if step == nil {
		w.err = fmt.Errorf("journey %s (%.12s) has no step %q", w.p.Doc.Key, w.p.Hash, id)
		return
	}
	if w.s.Visits == nil {
		w.s.Visits = map[string]int{}
	}
	w.s.Visits[id]++
	w.s.Step, w.s.Reached = id, w.now
	switch {
	case step.Kind == StepExit:
		w.record(ExitNext, "")
		w.s.Step = ""
		w.finish(step.Exit.Label, "", "")
	case step.waits():
		w.s.Phase = PhaseResolve
	case step.Kind == StepSend && w.s.Overdue:
		w.result(ExitSkipped)
		w.leave(ExitSkipped)
	default:
		w.s.Phase = PhaseAct
	}
}

// finish ends the run; a step in whose midst that happens is recorded as left.
func (w *walk) finish(outcome, reason, eventID string) {
	if w.s.Step != "" {
		w.record(ExitEnded, "")
	}
	w.s.Phase, w.s.Outcome, w.s.Reason, w.s.EventID = PhaseDone, outcome, reason, eventID
	w.s.Armed, w.s.Match, w.s.Recheck, w.s.Paused = nil, nil, false, false
}
