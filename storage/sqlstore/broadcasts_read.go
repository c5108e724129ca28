package sqlstore

import (
	"context"
	"time"

	"sojourn/broadcast"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// ListBroadcasts implements storage.Broadcasts.
func (s *Store) ListBroadcasts(ctx context.Context, workspace int64, f storage.BroadcastFilter, p storage.PageAsk) ([]models.Broadcast, error) {
	q := newQuery("SELECT b.* FROM broadcasts b WHERE b.workspace_id = ?", workspace).when(f.Archived, "b.archived_at IS NOT NULL").when(!f.Archived, "b.archived_at IS NULL").when(f.State != "", "b.state = ?", f.State)
	if f.Query != "" {
		from, to := prefixRange(f.Query)
		q.and("((b.name >= ? AND b.name < ?) OR (b.broadcast_key >= ? AND b.broadcast_key < ?))", from, to, from, to)
	}
	q.after("b.created_at", "b.id", p)
	var rows []models.Broadcast
	err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error
	return rows, translate(err)
}

// BroadcastIssues implements storage.Broadcasts.
func (s *Store) BroadcastIssues(ctx context.Context, workspace int64, id ids.ID, limit int) ([]models.BroadcastIssue, error) {
	var rows []models.BroadcastIssue
	err := s.read(ctx).Raw("SELECT * FROM broadcast_issues WHERE workspace_id = ? AND broadcast_id = ? ORDER BY number DESC LIMIT ?", workspace, id, limit).Scan(&rows).Error
	return rows, translate(err)
}

// IssueNumbers implements storage.Broadcasts.
func (s *Store) IssueNumbers(ctx context.Context, workspace int64, issue ids.ID, now time.Time) (storage.IssueNumbers, error) {
	var out storage.IssueNumbers
	db := s.read(ctx)
	row, err := s.BroadcastIssue(ctx, workspace, issue)
	if err != nil {
		return out, err
	}
	out.Recipients = row.Recipients
	if err := db.Raw("SELECT state, reason, COUNT(*) AS count FROM sends WHERE issue_id = ? AND workspace_id = ? GROUP BY state, reason ORDER BY COUNT(*) DESC, state, reason", issue, workspace).Scan(&out.Outcomes).Error; err != nil {
		return out, translate(err)
	}
	if row.State != broadcast.IssueSending {
		return out, nil
	}
	minute := now.Add(-time.Minute)
	err = db.Raw("SELECT COUNT(*) FROM sends WHERE issue_id = ? AND workspace_id = ? AND handed_at >= ?", issue, workspace, models.At(minute)).Scan(&out.LastMinute).Error
	return out, translate(err)
}

// IssueResults implements storage.Broadcasts.
func (s *Store) IssueResults(ctx context.Context, workspace int64, issue ids.ID) (storage.IssueResults, error) {
	var out storage.IssueResults
	row, err := s.BroadcastIssue(ctx, workspace, issue)
	if err != nil {
		return out, err
	}
	db := s.read(ctx)
	var n struct{ Delivered, Opened, Clicked, Unsubscribed *int }
	q := "SELECT COUNT(*) AS delivered, " + engagedWith("= 0") + " AS opened, " + engagedWith("> 0") + " AS clicked," +
		" SUM(CASE WHEN EXISTS (SELECT 1 FROM consents u WHERE u.send_id = s.id) THEN 1 ELSE 0 END) AS unsubscribed FROM sends s WHERE s.issue_id = ? AND s.workspace_id = ? AND s.state IN " + reached
	if err := db.Raw(q, row.ID, row.WorkspaceID).Scan(&n).Error; err != nil {
		return out, translate(err)
	}
	for _, v := range []struct {
		from *int
		into *int
	}{{n.Delivered, &out.Delivered}, {n.Opened, &out.Opened}, {n.Clicked, &out.Clicked}, {n.Unsubscribed, &out.Unsubscribed}} {
		if v.from != nil {
			*v.into = *v.from
		}
	}
	var d broadcast.Definition
	if err := row.Definition.Into(&d); err != nil {
		return out, err
	}
	out.Arms, err = armsOf(db, row, d.Filled())
	return out, translate(err)
}

// IssuesBetween implements storage.Broadcasts.
func (s *Store) IssuesBetween(ctx context.Context, workspace int64, from, to time.Time) ([]storage.IssueRow, error) {
	var rows []storage.IssueRow
	err := s.read(ctx).Raw(`SELECT i.*, b.broadcast_key, b.name AS broadcast_name FROM broadcast_issues i JOIN broadcasts b ON b.id = i.broadcast_id
WHERE i.workspace_id = ? AND i.planned_at >= ? AND i.planned_at < ? ORDER BY i.planned_at, i.id LIMIT 1000`, workspace, models.At(from), models.At(to)).Scan(&rows).Error
	return rows, translate(err)
}

// ScheduledBroadcasts implements storage.Broadcasts.
func (s *Store) ScheduledBroadcasts(ctx context.Context, workspace int64) ([]models.Broadcast, error) {
	var rows []models.Broadcast
	err := s.read(ctx).Raw("SELECT * FROM broadcasts WHERE workspace_id = ? AND state IN (?, ?, ?) ORDER BY next_at, id LIMIT 500", workspace, broadcast.Scheduled, broadcast.Paused, broadcast.Sending).Scan(&rows).Error
	return rows, translate(err)
}
