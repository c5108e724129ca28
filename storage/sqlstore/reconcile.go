package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Reconciling = (*Store)(nil)

// noStartOwed leaves out runs r whose start has not been delivered yet: they have no workflow, and that is right.
const noStartOwed = " AND NOT EXISTS (SELECT 1 FROM dispatches d WHERE d.run_id = r.id AND d.kind IN ('" + storage.DispatchStart + "', '" + storage.DispatchBulk + "'))"

// OpenRuns implements storage.Reconciling.
func (s *Store) OpenRuns(ctx context.Context, before time.Time, after ids.ID, limit int) ([]ids.ID, error) {
	var found []ids.ID
	err := s.read(ctx).Raw("SELECT r.id FROM runs r WHERE r.id > ? AND r.state = ? AND r.started_at < ?"+noStartOwed+" ORDER BY r.id LIMIT ?",
		after[:], models.RunOpen, models.At(before), limit).Scan(&found).Error
	return found, translate(err)
}

// overdue are the runs r that sleep on though their time has come: of journeys j that are live, and held by nobody.
const overdue = " FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE r.state = ? AND r.wake_at < ? AND j.state = ? AND NOT (" +
	"r.id IN (SELECT y.run_id FROM operations p JOIN operation_runs y ON y.operation_id = p.id WHERE p.kind = 'hold') AND " + lastHold + " = 'hold')"

// OverdueRuns implements storage.Reconciling.
func (s *Store) OverdueRuns(ctx context.Context, before time.Time) (int64, error) {
	return s.count(ctx, "SELECT COUNT(*)"+overdue, models.RunOpen, models.At(before), storage.JourneyPublished)
}

// SuspectRuns implements storage.Reconciling.
func (s *Store) SuspectRuns(ctx context.Context, runs []ids.ID, before time.Time, limit int) ([]storage.SuspectRun, error) {
	q, args := "r.state = ? AND r.started_at < ? AND r.checked_at < ?", []any{models.RunOpen, models.At(before), int64(models.At(before))}
	if runs != nil {
		if len(runs) == 0 {
			return nil, nil
		}
		q, args = "r.state = ? AND r.started_at < ? AND r.id IN ?", []any{models.RunOpen, models.At(before), runs}
	}
	var rows []struct {
		Launch launchRow `gorm:"embedded"`
	}
	err := s.read(ctx).Raw("SELECT "+launchColumns+" FROM runs r"+launchJoins+" WHERE "+q+noStartOwed+" ORDER BY r.checked_at LIMIT ?", append(args, limit)...).Scan(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	out := make([]storage.SuspectRun, len(rows))
	for i, row := range rows {
		out[i] = storage.SuspectRun{Launch: row.Launch.launch(), RunID: row.Launch.LaunchRun, WorkspaceID: row.Launch.RunWorkspace, StartedAt: row.Launch.RunStartedAt}
	}
	return out, nil
}

// RunStates implements storage.Reconciling.
func (s *Store) RunStates(ctx context.Context, runs []ids.ID) (map[ids.ID]storage.RunState, error) {
	out := make(map[ids.ID]storage.RunState, len(runs))
	for part := range slices.Chunk(runs, 1000) {
		var rows []models.Run
		if err := s.read(ctx).Raw("SELECT id, state, ended_at FROM runs WHERE id IN ?", part).Scan(&rows).Error; err != nil {
			return nil, translate(err)
		}
		for _, r := range rows {
			out[r.ID] = storage.RunState{Open: r.State == models.RunOpen, EndedAt: r.EndedAt}
		}
	}
	return out, nil
}

// RunsChecked implements storage.Reconciling.
func (s *Store) RunsChecked(ctx context.Context, runs []ids.ID, now time.Time) error {
	for part := range slices.Chunk(runs, 1000) {
		if err := s.read(ctx).Exec("UPDATE runs SET checked_at = ? WHERE id IN ?", int64(models.At(now)), part).Error; err != nil {
			return translate(err)
		}
	}
	return nil
}

// MarkSuspect implements storage.Reconciling.
func (s *Store) MarkSuspect(ctx context.Context, run ids.ID) error {
	return translate(s.read(ctx).Exec("UPDATE runs SET checked_at = 0 WHERE id = ?", run).Error)
}

// EndRun implements storage.Reconciling.
func (s *Store) EndRun(ctx context.Context, id ids.ID, outcome, reason string, now time.Time) (bool, error) {
	ended := false
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		ended = false
		var run models.Run
		found := tx.Raw("SELECT * FROM runs WHERE id = ?"+s.dialect.forUpdate(), id).Scan(&run)
		if found.Error != nil || found.RowsAffected == 0 || run.State != models.RunOpen {
			return found.Error
		}
		ended = true
		return s.endRun(tx, run, outcome, reason, now)
	})
	if err != nil {
		return false, fmt.Errorf("end run %s: %w", id, err)
	}
	return ended, nil
}

