package kittest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"sojourn/journey"
	"sojourn/kit"
	"sojourn/kit/example"
	"sojourn/kittest"
)

// Every history of the guide's journey, also when Play begins again after every wake-up.
func TestTheJourneyOfTheGuide(t *testing.T) {
	t.Parallel()
	for _, every := range []int{0, 1, 2} {
		t.Run(fmt.Sprintf("continue every %d", every), func(t *testing.T) {
			t.Parallel()
			w := kittest.New(t, example.Register)
			w.ContinueEvery = every
			w.Journey("thanks", nil)
			ann := w.Customer("ann", nil)
			ann.Consents("email", "marketing")
			ann.Orders(20)
			ann.ExpectAt("pause")
			ann.ExpectNoSend()
			w.Advance(3 * kittest.Day)
			m := ann.ExpectSend("thanks")
			if m.To != "ann@example.com" || !m.At.Equal(kittest.Start.Add(3*kittest.Day)) {
				t.Errorf("sent to %q at %s", m.To, m.At)
			}
			ann.ExpectAt("review")
			w.Advance(7 * kittest.Day)
			ann.ExpectSend("thanks")
			ann.Does("Review Written", nil)
			ann.ExpectOutcome("reviewed")
			ann.ExpectNoSend()
			ann.ExpectSteps("pause:next", "ask:sent", "review:timeout", "ask:sent", "review:written")
		})
	}
}

// Pause, stop, control group, exit and consent are the product's, and nothing in Play knows of them.
func TestTheRulesOfTheProductHold(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]func(w *kittest.World){
		"paused over the moment": func(w *kittest.World) {
			j := w.Journey("thanks", nil)
			ann := orders(w)
			w.Advance(kittest.Day)
			j.Pause()
			w.Advance(5 * kittest.Day)
			ann.ExpectNoSend()
			j.Resume()
			ann.ExpectSend("thanks")
		},
		"paused with the clock stopped": func(w *kittest.World) {
			j := w.Journey("thanks", nil)
			ann := orders(w)
			w.Advance(2 * kittest.Day)
			j.Pause()
			w.Advance(5 * kittest.Day)
			j.ResumeFrozen()
			ann.ExpectNoSend()
			w.Advance(kittest.Day)
			ann.ExpectSend("thanks")
		},
		"stopped": func(w *kittest.World) {
			j := w.Journey("thanks", nil)
			ann := orders(w)
			j.Stop()
			ann.ExpectOutcome("stopped")
		},
		"held out": func(w *kittest.World) {
			w.Journey("thanks", nil, func(d *journey.Document) { d.Control = &journey.Control{Percent: 100} })
			ann := orders(w)
			w.AdvanceToEnd()
			ann.ExpectNoSend()
			if r := ann.Run(); !r.Control || r.Outcome != "not_allowed" {
				w.Fail("%+v", r)
			}
		},
		"cancelled": func(w *kittest.World) {
			w.Journey("thanks", nil)
			ann := orders(w)
			ann.Does("Order Cancelled", kittest.Props{"order_id": "ann-1"})
			ann.ExpectOutcome("cancelled")
		},
		"withdrawn": func(w *kittest.World) {
			w.Journey("thanks", nil)
			ann := orders(w)
			ann.Withdraws("email", "marketing")
			w.AdvanceToEnd()
			ann.ExpectNoSend()
		},
		"never asked": func(w *kittest.World) {
			w.Journey("thanks", nil)
			bob := w.Customer("bob", nil)
			bob.Orders(10)
			w.Advance(3 * kittest.Day)
			bob.ExpectSkipped("thanks", "no_consent")
			bob.ExpectOutcome("not_allowed")
		},
		"other settings": func(w *kittest.World) {
			w.Journey("thanks", example.Settings{After: "PT1H", Rounds: 1})
			ann := orders(w)
			w.Advance(time.Hour)
			ann.ExpectSend("thanks")
			w.AdvanceToEnd()
			ann.ExpectOutcome("silent")
		},
		"quiet hours": func(w *kittest.World) {
			w.Settings(`{"quiet_hours": {"from": "21:00", "to": "08:00"}}`)
			w.Journey("thanks", example.Settings{After: "PT12H", Rounds: 1}) // 22:00 in Amsterdam
			ann := orders(w)
			w.Advance(13 * time.Hour)
			ann.ExpectNoSend()
			w.Advance(10 * time.Hour)
			ann.ExpectSend("thanks")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(kittest.New(t, example.Register))
		})
	}
}

