package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Operations = (*Store)(nil)

// StartOperation implements storage.Operations.
func (s *Store) StartOperation(ctx context.Context, workspace int64, o storage.NewOperation, now time.Time) (models.Operation, error) {
	var row models.Operation
	err := s.Tx(ctx, func(tx *gorm.DB) (err error) {
		j, err := s.lockJourney(tx, workspace, o.JourneyID)
		if err != nil {
			return err
		}
		row, err = s.startOperation(tx, j, o, now)
		return err
	})
	if err != nil {
		return row, fmt.Errorf("start operation %s: %w", o.Kind, err)
	}
	return row, nil
}

// startOperation is StartOperation inside a transaction that has locked the journey.
func (s *Store) startOperation(tx *gorm.DB, j models.Journey, o storage.NewOperation, now time.Time) (models.Operation, error) {
	row := models.Operation{
		ID: s.newID(), WorkspaceID: j.WorkspaceID, JourneyID: j.ID, Kind: o.Kind, State: storage.OperationRunning, TargetVersionID: o.Target, Reverses: o.Reverses,
		Filter: models.ToJSON(o.Filter), Mapping: models.ToJSON(o.Mapping), PerSecond: max(o.PerSecond, 1), CreatedBy: o.By, CreatedAt: models.At(now),
	}
	switch o.Kind {
	case storage.OperationMove:
		var found int64
		if err := tx.Raw("SELECT COUNT(*) FROM journey_versions WHERE workspace_id = ? AND journey_id = ? AND id = ?", j.WorkspaceID, j.ID, o.Target).Scan(&found).Error; err != nil {
			return row, err
		}
		if found == 0 {
			return row, fault.New(fault.NotFound, "no such version")
		}
	case storage.OperationMoveBack:
		if err := s.checkReverse(tx, j, o.Reverses); err != nil {
			return row, err
		}
	}
	q := concerned("SELECT COUNT(*)", row, o.Filter)
	if err := tx.Raw(q.sql, q.args...).Scan(&row.Total).Error; err != nil {
		return row, err
	}
	if err := tx.Create(&row).Error; err != nil {
		return row, err
	}
	return row, tx.Create(&models.AuditEntry{ID: s.newID(), WorkspaceID: j.WorkspaceID, Actor: o.By, Action: o.Action, Subject: clip(j.JourneyKey, 120),
		Detail: models.ToJSON(map[string]any{"operation": row.ID.String(), "kind": o.Kind, "runs": row.Total}), At: models.At(now)}).Error
}

func (s *Store) checkReverse(tx *gorm.DB, j models.Journey, move ids.ID) error {
	var was models.Operation
	found := tx.Raw("SELECT * FROM operations WHERE workspace_id = ? AND journey_id = ? AND id = ?", j.WorkspaceID, j.ID, move).Scan(&was)
	if found.Error != nil {
		return found.Error
	}
	if found.RowsAffected == 0 {
		return fault.New(fault.NotFound, "no such operation")
	}
	if was.Kind != storage.OperationMove {
		return fault.New(fault.Conflict, "only a move can be taken back")
	}
	if was.State == storage.OperationRunning {
		return fault.New(fault.Conflict, "this move is still going on: cancel it first")
	}
	var again int64
	if err := tx.Raw("SELECT COUNT(*) FROM operations WHERE reverses = ? AND journey_id = ?", move, j.ID).Scan(&again).Error; err != nil {
		return err
	}
	if again > 0 {
		return fault.New(fault.Conflict, "this move has been taken back already")
	}
	return nil
}

