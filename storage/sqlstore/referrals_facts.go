package sqlstore

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/storage"
)

const (
	holdingClaims = "('accepted', 'settling', 'rewarded')" // referral.State.Holds
	openClaims    = "('pending', 'accepted')"              // referral.State.Open

	chainOfReferrers = 64  // so far a cycle is followed
	ordersOfFriend   = 100 // since the claim
)

// ChangeReferral implements storage.Referrals.
func (s *Store) ChangeReferral(ctx context.Context, workspace int64, id ids.ID, now time.Time, change func(f referral.Facts, row *models.ReferralClaim) error) (models.ReferralClaim, error) {
	var out models.ReferralClaim
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		out = models.ReferralClaim{}
		var seen models.ReferralClaim
		if err := tx.Raw("SELECT friend_id, referrer_id FROM referral_claims WHERE id = ? AND workspace_id = ?", id, workspace).Take(&seen).Error; err != nil {
			return err
		}
		var people []models.Customer
		if err := tx.Raw("SELECT id, erased_at, merged_into FROM customers WHERE workspace_id = ? AND id IN ? ORDER BY id"+s.dialect.forUpdate(), workspace, []ids.ID{seen.FriendID, seen.ReferrerID}).
			Scan(&people).Error; err != nil {
			return err
		}
		if err := tx.Raw("SELECT * FROM referral_claims WHERE id = ? AND workspace_id = ?"+s.dialect.forUpdate(), id, workspace).Take(&out).Error; err != nil {
			return err
		}
		if out.FriendID != seen.FriendID || out.ReferrerID != seen.ReferrerID {
			return errAgain // a merge came in between
		}
		f, err := s.referralFacts(tx, &out, people, now)
		if err != nil {
			return err
		}
		if err := change(f, &out); err != nil {
			return err
		}
		out.UpdatedAt = models.At(now)
		return tx.Exec(`UPDATE referral_claims SET state = ?, reason = ?, order_key = ?, order_minor = ?, currency = ?, minimum = ?, due_at = ?, settled_at = ?, clawback_until = ?,
referrer_side = ?, referrer_reason = ?, referrer_reward = ?, friend_side = ?, friend_reason = ?, friend_reward = ?, recheck_at = ?, updated_at = ? WHERE id = ?`,
			out.State, out.Reason, out.OrderKey, out.OrderMinor, out.Currency, out.Minimum, out.DueAt, out.SettledAt, out.ClawbackUntil,
			out.ReferrerSide, out.ReferrerReason, out.ReferrerReward, out.FriendSide, out.FriendReason, out.FriendReward, out.RecheckAt, out.UpdatedAt, out.ID).Error
	})
	if err != nil {
		return models.ReferralClaim{}, fmt.Errorf("change a referral: %w", err)
	}
	return out, nil
}

