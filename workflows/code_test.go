package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/kit/example"
	"sojourn/storage"
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
			Exit:  []journey.ExitRule{{Event: "Moved Away", Label: "away"}},
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

// The journey of the guide, walked.
func TestTheJourneyOfTheGuide(t *testing.T) {
	t.Parallel()
	var known kit.Registry
	example.Register(&known)
	doc, err := known.Document("thanks", nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := journey.Canonical(doc)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for name, story := range map[string]struct {
		happens func(w *world)
		sent    []string
		outcome string
	}{
		"reviewed": {func(w *world) {
			w.plan(start.Add(11*24*time.Hour), func() { w.says("ann", "Review Written", nil) })
		}, []string{"ask#1", "ask#2"}, "reviewed"},
		"cancelled": {func(w *world) {
			w.plan(start.Add(24*time.Hour), func() { w.says("ann", "Order Cancelled", map[string]any{"order_id": "o1"}) })
		}, nil, "cancelled"},
		"not allowed": {func(w *world) {
			w.mail.answers["ask"] = []contract.SendResult{{State: contract.SendSkipped, Reason: "no_consent"}}
		}, nil, "not_allowed"},
		"paused over the moment": {func(w *world) {
			w.plan(start.Add(24*time.Hour), func() { w.must(w.s.PauseJourney(ctx(), w.ws.ID, w.j.ID, w.now())) })
			w.plan(start.Add(5*24*time.Hour), func() {
				w.must(w.s.ResumeJourney(ctx(), w.ws.ID, w.j.ID, storage.PauseCounts, w.now()))
				w.dispatch()
			})
		}, []string{"ask#1", "ask#2"}, "silent"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, start, string(text))
			w.code = known.Plays()
			story.happens(w)
			w.says("ann", "Order Completed", map[string]any{"order_id": "o1"})
			run := w.starts[0].RunID
			if err := w.walk(1); err != nil {
				t.Fatal(err)
			}
			if got := w.sent(); !slices.Equal(got, story.sent) || w.run(run).Outcome != story.outcome {
				t.Errorf("sent %v, outcome %s (%v)", got, w.run(run).Outcome, w.visits(run))
			}
		})
	}
}

// Code that was changed without saying so does not act for a run that went another way; code that says so does.
func TestCodeThatChangesUnderASleepingRun(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	w := codeWorld(t, start)
	changed := nudge
	changed.Play = func(r *kit.Run, s nudges) string {
		if r.Changed("2026-03-again-first") {
			r.Do("again")
		}
		return nudge.Play(r, s)
	}
	var after kit.Registry
	after.Add(changed)
	w.plan(start.Add(24*time.Hour), func() { w.code = after.Plays() }) // taken over with the next history
	w.says("ann", "Asked", nil)
	if err := w.walk(1); err != nil {
		t.Fatal(err)
	}
	if got, want := w.sent(), []string{"hello#1", "again#1", "again#2", "again#3"}; !slices.Equal(got, want) {
		t.Errorf("sent %v, want %v", got, want)
	}
}

// A held-out run of a code journey is walked as a shadow: same waits, nothing sent.
func TestAHeldOutRunOfACodeJourney(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var known kit.Registry
	known.Add(nudge)
	doc, err := known.Document("nudge", []byte(`{"most":1}`))
	if err != nil {
		t.Fatal(err)
	}
	doc.Control = &journey.Control{Percent: 100}
	text, err := journey.Canonical(doc)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, start, string(text))
	w.code = known.Plays()
	w.says("ann", "Asked", nil)
	run := w.starts[0].RunID
	if err := w.walk(2); err != nil {
		t.Fatal(err)
	}
	want := []string{"hello#1:skipped@Mar 2 09:00", "answer#1:timeout@Mar 4 09:00", "rest#1:next@Mar 4 15:00", "again#1:skipped@Mar 4 15:00"}
	if got := w.visits(run); !slices.Equal(got, want) || len(w.sent()) != 0 || w.run(run).Outcome != "silent" {
		t.Errorf("visits %v, sent %v, run %+v", got, w.sent(), w.run(run))
	}
}
