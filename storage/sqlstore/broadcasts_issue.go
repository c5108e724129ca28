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

// collectPage is how many recipients are written down in one transaction.
const collectPage = 2000

// BroadcastIssue implements storage.BroadcastWork.
func (s *Store) BroadcastIssue(ctx context.Context, workspace int64, issue ids.ID) (models.BroadcastIssue, error) {
	var row models.BroadcastIssue
	err := s.read(ctx).Where("workspace_id = ? AND id = ?", workspace, issue).Take(&row).Error
	return row, translate(err)
}

// OpenIssue implements storage.BroadcastWork.
func (s *Store) OpenIssue(ctx context.Context, workspace int64, id ids.ID, planned, now time.Time) (models.BroadcastIssue, error) {
	var issue models.BroadcastIssue
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		b, err := s.lockBroadcast(tx, workspace, id)
		if err != nil {
			return err
		}
		issue = models.BroadcastIssue{}
		if !b.IssueID.IsZero() {
			return tx.Raw("SELECT * FROM broadcast_issues WHERE id = ?", b.IssueID).Take(&issue).Error
		}
		if b.State != broadcast.Scheduled || b.NextAt != models.At(planned) {
			return fault.New(fault.Conflict, "broadcast %s is %s, or planned for another time", b.BroadcastKey, b.State)
		}
		if issue, err = s.newIssue(tx, b, planned, broadcast.IssueCollecting, now); err != nil {
			return err
		}
		b.State, b.IssueID, b.NextAt, b.Epoch, b.UpdatedAt = broadcast.Sending, issue.ID, 0, b.Epoch+1, models.At(now)
		return s.saveBroadcastRow(tx, b)
	})
	if err != nil {
		return models.BroadcastIssue{}, fmt.Errorf("open an issue of broadcast %s: %w", id, err)
	}
	return issue, nil
}

func (s *Store) newIssue(tx *gorm.DB, b models.Broadcast, planned time.Time, state string, now time.Time) (models.BroadcastIssue, error) {
	var number int
	if err := tx.Raw("SELECT COALESCE(MAX(number), 0) FROM broadcast_issues WHERE broadcast_id = ?", b.ID).Scan(&number).Error; err != nil {
		return models.BroadcastIssue{}, err
	}
	row := models.BroadcastIssue{ID: s.newID(), WorkspaceID: b.WorkspaceID, BroadcastID: b.ID, Number: number + 1, State: state, PlannedAt: models.At(planned),
		StartedAt: models.At(now), Definition: b.Definition}
	if state == broadcast.IssueMissed {
		row.StartedAt, row.EndedAt = 0, models.At(now)
	}
	return row, tx.Create(&row).Error
}

// MissIssue implements storage.BroadcastWork.
func (s *Store) MissIssue(ctx context.Context, workspace int64, id ids.ID, planned, next, now time.Time) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		b, err := s.lockBroadcast(tx, workspace, id)
		if err != nil || b.State != broadcast.Scheduled || b.NextAt != models.At(planned) {
			return err
		}
		if _, err := s.newIssue(tx, b, planned, broadcast.IssueMissed, now); err != nil {
			return err
		}
		if b.NextAt, b.UpdatedAt = models.At(next), models.At(now); next.IsZero() {
			b.State = broadcast.Done
		}
		return s.saveBroadcastRow(tx, b)
	})
}

// CollectRecipients implements storage.BroadcastWork. The audience is asked as of the moment the issue began.
func (s *Store) CollectRecipients(ctx context.Context, workspace int64, id ids.ID, now time.Time) (models.BroadcastIssue, error) {
	issue, err := s.collectRecipients(ctx, workspace, id)
	if err != nil {
		return issue, fmt.Errorf("recipients of issue %s: %w", id, translate(err))
	}
	return issue, nil
}

func (s *Store) collectRecipients(ctx context.Context, workspace int64, id ids.ID) (models.BroadcastIssue, error) {
	issue, err := s.BroadcastIssue(ctx, workspace, id)
	if err != nil || issue.State != broadcast.IssueCollecting {
		return issue, err
	}
	var d broadcast.Definition
	if err := issue.Definition.Into(&d); err != nil {
		return issue, err
	}
	d = d.Filled()
	db := s.read(ctx)
	ws, err := s.workspaceView(db, workspace)
	if err != nil {
		return issue, err
	}
	page := func(tail string, args ...any) (people, error) {
		return s.broadcastPeople(db, workspace, d, issue.StartedAt.Time(), tail, args...)
	}
	p, err := page(" AND c.id > ? ORDER BY c.id LIMIT ?", issue.CollectedTo[:], collectPage)
	if err != nil {
		return issue, err
	}
	last, err := s.lastOfPage(ctx, p)
	if err != nil {
		return issue, err
	}
	// What lies up to that id, however many by now: whoever comes into the audience at this moment pushes nobody out of
	// the page. The last page has no end.
	tail, args := " AND c.id > ?", []any{issue.CollectedTo[:]}
	if !last.IsZero() {
		tail, args = tail+" AND c.id <= ?", append(args, last[:])
	}
	if p, err = page(tail, args...); err != nil {
		return issue, err
	}
	wait := d.TestWait()
	text, args := p.query("x.id, x.timezone", " ORDER BY x.id")
	rows, err := s.SQL().QueryContext(ctx, text, args...)
	if err != nil {
		return issue, err
	}
	defer func() { _ = rows.Close() }()
	var values []any
	for rows.Next() {
		var customer ids.ID
		var zone models.Text
		if err := rows.Scan(&customer, &zone); err != nil {
			return issue, err
		}
		due, arm := d.Schedule.Due(issue.PlannedAt.Time(), string(zone), ws.Timezone), 0
		if d.Test != nil {
			if arm = d.Test.Arm(id, customer); arm == 0 {
				due = due.Add(wait) // after everybody in the test
			}
		}
		values = append(values, id, int64(models.At(due)), customer, workspace, arm)
	}
	if err := rows.Err(); err != nil {
		return issue, err
	}
	_ = rows.Close()
	return s.writeRecipients(ctx, issue, values, last)
}

