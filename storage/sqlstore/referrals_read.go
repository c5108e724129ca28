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

// StrayReferrals implements storage.Referrals.
func (s *Store) StrayReferrals(ctx context.Context, stuck time.Time, limit int) ([]storage.StrayReferral, error) {
	var rows []struct {
		Claim models.ReferralClaim `gorm:"embedded"`
		Ended bool
		Held  bool
		Gone  bool
	}
	err := s.read(ctx).Raw(`SELECT * FROM (
SELECT c.*, COALESCE(r.state, 'gone') <> 'open' AS ended, COALESCE(r.control, 0) = 1 AS held, (f.erased_at IS NOT NULL OR p.erased_at IS NOT NULL) AS gone
FROM referral_claims c LEFT JOIN runs r ON r.id = c.run_id LEFT JOIN customers f ON f.id = c.friend_id LEFT JOIN customers p ON p.id = c.referrer_id
WHERE c.state IN `+openClaims+` AND (r.id IS NULL OR r.state <> 'open' OR f.erased_at IS NOT NULL OR p.erased_at IS NOT NULL)
UNION ALL
SELECT c.*, 0, 0, 0 FROM referral_claims c WHERE c.state = 'settling' AND c.updated_at < ?
UNION ALL
SELECT c.*, 0, 0, 0 FROM referral_claims c WHERE c.recheck_at IS NOT NULL AND c.state = 'rewarded'
) stray ORDER BY id LIMIT ?`, models.At(stuck), limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for stray referrals: %w", translate(err))
	}
	out := make([]storage.StrayReferral, len(rows))
	for i, row := range rows {
		out[i] = storage.StrayReferral{Claim: row.Claim, RunEnded: row.Ended, Control: row.Held, Gone: row.Gone, Recheck: !row.Claim.RecheckAt.IsZero()}
	}
	return out, nil
}

// ScrubReferrals implements storage.Referrals.
func (s *Store) ScrubReferrals(ctx context.Context, now time.Time) (int, error) {
	var gone []struct {
		WorkspaceID int64
		CustomerID  ids.ID
	}
	err := s.read(ctx).Raw(`SELECT c.workspace_id, c.customer_id FROM referral_codes c JOIN customers u ON u.id = c.customer_id WHERE u.erased_at IS NOT NULL AND c.ended_at IS NULL
UNION SELECT m.workspace_id, m.customer_id FROM referral_marks m JOIN customers u ON u.id = m.customer_id WHERE u.erased_at IS NOT NULL`).Scan(&gone).Error
	if err != nil {
		return 0, translate(err)
	}
	for _, g := range gone {
		if err := s.EraseReferrals(ctx, g.WorkspaceID, g.CustomerID, now); err != nil {
			return 0, err
		}
	}
	return len(gone), nil
}

// EraseReferrals implements storage.Referrals.
func (s *Store) EraseReferrals(ctx context.Context, workspace int64, customer ids.ID, now time.Time) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM referral_marks WHERE customer_id = ? AND workspace_id = ?", customer, workspace).Error; err != nil {
			return err
		}
		var codes []models.ReferralCode
		if err := tx.Raw("SELECT * FROM referral_codes WHERE customer_id = ? AND workspace_id = ? AND target <> ''"+s.dialect.forUpdate(), customer, workspace).Scan(&codes).Error; err != nil {
			return err
		}
		for _, c := range codes { // the row stays, so that claims can say by which code; the code itself is nobody's any more
			if err := tx.Exec("UPDATE referral_codes SET code = ?, target = '', ended_at = ? WHERE id = ?", "erased:"+c.ID.String(), models.At(now), c.ID).Error; err != nil {
				return err
			}
		}
		return tx.Exec(`UPDATE referral_claims SET state = ?, reason = ?, referrer_side = ?, referrer_reason = ?, friend_side = ?, friend_reason = ?, updated_at = ?
WHERE workspace_id = ? AND (friend_id = ? OR referrer_id = ?) AND state IN `+openClaims,
			referral.Refused, referral.Erased, referral.SideRefused, referral.Erased, referral.SideRefused, referral.Erased, models.At(now), workspace, customer, customer).Error
	})
	if err != nil {
		return fmt.Errorf("erase from referrals: %w", err)
	}
	return nil
}

// claimRow is a claim with the people it is about, as one row.
type claimRow struct {
	Claim       models.ReferralClaim `gorm:"embedded"`
	CodeText    string
	RExternal   models.Text
	REmail      models.Text
	RAttributes models.JSON
	FExternal   models.Text
	FEmail      models.Text
	FAttributes models.JSON
}

