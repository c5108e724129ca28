package referral

import (
	"slices"
	"time"

	"sojourn/fault"
	"sojourn/journey"
)

// Program are the rules of one programme.
type Program struct {
	Return      journey.Duration // an order counts when it was kept so long
	OrderWithin journey.Duration // after the claim
	Minimum     int64            // of the order after refunds, in minor units
	Currency    string           // of the minimum; an order in another one does not count. Empty: any, with Minimum 0
	PerYear     int              // rewards of one referrer in 365 days; 0 = no limit
	Referrer    bool             // gets something
	Friend      bool             // gets something
}

// Validate refuses a minimum without a currency.
func (p Program) Validate() error {
	if p.Minimum < 0 || p.Minimum > 0 && p.Currency == "" {
		return fault.New(fault.Invalid, "a minimum order needs an amount above 0 and a currency")
	}
	return nil
}

// Order is one order of the friend.
type Order struct {
	Key      string
	At       time.Time
	Minor    int64
	Currency string
	Refunded int64 // so far
	Gone     bool  // cancelled, or refunded as a whole
}

// Left is what the friend kept of it.
func (o Order) Left() int64 {
	if o.Gone {
		return 0
	}
	return o.Minor - o.Refunded
}

// Facts is all that is known about a claim at a moment.
type Facts struct {
	Claim        Claim
	CodeExpires  time.Time // zero = never
	CodeEnded    time.Time // zero = not
	Same         bool      // friend and referrer are one customer
	Gone         bool      // one of the two was erased
	BoughtBefore bool      // the friend has an order from before the claim
	Shared       []Kind    // kinds of mark that friend and referrer share, or the friend and another friend of this programme whose claim holds
	Cycle        bool      // following referrers up from the referrer leads to the friend
	Other        bool      // another claim of the friend holds
	Earlier      bool      // an earlier claim of the friend is not decided yet
	Orders       []Order   // since the claim, oldest first
	Rewards      int       // of the referrer in the last 365 days, owed ones included
}

// What an open claim needs.
const (
	ToRefuse = "refuse" // with Reason
	ToAccept = "accept" // and Next is to be asked again
	ToOrder  = "order"  // an order of the friend, until At
	ToWait   = "wait"   // until At: the return window, or an earlier claim
	ToSettle = "settle" // reward both; Reason is why the referrer gets nothing, if so
	ToRest   = "rest"   // nothing: it is closed
)

// Step is what a claim needs now.
type Step struct {
	Do     string
	Reason string
	At     time.Time
	Order  Order // with ToWait (if an order is awaited) and ToSettle
}

// patience is how often a claim looks whether an earlier one was decided.
const patience = time.Minute

// Next says what the claim needs at now. Days are counted in UTC: nobody's reward depends on where he lives.
func (p Program) Next(f Facts, now time.Time) Step {
	if !f.Claim.State.Open() {
		return Step{Do: ToRest}
	}
	if why := p.suspect(f); why != "" {
		return Step{Do: ToRefuse, Reason: why}
	}
	if f.Claim.State == Pending {
		if f.Earlier {
			return Step{Do: ToWait, At: now.Add(patience)}
		}
		return Step{Do: ToAccept}
	}
	deadline := p.OrderWithin.AddTo(f.Claim.At, time.UTC)
	missing := NoOrder
	for _, o := range f.Orders {
		if o.At.Before(f.Claim.At) || o.At.After(deadline) {
			continue
		}
		switch {
		case o.Left() <= 0 || o.Left() < p.Minimum && o.Minor >= p.Minimum:
			missing = OrderReturned
			continue
		case o.Left() < p.Minimum || p.Currency != "" && p.Minimum > 0 && o.Currency != p.Currency:
			if missing == NoOrder {
				missing = OrderTooSmall
			}
			continue
		}
		if kept := p.Return.AddTo(o.At, time.UTC); now.Before(kept) {
			return Step{Do: ToWait, At: kept, Order: o}
		}
		s := Step{Do: ToSettle, Order: o}
		if p.PerYear > 0 && f.Rewards >= p.PerYear {
			s.Reason = YearlyLimit
		}
		return s
	}
	if now.Before(deadline) {
		return Step{Do: ToOrder, At: deadline}
	}
	return Step{Do: ToRefuse, Reason: missing}
}

// suspect says why the friend does not count as one. It is asked again with each look, because an order shows the card, and an order
// from before the claim may become known late.
func (p Program) suspect(f Facts) string {
	switch {
	case f.Gone:
		return Erased
	case f.Same:
		return SelfReferral
	case f.Other:
		return OtherReferrer
	case expired(f):
		return CodeExpired
	case f.BoughtBefore:
		return ExistingCustomer
	}
	for _, w := range []struct {
		kinds []Kind
		why   string
	}{{[]Kind{Email, Phone, Postal}, SameAddress}, {[]Kind{Household}, SameHousehold}, {[]Kind{Card}, SameCard}, {[]Kind{Device}, SameDevice}} {
		if slices.ContainsFunc(w.kinds, func(k Kind) bool { return slices.Contains(f.Shared, k) }) {
			return w.why
		}
	}
	if f.Cycle {
		return Cycle
	}
	return ""
}

func expired(f Facts) bool {
	after := func(end time.Time) bool { return !end.IsZero() && f.Claim.At.After(end) }
	return after(f.CodeExpires) || after(f.CodeEnded)
}
