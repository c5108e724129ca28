package journey_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sojourn/journey"
)

const winBack = `
key: win-back
name: Win back
purpose: marketing
entry: {kind: event, event: Silent}
exit: [{event: Moved Away, label: moved}]
goal: {event: Order Completed}
steps:
  - {id: morning, kind: wait, wait: {until: {time: "09:30"}}, next: due}
  - id: due
    kind: branch
    branch: {cases: [{name: due, when: {metric: orders_count, op: gte, value: 2}, next: mail}], otherwise: back}
  - {id: mail, kind: send, send: {template: winback-1, channel: email}, next: answer}
  - id: answer
    kind: wait_for
    wait_for:
      timeout: P14D
      timeout_next: reminder
      since: message
      events:
        - {event: Page Viewed, name: looked, where: {property: seconds, op: gte, value: 20}, next: back}
        - {event: Replied, next: reminder}
  - {id: reminder, kind: send, send: {template: winback-2, channel: email, on_skipped: back}}
  - {id: back, kind: exit, exit: {label: came back}}
`

func program(t testing.TB, text string) *journey.Program {
	t.Helper()
	doc, err := journey.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if issues := journey.Validate(doc, nil); len(issues) > 0 {
		t.Fatalf("issues: %+v", issues)
	}
	p, err := journey.Compile(doc)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// hand walks a run by hand: one input at a time, saying what must be due afterwards.
type hand struct {
	t    *testing.T
	p    *journey.Program
	s    journey.State
	now  time.Time
	path []string
}

func walkFrom(t *testing.T, text string, at time.Time) *hand {
	return &hand{t: t, p: program(t, text), s: journey.NewState(0, at), now: at}
}

func (h *hand) feed(in journey.Input, due journey.EffectKind, step string) {
	h.t.Helper()
	s, out, err := h.p.Step(h.s, in, h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	h.s = s
	for _, l := range out.Left {
		h.path = append(h.path, l.Step+":"+l.Exit)
	}
	if out.Effect.Kind != due || h.s.Step != step {
		h.t.Fatalf("after %T%+v: %s at %q, want %s at %q", in, in, out.Effect.Kind, h.s.Step, due, step)
	}
}

func (h *hand) deadline(d time.Duration) int64 { return h.now.Add(d).UnixMicro() }

func (h *hand) event(id, name string) journey.EventArrived {
	return journey.EventArrived{Event: journey.Event{ID: id, Name: name, OccurredAt: h.now.UnixMicro()}}
}

// answering brings a win-back run to the point where it waits for an answer.
func answering(t *testing.T) *hand {
	h := walkFrom(t, winBack, time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC))
	h.feed(journey.Entered{}, journey.EffectResolve, "morning")
	h.feed(journey.WaitResolved{Step: "morning", Visit: 1, Deadline: h.deadline(90 * time.Minute)}, journey.EffectSleep, "morning")
	h.now = h.now.Add(90 * time.Minute)
	h.feed(journey.TimerFired{}, journey.EffectAct, "due")
	h.feed(journey.StepDone{Step: "due", Visit: 1, Exit: "due"}, journey.EffectAct, "mail")
	h.feed(journey.StepDone{Step: "mail", Visit: 1, Exit: "sent", Result: "accepted"}, journey.EffectResolve, "answer")
	h.feed(journey.WaitResolved{Step: "answer", Visit: 1, Deadline: h.deadline(14 * 24 * time.Hour)}, journey.EffectSleep, "answer")
	return h
}

func (h *hand) ended(outcome string, path ...string) {
	h.t.Helper()
	if h.s.Outcome != outcome {
		h.t.Errorf("outcome %q, want %q", h.s.Outcome, outcome)
	}
	if d := cmp.Diff(path, h.path); d != "" {
		h.t.Errorf("path (-want +got):\n%s", d)
	}
}

func TestWinBackWalk(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.now = h.now.Add(14 * 24 * time.Hour)
	h.feed(journey.TimerFired{}, journey.EffectAct, "reminder")
	h.feed(journey.StepDeferred{Step: "reminder", Visit: 1, Until: h.deadline(time.Hour)}, journey.EffectSleep, "reminder")
	h.feed(journey.TimerFired{}, journey.EffectSleep, "reminder") // too early: nothing happens
	h.now = h.now.Add(time.Hour)
	h.feed(journey.TimerFired{}, journey.EffectAct, "reminder")
	h.feed(journey.StepDone{Step: "reminder", Visit: 1, Exit: "sent", Result: "accepted"}, journey.EffectFinish, "")
	h.ended("completed", "morning:next", "due:due", "mail:sent", "answer:timeout", "reminder:sent")
}

func TestAGoalEndsTheRunInTheMiddleOfAWait(t *testing.T) {
	t.Parallel()
	h := answering(t)
	ev := h.event("e1", "Order Completed")
	ev.Event.Goal = true
	h.feed(ev, journey.EffectFinish, "answer")
	h.ended("goal", "morning:next", "due:due", "mail:sent", "answer:(ended)")
}

func TestAnExitEventEndsADeferredSend(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.now = h.now.Add(14 * 24 * time.Hour)
	h.feed(journey.TimerFired{}, journey.EffectAct, "reminder")
	h.feed(journey.StepDeferred{Step: "reminder", Visit: 1, Until: h.deadline(time.Hour)}, journey.EffectSleep, "reminder")
	ev := h.event("e1", "Moved Away")
	ev.Event.Exit = 1
	h.feed(ev, journey.EffectFinish, "reminder")
	h.ended("moved", "morning:next", "due:due", "mail:sent", "answer:timeout", "reminder:(ended)")
	h.feed(journey.StepDone{Step: "reminder", Visit: 1, Exit: "sent"}, journey.EffectFinish, "reminder")
}

func TestAConditionalEventIsAskedAboutAndCountsOnce(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.feed(h.event("e1", "Page Viewed"), journey.EffectMatch, "answer")
	h.feed(journey.EventMatched{EventID: "e1"}, journey.EffectSleep, "answer")
	h.feed(h.event("e1", "Page Viewed"), journey.EffectSleep, "answer") // a repeat
	h.feed(h.event("e2", "Page Viewed"), journey.EffectMatch, "answer")
	h.feed(h.event("e3", "Replied"), journey.EffectMatch, "answer") // one at a time
	h.feed(journey.EventMatched{EventID: "e2"}, journey.EffectResolve, "answer")
	h.feed(journey.WaitResolved{Step: "answer", Visit: 1, Exit: "Replied", EventID: "e3"}, journey.EffectAct, "reminder")
	h.feed(journey.StepDone{Step: "reminder", Visit: 1, Exit: "skipped", Result: "skipped"}, journey.EffectFinish, "")
	h.ended("came back", "morning:next", "due:due", "mail:sent", "answer:Replied", "reminder:skipped", "back:next")
}

func TestAnEventFromBeforeTheHorizonDoesNotCount(t *testing.T) {
	t.Parallel()
	h := answering(t)
	ev := h.event("e1", "Replied")
	ev.Event.OccurredAt = h.now.Add(-time.Minute).UnixMicro() // before the message
	h.feed(ev, journey.EffectSleep, "answer")
	ev.Event.OccurredAt = h.now.UnixMicro()
	h.feed(ev, journey.EffectAct, "reminder")
}

func TestANewContextRevisionResolvesTheWaitAgain(t *testing.T) {
	t.Parallel()
	h := answering(t)
	ev := h.event("e1", "Booking Changed")
	ev.Event.Revision = 2
	h.feed(ev, journey.EffectResolve, "answer")
	h.feed(journey.WaitResolved{Step: "answer", Visit: 1, Deadline: h.deadline(time.Hour)}, journey.EffectSleep, "answer")
	h.feed(ev, journey.EffectSleep, "answer")
	if h.s.Revision != 2 {
		t.Fatalf("revision %d", h.s.Revision)
	}
}

func TestAPausedRunHoldsAndCatchesUp(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.now = h.now.Add(14 * 24 * time.Hour)
	h.feed(journey.Paused{}, journey.EffectHold, "answer")
	h.feed(journey.TimerFired{}, journey.EffectHold, "answer")
	h.feed(h.event("e1", "Replied"), journey.EffectHold, "answer")
	h.now = h.now.Add(24 * time.Hour)
	h.feed(journey.Resumed{}, journey.EffectResolve, "answer")
	if h.s.Seen("e1") {
		t.Fatal("an event of the pause counts as applied and would not be found again")
	}
}

func TestPausedTimeThatDoesNotCountMovesTheDeadline(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.now = h.now.Add(14 * 24 * time.Hour)
	frozen := (3 * 24 * time.Hour).Microseconds()
	h.feed(journey.TimerFired{Frozen: frozen}, journey.EffectSleep, "answer")
	h.now = h.now.Add(3 * 24 * time.Hour)
	h.feed(journey.TimerFired{Frozen: frozen}, journey.EffectAct, "reminder")
}

func TestWhatBecameOverdueInAPauseCanBeSkipped(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.now = h.now.Add(20 * 24 * time.Hour)
	h.feed(journey.Paused{}, journey.EffectHold, "answer")
	h.feed(journey.Resumed{Overdue: true}, journey.EffectResolve, "answer")
	h.feed(journey.WaitResolved{Step: "answer", Visit: 1, Deadline: h.deadline(-time.Hour)}, journey.EffectSleep, "answer")
	h.feed(journey.TimerFired{}, journey.EffectFinish, "")
	h.ended("came back", "morning:next", "due:due", "mail:sent", "answer:timeout", "reminder:skipped", "back:next")
}

func TestStopAndSkip(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.feed(journey.WaitSkipped{}, journey.EffectAct, "reminder")
	h.feed(journey.WaitSkipped{}, journey.EffectAct, "reminder")
	h.feed(journey.Stopped{Reason: "operator"}, journey.EffectFinish, "reminder")
	h.ended("stopped", "morning:next", "due:due", "mail:sent", "answer:timeout", "reminder:(ended)")
}

func TestMemoryOfEventsIsBounded(t *testing.T) {
	t.Parallel()
	h := answering(t)
	for i := range 3 * journey.AppliedLimit {
		id := fmt.Sprint("e", i)
		h.feed(h.event(id, "Page Viewed"), journey.EffectMatch, "answer")
		h.feed(journey.EventMatched{EventID: id}, journey.EffectSleep, "answer")
	}
	if n := len(h.s.Applied); n != journey.AppliedLimit {
		t.Fatalf("%d events remembered, want %d", n, journey.AppliedLimit)
	}
	if n := len(h.s.JSON()); n > 4096 {
		t.Fatalf("the state has %d bytes", n)
	}
}

func TestAnUnknownLogicVersionIsRefused(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.s = h.s.WithLogic(journey.LogicLatest + 1)
	if _, _, err := h.p.Step(h.s, journey.TimerFired{}, h.now); err == nil {
		t.Fatal("a run of a later release was walked")
	}
}

func TestAnotherDocumentIsRefused(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.s.Step = "elsewhere"
	if _, _, err := h.p.Step(h.s, journey.TimerFired{}, h.now); err == nil {
		t.Fatal("a state of another document was walked")
	}
}

func TestLoadState(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
	for _, empty := range []string{"", "{}"} {
		s, err := journey.LoadState([]byte(empty), 0, at)
		if err != nil || s.Phase != journey.PhaseNew || s.Logic != journey.LogicFirst || s.StartedAt != at.UnixMicro() {
			t.Fatalf("%q: %+v, %v", empty, s, err)
		}
	}
	h := answering(t)
	s, err := journey.LoadState(h.s.JSON(), 0, at)
	if d := cmp.Diff(h.s, s); err != nil || d != "" {
		t.Fatalf("%v %s", err, d)
	}
	if !json.Valid(s.JSON()) {
		t.Fatal("not JSON")
	}
}

func TestPausedTimeIsAddedWhenTheWaitIsResolvedAgain(t *testing.T) {
	t.Parallel()
	h := answering(t)
	h.feed(journey.Paused{}, journey.EffectHold, "answer")
	h.feed(journey.Resumed{Frozen: time.Hour.Microseconds()}, journey.EffectResolve, "answer")
	h.feed(journey.WaitResolved{Step: "answer", Visit: 1, Deadline: h.deadline(time.Hour)}, journey.EffectSleep, "answer")
	if got, want := h.s.Armed.Deadline, h.deadline(2*time.Hour); got != want {
		t.Fatalf("deadline %d, want %d", got, want)
	}
}

func TestAnAnswerToAnotherQuestionIsIgnored(t *testing.T) {
	t.Parallel()
	h := walkFrom(t, winBack, time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC))
	h.feed(journey.Entered{}, journey.EffectResolve, "morning")
	for _, late := range []journey.WaitResolved{{Step: "answer", Visit: 1}, {Step: "morning", Visit: 2}, {Step: "morning"}} {
		h.feed(late, journey.EffectResolve, "morning")
	}
	h.feed(journey.WaitResolved{Step: "morning", Visit: 1}, journey.EffectSleep, "morning")
	h.feed(journey.TimerFired{}, journey.EffectAct, "due")
	for _, late := range []journey.StepDone{{Step: "mail", Visit: 1, Exit: "sent"}, {Step: "due", Visit: 2, Exit: "due"}, {Step: "due", Exit: "due"}} {
		h.feed(late, journey.EffectAct, "due")
		h.feed(journey.StepDeferred{Step: late.Step, Visit: late.Visit, Until: 1}, journey.EffectAct, "due")
	}
	h.ended("", "morning:next")
}

