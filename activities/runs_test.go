package activities_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/temporal"
	"gorm.io/gorm"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

const runDocument = `
key: trip
name: Trip
purpose: marketing
timezone: ZONE
entry: {kind: event, event: Booked}
steps:
  - {id: nap, kind: wait, wait: {for: P1D, until: {time: "09:30"}}, next: plan}
  - id: plan
    kind: branch
    branch:
      cases:
        - {name: gold, when: {and: [{attribute: attributes.plan, op: eq, value: gold}, {context: room, op: eq, value: suite}]}}
        - {name: mailed, when: {result: mail, op: eq, value: accepted}}
    next: mail
  - {id: mail, kind: send, send: {template: t, channel: email}, next: mark}
  - {id: mark, kind: update, update: {set: {seen: true}}, next: look}
  - id: look
    kind: wait_for
    wait_for:
      timeout: P3D
      events: [{event: Page Viewed, name: read, where: {property: seconds, op: gte, value: 20}}, {event: Replied}]
`

// trip is one open run with the real store, and the clock at noon in Amsterdam.
type trip struct {
	*testing.T
	s    *sqlstore.Store
	a    *activities.Runs
	ws   int64
	j    models.Journey
	run  models.Run
	hash string
	now  time.Time
}

func newTrip(t *testing.T, zone string) *trip {
	t.Helper()
	s := dbtest.SQLite(t)
	w := &trip{T: t, s: s, ws: storagetest.AddWorkspace(t, s, "trips").ID, now: time.Date(2026, 6, 1, 10, 0, 0, 0, time.UTC)}
	doc, err := journey.Parse([]byte(strings.Replace(runDocument, "ZONE", zone, 1)))
	w.must(err)
	w.j, err = s.CreateJourney(w.Context(), w.ws, doc, w.now)
	w.must(err)
	v, err := s.Publish(w.Context(), w.ws, w.j.ID, 0, "test", w.now)
	w.must(err)
	w.hash, w.run = v.Hash.String(), storagetest.AddRun(t, s, w.ws, w.j.ID, w.now)
	w.a = &activities.Runs{Store: s, Documents: s, Subjects: s, Now: func() time.Time { return w.now }}
	return w
}

func (w *trip) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *trip) exec(q string, args ...any) {
	w.Helper()
	w.must(w.s.Tx(w.Context(), func(tx *gorm.DB) error { return tx.Exec(q, args...).Error }))
}

func (w *trip) decisions() (rows []models.Decision) {
	w.Helper()
	w.must(w.s.Tx(w.Context(), func(tx *gorm.DB) error {
		rows = nil
		return tx.Raw("SELECT * FROM decisions WHERE run_id = ? ORDER BY at, id", w.run.ID).Scan(&rows).Error
	}))
	return rows
}

func (w *trip) decide(step, event string, results map[string]string) string {
	w.Helper()
	res, err := w.a.Decide(w.Context(), contract.DecideInput{WorkspaceID: w.ws, RunID: w.run.ID.String(), DocHash: w.hash, StepID: step, Visit: 1, EventID: event, Revision: 1, Results: results})
	w.must(err)
	return res.Exit
}

func (w *trip) event(name, data string, at time.Time) ids.ID {
	w.Helper()
	e := models.Event{ID: w.s.NewID(), WorkspaceID: w.ws, SourceID: "t", MessageID: w.s.NewID().String(), ContentHash: models.Hash{1}, Type: "track", Name: name,
		CustomerID: w.run.CustomerID, Data: models.JSON(data), OccurredAt: models.At(at), ReceivedAt: models.At(at)}
	w.must(w.s.Tx(w.Context(), func(tx *gorm.DB) error {
		if err := tx.Create(&e).Error; err != nil {
			return err
		}
		return tx.Create(&models.RunEvent{WorkspaceID: w.ws, RunID: w.run.ID, EventID: e.ID}).Error
	}))
	return e.ID
}

func (w *trip) resolve(q contract.WaitQuestion) contract.WaitAnswer {
	w.Helper()
	got, err := w.a.ResolveWait(w.Context(), contract.ResolveWaitInput{WorkspaceID: w.ws, RunID: w.run.ID.String(), DocHash: w.hash, Wait: q})
	w.must(err)
	return got
}

func TestABranchKeepsWhatItSaw(t *testing.T) {
	t.Parallel()
	w := newTrip(t, "customer")
	w.exec("UPDATE customers SET attributes = ? WHERE id = ?", `{"plan":"gold"}`, w.run.CustomerID)
	w.exec("INSERT INTO run_contexts (run_id, revision, workspace_id, data, created_at) VALUES (?, 1, ?, ?, 1)", w.run.ID, w.ws, `{"room":"attic"}`)
	for range 2 { // a workflow task that crashed asks again
		if got := w.decide("plan", "", map[string]string{"mail": "skipped"}); got != journey.ExitOtherwise {
			t.Fatalf("exit %q", got)
		}
	}
	d := w.decisions()
	if len(d) != 1 || d[0].Kind != storage.DecisionBranch || d[0].Outcome != journey.ExitOtherwise || d[0].StepID != "plan" || d[0].CustomerID != w.run.CustomerID {
		t.Fatalf("decisions %+v", d)
	}
	for _, seen := range []string{"gold", "attic", "skipped"} {
		if !strings.Contains(string(d[0].Detail), seen) {
			t.Errorf("the record does not show %q: %s", seen, d[0].Detail)
		}
	}
	if got := w.decide("plan", "", map[string]string{"mail": "accepted"}); got != "mailed" {
		t.Errorf("exit %q", got)
	}
	w.exec("UPDATE run_contexts SET data = ? WHERE run_id = ?", `{"room":"suite"}`, w.run.ID)
	if got := w.decide("plan", "", nil); got != "gold" {
		t.Errorf("exit %q", got)
	}
}

