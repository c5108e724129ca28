package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/journey"
	"sojourn/kit"
)

type nudges struct {
	Every string `json:"every"`
	Most  int    `json:"most"`
}

// nudge writes again and again until the customer answers, with a checkpoint in each round.
var nudge = kit.Journey[nudges]{
	Type: "nudge", Name: "Nudge", Defaults: nudges{Every: "P2D", Most: 3},
	Document: func(s nudges) journey.Document {
		answered := journey.Trigger{Event: "Answered"}
		return journey.Document{
			Purpose: "marketing", Timezone: "UTC",
			Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Asked"},
			Exit:  []journey.ExitRule{{Trigger: journey.Trigger{Event: "Moved Away"}, Label: "away"}},
			Goal:  &journey.Goal{Trigger: journey.Trigger{Event: "Order Completed"}},
			Steps: []journey.Step{
				{ID: "hello", Kind: journey.StepSend, Send: &journey.SendStep{Template: "hello", Channel: "email"}},
				{ID: "answer", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{Events: []journey.Await{{Trigger: answered}}, Timeout: s.Every}},
				{ID: "rest", Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P1D"}},
				{ID: "again", Kind: journey.StepSend, Send: &journey.SendStep{Template: "again", Channel: "email"}},
			},
		}
	},
	Play: func(r *kit.Run, s nudges) string {
		round := 0
		if !r.Restore(&round) {
			r.Do("hello")
		}
		for ; round < s.Most; round++ {
			r.Checkpoint(round)
			if r.Do("answer").Exit == "Answered" {
				return "answered"
			}
			r.WaitUntil("rest", r.Now().Add(6*time.Hour))
			r.Do("again")
		}
		return "silent"
	},
}

func codeWorld(t *testing.T, start time.Time) *world {
	t.Helper()
	var known kit.Registry
	known.Add(nudge)
	doc, err := known.Document("nudge", nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := journey.Canonical(doc)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, start, string(text))
	w.code = known.Plays()
	return w
}

// The shell, the machine and the ledger do for a code journey what they do for one that was drawn, also when it is
// started again after every wake-up.
func TestACodeJourneyIsWalkedLikeOneOfTheCanvas(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	for _, story := range []struct {
		name    string
		happens func(w *world)
		sent    []string
		outcome string
	}{
		{"silent", func(*world) {}, []string{"hello#1", "again#1", "again#2", "again#3"}, "silent"},
		{"answered", func(w *world) {
			w.plan(start.Add(3*day), func() { w.says("ann", "Answered", nil) })
		}, []string{"hello#1", "again#1"}, "answered"},
		{"exit in a wait", func(w *world) {
			w.plan(start.Add(2*day+time.Hour), func() { w.says("ann", "Moved Away", nil) })
		}, []string{"hello#1"}, "away"},
		{"goal", func(w *world) {
			w.plan(start.Add(5*day), func() { w.says("ann", "Order Completed", nil) })
		}, []string{"hello#1", "again#1", "again#2"}, "goal"},
		{"stopped", func(w *world) {
			w.plan(start.Add(day), func() {
				w.signal(w.runID, contract.SignalControl, contract.ControlSignal{Kind: "stop", ID: "x"})
			})
		}, []string{"hello#1"}, "stopped"},
	} {
		for _, every := range []int{0, 1, 2, 3} {
			t.Run(fmt.Sprintf("%s/%d", story.name, every), func(t *testing.T) {
				t.Parallel()
				w := codeWorld(t, start)
				story.happens(w)
				w.says("ann", "Asked", nil)
				if len(w.starts) != 1 || w.starts[0].Code != "nudge" {
					t.Fatalf("starts: %+v", w.starts)
				}
				run := w.starts[0].RunID
				if err := w.walk(every); err != nil {
					t.Fatal(err)
				}
				if got := w.sent(); !slices.Equal(got, story.sent) {
					t.Errorf("sent %v, want %v (%v)", got, story.sent, w.visits(run))
				}
				if got := w.run(run); got.State != "closed" && got.Outcome != story.outcome || got.Outcome != story.outcome {
					t.Errorf("run: %+v, want outcome %s", got, story.outcome)
				}
			})
		}
	}
}
