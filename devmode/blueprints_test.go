package devmode_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/devmode"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/workflows/blueprints"
)

// noon is when most of the demo's people are awake.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// all are the blueprints as the demo takes them.
func all(t *testing.T) (out []devmode.Blueprint) {
	t.Helper()
	for _, name := range blueprints.Names() {
		b, err := blueprints.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		d := devmode.Blueprint{Document: b.Document}
		for _, tpl := range b.Templates {
			in := storage.TemplateInput{Key: tpl.Key, Name: tpl.Name, Class: tpl.Class, SenderKey: "default"}
			for _, body := range tpl.Bodies {
				in.Bodies = append(in.Bodies, models.TemplateBody{Channel: body.Channel, Locale: body.Locale, Subject: body.Subject, Preheader: body.Preheader, Body: body.Text})
			}
			d.Templates = append(d.Templates, in)
		}
		out = append(out, d)
	}
	return out
}

// Every blueprint has somebody to do something for: published on the demo's data, each lets people in within three days,
// and those that are live in the demo from the start on do so in the first minutes, some and not hundreds.
func TestTheDemoHasSomebodyForEveryBlueprint(t *testing.T) {
	t.Parallel()
	s, ctx := dbtest.SQLite(t), context.Background()
	d := demo(t, s)
	d.Now, d.Blueprints = noon, all(t)
	d.Scorer = &activities.Scoring{Store: s, Now: func() time.Time { return noon }}
	ws, err := d.Fill(ctx)
	if err != nil {
		t.Fatal(err)
	}
	w := town{t, s, ws, noon}
	batch, err := devmode.Morning(noon)
	if err != nil {
		t.Fatal(err)
	}
	w.accept(batch)
	w.look()
	first := w.entered()
	for key, most := range map[string]int{"abandoned-basket": 20, "birthday": 80, "guarantee-renewal": 30, "order-confirmation": 20, "pre-post-stay": 40, "surprise-gift": 3, "welcome": 10, "win-back": 200} {
		if n := first[key]; n < 1 || n > most {
			t.Errorf("%s: %d people in the first minutes, want 1 to %d", key, n, most)
		}
	}
	w.fire()
	for range 3 {
		w.now = w.now.Add(24 * time.Hour)
		w.look()
	}
	got := w.entered()
	for _, name := range blueprints.Names() {
		if got[name] == 0 {
			t.Errorf("nobody enters %s on the demo's data", name)
		}
	}
	t.Logf("in the first minutes %v, after three days and the schedules %v", first, got)
}

// town is the demo with a clock of its own.
type town struct {
	t   *testing.T
	s   *sqlstore.Store
	ws  models.Workspace
	now time.Time
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// accept takes messages as the ingestion API does, and routes what is in the outbox.
func (w *town) accept(batch []map[string]any) {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"batch": batch})
	w.must(err)
	decoded, err := ingest.DecodeBatch(body, ingest.Options{ReceivedAt: w.now})
	w.must(err)
	_, err = w.s.AcceptEvents(context.Background(), []storage.Intake{{Workspace: w.ws.ID, Source: "demo", Events: decoded.Events, ReceivedAt: w.now}})
	w.must(err)
	for p := range contract.Partitions {
		epoch, err := w.s.TakePartition(context.Background(), p, "demo", w.now)
		w.must(err)
		for {
			rows, err := w.s.PendingEvents(context.Background(), p, 0, 500)
			w.must(err)
			if len(rows) == 0 {
				break
			}
			_, err = w.s.RouteEvents(context.Background(), p, epoch, rows, w.now)
			w.must(err)
		}
	}
}

// look refreshes the audiences and looks at the dates, as the schedules do.
func (w *town) look() {
	w.t.Helper()
	a := &activities.Audiences{Store: w.s, Dates: w.s, Now: func() time.Time { return w.now }}
	_, err := a.RefreshAudiences(context.Background())
	w.must(err)
	_, err = a.EnterDates(context.Background())
	w.must(err)
}

// fire lets every journey's own schedule fire once.
func (w *town) fire() {
	w.t.Helper()
	list, err := w.s.ScheduledJourneys(context.Background())
	w.must(err)
	if len(list) != 2 {
		w.t.Errorf("%d journeys have a schedule, want newsletter and holiday thank-you", len(list))
	}
	for _, j := range list {
		page := storage.ScheduledPage{Next: ids.ID{}}
		for first := true; first || !page.Next.IsZero(); first = false {
			page, err = w.s.EnterScheduled(context.Background(), w.ws.ID, j.JourneyID, w.now, page.Next, w.now)
			w.must(err)
		}
	}
}

// entered counts the runs by journey.
func (w *town) entered() map[string]int {
	w.t.Helper()
	rows, err := w.s.SQL().Query("SELECT j.journey_key, COUNT(*) FROM runs r JOIN journeys j ON j.id = r.journey_id GROUP BY j.journey_key")
	w.must(err)
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var key string
		var n int
		w.must(rows.Scan(&key, &n))
		out[key] = n
	}
	w.must(rows.Err())
	return out
}