func TestABranchAboutSomebodyErasedTakesOtherwise(t *testing.T) {
	t.Parallel()
	w := newTrip(t, "customer")
	w.exec("UPDATE customers SET erased_at = 1 WHERE id = ?", w.run.CustomerID)
	if got := w.decide("plan", "", map[string]string{"mail": "accepted"}); got != journey.ExitOtherwise {
		t.Errorf("exit %q", got)
	}
	res, err := w.a.UpdateCustomer(t.Context(), contract.UpdateInput{WorkspaceID: w.ws, RunID: w.run.ID.String(), DocHash: w.hash, StepID: "mark", Visit: 1})
	if err != nil || res.Changed || res.Reason != "customer_gone" {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestDaysAreCountedWhereTheDocumentSays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ setting, customer, want string }{
		{"customer", "Asia/Tokyo", "2026-06-03T00:30:00Z"}, // reached 19:00 there: tomorrow 19:00, then the next 09:30
		{"customer", "", "2026-06-03T07:30:00Z"},           // unknown: as the workspace, Amsterdam
		{"customer", "Mars/Olympus", "2026-06-03T07:30:00Z"},
		{"workspace", "Asia/Tokyo", "2026-06-03T07:30:00Z"},
		{"America/New_York", "Asia/Tokyo", "2026-06-02T13:30:00Z"}, // reached 06:00 there
	} {
		w := newTrip(t, c.setting)
		w.exec("UPDATE customers SET timezone = ? WHERE id = ?", c.customer, w.run.CustomerID)
		got := w.resolve(contract.WaitQuestion{StepID: "nap", Visit: 1, ReachedAt: w.now.UnixMicro()})
		if at := time.UnixMicro(got.Deadline).UTC().Format(time.RFC3339); at != c.want {
			t.Errorf("%s, customer in %q: %s, want %s", c.setting, c.customer, at, c.want)
		}
	}
}

func TestAWaitLooksBack(t *testing.T) {
	t.Parallel()
	w := newTrip(t, "customer")
	w.event("Page Viewed", `{"seconds":60}`, w.now.Add(-time.Minute)) // before the horizon
	w.event("Page Viewed", `{"seconds":5}`, w.now.Add(time.Second))   // too short
	applied := w.event("Replied", `{}`, w.now.Add(2*time.Second))
	read := w.event("Page Viewed", `{"seconds":30}`, w.now.Add(3*time.Second))
	w.event("Replied", `{}`, w.now.Add(4*time.Second))
	q := contract.WaitQuestion{StepID: "look", Visit: 1, ReachedAt: w.now.UnixMicro(), Horizon: w.now.UnixMicro(), Applied: []string{applied.String()}}
	want := contract.WaitAnswer{Deadline: w.now.Add(72 * time.Hour).UnixMicro(), Exit: "read", EventID: read.String()}
	if d := cmp.Diff(want, w.resolve(q)); d != "" {
		t.Error(d)
	}
	q.Applied = nil
	if got := w.resolve(q); got.Exit != "Replied" || got.EventID != applied.String() {
		t.Errorf("%+v, want the first", got)
	}
	q.Horizon = w.now.Add(time.Hour).UnixMicro()
	if got := w.resolve(q); got.Exit != "" {
		t.Errorf("%+v, want none", got)
	}
}

func TestAnEventIsHeldAgainstTheConditions(t *testing.T) {
	t.Parallel()
	w := newTrip(t, "customer")
	long, short, other := w.event("Page Viewed", `{"seconds":30}`, w.now), w.event("Page Viewed", `{"seconds":3}`, w.now), w.event("Bought", `{}`, w.now)
	for event, want := range map[string]string{long.String(): "read", short.String(): "", other.String(): "", w.s.NewID().String(): "", "by hand": ""} {
		if got := w.decide("look", event, nil); got != want {
			t.Errorf("event %s: exit %q, want %q", event, got, want)
		}
	}
}

