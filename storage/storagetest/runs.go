package storagetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// runWorld is a published journey with one open run in it.
type runWorld struct {
	t   *testing.T
	s   *sqlstore.Store
	ws  models.Workspace
	j   models.Journey
	run models.Run
	now time.Time
}

func newRunWorld(t *testing.T, s *sqlstore.Store) *runWorld {
	t.Helper()
	w := &runWorld{t: t, s: s, ws: AddWorkspace(t, s, "runs"), now: time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)}
	doc, err := journey.Parse([]byte(`{key: nap, name: Nap, purpose: marketing, entry: {kind: event, event: Start},
  steps: [{id: a, kind: wait, wait: {for: P1D}, next: b}, {id: b, kind: exit, exit: {label: rested}}]}`))
	mustRun(t, err)
	w.j, err = s.CreateJourney(w.ctx(), w.ws.ID, doc, w.now)
	mustRun(t, err)
	_, err = s.Publish(w.ctx(), w.ws.ID, w.j.ID, 0, "test", w.now)
	mustRun(t, err)
	w.run = AddRun(t, s, w.ws.ID, w.j.ID, w.now)
	tx(t, s, func(tx *gorm.DB) error {
		return tx.Create(&models.EntryGuard{WorkspaceID: w.ws.ID, JourneyID: w.j.ID, EntryKey: w.run.EntryKey, OpenRunID: w.run.ID, LastEntryAt: models.At(w.now), Entries: 1}).Error
	})
	return w
}

func (w *runWorld) ctx() context.Context { return context.Background() }

