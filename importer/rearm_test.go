package importer_test

import (
	"context"
	"testing"

	"sojourn/importer"
	"sojourn/journey"
)

// A file that corrects dates and zones tells the runs that wait by them, and nobody else.
func TestCorrectionsReachSleepingRuns(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		ctx := context.Background()
		w.run("customers", "user_id,email,birthday,timezone,renews_on\nu1,a@example.com,1980-05-03,Europe/Amsterdam,2026-09-01\nu2,b@example.com,1980-05-03,Europe/Amsterdam,\nu3,c@example.com,,,\n")
		doc := journey.Document{Key: "cards", Name: "Cards", Purpose: "offers", Entry: journey.Entry{Kind: journey.EntryAPI}, Steps: []journey.Step{
			{ID: "day", Kind: journey.StepWait, Wait: &journey.WaitStep{Date: &journey.DateRule{DateRef: journey.DateRef{Attribute: "birthday"}, Anniversary: true}}, Next: "renewal"},
			{ID: "renewal", Kind: journey.StepWait, Wait: &journey.WaitStep{Date: &journey.DateRule{DateRef: journey.DateRef{Attribute: "attributes.renews_on"}}}},
		}}
		j, err := w.s.CreateJourney(ctx, w.ws, doc, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.s.Publish(ctx, w.ws, j.ID, 0, "test", now); err != nil {
			t.Fatal(err)
		}
		w.run("entries", "user_id\nu1\nu2\n", func(o *importer.Options) { o.Journey = "cards" })
		owed := func(user, step string, want int64) {
			t.Helper()
			if n := w.number("SELECT COUNT(*) FROM dispatches d JOIN runs r ON r.id = d.run_id JOIN customers c ON c.id = r.customer_id WHERE d.kind = 'retry' AND c.external_id = ? AND d.event_name = ?", user, step); n != want {
				t.Errorf("%s is told %d times to look again at %q, want %d", user, n, step, want)
			}
		}
		w.run("customers", "user_id,birthday,first_name,renews_on\nu1,1980-06-04,Ann,2026-09-01\nu2,1980-05-03,Bob,2026-10-01\nu3,1990-01-01,Eva,2026-10-01\n")
		owed("u1", "day", 1)
		owed("u1", "renewal", 0)
		owed("u2", "day", 0)
		owed("u2", "renewal", 1)
		w.run("customers", "user_id,timezone\nu1,Pacific/Apia\nu2,Europe/Amsterdam\n")
		owed("u1", "", 1)
		owed("u2", "", 0)
		if n := w.number("SELECT COUNT(*) FROM dispatches WHERE kind = 'retry'"); n != 3 {
			t.Errorf("%d signals in all, want 3", n)
		}
	})
}
