package storagetest

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Dispatching is the suite of roles Dispatching and Reconciling.
func Dispatching(t *testing.T, s *sqlstore.Store) {
	w := newRoutingWorld(t, s, "dispatching")
	ctx := context.Background()
	doc := eventJourney("dispatching", "Signed Up")
	doc.Exit = []journey.ExitRule{{Event: "Left"}}
	j := w.publish(doc)
	w.track(user("u1"), "Signed Up")
	w.event(ingest.Track, "Left", user("u1"))
	w.track(user("u2"), "Signed Up")
	w.route()
	overtaken := w.runOf(j.ID, w.customer(user("u1")).ID)
	for _, d := range w.due(overtaken.Partition, false) {
		if d.Overtaken != (d.RunID == overtaken.ID) {
			t.Errorf("row %d of run %v: overtaken %v; only who has left already is", d.ID, d.RunID, d.Overtaken)
		}
	}
	for _, want := range []bool{true, false} {
		if got, err := s.CancelStart(ctx, overtaken.ID, w.now); err != nil || got != want {
			t.Errorf("cancel the start: %v, %v; want %v", got, err, want)
		}
	}
	if r := w.runOf(j.ID, overtaken.CustomerID); r.State != models.RunEnded || r.Outcome != "exit" || len(w.dispatches(r.ID)) != 0 {
		t.Errorf("the run whose exit came before its start: %+v", r)
	}
	w.track(user("u3"), "Signed Up")
	w.route()
	run := w.runOf(j.ID, w.customer(user("u3")).ID)
	if got, err := s.CancelStart(ctx, run.ID, w.now); err != nil || got {
		t.Errorf("cancel a start that nothing overtook: %v, %v", got, err)
	}
	other := w.runOf(j.ID, w.customer(user("u2")).ID)

	due := w.due(run.Partition, false)
	var first storage.DueDispatch
	for _, d := range due {
		if d.RunID == run.ID {
			if first.ID != 0 {
				t.Errorf("two rows of one run are due at once: %d and %d", first.ID, d.ID)
			}
			first = d
		}
	}
	if first.Kind != storage.DispatchStart || !first.Open || first.WorkflowID != contract.RunWorkflowID("dispatching", "dispatching", run.ID.String()) {
		t.Fatalf("first due row %+v, want the start", first)
	}
	in := first.Input
	if in.RunID != run.ID.String() || in.WorkspaceKey != "dispatching" || in.Version != 1 || len(in.DocHash) != 64 || in.Seq != 0 || in.State != nil || in.CustomerID != run.CustomerID.String() {
		t.Errorf("input %+v", in)
	}
	if err := s.DispatchFailed(ctx, first.ID, "no answer", w.now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for _, d := range w.due(run.Partition, false) {
		if d.RunID == run.ID {
			t.Errorf("row %d of a run is due while an earlier one waits for its next attempt", d.ID)
		}
	}
	w.now = w.now.Add(2 * time.Minute)
	if err := s.Dispatched(ctx, []int64{first.ID}); err != nil {
		t.Fatal(err)
	}
	left := w.event(ingest.Track, "Left", user("u3"))
	w.route()
	machine := json.RawMessage(`{"lv":1,"at":"hold"}`)
	exec(t, s, "UPDATE runs SET machine = ?, machine_seq = 3 WHERE id = ?", models.JSON(machine), run.ID)
	for _, d := range w.due(run.Partition, false) {
		if d.RunID == run.ID && (d.Kind != storage.DispatchEvent || d.EventID != left || d.Exit != 1 || d.OccurredAt.IsZero() || string(d.Input.State) != string(machine) || d.Input.Seq != 3) {
			t.Errorf("second row %+v, want the exit with the run's last state", d)
		}
	}
	owed, oldest, err := s.DispatchLag(ctx, w.now)
	if err != nil || owed != 2 || oldest < 2*time.Minute {
		t.Errorf("lag: %d owed, oldest %v, %v", owed, oldest, err)
	}

	t.Run("an event passes control signals", func(t *testing.T) { w.T = t; passing(w, j.ID) })
	t.Run("reconcile", func(t *testing.T) { w.T = t; reconciling(w, j.ID, run, other) })
}

// passing: an exit that comes while the run is owed a move, or the end of a pause, is due before that; never before the start.
func passing(w *routingWorld, journeyID ids.ID) {
	ctx := context.Background()
	w.track(user("u4"), "Signed Up")
	w.route()
	run := w.runOf(journeyID, w.customer(user("u4")).ID)
	of := func(due []storage.DueDispatch) (kinds []string, rows []int64) {
		for _, d := range due {
			if d.RunID == run.ID {
				kinds, rows = append(kinds, d.Kind), append(rows, d.ID)
			}
		}
		return kinds, rows
	}
	want := func(what string, due []storage.DueDispatch, kinds ...string) {
		w.Helper()
		if got, _ := of(due); !slices.Equal(got, kinds) {
			w.Errorf("%s: %v due, want %v", what, got, kinds)
		}
	}
	events := func() []storage.DueDispatch {
		due, err := w.s.DueEvents(ctx, run.Partition, 100, w.now)
		if err != nil {
			w.Fatal(err)
		}
		return due
	}
	Insert(w.T, w.s, &models.Dispatch{WorkspaceID: w.ws, Partition: run.Partition, RunID: run.ID, Kind: storage.DispatchMove, EventID: ids.New(), CreatedAt: models.At(w.now)})
	w.track(user("u4"), "Left")
	w.route()
	want("before the start", w.due(run.Partition, false), storage.DispatchStart)
	want("before the start, the bulk lane", w.due(run.Partition, true))
	want("before the start, events alone", events())
	_, start := of(w.due(run.Partition, false))
	if err := w.s.Dispatched(ctx, start); err != nil {
		w.Fatal(err)
	}
	want("behind the move", w.due(run.Partition, false), storage.DispatchEvent)
	want("behind the move, alone", events(), storage.DispatchEvent)
	want("the move", w.due(run.Partition, true), storage.DispatchMove)
	controls, err := w.s.DueControls(ctx, run.Partition, 100, w.now)
	if err != nil {
		w.Fatal(err)
	}
	want("the move, alone", controls, storage.DispatchMove)

	open := func(want bool, when string) {
		w.Helper()
		if not, err := w.s.NotBegun(ctx, []ids.ID{run.ID, ids.New()}); err != nil || slices.Contains(not, run.ID) != want || len(not) > 1 {
			w.Errorf("%s: %v have not begun, %v", when, not, err)
		}
	}
	open(true, "before it has written anything")
	exec(w.T, w.s, "UPDATE runs SET machine_seq = 1 WHERE id = ?", run.ID)
	open(false, "when it has")
	exec(w.T, w.s, "UPDATE runs SET machine_seq = 0 WHERE id = ?", run.ID)
	if _, err := w.s.EndRun(ctx, run.ID, "exit", "test", w.now); err != nil {
		w.Fatal(err)
	}
	open(false, "when it has ended")
}

func reconciling(w *routingWorld, journeyID ids.ID, run, other models.Run) {
	ctx := context.Background()
	open, err := w.s.OpenRuns(ctx, w.now, ids.ID{}, 10)
	if err != nil || len(open) != 1 || open[0] != run.ID {
		w.Errorf("open runs %v, %v; want the one whose start is not owed any more", open, err)
	}
	suspects, err := w.s.SuspectRuns(ctx, nil, w.now, 10)
	if err != nil || len(suspects) != 1 || suspects[0].RunID != run.ID || suspects[0].Input.Seq != 3 || suspects[0].WorkspaceID != w.ws {
		w.Errorf("suspects %+v, %v", suspects, err)
	}
	if err := w.s.RunsChecked(ctx, []ids.ID{run.ID}, w.now); err != nil {
		w.Fatal(err)
	}
	if suspects, err = w.s.SuspectRuns(ctx, nil, w.now, 10); err != nil || len(suspects) != 0 {
		w.Errorf("just checked and suspect again: %+v, %v", suspects, err)
	}
	if suspects, err = w.s.SuspectRuns(ctx, []ids.ID{run.ID}, w.now, 10); err != nil || len(suspects) != 1 {
		w.Errorf("asked by id: %+v, %v", suspects, err)
	}
	if err := w.s.MarkSuspect(ctx, run.ID); err != nil {
		w.Fatal(err)
	}
	if suspects, err = w.s.SuspectRuns(ctx, nil, w.now, 10); err != nil || len(suspects) != 1 {
		w.Errorf("marked: %+v, %v", suspects, err)
	}
	for _, want := range []bool{true, false} {
		got, err := w.s.EndRun(ctx, run.ID, storage.OutcomeTerminated, "ended in Temporal", w.now)
		if err != nil || got != want {
			w.Errorf("end the run: %v, %v; want %v", got, err, want)
		}
	}
	w.count(0, "guards that hold an ended run", "SELECT COUNT(*) FROM entry_guards WHERE open_run_id = ?", run.ID)
	w.count(0, "owed to an ended run", "SELECT COUNT(*) FROM dispatches WHERE run_id = ?", run.ID)
	states, err := w.s.RunStates(ctx, []ids.ID{run.ID, other.ID, ids.New()})
	if err != nil || len(states) != 2 || states[run.ID].Open || !states[other.ID].Open {
		w.Errorf("states %+v, %v", states, err)
	}
	if err := w.s.StopJourney(ctx, w.ws, journeyID, w.now); err != nil {
		w.Fatal(err)
	}
	w.count(1, "stops owed at once", "SELECT COUNT(*) FROM dispatches WHERE run_id = ? AND kind = 'stop'", other.ID)
	if n, err := w.s.StopSweep(ctx, 10, w.now); err != nil || n != 0 {
		w.Errorf("sweep found %d, %v; the stop is owed already", n, err)
	}
	exec(w, w.s, "DELETE FROM dispatches")
	if n, err := w.s.StopSweep(ctx, 10, w.now); err != nil || n != 1 {
		w.Errorf("sweep found %d, %v; want the open run", n, err)
	}
	if bulk := w.due(other.Partition, true); len(bulk) != 1 || bulk[0].Kind != storage.DispatchStop {
		w.Errorf("bulk lane %+v, want the stop", bulk)
	}
}

func (w *routingWorld) due(partition int, bulk bool) []storage.DueDispatch {
	w.Helper()
	due, err := w.s.DueDispatches(context.Background(), partition, bulk, 100, w.now)
	if err != nil {
		w.Fatal(err)
	}
	return due
}

func (w *routingWorld) runOf(journeyID, customer ids.ID) models.Run {
	w.Helper()
	for _, r := range w.runs(journeyID) {
		if r.CustomerID == customer {
			return r
		}
	}
	w.Fatalf("no run of customer %v", customer)
	return models.Run{}
}
