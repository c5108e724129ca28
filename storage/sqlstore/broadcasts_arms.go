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

// DecideTest implements storage.BroadcastWork.
func (s *Store) DecideTest(ctx context.Context, workspace int64, id ids.ID, now time.Time) (at time.Time, err error) {
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		at = now
		var issue models.BroadcastIssue
		if err := tx.Raw("SELECT * FROM broadcast_issues WHERE id = ? AND workspace_id = ?"+s.dialect.forUpdate(), id, workspace).Take(&issue).Error; err != nil {
			return err
		}
		var d broadcast.Definition
		if err := issue.Definition.Into(&d); err != nil {
			return err
		}
		if d = d.Filled(); d.Test == nil {
			return fault.New(fault.Invalid, "issue %s has no test", id)
		}
		if issue.Winner != 0 {
			return nil
		}
		if issue.TestDoneAt.IsZero() {
			issue.TestDoneAt = models.At(now)
			if err := tx.Exec("UPDATE broadcast_issues SET test_done_at = ? WHERE id = ?", issue.TestDoneAt, id).Error; err != nil {
				return err
			}
		}
		if at = issue.TestDoneAt.Time().Add(d.TestWait()); now.Before(at) {
			return nil
		}
		at = now
		arms, err := armsOf(tx, issue, d)
		if err != nil {
			return err
		}
		return tx.Exec("UPDATE broadcast_issues SET winner = ?, decided_at = ?, test_result = ? WHERE id = ?",
			d.Test.Winner(arms), models.At(now), models.ToJSON(broadcast.TestResult{Arms: arms}), id).Error
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("decide the test of issue %s: %w", id, err)
	}
	return at, nil
}

// reached are the states of messages that the provider took.
const reached = "('" + storage.SendAccepted + "', '" + storage.SendResolvedAccepted + "')"

// engagedWith counts messages with a hit of a link, "= 0" for the open pixel.
func engagedWith(link string) string { return "SUM(CASE WHEN " + hasHit(link) + " THEN 1 ELSE 0 END)" }

// armsOf counts how the subjects of a test do; nil without one.
func armsOf(db *gorm.DB, issue models.BroadcastIssue, d broadcast.Definition) ([]broadcast.ArmResult, error) {
	if d.Test == nil {
		return nil, nil
	}
	var rows []struct{ Arm, Sent, Opened, Clicked int }
	q := "SELECT s.issue_arm AS arm, COUNT(*) AS sent, " + engagedWith("= 0") + " AS opened, " + engagedWith("> 0") + " AS clicked FROM sends s WHERE s.issue_id = ? AND s.workspace_id = ? AND s.state IN " + reached + " GROUP BY s.issue_arm"
	if err := db.Raw(q, issue.ID, issue.WorkspaceID).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make([]broadcast.ArmResult, len(d.Test.Subjects))
	for i, subject := range d.Test.Subjects {
		out[i] = broadcast.ArmResult{Arm: i + 1, Subject: subject}
	}
	for _, r := range rows {
		if r.Arm >= 1 && r.Arm <= len(out) {
			out[r.Arm-1].Sent, out[r.Arm-1].Opened, out[r.Arm-1].Clicked = r.Sent, r.Opened, r.Clicked
		}
	}
	return out, nil
}

// ArchiveBroadcast implements storage.Broadcasts.
func (s *Store) ArchiveBroadcast(ctx context.Context, workspace int64, id ids.ID, archived bool, now time.Time) (models.Broadcast, error) {
	var row models.Broadcast
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if row, err = s.lockBroadcast(tx, workspace, id); err != nil {
			return err
		}
		if archived && row.State != broadcast.Draft && (!broadcast.Final(row.State) || !row.IssueID.IsZero()) {
			return fault.New(fault.Conflict, "broadcast %s is %s; only what is over can be archived", row.BroadcastKey, row.State)
		}
		if archived == !row.ArchivedAt.IsZero() {
			return nil
		}
		row.ArchivedAt = 0
		if archived {
			row.ArchivedAt = models.At(now)
		}
		return tx.Exec("UPDATE broadcasts SET archived_at = ? WHERE id = ?", row.ArchivedAt, id).Error
	})
	if err != nil {
		return models.Broadcast{}, fmt.Errorf("archive broadcast %s: %w", id, err)
	}
	return row, nil
}

// RecipientOf implements storage.Broadcasts.
func (s *Store) RecipientOf(ctx context.Context, workspace int64, id, customer ids.ID) (storage.RecipientPlace, error) {
	var out storage.RecipientPlace
	db := s.read(ctx)
	var row models.BroadcastRecipient
	found := db.Raw("SELECT r.* FROM broadcast_issues i JOIN broadcast_recipients r ON r.issue_id = i.id AND r.customer_id = ? WHERE i.broadcast_id = ? AND i.workspace_id = ? ORDER BY i.number DESC LIMIT 1",
		customer, id, workspace).Scan(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return out, translate(found.Error)
	}
	out.Due, out.Arm = models.Instant(row.DueAt), row.Arm
	var err error
	if out.Issue, err = s.BroadcastIssue(ctx, workspace, row.IssueID); err != nil {
		return out, err
	}
	err = db.Raw("SELECT "+sendColumns+" FROM sends WHERE issue_id = ? AND customer_id = ? AND workspace_id = ? LIMIT 1", row.IssueID, customer, workspace).Scan(&out.Send).Error
	return out, translate(err)
}
