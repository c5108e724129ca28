package sqlstore

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/broadcast"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var (
	_ storage.Broadcasts    = (*Store)(nil)
	_ storage.BroadcastWork = (*Store)(nil)
)

// CreateBroadcast implements storage.Broadcasts.
func (s *Store) CreateBroadcast(ctx context.Context, workspace int64, key, name string, d broadcast.Definition, now time.Time) (models.Broadcast, error) {
	row := models.Broadcast{ID: s.newID(), WorkspaceID: workspace, BroadcastKey: key, Name: name, State: broadcast.Draft, Revision: 1,
		Definition: models.ToJSON(d), CreatedAt: models.At(now), UpdatedAt: models.At(now)}
	if err := s.read(ctx).Create(&row).Error; err != nil {
		return models.Broadcast{}, fmt.Errorf("create broadcast %s: %w", key, translate(err))
	}
	return row, nil
}

// SaveBroadcast implements storage.Broadcasts.
func (s *Store) SaveBroadcast(ctx context.Context, workspace int64, id ids.ID, revision int, name string, d broadcast.Definition, now time.Time) (models.Broadcast, error) {
	return s.changeBroadcast(ctx, "save", workspace, id, func(tx *gorm.DB, row *models.Broadcast) error {
		if err := editable(*row, revision); err != nil {
			return err
		}
		row.Name, row.Definition, row.Revision = name, models.ToJSON(d), row.Revision+1
		return nil
	}, now)
}

func editable(row models.Broadcast, revision int) error {
	if row.State != broadcast.Draft {
		return fault.New(fault.Conflict, "broadcast %s is %s; only a draft can be changed", row.BroadcastKey, row.State)
	}
	if row.Revision != revision {
		return fault.New(fault.Conflict, "somebody else has changed broadcast %s meanwhile; load it again", row.BroadcastKey)
	}
	return nil
}

// DeleteBroadcast implements storage.Broadcasts.
func (s *Store) DeleteBroadcast(ctx context.Context, workspace int64, id ids.ID) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		row, err := s.lockBroadcast(tx, workspace, id)
		if err != nil {
			return err
		}
		var issues int64
		if err := tx.Raw("SELECT COUNT(*) FROM broadcast_issues WHERE broadcast_id = ?", id).Scan(&issues).Error; err != nil {
			return err
		}
		if row.State != broadcast.Draft || issues > 0 {
			return fault.New(fault.Conflict, "broadcast %s has gone out or is about to; what was sent stays on record", row.BroadcastKey)
		}
		return tx.Exec("DELETE FROM broadcasts WHERE id = ?", id).Error
	})
}

// Broadcast implements storage.Broadcasts.
func (s *Store) Broadcast(ctx context.Context, workspace int64, id ids.ID) (models.Broadcast, error) {
	var row models.Broadcast
	err := s.read(ctx).Where("workspace_id = ? AND id = ?", workspace, id).Take(&row).Error
	return row, translate(err)
}

// BroadcastByKey implements storage.Broadcasts.
func (s *Store) BroadcastByKey(ctx context.Context, workspace int64, key string) (models.Broadcast, error) {
	var row models.Broadcast
	err := s.read(ctx).Where("workspace_id = ? AND broadcast_key = ?", workspace, key).Take(&row).Error
	return row, translate(err)
}

// ScheduleBroadcast implements storage.Broadcasts.
func (s *Store) ScheduleBroadcast(ctx context.Context, workspace int64, id ids.ID, revision int, by string, now time.Time) (models.Broadcast, error) {
	return s.changeBroadcast(ctx, "schedule", workspace, id, func(tx *gorm.DB, row *models.Broadcast) error {
		if err := editable(*row, revision); err != nil {
			return err
		}
		ws, err := s.workspaceView(tx, workspace)
		if err != nil {
			return err
		}
		var d broadcast.Definition
		if err := row.Definition.Into(&d); err != nil {
			return err
		}
		next, err := d.Filled().Schedule.Next(now, ws.Timezone)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "the schedule is not right: %s", err)
		}
		row.State, row.NextAt, row.ScheduledBy, row.ScheduledAt = broadcast.Scheduled, models.At(next), by, models.At(now)
		return nil
	}, now)
}

// UnscheduleBroadcast implements storage.Broadcasts.
func (s *Store) UnscheduleBroadcast(ctx context.Context, workspace int64, id ids.ID, now time.Time) (models.Broadcast, error) {
	return s.changeBroadcast(ctx, "unschedule", workspace, id, func(_ *gorm.DB, row *models.Broadcast) error {
		switch {
		case row.State == broadcast.Draft:
			return nil
		case row.State != broadcast.Scheduled && row.State != broadcast.Paused || !row.IssueID.IsZero():
			return fault.New(fault.Conflict, "broadcast %s is on its way; pause or cancel it", row.BroadcastKey)
		}
		row.State, row.NextAt = broadcast.Draft, 0
		return nil
	}, now)
}

