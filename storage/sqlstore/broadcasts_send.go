package sqlstore

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/broadcast"
	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// IssueChunk implements storage.BroadcastWork.
func (s *Store) IssueChunk(ctx context.Context, workspace int64, id ids.ID, limit int, now time.Time) (storage.IssueChunk, error) {
	out, err := s.issueChunk(ctx, workspace, id, limit, now)
	if err != nil {
		return out, fmt.Errorf("next recipients of issue %s: %w", id, translate(err))
	}
	return out, nil
}

func (s *Store) issueChunk(ctx context.Context, workspace int64, id ids.ID, limit int, now time.Time) (out storage.IssueChunk, err error) {
	issue, err := s.BroadcastIssue(ctx, workspace, id)
	if err != nil {
		return out, err
	}
	var d broadcast.Definition
	if err := issue.Definition.Into(&d); err != nil {
		return out, err
	}
	d = d.Filled()
	db := s.read(ctx)
	var held []struct {
		CustomerID ids.ID
		SendKey    string
		IssueArm   int
	}
	// Those whose worker died count as held back when their lease is over; leases are judged by the database's clock.
	q := "SELECT customer_id, send_key, issue_arm FROM sends WHERE issue_id = ? AND state = ? AND defer_until <= ? UNION ALL SELECT customer_id, send_key, issue_arm FROM sends WHERE issue_id = ? AND state IN (?, ?) AND lease_until < " +
		s.dialect.nowMicros() + " LIMIT ?"
	if err := db.Raw(q, id, storage.SendDeferred, models.At(now), id, storage.SendClaimed, storage.SendHanding, limit).Scan(&held).Error; err != nil {
		return out, err
	}
	for _, h := range held {
		out.Recipients = append(out.Recipients, storage.IssueRecipient{Customer: h.CustomerID, Key: h.SendKey, Arm: h.IssueArm})
	}
	var next []models.BroadcastRecipient
	undecided := d.Test != nil && issue.Winner == 0
	q = "SELECT due_at, customer_id, arm FROM broadcast_recipients WHERE issue_id = ? AND (due_at > ? OR (due_at = ? AND customer_id > ?))"
	if undecided {
		q += " AND arm > 0" // the rest waits for the winner; it is due later, so the cursor passes nobody
	}
	q += " ORDER BY due_at, customer_id LIMIT ?"
	if err := db.Raw(q, id, issue.CursorDue, issue.CursorDue, issue.CursorCustomer[:], limit-len(held)+1).Scan(&next).Error; err != nil {
		return out, err
	}
	for _, r := range next {
		if r.DueAt > int64(models.At(now)) {
			out.Next = models.Instant(r.DueAt).Time()
			break
		}
		if len(out.Recipients) == limit {
			out.More = true
			break
		}
		if r.Arm == 0 {
			r.Arm = issue.Winner
		}
		out.Recipients = append(out.Recipients, storage.IssueRecipient{Customer: r.CustomerID, Due: r.DueAt, Arm: r.Arm, Key: storage.IssueSendKey(workspace, id, r.CustomerID, d.Channel)})
	}
	if out.More = out.More || len(held) == limit; out.More {
		return out, nil
	}
	out.TestOver, out.HeldOnly = undecided && len(next) == 0, !undecided && len(next) == 0
	return out, s.nextHeld(ctx, id, now, &out.Next)
}

// nextHeld finds the earliest moment at which a message that is open now can go on.
func (s *Store) nextHeld(ctx context.Context, id ids.ID, now time.Time, next *time.Time) error {
	var row struct{ Deferred, Leased, Clock *int64 }
	q := "SELECT (SELECT MIN(defer_until) FROM sends WHERE issue_id = ? AND state = ?) AS deferred, (SELECT MAX(lease_until) FROM sends WHERE issue_id = ? AND state IN (?, ?)) AS leased, " + s.dialect.nowMicros() + " AS clock"
	if err := s.read(ctx).Raw(q, id, storage.SendDeferred, id, storage.SendClaimed, storage.SendHanding).Scan(&row).Error; err != nil {
		return err
	}
	sooner := func(t time.Time) {
		if t.Before(now) {
			t = now
		}
		if next.IsZero() || t.Before(*next) {
			*next = t
		}
	}
	if row.Deferred != nil {
		sooner(models.Instant(*row.Deferred).Time())
	}
	if row.Leased != nil && row.Clock != nil {
		sooner(now.Add(time.Duration(*row.Leased-*row.Clock)*time.Microsecond + 100*time.Millisecond))
	}
	return nil
}

