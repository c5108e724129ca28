package referrals

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/loyalty"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/referral/journeys"
	"sojourn/storage"
)

// Store is what the desk needs of the database.
type Store interface {
	storage.Referrals
	storage.RunEvents
}

// Desk implements journeys.Desk.
type Desk struct {
	Store     Store
	Loyalty   loyalty.Program
	Links     consent.Links
	MarkKey   []byte // of the hashes by which people are known again, at least 32 bytes
	PublicURL string // without a slash at the end
	Random    func() []byte
}

var _ journeys.Desk = (*Desk)(nil)

// Validate refuses an incomplete desk.
func (d *Desk) Validate() error {
	if d.Store == nil || d.Loyalty == nil || d.Random == nil || len(d.MarkKey) < 32 {
		return fault.New(fault.Invalid, "the desk of referrals lacks a store, the loyalty programme, randomness or its key")
	}
	return d.Links.Validate()
}

// Link is the address that a referrer shares.
func Link(publicURL string, l consent.Links, c models.ReferralCode) string {
	return publicURL + consent.ReferralPath + l.SignReferral(consent.Referral{Workspace: c.WorkspaceID, Code: c.ID})
}

// Issue implements journeys.Desk.
func (d *Desk) Issue(ctx context.Context, a journeys.Asked, s journeys.LinkSettings) (journeys.Issued, error) {
	who, err := ids.Parse(a.Customer)
	if err != nil {
		return journeys.Issued{}, fault.Wrap(fault.Invalid, err, "not an id")
	}
	ask := storage.ReferralCodeAsk{Workspace: a.Workspace, Program: s.Program, Customer: who, Target: s.Target, Random: d.Random(), Now: a.Now}
	if s.Valid != "" {
		valid, err := journey.ParseDuration(s.Valid)
		if err != nil {
			return journeys.Issued{}, fault.Wrap(fault.Invalid, err, "the validity of the code")
		}
		ask.Expires = valid.AddTo(a.Now, time.UTC)
	}
	code, err := d.Store.IssueReferralCode(ctx, ask)
	if fault.Is(err, fault.NotFound) {
		return journeys.Issued{}, nil // erased meanwhile
	}
	if err != nil {
		return journeys.Issued{}, err
	}
	if err := d.mark(ctx, a.Workspace, who, a.Now); err != nil {
		return journeys.Issued{}, err
	}
	return journeys.Issued{Code: code.Code, Link: Link(d.PublicURL, d.Links, code)}, nil
}

// mark hashes what a customer leaves by which he is known again.
func (d *Desk) mark(ctx context.Context, workspace int64, customer ids.ID, now time.Time) error {
	t, err := d.Store.ReferralTraces(ctx, workspace, customer)
	if err != nil {
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		return err
	}
	if !t.Customer.ErasedAt.IsZero() {
		return nil
	}
	p := referral.Person{Email: string(t.Customer.Email), Phone: string(t.Customer.Phone), Country: t.Customer.Country, Attributes: object(t.Customer.Attributes), Devices: t.Devices}
	for _, o := range t.Orders {
		p.Orders = append(p.Orders, object(o))
	}
	hashes := map[referral.Kind][]models.Hash{}
	for _, m := range referral.Marks(p) {
		hashes[m.Kind] = append(hashes[m.Kind], referral.Hash(d.MarkKey, workspace, m))
	}
	return d.Store.KeepReferralMarks(ctx, workspace, customer, hashes, now)
}

func object(j models.JSON) map[string]any {
	m := map[string]any{}
	_ = j.Into(&m) // what is no object has no marks
	return m
}

// Look implements journeys.Desk.
func (d *Desk) Look(ctx context.Context, a journeys.Asked, s journeys.FriendSettings) (journeys.Found, error) {
	rules, clawback, err := s.Rules()
	if err != nil {
		return journeys.Found{}, err
	}
	run, err := ids.Parse(a.Run)
	if err != nil {
		return journeys.Found{}, fault.Wrap(fault.Invalid, err, "not an id")
	}
	claims, err := d.Store.ReferralClaimsOfRun(ctx, a.Workspace, run)
	if err != nil {
		return journeys.Found{}, err
	}
	if err := d.markAll(ctx, claims, a.Now); err != nil {
		return journeys.Found{}, err
	}
	all := journeys.Found{Exit: journeys.ExitRefused, Reason: referral.JourneyEnded}
	for i, claim := range claims { // the earliest goes first: it wins
		var step referral.Step
		claim, err = d.Store.ChangeReferral(ctx, a.Workspace, claim.ID, a.Now, func(f referral.Facts, row *models.ReferralClaim) error {
			step = advance(rules, s, clawback, f, row, a.Now)
			return nil
		})
		if err != nil {
			return journeys.Found{}, err
		}
		if claim, err = d.settle(ctx, claim, a.Now); err != nil {
			return journeys.Found{}, err
		}
		if err := d.tell(ctx, claim, a.Now); err != nil {
			return journeys.Found{}, err
		}
		one, err := found(claim, step)
		if err != nil {
			return journeys.Found{}, err
		}
		if i == 0 || before(one, all) {
			all = one
		}
	}
	return all, nil
}

