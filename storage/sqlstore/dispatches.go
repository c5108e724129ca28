package sqlstore

import (
	"context"
	"fmt"
	"time"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Dispatching = (*Store)(nil)

// launchRow is a run with what names its workflow.
type launchRow struct {
	RunWorkspace  int64
	WorkspaceKey  string
	JourneyKey    string
	LaunchRun     ids.ID
	LaunchPerson  ids.ID
	LaunchVersion ids.ID
	VersionNumber int
	VersionHash   models.Hash
	Machine       models.JSON
	MachineSeq    int64
	RunState      string
	RunControl    bool
	RunStartedAt  models.Instant
}

// launchColumns and launchJoins read a launchRow for the runs r.
const (
	launchColumns = `r.workspace_id AS run_workspace, w.workspace_key, j.journey_key, r.id AS launch_run, r.customer_id AS launch_person, r.version_id AS launch_version,
v.number AS version_number, v.hash AS version_hash, r.machine, r.machine_seq, r.state AS run_state, r.control AS run_control, r.started_at AS run_started_at`
	launchJoins = ` LEFT JOIN workspaces w ON w.id = r.workspace_id LEFT JOIN journeys j ON j.id = r.journey_id LEFT JOIN journey_versions v ON v.id = r.version_id`
)

func (l launchRow) launch() storage.Launch {
	if l.LaunchRun.IsZero() {
		return storage.Launch{}
	}
	in := contract.JourneyInput{
		WorkspaceID: l.RunWorkspace, WorkspaceKey: l.WorkspaceKey, JourneyKey: l.JourneyKey, RunID: l.LaunchRun.String(), CustomerID: l.LaunchPerson.String(),
		VersionID: l.LaunchVersion.String(), Version: l.VersionNumber, DocHash: l.VersionHash.String(), Control: l.RunControl, StartedAt: int64(l.RunStartedAt), Seq: l.MachineSeq,
	}
	if l.MachineSeq > 0 {
		in.State = []byte(l.Machine)
	}
	return storage.Launch{WorkflowID: contract.RunWorkflowID(l.WorkspaceKey, l.JourneyKey, in.RunID), Open: l.RunState == models.RunOpen, Input: in}
}

// DueDispatches implements storage.Dispatching.
func (s *Store) DueDispatches(ctx context.Context, partition int, bulk bool, limit int, now time.Time) ([]storage.DueDispatch, error) {
	in := "NOT IN"
	if bulk {
		in = "IN"
	}
	var rows []struct {
		models.Dispatch
		Launch     launchRow `gorm:"embedded"`
		OccurredAt models.Instant
	}
	err := s.read(ctx).Raw(`SELECT d.*, e.occurred_at, `+launchColumns+` FROM dispatches d LEFT JOIN runs r ON r.id = d.run_id LEFT JOIN events e ON e.id = d.event_id`+launchJoins+`
WHERE d.partition_no = ? AND d.next_attempt_at <= ? AND d.kind `+in+` (?, ?, ?) AND NOT EXISTS (SELECT 1 FROM dispatches o WHERE o.run_id = d.run_id AND o.id < d.id)
ORDER BY d.id LIMIT ?`, partition, int64(models.At(now)), storage.DispatchBulk, storage.DispatchStop, storage.DispatchResume, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read dispatches: %w", translate(err))
	}
	out := make([]storage.DueDispatch, len(rows))
	for i, row := range rows {
		out[i] = storage.DueDispatch{Dispatch: row.Dispatch, Launch: row.Launch.launch(), OccurredAt: row.OccurredAt}
	}
	return out, nil
}

// Dispatched implements storage.Dispatching.
func (s *Store) Dispatched(ctx context.Context, done []int64) error {
	if len(done) == 0 {
		return nil
	}
	return translate(s.read(ctx).Exec("DELETE FROM dispatches WHERE id IN ?", done).Error)
}

// DispatchFailed implements storage.Dispatching.
func (s *Store) DispatchFailed(ctx context.Context, id int64, cause string, next time.Time) error {
	return translate(s.read(ctx).Exec("UPDATE dispatches SET attempts = attempts + 1, last_error = ?, next_attempt_at = ? WHERE id = ?",
		clip(cause, 500), int64(models.At(next)), id).Error)
}

// DispatchLag implements storage.Dispatching.
func (s *Store) DispatchLag(ctx context.Context, now time.Time) (int64, time.Duration, error) {
	var row struct {
		Owed   int64
		Oldest models.Instant
	}
	if err := s.read(ctx).Raw("SELECT COUNT(*) AS owed, MIN(created_at) AS oldest FROM dispatches").Scan(&row).Error; err != nil {
		return 0, 0, translate(err)
	}
	if row.Oldest.IsZero() {
		return row.Owed, 0, nil
	}
	return row.Owed, max(0, now.Sub(row.Oldest.Time())), nil
}
