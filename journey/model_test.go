package journey_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sojourn/journey"
)

// world is a shell around the machine that obeys it and keeps books of its own. A wait that is no date ends an hour after
// it was reached, so that every deadline can be foretold.
type world struct {
	t       *rapid.T
	p       *journey.Program
	twin    *journey.Program // the same steps as another version
	alias   *journey.Program // the same steps under other names
	names   map[string]string
	s       journey.State
	now     time.Time
	acted   map[string]int // step and visit -> how often its action was completed
	left    []journey.Left // by the last input
	acts    int            // in a row, without a rest between them
	ids     int
	frozen  int64 // paused time that does not count, since the step was reached
	told    int   // newest context revision
	message int64 // when the last message was accepted
	until   int64 // when a deferred action is to be tried again
	ended   bool  // an exit, the goal or a stop has ended the run
	hit     map[string]bool
}

var start = time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf(format+"\n%s", append(args, w.s.JSON())...)
}

// feed applies an input and checks what holds for every input.
func (w *world) feed(in journey.Input) journey.Effect { return w.feedTo(in, w.p) }

// feedTo is feed for an input after which the run walks by a program.
func (w *world) feedTo(in journey.Input, after *journey.Program) journey.Effect {
	w.t.Helper()
	before, was := w.s.JSON(), w.s
	restored, err := journey.LoadState(before, 0, time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	s, out, err := w.p.Step(w.s, in, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	if !bytes.Equal(before, w.s.JSON()) {
		w.fail("%T changed its argument: %s", in, before)
	}
	again, outAgain, err := w.p.Step(restored, in, w.now)
	if err != nil || !bytes.Equal(s.JSON(), again.JSON()) || !slices.Equal(out.Left, outAgain.Left) || out.Effect.Kind != outAgain.Effect.Kind {
		w.fail("after a round trip through JSON %T gives something else (%v): %s, %s", in, err, s.JSON(), again.JSON())
	}
	w.hit[fmt.Sprintf("%T", in)], w.left = true, out.Left
	w.s, w.p = s, after
	for i, l := range out.Left {
		if l.Seq != was.Hops+i+1 || l.EnteredAt > l.LeftAt || l.LeftAt != w.now.UnixMicro() || l.Visit < 1 {
			w.fail("hop %d of %T is %+v", was.Hops+i+1, in, l)
		}
	}
	if s.Hops != was.Hops+len(out.Left) || len(s.Applied) > journey.AppliedLimit {
		w.fail("%T: %d hops after %d, %d recorded; %d events remembered", in, s.Hops, was.Hops, len(out.Left), len(s.Applied))
	}
	for id, n := range was.Visits {
		if s.Visits[id] < n {
			w.fail("%T: visits of %s went back", in, id)
		}
	}
	if _, moved := in.(journey.Moved); s.Step != was.Step || s.Visit() != was.Visit() {
		if w.frozen = 0; moved {
			w.frozen = s.Frozen // see same
		}
	}
	if s.Frozen != w.frozen && !s.Done() {
		w.fail("%T: %d of the pause do not count, want %d", in, s.Frozen, w.frozen)
	}
	if was.Done() && !bytes.Equal(before, s.JSON()) {
		w.fail("%T changed a run that has ended: %s", in, before)
	}
	if s.Done() && !was.Done() && was.Step != "" && (len(out.Left) == 0 || out.Left[len(out.Left)-1].Next != "") {
		w.fail("%T: the step in whose midst it ended was not recorded: %+v", in, out.Left)
	}
	w.check(out.Effect)
	return out.Effect
}

// once feeds an input that must have no effect when it is delivered again.
func (w *world) once(in journey.Input) {
	w.t.Helper()
	w.feed(in)
	w.unchanged(in)
}

// unchanged feeds an input that must have no effect.
func (w *world) unchanged(in journey.Input) {
	w.t.Helper()
	before, left := w.s.JSON(), w.left
	w.feed(in)
	if w.left = left; !bytes.Equal(before, w.s.JSON()) {
		w.fail("%T%+v had an effect: %s", in, in, before)
	}
}

// check holds in every state: the run has ended, or waits on something that can happen.
func (w *world) check(e journey.Effect) {
	w.t.Helper()
	if e.Step != nil && w.p.Find(e.Step.ID) == nil { // a move was answered by the program before
		e.Step = nil
	}
	due := w.p.Due(w.s)
	if due.Kind != e.Kind || e.Step != nil && due.Step.ID != e.Step.ID {
		w.fail("due is %s, the step said %s", due.Kind, e.Kind)
	}
	e = due
	if e.Kind != journey.EffectFinish {
		w.hit[string(e.Step.Kind)], w.hit["effect "+string(e.Kind)] = true, true
		if w.ended {
			w.fail("%s is due after the end", e.Kind)
		}
		if (w.s.Paused || w.s.Held) != (e.Kind == journey.EffectHold) {
			w.fail("%s is due; paused %v, held %v", e.Kind, w.s.Paused, w.s.Held)
		}
	}
	switch e.Kind {
	case journey.EffectFinish:
		if !w.s.Done() || w.s.Outcome == "" {
			w.fail("finished without an outcome")
		}
	case journey.EffectSleep:
		w.acts = 0
		w.deadline(e)
	case journey.EffectAct:
		w.mayAct(e)
	case journey.EffectResolve:
		w.acts = 0
		if want := w.horizon(e.Step); !e.Horizon.Equal(want) {
			w.fail("%s looks back to %s, want %s", e.Step.ID, e.Horizon, want)
		}
	case journey.EffectMatch, journey.EffectHold:
	default:
		w.fail("nothing is due")
	}
}

// deadline checks when a run is to be woken.
func (w *world) deadline(e journey.Effect) {
	armed := w.s.Armed
	want := time.UnixMicro(w.s.Reached).Add(time.Hour).UnixMicro() + w.s.Frozen
	switch {
	case armed.Retry:
		want = w.until
	case armed.Fixed:
		want = w.s.Was
	}
	if e.Deadline.UnixMicro() != want {
		w.fail("woken at %s, want %s", e.Deadline, time.UnixMicro(want).UTC())
	}
}

// mayAct checks that an action is neither done again nor one that is to be left out.
func (w *world) mayAct(e journey.Effect) {
	key := fmt.Sprint(e.Step.ID, "#", e.Visit)
	if w.acted[key] > 0 {
		w.fail("%s is to be done twice", key)
	}
	switch kind := e.Step.Kind; kind {
	case journey.StepWait, journey.StepWaitFor, journey.StepExit:
		w.fail("acts at a %s", kind)
	case journey.StepSend:
		if w.s.Overdue && len(w.left) > 0 {
			w.fail("sends what became overdue in a pause")
		}
	case journey.StepBranch, journey.StepSplit, journey.StepCollect:
		return
	}
	if w.s.Late && len(w.left) > 0 && len(w.left) < len(w.p.Doc.Steps) {
		w.fail("%s acts although its date has passed", e.Step.ID)
	}
}

// horizon is from when on an event counts, as the document says.
func (w *world) horizon(step *journey.Step) time.Time {
	at := w.s.Reached
	switch {
	case step.WaitFor != nil && step.WaitFor.Since == "run":
		at = start.UnixMicro()
	case step.WaitFor != nil && step.WaitFor.Since == "message" && w.message != 0:
		at = w.message
	case step.Collect != nil && step.Collect.Since == "run":
		at = max(start.UnixMicro(), w.s.Gathered[step.ID])
	}
	return time.UnixMicro(at).UTC()
}

// leaves checks that the last input left a step by an exit to where the document says.
func (w *world) leaves(step *journey.Step, visit int, exit string) {
	w.t.Helper()
	if len(w.left) == 0 || w.left[0].Step != step.ID || w.left[0].Visit != visit || w.left[0].Exit != exit || w.left[0].Next != target(step, exit) {
		w.fail("%s#%d was to be left by %s to %q: %+v", step.ID, visit, exit, target(step, exit), w.left)
	}
}

func newWorld(t *rapid.T, hit map[string]bool) *world {
	d := document(t)
	compile := func(d journey.Document) *journey.Program {
		for _, i := range journey.Validate(d, nil) {
			if i.Code != journey.CodeUnreachable && i.Code != journey.CodeEntersOnce {
				t.Fatalf("the generator made an invalid document: %+v", i)
			}
		}
		p, err := journey.Compile(d)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	w := &world{t: t, p: compile(d), s: journey.NewState(0, start), now: start, acted: map[string]int{}, hit: hit}
	other, names := renamed(t, d)
	w.alias, w.names = compile(other), names
	d.Name = "Another"
	w.twin = compile(d)
	hit[string(d.Entry.Kind)] = true
	return w
}

// Random documents and random inputs: no step is done twice for one visit, nothing is done after an exit, the goal or a
// stop, every run ends or waits on something that can happen, and a move or a new history changes nothing else.
func TestTheMachineKeepsItsPromises(t *testing.T) {
	t.Parallel()
	hit := map[string]bool{}
	for range 12 { // of a hundred random runs each
		rapid.Check(t, func(t *rapid.T) { randomRun(t, hit) })
	}
	if t.Failed() {
		return
	}
	for _, what := range mustBeHit() {
		if !hit[what] {
			t.Errorf("no random run has met %s", what)
		}
	}
}

func randomRun(t *rapid.T, hit map[string]bool) {
	w := newWorld(t, hit)
	w.feed(journey.Entered{})
	w.unchanged(journey.Entered{})
	for range rapid.IntRange(0, 60).Draw(t, "moves") {
		e := w.p.Due(w.s)
		if e.Kind == journey.EffectFinish {
			break
		}
		if rapid.IntRange(0, 2).Draw(t, "from outside") == 0 {
			w.disturb()
		} else {
			w.act(e)
		}
	}
	// Whatever has happened, a stop ends it and nothing follows.
	over := w.s.Done()
	w.feed(journey.Stopped{Reason: "at last"})
	if !over && (w.s.Outcome != journey.OutcomeStopped || w.s.Reason != "at last") {
		w.fail("stopped")
	}
	w.ended = true
	for range 3 {
		w.disturb()
	}
}

// mustBeHit is what the random runs of every test have to meet: kinds of steps, entries, effects and inputs.
func mustBeHit() []string {
	var all []string
	for _, k := range everyKind {
		if k != journey.StepExit { // nobody rests there
			all = append(all, string(k))
		}
	}
	for _, e := range everyEntry {
		all = append(all, string(e.Kind))
	}
	for _, e := range []journey.EffectKind{journey.EffectSleep, journey.EffectAct, journey.EffectResolve, journey.EffectMatch, journey.EffectHold} {
		all = append(all, "effect "+string(e))
	}
	for _, in := range []journey.Input{journey.Entered{}, journey.TimerFired{}, journey.EventArrived{}, journey.ContextUpdated{}, journey.WaitResolved{}, journey.EventMatched{}, journey.StepDone{},
		journey.StepDeferred{}, journey.Paused{}, journey.Resumed{}, journey.Held{}, journey.Released{}, journey.WaitSkipped{}, journey.Retried{}, journey.Stopped{}, journey.Moved{}} {
		all = append(all, fmt.Sprintf("%T", in))
	}
	return append(all, "a step again", "land same", "land waits", "land enter", "land ends", "land stays", "moved to other names", "late", "overdue", "paused time")
}
