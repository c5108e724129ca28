package sqlstore

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// MoveOrder implements storage.Operations.
func (s *Store) MoveOrder(ctx context.Context, workspace int64, operation, run ids.ID) (storage.MoveOrder, error) {
	var row struct {
		models.Operation `gorm:"embedded"`
		RunState         string
		FromVersionID    ids.ID
		RunVersionID     ids.ID
		BackVersionID    ids.ID
		BackFrom         models.Text
		BackTo           models.Text
		BackMapping      models.JSON
	}
	found := s.read(ctx).Raw(`SELECT o.*, x.state AS run_state, x.from_version_id, r.version_id AS run_version_id, b.from_version_id AS back_version_id, b.from_step AS back_from, b.to_step AS back_to, m.mapping AS back_mapping
FROM operation_runs x JOIN operations o ON o.id = x.operation_id JOIN runs r ON r.id = x.run_id LEFT JOIN operation_runs b ON b.operation_id = o.reverses AND b.run_id = x.run_id LEFT JOIN operations m ON m.id = o.reverses
WHERE x.operation_id = ? AND x.run_id = ? AND x.workspace_id = ?`, operation, run, workspace).Scan(&row)
	if found.Error != nil {
		return storage.MoveOrder{}, fmt.Errorf("read move %s: %w", operation, translate(found.Error))
	}
	if found.RowsAffected == 0 {
		return storage.MoveOrder{}, fault.New(fault.NotFound, "move %s does not concern run %s", operation, run)
	}
	out := storage.MoveOrder{State: row.RunState, From: row.FromVersionID, Target: row.TargetVersionID, Cancelled: row.State == storage.OperationCancelled, RunVersion: row.RunVersionID}
	if row.Kind == storage.OperationMoveBack {
		out.Target = row.BackVersionID
		out.Mapping = map[string]string{}
		if row.BackFrom != row.BackTo && row.BackTo != "" {
			out.Mapping[string(row.BackTo)] = string(row.BackFrom)
		}
		var moved map[string]string
		if err := row.BackMapping.Into(&moved); err != nil {
			return out, fmt.Errorf("mapping of the move that %s takes back: %w", operation, err)
		}
		out.Inverse = inverse(moved)
		return out, nil
	}
	if err := row.Mapping.Into(&out.Mapping); err != nil {
		return out, fmt.Errorf("mapping of move %s: %w", operation, err)
	}
	return out, nil
}

// inverse turns a mapping round; a step that several were mapped to has no way back.
func inverse(mapping map[string]string) map[string]string {
	out, several := map[string]string{}, map[string]bool{}
	for from, to := range mapping {
		if _, known := out[to]; known {
			several[to] = true
		}
		out[to] = from
	}
	for to := range several {
		delete(out, to)
	}
	return out
}

// MoveLands implements storage.Operations.
func (s *Store) MoveLands(ctx context.Context, workspace int64, operation, run ids.ID, fromStep, toStep, state, reason string, now time.Time) error {
	return translate(s.read(ctx).Exec("UPDATE operation_runs SET from_version_id = (SELECT r.version_id FROM runs r WHERE r.id = operation_runs.run_id), from_step = ?, to_step = ?, state = ?, reason = ?, at = ? WHERE operation_id = ? AND run_id = ? AND workspace_id = ? AND state = ?",
		fromStep, toStep, state, clip(reason, 255), models.At(now), operation, run, workspace, storage.RunOwed).Error)
}

// moveRun writes that a run goes on in another version. It is called with the row's lock, by whoever persists the run.
func moveRun(tx *gorm.DB, run models.Run, version ids.ID, at models.Instant) error {
	if err := tx.Exec("UPDATE runs SET version_id = ? WHERE id = ?", version, run.ID).Error; err != nil {
		return err
	}
	// Who was taken away from a task waits for it no more: nobody is to do it for nothing.
	if err := tx.Exec(`UPDATE tasks SET state = ?, closed_at = ? WHERE run_id = ? AND state = ?
AND step_id IN (SELECT x.from_step FROM operation_runs x WHERE x.run_id = ? AND x.state = ? AND x.to_step <> '' AND x.to_step <> x.from_step)`,
		storage.TaskCancelled, at, run.ID, storage.TaskOpen, run.ID, storage.RunOwed).Error; err != nil {
		return err
	}
	// Another move that is still owed to it goes elsewhere; one back goes where each of its runs came from.
	return tx.Exec(`UPDATE operation_runs SET state = ?, at = ? WHERE run_id = ? AND state = ?
AND operation_id IN (SELECT o.id FROM operations o WHERE o.journey_id = ? AND (o.kind = ? AND o.target_version_id = ? OR o.kind = ?))`,
		storage.RunMoved, at, run.ID, storage.RunOwed, run.JourneyID, storage.OperationMove, version, storage.OperationMoveBack).Error
}
