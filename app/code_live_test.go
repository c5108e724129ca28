package app

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sojourn/journey"
	"sojourn/kit"
	"sojourn/storage"
)

type pace struct {
	Nap string `json:"nap" format:"duration"`
}

// The journey and the step that one worker lacks and the other has.
var (
	lateJourney = kit.Journey[pace]{Type: "late-journey", Name: "Late journey", Defaults: pace{"PT0.2S"},
		Document: func(p pace) journey.Document {
			return journey.Document{Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Signed Up"},
				Steps: []journey.Step{{ID: "nap", Kind: journey.StepWait, Wait: &journey.WaitStep{For: p.Nap}}}}
		},
		Play: func(r *kit.Run, _ pace) string { r.Do("nap"); return "rested" }}
	lateStep = kit.Step[struct{}]{Type: "late-step", Name: "Late step", Exits: []string{"there"},
		Do: func(context.Context, kit.StepContext, struct{}) (string, string, error) { return "there", "", nil }}
)

// Runs whose code no worker knows wait and are missed; when a worker comes that knows it they go on to their ends. The
// worker that goes away again is missed, too.
func TestRunsWaitForTheWorkerThatKnowsTheirCode(t *testing.T) {
	t.Parallel()
	w := wireParts(t)
	var without, with kit.Registry
	with.Add(lateJourney, lateStep)
	doc, err := with.Document("late-journey", nil)
	w.must(err)
	text, err := journey.Canonical(doc)
	w.must(err)
	w.publish(string(text))
	w.publish(`
key: stepped
name: Stepped
purpose: marketing
entry: {kind: event, event: Signed Up}
steps:
  - {id: look, kind: code, code: {type: late-step, on: {there: bye}}}
  - {id: bye, kind: exit, exit: {label: seen}}
`)
	stop := w.work(&without)
	w.says("ann", "Signed Up", nil)
	missing := func(after time.Duration) string {
		rows, err := w.s.MissingCode(w.Context(), w.ws, time.Now().Add(after-storage.CodeAlive))
		w.must(err)
		var out []string
		for _, m := range rows {
			out = append(out, fmt.Sprintf("%s %s %d %s", m.Kind, m.Type, m.Runs, strings.Join(m.Journeys, ", ")))
		}
		return strings.Join(out, "; ")
	}
	const both = "journey late-journey 1 Late journey; step late-step 1 Stepped"
	w.until("both runs are missed", func() bool { return missing(0) == both })
	w.want("SELECT state FROM runs ORDER BY id", "open open")

	w.work(&with)
	w.until("both runs have ended", func() bool {
		return strings.Join(w.list("SELECT outcome FROM runs WHERE state = 'ended' ORDER BY outcome"), " ") == "rested seen"
	})
	if got := missing(0); got != "" {
		t.Errorf("still missing: %s", got)
	}
	stop()
	w.says("bob", "Signed Up", nil)
	w.until("Bob's runs have ended", func() bool { return len(w.list("SELECT outcome FROM runs WHERE state = 'ended'")) == 4 })

	// Who sleeps when the last worker of a type goes is missed once its announcement is old.
	long, err := with.Document("late-journey", []byte(`{"nap": "PT1H"}`))
	w.must(err)
	long.Key = "long"
	text, err = journey.Canonical(long)
	w.must(err)
	w.publish(string(text))
	w.says("cem", "Signed Up", nil)
	w.until("Cem sleeps in the long one alone", func() bool {
		return strings.Join(w.list("SELECT state FROM runs WHERE customer_id = (SELECT id FROM customers WHERE external_id = 'cem') ORDER BY state"), " ") == "ended ended open"
	})
	if got := missing(0); got != "" {
		t.Errorf("missing while its worker lives: %s", got)
	}
	if got := missing(time.Hour); got != "journey late-journey 1 Late journey" {
		t.Errorf("missing an hour after its worker was heard of: %s", got)
	}
}
