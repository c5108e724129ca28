package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
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
	VersionCode   string
	Machine       models.JSON
	MachineSeq    int64
	RunState      string
	RunControl    bool
	RunStartedAt  models.Instant
}

// launchColumns and launchJoins read a launchRow for the runs r.
const (
	launchColumns = `r.workspace_id AS run_workspace, w.workspace_key, j.journey_key, r.id AS launch_run, r.customer_id AS launch_person, r.version_id AS launch_version,
v.number AS version_number, v.hash AS version_hash, v.code_type AS version_code, r.machine, r.machine_seq, r.state AS run_state, r.control AS run_control, r.started_at AS run_started_at`
	launchJoins = ` LEFT JOIN workspaces w ON w.id = r.workspace_id LEFT JOIN journeys j ON j.id = r.journey_id LEFT JOIN journey_versions v ON v.id = r.version_id`
)

func (l launchRow) launch() storage.Launch {
	if l.LaunchRun.IsZero() {
		return storage.Launch{}
	}
	in := contract.JourneyInput{
		WorkspaceID: l.RunWorkspace, WorkspaceKey: l.WorkspaceKey, JourneyKey: l.JourneyKey, RunID: l.LaunchRun.String(), CustomerID: l.LaunchPerson.String(),
		VersionID: l.LaunchVersion.String(), Version: l.VersionNumber, DocHash: l.VersionHash.String(), Control: l.RunControl, StartedAt: int64(l.RunStartedAt), Seq: l.MachineSeq,
		Code: l.VersionCode, Logic: journey.SelectedLogic,
	}
	if l.MachineSeq > 0 {
		in.State = []byte(l.Machine)
	}
	return storage.Launch{WorkflowID: contract.RunWorkflowID(l.WorkspaceKey, l.JourneyKey, in.RunID), Open: l.RunState == models.RunOpen, Input: in}
}

// bulkKinds are what may wait a little: starts by scans and schedules, and control signals.
var bulkKinds = []string{storage.DispatchBulk, storage.DispatchStop, storage.DispatchResume, storage.DispatchMove, storage.DispatchSkip, storage.DispatchHold,
	storage.DispatchRelease, storage.DispatchRetry}

// controlKinds are those that an event of the same run passes.
var controlKinds = bulkKinds[1:]

// DueDispatches implements storage.Dispatching.
func (s *Store) DueDispatches(ctx context.Context, partition int, bulk bool, limit int, now time.Time) ([]storage.DueDispatch, error) {
	if bulk {
		return s.dueDispatches(ctx, partition, "IN ?", bulkKinds, nil, limit, now)
	}
	return s.dueDispatches(ctx, partition, "NOT IN ?", bulkKinds, controlKinds, limit, now)
}

// DueEvents implements storage.Dispatching.
func (s *Store) DueEvents(ctx context.Context, partition, limit int, now time.Time) ([]storage.DueDispatch, error) {
	return s.dueDispatches(ctx, partition, "IN ?", []string{storage.DispatchEvent}, controlKinds, limit, now)
}

// DueControls implements storage.Dispatching.
func (s *Store) DueControls(ctx context.Context, partition, limit int, now time.Time) ([]storage.DueDispatch, error) {
	return s.dueDispatches(ctx, partition, "IN ?", controlKinds, nil, limit, now)
}

// NotBegun implements storage.Dispatching.
func (s *Store) NotBegun(ctx context.Context, runs []ids.ID) ([]ids.ID, error) {
	if len(runs) == 0 {
		return nil, nil
	}
	var open []ids.ID
	if err := s.read(ctx).Raw("SELECT id FROM runs WHERE id IN ? AND state = ? AND machine_seq = 0", runs, models.RunOpen).Scan(&open).Error; err != nil {
		return nil, fmt.Errorf("look for runs that have begun: %w", translate(err))
	}
	return open, nil
}

