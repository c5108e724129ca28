package adminapi_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
)

// stuck is a Temporal in which two workflows of the workspace acme are blocked.
type stuck struct{}

func (stuck) Run(context.Context, string) (adminapi.TemporalRun, error) {
	return adminapi.TemporalRun{State: "running"}, nil
}
func (stuck) Reachable(context.Context) bool { return true }
func (stuck) Blocked(_ context.Context, workspace string) (int64, error) {
	return map[string]int64{"acme": 2}[workspace], nil
}

// Runs that stand still are told on the home page: those that this build can't walk, and those that nobody wakes. Whom an
// operator holds, and whose journey is paused, is meant to stand still.
func TestHomeTellsOfRunsThatStandStill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *adminapi.Deps) { d.Temporal = stuck{} })
	told := func() map[string]int64 {
		t.Helper()
		var home adminapi.Overview
		w.as(access.Analyst).do("GET", "/overview", nil).into(t, 200, &home)
		found := map[string]int64{}
		for _, a := range home.Attention {
			found[a.Kind] = a.Count
		}
		return found
	}
	exec := func(sql string, args ...any) {
		t.Helper()
		if err := w.s.Tx(context.Background(), func(tx *gorm.DB) error { return tx.Exec(sql, args...).Error }); err != nil {
			t.Fatal(err)
		}
	}
	wakes := func(ago time.Duration) {
		exec("UPDATE runs SET wake_at = ? WHERE workspace_id = ? AND state = 'open'", models.At(time.Now().Add(-ago)), w.acme.Workspace.ID)
	}
	wakes(time.Minute)
	if got := told(); got["blocked_runs"] != 2 || got["overdue_runs"] != 0 {
		t.Errorf("after a minute: %v", got)
	}
	wakes(10 * time.Minute)
	if got := told(); got["overdue_runs"] != 2 {
		t.Errorf("after ten minutes: %v", got)
	}
	exec("INSERT INTO operation_runs (operation_id, run_id, workspace_id, state, at) VALUES (?, ?, ?, 'told', 1)", w.acme.Operation.ID, w.acme.Runs[0].ID, w.acme.Workspace.ID)
	if got := told(); got["overdue_runs"] != 1 {
		t.Errorf("one is held: %v", got)
	}
	exec("UPDATE journeys SET state = 'paused' WHERE id = ?", w.acme.Journey.ID)
	if got := told(); got["overdue_runs"] != 0 {
		t.Errorf("in a pause: %v", got)
	}
}
