package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// entriesPage finds which decisions at the door of a journey are on a page, from the index of them alone. It has them in
// order per outcome and reason, so each of these gives its newest, and the newest of all of them are the page.
func (s *Store) entriesPage(ctx context.Context, workspace int64, journey ids.ID, outcome, reason string, p storage.PageAsk) ([]ids.ID, error) {
	kinds, err := s.entryKinds(ctx, workspace, journey)
	if err != nil {
		return nil, err
	}
	type row struct {
		ID ids.ID
		At models.Instant
	}
	var all []row
	for _, k := range kinds {
		if outcome != "" && k.State != outcome || reason != "" && k.Reason != reason {
			continue
		}
		q := newQuery("SELECT d.id, d.at FROM decisions d WHERE d.journey_id = ? AND d.kind = 'entry' AND d.outcome = ? AND d.reason = ?", journey, k.State, k.Reason).after("d.at", "d.id", p)
		var rows []row
		if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
			return nil, translate(err)
		}
		all = append(all, rows...)
	}
	slices.SortFunc(all, func(a, b row) int { return cmp.Or(cmp.Compare(b.At, a.At), bytes.Compare(b.ID[:], a.ID[:])) })
	out := make([]ids.ID, 0, p.Limit)
	for _, r := range all[:min(len(all), p.Limit)] {
		out = append(out, r.ID)
	}
	return out, nil
}

// entryKinds lists the outcomes and reasons that a journey's door has given, from one to the next along the index.
func (s *Store) entryKinds(ctx context.Context, workspace int64, journey ids.ID) ([]storage.GroupCount, error) {
	if there, err := s.count(ctx, "SELECT COUNT(*) FROM journeys WHERE workspace_id = ? AND id = ?", workspace, journey); err != nil || there == 0 {
		return nil, err
	}
	const of = "SELECT outcome AS state, reason FROM decisions WHERE journey_id = ? AND kind = 'entry' AND "
	next := func(sql string, args ...any) (found []storage.GroupCount, err error) {
		err = s.read(ctx).Raw(sql+" LIMIT 1", args...).Scan(&found).Error
		return found, translate(err)
	}
	var out []storage.GroupCount
	found, err := next(of+"outcome > ? ORDER BY outcome, reason", journey, "")
	for err == nil && len(found) > 0 {
		last := found[0]
		out = append(out, last)
		if found, err = next(of+"outcome = ? AND reason > ? ORDER BY reason", journey, last.State, last.Reason); err == nil && len(found) == 0 {
			found, err = next(of+"outcome > ? ORDER BY outcome, reason", journey, last.State)
		}
	}
	return out, err
}
