package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/audience"
	"sojourn/audience/sqlgen"
	"sojourn/ids"
	"sojourn/storage"
)

var _ storage.Audiences = (*Store)(nil)

// condition compiles a condition for a workspace in its zone.
func (s *Store) condition(db *gorm.DB, workspace int64, c audience.Condition, now time.Time) (sqlgen.Query, error) {
	e, err := audience.Checked(c, audience.ScopeAudience)
	if err != nil {
		return sqlgen.Query{}, err
	}
	ws, err := s.workspaceView(db, workspace)
	if err != nil {
		return sqlgen.Query{}, err
	}
	return sqlgen.Build(e, sqlgen.Dialect(s.dialect), workspace, now.In(ws.zone))
}

// CountAudience implements storage.Audiences.
func (s *Store) CountAudience(ctx context.Context, workspace int64, c audience.Condition, now time.Time) (int64, error) {
	q, err := s.condition(s.read(ctx), workspace, c, now)
	if err != nil {
		return 0, fmt.Errorf("count an audience: %w", translate(err))
	}
	query, args := q.Select("COUNT(*)", "")
	var n int64
	if err := s.SQL().QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("count an audience: %w", translate(err))
	}
	return n, nil
}

// SampleAudience implements storage.Audiences.
func (s *Store) SampleAudience(ctx context.Context, workspace int64, c audience.Condition, limit int, now time.Time) ([]ids.ID, error) {
	q, err := s.condition(s.read(ctx), workspace, c, now)
	if err != nil {
		return nil, fmt.Errorf("sample an audience: %w", translate(err))
	}
	query, args := q.Select("c.id", " ORDER BY c.id DESC LIMIT ?", limit)
	list, err := s.ids(ctx, query, args)
	if err != nil {
		return nil, fmt.Errorf("sample an audience: %w", err)
	}
	return list, nil
}

// ids runs a statement that is not worth preparing: its text differs from condition to condition.
func (s *Store) ids(ctx context.Context, query string, args []any) ([]ids.ID, error) {
	rows, err := s.SQL().QueryContext(ctx, query, args...)
	return scanIDs(rows, err)
}

// scanIDs reads a result of one column of ids, and closes it.
func scanIDs(rows *sql.Rows, err error) (out []ids.ID, _ error) {
	if err != nil {
		return nil, translate(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			return nil, translate(err)
		}
		out = append(out, id)
	}
	return out, translate(rows.Err())
}

// ActiveAudiences implements storage.Audiences.
func (s *Store) ActiveAudiences(ctx context.Context) ([]storage.AudienceRef, error) {
	var out []storage.AudienceRef
	err := s.read(ctx).Raw(`SELECT a.workspace_id, a.id, a.audience_key FROM audiences a LEFT JOIN journeys j ON j.id = a.journey_id
WHERE a.active = 1 AND (a.journey_id IS NULL OR j.state IN (?, ?)) ORDER BY a.workspace_id, a.id`, storage.JourneyPublished, storage.JourneyPaused).Scan(&out).Error
	if err != nil {
		return nil, fmt.Errorf("list audiences: %w", translate(err))
	}
	return out, nil
}
