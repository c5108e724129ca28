package storagetest

import (
	"context"
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

// Journeys is the suite of role storage.Journeys and of the documents cache.
func Journeys(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	ws := AddWorkspace(t, s, "shop").ID
	other := AddWorkspace(t, s, "other").ID
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	doc := audienceJourney("win-back")

	j, err := s.CreateJourney(ctx, ws, doc, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateJourney(ctx, ws, doc, now); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second journey of the same key: %v, want a conflict", err)
	}
	if _, err := s.Journey(ctx, other, j.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workspace's journey: %v, want not found", err)
	}

	doc.Name = "Win back"
	rev, err := s.SaveDraft(ctx, ws, j.ID, 1, doc, now)
	if err != nil || rev != 2 {
		t.Fatalf("save the draft: revision %d, %v", rev, err)
	}
	if _, err := s.SaveDraft(ctx, ws, j.ID, 1, doc, now); !fault.Is(err, fault.Conflict) {
		t.Errorf("save over somebody else's draft: %v, want a conflict", err)
	}
	if _, err := s.Publish(ctx, ws, j.ID, 1, "ann", now); !fault.Is(err, fault.Conflict) {
		t.Errorf("publish an old revision: %v, want a conflict", err)
	}

	v1, err := s.Publish(ctx, ws, j.ID, rev, "ann", now)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Publish(ctx, ws, j.ID, 0, "ann", now); err != nil || again.ID != v1.ID {
		t.Errorf("publish what is live already: version %v, %v; want %v", again.ID, err, v1.ID)
	}
	a := entryAudience(t, s, ws, "journey:win-back")
	if a.VersionID != v1.ID || !a.Active || !a.SeededAt.IsZero() || string(a.Definition) == "{}" {
		t.Errorf("audience of the entry after the first publish: %+v", a)
	}
	seedAudience(t, s, a.ID, now)

	// The same condition keeps the seed; another condition is seeded afresh.
	doc.Description = "changed"
	rev = mustSave(t, s, ws, j.ID, rev, doc, now)
	v2, err := s.Publish(ctx, ws, j.ID, rev, "ann", now)
	if err != nil || v2.Number != 2 {
		t.Fatalf("second version: number %d, %v", v2.Number, err)
	}
	if a = entryAudience(t, s, ws, "journey:win-back"); a.VersionID != v2.ID || a.SeededAt.IsZero() {
		t.Errorf("an unchanged condition lost its seed: %+v", a)
	}
	doc.Entry.Condition = &audience.Condition{Metric: "orders_count", Op: audience.Gte, Value: 3}
	rev = mustSave(t, s, ws, j.ID, rev, doc, now)
	v3, err := s.Publish(ctx, ws, j.ID, rev, "ann", now)
	if err != nil {
		t.Fatal(err)
	}
	if a = entryAudience(t, s, ws, "journey:win-back"); !a.SeededAt.IsZero() {
		t.Error("a changed condition kept the seed of the old one")
	}

	// Documents come back whole, by version and by hash, and a changed one is refused.
	p, err := s.DocumentByVersion(ctx, ws, v3.ID)
	if err != nil || models.Hash(journey.Hash(*p.Document)) != v3.Hash || p.JourneyKey != "win-back" || p.Number != 3 {
		t.Errorf("document by version: %+v, %v", p, err)
	}
	if p, err = s.DocumentByHash(ctx, ws, v1.Hash); err != nil || p.Number != 1 {
		t.Errorf("document by hash: %+v, %v", p, err)
	}
	if _, err = s.DocumentByHash(ctx, other, v1.Hash); !fault.Is(err, fault.NotFound) {
		t.Errorf("document of another workspace: %v, want not found", err)
	}
	exec(t, s, "UPDATE journey_versions SET document = ? WHERE id = ?", models.ToJSON(doc), v2.ID)
	if _, err = s.DocumentByVersion(ctx, ws, v2.ID); err == nil {
		t.Error("a document that was changed after publishing was handed out")
	}
	if versions, err := s.Versions(ctx, ws, j.ID); err != nil || len(versions) != 3 || versions[0].Number != 3 {
		t.Errorf("versions: %+v, %v", versions, err)
	}

	t.Run("life", func(t *testing.T) { journeyLife(t, s, ws, j.ID, now) })
}

func journeyLife(t *testing.T, s *sqlstore.Store, ws int64, id ids.ID, now time.Time) {
	ctx := context.Background()
	held, asleep := AddRun(t, s, ws, id, now), AddRun(t, s, ws, id, now)
	exec(t, s, "UPDATE runs SET wake_at = ? WHERE id = ?", models.At(now.Add(time.Hour)), asleep.ID)
	epoch := journeyRow(t, s, ws, id).Epoch
	for range 2 { // the second time changes nothing
		if err := s.PauseJourney(ctx, ws, id, now); err != nil {
			t.Fatal(err)
		}
	}
	if row := journeyRow(t, s, ws, id); row.State != storage.JourneyPaused || row.Epoch != epoch+1 {
		t.Errorf("paused: state %s, epoch %d; want paused, %d", row.State, row.Epoch, epoch+1)
	}
	if err := s.ResumeJourney(ctx, ws, id, "later", now); !fault.Is(err, fault.Invalid) {
		t.Errorf("resume without a proper clock: %v, want invalid", err)
	}
	for range 2 {
		if err := s.ResumeJourney(ctx, ws, id, storage.PauseStopped, now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	pauses, err := s.JourneyPauses(ctx, ws, id)
	if err != nil || len(pauses) != 1 || pauses[0].ResumedAt != models.At(now.Add(time.Hour)) || pauses[0].Clock != string(storage.PauseStopped) {
		t.Errorf("pauses: %+v, %v", pauses, err)
	}
	var owed []models.Dispatch
	query(t, s, &owed, "SELECT * FROM dispatches")
	if len(owed) != 1 || owed[0].RunID != held.ID || owed[0].Kind != storage.DispatchResume {
		t.Errorf("resume owes %+v; want one wake-up, to the run that the pause held", owed)
	}
	if err := s.ArchiveJourney(ctx, ws, id, now); !fault.Is(err, fault.Conflict) {
		t.Errorf("archive a live journey: %v, want a conflict", err)
	}
	if err := s.StopJourney(ctx, ws, id, now); err != nil {
		t.Fatal(err)
	}
	if row := journeyRow(t, s, ws, id); row.State != storage.JourneyStopped || row.Epoch != epoch+3 {
		t.Errorf("stopped: state %s, epoch %d; want stopped, %d", row.State, row.Epoch, epoch+3)
	}
	if entryAudience(t, s, ws, "journey:win-back").Active {
		t.Error("the audience of a stopped journey still looks for people")
	}
	if _, err := s.Publish(ctx, ws, id, 0, "ann", now); !fault.Is(err, fault.Conflict) {
		t.Errorf("publish a stopped journey: %v, want a conflict", err)
	}
	if err := s.ArchiveJourney(ctx, ws, id, now); !fault.Is(err, fault.Conflict) {
		t.Errorf("archive with people in it: %v, want a conflict", err)
	}
	exec(t, s, "UPDATE runs SET state = 'ended'")
	if err := s.ArchiveJourney(ctx, ws, id, now); err != nil {
		t.Errorf("archive: %v", err)
	}
}

func audienceJourney(key string) journey.Document {
	return journey.Document{
		Key: key, Name: key, Purpose: "marketing",
		Entry: journey.Entry{Kind: journey.EntryAudience, Condition: &audience.Condition{Metric: "orders_count", Op: audience.Gte, Value: 2}},
		Steps: []journey.Step{{ID: "end", Kind: journey.StepExit, Exit: &journey.ExitStep{Label: "done"}}},
	}
}

func mustSave(t *testing.T, s *sqlstore.Store, ws int64, id ids.ID, rev int, doc journey.Document, now time.Time) int {
	t.Helper()
	next, err := s.SaveDraft(context.Background(), ws, id, rev, doc, now)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func journeyRow(t *testing.T, s *sqlstore.Store, ws int64, id ids.ID) models.Journey {
	t.Helper()
	row, err := s.Journey(context.Background(), ws, id)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

func entryAudience(t *testing.T, s *sqlstore.Store, ws int64, key string) models.Audience {
	t.Helper()
	var rows []models.Audience
	query(t, s, &rows, "SELECT * FROM audiences WHERE workspace_id = ? AND audience_key = ?", ws, key)
	if len(rows) != 1 {
		t.Fatalf("%d audiences %s, want 1", len(rows), key)
	}
	return rows[0]
}

func seedAudience(t *testing.T, s *sqlstore.Store, id ids.ID, now time.Time) {
	t.Helper()
	exec(t, s, "UPDATE audiences SET seeded_at = ? WHERE id = ?", models.At(now), id)
}
