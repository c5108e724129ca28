//go:build chaos

package chaos_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sojourn/chaos/harness"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// TestWorkerDiesInAMove kills the worker at the points of a move, there and back: while runs are handed out, and right behind
// the answer where one run is to go. Everybody stands on the right version in the end, once, and has done nothing again.
func TestWorkerDiesInAMove(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := harness.Start(t, harness.Options{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	people := w.People(ctx, 20)
	w.Track(ctx, "Asked", people)
	j, err := w.Store.JourneyByKey(ctx, w.Workspace, "answer")
	must(err)
	standing := func(version ids.ID, step string) error {
		rows, err := w.Store.ListRuns(ctx, w.Workspace, storage.RunFilter{Journey: j.ID, State: models.RunOpen, Step: step}, storage.PageAsk{Limit: 100})
		must(err)
		n := 0
		for _, r := range rows {
			if version.IsZero() || r.VersionID == version {
				n++
			}
		}
		if n != len(people) {
			return fmt.Errorf("%d of %d are at %s there", n, len(people), step)
		}
		return nil
	}
	harness.Eventually(t, 180*time.Second, "all wait for an answer", func() error { return standing(ids.ID{}, "listen") })
	first := j.LiveVersionID
	var doc journey.Document
	must(j.Draft.Into(&doc))
	text := strings.NewReplacer(`"listen"`, `"hear"`).Replace(string(models.ToJSON(doc)))
	doc = journey.Document{}
	must(models.JSON(text).Into(&doc))
	revision, err := w.Store.SaveDraft(ctx, w.Workspace, j.ID, j.DraftRevision, doc, time.Now())
	must(err)
	second, err := w.Store.Publish(ctx, w.Workspace, j.ID, revision, "chaos", time.Now())
	must(err)

	var move models.Operation // the last one
	for i, point := range append(pointsOf(operationPoints), pointsOf(movePoints)...) {
		there := storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationMove, Target: second.ID, Mapping: map[string]string{"listen": "hear"}, PerSecond: 5, By: "chaos", Action: fmt.Sprint("there-", i)}
		for _, way := range []string{"there", "back"} {
			t.Logf("%s at %s: %s", way, point, time.Now().Format("15:04:05"))
			before := w.Worker().Deaths()
			armAlone(w, point+":kill")
			version, step := second.ID, "hear"
			if way == "back" {
				there = storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationMoveBack, Reverses: move.ID, PerSecond: 5, By: "chaos", Action: fmt.Sprint("back-", i)}
				version, step = first, "listen"
			}
			harness.Eventually(t, 120*time.Second, way+" at "+point+" may begin", func() error {
				var err error
				move, err = w.Store.StartOperation(ctx, w.Workspace, there, time.Now())
				return err
			})
			trigger(ctx, t, w, contract.ScheduleOperate)
			expectDeath(t, w.Worker(), before, point)
			harness.Eventually(t, 180*time.Second, way+" at "+point, func() error { return standing(version, step) })
		}
	}
	// They are alive where they stand, and nobody was asked twice.
	w.Track(ctx, "Answered", people)
	harness.Eventually(t, 180*time.Second, "everybody was thanked", func() error {
		rows, err := w.Store.ListRuns(ctx, w.Workspace, storage.RunFilter{Journey: j.ID, State: models.RunEnded}, storage.PageAsk{Limit: 100})
		must(err)
		if len(rows) != len(people) {
			return fmt.Errorf("%d have ended", len(rows))
		}
		return nil
	})
	audit(ctx, t, w)
	var twice int
	must(w.Store.SQL().QueryRow("SELECT COUNT(*) FROM (SELECT run_id FROM step_visits WHERE step_id = 'question' GROUP BY run_id HAVING COUNT(*) <> 1) x").Scan(&twice))
	if twice != 0 {
		t.Errorf("%d runs were asked not once", twice)
	}
}