// concerned selects the open runs (alias r) that an operation is about and that it was not handed to yet.
func concerned(what string, o models.Operation, f storage.OperationFilter) *query {
	if o.Kind == storage.OperationMoveBack {
		// Whom the move brought there and who is still there.
		return newQuery(what+` FROM operation_runs b JOIN operations m ON m.id = b.operation_id JOIN runs r ON r.id = b.run_id
WHERE b.operation_id = ? AND b.state = ? AND r.workspace_id = ? AND r.state = ? AND r.version_id = m.target_version_id`, o.Reverses, storage.RunMoved, o.WorkspaceID, models.RunOpen).
			when(!o.CursorID.IsZero(), "r.id > ?", o.CursorID)
	}
	q := newQuery(what+" FROM runs r WHERE r.workspace_id = ? AND r.journey_id = ? AND r.state = ?", o.WorkspaceID, o.JourneyID, models.RunOpen).
		when(!o.CursorID.IsZero(), "r.id > ?", o.CursorID).
		when(!f.Version.IsZero(), "r.version_id = ?", f.Version).
		when(!f.NotVersion.IsZero(), "r.version_id <> ?", f.NotVersion).
		when(o.Kind == storage.OperationMove, "r.version_id <> ?", o.TargetVersionID).
		// The newest decision counts: whom a later move has been told about is not brought back by an earlier one that is slower.
		when(o.Kind == storage.OperationMove, "NOT EXISTS (SELECT 1 FROM operation_runs x JOIN operations n ON n.id = x.operation_id WHERE x.run_id = r.id AND n.kind IN (?, ?) AND n.created_at > ?)",
			storage.OperationMove, storage.OperationMoveBack, o.CreatedAt).
		when(f.Step != "", "r.step_id = ?", f.Step).
		// Who entered after it was asked for is not concerned. The sum keeps that from choosing the index: runs are handed out
		// in the order of their ids.
		and("r.started_at + 0 <= ?", o.CreatedAt)
	if len(f.Runs) > 0 {
		q.and("r.id IN ?", f.Runs)
	}
	return q
}

// HandOut implements storage.Operations.
func (s *Store) HandOut(ctx context.Context, id ids.ID, limit int, now time.Time) (handed int, done bool, err error) {
	lanes := map[int]bool{}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		handed, done = 0, false
		clear(lanes)
		var o models.Operation
		if err := tx.Raw("SELECT * FROM operations WHERE id = ?"+s.dialect.forUpdate(), id).Take(&o).Error; err != nil {
			return err
		}
		if o.State != storage.OperationRunning {
			done = true
			return nil
		}
		var f storage.OperationFilter
		if err := o.Filter.Into(&f); err != nil {
			return err
		}
		q := concerned("SELECT r.id, r.version_id, r.step_id, r.partition_no", o, f)
		var runs []models.Run
		if err := tx.Raw(q.sql+" ORDER BY r.id LIMIT ?", append(q.args, limit)...).Scan(&runs).Error; err != nil {
			return err
		}
		if err := s.tell(tx, o, runs, now); err != nil {
			return err
		}
		for _, r := range runs {
			lanes[r.Partition] = true
		}
		handed, done = len(runs), len(runs) < limit
		if done {
			o.State, o.FinishedAt = storage.OperationDone, models.At(now)
		}
		if handed > 0 {
			o.CursorID = runs[handed-1].ID
		}
		return tx.Exec("UPDATE operations SET state = ?, cursor_id = ?, handed = handed + ?, finished_at = ? WHERE id = ?", o.State, o.CursorID, handed, o.FinishedAt, id).Error
	})
	if err != nil {
		return 0, false, fmt.Errorf("hand out operation %s: %w", id, err)
	}
	for p := range lanes {
		s.wake.Wake(storage.DispatchLane(p))
	}
	return handed, done, nil
}

// tell writes, for each run, the operation's row and what is owed to the run's workflow.
func (s *Store) tell(tx *gorm.DB, o models.Operation, runs []models.Run, now time.Time) error {
	if len(runs) == 0 {
		return nil
	}
	state, kind := storage.RunTold, o.Kind
	if o.Kind == storage.OperationMove || o.Kind == storage.OperationMoveBack {
		state, kind = storage.RunOwed, storage.DispatchMove
	}
	rows, owed := make([]models.OperationRun, len(runs)), make([]models.Dispatch, len(runs))
	for i, r := range runs {
		rows[i] = models.OperationRun{OperationID: o.ID, RunID: r.ID, WorkspaceID: o.WorkspaceID, FromVersionID: r.VersionID, FromStep: r.StepID, State: state, At: models.At(now)}
		owed[i] = models.Dispatch{WorkspaceID: o.WorkspaceID, Partition: r.Partition, RunID: r.ID, Kind: kind, EventID: o.ID, EventName: r.StepID, CreatedAt: models.At(now)}
	}
	if err := tx.Clauses(clause.OnConflict{DoNothing: true}).CreateInBatches(rows, 200).Error; err != nil {
		return err
	}
	return tx.CreateInBatches(owed, 200).Error
}

// CancelOperation implements storage.Operations.
func (s *Store) CancelOperation(ctx context.Context, workspace int64, id ids.ID, now time.Time) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var o models.Operation
		if err := tx.Raw("SELECT * FROM operations WHERE workspace_id = ? AND id = ?"+s.dialect.forUpdate(), workspace, id).Take(&o).Error; err != nil {
			return err
		}
		if o.State != storage.OperationRunning {
			return nil
		}
		return tx.Exec("UPDATE operations SET state = ?, finished_at = ? WHERE id = ?", storage.OperationCancelled, models.At(now), id).Error
	})
	if err != nil {
		return fmt.Errorf("cancel operation %s: %w", id, err)
	}
	return nil
}

