package sqlstore

import (
	"context"

	"sojourn/ids"
	"sojourn/storage"
)

// issueNames names issues of broadcasts; those that are zero or unknown are missing from the answer.
func (s *Store) issueNames(ctx context.Context, workspace int64, issues []ids.ID) (map[ids.ID]storage.IssueName, error) {
	out := map[ids.ID]storage.IssueName{}
	asked := distinct(issues)
	if len(asked) == 0 {
		return out, nil
	}
	var rows []struct {
		ID, BroadcastID    ids.ID
		BroadcastKey, Name string
		Number             int
	}
	err := s.read(ctx).Raw("SELECT i.id, i.number, b.broadcast_key, b.name FROM broadcast_issues i JOIN broadcasts b ON b.id = i.broadcast_id WHERE i.workspace_id = ? AND i.id IN ?", workspace, asked).Scan(&rows).Error
	for _, r := range rows {
		out[r.ID] = storage.IssueName{Key: r.BroadcastKey, Name: r.Name, Number: r.Number}
	}
	return out, translate(err)
}

// distinct are the ids that are not zero, each once.
func distinct(all []ids.ID) []ids.ID {
	var out []ids.ID
	seen := map[ids.ID]bool{{}: true}
	for _, id := range all {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// nameIssues fills in the broadcast of sends and of decisions about them.
func (s *Store) nameIssues(ctx context.Context, workspace int64, rows []storage.TimelineRow) error {
	var sends []ids.ID
	for _, r := range rows {
		if r.Decision != nil && r.Decision.RunID.IsZero() {
			sends = append(sends, r.Decision.SendID)
		}
	}
	bySend := map[ids.ID]ids.ID{}
	if asked := distinct(sends); len(asked) > 0 {
		var found []struct{ ID, IssueID ids.ID }
		if err := s.read(ctx).Raw("SELECT id, issue_id FROM sends WHERE workspace_id = ? AND issue_id IS NOT NULL AND id IN ?", workspace, asked).Scan(&found).Error; err != nil {
			return translate(err)
		}
		for _, f := range found {
			bySend[f.ID] = f.IssueID
		}
	}
	issue := func(r storage.TimelineRow) ids.ID {
		switch {
		case r.Send != nil:
			return r.Send.IssueID
		case r.Decision != nil:
			return bySend[r.Decision.SendID]
		}
		return ids.ID{}
	}
	var issues []ids.ID
	for _, r := range rows {
		issues = append(issues, issue(r))
	}
	names, err := s.issueNames(ctx, workspace, issues)
	for i := range rows {
		rows[i].Issue = names[issue(rows[i])]
	}
	return err
}
