package storagetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Operations is the suite of roles storage.Operations and storage.Rollouts.
func Operations(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	ws, other := AddWorkspace(t, s, "tours").ID, AddWorkspace(t, s, "others").ID
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	doc := journey.Document{Key: "tour", Name: "Tour", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryAPI, Reentry: journey.Reentry{Rule: "always"}},
		Steps: []journey.Step{{ID: "nap", Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P3D"}}}}
	j, err := s.CreateJourney(ctx, ws, doc, now)
	must(t, err)
	v1, err := s.Publish(ctx, ws, j.ID, 0, "ann", now)
	must(t, err)
	runs := map[ids.ID]models.Run{}
	for range 7 {
		r := AddRun(t, s, ws, j.ID, now)
		runs[r.ID] = r
	}
	doc.Steps[0].ID = "rest"
	rev := mustSave(t, s, ws, j.ID, 1, doc, now)
	v2, err := s.PublishVersion(ctx, ws, j.ID, storage.NewVersion{Revision: rev, By: "ann",
		InFlight: &storage.NewOperation{Kind: storage.OperationMove, Mapping: map[string]string{"nap": "rest"}, PerSecond: 3, By: "ann", Action: "operation-move"}}, now)
	must(t, err)
	open, err := s.OpenOperations(ctx)
	must(t, err)
	if len(open) != 1 || open[0].Total != 7 || open[0].TargetVersionID != v2.ID {
		t.Fatalf("the move that came with the version: %+v", open)
	}
	move := open[0].ID
	late := AddRun(t, s, ws, j.ID, now.Add(time.Hour)) // enters after: not concerned, and in the new version anyway

	// Page by page; whoever goes on after a crash finds the cursor.
	for i, want := range []struct {
		n    int
		done bool
	}{{3, false}, {3, false}, {1, true}, {0, true}} {
		n, done, err := s.HandOut(ctx, move, 3, now)
		if err != nil || n != want.n || done != want.done {
			t.Fatalf("page %d: %d runs, done %v, %v", i, n, done, err)
		}
	}
	var owed int
	query(t, s, &owed, "SELECT COUNT(*) FROM dispatches WHERE kind = 'move' AND event_id = ?", move)
	if owed != 7 {
		t.Errorf("%d signals are owed, want 7", owed)
	}

	// The run asks, walks on and is written down in its new version, by whoever repeats what.
	var one models.Run
	for _, r := range runs {
		one = r
		break
	}
	order, err := s.MoveOrder(ctx, ws, move, one.ID)
	if err != nil || order.State != storage.RunOwed || order.Target != v2.ID || order.RunVersion != v1.ID || order.Mapping["nap"] != "rest" {
		t.Fatalf("where to: %+v, %v", order, err)
	}
	for what, f := range map[string]func() error{
		"a run of nobody's move":         func() error { _, err := s.MoveOrder(ctx, ws, move, late.ID); return err },
		"another workspace's run":        func() error { _, err := s.MoveOrder(ctx, other, move, one.ID); return err },
		"another workspace's operation":  func() error { _, err := s.Operation(ctx, other, move); return err },
		"cancelled by another workspace": func() error { return s.CancelOperation(ctx, other, move, now) },
		"started in another workspace": func() error {
			_, err := s.StartOperation(ctx, other, storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationHold, PerSecond: 1}, now)
			return err
		},
	} {
		if err := f(); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %v, want not found", what, err)
		}
	}
	must(t, s.MoveLands(ctx, ws, move, one.ID, "nap", "rest", storage.RunOwed, "", now))
	progress := storage.RunProgress{RunID: one.ID, Owner: "w", Seq: 1, VersionID: v2.ID, StepID: "rest", StepSince: models.At(now), WakeAt: models.At(now.Add(time.Hour)), Machine: models.JSON(`{"own":"w"}`), At: models.At(now),
		Hops: 1, Left: []models.StepVisit{{Seq: 1, StepID: "nap", Visit: 1, ExitName: journey.ExitMoved, NextStepID: "rest", EnteredAt: models.At(now), LeftAt: models.At(now)}}}
	for range 2 {
		if v, err := s.AdvanceRun(ctx, ws, progress); err != nil || v != "go" {
			t.Fatalf("persist the move: %s %v", v, err)
		}
	}
	row, err := s.Run(ctx, ws, one.ID)
	if err != nil || row.VersionID != v2.ID || row.StepID != "rest" {
		t.Errorf("the run after the move: %+v, %v", row.Run, err)
	}
	view, err := s.Operation(ctx, ws, move)
	if err != nil || fmt.Sprint(view.Runs) != "map[moved:1 owed:6]" {
		t.Errorf("what became of them: %v, %v", view.Runs, err)
	}
	people, err := s.OperationRuns(ctx, ws, move, storage.RunMoved, storage.PageAsk{Limit: 10})
	if err != nil || len(people) != 1 || people[0].RunID != one.ID || people[0].ToStep != "rest" {
		t.Errorf("who moved: %+v, %v", people, err)
	}

	// Taken back: who was moved goes where he came from.
	back, err := s.StartOperation(ctx, ws, storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationMoveBack, Reverses: move, PerSecond: 5, By: "ann", Action: "back"}, now)
	if err != nil || back.Total != 1 {
		t.Fatalf("take it back: %+v, %v", back, err)
	}
	_, _, err = s.HandOut(ctx, back.ID, 5, now)
	must(t, err)
	if order, err = s.MoveOrder(ctx, ws, back.ID, one.ID); err != nil || order.Target != v1.ID || order.Mapping["rest"] != "nap" {
		t.Errorf("the way back: %+v, %v", order, err)
	}
	if _, err := s.StartOperation(ctx, ws, storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationMoveBack, Reverses: move, PerSecond: 5}, now); !fault.Is(err, fault.Conflict) {
		t.Errorf("taken back twice: %v", err)
	}

	// An operation on one step of one version, stopped half-way.
	hold, err := s.StartOperation(ctx, ws, storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationHold, PerSecond: 1, By: "ann", Action: "hold", Filter: storage.OperationFilter{Version: v1.ID}}, now)
	if err != nil || hold.Total != 6 {
		t.Fatalf("hold: %+v, %v", hold, err)
	}
	_, _, err = s.HandOut(ctx, hold.ID, 2, now)
	must(t, err)
	must(t, s.CancelOperation(ctx, ws, hold.ID, now))
	if n, done, err := s.HandOut(ctx, hold.ID, 2, now); n != 0 || !done || err != nil {
		t.Errorf("handing out what was cancelled: %d %v %v", n, done, err)
	}
	audit, err := s.AuditPage(ctx, ws, storage.PageAsk{Limit: 10})
	if err != nil || len(audit) != 3 {
		t.Errorf("audit: %+v, %v", audit, err)
	}
	rollout(t, s, ws, j, doc, rev, now)
	overlapping(t, s, now)
}