// before says which of two findings the run goes by: a reward, else what comes first of that which is awaited, else a reason.
func before(one, other journeys.Found) bool {
	rank := map[string]int{journeys.ExitRewarded: 0, journeys.ExitWait: 1, journeys.ExitOrder: 2, journeys.ExitRefused: 3}
	if rank[one.Exit] != rank[other.Exit] {
		return rank[one.Exit] < rank[other.Exit]
	}
	return one.Exit == journeys.ExitWait && one.Until.Before(other.Until)
}

// markAll hashes anew what the people of open claims leave: an order shows the card.
func (d *Desk) markAll(ctx context.Context, claims []models.ReferralClaim, now time.Time) error {
	done := map[ids.ID]bool{}
	for _, c := range claims {
		for _, who := range []ids.ID{c.FriendID, c.ReferrerID} {
			if done[who] || !referral.State(c.State).Open() {
				continue
			}
			done[who] = true
			if err := d.mark(ctx, c.WorkspaceID, who, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// advance applies what the rules say until something has to be waited for.
func advance(rules referral.Program, s journeys.FriendSettings, clawback journey.Duration, f referral.Facts, row *models.ReferralClaim, now time.Time) referral.Step {
	for {
		c := storage.ReferralClaimOf(row)
		f.Claim = c
		step := rules.Next(f, now)
		row.DueAt = 0
		switch step.Do {
		case referral.ToRefuse:
			c = c.Refuse(step.Reason)
		case referral.ToAccept:
			c.State = referral.Accepted
		case referral.ToSettle:
			row.Minimum, row.SettledAt, row.ClawbackUntil = rules.Minimum, models.At(now), 0
			if !clawback.IsZero() {
				row.ClawbackUntil = models.At(clawback.AddTo(now, time.UTC))
			}
			row.ReferrerReward, row.FriendReward = models.ToJSON(s.ReferrerReward), models.ToJSON(s.FriendReward)
			c.Minimum = rules.Minimum
			c = c.Settle(unless(rules.Referrer, step.Reason), unless(rules.Friend, ""))
		default:
			row.DueAt = models.At(step.At)
		}
		if step.Order.Key != "" {
			row.OrderKey, row.OrderMinor, row.Currency = step.Order.Key, step.Order.Left(), step.Order.Currency
		}
		storage.SetReferralClaim(row, c)
		if step.Do != referral.ToAccept {
			return step
		}
	}
}

func unless(gets bool, reason string) string {
	if !gets {
		return referral.NoReward
	}
	return reason
}

func found(c models.ReferralClaim, step referral.Step) (journeys.Found, error) {
	switch referral.State(c.State) {
	case referral.Rewarded:
		if c.FriendSide != referral.SideGranted {
			return journeys.Found{Exit: journeys.ExitRefused, Reason: c.FriendReason}, nil
		}
		reward, err := rewardOf(c.FriendReward)
		return journeys.Found{Exit: journeys.ExitRewarded, Reward: reward}, err
	case referral.Refused, referral.Reversed:
		return journeys.Found{Exit: journeys.ExitRefused, Reason: c.Reason}, nil
	}
	if step.Do == referral.ToOrder {
		return journeys.Found{Exit: journeys.ExitOrder}, nil
	}
	return journeys.Found{Exit: journeys.ExitWait, Until: step.At}, nil
}

func rewardOf(j models.JSON) (map[string]any, error) {
	out := map[string]any{}
	err := json.Unmarshal(j, &out)
	return out, err
}

// key makes a grant one grant, whoever asks for it and how often.
func key(c models.ReferralClaim, p referral.Party) string {
	return fmt.Sprintf("referral|%s|%s", c.ID, p)
}
