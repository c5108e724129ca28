package storagetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sojourn/audience"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Audiences proves the promises of storage.Audiences and storage.Subjects.
func Audiences(t *testing.T, s *sqlstore.Store) {
	for name, test := range map[string]func(w *audienceWorld){
		"count and sample":                     audienceCount,
		"an audience without a journey":        audienceAlone,
		"edges let in":                         audienceEdges,
		"present members enter when asked":     audienceIncludePresent,
		"leaving lets in":                      audienceLeaveEdge,
		"a changed condition is seeded afresh": audienceReseed,
		"who may not be processed":             audienceUnfit,
		"a crash loses and doubles nothing":    audienceCrash,
		"two refreshes at once":                audienceTwice,
		"another workspace":                    audienceOther,
		"what is refreshed":                    audienceActive,
		"scheduled entry":                      audienceScheduled,
		"a subject":                            audienceSubject,
		"a stage that another version ends":    audienceStage,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &audienceWorld{T: t, s: s, ws: AddWorkspace(t, s, "audience "+name).ID, now: time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)}
			test(w)
		})
	}
}

type audienceWorld struct {
	*testing.T
	s   *sqlstore.Store
	ws  int64
	now time.Time
}

// people adds n customers with that many orders each.
func (w *audienceWorld) people(n, orders int) []ids.ID {
	w.Helper()
	var customers []models.Customer
	var metrics []models.CustomerMetrics
	var out []ids.ID
	for range n {
		id := w.s.NewID()
		out = append(out, id)
		customers = append(customers, models.Customer{ID: id, WorkspaceID: w.ws, Grp: id, CreatedAt: models.At(w.now), UpdatedAt: models.At(w.now)})
		metrics = append(metrics, models.CustomerMetrics{CustomerID: id, WorkspaceID: w.ws, OrdersCount: orders, UpdatedAt: models.At(w.now)})
	}
	insertRow(w, w.s, &customers)
	insertRow(w, w.s, &metrics)
	return out
}

func (w *audienceWorld) orders(n int, who ...ids.ID) {
	w.Helper()
	exec(w, w.s, "UPDATE customer_metrics SET orders_count = ? WHERE customer_id IN ?", n, who)
}

func atLeast(n int) audience.Condition {
	return audience.Condition{Metric: "orders_count", Op: audience.Gte, Value: n}
}

// journey publishes a journey whose entry is an audience of people with at least two orders.
func (w *audienceWorld) journey(key string, change func(e *journey.Entry)) (models.Journey, ids.ID) {
	w.Helper()
	c := atLeast(2)
	doc := journey.Document{Key: key, Name: key, Purpose: "news", Entry: journey.Entry{Kind: journey.EntryAudience, Condition: &c, Reentry: journey.Reentry{Rule: "always"}},
		Steps: []journey.Step{{ID: "end", Kind: journey.StepExit, Exit: &journey.ExitStep{Label: "done"}}}}
	if change != nil {
		change(&doc.Entry)
	}
	j, err := w.s.CreateJourney(context.Background(), w.ws, doc, w.now)
	if err != nil {
		w.Fatal(err)
	}
	w.publish(j, doc, 0)
	var row models.Audience
	query(w, w.s, &row, "SELECT * FROM audiences WHERE workspace_id = ? AND audience_key = ?", w.ws, storage.EntryAudienceKey(key))
	return j, row.ID
}

func (w *audienceWorld) publish(j models.Journey, doc journey.Document, revision int) {
	w.Helper()
	if revision > 0 {
		if _, err := w.s.SaveDraft(context.Background(), w.ws, j.ID, revision, doc, w.now); err != nil {
			w.Fatal(err)
		}
	}
	if _, err := w.s.Publish(context.Background(), w.ws, j.ID, 0, "test", w.now); err != nil {
		w.Fatal(err)
	}
}

