package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/loyalty"
	"sojourn/models"
	"sojourn/storage"
)

var (
	_ loyalty.Program = (*Store)(nil)
	_ storage.Rewards = (*Store)(nil)
)

// rewardKey keeps the keys of workspaces apart.
func rewardKey(workspace int64, key string) string { return fmt.Sprintf("%d|%s", workspace, key) }

// Grant implements loyalty.Program: the built-in programme.
func (s *Store) Grant(ctx context.Context, g loyalty.Grant) (loyalty.Receipt, error) {
	var out loyalty.Receipt
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		out = loyalty.Receipt{}
		var c models.Customer
		found := tx.Raw("SELECT id, restricted FROM customers WHERE id = ? AND workspace_id = ? AND erased_at IS NULL"+s.dialect.forUpdate(), g.Customer, g.Workspace).Scan(&c)
		if found.Error != nil {
			return found.Error
		}
		var have models.Reward
		again := tx.Raw("SELECT * FROM rewards WHERE reward_key = ?", rewardKey(g.Workspace, g.Key)).Scan(&have)
		switch {
		case again.Error != nil:
			return again.Error
		case again.RowsAffected > 0 && have.State == storage.RewardReversed:
			out.Refused = loyalty.Reversed
			return nil
		case again.RowsAffected > 0:
			out = loyalty.Receipt{ID: have.ID, Code: have.Code, Again: true}
			return nil
		case found.RowsAffected == 0:
			out.Refused = loyalty.NoCustomer
			return nil
		case c.Restricted:
			out.Refused = loyalty.Restricted
			return nil
		}
		return s.grant(tx, g, &out)
	})
	if err != nil {
		return loyalty.Receipt{}, fmt.Errorf("grant %s: %w", g.Kind, err)
	}
	return out, nil
}

func (s *Store) grant(tx *gorm.DB, g loyalty.Grant, out *loyalty.Receipt) error {
	row := models.Reward{ID: s.newID(), WorkspaceID: g.Workspace, RewardKey: rewardKey(g.Workspace, g.Key), CustomerID: g.Customer, Kind: g.Kind, Amount: g.Amount, Reason: clip(g.Reason, 300),
		RunID: g.Run, JourneyID: g.Journey, StepID: g.Step, State: storage.RewardGranted, GrantedAt: models.At(g.Now)}
	switch g.Kind {
	case loyalty.Points, loyalty.Discount:
		if g.Amount <= 0 {
			out.Refused = loyalty.NoAmount
			return nil
		}
		if g.Kind == loyalty.Discount {
			var currency string
			if err := tx.Raw("SELECT currency FROM workspaces WHERE id = ?", g.Workspace).Scan(&currency).Error; err != nil {
				return err
			}
			row.Currency = cmp.Or(g.Currency, currency)
		}
	case loyalty.Voucher:
		claim, refused, err := s.claim(tx, storage.OfferAsk{Workspace: g.Workspace, Offer: g.Offer, Key: "w|" + row.RewardKey, Customer: g.Customer, Run: g.Run, Journey: g.Journey, Step: g.Step, Given: true, Now: g.Now})
		if err != nil {
			return err
		}
		if refused != "" {
			out.Refused = refused
			return nil
		}
		row.ClaimID, row.Code = claim.ID, claim.Code
	default:
		return fault.New(fault.Invalid, "there is no reward of kind %q", g.Kind)
	}
	if err := tx.Create(&row).Error; err != nil {
		if isDuplicate(err) {
			return errAgain
		}
		return err
	}
	*out = loyalty.Receipt{ID: row.ID, Code: row.Code}
	return nil
}

// Reverse implements loyalty.Program.
func (s *Store) Reverse(ctx context.Context, workspace int64, key, reason string, now time.Time) (done bool, err error) {
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		done = false
		var row models.Reward
		if err := tx.Raw("SELECT * FROM rewards WHERE reward_key = ?"+s.dialect.forUpdate(), rewardKey(workspace, key)).Take(&row).Error; err != nil {
			return err
		}
		if row.State == storage.RewardReversed {
			return nil
		}
		done = true
		return tx.Exec("UPDATE rewards SET state = ?, reversed_because = ?, reversed_at = ? WHERE id = ?", storage.RewardReversed, clip(reason, 300), models.At(now), row.ID).Error
	})
	if err != nil {
		return false, fmt.Errorf("reverse a reward: %w", err)
	}
	return done, nil
}

// Points implements loyalty.Program.
func (s *Store) Points(ctx context.Context, workspace int64, customer ids.ID) (int64, error) {
	var n int64
	err := s.read(ctx).Raw("SELECT COALESCE(SUM(amount), 0) FROM rewards WHERE customer_id = ? AND workspace_id = ? AND kind = ? AND state = ?", customer, workspace, loyalty.Points, storage.RewardGranted).
		Scan(&n).Error
	return n, translate(err)
}

// RewardsOf implements storage.Rewards.
func (s *Store) RewardsOf(ctx context.Context, workspace int64, customer ids.ID, limit int) ([]models.Reward, error) {
	var rows []models.Reward
	err := s.read(ctx).Raw("SELECT * FROM rewards WHERE customer_id = ? AND workspace_id = ? ORDER BY granted_at DESC, id DESC LIMIT ?", customer, workspace, limit).Scan(&rows).Error
	return rows, translate(err)
}