// lastOfPage is the highest id of the page, before exclusions; zero when the page is not full: it was the last one.
func (s *Store) lastOfPage(ctx context.Context, p people) (last ids.ID, err error) {
	var n int
	err = s.SQL().QueryRowContext(ctx, "SELECT COUNT(*), COALESCE(MAX(x.id), X'00000000000000000000000000000000') FROM "+p.page, p.pgA...).Scan(&n, &last)
	if n < collectPage {
		last = ids.ID{}
	}
	return last, err
}

// writeRecipients writes one page, unless somebody else did meanwhile.
func (s *Store) writeRecipients(ctx context.Context, seen models.BroadcastIssue, values []any, last ids.ID) (models.BroadcastIssue, error) {
	insert, err := s.bulk(ctx, "broadcast_recipients", "issue_id, due_at, customer_id, workspace_id, arm", " "+s.dialect.ignoreDuplicate("issue_id, customer_id"))
	if err != nil {
		return seen, err
	}
	issue := seen
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		issue = models.BroadcastIssue{}
		if err := tx.Raw("SELECT * FROM broadcast_issues WHERE id = ?"+s.dialect.forUpdate(), seen.ID).Take(&issue).Error; err != nil {
			return err
		}
		if issue.State != broadcast.IssueCollecting || issue.CollectedTo != seen.CollectedTo {
			return nil
		}
		raw, err := rawTx(tx)
		if err != nil {
			return err
		}
		if _, err := insert.insert(ctx, raw, values); err != nil {
			return err
		}
		if !last.IsZero() {
			issue.CollectedTo = last
			return tx.Exec("UPDATE broadcast_issues SET collected_to = ? WHERE id = ?", last, issue.ID).Error
		}
		issue.State = broadcast.IssueSending
		if err := tx.Raw("SELECT COUNT(*) FROM broadcast_recipients WHERE issue_id = ?", issue.ID).Scan(&issue.Recipients).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE broadcast_issues SET state = ?, recipients = ? WHERE id = ?", issue.State, issue.Recipients, issue.ID).Error
	})
	return issue, err
}

// FinishIssue implements storage.BroadcastWork.
func (s *Store) FinishIssue(ctx context.Context, workspace int64, id ids.ID, next, now time.Time) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var issue models.BroadcastIssue
		if err := tx.Raw("SELECT * FROM broadcast_issues WHERE id = ? AND workspace_id = ?", id, workspace).Take(&issue).Error; err != nil {
			return err
		}
		b, err := s.lockBroadcast(tx, workspace, issue.BroadcastID)
		if err != nil || b.IssueID != id {
			return err // ended already
		}
		state := broadcast.IssueDone
		switch {
		case b.State == broadcast.Cancelled:
			state = broadcast.IssueCancelled
		case next.IsZero():
			b.State = broadcast.Done
		default:
			b.NextAt = models.At(next)
			if b.State == broadcast.Sending {
				b.State = broadcast.Scheduled
			}
		}
		b.IssueID, b.UpdatedAt = ids.ID{}, models.At(now)
		if err := tx.Exec("UPDATE broadcast_issues SET state = ?, ended_at = ? WHERE id = ?", state, models.At(now), id).Error; err != nil {
			return err
		}
		return s.saveBroadcastRow(tx, b)
	})
	if err != nil {
		return fmt.Errorf("finish issue %s: %w", id, err)
	}
	return nil
}

// LiveBroadcasts implements storage.BroadcastWork.
func (s *Store) LiveBroadcasts(ctx context.Context) ([]storage.BroadcastRef, error) {
	var rows []storage.BroadcastRef
	err := s.read(ctx).Raw(`SELECT b.workspace_id, w.workspace_key, b.id, b.broadcast_key, b.updated_at FROM broadcasts b JOIN workspaces w ON w.id = b.workspace_id
WHERE b.state IN (?, ?, ?) UNION ALL SELECT b.workspace_id, w.workspace_key, b.id, b.broadcast_key, b.updated_at FROM broadcasts b JOIN workspaces w ON w.id = b.workspace_id
WHERE b.state = ? AND b.issue_id IS NOT NULL`, broadcast.Scheduled, broadcast.Sending, broadcast.Paused, broadcast.Cancelled).Scan(&rows).Error
	return rows, translate(err)
}

// BroadcastLive implements storage.BroadcastWork.
func (s *Store) BroadcastLive(ctx context.Context, workspace int64, id ids.ID) (bool, error) {
	b, err := s.Broadcast(ctx, workspace, id)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	live := b.State == broadcast.Scheduled || b.State == broadcast.Sending || b.State == broadcast.Paused || !b.IssueID.IsZero()
	return live, err
}