// "Since message" reaches back to the message, also over steps in between.
func TestTheHorizonIsTheLastMessage(t *testing.T) {
	t.Parallel()
	for since, ago := range map[string]time.Duration{"run": 2 * time.Hour, "message": time.Hour, "step": 0} {
		h := walkFrom(t, fmt.Sprintf(`{key: k, name: K, purpose: p, entry: {kind: event, event: E}, steps: [
			{id: first, kind: wait, wait: {for: PT1H}, next: mail}, {id: mail, kind: send, send: {template: t, channel: email}, next: nap},
			{id: nap, kind: wait, wait: {for: PT1H}, next: look}, {id: look, kind: wait_for, wait_for: {events: [{event: Clicked}], timeout: P1D, since: %s}}]}`, since),
			time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC))
		h.feed(journey.Entered{}, journey.EffectResolve, "first")
		for _, step := range []string{"first", "nap"} {
			h.feed(journey.WaitResolved{Step: step, Visit: 1, Deadline: h.deadline(time.Hour)}, journey.EffectSleep, step)
			h.now = h.now.Add(time.Hour)
			if step == "first" {
				h.feed(journey.TimerFired{}, journey.EffectAct, "mail")
				h.feed(journey.StepDone{Step: "mail", Visit: 1, Exit: "sent", Result: "accepted"}, journey.EffectResolve, "nap")
			}
		}
		h.feed(journey.TimerFired{}, journey.EffectResolve, "look")
		if got := h.p.Due(h.s).Horizon; !got.Equal(h.now.Add(-ago)) {
			t.Errorf("since %s: the horizon is %s, want %s", since, got, h.now.Add(-ago))
		}
	}
}

