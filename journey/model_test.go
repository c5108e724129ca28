package journey_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sojourn/audience"
	"sojourn/journey"
)

// document draws a valid document: a few steps that lead forward, or back to a step that waits.
func document(t *rapid.T) journey.Document {
	d := journey.Document{Key: "model", Name: "Model", Purpose: "marketing",
		Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Start"},
		Exit:  []journey.ExitRule{{Trigger: journey.Trigger{Event: "Leave"}}},
		Goal:  &journey.Goal{Trigger: journey.Trigger{Event: "Buy"}, Continue: rapid.Bool().Draw(t, "go on after the goal")}}
	n := rapid.IntRange(1, 7).Draw(t, "steps")
	kinds := make([]journey.StepKind, n)
	for i := range kinds {
		kinds[i] = rapid.SampledFrom([]journey.StepKind{journey.StepWait, journey.StepWaitFor, journey.StepBranch,
			journey.StepSend, journey.StepSend, journey.StepUpdate, journey.StepExit, journey.StepSplit, journey.StepOffer, journey.StepReward,
			journey.StepCollect, journey.StepNotify, journey.StepWebhook, journey.StepTask, journey.StepEnter, journey.StepCode}).Draw(t, "kind")
	}
	where := audience.Condition{Property: "x", Op: audience.Exists}
	for i, kind := range kinds {
		next := func(what string) string {
			to := []string{""}
			for j, k := range kinds {
				if j > i || k == journey.StepWait || k == journey.StepWaitFor || k == journey.StepCollect || k == journey.StepTask {
					to = append(to, fmt.Sprint("s", j))
				}
			}
			return rapid.SampledFrom(to).Draw(t, what)
		}
		s := journey.Step{ID: fmt.Sprint("s", i), Kind: kind}
		if kind != journey.StepExit {
			s.Next = next("next")
		}
		switch kind {
		case journey.StepWait:
			s.Wait = &journey.WaitStep{For: "PT1H"}
		case journey.StepWaitFor:
			s.WaitFor = &journey.WaitForStep{Timeout: "PT2H", TimeoutNext: next("timeout"),
				Since: rapid.SampledFrom([]string{"", "step", "message", "run"}).Draw(t, "since"),
				Events: []journey.Await{{Trigger: journey.Trigger{Event: "Look", Where: &where}, Next: next("look")},
					{Trigger: journey.Trigger{Event: "Reply"}, Next: next("reply")}}}
		case journey.StepBranch:
			s.Branch = &journey.BranchStep{Cases: []journey.Case{{Name: "yes", When: audience.Condition{Metric: "orders_count", Op: audience.Gte, Value: 1}, Next: next("yes")}}, Otherwise: next("otherwise")}
		case journey.StepSend:
			s.Send = &journey.SendStep{Template: "t", Channel: "email", OnSkipped: next("skipped")}
		case journey.StepUpdate:
			s.Update = &journey.UpdateStep{Set: map[string]any{"a": 1}}
		case journey.StepSplit:
			s.Split = &journey.SplitStep{Variants: []journey.Variant{{Name: "a", Weight: 1, Next: next("a")}, {Name: "b", Weight: 1, Next: next("b")}}}
		case journey.StepOffer:
			s.Offer = &journey.OfferStep{Offer: "o", OnNoneLeft: next("none left")}
		case journey.StepReward:
			s.Reward = &journey.RewardStep{Kind: "points", Amount: 5, OnRefused: next("refused")}
		case journey.StepCollect:
			s.Collect = &journey.CollectStep{Events: []journey.Trigger{{Event: "Look"}}, For: "PT3H", Max: 2, OnEmpty: next("empty"),
				Since: rapid.SampledFrom([]string{"", "run"}).Draw(t, "since")}
		case journey.StepNotify:
			s.Notify = &journey.NotifyStep{Channel: "email", To: "a@example.com", Text: "t"}
		case journey.StepWebhook:
			s.Webhook = &journey.WebhookStep{URL: "https://example.com", OnFailed: next("failed")}
		case journey.StepTask:
			s.Task = &journey.TaskStep{Type: "call", Title: "t", Outcomes: []journey.Outcome{{Name: "reached", Next: next("reached")}}, OnTimeout: next("late")}
		case journey.StepEnter:
			s.Enter = &journey.EnterStep{Journey: "other"}
		case journey.StepCode:
			s.Code = &journey.CodeStep{Type: "c", On: map[string]string{"yes": next("yes")}}
		case journey.StepExit:
			s.Exit = &journey.ExitStep{Label: "left"}
		}
		d.Steps = append(d.Steps, s)
	}
	return d
}

// world is a shell around the machine that obeys it and keeps the books.
type world struct {
	t      *rapid.T
	p      *journey.Program
	other  *journey.Program // the same steps as another version
	s      journey.State
	now    time.Time
	acted  map[string]int // step and visit -> how often its action was completed
	hops   int
	events int
	ended  bool // an exit, the goal or a stop has ended the run
}