// referralFacts reads all that is known about a claim, under the locks of its customers.
func (s *Store) referralFacts(tx *gorm.DB, c *models.ReferralClaim, people []models.Customer, now time.Time) (referral.Facts, error) {
	f := referral.Facts{Claim: storage.ReferralClaimOf(c), Same: c.FriendID == c.ReferrerID}
	for _, p := range people {
		f.Gone = f.Gone || !p.ErasedAt.IsZero()
		f.Same = f.Same || !p.MergedInto.IsZero() && (p.MergedInto == c.FriendID || p.MergedInto == c.ReferrerID)
	}
	if found := len(people); found == 0 || found == 1 && !f.Same {
		f.Gone = true
	}
	if !f.Claim.State.Open() {
		return f, nil
	}
	var code models.ReferralCode
	if err := tx.Raw("SELECT * FROM referral_codes WHERE id = ? AND workspace_id = ?", c.CodeID, c.WorkspaceID).Scan(&code).Error; err != nil {
		return f, err
	}
	f.CodeExpires, f.CodeEnded = code.ExpiresAt.Time(), code.EndedAt.Time()
	for _, q := range []struct {
		into *bool
		sql  string
		args []any
	}{
		{&f.BoughtBefore, "SELECT 1 FROM orders WHERE customer_id = ? AND placed_at < ?", []any{c.FriendID, c.ClaimedAt}},
		{&f.Other, "SELECT 1 FROM referral_claims WHERE friend_id = ? AND id <> ? AND state IN " + holdingClaims, []any{c.FriendID, c.ID}},
		{&f.Earlier, "SELECT 1 FROM referral_claims WHERE friend_id = ? AND state = 'pending' AND (claimed_at < ? OR claimed_at = ? AND id < ?)", []any{c.FriendID, c.ClaimedAt, c.ClaimedAt, c.ID}},
	} {
		var n int64
		if err := tx.Raw("SELECT COUNT(*) FROM ("+q.sql+" LIMIT 1) x", q.args...).Scan(&n).Error; err != nil {
			return f, err
		}
		*q.into = n > 0
	}
	if err := tx.Raw(`SELECT DISTINCT m.kind FROM referral_marks m JOIN referral_marks o ON o.workspace_id = m.workspace_id AND o.kind = m.kind AND o.hash = m.hash AND o.customer_id <> m.customer_id
WHERE m.customer_id = ? AND m.workspace_id = ? AND (o.customer_id = ? OR EXISTS (SELECT 1 FROM referral_claims x WHERE x.friend_id = o.customer_id AND x.referrer_id = ? AND x.program = ? AND x.state IN `+holdingClaims+`))`,
		c.FriendID, c.WorkspaceID, c.ReferrerID, c.ReferrerID, c.Program).Scan(&f.Shared).Error; err != nil {
		return f, err
	}
	var err error
	if f.Cycle, err = refersBack(tx, c); err != nil {
		return f, err
	}
	if f.Orders, err = ordersOf(tx, c); err != nil {
		return f, err
	}
	var rewards int64
	err = tx.Raw("SELECT COUNT(*) FROM referral_claims WHERE referrer_id = ? AND workspace_id = ? AND program = ? AND state IN ('settling', 'rewarded') AND referrer_side IN ('owed', 'granted') AND settled_at > ?",
		c.ReferrerID, c.WorkspaceID, c.Program, models.At(now.Add(-365*24*time.Hour))).Scan(&rewards).Error
	f.Rewards = int(rewards)
	return f, err
}

// refersBack follows the referrers up from the claim's referrer.
func refersBack(tx *gorm.DB, c *models.ReferralClaim) (bool, error) {
	at := c.ReferrerID
	for range chainOfReferrers {
		var up models.ReferralClaim
		if err := tx.Raw("SELECT referrer_id FROM referral_claims WHERE friend_id = ? AND workspace_id = ? AND id <> ? AND state IN "+holdingClaims+" ORDER BY claimed_at, id LIMIT 1", at, c.WorkspaceID, c.ID).
			Scan(&up).Error; err != nil || up.ReferrerID.IsZero() {
			return false, err
		}
		if up.ReferrerID == c.FriendID {
			return true, nil
		}
		at = up.ReferrerID
	}
	return false, nil
}

func ordersOf(tx *gorm.DB, c *models.ReferralClaim) ([]referral.Order, error) {
	var rows []models.Order
	if err := tx.Raw("SELECT * FROM orders WHERE customer_id = ? AND workspace_id = ? AND placed_at >= ? ORDER BY placed_at, id LIMIT ?", c.FriendID, c.WorkspaceID, c.ClaimedAt, ordersOfFriend).
		Scan(&rows).Error; err != nil {
		return nil, err
	}
	keys := make([]string, len(rows))
	for i, o := range rows {
		keys[i] = o.OrderKey
	}
	back, err := refundsOf(tx, c.WorkspaceID, keys)
	if err != nil {
		return nil, err
	}
	out := make([]referral.Order, len(rows))
	for i, o := range rows {
		out[i] = referral.Order{Key: o.OrderKey, At: o.PlacedAt.Time(), Minor: o.ValueMinor, Currency: o.Currency, Refunded: back[o.OrderKey].sum, Gone: back[o.OrderKey].all}
	}
	return out, nil
}
