package storagetest

import (
	"context"

	"sojourn/journey"
	"sojourn/storage"
)

// audienceStage: the first version lets a hundredth of an audience in and the rest not at all. Whether the share grows or
// another version takes its place, who was kept out is looked at again, and who is in is not let in twice.
func audienceStage(w *audienceWorld) {
	ctx := context.Background()
	j, id := w.journey("stage", func(e *journey.Entry) { e.IncludePresent, e.Reentry = true, journey.Reentry{Rule: journey.ReentryOnce} })
	exec(w, w.s, "UPDATE journeys SET rollout_percent = 1, rollout_version_id = NULL WHERE id = ?", j.ID)
	w.people(300, 2)
	refresh := func() int {
		if _, err := w.s.RefreshAudience(ctx, w.ws, id, w.now, nil); err != nil {
			w.Fatal(err)
		}
		var runs int
		query(w, w.s, &runs, "SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID)
		return runs
	}
	first := refresh()
	if first > 20 || refresh() != first {
		w.Fatalf("%d of 300 entered at first", first)
	}
	row, err := w.s.Journey(ctx, w.ws, j.ID)
	must(w.T, err)
	var doc journey.Document
	must(w.T, row.Draft.Into(&doc))
	for i, percent := range []int{10, 100} { // another version for a tenth, then a third one for everybody
		doc.Steps[0].Exit.Label = string(rune('a' + i))
		row.DraftRevision, err = w.s.SaveDraft(ctx, w.ws, j.ID, row.DraftRevision, doc, w.now)
		must(w.T, err)
		_, err = w.s.PublishVersion(ctx, w.ws, j.ID, storage.NewVersion{Revision: row.DraftRevision, By: "ann", Rollout: percent}, w.now)
		must(w.T, err)
		runs := refresh()
		if percent == 100 && runs != 300 || percent == 10 && (runs <= first || runs > 80) {
			w.Errorf("with %d %%: %d of 300 are in", percent, runs)
		}
	}
	w.count(300, "people", "SELECT COUNT(DISTINCT customer_id) FROM runs WHERE journey_id = ?", j.ID)
}