func (w *world) feed(in journey.Input) journey.Effect {
	before := w.s.JSON()
	restored, err := journey.LoadState(before, 0, time.Time{})
	if err != nil {
		w.t.Fatal(err)
	}
	s, out, err := w.p.Step(w.s, in, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	if !bytes.Equal(before, w.s.JSON()) {
		w.t.Fatalf("%T changed its argument\n%s\n%s", in, before, w.s.JSON())
	}
	again, outAgain, err := w.p.Step(restored, in, w.now)
	if err != nil || !bytes.Equal(s.JSON(), again.JSON()) || len(out.Left) != len(outAgain.Left) || out.Effect.Kind != outAgain.Effect.Kind {
		w.t.Fatalf("after a round trip through JSON %T gives something else (%v)\n%s\n%s", in, err, s.JSON(), again.JSON())
	}
	for _, l := range out.Left {
		w.hops++
		if l.Seq != w.hops || l.EnteredAt > l.LeftAt || l.Visit < 1 {
			w.t.Fatalf("hop %d is %+v", w.hops, l)
		}
	}
	w.s = s
	w.check(out.Effect)
	return out.Effect
}

// check holds in every state: the run has ended, or waits on something that can happen.
func (w *world) check(e journey.Effect) {
	if due := w.p.Due(w.s); due.Kind != e.Kind { // both versions have the same steps
		w.t.Fatalf("due is %s, the step said %s", due.Kind, e.Kind)
	}
	switch e.Kind {
	case journey.EffectFinish:
		if !w.s.Done() || w.s.Outcome == "" {
			w.t.Fatalf("finished without an outcome: %s", w.s.JSON())
		}
		return
	case journey.EffectSleep:
		if e.Deadline.IsZero() || e.Step == nil {
			w.t.Fatalf("asleep without a deadline: %s", w.s.JSON())
		}
	case journey.EffectAct:
		if e.Step.Kind == journey.StepWait || e.Step.Kind == journey.StepWaitFor || e.Step.Kind == journey.StepExit {
			w.t.Fatalf("acts at a %s", e.Step.Kind)
		}
		if key := fmt.Sprint(e.Step.ID, "#", e.Visit); w.acted[key] > 0 {
			w.t.Fatalf("%s is to be done twice", key)
		}
	case journey.EffectResolve, journey.EffectMatch, journey.EffectHold:
		if e.Step == nil {
			w.t.Fatalf("%s without a step", e.Kind)
		}
	default:
		w.t.Fatalf("nothing is due: %s", w.s.JSON())
	}
	if w.ended {
		w.t.Fatalf("%s is due after the end", e.Kind)
	}
}

// act does what is due, as a shell would.
func (w *world) act(e journey.Effect) {
	switch e.Kind {
	case journey.EffectAct:
		exits := e.Step.Exits()
		if e.Step.Kind == journey.StepSend && rapid.IntRange(0, 4).Draw(w.t, "deferred") == 0 {
			w.feed(journey.StepDeferred{Step: e.Step.ID, Visit: e.Visit, Until: w.now.Add(time.Hour).UnixMicro()})
			return
		}
		if e.Step.Kind == journey.StepTask {
			w.acted[fmt.Sprint(e.Step.ID, "#", e.Visit)]++
			w.feed(journey.StepDone{Step: e.Step.ID, Visit: e.Visit, Exit: journey.ExitPending, Result: "open"})
			return
		}
		w.acted[fmt.Sprint(e.Step.ID, "#", e.Visit)]++
		w.feed(journey.StepDone{Step: e.Step.ID, Visit: e.Visit, Exit: rapid.SampledFrom(exits).Draw(w.t, "exit").Name, Result: "r"})
	case journey.EffectResolve:
		in := journey.WaitResolved{Step: e.Step.ID, Visit: e.Visit, Deadline: w.now.Add(time.Hour).UnixMicro()}
		switch e.Step.Kind {
		case journey.StepCollect:
			in.Count = rapid.IntRange(0, 2).Draw(w.t, "gathered")
		case journey.StepWait: // as a date would be resolved
			in.Fixed, in.Check = rapid.Bool().Draw(w.t, "fixed"), rapid.Bool().Draw(w.t, "check")
			in.Deadline = w.now.Add(time.Duration(rapid.IntRange(0, 60).Draw(w.t, "minutes")) * time.Minute).UnixMicro()
			if rapid.IntRange(0, 4).Draw(w.t, "late") == 0 {
				in.Late = journey.LateMissed
			}
		}
		if e.Step.Kind == journey.StepWaitFor && rapid.IntRange(0, 4).Draw(w.t, "came before") == 0 {
			w.events++
			in.Exit, in.EventID = "Reply", fmt.Sprint("e", w.events)
		}
		w.feed(in)
	case journey.EffectMatch:
		w.feed(journey.EventMatched{EventID: e.Event.ID, Exit: rapid.SampledFrom(exitsOf(e.Step)).Draw(w.t, "match")})
	case journey.EffectSleep:
		if e.Deadline.After(w.now) {
			w.now = e.Deadline
		}
		w.feed(journey.TimerFired{})
	case journey.EffectHold:
		w.feed(journey.Released{})
		w.feed(journey.Resumed{Overdue: rapid.Bool().Draw(w.t, "overdue")})
	}
}

// disturb lets something happen from outside, at any moment.
func (w *world) disturb() {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 90).Draw(w.t, "minutes")) * time.Minute)
	id := fmt.Sprint("e", rapid.IntRange(0, w.events+1).Draw(w.t, "event"))
	w.events++
	ev := journey.Event{ID: id, OccurredAt: w.now.UnixMicro()}
	switch rapid.SampledFrom([]string{"Look", "Reply", "Leave", "Buy", "update", "pause", "resume", "skip", "stop", "late answer", "early timer", "hold", "release", "retry", "done", "move", "move back"}).Draw(w.t, "what") {
	case "Look":
		ev.Name = "Look"
		w.feed(journey.EventArrived{Event: ev})
	case "Reply":
		ev.Name = "Reply"
		w.feed(journey.EventArrived{Event: ev})
	case "Leave":
		ev.Name, ev.Exit = "Leave", 1
		applied := !w.s.Seen(id)
		w.feed(journey.EventArrived{Event: ev})
		w.ended = w.ended || applied
	case "Buy":
		ev.Name, ev.Goal = "Buy", true
		applied := !w.s.Seen(id)
		w.feed(journey.EventArrived{Event: ev})
		w.ended = w.ended || applied && !w.p.Doc.Goal.Continue
	case "update":
		w.feed(journey.ContextUpdated{Revision: w.s.Revision + rapid.IntRange(0, 1).Draw(w.t, "new")})
	case "pause":
		w.feed(journey.Paused{})
	case "resume":
		w.feed(journey.Resumed{Frozen: int64(rapid.IntRange(0, 3600e6).Draw(w.t, "frozen"))})
	case "skip":
		w.feed(journey.WaitSkipped{})
	case "stop":
		w.feed(journey.Stopped{Reason: "test"})
		w.ended = true
	case "late answer":
		w.feed(journey.StepDone{Step: w.s.Step, Visit: w.s.Visit() - 1, Exit: "sent"})
	case "early timer":
		w.feed(journey.TimerFired{})
	case "hold":
		w.feed(journey.Held{ID: "h" + id})
	case "release":
		w.feed(journey.Released{ID: "r" + id})
	case "retry":
		w.feed(journey.Retried{ID: "t" + id})
	case "done":
		ev.Name = journey.EventTaskCompleted
		w.feed(journey.EventArrived{Event: ev})
	case "move": // to a version that is the same but for its name: everything goes on as it was
		before := w.s.Step
		w.feed(journey.Moved{ID: "m" + id, Program: w.other})
		if !w.s.Done() && before != w.s.Step {
			w.t.Fatalf("moved from %s to %s", before, w.s.Step)
		}
		w.p, w.other = w.other, w.p
	case "move back": // somewhere else, as an operator says
		to := rapid.SampledFrom(w.p.Doc.Steps).Draw(w.t, "to").ID
		applied := !w.s.Seen("m" + id)
		w.feed(journey.Moved{ID: "m" + id, Program: w.other, Mapping: map[string]string{w.s.Step: to}})
		if applied {
			w.p, w.other = w.other, w.p
		}
	}
}

func TestTheMachineKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := document(t)
		for _, i := range journey.Validate(d, nil) {
			if i.Code != journey.CodeUnreachable {
				t.Fatalf("the generator made an invalid document: %+v", i)
			}
		}
		p, err := journey.Compile(d)
		if err != nil {
			t.Fatal(err)
		}
		d.Name = "Another"
		other, err := journey.Compile(d)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)
		w := &world{t: t, p: p, other: other, s: journey.NewState(0, start), now: start, acted: map[string]int{}}
		w.feed(journey.Entered{})
		for range rapid.IntRange(0, 40).Draw(t, "moves") {
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
		w.feed(journey.Stopped{})
		end := w.s.JSON()
		for range 3 {
			w.ended = true
			w.disturb()
		}
		if !bytes.Equal(end, w.s.JSON()) {
			t.Fatalf("something happened after the end\n%s\n%s", end, w.s.JSON())
		}
	})
}

// exitsOf lists what the answer to a match may be.
func exitsOf(s *journey.Step) []string {
	if s.Kind == journey.StepTask {
		return []string{"", "reached"}
	}
	return []string{"", "Look"}
}
