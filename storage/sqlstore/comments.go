package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Comments = (*Store)(nil)

// resolvedShown is how many closed comments a list goes back.
const resolvedShown = 200

// Comments implements storage.Comments.
func (s *Store) Comments(ctx context.Context, workspace int64, journey ids.ID, resolved bool) ([]models.JourneyComment, error) {
	q := "SELECT * FROM journey_comments WHERE workspace_id = ? AND journey_id = ? AND resolved_at IS NULL"
	args := []any{workspace, journey}
	if resolved {
		q = `SELECT * FROM (` + q + ` UNION ALL SELECT * FROM (SELECT * FROM journey_comments WHERE workspace_id = ? AND journey_id = ? AND resolved_at IS NOT NULL
ORDER BY resolved_at DESC, id DESC LIMIT ?) AS closed) AS both_kinds`
		args = append(args, workspace, journey, resolvedShown)
	}
	rows := []models.JourneyComment{}
	err := s.read(ctx).Raw(q+" ORDER BY created_at, id", args...).Scan(&rows).Error
	return rows, translate(err)
}

// AddComment implements storage.Comments.
func (s *Store) AddComment(ctx context.Context, c models.JourneyComment) (models.JourneyComment, error) {
	c.ID = s.newID()
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var open int
		if err := tx.Raw("SELECT COUNT(*) FROM journey_comments WHERE workspace_id = ? AND journey_id = ? AND resolved_at IS NULL", c.WorkspaceID, c.JourneyID).Scan(&open).Error; err != nil {
			return err
		}
		if open >= storage.MaxOpenComments {
			return fault.New(fault.Conflict, "this journey has %d open comments, which is the most; resolve some first", open)
		}
		return tx.Create(&c).Error
	})
	return c, translate(err)
}

// ResolveComment implements storage.Comments.
func (s *Store) ResolveComment(ctx context.Context, workspace int64, id ids.ID, resolved bool, by string, now time.Time) (models.JourneyComment, error) {
	var row models.JourneyComment
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		found := tx.Raw("SELECT * FROM journey_comments WHERE workspace_id = ? AND id = ?", workspace, id).Scan(&row)
		switch {
		case found.Error != nil:
			return found.Error
		case found.RowsAffected == 0:
			return errNoComment
		case resolved == !row.ResolvedAt.IsZero():
			return nil
		}
		row.ResolvedAt, row.ResolvedBy = models.Instant(0), ""
		if resolved {
			row.ResolvedAt, row.ResolvedBy = models.At(now), by
		}
		return tx.Exec("UPDATE journey_comments SET resolved_at = ?, resolved_by = ? WHERE workspace_id = ? AND id = ?", row.ResolvedAt, row.ResolvedBy, workspace, id).Error
	})
	return row, translate(err)
}

// DeleteComment implements storage.Comments.
func (s *Store) DeleteComment(ctx context.Context, workspace int64, id ids.ID, author string) error {
	done := s.read(ctx).Exec("DELETE FROM journey_comments WHERE workspace_id = ? AND id = ? AND author = ?", workspace, id, author)
	if done.Error == nil && done.RowsAffected == 0 {
		return errNoComment
	}
	return translate(done.Error)
}

var errNoComment = fault.New(fault.NotFound, "no such comment, or it is somebody else's")
