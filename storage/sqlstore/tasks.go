package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Tasks = (*Store)(nil)

type taskScan struct {
	models.Task `gorm:"embedded"`
	C           models.Customer `gorm:"embedded;embeddedPrefix:c_"`
	J           journeyScan     `gorm:"embedded;embeddedPrefix:j_"`
}

func (r taskScan) row() storage.TaskRow {
	return storage.TaskRow{Task: r.Task, Customer: r.C, Journey: r.J.name()}
}

// An erased customer is not joined: nothing of him is to be shown.
const selectTasks = `SELECT t.*, c.id AS c_id, c.external_id AS c_external_id, c.email AS c_email, c.phone AS c_phone, c.locale AS c_locale, c.country AS c_country, c.birthday AS c_birthday,
 c.timezone AS c_timezone, c.attributes AS c_attributes` + journeyColumns + `
 FROM tasks t LEFT JOIN customers c ON c.id = t.customer_id AND c.erased_at IS NULL LEFT JOIN journeys j ON j.id = t.journey_id LEFT JOIN journey_versions v ON v.id = t.version_id WHERE t.workspace_id = ?`

// ListTasks implements storage.Tasks.
func (s *Store) ListTasks(ctx context.Context, workspace int64, f storage.TaskFilter, p storage.PageAsk) ([]storage.TaskRow, error) {
	open := f.State == "" || f.State == storage.TaskOpen
	q := newQuery(selectTasks, workspace).
		when(open, "t.state = ?", storage.TaskOpen).
		when(f.State == "closed", "t.state <> ?", storage.TaskOpen).
		when(!open && f.State != "closed", "t.state = ?", f.State).
		when(f.Type != "", "t.type = ?", f.Type).
		when(f.Role != "", "t.role = ?", f.Role).
		when(!f.Journey.IsZero(), "t.journey_id = ?", f.Journey).
		when(!f.Customer.IsZero(), "t.customer_id = ?", f.Customer).
		when(!f.Run.IsZero(), "t.run_id = ?", f.Run).
		when(!f.DueUntil.IsZero(), "t.due_at < ?", models.At(f.DueUntil))
	if open {
		q.when(p.After.At != 0, "(t.due_at > ? OR (t.due_at = ? AND t.id > ?))", p.After.At, p.After.At, p.After.ID)
		q.sql += " ORDER BY t.due_at, t.id LIMIT ?"
		q.args = append(q.args, p.Limit)
	} else {
		q.after("t.created_at", "t.id", p)
	}
	var rows []taskScan
	if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list tasks: %w", translate(err))
	}
	out := make([]storage.TaskRow, len(rows))
	for i, r := range rows {
		out[i] = r.row()
	}
	return out, nil
}

// CountTasks implements storage.Tasks.
func (s *Store) CountTasks(ctx context.Context, workspace int64, now time.Time) (open, overdue int64, err error) {
	var n struct{ Open, Overdue int64 }
	err = s.read(ctx).Raw("SELECT COUNT(*) AS open, COALESCE(SUM(CASE WHEN due_at < ? THEN 1 ELSE 0 END), 0) AS overdue FROM tasks WHERE workspace_id = ? AND state = ?", models.At(now), workspace, storage.TaskOpen).
		Scan(&n).Error
	return n.Open, n.Overdue, translate(err)
}

// Task implements storage.Tasks.
func (s *Store) Task(ctx context.Context, workspace int64, id ids.ID) (storage.TaskRow, error) {
	var row taskScan
	found := s.read(ctx).Raw(selectTasks+" AND t.id = ?", workspace, id).Scan(&row)
	if found.Error == nil && found.RowsAffected == 0 {
		return storage.TaskRow{}, fault.New(fault.NotFound, "no such task")
	}
	return row.row(), translate(found.Error)
}

// CompleteTask implements storage.Tasks.
func (s *Store) CompleteTask(ctx context.Context, workspace int64, id ids.ID, done storage.TaskEnd) (storage.TaskRow, error) {
	seen, err := s.Task(ctx, workspace, id)
	if err != nil {
		return seen, err
	}
	var outcomes []string
	if err := seen.Outcomes.Into(&outcomes); err != nil {
		return seen, err
	}
	if !slices.Contains(outcomes, done.Outcome) {
		return seen, fault.New(fault.Invalid, "%q is no outcome of this task", done.Outcome).WithFields(fault.Field{Path: "body.outcome", Message: "not one of the task's outcomes"})
	}
	told, err := s.taskEvent(ctx, seen.Task, done)
	if err != nil {
		return seen, err
	}
	writers, err := s.intakeWriters(ctx)
	if err != nil {
		return seen, err
	}
	var (
		in   *intake
		lane = -1
	)
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		in, lane = nil, -1
		n := tx.Exec("UPDATE tasks SET state = ?, outcome = ?, note = ?, callback_at = ?, closed_at = ?, closed_by = ? WHERE id = ? AND workspace_id = ? AND state = ?",
			storage.TaskDone, done.Outcome, clip(done.Note, 1000), models.At(done.Callback), models.At(done.Now), done.By, id, workspace, storage.TaskOpen)
		if n.Error != nil {
			return n.Error
		}
		if n.RowsAffected == 0 {
			return fault.New(fault.Conflict, "this task is closed already")
		}
		if seen.Type == storage.TaskReview {
			lane, err = s.reviewed(tx, seen.Task, done.Now)
			return err
		}
		if told == nil {
			return nil
		}
		raw, err := rawTx(tx)
		if err != nil {
			return err
		}
		in = newIntake(s, raw, writers, []storage.Intake{*told})
		return in.run(ctx)
	})
	if err != nil {
		return seen, fmt.Errorf("complete task %s: %w", id, err)
	}
	if in != nil {
		in.afterCommit()
	}
	if lane >= 0 {
		s.wake.Wake(storage.DispatchLane(lane))
	}
	return s.Task(ctx, workspace, id)
}

