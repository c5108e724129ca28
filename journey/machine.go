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
	Late     string // why the wait has no end that lies ahead: what acts is skipped until one does (LateMissed, LateNoDate)
	Fixed    bool   // a date: paused time is in it already, or does not count
	Check    bool   // to be resolved once more when it comes
	Count    int    // collect: events gathered so far
}

// Values of WaitResolved.Late, kept as the result of the step.
const (
	LateMissed = "late"    // the moment has passed and the rule says skip
	LateNoDate = "no_date" // there is no such date
)

// EventMatched answers EffectMatch; an empty exit means that no condition holds.
type EventMatched struct {
	EventID string
	Exit    string
}

// StepDone answers EffectAct. Result is kept for conditions; empty keeps none. With ExitPending a task goes on waiting.
type StepDone struct {
	Step     string
	Visit    int
	Exit     string
	Result   string
	Revision int // context revision that the action made; 0 = none
	// At is when it was done, if that was before the run hears of it: when a message was accepted, or up to where a collect
	// has gathered. 0 = now.
	At int64
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

// Held holds this run alone, because an operator said so. ID as in WaitSkipped.
type Held struct{ ID string }

// Released lets it go on; the time that it was held counts. ID as in WaitSkipped.
type Released struct{ ID string }

// WaitSkipped ends the present wait at once because an operator said so. A step that is named must be the present one: what
// he meant to skip is over otherwise. An ID that was applied before changes nothing.
type WaitSkipped struct{ ID, Step string }

// Retried tries a deferred action again at once, and resolves a wait again. ID and Step as in WaitSkipped.
type Retried struct{ ID, Step string }

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
	return w.s, Output{Effect: w.p.Due(w.s), Left: w.left}, nil
}

// WithLogic takes over the logic version that a worker selects; it never goes back.
func (s State) WithLogic(selected int) State {
	s.Logic = max(s.Logic, selected)
	return s
}

func (Entered) apply(w *walk) {
	if w.s.Phase == PhaseNew && w.p.Doc.Code != nil {
		w.begin()
	} else if w.s.Phase == PhaseNew {
		w.enter(w.p.Doc.Steps[0].ID)
	}
}

func (in TimerFired) apply(w *walk) {
	if w.s.Phase != PhaseWait || w.s.Paused || w.s.Held {
		return
	}
	moved := false
	if !w.s.Armed.Retry {
		moved = w.freeze(in.Frozen)
	}
	switch {
	case w.now < w.s.Armed.Deadline:
	case w.s.Armed.Fixed && (moved || w.s.Armed.Check):
		w.resolve() // perhaps it lies ahead again
		w.s.Checked = true
	default:
		w.endWait()
	}
}

// freeze moves the deadline by the paused time that has not been counted yet, unless it is a date. It reports whether there
// was any.
func (w *walk) freeze(total int64) bool {
	more := total - w.s.Frozen
	if more <= 0 {
		return false
	}
	w.s.Frozen = total
	if w.s.Armed != nil && !w.s.Armed.Fixed {
		w.s.Armed.Deadline += more
	}
	return true
}