// refresh refreshes a minute later and checks what it did.
func (w *audienceWorld) refresh(id ids.ID, want storage.Refreshed) {
	w.Helper()
	w.now = w.now.Add(time.Minute)
	got, err := w.s.RefreshAudience(context.Background(), w.ws, id, w.now, nil)
	if err != nil || got != want {
		w.Errorf("refresh: %+v, %v; want %+v", got, err, want)
	}
	var row models.Audience
	query(w, w.s, &row, "SELECT * FROM audiences WHERE id = ?", id)
	if row.MemberCount != want.Members || row.RefreshedAt != models.At(w.now) || row.SeededAt.IsZero() {
		w.Errorf("audience row: %d members, refreshed %s, seeded %s", row.MemberCount, row.RefreshedAt.Time(), row.SeededAt.Time())
	}
}

func (w *audienceWorld) count(want int, what, q string, args ...any) {
	w.Helper()
	var n int
	query(w, w.s, &n, q, args...)
	if n != want {
		w.Errorf("%s: %d, want %d", what, n, want)
	}
}

func (w *audienceWorld) runs(j models.Journey, want int) {
	w.Helper()
	w.count(want, "runs", "SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID)
	w.count(want, "starts owed", "SELECT COUNT(*) FROM dispatches d JOIN runs r ON r.id = d.run_id WHERE r.journey_id = ?", j.ID)
}

func (w *audienceWorld) endRuns(j models.Journey) {
	w.Helper()
	exec(w, w.s, "UPDATE runs SET state = ?, ended_at = 1 WHERE journey_id = ?", "completed", j.ID)
	exec(w, w.s, "UPDATE entry_guards SET open_run_id = NULL WHERE journey_id = ?", j.ID)
}

func audienceCount(w *audienceWorld) {
	ctx := context.Background()
	w.people(3, 1)
	twos := w.people(2, 2)
	if n, err := w.s.CountAudience(ctx, w.ws, atLeast(2), w.now); err != nil || n != 2 {
		w.Errorf("count %d, %v; want 2", n, err)
	}
	got, err := w.s.SampleAudience(ctx, w.ws, atLeast(2), 1, w.now)
	if err != nil || len(got) != 1 || got[0] != twos[1] {
		w.Errorf("sample %v, %v; want the newest, %s", got, err, twos[1])
	}
	if _, err := w.s.CountAudience(ctx, w.ws, audience.Condition{Property: "total", Op: audience.Exists}, w.now); !fault.Is(err, fault.Invalid) {
		w.Errorf("a condition about an event at hand: %v", err)
	}
	// Days are those of the workspace (Amsterdam): half past eleven in the evening UTC is the next day.
	exec(w, w.s, "UPDATE customers SET created_at = ? WHERE id = ?", models.At(time.Date(2026, 3, 13, 23, 30, 0, 0, time.UTC)), twos[0])
	day := audience.Condition{Attribute: "created_at", Op: audience.Eq, Value: "2026-03-14"}
	if n, err := w.s.CountAudience(ctx, w.ws, day, w.now); err != nil || n != 1 {
		w.Errorf("created on 14 March in Amsterdam: %d, %v; want 1", n, err)
	}
}

func audienceAlone(w *audienceWorld) {
	id := w.s.NewID()
	insertRow(w, w.s, &models.Audience{ID: id, WorkspaceID: w.ws, AudienceKey: "vip", Name: "VIP", Definition: models.ToJSON(atLeast(2)), Active: true, CreatedAt: models.At(w.now)})
	w.people(2, 1)
	twos := w.people(450, 2)
	w.refresh(id, storage.Refreshed{Entered: 450, Members: 450, Seeding: true})
	w.refresh(id, storage.Refreshed{Members: 450})
	w.orders(0, twos[:250]...)
	w.refresh(id, storage.Refreshed{Left: 250, Members: 200})
}

func audienceEdges(w *audienceWorld) {
	present := w.people(2, 5)
	ones := w.people(3, 1)
	j, id := w.journey("win-back", nil)
	w.refresh(id, storage.Refreshed{Entered: 2, Members: 2, Seeding: true})
	w.runs(j, 0)
	w.orders(2, ones[0], ones[1])
	w.refresh(id, storage.Refreshed{Entered: 2, Runs: 2, Members: 4})
	w.runs(j, 2)
	w.refresh(id, storage.Refreshed{Members: 4})
	w.runs(j, 2)
	w.endRuns(j)
	w.orders(0, ones[0], present[0])
	w.refresh(id, storage.Refreshed{Left: 2, Members: 2})
	w.orders(3, ones[0], present[0])
	w.refresh(id, storage.Refreshed{Entered: 2, Runs: 2, Members: 4})
	w.runs(j, 4)
	w.count(4, "entry decisions", "SELECT COUNT(*) FROM decisions WHERE journey_id = ? AND kind = 'entry'", j.ID)
}

func audienceIncludePresent(w *audienceWorld) {
	w.people(3, 5)
	w.people(3, 1)
	j, id := w.journey("welcome", func(e *journey.Entry) { e.IncludePresent = true })
	w.refresh(id, storage.Refreshed{Entered: 3, Runs: 3, Members: 3, Seeding: true})
	w.refresh(id, storage.Refreshed{Members: 3})
	w.runs(j, 3)
}

func audienceLeaveEdge(w *audienceWorld) {
	present := w.people(3, 5)
	j, id := w.journey("sorry", func(e *journey.Entry) { e.Edge = "leave" })
	w.refresh(id, storage.Refreshed{Entered: 3, Members: 3, Seeding: true})
	w.people(1, 2)
	w.refresh(id, storage.Refreshed{Entered: 1, Members: 4})
	w.runs(j, 0)
	w.orders(1, present[0])
	w.refresh(id, storage.Refreshed{Left: 1, Runs: 1, Members: 3})
	w.runs(j, 1)
}

func audienceReseed(w *audienceWorld) {
	w.people(2, 5)
	w.people(2, 1)
	j, id := w.journey("moved", nil)
	w.refresh(id, storage.Refreshed{Entered: 2, Members: 2, Seeding: true})
	var doc journey.Document
	row, err := w.s.Journey(context.Background(), w.ws, j.ID)
	if err == nil {
		err = row.Draft.Into(&doc)
	}
	if err != nil {
		w.Fatal(err)
	}
	wider := atLeast(1)
	doc.Entry.Condition = &wider
	w.publish(j, doc, row.DraftRevision)
	w.refresh(id, storage.Refreshed{Entered: 2, Members: 4, Seeding: true})
	w.runs(j, 0)
	w.people(1, 1)
	w.refresh(id, storage.Refreshed{Entered: 1, Runs: 1, Members: 5})
}

func audienceUnfit(w *audienceWorld) {
	ctx := context.Background()
	people := w.people(5, 5)
	exec(w, w.s, "UPDATE customers SET restricted = 1 WHERE id = ?", people[0])
	j, id := w.journey("fit", func(e *journey.Entry) { e.IncludePresent = true })
	left, leaving := w.journey("unfit", func(e *journey.Entry) { e.Edge = "leave" })
	w.refresh(id, storage.Refreshed{Entered: 4, Runs: 4, Members: 4, Seeding: true})
	w.refresh(leaving, storage.Refreshed{Entered: 4, Members: 4, Seeding: true})
	exec(w, w.s, "UPDATE customers SET restricted = 1 WHERE id = ?", people[1])
	exec(w, w.s, "UPDATE customers SET erased_at = 5 WHERE id = ?", people[2])
	exec(w, w.s, "UPDATE customers SET merged_into = ? WHERE id = ?", people[3], people[4])
	w.refresh(id, storage.Refreshed{Left: 3, Members: 1})
	w.refresh(leaving, storage.Refreshed{Left: 3, Members: 1})
	w.runs(j, 4)
	w.runs(left, 0)
	w.count(0, "decisions about those who left without an edge", "SELECT COUNT(*) FROM decisions WHERE journey_id = ?", left.ID)
	if n, err := w.s.CountAudience(ctx, w.ws, atLeast(2), w.now); err != nil || n != 3 {
		w.Errorf("count %d, %v; want 3: restricted people are counted, erased ones are not", n, err)
	}
}

// The process dies after the first page, again and again: each customer enters once.
func audienceCrash(w *audienceWorld) {
	w.people(1, 1)
	j, id := w.journey("crash", nil)
	w.refresh(id, storage.Refreshed{Seeding: true})
	people := w.people(650, 2)
	crashes := 0
	for {
		ctx, cancel := context.WithCancel(context.Background())
		_, err := w.s.RefreshAudience(ctx, w.ws, id, w.now, cancel)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			w.Fatal(err)
		}
		if crashes++; crashes > 10 {
			w.Fatal("it makes no progress")
		}
	}
	if crashes == 0 {
		w.Error("it was never interrupted")
	}
	w.runs(j, len(people))
	w.count(len(people), "people with a run", "SELECT COUNT(DISTINCT customer_id) FROM runs WHERE journey_id = ?", j.ID)
	w.refresh(id, storage.Refreshed{Members: len(people)})
}