// IssueDone implements storage.BroadcastWork.
func (s *Store) IssueDone(ctx context.Context, workspace int64, id ids.ID, due int64, customer ids.ID) error {
	err := s.read(ctx).Exec("UPDATE broadcast_issues SET cursor_due = ?, cursor_customer = ? WHERE id = ? AND workspace_id = ? AND (cursor_due < ? OR (cursor_due = ? AND (cursor_customer IS NULL OR cursor_customer < ?)))",
		due, customer, id, workspace, due, due, customer[:]).Error
	return translate(err)
}

// paceBurst is how long messages that could not go may be made up for: a quiet minute is not lost.
const paceBurst = time.Minute

// PaceIssue implements storage.BroadcastWork: the theoretical arrival time of the next message stands in the row of the
// issue (GCRA, as in ATM's traffic shaping). The interval is a little longer than an hour over the rate, so that no hour
// however it is laid sees more than the rate.
func (s *Store) PaceIssue(ctx context.Context, workspace int64, id ids.ID, want, perHour int, now time.Time) (granted int, next time.Time, err error) {
	if perHour <= 0 || want <= 0 {
		return want, time.Time{}, nil
	}
	interval := (time.Hour + paceBurst) / time.Duration(perHour)
	window := max(interval, paceBurst)
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		granted, next = 0, time.Time{}
		var tat int64
		found := tx.Raw("SELECT paced_until FROM broadcast_issues WHERE id = ? AND workspace_id = ?"+s.dialect.forUpdate(), id, workspace).Scan(&tat)
		if found.Error != nil {
			return found.Error
		}
		if found.RowsAffected == 0 {
			return fault.New(fault.NotFound, "no such issue")
		}
		at := models.Instant(tat).Time()
		if tat == 0 || at.Before(now) {
			at = now
		}
		granted = min(want, int(now.Add(window).Sub(at)/interval))
		if granted <= 0 {
			granted, next = 0, at
			return nil
		}
		return tx.Exec("UPDATE broadcast_issues SET paced_until = ? WHERE id = ?", int64(models.At(at.Add(time.Duration(granted)*interval))), id).Error
	})
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("pace of issue %s: %w", id, err)
	}
	return granted, next, nil
}

// SendingHeld implements storage.BroadcastWork.
func (s *Store) SendingHeld(ctx context.Context, workspace int64, senderKey string) (string, error) {
	var row struct {
		Stopped bool
		State   models.Text
	}
	err := s.read(ctx).Raw("SELECT w.sending_stopped AS stopped, s.state FROM workspaces w LEFT JOIN senders s ON s.workspace_id = w.id AND s.sender_key = ? WHERE w.id = ?", senderKey, workspace).Scan(&row).Error
	switch {
	case err != nil:
		return "", translate(err)
	case row.Stopped:
		return "workspace_stopped", nil
	case string(row.State) != storage.SenderActive:
		return "sender_paused", nil
	}
	return "", nil
}

// CancelHeld implements storage.BroadcastWork.
func (s *Store) CancelHeld(ctx context.Context, workspace int64, id ids.ID, limit int, now time.Time) (int, error) {
	return s.closeHeld(ctx, workspace, id, storage.SendCancelled, string(pressure.ReasonBroadcastEnded), limit, now)
}

// ExpireHeld implements storage.BroadcastWork.
func (s *Store) ExpireHeld(ctx context.Context, workspace int64, id ids.ID, limit int, now time.Time) (int, error) {
	return s.closeHeld(ctx, workspace, id, storage.SendExpired, storage.ReasonNextIssue, limit, now)
}

func (s *Store) closeHeld(ctx context.Context, workspace int64, id ids.ID, state, reason string, limit int, now time.Time) (int, error) {
	var rows []models.Send
	err := s.read(ctx).Raw("SELECT "+sendColumns+" FROM sends WHERE issue_id = ? AND workspace_id = ? AND state = ? LIMIT ?", id, workspace, storage.SendDeferred, limit).Scan(&rows).Error
	if err != nil {
		return 0, translate(err)
	}
	for _, r := range rows {
		if _, err := s.sweepTo(ctx, r, storage.SendDeferred, r.Token, state, reason, now); err != nil {
			return 0, err
		}
	}
	var open int
	err = s.read(ctx).Raw("SELECT COUNT(*) FROM sends WHERE issue_id = ? AND workspace_id = ? AND state IN (?, ?, ?)", id, workspace, storage.SendDeferred, storage.SendClaimed, storage.SendHanding).Scan(&open).Error
	return open, translate(err)
}

