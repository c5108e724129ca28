//go:build chaos

package chaos_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"sojourn/broadcast"
	"sojourn/chaos/harness"
	"sojourn/contract"
	"sojourn/models"
	"sojourn/storage"
)

// TestWorkerDiesInABroadcastAndAnOperation kills the worker at the points that only broadcasts and operations pass.
// Nobody gets a letter twice, everybody has an outcome, and what was begun comes to its end.
func TestWorkerDiesInABroadcastAndAnOperation(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := harness.Start(t, harness.Options{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.Store.PutTemplate(ctx, w.Workspace, storage.TemplateInput{Key: "news", Name: "News", Class: "marketing", Bodies: []models.TemplateBody{{Channel: "email", Locale: "en",
		Subject: "News", Body: `<p>News</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>`}}}, time.Now())
	must(err)
	people := w.People(ctx, 25)
	news := broadcast.Definition{Purpose: "marketing", Template: "news", Channel: "email", Schedule: broadcast.Schedule{Kind: broadcast.Now}}
	harness.Eventually(t, 30*time.Second, "all people may be written to", func() error {
		e, err := w.Store.EstimateBroadcast(ctx, w.Workspace, news, time.Now(), time.Now())
		if err == nil && e.Reached != int64(len(people)) {
			err = fmt.Errorf("%+v", e)
		}
		return err
	})

	for i, point := range pointsOf(broadcastPoints) {
		before := w.Worker().Deaths()
		armAlone(w, point+":kill")
		b, err := w.Store.CreateBroadcast(ctx, w.Workspace, fmt.Sprintf("news-%d", i), "News", news, time.Now())
		must(err)
		_, err = w.Store.ScheduleBroadcast(ctx, w.Workspace, b.ID, b.Revision, "chaos", time.Now())
		must(err)
		trigger(ctx, t, w, contract.ScheduleReconcile)
		expectDeath(t, w.Worker(), before, point)
		harness.Eventually(t, 90*time.Second, "the broadcast is done", func() error {
			row, err := w.Store.Broadcast(ctx, w.Workspace, b.ID)
			if err == nil && row.State != broadcast.Done {
				err = fmt.Errorf("it is %s", row.State)
			}
			return err
		})
		issues, err := w.Store.BroadcastIssues(ctx, w.Workspace, b.ID, 2)
		must(err)
		numbers, err := w.Store.IssueNumbers(ctx, w.Workspace, issues[0].ID, time.Now())
		must(err)
		outcomes := int64(0)
		for _, o := range numbers.Outcomes {
			outcomes += o.Count
		}
		if len(issues) != 1 || numbers.Recipients != len(people) || outcomes != int64(len(people)) {
			t.Errorf("%s: %d issues, %+v, want %d recipients with an outcome each", point, len(issues), numbers, len(people))
		}
		got := map[string]int{}
		for _, m := range w.Mail.Messages() {
			if m.Accepted() && harness.Subject(m) == "News" {
				got[strings.ToLower(m.To[0])]++
			}
		}
		for _, p := range people {
			if n := got[strings.ToLower(p.Email)]; n > i+1 {
				t.Errorf("%s: %d letters to %s after %d broadcasts", point, n, p.User, i+1)
			}
		}
	}

	for _, point := range pointsOf(operationPoints) {
		w.Track(ctx, "Asked", people)
		j, err := w.Store.JourneyByKey(ctx, w.Workspace, "answer")
		must(err)
		waiting := func() int {
			rows, err := w.Store.ListRuns(ctx, w.Workspace, storage.RunFilter{Journey: j.ID, State: models.RunOpen, Step: "listen"}, storage.PageAsk{Limit: 100})
			must(err)
			return len(rows)
		}
		harness.Eventually(t, 60*time.Second, "all wait for an answer", func() error {
			if n := waiting(); n != len(people) {
				return fmt.Errorf("%d wait", n)
			}
			return nil
		})
		before := w.Worker().Deaths()
		armAlone(w, point+":kill")
		_, err = w.Store.StartOperation(ctx, w.Workspace, storage.NewOperation{JourneyID: j.ID, Kind: storage.OperationStop, PerSecond: 10, By: "chaos", Action: "operation-stop"}, time.Now())
		must(err)
		trigger(ctx, t, w, contract.ScheduleOperate)
		expectDeath(t, w.Worker(), before, point)
		harness.Eventually(t, 90*time.Second, "all were stopped", func() error {
			if n := waiting(); n != 0 {
				return fmt.Errorf("%d still wait", n)
			}
			return nil
		})
	}
}

// trigger lets a scheduled workflow begin now.
func trigger(ctx context.Context, t *testing.T, w *harness.World, schedule string) {
	t.Helper()
	harness.Eventually(t, 30*time.Second, "schedule "+schedule+" is there", func() error {
		return w.Client.ScheduleClient().GetHandle(ctx, schedule).Trigger(ctx, client.ScheduleTriggerOptions{})
	})
}
