package referrals

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sojourn/models"
	"sojourn/referral"
	"sojourn/storage"
)

// Sweeping: how long a settlement may take before somebody else finishes it, and how many claims one look takes on.
const (
	settleWithin = time.Minute
	sweepPage    = 200
)

// Sweep brings on the claims that no run brings on, and returns how many.
func (d *Desk) Sweep(ctx context.Context, now time.Time) (int, error) {
	stray, err := d.Store.StrayReferrals(ctx, now.Add(-settleWithin), sweepPage)
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, s := range stray {
		if err := d.sweep(ctx, s, now); err != nil {
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			slog.ErrorContext(ctx, "a referral can't be brought on", "workspace", s.Claim.WorkspaceID, "claim", s.Claim.ID, "error", err)
			failed = append(failed, err)
		}
	}
	return len(stray), errors.Join(failed...)
}

func (d *Desk) sweep(ctx context.Context, s storage.StrayReferral, now time.Time) error {
	c := s.Claim
	switch state := referral.State(c.State); {
	case state.Open():
		reason := referral.JourneyEnded
		switch {
		case s.Gone:
			reason = referral.Erased
		case s.Control:
			reason = referral.HeldOut
		}
		c, err := d.Store.ChangeReferral(ctx, c.WorkspaceID, c.ID, now, func(_ referral.Facts, row *models.ReferralClaim) error {
			storage.SetReferralClaim(row, storage.ReferralClaimOf(row).Refuse(reason))
			return nil
		})
		if err != nil {
			return err
		}
		return d.tell(ctx, c, now)
	case state == referral.Settling:
		c, err := d.settle(ctx, c, now)
		if err != nil {
			return err
		}
		return d.tell(ctx, c, now)
	}
	return d.recheck(ctx, c, now)
}

// recheck takes a reward back when so little is left of the order that it would not have been given.
func (d *Desk) recheck(ctx context.Context, c models.ReferralClaim, now time.Time) error {
	left, known, err := d.Store.OrderLeft(ctx, c.WorkspaceID, c.OrderKey)
	if err != nil {
		return err
	}
	if known && storage.ReferralClaimOf(&c).Clawback(left, now) {
		if c, err = d.reverse(ctx, c, referral.OrderReturned, now); err != nil {
			return err
		}
		if err := d.tell(ctx, c, now); err != nil {
			return err
		}
	}
	looked := c.RecheckAt // a refund that comes meanwhile is looked at again
	_, err = d.Store.ChangeReferral(ctx, c.WorkspaceID, c.ID, now, func(_ referral.Facts, row *models.ReferralClaim) error {
		if row.RecheckAt == looked {
			row.RecheckAt = 0
		}
		return nil
	})
	return err
}