func audienceTwice(w *audienceWorld) {
	j, id := w.journey("twice", func(e *journey.Entry) { e.IncludePresent = true })
	w.people(300, 2)
	var all sync.WaitGroup
	errs := make([]error, 3)
	for i := range errs {
		all.Go(func() { _, errs[i] = w.s.RefreshAudience(context.Background(), w.ws, id, w.now, nil) })
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		w.Fatal(err)
	}
	w.runs(j, 300)
	w.count(300, "members", "SELECT COUNT(*) FROM audience_members WHERE audience_id = ?", id)
}

func audienceOther(w *audienceWorld) {
	_, id := w.journey("mine", nil)
	other := AddWorkspace(w, w.s, "audience other "+fmt.Sprint(w.ws)).ID
	if _, err := w.s.RefreshAudience(context.Background(), other, id, w.now, nil); !fault.Is(err, fault.NotFound) {
		w.Errorf("refreshing another workspace's audience: %v", err)
	}
	who := w.people(1, 2)[0]
	if _, err := w.s.LoadSubject(context.Background(), other, who, audience.Needs{}, w.now); !fault.Is(err, fault.NotFound) {
		w.Errorf("loading another workspace's customer: %v", err)
	}
}

func audienceActive(w *audienceWorld) {
	ctx := context.Background()
	j, id := w.journey("active", nil)
	has := func(want bool, when string) {
		w.Helper()
		list, err := w.s.ActiveAudiences(ctx)
		if err != nil {
			w.Fatal(err)
		}
		got := false
		for _, a := range list {
			if a.ID == id {
				got = a.WorkspaceID == w.ws && a.AudienceKey == storage.EntryAudienceKey("active")
			}
		}
		if got != want {
			w.Errorf("%s: refreshed is %v, want %v", when, got, want)
		}
	}
	has(true, "published")
	if err := w.s.PauseJourney(ctx, w.ws, j.ID, w.now); err != nil {
		w.Fatal(err)
	}
	has(true, "paused")
	if err := w.s.StopJourney(ctx, w.ws, j.ID, w.now); err != nil {
		w.Fatal(err)
	}
	has(false, "stopped")
}

