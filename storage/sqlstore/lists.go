package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Lists = (*Store)(nil)

// listOf finds a static list by its key, or makes it.
func (s *Store) listOf(tx *gorm.DB, workspace int64, key, name string, at models.Instant) (models.Audience, error) {
	var row models.Audience
	found := tx.Raw("SELECT id, workspace_id, audience_key, name, kind, created_at FROM audiences WHERE workspace_id = ? AND audience_key = ?", workspace, key).Scan(&row)
	if found.Error != nil {
		return row, found.Error
	}
	if found.RowsAffected > 0 {
		if row.Kind != storage.AudienceList {
			return row, fault.New(fault.Conflict, "%q is an audience with a condition: nobody can be put into it by hand", key)
		}
		return row, nil
	}
	row = models.Audience{ID: s.newID(), WorkspaceID: workspace, AudienceKey: key, Name: name, Definition: models.JSON("{}"), Kind: storage.AudienceList, SeededAt: at, CreatedAt: at}
	err := tx.Create(&row).Error
	if isDuplicate(err) {
		err = errAgain
	}
	return row, err
}

// join makes customers members of a list, and returns how many were none before.
func (s *Store) join(tx *gorm.DB, workspace int64, key string, customers []ids.ID, at models.Instant) (int, error) {
	list, err := s.listOf(tx, workspace, key, key, at)
	if err != nil {
		return 0, err
	}
	var present []ids.ID
	if err := tx.Raw("SELECT customer_id FROM audience_members WHERE audience_id = ? AND customer_id IN ?", list.ID, customers).Scan(&present).Error; err != nil {
		return 0, err
	}
	added := 0
	for _, c := range customers {
		if slices.Contains(present, c) {
			continue
		}
		if err := tx.Exec("INSERT INTO audience_members (audience_id, customer_id, workspace_id, entered_at) VALUES (?, ?, ?, ?) "+s.dialect.ignoreDuplicate("audience_id, customer_id"),
			list.ID, c, workspace, at).Error; err != nil {
			return added, err
		}
		added++
	}
	return added, nil
}

// Lists implements storage.Lists.
func (s *Store) Lists(ctx context.Context, workspace int64) ([]storage.ListRow, error) {
	var rows []storage.ListRow
	err := s.read(ctx).Raw(`SELECT a.id, a.audience_key AS `+"`key`"+`, a.name, a.created_at, (SELECT COUNT(*) FROM audience_members m WHERE m.audience_id = a.id) AS members
FROM audiences a WHERE a.workspace_id = ? AND a.kind = ? ORDER BY a.name, a.id`, workspace, storage.AudienceList).Scan(&rows).Error
	return rows, translate(err)
}

// CreateList implements storage.Lists.
func (s *Store) CreateList(ctx context.Context, workspace int64, key, name string, now time.Time) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var n int64
		if err := tx.Raw("SELECT COUNT(*) FROM audiences WHERE workspace_id = ? AND audience_key = ?", workspace, key).Scan(&n).Error; err != nil {
			return err
		}
		if n > 0 {
			return fault.New(fault.Conflict, "there is an audience with the key %q already", key)
		}
		_, err := s.listOf(tx, workspace, key, name, models.At(now))
		return err
	})
}

// ChangeList implements storage.Lists.
func (s *Store) ChangeList(ctx context.Context, workspace int64, key string, add, remove []string, now time.Time) (storage.ListChange, error) {
	var out storage.ListChange
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		out = storage.ListChange{}
		var row models.Audience
		if err := tx.Raw("SELECT id, kind FROM audiences WHERE workspace_id = ? AND audience_key = ? AND kind = ?", workspace, key, storage.AudienceList).Take(&row).Error; err != nil {
			return err
		}
		for page := range slices.Chunk(add, 500) {
			known, err := s.byExternalIDs(tx, workspace, page)
			if err != nil {
				return err
			}
			out.Unknown += len(page) - len(known)
			if len(known) == 0 {
				continue
			}
			n, err := s.join(tx, workspace, key, known, models.At(now))
			if err != nil {
				return err
			}
			out.Added += n
		}
		for page := range slices.Chunk(remove, 500) {
			known, err := s.byExternalIDs(tx, workspace, page)
			if err != nil {
				return err
			}
			if len(known) == 0 {
				continue
			}
			done := tx.Exec("DELETE FROM audience_members WHERE audience_id = ? AND customer_id IN ?", row.ID, known)
			if done.Error != nil {
				return done.Error
			}
			out.Removed += int(done.RowsAffected)
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("change list %s: %w", key, err)
	}
	return out, nil
}

// byExternalIDs finds live customers who may be members; each once.
func (s *Store) byExternalIDs(tx *gorm.DB, workspace int64, external []string) ([]ids.ID, error) {
	names := slices.Compact(slices.Sorted(slices.Values(external)))
	var out []ids.ID
	err := tx.Raw("SELECT id FROM customers WHERE workspace_id = ? AND external_id IN ? AND erased_at IS NULL AND merged_into IS NULL AND restricted = 0", workspace, names).Scan(&out).Error
	return out, err
}
