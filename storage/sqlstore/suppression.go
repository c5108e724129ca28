package sqlstore

import (
	"bytes"
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// Unsubscribe implements storage.Consents. It locks contact points only, never a customer: an opt-out must not wait
// behind a routing transaction, nor take part in a deadlock with one.
func (s *Store) Unsubscribe(ctx context.Context, u consent.Unsubscribe, source string, proof map[string]any, now time.Time) error {
	var customers []ids.ID
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if customers, err = s.whoShares(tx, u); err != nil {
			return err
		}
		for _, customer := range customers {
			r := storage.ConsentRecord{Workspace: u.Workspace, Customer: customer, ContactPoint: u.ContactPoint, Send: u.Send, Actor: "customer", Proof: proof,
				Entry: consent.Entry{Channel: u.Channel, Purpose: u.Purpose, State: consent.Withdrawn, Basis: consent.ByObjection,
					Source: source, SourceKind: consent.Person, OccurredAt: now, RecordedAt: now}}
			if err := r.Entry.Validate(); err != nil {
				return err
			}
			if err := s.lockAndBump(tx, u.Workspace, customer, u.ContactPoint, u.Channel); err != nil {
				return err
			}
			ledger, err := consentLedger(tx, u.Workspace, customer)
			if err != nil {
				return err
			}
			if p, ok := consent.Fold(entriesOf(ledger))[consent.Topic{Channel: u.Channel, Purpose: u.Purpose}]; ok && p.State == consent.Withdrawn {
				continue
			}
			if err := s.appendConsent(tx, r, ledger); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.tellWithdrawn(ctx, u.Workspace, customers, consent.Topic{Channel: u.Channel, Purpose: u.Purpose}, now)
}

// whoShares follows merges to the customer of the link and adds everybody with the same address, in id order.
func (s *Store) whoShares(tx *gorm.DB, u consent.Unsubscribe) ([]ids.ID, error) {
	id := u.Customer
	for range 16 {
		var row struct{ ID, MergedInto ids.ID }
		if err := tx.Raw("SELECT id, merged_into FROM customers WHERE id = ? AND workspace_id = ?", id, u.Workspace).Scan(&row).Error; err != nil {
			return nil, err
		}
		if row.ID.IsZero() {
			return nil, fault.New(fault.NotFound, "no such customer")
		}
		if row.MergedInto.IsZero() {
			break
		}
		id = row.MergedInto
	}
	customers := []ids.ID{id}
	if column := addressColumn(u.Channel); column != "" && !u.ContactPoint.IsZero() {
		var sharing []ids.ID
		if err := tx.Raw("SELECT c.id FROM contact_points p JOIN customers c ON c.workspace_id = p.workspace_id AND c."+column+" = p.address AND c.merged_into IS NULL WHERE p.id = ? AND p.workspace_id = ?",
			u.ContactPoint, u.Workspace).Scan(&sharing).Error; err != nil {
			return nil, err
		}
		customers = append(customers, sharing...)
	}
	slices.SortFunc(customers, func(a, b ids.ID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(customers), nil
}

// lockAndBump locks, in id order, the contact points that a withdrawal concerns and bumps their permission epoch: the
// one it was given for, the customer's present addresses, and those frozen into sends that have not been handed over.
func (s *Store) lockAndBump(tx *gorm.DB, workspace int64, customer, point ids.ID, channel string) error {
	var found []ids.ID
	q := `SELECT p.id FROM contact_points p JOIN customers c ON c.workspace_id = p.workspace_id AND ((p.channel = 'email' AND p.address = c.email) OR (p.channel IN ('sms', 'voice') AND p.address = c.phone))
		WHERE c.id = ? AND c.workspace_id = ?
		UNION SELECT contact_point_id FROM sends WHERE customer_id = ? AND state = ? AND contact_point_id IS NOT NULL`
	if err := tx.Raw(q, customer, workspace, customer, storage.SendClaimed).Scan(&found).Error; err != nil {
		return err
	}
	if !point.IsZero() {
		found = append(found, point)
	}
	if len(found) == 0 {
		return nil
	}
	slices.SortFunc(found, func(a, b ids.ID) int { return bytes.Compare(a[:], b[:]) })
	for _, id := range slices.Compact(found) {
		q, args := "UPDATE contact_points SET permission_epoch = permission_epoch + 1 WHERE id = ? AND workspace_id = ?", []any{id, workspace}
		if channel != consent.Any {
			q, args = q+" AND channel = ?", append(args, channel)
		}
		if err := tx.Exec(q, args...).Error; err != nil {
			return err
		}
	}
	return nil
}

// Suppress implements storage.Consents.
func (s *Store) Suppress(ctx context.Context, workspace int64, channel, address string, reason storage.SuppressionReason, now time.Time) error {
	address, err := consent.NormalizeAddress(channel, address)
	if err != nil {
		return err
	}
	if reason.Gravity() == 0 {
		return fault.New(fault.Invalid, "unknown reason of suppression %q", reason)
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var p models.ContactPoint
		if err := tx.Raw("SELECT * FROM contact_points WHERE workspace_id = ? AND channel = ? AND address = ?"+s.dialect.forUpdate(), workspace, channel, address).Scan(&p).Error; err != nil {
			return err
		}
		if p.ID.IsZero() {
			p = models.ContactPoint{ID: s.newID(), WorkspaceID: workspace, Channel: channel, Address: address, PermissionEpoch: 1,
				SuppressedReason: string(reason), SuppressedAt: models.At(now), CreatedAt: models.At(now)}
			if err := tx.Create(&p).Error; isDuplicate(err) {
				return errAgain
			} else if err != nil {
				return err
			}
			return nil
		}
		return s.suppressLocked(tx, p, reason, now)
	})
}

// suppressLocked marks a contact point whose row the transaction has locked.
func (s *Store) suppressLocked(tx *gorm.DB, p models.ContactPoint, reason storage.SuppressionReason, now time.Time) error {
	if storage.SuppressionReason(p.SuppressedReason).Gravity() >= reason.Gravity() {
		return nil
	}
	return tx.Exec("UPDATE contact_points SET suppressed_reason = ?, suppressed_at = ?, permission_epoch = permission_epoch + 1 WHERE id = ?",
		string(reason), models.At(now), p.ID).Error
}

// Unsuppress implements storage.Consents.
func (s *Store) Unsuppress(ctx context.Context, workspace int64, channel, address string) error {
	address, err := consent.NormalizeAddress(channel, address)
	if err != nil {
		return err
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Exec("UPDATE contact_points SET suppressed_reason = '', suppressed_at = NULL, permission_epoch = permission_epoch + 1 WHERE workspace_id = ? AND channel = ? AND address = ?",
			workspace, channel, address)
		if res.Error == nil && res.RowsAffected == 0 {
			return fault.New(fault.NotFound, "no such address")
		}
		return res.Error
	})
}

// addressColumn is where a customer's row keeps its address of a channel.
func addressColumn(channel string) string {
	switch channel {
	case "email":
		return "email"
	case "sms", "voice":
		return "phone"
	}
	return ""
}