func audienceScheduled(w *audienceWorld) {
	ctx := context.Background()
	j, _ := w.journey("newsletter", func(e *journey.Entry) {
		*e = journey.Entry{Kind: journey.EntrySchedule, Cron: "0 9 * * 1", CatchUp: "PT2H", Condition: e.Condition, Reentry: e.Reentry}
	})
	people := w.people(450, 2)
	w.people(5, 1)
	exec(w, w.s, "UPDATE customers SET restricted = 1 WHERE id = ?", people[7])
	firing := w.now.Add(-time.Hour)
	sweep := func() (runs int) {
		w.Helper()
		var after ids.ID
		for pages := 0; ; pages++ {
			page, err := w.s.EnterScheduled(ctx, w.ws, j.ID, firing, after, w.now)
			if err != nil || pages > 5 {
				w.Fatalf("page %d: %v", pages, err)
			}
			runs += page.Runs
			if after = page.Next; after.IsZero() {
				return runs
			}
		}
	}
	if n := sweep(); n != 449 {
		w.Errorf("the first firing let in %d, want 449", n)
	}
	w.endRuns(j)
	if n := sweep(); n != 0 {
		w.Errorf("the same firing again let in %d", n)
	}
	firing = w.now
	if n := sweep(); n != 449 {
		w.Errorf("the next firing let in %d, want 449", n)
	}
	w.runs(j, 898)
	list, err := w.s.ScheduledJourneys(ctx)
	if err != nil {
		w.Fatal(err)
	}
	found := false
	for _, x := range list {
		if x.JourneyID == j.ID {
			found = x.Cron == "0 9 * * 1" && x.Timezone == "Europe/Amsterdam" && x.CatchUp == "PT2H" && x.State == storage.JourneyPublished && x.WorkspaceKey != ""
		}
	}
	if !found {
		w.Errorf("the schedule is not listed: %+v", list)
	}
}

