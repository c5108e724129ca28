package workflows_test

import (
	"slices"
	"testing"
	"time"

	"sojourn/activities"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/workflows/blueprints"
)

// The history of a typical run of every blueprint is recorded and replayed, as those of the other stories are.
func TestRecordBlueprintHistories(t *testing.T) {
	t.Parallel()
	all := map[string]recording{}
	for _, name := range blueprints.Names() {
		b, err := blueprints.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		text, err := journey.Canonical(hurried(b.Document))
		if err != nil {
			t.Fatal(err)
		}
		all[name] = recording{document: string(text), tell: func(l *live) { l.typical(name) }}
	}
	recordAll(t, "-blueprints", all)
}

// hurried is the blueprint with waits of a third of a second, and with a channel of its own. A wait for a day of a booking
// stays one: the booking says when.
func hurried(d journey.Document) journey.Document {
	d.Control = nil
	d.Steps = slices.Clone(d.Steps)
	for i, s := range d.Steps {
		switch {
		case s.Wait != nil && s.Wait.Date != nil && s.Wait.Date.Object == "booking":
			d.Steps[i].Wait = &journey.WaitStep{Date: &journey.DateRule{DateRef: s.Wait.Date.DateRef, Late: s.Wait.Date.Late}}
		case s.Wait != nil:
			d.Steps[i].Wait = &journey.WaitStep{For: "PT0.3S"}
		case s.WaitFor != nil:
			w := *s.WaitFor
			w.Timeout = "PT0.3S"
			d.Steps[i].WaitFor = &w
		case s.Send != nil:
			send := *s.Send
			send.Channel, send.Fallback = "CHANNEL", nil
			d.Steps[i].Send = &send
		}
	}
	return d
}

// typical lets Ann walk the way that most people walk: no order, no answer.
func (l *live) typical(name string) {
	l.says("ann", "identify", map[string]any{"first_name": canary, "birthday": "1990-05-14"})
	switch entry := l.doc.Entry; {
	case name == "pre-post-stay":
		in := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(time.RFC3339) }
		l.says("ann", "Object Changed", map[string]any{"object_type": "booking", "object_key": "b1", "status": "booked", "dates": map[string]any{"start": in(2 * time.Second), "end": in(4 * time.Second)}})
		_, err := (&activities.Audiences{Store: l.s, Dates: l.s, Now: l.now}).EnterDates(ctx())
		l.must(err)
		l.dispatch()
		return
	case entry.Kind == journey.EntryEvent:
		l.says("ann", entry.Event, map[string]any{"order_id": "o-1", "sku": "lp-1", "total": 9.5, "currency": "EUR"})
	default:
		ann := l.customer("ann").ID
		l.score.find = func(customer ids.ID) { // the night's scoring still finds her due
			_, err := l.s.SQL().Exec("UPDATE customer_metrics SET winback_due_at = ? WHERE customer_id = ?", models.At(time.Now().Add(-time.Hour)), customer)
			l.must(err)
		}
		_, err := l.s.EnterRuns(ctx(), l.ws.ID, l.j.ID, []ids.ID{ann}, storage.Cause{ID: l.s.NewID(), Kind: storage.CauseAudience}, l.now())
		l.must(err)
		l.dispatch()
	}
	if name == "surprise-gift" {
		l.untilAt("gift")
		l.must(l.s.AcceptRunEvents(ctx(), l.ws.ID, []storage.RunEvent{{
			Run: idBytes(l.runID), Step: "gift", Name: storage.EventTaskCompleted, MessageID: "t-" + l.runID, Properties: map[string]any{"step": "gift", "outcome": "sent"},
		}}, l.now()))
		l.route()
	}
}