func orders(w *kittest.World) *kittest.Customer {
	ann := w.Customer("ann", nil)
	ann.Consents("email", "marketing")
	ann.Orders(20)
	return ann
}

type weighing struct {
	Limit int `json:"limit" minimum:"1"`
}

// A step in Go on the canvas: its settings, its exits, an attempt that fails, and the journey that it leads into at the
// very moment.
func TestAStepInGo(t *testing.T) {
	t.Parallel()
	attempts := 0
	weigh := kit.Step[weighing]{Type: "weigh", Defaults: weighing{10}, Exits: []string{"heavy"},
		Do: func(ctx context.Context, about kit.StepContext, s weighing) (string, string, error) {
			if attempts++; attempts == 1 {
				return "", "", errors.New("the scales are busy")
			}
			data, err := about.Data(ctx)
			if err != nil {
				return "", "", err
			}
			if data["customer"].(map[string]any)["first_name"] != "Ann" {
				return "", "", kit.Refused("who is this?")
			}
			return "heavy", fmt.Sprint(s.Limit), nil
		}}
	w := kittest.New(t, func(r *kit.Registry) { r.Add(weigh) })
	w.Publish(`
key: follow
name: Follow
purpose: marketing
entry: {kind: api}
steps:
  - {id: gift, kind: reward, reward: {kind: points, amount: 5}, next: rest}
  - {id: rest, kind: wait, wait: {for: P1D}}
`)
	w.Publish(`
key: weighed
name: Weighed
purpose: marketing
entry: {kind: event, event: Signed Up}
steps:
  - {id: nap, kind: wait, wait: {for: P2D}, next: scales}
  - {id: scales, kind: code, code: {type: weigh, settings: {limit: 3}, on: {heavy: enter}}, next: bye}
  - {id: enter, kind: enter, enter: {journey: follow}}
  - {id: bye, kind: exit, exit: {label: light}}
`)
	ann := w.Customer("ann", kittest.Props{"first_name": "Ann"})
	ann.Does("Signed Up", nil)
	w.Advance(7 * kittest.Day)
	ann.ExpectReward("points", 5)
	ann.ExpectNoReward()
	ann.ExpectOutcome("completed")
	if r := ann.Run(); r.Journey != "follow" {
		t.Errorf("the latest run is of journey %q", r.Journey)
	}
	if want := "Wed 3 Jun 10:00  scales -> heavy"; !strings.Contains(w.Story(), want) || !strings.Contains(w.Story(), "Thu 4 Jun 10:00  rest -> next") {
		t.Errorf("the story lacks %q, or its other journey:\n%s", want, w.Story())
	}
}

// Two people are in journeys at once; one's event comes while the other sleeps.
func TestTwoCustomers(t *testing.T) {
	t.Parallel()
	w := kittest.New(t, example.Register)
	w.Journey("thanks", nil)
	ann, bob := w.Customer("ann", nil), w.Customer("bob", nil)
	for _, c := range []*kittest.Customer{ann, bob} {
		c.Consents("email", "marketing")
		c.Orders(10)
		w.Advance(kittest.Day)
	}
	w.Advance(kittest.Day) // three days after Ann's order, two after Bob's
	ann.ExpectSend("thanks")
	bob.ExpectNoSend()
	w.Advance(kittest.Day)
	if m := bob.ExpectSend("thanks"); !m.At.Equal(kittest.Start.Add(4 * kittest.Day)) {
		t.Errorf("Bob's message went at %s", m.At)
	}
	ann.Does("Review Written", nil)
	ann.ExpectOutcome("reviewed")
	bob.ExpectAt("review")
}