func audienceSubject(w *audienceWorld) {
	ctx := context.Background()
	id := w.people(1, 3)[0]
	exec(w, w.s, "UPDATE customers SET attributes = ?, email = ? WHERE id = ?", models.JSON(`{"plan":"gold"}`), "ann@example.com", id)
	event := func(name string, at time.Time) {
		e := w.s.NewID()
		insertRow(w, w.s, &models.Event{ID: e, WorkspaceID: w.ws, SourceID: "test", MessageID: e.String(), ContentHash: models.Hash{1}, Type: "track", Name: name,
			CustomerID: id, Data: models.JSON(`{"n":1}`), OccurredAt: models.At(at), ReceivedAt: models.At(at)})
	}
	event("Seen", w.now.Add(-time.Hour))
	event("Seen", w.now.Add(-48*time.Hour))
	event("Seen", w.now.Add(time.Hour))
	event("Other", w.now.Add(-time.Hour))
	load := func(c audience.Condition) (metrics bool, events int) {
		w.Helper()
		e := audience.MustCheck(c, audience.ScopeAudience)
		s, err := w.s.LoadSubject(ctx, w.ws, id, e.Needs(), w.now)
		if err != nil {
			w.Fatal(err)
		}
		if s.Customer.Email != "ann@example.com" || s.Attributes["plan"] != "gold" {
			w.Errorf("customer: %+v", s.Customer)
		}
		for _, ev := range s.Events {
			if ev.Name != "Seen" {
				w.Errorf("loaded %s, which nobody asks for", ev.Name)
			}
		}
		return s.Metrics != (storage.MetricsOf(&models.CustomerMetrics{})) && needsMetrics(e), len(s.Events)
	}
	if m, n := load(audience.Condition{Attribute: "email", Op: audience.Exists}); m || n != 0 {
		w.Errorf("an attribute: metrics %v, %d events", m, n)
	}
	if m, n := load(atLeast(1)); !m || n != 0 {
		w.Errorf("a metric: metrics %v, %d events", m, n)
	}
	if _, n := load(audience.Condition{Event: "Seen"}); n != 2 {
		w.Errorf("all of one name up to now: %d events, want 2", n)
	}
	if _, n := load(audience.Condition{Event: "Seen", Within: "P1D"}); n != 1 {
		w.Errorf("within a day: %d events, want 1", n)
	}
	if _, n := load(audience.Condition{And: []audience.Condition{{Event: "Seen", Within: "P1D"}, {Event: "Seen", Agg: audience.First, Op: audience.Exists}}}); n != 2 {
		w.Errorf("two windows: %d events, want 2", n)
	}
}

func needsMetrics(e *audience.Expr) bool { return e.Needs().Metrics }