func mustRun(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// advance writes progress as owner and expects a verdict.
func (w *runWorld) advance(want contract.Verdict, owner string, seq int64, change func(*storage.RunProgress)) {
	w.t.Helper()
	p := storage.RunProgress{RunID: w.run.ID, Owner: owner, Seq: seq, Machine: models.JSON(`{"own":"` + owner + `","at":"a"}`), StepID: "a",
		StepSince: models.At(w.now), WakeAt: models.At(w.now.Add(24 * time.Hour)), At: models.At(w.now)}
	if change != nil {
		change(&p)
	}
	got, err := w.s.AdvanceRun(w.ctx(), w.ws.ID, p)
	if err != nil || got != want {
		w.t.Fatalf("advance by %s to %d: %s, %v; want %s", owner, seq, got, err, want)
	}
}

func (w *runWorld) row() models.Run {
	w.t.Helper()
	var r models.Run
	query(w.t, w.s, &r, "SELECT * FROM runs WHERE id = ?", w.run.ID)
	return r
}

func (w *runWorld) visits() (exits []string) {
	w.t.Helper()
	query(w.t, w.s, &exits, "SELECT exit_name FROM step_visits WHERE run_id = ? ORDER BY seq", w.run.ID)
	return exits
}

func visitLeft(seq int, step, exit string, at time.Time) models.StepVisit {
	return models.StepVisit{Seq: seq, StepID: step, Visit: 1, ExitName: exit, EnteredAt: models.At(at), LeftAt: models.At(at)}
}

// Runs is the suite of storage.Runs.
func Runs(t *testing.T, s *sqlstore.Store) {
	for name, test := range map[string]func(*runWorld){
		"progress is written and the end frees the entry":   progressAndEnd,
		"a crashed task may do its work again":              repeatedProgress,
		"why it waits stays with the step":                  waitNotes,
		"a workflow that is behind changes nothing":         staleProgress,
		"a held run is seen by resume, and the other way":   heldRun,
		"attributes are set once per visit, and audited":    attributes,
		"a run's data is numbered":                          contexts,
		"events are found from a moment on, in their order": lookBack,
		"whose run it is":                                   personOfRun,
		"another workspace":                                 foreignRun,
		"a decision can be redone":                          keptDecision,
	} {
		t.Run(name, func(t *testing.T) {
			w := newRunWorld(t, isolated(t, s))
			test(w)
		})
	}
}

// isolated empties what the suite writes, so that its parts may share one database.
func isolated(t *testing.T, s *sqlstore.Store) *sqlstore.Store {
	t.Helper()
	for _, table := range []string{"workspaces", "customers", "journeys", "journey_versions", "journey_pauses", "entry_guards", "runs", "step_visits", "run_contexts", "decisions", "events", "run_events", "dispatches"} {
		exec(t, s, "DELETE FROM "+table)
	}
	return s
}

func progressAndEnd(w *runWorld) {
	t := w.t
	w.advance(contract.VerdictGo, "one", 1, nil)
	if r := w.row(); r.StepID != "a" || r.WakeAt != models.At(w.now.Add(24*time.Hour)) || r.MachineSeq != 1 || r.State != models.RunOpen {
		t.Fatalf("row %+v", r)
	}
	event := w.s.NewID()
	w.advance(contract.VerdictGo, "one", 2, func(p *storage.RunProgress) {
		p.Left, p.Hops, p.Outcome, p.Reason, p.EventID, p.WakeAt = []models.StepVisit{visitLeft(1, "a", "(ended)", w.now)}, 1, "withdrawn", "Consent Withdrawn", event, 0
	})
	r := w.row()
	if r.State != models.RunEnded || r.Outcome != "withdrawn" || r.EndedAt != models.At(w.now) || r.WakeAt != 0 {
		t.Fatalf("row %+v", r)
	}
	var guard models.EntryGuard
	query(t, w.s, &guard, "SELECT * FROM entry_guards WHERE journey_id = ? AND entry_key = ?", w.j.ID, w.run.EntryKey)
	if !guard.OpenRunID.IsZero() || guard.Entries != 1 {
		t.Fatalf("guard %+v", guard)
	}
	var d models.Decision
	query(t, w.s, &d, "SELECT * FROM decisions WHERE run_id = ?", w.run.ID)
	if d.Kind != storage.DecisionEnd || d.Outcome != "withdrawn" || d.CustomerID != w.run.CustomerID || d.JourneyID != w.j.ID {
		t.Fatalf("decision %+v", d)
	}
	w.advance(contract.VerdictClosed, "one", 2, nil)
	w.advance(contract.VerdictClosed, "two", 9, nil)
	if w.row().State != models.RunEnded {
		t.Fatal("a closed run was opened again")
	}
	standing, err := w.s.RunStanding(w.ctx(), w.ws.ID, w.run.ID, w.now)
	mustRun(t, err)
	if v := standing.Judge("one", "", 2); v != contract.VerdictClosed {
		t.Fatalf("verdict %s", v)
	}
}

// What was seen when the end of a wait was found is kept with the run, goes with the step when it is left, and stays there
// when a crashed task leaves it once more.
func waitNotes(w *runWorld) {
	note := func(step string) models.Text {
		return storage.WaitNote{StepID: step, Visit: 1, Until: models.At(w.now.Add(time.Hour)), Zone: "Europe/Amsterdam", Date: "2026-05-03"}.Text()
	}
	whys := func() (found []models.Text) {
		query(w.t, w.s, &found, "SELECT COALESCE(why, '') FROM step_visits WHERE run_id = ? ORDER BY seq", w.run.ID)
		return found
	}
	w.advance(contract.VerdictGo, "one", 1, func(p *storage.RunProgress) { p.Waiting = note("a") })
	w.advance(contract.VerdictGo, "one", 2, nil) // a signal that changed nothing about the wait
	if got := w.row().Waiting; got != note("a") {
		w.t.Fatalf("waiting %s", got)
	}
	leave := func(p *storage.RunProgress) {
		p.Left, p.Hops, p.StepID, p.Waiting = []models.StepVisit{visitLeft(1, "a", "next", w.now), visitLeft(2, "b", "sent", w.now)}, 2, "c", note("c")
	}
	for range 2 { // the second time its task had crashed
		w.advance(contract.VerdictGo, "one", 3, leave)
		if got := whys(); len(got) != 2 || got[0] != note("a") || got[1] != "" || w.row().Waiting != note("c") {
			w.t.Fatalf("visits say %q, the run %q", got, w.row().Waiting)
		}
	}
	w.advance(contract.VerdictGo, "one", 4, func(p *storage.RunProgress) {
		p.Left, p.Hops, p.Outcome, p.WakeAt = []models.StepVisit{visitLeft(3, "c", "(ended)", w.now)}, 3, "left", 0
	})
	if got := whys(); len(got) != 3 || got[2] != note("c") || w.row().Waiting != "" {
		w.t.Fatalf("at the end: visits say %q, the run %q", got, w.row().Waiting)
	}
}

func repeatedProgress(w *runWorld) {
	w.advance(contract.VerdictGo, "one", 1, func(p *storage.RunProgress) {
		p.Left, p.Hops = []models.StepVisit{visitLeft(1, "a", "first", w.now)}, 1
	})
	w.advance(contract.VerdictGo, "one", 2, func(p *storage.RunProgress) {
		p.Left, p.Hops = []models.StepVisit{visitLeft(2, "b", "second", w.now), visitLeft(3, "c", "third", w.now)}, 3
	})
	// The workflow task had crashed: it is done again from sequence 1, by another path.
	w.advance(contract.VerdictGo, "one", 1, func(p *storage.RunProgress) {
		p.Left, p.Hops, p.StepID = []models.StepVisit{visitLeft(1, "a", "other", w.now)}, 1, "z"
	})
	if d := cmp.Diff([]string{"other"}, w.visits()); d != "" {
		w.t.Fatal(d)
	}
	if r := w.row(); r.StepID != "z" || r.MachineSeq != 2 {
		w.t.Fatalf("row %+v", r)
	}
	w.advance(contract.VerdictGo, "one", 2, func(p *storage.RunProgress) {
		p.Left, p.Hops = []models.StepVisit{visitLeft(2, "z", "on", w.now)}, 2
	})
	if d := cmp.Diff([]string{"other", "on"}, w.visits()); d != "" {
		w.t.Fatal(d)
	}
}

func staleProgress(w *runWorld) {
	w.advance(contract.VerdictGo, "one", 1, nil)
	w.advance(contract.VerdictGo, "one", 2, nil)
	w.advance(contract.VerdictStale, "reset", 1, func(p *storage.RunProgress) { p.StepID = "x" })
	w.advance(contract.VerdictStale, "reset", 2, func(p *storage.RunProgress) { p.StepID, p.Outcome = "x", "x" })
	if r := w.row(); r.StepID != "a" || r.State != models.RunOpen {
		w.t.Fatalf("row %+v", r)
	}
	standing, err := w.s.RunStanding(w.ctx(), w.ws.ID, w.run.ID, w.now)
	mustRun(w.t, err)
	if v := standing.Judge("reset", "", 1); v != contract.VerdictStale {
		w.t.Fatalf("verdict %s", v)
	}
	if v := standing.Judge("one", "", 1); v != contract.VerdictGo {
		w.t.Fatalf("verdict %s for a task that is done again", v)
	}
	if v := standing.Judge("next", "", 2); v != contract.VerdictGo {
		w.t.Fatalf("verdict %s after continue-as-new", v)
	}
	w.advance(contract.VerdictGo, "next", 3, nil)
	w.advance(contract.VerdictStale, "one", 3, nil)

	// A task of "next" was lost that had written up to 3; done again, it handed over at 1. The heir goes on from there; nobody
	// else does, whomever else he names, and "next" itself does not any more.
	standing, err = w.s.RunStanding(w.ctx(), w.ws.ID, w.run.ID, w.now)
	mustRun(w.t, err)
	if v := standing.Judge("heir", "next", 1); v != contract.VerdictGo {
		w.t.Fatalf("verdict %s for the heir of a task that was lost", v)
	}
	if v := standing.Judge("heir", "one", 1); v != contract.VerdictStale {
		w.t.Fatalf("verdict %s for the heir of somebody before", v)
	}
	w.advance(contract.VerdictStale, "stranger", 2, func(p *storage.RunProgress) { p.Before = "one" })
	w.advance(contract.VerdictGo, "heir", 2, func(p *storage.RunProgress) { p.Before = "next" })
	w.advance(contract.VerdictStale, "next", 3, func(p *storage.RunProgress) { p.Before = "one" })
}

func heldRun(w *runWorld) {
	t, ctx := w.t, w.ctx()
	hold := func(p *storage.RunProgress) { p.Held, p.WakeAt = true, 0 }
	w.advance(contract.VerdictGo, "one", 1, nil)
	w.advance(contract.VerdictGo, "one", 2, hold)
	if w.row().MachineSeq != 1 {
		t.Fatal("a run was held although the journey is not paused")
	}
	mustRun(t, w.s.PauseJourney(ctx, w.ws.ID, w.j.ID, w.now))
	standing, err := w.s.RunStanding(ctx, w.ws.ID, w.run.ID, w.now.Add(-time.Hour))
	mustRun(t, err)
	if v := standing.Judge("one", "", 1); v != contract.VerdictPaused || len(standing.Pauses) != 0 {
		t.Fatalf("verdict %s, pauses %+v", v, standing.Pauses)
	}
	w.advance(contract.VerdictPaused, "one", 2, hold)
	if r := w.row(); r.WakeAt != 0 || r.MachineSeq != 2 {
		t.Fatalf("row %+v", r)
	}
	mustRun(t, w.s.ResumeJourney(ctx, w.ws.ID, w.j.ID, storage.PauseStopped, w.now.Add(time.Hour)))
	var owed int
	query(t, w.s, &owed, "SELECT COUNT(*) FROM dispatches WHERE run_id = ? AND kind = ?", w.run.ID, storage.DispatchResume)
	if owed != 1 {
		t.Fatalf("%d wake-ups are owed to the held run", owed)
	}
	standing, err = w.s.RunStanding(ctx, w.ws.ID, w.run.ID, w.now.Add(-time.Hour))
	mustRun(t, err)
	if v := standing.Judge("one", "", 2); v != contract.VerdictGo || len(standing.Pauses) != 1 || standing.Pauses[0].ResumedAt != models.At(w.now.Add(time.Hour)) {
		t.Fatalf("verdict %s, pauses %+v", v, standing.Pauses)
	}
	mustRun(t, w.s.StopJourney(ctx, w.ws.ID, w.j.ID, w.now))
	w.advance(contract.VerdictStopped, "one", 3, hold)
	w.advance(contract.VerdictGo, "one", 3, func(p *storage.RunProgress) { p.Outcome = "stopped" })
}

func attributes(w *runWorld) {
	t, ctx := w.t, w.ctx()
	exec(t, w.s, "UPDATE customers SET attributes = ? WHERE id = ?", `{"plan":"free","old":1}`, w.run.CustomerID)
	audit := models.Decision{ID: w.s.NewID(), WorkspaceID: w.ws.ID, CustomerID: w.run.CustomerID, RunID: w.run.ID, StepID: "mark", Kind: storage.DecisionUpdate, Outcome: "updated", At: models.At(w.now)}
	changed, err := w.s.SetAttributes(ctx, w.ws.ID, w.run.CustomerID, map[string]any{"plan": "gold", "old": nil, "level": 3}, audit)
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	exec(t, w.s, "UPDATE customers SET attributes = ? WHERE id = ?", `{"plan":"silver"}`, w.run.CustomerID)
	changed, err = w.s.SetAttributes(ctx, w.ws.ID, w.run.CustomerID, map[string]any{"plan": "gold"}, audit)
	if err != nil || changed {
		t.Fatal("the same visit set attributes twice", err)
	}
	audit.ID = w.s.NewID()
	changed, err = w.s.SetAttributes(ctx, w.ws.ID, w.run.CustomerID, map[string]any{"plan": "silver", "none": nil}, audit)
	if err != nil || changed {
		t.Fatal("nothing was different", err)
	}
	var got []string
	query(t, w.s, &got, "SELECT outcome FROM decisions WHERE run_id = ? ORDER BY outcome DESC", w.run.ID)
	if d := cmp.Diff([]string{"updated", "unchanged"}, got); d != "" {
		t.Fatal(d)
	}
	var c models.Customer
	query(t, w.s, &c, "SELECT * FROM customers WHERE id = ?", w.run.CustomerID)
	var have map[string]any
	mustRun(t, c.Attributes.Into(&have))
	if d := cmp.Diff(map[string]any{"plan": "silver"}, have); d != "" {
		t.Fatal(d)
	}
}

func contexts(w *runWorld) {
	t, ctx := w.t, w.ctx()
	tx(t, w.s, func(tx *gorm.DB) error {
		return tx.Create([]models.RunContext{
			{RunID: w.run.ID, Revision: 1, WorkspaceID: w.ws.ID, Data: models.JSON(`{"room":"12"}`), CreatedAt: models.At(w.now)},
			{RunID: w.run.ID, Revision: 3, WorkspaceID: w.ws.ID, Data: models.JSON(`{"room":"14"}`), CreatedAt: models.At(w.now)}}).Error
	})
	for revision, room := range map[int]any{0: nil, 1: "12", 2: "12", 3: "14", 9: "14"} {
		data, err := w.s.RunContext(ctx, w.ws.ID, w.run.ID, revision)
		if err != nil || data["room"] != room {
			t.Fatalf("revision %d: %v, %v", revision, data, err)
		}
	}
	if data, err := w.s.RunContext(ctx, w.ws.ID+1, w.run.ID, 3); err != nil || data != nil {
		t.Fatal("another workspace read it", data, err)
	}
}

func lookBack(w *runWorld) {
	t := w.t
	var want []ids.ID
	tx(t, w.s, func(tx *gorm.DB) error {
		for i, e := range []struct {
			name     string
			minute   int
			concerns bool
		}{{"B", 5, true}, {"A", 0, true}, {"A", 5, true}, {"C", 6, true}, {"A", 7, false}, {"A", -1, true}} {
			row := models.Event{ID: w.s.NewID(), WorkspaceID: w.ws.ID, SourceID: "t", MessageID: string(rune('a' + i)), ContentHash: models.Hash{1}, Type: "track", Name: e.name,
				CustomerID: w.run.CustomerID, OccurredAt: models.At(w.now.Add(time.Duration(e.minute) * time.Minute)), ReceivedAt: models.At(w.now)}
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
			if e.concerns {
				if err := tx.Create(&models.RunEvent{WorkspaceID: w.ws.ID, RunID: w.run.ID, EventID: row.ID}).Error; err != nil {
					return err
				}
			}
			want = append(want, row.ID)
		}
		return nil
	})
	rows, err := w.s.RunEvents(w.ctx(), w.ws.ID, w.run.ID, []string{"A", "B"}, w.now, 10)
	mustRun(t, err)
	var got []ids.ID
	for _, r := range rows {
		got = append(got, r.ID)
	}
	if d := cmp.Diff([]ids.ID{want[1], want[0], want[2]}, got); d != "" {
		t.Fatal(d)
	}
	for i, row := range rows { // behind each of them come the others
		after, err := w.s.RunEventsAfter(w.ctx(), w.ws.ID, w.run.ID, []string{"A", "B"}, row, 10)
		mustRun(t, err)
		if len(after) != len(rows)-i-1 || len(after) > 0 && after[0].ID != rows[i+1].ID {
			t.Errorf("behind event %d come %d, want %d", i, len(after), len(rows)-i-1)
		}
	}
	if first, err := w.s.EarliestEvent(w.ctx(), w.ws.ID, got); err != nil || first.ID != got[0] || first.OccurredAt != rows[0].OccurredAt {
		t.Errorf("the earliest is %s, %v; want %s", first.ID, err, got[0])
	}
	if _, err := w.s.EarliestEvent(w.ctx(), w.ws.ID+1, got); !fault.Is(err, fault.NotFound) {
		t.Errorf("events of another workspace: %v", err)
	}
	if _, err := w.s.RoutedEvent(w.ctx(), w.ws.ID+1, want[0]); !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
}

func personOfRun(w *runWorld) {
	exec(w.t, w.s, "UPDATE customers SET timezone = ? WHERE id = ?", "Asia/Tokyo", w.run.CustomerID)
	got, err := w.s.RunPerson(w.ctx(), w.ws.ID, w.run.ID)
	mustRun(w.t, err)
	if d := cmp.Diff(storage.RunPerson{CustomerID: w.run.CustomerID, JourneyID: w.j.ID, CustomerZone: "Asia/Tokyo", WorkspaceZone: "Europe/Amsterdam", JourneyState: storage.JourneyPublished}, got); d != "" {
		w.t.Fatal(d)
	}
}

func foreignRun(w *runWorld) {
	if _, err := w.s.RunStanding(w.ctx(), w.ws.ID+1, w.run.ID, w.now); !fault.Is(err, fault.NotFound) {
		w.t.Fatal(err)
	}
	if _, err := w.s.AdvanceRun(w.ctx(), w.ws.ID+1, storage.RunProgress{RunID: w.run.ID, Seq: 1}); !fault.Is(err, fault.NotFound) {
		w.t.Fatal(err)
	}
	if _, err := w.s.RunPerson(w.ctx(), w.ws.ID+1, w.run.ID); !fault.Is(err, fault.NotFound) {
		w.t.Fatal(err)
	}
	if _, err := w.s.SetAttributes(w.ctx(), w.ws.ID+1, w.run.CustomerID, nil, models.Decision{ID: w.s.NewID()}); !fault.Is(err, fault.NotFound) {
		w.t.Fatal(err)
	}
}

func keptDecision(w *runWorld) {
	d := models.Decision{ID: w.s.NewID(), WorkspaceID: w.ws.ID, CustomerID: w.run.CustomerID, RunID: w.run.ID, JourneyID: w.j.ID, StepID: "b", Kind: storage.DecisionBranch, Outcome: "yes", At: models.At(w.now)}
	mustRun(w.t, w.s.KeepDecision(w.ctx(), d))
	d.Outcome = "no"
	mustRun(w.t, w.s.KeepDecision(w.ctx(), d))
	var got []string
	query(w.t, w.s, &got, "SELECT outcome FROM decisions WHERE run_id = ?", w.run.ID)
	if diff := cmp.Diff([]string{"no"}, got); diff != "" {
		w.t.Fatal(diff)
	}
}