// Engagement with a message and a completed task reach the run they are about.
func TestWhatComesBack(t *testing.T) {
	t.Parallel()
	w := kittest.New(t)
	w.Template("hello", "Hello {{ customer.first_name }}", `<p>Hi</p><a href="{{ unsubscribe_url }}">out</a>`)
	w.Publish(`
key: back
name: Back
purpose: marketing
entry: {kind: event, event: Signed Up}
steps:
  - {id: mail, kind: send, send: {template: hello, channel: email}, next: read}
  - {id: read, kind: wait_for, wait_for: {timeout: P2D, events: [{event: Message Clicked, message: mail, name: read, next: call}]}}
  - {id: call, kind: task, task: {type: call, title: Call, due: P2D, outcomes: [{name: reached, next: bye}]}}
  - {id: bye, kind: exit, exit: {label: called}}
`)
	ann := w.Customer("ann", kittest.Props{"first_name": "Ann"})
	ann.Consents("email", "marketing")
	ann.Does("Signed Up", nil)
	if m := ann.ExpectSend("hello"); m.Subject != "Hello Ann" || !strings.Contains(m.HTML, "Hi") {
		t.Errorf("message %+v", m)
	}
	ann.Clicks("mail")
	ann.ExpectAt("call")
	ann.Completes("call", "reached")
	ann.ExpectOutcome("called")
}

// silenced is a test inside the test: it keeps what a failed one says.
type silenced struct {
	testing.TB
	said string
}

func (s *silenced) Fatalf(format string, args ...any) {
	s.said = fmt.Sprintf(format, args...)
	panic(s)
}

func (s *silenced) Fatal(args ...any) { s.Fatalf("%s", fmt.Sprint(args...)) }

// says runs a test that fails and returns what it says.
func says(t *testing.T, test func(t testing.TB)) (said string) {
	t.Helper()
	s := &silenced{TB: t}
	defer func() {
		if p := recover(); p != nil && p != any(s) {
			panic(p)
		}
		said = s.said
	}()
	test(s)
	return ""
}

// What a failed expectation says: what was expected, what is, and how it came about.
func TestFailuresExplain(t *testing.T) {
	t.Parallel()
	lost := kit.Journey[struct{}]{Type: "lost", Name: "Lost", Document: func(struct{}) journey.Document {
		return journey.Document{Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Signed Up"},
			Steps: []journey.Step{{ID: "nap", Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P1D"}}}}
	}, Play: func(r *kit.Run, _ struct{}) string { r.Do("map"); return "" }}
	for name, c := range map[string]struct {
		test func(t testing.TB)
		want []string
	}{
		"a message that did not go": {func(t testing.TB) {
			w := kittest.New(t, example.Register)
			w.Journey("thanks", nil)
			bob := w.Customer("bob", nil)
			bob.Orders(10)
			w.Advance(3 * kittest.Day)
			bob.ExpectSend("thanks")
		}, []string{"bob, Thu 4 Jun 10:00:", `expected: a message from template "thanks"`, `got:      the send at step "ask" is skipped, no_consent`,
			"Mon 1 Jun 10:00  bob: Order Completed", "ask -> skipped (thanks: skipped, no_consent)", "it ended: not_allowed"}},
		"too early": {func(t testing.TB) {
			w := kittest.New(t, example.Register)
			w.Journey("thanks", nil)
			ann := orders(w)
			w.Advance(kittest.Day)
			ann.ExpectSend("thanks")
		}, []string{"no further message", `now it is at "pause", until Thu 4 Jun 10:00`}},
		"another way": {func(t testing.TB) {
			w := kittest.New(t, example.Register)
			w.Journey("thanks", nil)
			ann := orders(w)
			w.Advance(4 * kittest.Day)
			ann.ExpectSteps("pause:next", "ask:skipped")
		}, []string{"expected: the way pause:next, ask:skipped", "got:      pause:next, ask:sent (they part at step 2)"}},
		"settings that do not fit": {func(t testing.TB) {
			kittest.New(t, example.Register).Journey("thanks", map[string]any{"after": "3 days"})
		}, []string{"code.settings.after: after: must be a duration"}},
		"a step that is not there": {func(t testing.TB) {
			w := kittest.New(t, func(r *kit.Registry) { r.Add(lost) })
			w.Journey("lost", nil)
			w.Customer("ann", nil).Does("Signed Up", nil)
		}, []string{`the run of ann can't go on: the code of journey lost asks for step "map", which its document does not have`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := says(t, c.test)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("it does not say %q:\n%s", want, got)
				}
			}
		})
	}
}
