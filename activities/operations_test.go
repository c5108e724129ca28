package activities_test

import (
	"context"
	"testing"
	"time"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

// A worker hands a move out until nothing is left, goes on after it was killed, and tells each run where to go, with the
// same answer however often it is asked.
func TestOperationIsHandedOut(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	ctx, ws, now := context.Background(), storagetest.AddWorkspace(t, s, "tours").ID, time.Now().UTC()
	doc := journey.Document{Key: "tour", Name: "Tour", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryAPI},
		Steps: []journey.Step{{ID: "nap", Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P3D"}}}}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	j, err := s.CreateJourney(ctx, ws, doc, now)
	must(err)
	_, err = s.Publish(ctx, ws, j.ID, 0, "ann", now)
	must(err)
	runs := make([]models.Run, 5)
	for i := range runs {
		runs[i] = storagetest.AddRun(t, s, ws, j.ID, now)
	}
	doc.Steps[0].Name = "A nap"
	_, err = s.SaveDraft(ctx, ws, j.ID, 1, doc, now)
	must(err)
	v2, err := s.Publish(ctx, ws, j.ID, 0, "ann", now)
	must(err)
	move, err := s.StartOperation(ctx, ws, storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationMove, Target: v2.ID, PerSecond: 2, By: "ann", Action: "move"}, now)
	must(err)

	killed, kill := context.WithCancel(ctx)
	kill()
	o := &activities.Operations{Store: s, Every: time.Microsecond}
	if _, err := o.HandOutOperations(killed); err == nil {
		t.Error("a worker that was stopped says that all is done")
	}
	out, err := o.HandOutOperations(ctx)
	if err != nil || out.Finished != 1 {
		t.Fatalf("handed out: %+v, %v", out, err)
	}
	view, err := s.Operation(ctx, ws, move.ID)
	if err != nil || view.State != storage.OperationDone || view.Handed != 5 || view.Runs[storage.RunOwed] != 5 {
		t.Errorf("after a kill in the middle: %+v, %v", view, err)
	}
	ask := contract.MoveInput{WorkspaceID: ws, RunID: runs[0].ID.String(), MoveID: move.ID.String(), StepID: "nap"}
	for range 2 {
		to, err := o.MoveRun(ctx, ask)
		if err != nil || to.VersionID != v2.ID.String() || to.Version != 2 || to.DocHash != v2.Hash.String() {
			t.Errorf("where to: %+v, %v", to, err)
		}
	}
	for what, in := range map[string]contract.MoveInput{
		"a step without a place":  {WorkspaceID: ws, RunID: runs[1].ID.String(), MoveID: move.ID.String(), StepID: "gone"},
		"a signal sent by hand":   {WorkspaceID: ws, RunID: runs[1].ID.String(), MoveID: "x", StepID: "nap"},
		"somebody else's move":    {WorkspaceID: ws, RunID: runs[2].ID.String(), MoveID: s.NewID().String(), StepID: "nap"},
		"another workspace's run": {WorkspaceID: ws + 1, RunID: runs[2].ID.String(), MoveID: move.ID.String(), StepID: "nap"},
	} {
		if to, err := o.MoveRun(ctx, in); err != nil || to.VersionID != "" {
			t.Errorf("%s: %+v, %v", what, to, err)
		}
	}
}

// A journey over its line pauses once, with the numbers; one under it goes on.
func TestGuardsPause(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	ctx, ws, now := context.Background(), storagetest.AddWorkspace(t, s, "shop"), time.Now().UTC()
	w := storagetest.FillCompany(t, s, ws)
	g := &activities.Guards{Store: s}
	if out, err := g.CheckGuards(ctx); err != nil || out.Paused != 0 {
		t.Fatalf("a quiet shop: %+v, %v", out, err)
	}
	settings := ws
	settings.Settings = models.JSON(`{"guard":{"bounce":1,"sample":1}}`)
	if err := s.SaveWorkspace(ctx, settings); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SQL().Exec("UPDATE sends SET state = 'rejected', handed_at = ? WHERE journey_id = ?", now.Add(-time.Hour).UnixMicro(), w.Journey.ID); err != nil {
		t.Fatal(err)
	}
	all, err := s.GuardedJourneys(ctx, now.Add(-24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, j := range all {
		if j.Rates.Bounced > 0 {
			want++
		}
	}
	if out, err := g.CheckGuards(ctx); err != nil || want == 0 || out.Paused != want {
		t.Errorf("after the bounces: %+v of %+v, %v", out, all, err)
	}
	if paused, err := s.GuardPauses(ctx, ws.ID); err != nil || len(paused) != want || paused[0].Cause != journey.CauseBounce {
		t.Errorf("why: %+v, %v", paused, err)
	}
	if out, err := g.CheckGuards(ctx); err != nil || out.Paused != 0 {
		t.Errorf("paused again: %+v, %v", out, err)
	}
}

// A withdrawal counts for the message whose own link it came by; one that came otherwise counts for none.
func TestGuardCountsUnsubscribesOfTheMessageItself(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	ctx, now := context.Background(), time.Now().UTC()
	w := storagetest.FillCompany(t, s, storagetest.AddWorkspace(t, s, "shop"))
	if _, err := s.SQL().Exec("UPDATE sends SET handed_at = ? WHERE id = ?", models.At(now.Add(-time.Hour)), w.Send.ID); err != nil {
		t.Fatal(err)
	}
	unsubscribed := func() int64 {
		all, err := s.GuardedJourneys(ctx, now.Add(-24*time.Hour))
		if err != nil || len(all) != 1 || all[0].Rates.Sent != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		return all[0].Rates.Unsubscribed
	}
	withdraw := func(seq int64, send models.Consent) {
		send.ID, send.WorkspaceID, send.Seq, send.CustomerID, send.Channel, send.Purpose, send.State, send.LegalBasis = s.NewID(), w.Workspace.ID, seq, w.Send.CustomerID, "email", "offers", "withdrawn", "objection"
		send.Source, send.SourceKind, send.Proof, send.ProofHash, send.Actor, send.OccurredAt, send.RecordedAt, send.PrevHash, send.Hash = "page", "person", models.JSON("{}"), models.Hash{1}, "customer", models.At(now), models.At(now), models.Hash{1}, models.Hash{byte(seq + 1)}
		storagetest.Insert(t, s, &send)
	}
	if withdraw(101, models.Consent{}); unsubscribed() != 0 {
		t.Error("a withdrawal that came otherwise counts for the message")
	}
	if withdraw(102, models.Consent{SendID: w.Send.ID}); unsubscribed() != 1 {
		t.Error("the message's own link does not count")
	}
}
