package referrals

import (
	"context"
	"encoding/json"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/loyalty"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/referral/journeys"
	"sojourn/storage"
)

// settle grants what a claim owes, each side once.
func (d *Desk) settle(ctx context.Context, c models.ReferralClaim, now time.Time) (models.ReferralClaim, error) {
	if referral.State(c.State) != referral.Settling {
		return c, nil
	}
	for _, p := range referral.Parties {
		if storage.ReferralClaimOf(&c).Side(p).State != referral.SideOwed {
			continue
		}
		refused, code, err := d.grant(ctx, c, p, now)
		if err != nil {
			return c, err
		}
		if c, err = d.Store.ChangeReferral(ctx, c.WorkspaceID, c.ID, now, func(_ referral.Facts, row *models.ReferralClaim) error {
			storage.SetReferralClaim(row, storage.ReferralClaimOf(row).Done(p, refused))
			if code == "" {
				return nil
			}
			return setCode(row, p, code)
		}); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (d *Desk) grant(ctx context.Context, c models.ReferralClaim, p referral.Party, now time.Time) (refused, code string, err error) {
	customer, raw := c.FriendID, c.FriendReward
	if p == referral.TheReferrer {
		customer, raw = c.ReferrerID, c.ReferrerReward
	}
	var w journeys.Reward
	if err := json.Unmarshal(raw, &w); err != nil {
		return "", "", fault.Wrap(fault.Internal, err, "the reward of a claim can't be read")
	}
	got, err := d.Loyalty.Grant(ctx, loyalty.Grant{Workspace: c.WorkspaceID, Key: key(c, p), Customer: customer, Kind: w.Kind, Amount: w.Amount, Currency: w.Currency, Offer: w.Offer,
		Reason: "referral: " + string(p), Run: c.RunID, Now: now})
	return got.Refused, got.Code, err
}

func setCode(row *models.ReferralClaim, p referral.Party, code string) error {
	into := &row.FriendReward
	if p == referral.TheReferrer {
		into = &row.ReferrerReward
	}
	reward, err := rewardOf(*into)
	if err != nil {
		return err
	}
	reward["code"] = code
	*into = models.ToJSON(reward)
	return nil
}

// reverse takes back what a claim has granted.
func (d *Desk) reverse(ctx context.Context, c models.ReferralClaim, reason string, now time.Time) (models.ReferralClaim, error) {
	for _, p := range referral.Parties {
		if storage.ReferralClaimOf(&c).Side(p).State != referral.SideGranted {
			continue
		}
		// "Taken back before" is as good as now: the row was not written when the process died.
		if _, err := d.Loyalty.Reverse(ctx, c.WorkspaceID, key(c, p), "referral: "+reason, now); err != nil {
			return c, err
		}
		var err error
		if c, err = d.Store.ChangeReferral(ctx, c.WorkspaceID, c.ID, now, func(_ referral.Facts, row *models.ReferralClaim) error {
			storage.SetReferralClaim(row, storage.ReferralClaimOf(row).Reverse(p, reason))
			return nil
		}); err != nil {
			return c, err
		}
	}
	return c, nil
}

// tell lets the referrer's journeys know what became of a claim, once per state. Nothing of the friend is in it.
func (d *Desk) tell(ctx context.Context, c models.ReferralClaim, now time.Time) error {
	said := referral.State(c.State)
	if said == referral.Pending || said == referral.Settling || said == referral.Refused && (c.Reason == referral.HeldOut || c.Reason == referral.Erased) {
		return nil
	}
	reason := c.Reason
	if said == referral.Rewarded && c.ReferrerSide != referral.SideGranted {
		said, reason = referral.Refused, c.ReferrerReason // the friend has his, the referrer hears why he has none
	}
	properties := map[string]any{"claim": c.ID.String(), "notice": c.ID.String() + "/" + string(said), "program": c.Program, "state": string(said)}
	if reason != "" {
		properties["reason"] = reason
	}
	if said == referral.Rewarded {
		reward, err := rewardOf(c.ReferrerReward)
		if err != nil {
			return err
		}
		properties["reward"] = reward
	}
	err := d.Store.AcceptRunEvents(ctx, c.WorkspaceID, []storage.RunEvent{{Customer: c.ReferrerID, Name: referral.EventProgress, MessageID: "referral/" + properties["notice"].(string),
		Properties: properties, OccurredAt: now}}, now)
	if fault.Is(err, fault.NotFound) {
		return nil // the referrer is gone
	}
	return err
}

// End ends a claim by hand: an open one is refused, a rewarded one taken back. Conflict when it has ended already.
func (d *Desk) End(ctx context.Context, workspace int64, id ids.ID, now time.Time) (models.ReferralClaim, error) {
	c, err := d.Store.ReferralClaim(ctx, workspace, id)
	if err != nil {
		return c, err
	}
	c, err = d.Store.ChangeReferral(ctx, workspace, id, now, func(_ referral.Facts, row *models.ReferralClaim) error {
		claim := storage.ReferralClaimOf(row)
		if !claim.State.Open() && claim.State != referral.Rewarded {
			return fault.New(fault.Conflict, "this referral has ended already, or is just being settled")
		}
		storage.SetReferralClaim(row, claim.Refuse(referral.ByHand))
		return nil
	})
	if err != nil {
		return c, err
	}
	if c, err = d.reverse(ctx, c, referral.ByHand, now); err != nil {
		return c, err
	}
	return c, d.tell(ctx, c, now)
}
