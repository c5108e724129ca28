package kittest

import (
	"encoding/json"
	"fmt"
	"strings"

	"sojourn/journey"
	"sojourn/kit"
	"sojourn/models"
	"sojourn/storage"
)

// Journey is a journey that is live in a World.
type Journey struct {
	Document journey.Document

	w   *World
	row models.Journey
}

// Journey makes a journey of a registered type live. Settings are a struct or a map, over the defaults; nil for the
// defaults. What a test has to have otherwise than the document says, such as a control group, change sets.
func (w *World) Journey(codeType string, settings any, change ...func(*journey.Document)) *Journey {
	w.t.Helper()
	var raw json.RawMessage
	if settings != nil {
		var err error
		raw, err = json.Marshal(settings)
		w.must(err)
	}
	doc, err := w.known.Document(codeType, raw)
	if err != nil {
		w.t.Fatalf("journey %s: %v", codeType, err)
	}
	return w.live(doc, change)
}

// Publish makes a journey of the canvas live: a document in YAML or JSON.
func (w *World) Publish(document string, change ...func(*journey.Document)) *Journey {
	w.t.Helper()
	doc, err := journey.Parse([]byte(document))
	w.must(err)
	return w.live(doc, change)
}

func (w *World) live(doc journey.Document, change []func(*journey.Document)) *Journey {
	w.t.Helper()
	for _, edit := range change {
		edit(&doc)
	}
	var wrong []string
	for _, i := range journey.Validate(doc, w.catalogue(doc)) {
		if i.Severity == journey.Error {
			wrong = append(wrong, fmt.Sprintf("  step %q, %s: %s", i.Step, i.Path, i.Message))
		}
	}
	if len(wrong) > 0 {
		w.t.Fatalf("journey %s can't be published:\n%s", doc.Key, strings.Join(wrong, "\n"))
	}
	w.plainTexts(doc)
	row, err := w.Store.CreateJourney(w.t.Context(), w.workspace.ID, doc, w.now())
	w.must(err)
	_, err = w.Store.Publish(w.t.Context(), w.workspace.ID, row.ID, 0, "test", w.now())
	w.must(err)
	j := &Journey{Document: doc, w: w, row: row}
	w.journeys = append(w.journeys, j)
	w.note("journey %s is live", doc.Key)
	return j
}

// Pause pauses the journey: who is in it waits, nobody is written to.
func (j *Journey) Pause() {
	j.w.t.Helper()
	j.w.note("journey %s is paused", j.Document.Key)
	j.w.must(j.w.Store.PauseJourney(j.w.t.Context(), j.w.workspace.ID, j.row.ID, j.w.now()))
	j.w.settle()
}

// Resume ends the pause. The paused time counts: what became due in it is done now.
func (j *Journey) Resume() { j.w.t.Helper(); j.resume(storage.PauseCounts) }

// ResumeFrozen ends the pause. The paused time does not count: every wait goes on with what was left of it.
func (j *Journey) ResumeFrozen() { j.w.t.Helper(); j.resume(storage.PauseStopped) }

func (j *Journey) resume(clock storage.PauseClock) {
	j.w.t.Helper()
	j.w.note("journey %s goes on", j.Document.Key)
	j.w.must(j.w.Store.ResumeJourney(j.w.t.Context(), j.w.workspace.ID, j.row.ID, clock, j.w.now()))
	j.w.settle()
}

// Stop stops the journey and ends who is in it.
func (j *Journey) Stop() {
	j.w.t.Helper()
	j.w.note("journey %s is stopped", j.Document.Key)
	j.w.must(j.w.Store.StopJourney(j.w.t.Context(), j.w.workspace.ID, j.row.ID, j.w.now()))
	_, err := j.w.Store.StopSweep(j.w.t.Context(), 500, j.w.now())
	j.w.must(err)
	j.w.settle()
}

// registered is the catalogue of a World: it knows the code, and takes templates, audiences and events as they come.
type registered struct {
	*kit.Registry
	channels []string
}

func (r registered) TemplateChannels(string) ([]string, bool) { return r.channels, true }
func (r registered) HasAudience(string) bool                  { return true }
func (r registered) HasEvent(string) bool                     { return true }
func (r registered) HasChannel(string) bool                   { return true }

func (w *World) catalogue(d journey.Document) registered {
	r := registered{Registry: &w.known}
	for _, s := range d.Steps {
		if s.Send != nil {
			r.channels = append(append(r.channels, s.Send.Channel), s.Send.Fallback...)
		}
	}
	return r
}