// taskEvent is what the task's run is told; nothing for a task without a run.
func (s *Store) taskEvent(ctx context.Context, t models.Task, done storage.TaskEnd) (*storage.Intake, error) {
	if t.RunID.IsZero() || t.Type == storage.TaskReview {
		return nil, nil
	}
	event, err := s.runEvent(ctx, t.WorkspaceID, storage.RunEvent{
		Run: t.RunID, Step: t.StepID, Name: storage.EventTaskCompleted, MessageID: "task/" + t.ID.String(), OccurredAt: done.Now,
		Properties: map[string]any{"task_id": t.ID.String(), "outcome": done.Outcome, "step": t.StepID},
	}, done.Now)
	if err != nil {
		return nil, fmt.Errorf("tell the run of task %s: %w", t.ID, translate(err))
	}
	return &storage.Intake{Workspace: t.WorkspaceID, Source: storage.SourceInternal, ReceivedAt: done.Now, Events: []ingest.Event{event}}, nil
}

// reviewed makes a reviewed message due now, and owes its run a signal. The gate reads the task's outcome.
func (s *Store) reviewed(tx *gorm.DB, t models.Task, now time.Time) (lane int, err error) {
	if err := tx.Exec("UPDATE sends SET defer_until = ? WHERE id = ? AND workspace_id = ? AND state = ?", models.At(now), t.SendID, t.WorkspaceID, storage.SendDeferred).Error; err != nil {
		return -1, err
	}
	var run models.Run
	found := tx.Raw("SELECT id, partition_no, state FROM runs WHERE id = ? AND workspace_id = ?", t.RunID, t.WorkspaceID).Scan(&run)
	if found.Error != nil || found.RowsAffected == 0 || run.State != models.RunOpen {
		return -1, found.Error
	}
	d := models.Dispatch{WorkspaceID: t.WorkspaceID, Partition: run.Partition, RunID: run.ID, Kind: storage.DispatchRetry, EventID: t.ID, EventName: t.StepID, CreatedAt: models.At(now)}
	return run.Partition, tx.Create(&d).Error
}

// AnnotateTask implements storage.Tasks.
func (s *Store) AnnotateTask(ctx context.Context, workspace int64, id ids.ID, note string, callback time.Time) (storage.TaskRow, error) {
	done := s.read(ctx).Exec("UPDATE tasks SET note = ?, callback_at = ? WHERE id = ? AND workspace_id = ? AND state = ?", clip(note, 1000), models.At(callback), id, workspace, storage.TaskOpen)
	if done.Error != nil {
		return storage.TaskRow{}, translate(done.Error)
	}
	row, err := s.Task(ctx, workspace, id)
	if err == nil && done.RowsAffected == 0 {
		err = fault.New(fault.Conflict, "this task is closed already")
	}
	return row, err
}

var _ storage.WebhookSecrets = (*Store)(nil)

// ActiveSecrets implements storage.WebhookSecrets.
func (s *Store) ActiveSecrets(ctx context.Context, workspace int64) ([]models.WebhookSecret, error) {
	var rows []models.WebhookSecret
	err := s.read(ctx).Raw("SELECT * FROM webhook_secrets WHERE workspace_id = ? AND revoked_at IS NULL ORDER BY created_at DESC, id DESC", workspace).Scan(&rows).Error
	return rows, translate(err)
}

// AddSecret implements storage.WebhookSecrets.
func (s *Store) AddSecret(ctx context.Context, k models.WebhookSecret) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var active []ids.ID
		if err := tx.Raw("SELECT id FROM webhook_secrets WHERE workspace_id = ? AND revoked_at IS NULL ORDER BY created_at DESC, id DESC", k.WorkspaceID).Scan(&active).Error; err != nil {
			return err
		}
		if len(active) > 1 {
			if err := tx.Exec("UPDATE webhook_secrets SET revoked_at = ? WHERE id IN ?", k.CreatedAt, active[1:]).Error; err != nil {
				return err
			}
		}
		k.ID = s.newID()
		return tx.Create(&k).Error
	})
}