// OpenOperations implements storage.Operations.
func (s *Store) OpenOperations(ctx context.Context) ([]models.Operation, error) {
	var rows []models.Operation
	err := s.read(ctx).Raw("SELECT * FROM operations WHERE state = ? ORDER BY created_at, id", storage.OperationRunning).Scan(&rows).Error
	return rows, translate(err)
}

// Operation implements storage.Operations.
func (s *Store) Operation(ctx context.Context, workspace int64, id ids.ID) (storage.OperationView, error) {
	var row models.Operation
	if err := s.read(ctx).Raw("SELECT * FROM operations WHERE workspace_id = ? AND id = ?", workspace, id).Take(&row).Error; err != nil {
		return storage.OperationView{}, fmt.Errorf("read operation %s: %w", id, translate(err))
	}
	out, err := s.operationViews(ctx, []models.Operation{row})
	if err != nil {
		return storage.OperationView{}, err
	}
	return out[0], nil
}

// Operations implements storage.Operations.
func (s *Store) Operations(ctx context.Context, workspace int64, journey ids.ID, p storage.PageAsk) ([]storage.OperationView, error) {
	var rows []models.Operation
	q := newQuery("SELECT o.* FROM operations o WHERE o.workspace_id = ? AND o.journey_id = ?", workspace, journey).after("o.created_at", "o.id", p)
	if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	return s.operationViews(ctx, rows)
}

// stateOf is the state of a run in an operation (o, r): who ended before he was moved is neither owed nor moved.
const stateOf = "CASE WHEN o.state = 'owed' AND r.state <> 'open' THEN 'ended' ELSE o.state END"

func (s *Store) operationViews(ctx context.Context, rows []models.Operation) ([]storage.OperationView, error) {
	out := make([]storage.OperationView, len(rows))
	if len(rows) == 0 {
		return out, nil
	}
	all := make([]ids.ID, len(rows))
	for i, r := range rows {
		all[i], out[i] = r.ID, storage.OperationView{Operation: r, Runs: map[string]int64{}}
	}
	var counts []struct {
		OperationID ids.ID
		State       string
		Count       int64
	}
	err := s.read(ctx).Raw("SELECT o.operation_id, "+stateOf+" AS state, COUNT(*) AS count FROM operation_runs o JOIN runs r ON r.id = o.run_id WHERE o.operation_id IN ? GROUP BY 1, 2", all).
		Scan(&counts).Error
	for _, c := range counts {
		if i := slices.Index(all, c.OperationID); i >= 0 {
			out[i].Runs[c.State] = c.Count
		}
	}
	return out, translate(err)
}

// OperationRuns implements storage.Operations.
func (s *Store) OperationRuns(ctx context.Context, workspace int64, id ids.ID, state string, p storage.PageAsk) ([]storage.OperationRunRow, error) {
	q := newQuery("SELECT o.operation_id, o.run_id, o.workspace_id, o.from_version_id, o.from_step, o.to_step, o.reason, o.at, "+stateOf+" AS state"+personColumns+
		" FROM operation_runs o JOIN runs r ON r.id = o.run_id LEFT JOIN customers c ON c.id = r.customer_id WHERE o.workspace_id = ? AND o.operation_id = ?", workspace, id).
		when(state != "", stateOf+" = ?", state).after("o.at", "o.run_id", p)
	var rows []struct {
		models.OperationRun `gorm:"embedded"`
		P                   personScan `gorm:"embedded;embeddedPrefix:p_"`
	}
	if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]storage.OperationRunRow, len(rows))
	for i, r := range rows {
		out[i] = storage.OperationRunRow{OperationRun: r.OperationRun, Person: storage.Person(r.P)}
	}
	return out, nil
}

// WaitingBySteps implements storage.Operations.
func (s *Store) WaitingBySteps(ctx context.Context, workspace int64, journey ids.ID) ([]storage.Waiting, error) {
	var rows []storage.Waiting
	err := s.read(ctx).Raw("SELECT r.version_id, r.step_id, COUNT(*) AS count FROM runs r WHERE r.version_id IN (SELECT v.id FROM journey_versions v WHERE v.workspace_id = ? AND v.journey_id = ?) AND r.state = ? GROUP BY r.version_id, r.step_id ORDER BY r.version_id, r.step_id",
		workspace, journey, models.RunOpen).Scan(&rows).Error
	return rows, translate(err)
}
