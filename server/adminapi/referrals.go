package adminapi

import (
	"context"
	"strings"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/storage"
)

// shownReferrals is how many claims a customer's page shows, and how many referrers the list.
const (
	shownReferrals = 50
	shownReferrers = 100
)

func (a *API) listReferrals(ctx context.Context, in *ReferralsIn) (*Out[Page[Referral]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("referrals", ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.ListReferrals(ctx, ws, in.State, ids.ID{}, ask)
	if err != nil {
		return nil, err
	}
	return page(a, "referrals", ws, ask, rows, func(r storage.ReferralRow) (models.Instant, ids.ID) { return r.ClaimedAt, r.ID }, referralOf), nil
}

func (a *API) listReferrers(ctx context.Context, _ *Nothing) (*Out[Page[Referrer]], error) {
	rows, err := a.deps.Store.ReferralTotals(ctx, caller(ctx).Workspace.ID, shownReferrers)
	if err != nil {
		return nil, err
	}
	out := &Out[Page[Referrer]]{Page[Referrer]{Items: []Referrer{}}}
	for _, r := range rows {
		out.Body.Items = append(out.Body.Items, Referrer{Customer: customerRef(r.Referrer), Code: a.referralCode(r.Code), Claims: r.Claims, Open: r.Open, Rewarded: r.Rewarded, Refused: r.Refused, Reversed: r.Reversed})
	}
	return out, nil
}

func (a *API) customerReferrals(ctx context.Context, in *ByID) (*Out[CustomerReferrals], error) {
	ws := caller(ctx).Workspace.ID
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := a.deps.Store.Customer(ctx, ws, id); err != nil {
		return nil, err
	}
	codes, err := a.deps.Store.ReferralCodesOf(ctx, ws, id)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.ListReferrals(ctx, ws, "", id, storage.PageAsk{Limit: shownReferrals})
	if err != nil {
		return nil, err
	}
	out := CustomerReferrals{Codes: []ReferralCode{}, Claims: []Referral{}}
	for _, c := range codes {
		out.Codes = append(out.Codes, a.referralCode(c))
	}
	for _, r := range rows {
		out.Claims = append(out.Claims, referralOf(r))
	}
	return &Out[CustomerReferrals]{out}, nil
}

// endReferral ends a claim by hand; the register writes the line in the audit log.
func (a *API) endReferral(ctx context.Context, in *ByID) (*Out[Nothing], error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	if a.deps.EndReferral == nil {
		return nil, fault.New(fault.NotFound, "this process ends no referrals")
	}
	return &Out[Nothing]{}, a.deps.EndReferral(ctx, caller(ctx).Workspace.ID, id, a.now())
}

func referralOf(r storage.ReferralRow) Referral {
	out := Referral{ID: r.ID.String(), Program: r.Program, Referrer: customerRef(r.Referrer), Friend: customerRef(r.Friend), Code: shownCode(r.Code), State: r.State, Reason: r.Reason, OrderKey: r.OrderKey,
		DueAt: when(r.DueAt), ReferrerSide: sideOf(r.ReferrerSide, r.ReferrerReason, r.ReferrerReward), FriendSide: sideOf(r.FriendSide, r.FriendReason, r.FriendReward), RunID: r.RunID.String(),
		At: r.ClaimedAt.Time(), EndedAt: when(r.SettledAt)}
	if r.OrderKey != "" {
		out.Order = &Money{Minor: r.OrderMinor, Currency: r.Currency}
	}
	return out
}

func sideOf(state, reason string, reward models.JSON) ReferralSide {
	s := ReferralSide{State: or(state, "none"), Reason: reason}
	if state == referral.SideGranted || state == referral.SideReversed || state == referral.SideOwed {
		var w struct {
			Kind   string
			Amount int64
		}
		_ = reward.Into(&w) // our own column
		s.Kind, s.Amount = w.Kind, w.Amount
	}
	return s
}

// shownCode is a code as people share it, nothing for one whose owner was erased.
func shownCode(code string) string {
	if strings.HasPrefix(code, "erased:") {
		return ""
	}
	return referral.Shown(code)
}

func (a *API) referralCode(c models.ReferralCode) ReferralCode {
	out := ReferralCode{Program: c.Program, Code: shownCode(c.Code), IssuedAt: c.IssuedAt.Time(), ExpiresAt: when(c.ExpiresAt), Visits: c.Visits}
	if a.deps.ReferralLink != nil && out.Code != "" {
		out.Link = a.deps.ReferralLink(c)
	}
	return out
}