func TestGoingToSleepIsOneActivity(t *testing.T) {
	t.Parallel()
	w := newTrip(t, "customer")
	in := contract.AdvanceInput{WorkspaceID: w.ws, RunID: w.run.ID.String(), DocHash: w.hash, Owner: "one", Seq: 1, State: []byte(`{"own":"one"}`), StepID: "nap", StepSince: w.now.UnixMicro(), At: w.now.UnixMicro(),
		Wait: &contract.WaitQuestion{StepID: "nap", Visit: 1, ReachedAt: w.now.UnixMicro(), Frozen: time.Hour.Microseconds()}}
	res, err := w.a.AdvanceRun(t.Context(), in)
	w.must(err)
	morning := time.Date(2026, 6, 3, 7, 30, 0, 0, time.UTC)
	if res.Verdict != contract.VerdictGo || res.Logic != journey.SelectedLogic || res.Wait.Deadline != morning.UnixMicro() {
		t.Errorf("%+v %+v", res, res.Wait)
	}
	standing, err := w.s.RunStanding(t.Context(), w.ws, w.run.ID, w.now)
	w.must(err)
	if got := standing.Run.WakeAt.Time(); !got.Equal(morning.Add(time.Hour)) {
		t.Errorf("it wakes at %s", got)
	}
}

func TestPausedTimeIsCountedFromTheBeginOfTheWait(t *testing.T) {
	t.Parallel()
	w := newTrip(t, "customer")
	pause := func(from, to time.Duration, clock storage.PauseClock) {
		w.must(w.s.PauseJourney(t.Context(), w.ws, w.j.ID, w.now.Add(from)))
		w.must(w.s.ResumeJourney(t.Context(), w.ws, w.j.ID, clock, w.now.Add(to)))
	}
	pause(-3*time.Hour, -2*time.Hour, storage.PauseStopped) // over before the wait began
	pause(-time.Hour, time.Hour, storage.PauseStopped)      // one hour of it
	pause(2*time.Hour, 3*time.Hour, storage.PauseCounts)
	pause(4*time.Hour, 6*time.Hour, storage.PauseStopped)
	ask := func() contract.WakeResult {
		res, err := w.a.WakeRun(t.Context(), contract.WakeInput{WorkspaceID: w.ws, RunID: w.run.ID.String(), Owner: "one", Since: w.now.UnixMicro()})
		w.must(err)
		return res
	}
	if got := ask(); got.Verdict != contract.VerdictGo || got.Frozen != (3*time.Hour).Microseconds() || got.Overdue {
		t.Errorf("%+v", got)
	}
	pause(7*time.Hour, 8*time.Hour, storage.PauseSkips)
	if got := ask(); !got.Overdue || got.Frozen != (3*time.Hour).Microseconds() {
		t.Errorf("%+v", got)
	}
}

func TestAHeldOutCustomerIsNotUpdated(t *testing.T) {
	t.Parallel()
	w := newTrip(t, "customer")
	in := contract.UpdateInput{WorkspaceID: w.ws, RunID: w.run.ID.String(), DocHash: w.hash, StepID: "mark", Visit: 1, Control: true}
	for range 2 {
		res, err := w.a.UpdateCustomer(t.Context(), in)
		if err != nil || res.Changed || res.Reason != "control" {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	if d := w.decisions(); len(d) != 1 || d[0].Outcome != "skipped" || d[0].Reason != "control" {
		t.Errorf("decisions %+v", d)
	}
	in.Visit, in.Control = 2, false
	res, err := w.a.UpdateCustomer(t.Context(), in)
	if err != nil || !res.Changed {
		t.Errorf("%+v, %v", res, err)
	}
}

// leaky is a store whose errors tell too much.
type leaky struct{ storage.Runs }

func (leaky) RunPerson(context.Context, int64, ids.ID) (storage.RunPerson, error) {
	return storage.RunPerson{}, errors.New("duplicate entry 'ann@example.com' for key customers.email")
}

func TestFailuresShowOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	w := newTrip(t, "customer")
	var app *temporal.ApplicationError

	_, err := w.a.Decide(t.Context(), contract.DecideInput{WorkspaceID: w.ws, RunID: "nonsense", DocHash: w.hash, StepID: "plan"})
	if !errors.As(err, &app) || !app.NonRetryable() || app.Type() != string(fault.Invalid) {
		t.Errorf("an input that can't be right: %v", err)
	}
	_, err = w.a.Decide(t.Context(), contract.DecideInput{WorkspaceID: w.ws, RunID: w.run.ID.String(), DocHash: models.Hash{9}.String(), StepID: "plan"})
	if !errors.As(err, &app) || app.NonRetryable() || app.Type() != string(fault.Unavailable) {
		t.Errorf("a document that is missing: %v", err)
	}
	_, err = w.a.WakeRun(t.Context(), contract.WakeInput{WorkspaceID: w.ws + 1, RunID: w.run.ID.String()})
	if !errors.As(err, &app) || !app.NonRetryable() || app.Type() != string(fault.NotFound) {
		t.Errorf("a run of another workspace: %v", err)
	}
	w.a.Store = leaky{w.s}
	_, err = w.a.Decide(t.Context(), contract.DecideInput{WorkspaceID: w.ws, RunID: w.run.ID.String(), DocHash: w.hash, StepID: "plan"})
	if !errors.As(err, &app) || app.NonRetryable() || strings.Contains(err.Error(), "ann@") || errors.Unwrap(app) != nil {
		t.Errorf("an error of the database: %v", err)
	}
}
