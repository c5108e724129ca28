package sqlstore

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/storage"
)

var _ storage.Referrals = (*Store)(nil)

// IssueReferralCode implements storage.Referrals.
func (s *Store) IssueReferralCode(ctx context.Context, ask storage.ReferralCodeAsk) (models.ReferralCode, error) {
	var out models.ReferralCode
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		out = models.ReferralCode{}
		var who models.Customer
		if err := tx.Raw("SELECT id FROM customers WHERE id = ? AND workspace_id = ? AND erased_at IS NULL AND merged_into IS NULL"+s.dialect.forUpdate(), ask.Customer, ask.Workspace).Scan(&who).Error; err != nil {
			return err
		}
		if who.ID.IsZero() {
			return fault.New(fault.NotFound, "no such customer")
		}
		if err := tx.Raw("SELECT * FROM referral_codes WHERE customer_id = ? AND workspace_id = ? AND program = ? AND ended_at IS NULL ORDER BY issued_at, id LIMIT 1",
			ask.Customer, ask.Workspace, ask.Program).Scan(&out).Error; err != nil {
			return err
		}
		if !out.ID.IsZero() {
			out.Target = ask.Target
			if !out.ExpiresAt.IsZero() {
				out.ExpiresAt = max(out.ExpiresAt, models.At(ask.Expires))
			}
			if ask.Expires.IsZero() {
				out.ExpiresAt = 0
			}
			return tx.Exec("UPDATE referral_codes SET target = ?, expires_at = ? WHERE id = ?", out.Target, out.ExpiresAt, out.ID).Error
		}
		out = models.ReferralCode{ID: s.newID(), WorkspaceID: ask.Workspace, Program: ask.Program, Code: referral.CodeOf(ask.Random), CustomerID: ask.Customer, Target: ask.Target,
			IssuedAt: models.At(ask.Now), ExpiresAt: models.At(ask.Expires)}
		return tx.Create(&out).Error
	})
	if err != nil {
		return models.ReferralCode{}, fmt.Errorf("issue a referral code: %w", err)
	}
	return out, nil
}

// ReferralCode implements storage.Referrals.
func (s *Store) ReferralCode(ctx context.Context, workspace int64, id ids.ID) (models.ReferralCode, error) {
	var out models.ReferralCode
	err := s.read(ctx).Raw("SELECT * FROM referral_codes WHERE id = ? AND workspace_id = ?", id, workspace).Take(&out).Error
	return out, translate(err)
}

// CountReferralVisit implements storage.Referrals.
func (s *Store) CountReferralVisit(ctx context.Context, workspace int64, id ids.ID, machine bool, now time.Time) error {
	set, args := "visits = visits + 1, visited_at = ?", []any{models.At(now)}
	if machine {
		set, args = "machine_visits = machine_visits + 1", nil
	}
	return translate(s.read(ctx).Exec("UPDATE referral_codes SET "+set+" WHERE id = ? AND workspace_id = ?", append(args, id, workspace)...).Error)
}

// ReferralClaim implements storage.Referrals.
func (s *Store) ReferralClaim(ctx context.Context, workspace int64, id ids.ID) (models.ReferralClaim, error) {
	var out models.ReferralClaim
	err := s.read(ctx).Raw("SELECT * FROM referral_claims WHERE id = ? AND workspace_id = ?", id, workspace).Take(&out).Error
	return out, translate(err)
}

// ReferralClaimsOfRun implements storage.Referrals.
func (s *Store) ReferralClaimsOfRun(ctx context.Context, workspace int64, run ids.ID) ([]models.ReferralClaim, error) {
	var out []models.ReferralClaim
	err := s.read(ctx).Raw("SELECT * FROM referral_claims WHERE run_id = ? AND workspace_id = ? ORDER BY claimed_at, id", run, workspace).Scan(&out).Error
	return out, translate(err)
}

// What of a person is looked at for traces.
const (
	traceOrders = 50
	traceEvents = 500
)

// ReferralTraces implements storage.Referrals.
func (s *Store) ReferralTraces(ctx context.Context, workspace int64, customer ids.ID) (storage.ReferralTraces, error) {
	var out storage.ReferralTraces
	db := s.read(ctx)
	if err := db.Raw("SELECT * FROM customers WHERE id = ? AND workspace_id = ?", customer, workspace).Take(&out.Customer).Error; err != nil {
		return out, translate(err)
	}
	if !out.Customer.ErasedAt.IsZero() {
		return out, nil
	}
	var orders []models.Event
	if err := db.Raw("SELECT data FROM events WHERE customer_id = ? AND workspace_id = ? AND name = ? ORDER BY occurred_at DESC LIMIT ?", customer, workspace, eventOrder, traceOrders).Scan(&orders).Error; err != nil {
		return out, translate(err)
	}
	for _, o := range orders {
		out.Orders = append(out.Orders, o.Data)
	}
	err := db.Raw("SELECT DISTINCT anonymous_id FROM (SELECT anonymous_id FROM events WHERE customer_id = ? AND workspace_id = ? AND source_id <> ? AND anonymous_id <> '' ORDER BY occurred_at DESC LIMIT ?) seen",
		customer, workspace, storage.SourceInternal, traceEvents).Scan(&out.Devices).Error
	return out, translate(err)
}

// KeepReferralMarks implements storage.Referrals.
func (s *Store) KeepReferralMarks(ctx context.Context, workspace int64, customer ids.ID, marks map[referral.Kind][]models.Hash, now time.Time) error {
	var rows []models.ReferralMark
	for kind, hashes := range marks {
		for _, h := range hashes {
			rows = append(rows, models.ReferralMark{WorkspaceID: workspace, CustomerID: customer, Kind: string(kind), Hash: h, SeenAt: models.At(now)})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		for _, m := range rows {
			if err := tx.Exec("INSERT INTO referral_marks (workspace_id, customer_id, kind, hash, seen_at) VALUES (?, ?, ?, ?, ?) "+s.dialect.ignoreDuplicate("customer_id, kind, hash"),
				m.WorkspaceID, m.CustomerID, m.Kind, m.Hash, m.SeenAt).Error; err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep marks: %w", err)
	}
	return nil
}

// OrderLeft implements storage.Referrals.
func (s *Store) OrderLeft(ctx context.Context, workspace int64, orderKey string) (int64, bool, error) {
	db := s.read(ctx)
	var o models.Order
	if err := db.Raw("SELECT * FROM orders WHERE workspace_id = ? AND order_key = ?", workspace, orderKey).Scan(&o).Error; err != nil || o.ID.IsZero() {
		return 0, false, translate(err)
	}
	back, err := refundsOf(db, workspace, []string{orderKey})
	if err != nil {
		return 0, false, translate(err)
	}
	r := back[orderKey]
	return referral.Order{Minor: o.ValueMinor, Refunded: r.sum, Gone: r.all}.Left(), true, nil
}

type refunded struct {
	sum int64
	all bool
}

func refundsOf(db *gorm.DB, workspace int64, keys []string) (map[string]refunded, error) {
	out := map[string]refunded{}
	if len(keys) == 0 {
		return out, nil
	}
	var rows []models.OrderRefund
	if err := db.Raw("SELECT * FROM order_refunds WHERE workspace_id = ? AND order_key IN ?", workspace, keys).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, r := range rows {
		sum := out[r.OrderKey]
		if r.AmountMinor == nil {
			sum.all = true
		} else {
			sum.sum += *r.AmountMinor
		}
		out[r.OrderKey] = sum
	}
	return out, nil
}
