package storagetest

import (
	"context"
	"testing"
	"time"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// overlapping moves: a slow one to the second version is still handing out when a fast one to the third begins. The newest
// decision counts, each run's way back is the one that it came, and nobody is to do a task that its run was taken from.
func overlapping(t *testing.T, s *sqlstore.Store, now time.Time) {
	ctx := context.Background()
	ws := AddWorkspace(t, s, "overlap").ID
	doc := journey.Document{Key: "tasks", Name: "Tasks", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryAPI, Reentry: journey.Reentry{Rule: "always"}},
		Steps: []journey.Step{{ID: "one", Kind: journey.StepTask, Task: &journey.TaskStep{Type: "gift", Title: "Pack a gift"}}}}
	j, err := s.CreateJourney(ctx, ws, doc, now)
	must(t, err)
	v1, err := s.Publish(ctx, ws, j.ID, 0, "ann", now)
	must(t, err)
	var runs []ids.ID
	for range 4 {
		r := AddRun(t, s, ws, j.ID, now)
		runs = append(runs, r.ID)
		for _, step := range []string{"one", "elsewhere"} {
			insertRow(t, s, &models.Task{ID: s.NewID(), WorkspaceID: ws, Type: "gift", Title: "Pack a gift", Role: "marketer", Fields: models.JSON("[]"), Outcomes: models.JSON("[]"), CustomerID: r.CustomerID, RunID: r.ID, JourneyID: j.ID,
				VersionID: v1.ID, StepID: step, Visit: 1, State: storage.TaskOpen, DueAt: models.At(now), CreatedAt: models.At(now)})
		}
	}
	rev := 1
	next := func(step string) (models.JourneyVersion, models.Operation) {
		t.Helper()
		doc.Steps = []journey.Step{{ID: step, Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P3D"}}}
		rev = mustSave(t, s, ws, j.ID, rev, doc, now)
		v, err := s.Publish(ctx, ws, j.ID, rev, "ann", now)
		must(t, err)
		now = now.Add(time.Second)
		o, err := s.StartOperation(ctx, ws, storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationMove, Target: v.ID, Mapping: map[string]string{"one": step, "two": step}, PerSecond: 1, By: "ann", Action: "move"}, now)
		must(t, err)
		return v, o
	}
	seq := map[ids.ID]int64{}
	walk := func(run ids.ID, o models.Operation, to models.JourneyVersion, from, step string) {
		t.Helper()
		must(t, s.MoveLands(ctx, ws, o.ID, run, from, step, storage.RunOwed, "", now))
		seq[run]++
		_, err := s.AdvanceRun(ctx, ws, storage.RunProgress{RunID: run, Owner: "w", Seq: seq[run], VersionID: to.ID, StepID: step, StepSince: models.At(now), WakeAt: models.At(now.Add(time.Hour)), Machine: models.JSON(`{"own":"w"}`), At: models.At(now),
			Hops: int(seq[run]), Left: []models.StepVisit{{Seq: int(seq[run]), StepID: from, Visit: 1, ExitName: journey.ExitMoved, NextStepID: step, EnteredAt: models.At(now), LeftAt: models.At(now)}}})
		must(t, err)
	}
	v2, slow := next("two")
	_, _, err = s.HandOut(ctx, slow.ID, 1, now) // the first run is told to go to the second version
	must(t, err)
	v3, fast := next("three")
	n, _, err := s.HandOut(ctx, fast.ID, 3, now)
	must(t, err)
	if n != 3 {
		t.Fatalf("the fast one reached %d", n)
	}
	walk(runs[0], slow, v2, "one", "two")
	if o, err := s.MoveOrder(ctx, ws, fast.ID, runs[0]); err != nil || o.State != storage.RunOwed || o.RunVersion != v2.ID {
		t.Errorf("after the first move the second is still owed: %+v, %v", o, err)
	}
	walk(runs[0], fast, v3, "two", "three")
	for _, r := range runs[1:3] {
		walk(r, fast, v3, "one", "three")
	}
	// What the slow one still does: the last run alone, for the others were told something newer.
	if n, _, err := s.HandOut(ctx, slow.ID, 10, now); err != nil || n != 1 {
		t.Errorf("the slow one goes on with %d runs, %v", n, err)
	}
	view, err := s.Operation(ctx, ws, fast.ID)
	if err != nil || view.Runs[storage.RunMoved] != 3 {
		t.Errorf("moved by the fast one: %v, %v", view.Runs, err)
	}
	var tasks []string
	query(t, s, &tasks, "SELECT step_id FROM tasks WHERE workspace_id = ? AND state = ? AND run_id = ?", ws, storage.TaskOpen, runs[0])
	if len(tasks) != 1 || tasks[0] != "elsewhere" {
		t.Errorf("open tasks of a run that was moved: %v", tasks)
	}
	must(t, s.CancelOperation(ctx, ws, fast.ID, now))
	back, err := s.StartOperation(ctx, ws, storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationMoveBack, Reverses: fast.ID, PerSecond: 9, By: "ann", Action: "back"}, now)
	must(t, err)
	_, _, err = s.HandOut(ctx, back.ID, 9, now)
	must(t, err)
	for run, want := range map[ids.ID]ids.ID{runs[0]: v2.ID, runs[1]: v1.ID} {
		if o, err := s.MoveOrder(ctx, ws, back.ID, run); err != nil || o.Target != want {
			t.Errorf("the way back of run %s leads to %s, want %s, %v", run, o.Target, want, err)
		}
	}
}