// ListReferrals implements storage.Referrals.
func (s *Store) ListReferrals(ctx context.Context, workspace int64, state string, customer ids.ID, p storage.PageAsk) ([]storage.ReferralRow, error) {
	where, args := "c.workspace_id = ?", []any{workspace}
	if state != "" {
		where, args = where+" AND c.state = ?", append(args, state)
	}
	if !customer.IsZero() {
		where, args = where+" AND (c.friend_id = ? OR c.referrer_id = ?)", append(args, customer, customer)
	}
	if !p.After.ID.IsZero() {
		where, args = where+" AND (c.claimed_at < ? OR c.claimed_at = ? AND c.id < ?)", append(args, p.After.At, p.After.At, p.After.ID)
	}
	var rows []claimRow
	err := s.read(ctx).Raw(`SELECT c.*, k.code AS code_text, r.external_id AS r_external, r.email AS r_email, r.attributes AS r_attributes, f.external_id AS f_external, f.email AS f_email, f.attributes AS f_attributes
FROM referral_claims c LEFT JOIN referral_codes k ON k.id = c.code_id LEFT JOIN customers r ON r.id = c.referrer_id LEFT JOIN customers f ON f.id = c.friend_id
WHERE `+where+` ORDER BY c.claimed_at DESC, c.id DESC LIMIT ?`, append(args, p.Limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list referrals: %w", translate(err))
	}
	out := make([]storage.ReferralRow, len(rows))
	for i, r := range rows {
		out[i] = storage.ReferralRow{ReferralClaim: r.Claim, Code: r.CodeText,
			Referrer: storage.Person{ID: r.Claim.ReferrerID, ExternalID: r.RExternal, Email: r.REmail, Attributes: r.RAttributes},
			Friend:   storage.Person{ID: r.Claim.FriendID, ExternalID: r.FExternal, Email: r.FEmail, Attributes: r.FAttributes}}
	}
	return out, nil
}

// ReferralTotals implements storage.Referrals.
func (s *Store) ReferralTotals(ctx context.Context, workspace int64, limit int) ([]storage.ReferralTotal, error) {
	var rows []struct {
		Code                                      models.ReferralCode `gorm:"embedded"`
		External, Email                           models.Text
		Attributes                                models.JSON
		Claims, Open, Rewarded, Refused, Reversed int64
	}
	count := func(states string) string {
		return "COALESCE(SUM(CASE WHEN c.state IN " + states + " THEN 1 ELSE 0 END), 0)"
	}
	err := s.read(ctx).Raw(`SELECT k.*, u.external_id AS external, u.email, u.attributes, n.claims, n.open, n.rewarded, n.refused, n.reversed FROM (
SELECT k.id, COUNT(c.id) AS claims, `+count("('pending', 'accepted', 'settling')")+` AS open, `+count("('rewarded')")+` AS rewarded, `+count("('refused')")+` AS refused, `+count("('reversed')")+` AS reversed
FROM referral_codes k LEFT JOIN referral_claims c ON c.code_id = k.id AND c.workspace_id = k.workspace_id WHERE k.workspace_id = ? GROUP BY k.id ORDER BY claims DESC, k.id DESC LIMIT ?) n
JOIN referral_codes k ON k.id = n.id LEFT JOIN customers u ON u.id = k.customer_id ORDER BY n.claims DESC, k.id DESC`, workspace, limit).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count referrals: %w", translate(err))
	}
	out := make([]storage.ReferralTotal, len(rows))
	for i, r := range rows {
		out[i] = storage.ReferralTotal{Referrer: storage.Person{ID: r.Code.CustomerID, ExternalID: r.External, Email: r.Email, Attributes: r.Attributes}, Code: r.Code,
			Claims: r.Claims, Open: r.Open, Rewarded: r.Rewarded, Refused: r.Refused, Reversed: r.Reversed}
	}
	return out, nil
}

// ReferralCodesOf implements storage.Referrals.
func (s *Store) ReferralCodesOf(ctx context.Context, workspace int64, customer ids.ID) ([]models.ReferralCode, error) {
	var rows []models.ReferralCode
	err := s.read(ctx).Raw("SELECT * FROM referral_codes WHERE customer_id = ? AND workspace_id = ? ORDER BY issued_at DESC, id DESC LIMIT 20", customer, workspace).Scan(&rows).Error
	return rows, translate(err)
}