// endRun closes a run whose row is locked: row, entry guard, what is still owed to its workflow, and the decision.
func (s *Store) endRun(tx *gorm.DB, run models.Run, outcome, reason string, now time.Time) error {
	if err := tx.Exec("UPDATE runs SET state = ?, outcome = ?, ended_at = ?, wake_at = NULL, waiting = NULL WHERE id = ?", models.RunEnded, outcome, models.At(now), run.ID).Error; err != nil {
		return err
	}
	if err := tx.Exec("UPDATE entry_guards SET open_run_id = NULL WHERE journey_id = ? AND entry_key = ? AND open_run_id = ?", run.JourneyID, run.EntryKey, run.ID).Error; err != nil {
		return err
	}
	if err := tx.Exec("DELETE FROM dispatches WHERE run_id = ?", run.ID).Error; err != nil {
		return err
	}
	if err := s.endSteps(tx, run.ID, now); err != nil {
		return err
	}
	return tx.Create(&models.Decision{ID: s.newID(), WorkspaceID: run.WorkspaceID, CustomerID: run.CustomerID, RunID: run.ID, JourneyID: run.JourneyID, StepID: run.StepID,
		Kind: storage.DecisionEnd, Outcome: outcome, Reason: clip(reason, 300), At: models.At(now)}).Error
}

// Repaired implements storage.Reconciling.
func (s *Store) Repaired(ctx context.Context, r models.Repair) error {
	if r.ID.IsZero() {
		r.ID = s.newID()
	}
	r.Detail = clip(r.Detail, 500)
	return translate(s.read(ctx).Create(&r).Error)
}

// StopSweep implements storage.Reconciling.
func (s *Store) StopSweep(ctx context.Context, limit int, now time.Time) (int, error) {
	found := 0
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec(`INSERT INTO dispatches (workspace_id, partition_no, run_id, kind, created_at)
SELECT r.workspace_id, r.partition_no, r.id, ?, ? FROM journeys j CROSS JOIN runs r ON r.journey_id = j.id
WHERE j.state = ? AND r.state = ? AND NOT EXISTS (SELECT 1 FROM dispatches d WHERE d.run_id = r.id AND d.kind = ?) LIMIT ?`,
			storage.DispatchStop, models.At(now), storage.JourneyStopped, models.RunOpen, storage.DispatchStop, limit)
		found = int(done.RowsAffected)
		return done.Error
	})
	if err != nil {
		return 0, fmt.Errorf("stop the runs of stopped journeys: %w", err)
	}
	if found > 0 {
		s.wakeAllDispatch()
	}
	return found, nil
}

// KnownWorkspaces implements storage.Reconciling.
func (s *Store) KnownWorkspaces(ctx context.Context) (map[string]int64, error) {
	var rows []models.Workspace
	if err := s.read(ctx).Raw("SELECT id, workspace_key FROM workspaces").Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make(map[string]int64, len(rows))
	for _, w := range rows {
		out[w.WorkspaceKey] = w.ID
	}
	return out, nil
}