// dueDispatches reads rows of some kinds that no older row of their run holds up; those of the kinds that they pass do not.
func (s *Store) dueDispatches(ctx context.Context, partition int, in string, kinds, passed []string, limit int, now time.Time) ([]storage.DueDispatch, error) {
	// Mostly there is nothing: found out by one look into the index.
	var row struct{ ID int64 }
	args := []any{partition}
	for _, k := range kinds {
		args = append(args, k)
	}
	if owed, err := one(ctx, s, &row, "SELECT id FROM dispatches WHERE partition_no = ? AND kind "+strings.Replace(in, "?", "("+paramList(len(kinds))+")", 1)+" LIMIT 1", args...); err != nil || !owed {
		return nil, err
	}
	older, args := "o.run_id = d.run_id AND o.id < d.id", []any{partition, int64(models.At(now)), kinds}
	if len(passed) > 0 {
		older, args = older+" AND o.kind NOT IN ?", append(args, passed)
	}
	var rows []struct {
		models.Dispatch
		Launch     launchRow `gorm:"embedded"`
		OccurredAt models.Instant
		Overtaken  bool
	}
	err := s.read(ctx).Raw(`SELECT d.*, e.occurred_at, d.kind IN ('`+storage.DispatchStart+`', '`+storage.DispatchBulk+`') AND (j.state IN ('`+storage.JourneyStopped+`', '`+storage.JourneyArchived+`')
OR EXISTS (SELECT 1 FROM dispatches x WHERE x.run_id = d.run_id AND (x.exit_no > 0 OR x.goal = 1))) AS overtaken, `+launchColumns+` FROM dispatches d LEFT JOIN runs r ON r.id = d.run_id LEFT JOIN events e ON e.id = d.event_id`+launchJoins+`
WHERE d.partition_no = ? AND d.next_attempt_at <= ? AND d.kind `+in+` AND NOT EXISTS (SELECT 1 FROM dispatches o WHERE `+older+`)
ORDER BY d.id LIMIT ?`, append(args, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read dispatches: %w", translate(err))
	}
	out := make([]storage.DueDispatch, len(rows))
	for i, row := range rows {
		out[i] = storage.DueDispatch{Dispatch: row.Dispatch, Launch: row.Launch.launch(), OccurredAt: row.OccurredAt, Overtaken: row.Overtaken}
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

// CancelStart implements storage.Dispatching.
func (s *Store) CancelStart(ctx context.Context, run ids.ID, now time.Time) (bool, error) {
	cancelled := false
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		cancelled = false
		var row models.Run
		if err := tx.Raw("SELECT * FROM runs WHERE id = ?"+s.dialect.forUpdate(), run).Scan(&row).Error; err != nil || row.State != models.RunOpen {
			return err
		}
		var owed []models.Dispatch
		if err := tx.Raw("SELECT * FROM dispatches WHERE run_id = ? ORDER BY id", run).Scan(&owed).Error; err != nil {
			return err
		}
		if len(owed) == 0 || owed[0].Kind != storage.DispatchStart && owed[0].Kind != storage.DispatchBulk {
			return nil
		}
		outcome, reason, err := s.whatOvertook(tx, row, owed)
		if err != nil || outcome == "" {
			return err
		}
		cancelled = true
		return s.endRun(tx, row, outcome, reason, now)
	})
	if err != nil {
		return false, fmt.Errorf("cancel the start of run %s: %w", run, err)
	}
	return cancelled, nil
}

// whatOvertook gives the outcome that the run would have had at once, as the machine names it; "" when it may start.
func (s *Store) whatOvertook(tx *gorm.DB, run models.Run, owed []models.Dispatch) (outcome, reason string, err error) {
	var state string
	if err := tx.Raw("SELECT state FROM journeys WHERE id = ?", run.JourneyID).Scan(&state).Error; err != nil {
		return "", "", err
	}
	if state == storage.JourneyStopped || state == storage.JourneyArchived {
		return journey.OutcomeStopped, "journey stopped", nil
	}
	p, err := s.document(tx, run.WorkspaceID, run.VersionID)
	if err != nil {
		return "", "", err
	}
	for _, d := range owed {
		switch {
		case d.Exit > 0 && d.Exit <= len(p.Document.Exit):
			return cmp.Or(p.Document.Exit[d.Exit-1].Label, journey.OutcomeExit), d.EventName, nil
		case d.Goal && p.Document.Goal != nil && !p.Document.Goal.Continue:
			return journey.OutcomeGoal, d.EventName, nil
		}
	}
	return "", "", nil
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
