//go:build chaos

package chaos_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"sojourn/broadcast"
	"sojourn/chaos/harness"
	"sojourn/contract"
	"sojourn/models"
	"sojourn/storage"
)

// TestTemporalIsAwayWhenNewslettersAreDue: Temporal is killed before two broadcasts are due and comes back after. The one
// that may be late goes out then, once to each; the other, of which an issue must begin within a second, is recorded as
// missed, reaches nobody, and is planned for its next day.
func TestTemporalIsAwayWhenNewslettersAreDue(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := harness.Start(t, harness.Options{OwnTemporal: true, Away: 8 * time.Second})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.Store.PutTemplate(ctx, w.Workspace, storage.TemplateInput{Key: "news", Name: "News", Class: "marketing", Bodies: []models.TemplateBody{{Channel: "email", Locale: "en",
		Subject: "News", Body: `<p>News</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>`}}}, time.Now())
	must(err)
	people := w.People(ctx, 6)
	d := broadcast.Definition{Purpose: "marketing", Template: "news", Channel: "email"}
	harness.Eventually(t, 30*time.Second, "all people may be written to", func() error {
		e, err := w.Store.EstimateBroadcast(ctx, w.Workspace, d, time.Now(), time.Now())
		if err == nil && e.Reached != int64(len(people)) {
			err = fmt.Errorf("%+v", e)
		}
		return err
	})
	ws, err := w.Store.Workspace(ctx, w.Workspace)
	must(err)
	made := map[string]models.Broadcast{}
	for key, s := range map[string]broadcast.Schedule{
		"late":   {Kind: broadcast.At, At: time.Now().UTC().Add(3 * time.Hour).Format("2006-01-02T15:04"), Timezone: "UTC"},
		"missed": {Kind: broadcast.Cron, Cron: "0 3 * * *", Timezone: "UTC", CatchUp: "PT1S"},
	} {
		one := d
		one.Schedule, one.Subject = s, key
		b, err := w.Store.CreateBroadcast(ctx, w.Workspace, key, key, one, time.Now())
		must(err)
		made[key], err = w.Store.ScheduleBroadcast(ctx, w.Workspace, b.ID, b.Revision, "chaos", time.Now())
		must(err)
	}
	workflow := func(b models.Broadcast) string { return contract.BroadcastWorkflowID(ws.WorkspaceKey, b.ID.String()) }
	harness.Eventually(t, 90*time.Second, "both wait in Temporal", func() error {
		trigger(ctx, t, w, contract.ScheduleReconcile)
		for _, b := range made {
			if _, err := w.Client.DescribeWorkflowExecution(ctx, workflow(b), ""); err != nil {
				return err
			}
		}
		return nil
	})
	due := time.Now().Add(4 * time.Second)
	for _, b := range made {
		_, err := w.Store.SQL().ExecContext(ctx, "UPDATE broadcasts SET next_at = ? WHERE id = ?", models.At(due), b.ID)
		must(err)
		must(w.Client.SignalWorkflow(ctx, workflow(b), "", contract.SignalWake, nil))
	}
	w.KillTemporal()
	if late := time.Since(due); late > 0 {
		t.Fatalf("Temporal died %s too late for this test", late)
	}
	w.AwaitTemporal(1)

	issue := func(key, state string) (models.BroadcastIssue, error) {
		rows, err := w.Store.BroadcastIssues(ctx, w.Workspace, made[key].ID, 5)
		if err == nil && (len(rows) != 1 || rows[0].State != state) {
			err = fmt.Errorf("issues of %s: %+v", key, rows)
		}
		if err != nil {
			return models.BroadcastIssue{}, err
		}
		return rows[0], nil
	}
	harness.Eventually(t, 120*time.Second, "one went out and the other was missed", func() error {
		i, err := issue("late", broadcast.IssueDone)
		if err == nil && i.StartedAt.Time().Before(due.Add(time.Second)) {
			err = fmt.Errorf("it began at %s, due at %s: Temporal was not away", i.StartedAt.Time(), due)
		}
		if err == nil {
			_, err = issue("missed", broadcast.IssueMissed)
		}
		return err
	})
	got := map[string]int{}
	for _, m := range w.Mail.Messages() {
		if m.Accepted() {
			got[harness.Subject(m)+" "+strings.ToLower(m.To[0])]++
		}
	}
	for _, p := range people {
		if late, missed := got["late "+strings.ToLower(p.Email)], got["missed "+strings.ToLower(p.Email)]; late != 1 || missed != 0 {
			t.Errorf("%s has %d of the late one and %d of the missed one", p.User, late, missed)
		}
	}
	row, err := w.Store.Broadcast(ctx, w.Workspace, made["missed"].ID)
	if err != nil || row.State != broadcast.Scheduled || !row.NextAt.Time().After(time.Now()) {
		t.Errorf("the missed one is %s, next at %s, %v", row.State, row.NextAt.Time(), err)
	}
}