// PrepareIssue implements storage.BroadcastWork: what Prepare reads for one, read for all of a chunk in a few statements.
func (s *Store) PrepareIssue(ctx context.Context, workspace int64, channel, senderKey string, who []storage.IssueRecipient) ([]storage.SendSubject, error) {
	out, err := s.prepareIssue(ctx, workspace, channel, senderKey, who)
	if err != nil {
		return nil, fmt.Errorf("prepare %d recipients: %w", len(who), translate(err))
	}
	return out, nil
}

func (s *Store) prepareIssue(ctx context.Context, workspace int64, channel, senderKey string, who []storage.IssueRecipient) ([]storage.SendSubject, error) {
	db := s.read(ctx)
	var ws models.Workspace
	if err := db.Raw("SELECT * FROM workspaces WHERE id = ?", workspace).Scan(&ws).Error; err != nil {
		return nil, err
	}
	var sender models.Sender
	if err := db.Raw("SELECT * FROM senders WHERE workspace_id = ? AND sender_key = ?", workspace, senderKey).Scan(&sender).Error; err != nil {
		return nil, err
	}
	customers, keys := make([]ids.ID, len(who)), make([]string, len(who))
	for i, r := range who {
		customers[i], keys[i] = r.Customer, r.Key
	}
	people, err := byKey(db, func(c models.Customer) ids.ID { return c.ID }, "SELECT * FROM customers WHERE workspace_id = ? AND id IN ?", workspace, customers)
	if err != nil {
		return nil, err
	}
	metrics, err := byKey(db, func(m models.CustomerMetrics) ids.ID { return m.CustomerID }, "SELECT * FROM customer_metrics WHERE workspace_id = ? AND customer_id IN ?", workspace, customers)
	if err != nil {
		return nil, err
	}
	sends, err := byKey(db, func(r models.Send) string { return r.SendKey }, "SELECT "+sendColumns+" FROM sends WHERE workspace_id = ? AND send_key IN ?", workspace, keys)
	if err != nil {
		return nil, err
	}
	var addresses []string
	for _, c := range people {
		if a := addressOf(c, channel); a != "" {
			addresses = append(addresses, a)
		}
	}
	points := map[string]models.ContactPoint{}
	if len(addresses) > 0 {
		if points, err = byKey(db, func(p models.ContactPoint) string { return p.Address }, "SELECT * FROM contact_points WHERE workspace_id = ? AND channel = ? AND address IN ?", workspace, channel, addresses); err != nil {
			return nil, err
		}
	}
	tracking, err := trackingStates(db, workspace, channel, customers)
	if err != nil {
		return nil, err
	}
	out := make([]storage.SendSubject, len(who))
	for i, r := range who {
		c, row := people[r.Customer], sends[r.Key]
		// A merged customer and a row that has begun are read one by one: Prepare knows how.
		if c.ID.IsZero() || !c.MergedInto.IsZero() || !row.ID.IsZero() && !storage.FinalSend(row.State) {
			continue
		}
		point := points[addressOf(c, channel)]
		if point.ID.IsZero() && standsFor(channel) {
			if err := s.ensurePoint(db, workspace, channel, addressOf(c, channel), &point); err != nil {
				return nil, err
			}
		}
		out[i] = storage.SendSubject{Workspace: ws, Customer: c, Metrics: metrics[c.ID], Sender: sender, Row: row, ContactPoint: point, Tracking: tracking[c.ID].Lookup(channel, consent.TrackingPurpose).State}
	}
	return out, nil
}

// trackingStates is what many customers have said about being counted, as trackingState reads it for one.
func trackingStates(db *gorm.DB, workspace int64, channel string, customers []ids.ID) (map[ids.ID]consent.Permissions, error) {
	var rows []models.Permission
	err := db.Raw("SELECT customer_id, channel, purpose, state FROM permissions WHERE workspace_id = ? AND customer_id IN ? AND channel IN (?, ?) AND purpose IN (?, ?)",
		workspace, customers, channel, consent.Any, consent.TrackingPurpose, consent.Any).Scan(&rows).Error
	out := map[ids.ID]consent.Permissions{}
	for _, r := range rows {
		if out[r.CustomerID] == nil {
			out[r.CustomerID] = consent.Permissions{}
		}
		out[r.CustomerID][consent.Topic{Channel: r.Channel, Purpose: r.Purpose}] = consent.Permission{State: consent.State(r.State)}
	}
	return out, err
}

func byKey[K comparable, R any](db *gorm.DB, key func(R) K, query string, args ...any) (map[K]R, error) {
	var rows []R
	if err := db.Raw(query, args...).Scan(&rows).Error; err != nil {
		return nil, err
	}
	out := make(map[K]R, len(rows))
	for _, r := range rows {
		out[key(r)] = r
	}
	return out, nil
}