// rollout: a tenth of 300 entrants get the new version, the rest the one before; a first version keeps the rest out.
func rollout(t *testing.T, s *sqlstore.Store, ws int64, j models.Journey, doc journey.Document, rev int, now time.Time) {
	ctx := context.Background()
	var asks []storage.EntryAsk
	for range 300 {
		c := models.Customer{ID: s.NewID(), WorkspaceID: ws, Grp: s.NewID(), Attributes: models.JSON("{}"), CreatedAt: models.At(now), UpdatedAt: models.At(now)}
		tx(t, s, func(db *gorm.DB) error { return db.Create(&c).Error })
		asks = append(asks, storage.EntryAsk{Customer: c.ID, Cause: storage.Cause{ID: s.NewID(), Kind: storage.CauseManual}})
	}
	enter := func(journeyID ids.ID) (versions map[ids.ID]int, refused int) {
		versions = map[ids.ID]int{}
		answers, err := s.EnterJourney(ctx, ws, journeyID, asks, now)
		must(t, err)
		for _, a := range answers {
			if a.Reason == "not_in_rollout" {
				refused++
				continue
			}
			run, err := s.Run(ctx, ws, a.Run)
			must(t, err)
			versions[run.VersionID]++
		}
		return versions, refused
	}
	doc.Steps[0].ID = "siesta"
	v3, err := s.PublishVersion(ctx, ws, j.ID, storage.NewVersion{Revision: mustSave(t, s, ws, j.ID, rev, doc, now), By: "ann", Rollout: 10}, now)
	must(t, err)
	if versions, refused := enter(j.ID); refused != 0 || versions[v3.ID] < 10 || versions[v3.ID] > 55 || len(versions) != 2 {
		t.Errorf("a tenth of 300: %d of %v, %d refused", versions[v3.ID], versions, refused)
	}
	doc.Key = "fresh"
	fresh, err := s.CreateJourney(ctx, ws, doc, now)
	must(t, err)
	first, err := s.PublishVersion(ctx, ws, fresh.ID, storage.NewVersion{By: "ann", Rollout: 10}, now)
	must(t, err)
	versions, refused := enter(fresh.ID)
	if refused+versions[first.ID] != 300 || versions[first.ID] < 10 || versions[first.ID] > 55 {
		t.Errorf("a tenth of a first version: %v, %d refused", versions, refused)
	}
	rows, err := s.ListEntries(ctx, ws, fresh.ID, "not_entered", "not_in_rollout", storage.PageAsk{Limit: 500})
	if err != nil || len(rows) != refused {
		t.Errorf("the people behind the number: %d, want %d, %v", len(rows), refused, err)
	}
	// The share grows: who was in stays in, and some more come.
	before := versions[first.ID]
	must(t, s.SetRollout(ctx, ws, fresh.ID, 50, now))
	for i := range asks {
		asks[i].Cause.ID = s.NewID()
	}
	answers, err := s.EnterJourney(ctx, ws, fresh.ID, asks, now)
	must(t, err)
	again, more := 0, 0
	for _, a := range answers {
		switch {
		case a.Reason == "open_run":
			again++
		case a.Entered:
			more++
		}
	}
	if again != before || more < 60 {
		t.Errorf("half of them: %d were in (want %d), %d came", again, before, more)
	}
}