// A collect that looks back over the run begins where it gathered last, not where the run heard of that; and a message
// counts from its acceptance.
func TestWhatWasDoneBeforeTheRunHearsOfIt(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 6, 1, 6, 0, 0, 0, time.UTC)
	p, err := journey.Compile(journey.Document{Key: "x", Steps: []journey.Step{
		{ID: "mail", Kind: journey.StepSend, Send: &journey.SendStep{}, Next: "look"},
		{ID: "look", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{Events: []journey.Await{{Trigger: journey.Trigger{Event: "Replied"}}}, Timeout: "P1D", Since: journey.SinceMessage}, Next: "all"},
		{ID: "all", Kind: journey.StepCollect, Collect: &journey.CollectStep{For: "P1D", Since: journey.SinceRun}, Next: "all"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := journey.NewState(1, start)
	step := func(at time.Time, in journey.Input) journey.Effect {
		t.Helper()
		next, out, err := p.Step(s, in, at)
		if err != nil {
			t.Fatal(err)
		}
		s = next
		return out.Effect
	}
	at := func(d time.Duration) int64 { return start.Add(d).UnixMicro() }
	step(start, journey.Entered{})
	if e := step(start.Add(time.Minute), journey.StepDone{Step: "mail", Visit: 1, Exit: journey.ExitSent, At: at(20 * time.Second)}); !e.Horizon.Equal(start.Add(20 * time.Second)) {
		t.Errorf("an answer counts from %s on, want the acceptance", e.Horizon)
	}
	step(start.Add(time.Hour), journey.WaitResolved{Step: "look", Visit: 1, Exit: "Replied"})
	step(start.Add(time.Hour), journey.WaitResolved{Step: "all", Visit: 1, Deadline: at(2 * time.Hour)})
	step(start.Add(2*time.Hour), journey.TimerFired{})
	if e := step(start.Add(3*time.Hour), journey.StepDone{Step: "all", Visit: 1, Exit: journey.ExitNext, At: at(90 * time.Minute)}); !e.Horizon.Equal(start.Add(90 * time.Minute)) {
		t.Errorf("the next list begins at %s, want where the last one ended", e.Horizon)
	}
	if e := step(start.Add(3*time.Hour), journey.WaitResolved{Step: "all", Visit: 2, Deadline: at(4 * time.Hour)}); e.Kind != journey.EffectSleep {
		t.Errorf("then it does %s", e.Kind)
	}
}
