package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// EventFailed implements storage.Routing.
func (s *Store) EventFailed(ctx context.Context, partition int, epoch int64, row models.OutboxEntry, cause string, maxAttempts int, retryAt, now time.Time) (bool, error) {
	parked := false
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		parked = false
		if err := s.fence(tx, partition, epoch); err != nil {
			return err
		}
		var current models.OutboxEntry
		found := tx.Raw("SELECT * FROM outbox WHERE id = ? AND partition_no = ?", row.ID, partition).Scan(&current)
		if found.Error != nil || found.RowsAffected == 0 {
			return found.Error
		}
		if current.Attempts+1 < maxAttempts {
			return tx.Exec("UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ?, last_error = ? WHERE id = ?",
				int64(models.At(retryAt)), clip(cause, 500), row.ID).Error
		}
		parked = true
		if err := tx.Exec("UPDATE outbox SET attempts = attempts + 1, parked_at = ?, last_error = ? WHERE id = ?",
			models.At(now), clip(cause, 500), row.ID).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE outbox SET partition_no = ? WHERE grp = ? AND partition_no = ?", shadow(partition), row.Grp, partition).Error
	})
	if err != nil {
		return false, fmt.Errorf("record a failed event: %w", err)
	}
	return parked, nil
}

// ParkedEvents implements storage.Routing.
func (s *Store) ParkedEvents(ctx context.Context, workspace int64, limit int) ([]storage.ParkedEvent, error) {
	var rows []models.OutboxEntry
	err := s.read(ctx).Raw("SELECT * FROM outbox WHERE workspace_id = ? AND parked_at IS NOT NULL ORDER BY parked_at DESC, id DESC LIMIT ?", workspace, limit).Scan(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	out := make([]storage.ParkedEvent, 0, len(rows))
	for _, row := range rows {
		p := storage.ParkedEvent{Outbox: row}
		var event models.Event
		if err := s.read(ctx).Raw("SELECT name, customer_id, user_id, anonymous_id FROM events WHERE id = ?", row.EventID).Scan(&event).Error; err != nil {
			return nil, translate(err)
		}
		p.Name, p.Customer = event.Name, event.CustomerID
		if p.Customer.IsZero() {
			var known struct{ CustomerID ids.ID }
			if err := s.read(ctx).Raw("SELECT customer_id FROM identities WHERE grp = ? AND customer_id IS NOT NULL LIMIT 1", row.Grp).Scan(&known).Error; err != nil {
				return nil, translate(err)
			}
			p.Customer = known.CustomerID
		}
		var waiting int64
		if err := s.read(ctx).Raw("SELECT COUNT(*) FROM outbox WHERE grp = ? AND id > ?", row.Grp, row.ID).Scan(&waiting).Error; err != nil {
			return nil, translate(err)
		}
		p.Waiting = int(waiting)
		out = append(out, p)
	}
	return out, nil
}

// Redrive implements storage.Routing.
func (s *Store) Redrive(ctx context.Context, workspace int64, event ids.ID) error {
	partition := 0
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var head models.OutboxEntry
		found := tx.Raw("SELECT * FROM outbox WHERE workspace_id = ? AND event_id = ? AND parked_at IS NOT NULL"+s.dialect.forUpdate(), workspace, event).Scan(&head)
		if found.Error != nil {
			return found.Error
		}
		if found.RowsAffected == 0 {
			return fault.New(fault.NotFound, "this event is not parked")
		}
		partition = shadow(head.Partition) // its own inverse
		return tx.Exec("UPDATE outbox SET partition_no = ?, parked_at = NULL, attempts = 0, next_attempt_at = 0, last_error = '' WHERE grp = ? AND partition_no = ?",
			partition, head.Grp, head.Partition).Error
	})
	if err != nil {
		return fmt.Errorf("redrive: %w", err)
	}
	s.wake.Wake(partition)
	return nil
}

// RoutingLag implements storage.Routing.
func (s *Store) RoutingLag(ctx context.Context, now time.Time) (storage.Lag, error) {
	var row struct {
		Pending int64
		Oldest  int64
	}
	if err := s.read(ctx).Raw("SELECT COUNT(*) AS pending, COALESCE(MIN(created_at), 0) AS oldest FROM outbox WHERE partition_no >= 0").Scan(&row).Error; err != nil {
		return storage.Lag{}, translate(err)
	}
	lag := storage.Lag{Pending: row.Pending}
	if row.Oldest > 0 {
		lag.Oldest = max(0, now.Sub(models.Instant(row.Oldest).Time()))
	}
	err := s.read(ctx).Raw("SELECT COUNT(*) FROM outbox WHERE partition_no < 0 AND partition_no >= ? AND parked_at IS NOT NULL", shadow(contract.Partitions)).Scan(&lag.Parked).Error
	return lag, translate(err)
}

// clip shortens a text to n bytes without cutting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
