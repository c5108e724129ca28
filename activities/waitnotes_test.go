package activities_test

import (
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"

	"sojourn/activities"
)

const patience = `
key: patience
name: Patience
purpose: marketing
entry: {kind: event, event: Booked}
steps:
  - {id: week, kind: wait, wait: {date: {attribute: birthday, anniversary: true, offset: -P7D, at: "09:00"}}, next: hour}
  - {id: hour, kind: wait, wait: {best_hour: {default: "10:00"}}, next: shop}
  - {id: shop, kind: wait, wait: {next_purchase: {default: P30D}}, next: open}
  - {id: open, kind: wait, wait: {window: {from: "09:00", to: "18:00", timezone: workspace}}, next: hear}
  - {id: late, kind: wait, wait: {date: {context: check_in, offset: -P7D, at: "09:00", late: now}}, next: hear}
  - {id: hear, kind: wait_for, wait_for: {timeout: P2D, events: [{event: Replied}]}}
`

// Whoever looks at a run sees until when it waits and what that was worked out from.
func TestAWaitKeepsWhatItSaw(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	now := time.Date(2026, 6, 1, 20, 0, 0, 0, time.UTC) // Tokyo: Tuesday 05:00, Amsterdam: Monday 22:00
	ws := storagetest.AddWorkspace(t, s, "waits").ID
	doc, err := journey.Parse([]byte(patience))
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.CreateJourney(t.Context(), ws, doc, now)
	if err != nil {
		t.Fatal(err)
	}
	v, err := s.Publish(t.Context(), ws, j.ID, 0, "test", now)
	if err != nil {
		t.Fatal(err)
	}
	run := storagetest.AddRun(t, s, ws, j.ID, now)
	w := &trip{T: t, s: s, ws: ws, run: run, hash: v.Hash.String(), now: now, a: &activities.Runs{Store: s, Documents: s, Subjects: s, Now: func() time.Time { return now }}}
	w.exec("UPDATE customers SET timezone = 'Asia/Tokyo', birthday = '1990-06-20' WHERE id = ?", run.CustomerID)
	w.exec("INSERT INTO run_contexts (run_id, revision, workspace_id, data, created_at) VALUES (?, 1, ?, ?, 1)", run.ID, ws, `{"check_in":"2026-06-05"}`)
	at := func(text string) models.Instant {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return models.At(moment)
	}
	for i, want := range []storage.WaitNote{
		{StepID: "week", Until: at("2026-06-13T00:00:00Z"), Zone: "Asia/Tokyo", Date: "1990-06-20"},
		{StepID: "hour", Until: at("2026-06-02T01:00:00Z"), Zone: "Asia/Tokyo"},
		{StepID: "shop", Until: at("2026-07-01T20:00:00Z"), Zone: "Asia/Tokyo"},
		{StepID: "open", Until: at("2026-06-02T07:00:00Z"), Zone: "Europe/Amsterdam"},
		{StepID: "late", Until: at("2026-06-01T20:00:00Z"), Zone: "Asia/Tokyo", Date: "2026-06-05", Passed: at("2026-05-29T00:00:00Z")},
		{StepID: "hear", Until: at("2026-06-03T20:00:00Z"), Zone: "Asia/Tokyo"},
	} {
		_, err := w.a.AdvanceRun(t.Context(), contract.AdvanceInput{WorkspaceID: ws, RunID: run.ID.String(), DocHash: w.hash, Owner: "one", Seq: int64(i + 1), State: []byte(`{"own":"one"}`), StepID: want.StepID,
			StepSince: now.UnixMicro(), At: now.UnixMicro(), Hops: i, Wait: &contract.WaitQuestion{StepID: want.StepID, Visit: 1, ReachedAt: now.UnixMicro(), Now: now.UnixMicro()}})
		w.must(err)
		rec, err := s.RunRecord(t.Context(), ws, run.ID)
		w.must(err)
		want.Visit, want.At = 1, models.At(now)
		if got, ok := storage.ReadWaitNote(rec.Waiting); !ok || got != want {
			t.Errorf("%s: kept %+v, want %+v", want.StepID, got, want)
		}
	}
}