// endWait goes on after a wait: past its step, or back to the action that was deferred.
func (w *walk) endWait() {
	step := w.p.Find(w.s.Step)
	switch {
	case w.s.Armed != nil && w.s.Armed.Retry:
		w.s.Phase, w.s.Armed = PhaseAct, nil
	case step.Kind == StepCollect:
		w.s.Phase, w.s.Armed, w.s.Match, w.s.Recheck = PhaseAct, nil, nil, false
	case step.Kind == StepTask:
		w.result(ExitTimeout)
		w.leave(ExitTimeout)
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
	checked := w.s.Checked
	w.s.Checked = false
	step := w.p.Find(w.s.Step)
	switch {
	case in.Exit != "":
		w.applied(in.EventID)
		if step.Kind == StepTask {
			w.result(in.Exit)
		}
		w.leave(in.Exit)
		return
	case in.Late != "":
		w.result(in.Late)
		w.s.Late = true
		w.leave(ExitNext)
		return
	case checked && in.Deadline <= w.now:
		w.endWait()
		return
	}
	w.s.Phase, w.s.Armed = PhaseWait, &Armed{Deadline: in.Deadline, Fixed: in.Fixed, Check: in.Check, Count: in.Count}
	if in.Fixed {
		w.s.Was = in.Deadline
	} else {
		w.s.Armed.Deadline += w.s.Frozen
	}
	if w.s.Armed.Deadline > w.now {
		w.s.Overdue, w.s.Late = false, false
	} else if step.Wait != nil && (step.Wait.Date != nil || step.Wait.NextPurchase != nil) {
		w.s.Late = false // it says that now is right
	}
	if step.Collect != nil && in.Count >= step.Collect.most() {
		w.endWait()
	}
}

func (in StepDone) apply(w *walk) {
	if w.s.Phase != PhaseAct || in.Step != w.s.Step || in.Visit != w.s.Visit() {
		return
	}
	w.s.Revision = max(w.s.Revision, in.Revision)
	step := w.p.Find(in.Step)
	if in.Exit == ExitPending && step.Kind == StepTask {
		w.resolve()
		return
	}
	w.result(in.Result)
	done := w.now
	if in.At != 0 {
		done = min(in.At, w.now)
	}
	if in.Exit == ExitSent {
		w.s.MessageAt = done
	}
	if step.Kind == StepCollect {
		if w.s.Gathered == nil {
			w.s.Gathered = map[string]int64{}
		}
		w.s.Gathered[step.ID] = done
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
		// A deferred message has an expiry of its own. One that fell due during the pause is overdue like any other.
		if in.Overdue && w.s.Armed.Deadline <= w.now && w.p.Find(w.s.Step).Kind == StepSend {
			w.s.Overdue = true
			w.result(ExitSkipped)
			w.leave(ExitSkipped)
		}
		return
	}
	w.s.Overdue = w.s.Overdue || in.Overdue
	w.freeze(in.Frozen)
	switch w.s.Phase {
	case PhaseWait, PhaseMatch:
		w.unmatch()
		w.resolve() // events that came during the pause were not applied: the wait looks back for them
	case PhaseAct:
		if in.Overdue && w.p.Find(w.s.Step).Kind == StepSend {
			w.result(ExitSkipped)
			w.leave(ExitSkipped)
		}
	}
}

// once notes that a control was applied; it reports false when it was before, or is about a step that is over.
func (w *walk) once(id, step string) bool {
	if w.s.Phase == PhaseNew || w.s.Seen(id) || step != "" && step != w.s.Step {
		return false
	}
	w.applied(id)
	return true
}

func (in Held) apply(w *walk) {
	if w.once(in.ID, "") {
		w.s.Held = true
	}
}

func (in Released) apply(w *walk) {
	if !w.once(in.ID, "") || !w.s.Held {
		return
	}
	w.s.Held = false
	if (w.s.Phase == PhaseWait || w.s.Phase == PhaseMatch) && (w.s.Armed == nil || !w.s.Armed.Retry) {
		w.unmatch()
		w.resolve() // as after a pause
	}
}

func (in WaitSkipped) apply(w *walk) {
	if !w.once(in.ID, in.Step) {
		return
	}
	switch w.s.Phase {
	case PhaseWait, PhaseResolve, PhaseMatch:
		w.s.Overdue, w.s.Late = false, false // he wants what follows
		w.endWait()
	}
}

func (in Retried) apply(w *walk) {
	if !w.once(in.ID, in.Step) || w.s.Phase != PhaseWait {
		return
	}
	if w.s.Armed.Retry {
		w.endWait()
		return
	}
	w.resolve()
}

func (in Stopped) apply(w *walk) { w.finish(OutcomeStopped, in.Reason, "") }

// resolve looks for the end of the present wait again.
func (w *walk) resolve() {
	w.s.Phase, w.s.Armed, w.s.Match, w.s.Recheck = PhaseResolve, nil, nil, false
	w.fixed()
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
	if w.p.Doc.Code != nil {
		w.answer(exit)
		return
	}
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

// enter puts the cursor on a step. It calls itself only for steps that are skipped, and those can't go round without
// meeting a wait, or a task, which is not skipped for ever.
func (w *walk) enter(id string) {
	w.s.Armed, w.s.Match, w.s.Recheck, w.s.Frozen, w.s.Was, w.s.Checked = nil, nil, false, 0, 0, false
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
	case w.s.Late && step.touches() && len(w.left) < len(w.p.Doc.Steps), step.Kind == StepSend && w.s.Overdue:
		w.result(ExitSkipped)
		w.leave(ExitSkipped)
	default:
		w.s.Phase = PhaseAct
	}
}

// finish ends the run; a step in whose midst that happens is recorded as left.
func (w *walk) finish(outcome, reason, eventID string) {
	if w.s.Step != "" && w.s.Phase != PhaseCode {
		w.record(ExitEnded, "")
	}
	w.s.Phase, w.s.Outcome, w.s.Reason, w.s.EventID = PhaseDone, outcome, reason, eventID
	w.s.Armed, w.s.Match, w.s.Recheck, w.s.Paused, w.s.Held, w.s.Checked = nil, nil, false, false, false, false
}