// PauseBroadcast implements storage.Broadcasts.
func (s *Store) PauseBroadcast(ctx context.Context, workspace int64, id ids.ID, now time.Time) (models.Broadcast, error) {
	return s.changeBroadcast(ctx, "pause", workspace, id, func(_ *gorm.DB, row *models.Broadcast) error {
		switch row.State {
		case broadcast.Paused:
			return nil
		case broadcast.Scheduled, broadcast.Sending:
			row.State = broadcast.Paused
			return nil
		}
		return fault.New(fault.Conflict, "broadcast %s is %s; there is nothing to pause", row.BroadcastKey, row.State)
	}, now)
}

// ResumeBroadcast implements storage.Broadcasts.
func (s *Store) ResumeBroadcast(ctx context.Context, workspace int64, id ids.ID, now time.Time) (models.Broadcast, error) {
	return s.changeBroadcast(ctx, "resume", workspace, id, func(tx *gorm.DB, row *models.Broadcast) error {
		switch {
		case row.State == broadcast.Scheduled || row.State == broadcast.Sending:
			return nil
		case row.State != broadcast.Paused:
			return fault.New(fault.Conflict, "broadcast %s is %s, not paused", row.BroadcastKey, row.State)
		case row.IssueID.IsZero():
			var d broadcast.Definition
			if err := row.Definition.Into(&d); err != nil {
				return err
			}
			if d = d.Filled(); d.Schedule.Kind == broadcast.At && d.Missed(row.NextAt.Time(), now) {
				return fault.New(fault.Conflict, "the moment of broadcast %s has passed and it would be out of date; make it a draft again and choose another", row.BroadcastKey)
			}
			row.State = broadcast.Scheduled
			return nil
		}
		row.State = broadcast.Sending
		// What only the pause held back goes on at once.
		return tx.Exec("UPDATE sends SET defer_until = ? WHERE issue_id = ? AND state = ? AND reason = ?",
			models.At(now), row.IssueID, storage.SendDeferred, "broadcast_paused").Error
	}, now)
}

// CancelBroadcast implements storage.Broadcasts.
func (s *Store) CancelBroadcast(ctx context.Context, workspace int64, id ids.ID, reason string, now time.Time) (models.Broadcast, error) {
	return s.changeBroadcast(ctx, "cancel", workspace, id, func(_ *gorm.DB, row *models.Broadcast) error {
		switch row.State {
		case broadcast.Cancelled:
			return nil
		case broadcast.Scheduled, broadcast.Sending, broadcast.Paused:
			row.State, row.StateReason, row.NextAt = broadcast.Cancelled, clip(reason, 300), 0
			return nil
		}
		return fault.New(fault.Conflict, "broadcast %s is %s; there is nothing to cancel", row.BroadcastKey, row.State)
	}, now)
}

func (s *Store) lockBroadcast(tx *gorm.DB, workspace int64, id ids.ID) (models.Broadcast, error) {
	var row models.Broadcast
	err := tx.Raw("SELECT * FROM broadcasts WHERE workspace_id = ? AND id = ?"+s.dialect.forUpdate(), workspace, id).Take(&row).Error
	return row, err
}

// changeBroadcast changes a locked row. A change of state raises the epoch, which is what the fence of every claimed
// message compares.
func (s *Store) changeBroadcast(ctx context.Context, verb string, workspace int64, id ids.ID, change func(tx *gorm.DB, row *models.Broadcast) error, now time.Time) (models.Broadcast, error) {
	var row models.Broadcast
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if row, err = s.lockBroadcast(tx, workspace, id); err != nil {
			return err
		}
		before := row
		if err := change(tx, &row); err != nil {
			return err
		}
		if row.State == before.State && row.Revision == before.Revision {
			return nil
		}
		if row.State != before.State {
			row.Epoch++
		}
		row.UpdatedAt = models.At(now)
		return s.saveBroadcastRow(tx, row)
	})
	if err != nil {
		return models.Broadcast{}, fmt.Errorf("%s broadcast %s: %w", verb, id, err)
	}
	return row, nil
}

func (s *Store) saveBroadcastRow(tx *gorm.DB, r models.Broadcast) error {
	return tx.Exec(`UPDATE broadcasts SET name = ?, state = ?, state_reason = ?, epoch = ?, revision = ?, definition = ?, next_at = ?, issue_id = ?, scheduled_by = ?, scheduled_at = ?,
		updated_at = ? WHERE id = ?`, r.Name, r.State, r.StateReason, r.Epoch, r.Revision, r.Definition, r.NextAt, r.IssueID, r.ScheduledBy, r.ScheduledAt, r.UpdatedAt, r.ID).Error
}
