package referral_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"sojourn/journey"
	"sojourn/referral"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

const day = 24 * time.Hour

func rules(t testing.TB) referral.Program {
	t.Helper()
	parse := func(s string) journey.Duration {
		d, err := journey.ParseDuration(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	p := referral.Program{Return: parse("P14D"), OrderWithin: parse("P60D"), Minimum: 2000, Currency: "EUR", PerYear: 3, Referrer: true, Friend: true}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return p
}

func accepted() referral.Claim { return referral.Claim{State: referral.Accepted, At: start} }

func TestWhatAClaimNeeds(t *testing.T) {
	t.Parallel()
	p := rules(t)
	order := func(at time.Duration, minor, back int64) referral.Order {
		return referral.Order{Key: fmt.Sprint(at), At: start.Add(at), Minor: minor, Currency: "EUR", Refunded: back}
	}
	gone := order(day, 5000, 0)
	gone.Gone = true
	dollars := order(day, 5000, 0)
	dollars.Currency = "USD"
	for name, x := range map[string]struct {
		f    referral.Facts
		now  time.Duration
		want referral.Step
	}{
		"a new claim":                     {referral.Facts{Claim: referral.Claim{State: referral.Pending, At: start}}, 0, referral.Step{Do: referral.ToAccept}},
		"an earlier claim goes first":     {referral.Facts{Claim: referral.Claim{State: referral.Pending, At: start}, Earlier: true}, 0, referral.Step{Do: referral.ToWait, At: start.Add(time.Minute)}},
		"no order yet":                    {referral.Facts{Claim: accepted()}, 59 * day, referral.Step{Do: referral.ToOrder, At: start.Add(60 * day)}},
		"no order in time":                {referral.Facts{Claim: accepted()}, 60 * day, referral.Step{Do: referral.ToRefuse, Reason: referral.NoOrder}},
		"in the return window":            {referral.Facts{Claim: accepted(), Orders: []referral.Order{order(day, 2000, 0)}}, 14 * day, referral.Step{Do: referral.ToWait, At: start.Add(15 * day), Order: order(day, 2000, 0)}},
		"kept":                            {referral.Facts{Claim: accepted(), Orders: []referral.Order{order(day, 2000, 0)}}, 15 * day, referral.Step{Do: referral.ToSettle, Order: order(day, 2000, 0)}},
		"the yearly limit":                {referral.Facts{Claim: accepted(), Rewards: 3, Orders: []referral.Order{order(day, 2000, 0)}}, 15 * day, referral.Step{Do: referral.ToSettle, Order: order(day, 2000, 0), Reason: referral.YearlyLimit}},
		"a partial refund above":          {referral.Facts{Claim: accepted(), Orders: []referral.Order{order(day, 3000, 1000)}}, 15 * day, referral.Step{Do: referral.ToSettle, Order: order(day, 3000, 1000)}},
		"a partial refund below":          {referral.Facts{Claim: accepted(), Orders: []referral.Order{order(day, 3000, 1001)}}, 60 * day, referral.Step{Do: referral.ToRefuse, Reason: referral.OrderReturned}},
		"too small":                       {referral.Facts{Claim: accepted(), Orders: []referral.Order{order(day, 1999, 0)}}, 60 * day, referral.Step{Do: referral.ToRefuse, Reason: referral.OrderTooSmall}},
		"another currency":                {referral.Facts{Claim: accepted(), Orders: []referral.Order{dollars}}, 60 * day, referral.Step{Do: referral.ToRefuse, Reason: referral.OrderTooSmall}},
		"cancelled, then another":         {referral.Facts{Claim: accepted(), Orders: []referral.Order{gone, order(20*day, 2500, 0)}}, 34 * day, referral.Step{Do: referral.ToSettle, Order: order(20*day, 2500, 0)}},
		"an order on the last day counts": {referral.Facts{Claim: accepted(), Orders: []referral.Order{order(60*day, 2500, 0)}}, 61 * day, referral.Step{Do: referral.ToWait, At: start.Add(74 * day), Order: order(60*day, 2500, 0)}},
		"one after it does not":           {referral.Facts{Claim: accepted(), Orders: []referral.Order{order(60*day+1, 2500, 0)}}, 61 * day, referral.Step{Do: referral.ToRefuse, Reason: referral.NoOrder}},
		"self":                            {referral.Facts{Claim: accepted(), Same: true}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.SelfReferral}},
		"erased":                          {referral.Facts{Claim: accepted(), Gone: true, Same: true}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.Erased}},
		"another referrer":                {referral.Facts{Claim: accepted(), Other: true}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.OtherReferrer}},
		"an existing customer":            {referral.Facts{Claim: accepted(), BoughtBefore: true}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.ExistingCustomer}},
		"an expired code":                 {referral.Facts{Claim: accepted(), CodeExpires: start.Add(-1)}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.CodeExpired}},
		"one that expired later":          {referral.Facts{Claim: accepted(), CodeExpires: start}, 0, referral.Step{Do: referral.ToOrder, At: start.Add(60 * day)}},
		"same mailbox":                    {referral.Facts{Claim: accepted(), Shared: []referral.Kind{referral.Email}}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.SameAddress}},
		"same telephone":                  {referral.Facts{Claim: accepted(), Shared: []referral.Kind{referral.Phone}}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.SameAddress}},
		"same house":                      {referral.Facts{Claim: accepted(), Shared: []referral.Kind{referral.Postal}}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.SameAddress}},
		"same household":                  {referral.Facts{Claim: accepted(), Shared: []referral.Kind{referral.Household}}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.SameHousehold}},
		"same card":                       {referral.Facts{Claim: accepted(), Shared: []referral.Kind{referral.Card}}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.SameCard}},
		"same device":                     {referral.Facts{Claim: accepted(), Shared: []referral.Kind{referral.Device}}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.SameDevice}},
		"cycle":                           {referral.Facts{Claim: accepted(), Cycle: true}, 0, referral.Step{Do: referral.ToRefuse, Reason: referral.Cycle}},
		"closed":                          {referral.Facts{Claim: referral.Claim{State: referral.Rewarded}, Same: true}, 0, referral.Step{Do: referral.ToRest}},
	} {
		if got := p.Next(x.f, start.Add(x.now)); got != x.want {
			t.Errorf("%s: %+v, want %+v", name, got, x.want)
		}
	}
}

// moves are all the things that can happen to a claim, possible or not at that moment: repeated, late, out of order.
var moves = map[string]func(c referral.Claim) referral.Claim{
	"accept": func(c referral.Claim) referral.Claim {
		if c.State == referral.Pending {
			c.State = referral.Accepted
		}
		return c
	},
	"refuse":           func(c referral.Claim) referral.Claim { return c.Refuse(referral.NoOrder) },
	"settle":           func(c referral.Claim) referral.Claim { return c.Settle("", "") },
	"settle, limit":    func(c referral.Claim) referral.Claim { return c.Settle(referral.YearlyLimit, "") },
	"settle, nothing":  func(c referral.Claim) referral.Claim { return c.Settle(referral.NoReward, referral.NoReward) },
	"friend granted":   func(c referral.Claim) referral.Claim { return c.Done(referral.TheFriend, "") },
	"friend refused":   func(c referral.Claim) referral.Claim { return c.Done(referral.TheFriend, "none_left") },
	"referrer granted": func(c referral.Claim) referral.Claim { return c.Done(referral.TheReferrer, "") },
	"referrer refused": func(c referral.Claim) referral.Claim { return c.Done(referral.TheReferrer, "restricted") },
	"friend back":      func(c referral.Claim) referral.Claim { return c.Reverse(referral.TheFriend, referral.OrderReturned) },
	"referrer back":    func(c referral.Claim) referral.Claim { return c.Reverse(referral.TheReferrer, referral.OrderReturned) },
}

// Every state that any sequence of moves can lead to, and every move out of it: each side is granted at most once and taken back at
// most once and only after a grant; a claim that is closed has a reward or a reason on each side and never opens again; wherever a
// claim is, it can still come to an end.
func TestNoSequenceOfEventsBreaksAClaim(t *testing.T) {
	t.Parallel()
	first := referral.Claim{State: referral.Pending, At: start}
	seen := map[referral.Claim]bool{first: true}
	next := map[referral.Claim][]referral.Claim{}
	for todo := []referral.Claim{first}; len(todo) > 0; todo = todo[1:] {
		c := todo[0]
		check(t, c)
		for name, move := range moves {
			d := move(c)
			for _, p := range referral.Parties {
				was, is := c.Side(p), d.Side(p)
				if was == is {
					continue
				}
				legal := map[string][]string{"": {referral.SideOwed, referral.SideRefused}, referral.SideOwed: {referral.SideGranted, referral.SideRefused}, referral.SideGranted: {referral.SideReversed}}
				ok := false
				for _, to := range legal[was.State] {
					ok = ok || to == is.State
				}
				if !ok {
					t.Errorf("%s: the %s went from %+v to %+v (%+v)", name, p, was, is, c)
				}
			}
			if !c.State.Open() && d.State.Open() {
				t.Errorf("%s opened a claim again: %+v -> %+v", name, c, d)
			}
			if !seen[d] {
				seen[d] = true
				todo = append(todo, d)
			}
			next[c] = append(next[c], d)
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d states were reached", len(seen))
	}
	ended := map[referral.Claim]bool{}
	for grew := true; grew; {
		grew = false
		for c := range seen {
			if ended[c] {
				continue
			}
			closed := !c.State.Open() && c.State != referral.Settling
			for _, d := range next[c] {
				closed = closed || ended[d]
			}
			if closed {
				ended[c], grew = true, true
			}
		}
	}
	if len(ended) != len(seen) {
		t.Errorf("%d of %d states can't come to an end", len(seen)-len(ended), len(seen))
	}
}

func check(t *testing.T, c referral.Claim) {
	t.Helper()
	var granted, reversed int
	for _, p := range referral.Parties {
		s := c.Side(p)
		switch s.State {
		case referral.SideGranted:
			granted++
		case referral.SideReversed:
			reversed++
		}
		if (s.State == referral.SideRefused || s.State == referral.SideReversed) && s.Reason == "" {
			t.Errorf("the %s has no reason: %+v", p, c)
		}
		if decided := s.State != "" && s.State != referral.SideOwed; !c.State.Open() && c.State != referral.Settling && !decided {
			t.Errorf("closed, and the %s has neither reward nor reason: %+v", p, c)
		}
	}
	switch {
	case c.State == referral.Rewarded && granted == 0:
		t.Errorf("rewarded, and nobody has anything: %+v", c)
	case c.State == referral.Refused && (granted > 0 || reversed > 0 || c.Reason == ""):
		t.Errorf("refused: %+v", c)
	case c.State == referral.Reversed && (granted > 0 || reversed == 0 || c.Reason == ""):
		t.Errorf("reversed: %+v", c)
	}
}

// A program's whole life under random orders, refunds and looks, in any order: it comes to an end, and what was given is taken back if
// and only if too little was left while it could be.
func TestRandomLives(t *testing.T) {
	t.Parallel()
	p := rules(t)
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 7))
		f := referral.Facts{Claim: referral.Claim{State: referral.Pending, At: start}}
		now := start
		var order string
		grants := map[referral.Party]int{}
		for range 60 {
			now = now.Add(time.Duration(r.IntN(5*24)) * time.Hour)
			switch r.IntN(4) {
			case 0:
				f.Orders = append(f.Orders, referral.Order{Key: fmt.Sprint(len(f.Orders)), At: now, Minor: int64(1000 + r.IntN(4000)), Currency: "EUR"})
			case 1:
				if n := len(f.Orders); n > 0 {
					f.Orders[r.IntN(n)].Refunded += int64(r.IntN(2000))
				}
			}
			s := p.Next(f, now)
			switch s.Do {
			case referral.ToAccept:
				f.Claim.State = referral.Accepted
			case referral.ToRefuse:
				f.Claim = f.Claim.Refuse(s.Reason)
			case referral.ToSettle:
				order, f.Claim.Minimum, f.Claim.Until = s.Order.Key, p.Minimum, now.Add(90*day)
				f.Claim = f.Claim.Settle(s.Reason, "")
				for _, side := range referral.Parties {
					if f.Claim.Side(side).State == referral.SideOwed {
						refused := map[bool]string{true: "none_left"}[r.IntN(5) == 0]
						if f.Claim = f.Claim.Done(side, refused); refused == "" {
							grants[side]++
						}
					}
				}
			}
			for _, o := range f.Orders {
				if o.Key == order && f.Claim.State == referral.Rewarded {
					mustGo := (o.Left() < p.Minimum || o.Left() <= 0) && !now.After(f.Claim.Until)
					if f.Claim.Clawback(o.Left(), now) != mustGo {
						t.Fatalf("seed %d: clawback %v with %d left", seed, !mustGo, o.Left())
					}
					if mustGo {
						for _, side := range referral.Parties {
							f.Claim = f.Claim.Reverse(side, referral.OrderReturned)
						}
					}
				}
			}
			check(t, f.Claim)
		}
		if s := p.Next(f, start.Add(400*day)); s.Do != referral.ToRest && s.Do != referral.ToRefuse && s.Do != referral.ToSettle && s.Do != referral.ToAccept {
			t.Fatalf("seed %d: after a year it still needs %+v", seed, s)
		}
		for side, n := range grants {
			if n > 1 {
				t.Fatalf("seed %d: the %s was rewarded %d times", seed, side, n)
			}
		}
	}
}

// Without a minimum, too, an order that was sent back earns nothing; and only what was given is taken back.
func TestWithoutAMinimum(t *testing.T) {
	t.Parallel()
	p := rules(t)
	p.Minimum, p.Currency = 0, ""
	for _, o := range []referral.Order{{At: start, Minor: 500, Gone: true}, {At: start, Minor: 500, Refunded: 500}, {At: start}} {
		if s := p.Next(referral.Facts{Claim: accepted(), Orders: []referral.Order{o}}, start.Add(30*day)); s.Do != referral.ToOrder {
			t.Errorf("%+v: %+v", o, s)
		}
	}
	if s := p.Next(referral.Facts{Claim: accepted(), Orders: []referral.Order{{Key: "yen", At: start, Minor: 1, Currency: "JPY"}}}, start.Add(30*day)); s.Do != referral.ToSettle {
		t.Errorf("%+v", s)
	}
	for _, state := range []referral.State{referral.Pending, referral.Accepted, referral.Settling, referral.Rewarded, referral.Refused, referral.Reversed} {
		c := referral.Claim{State: state, Until: start}
		if got := c.Clawback(0, start); got != (state == referral.Rewarded) {
			t.Errorf("%s: clawback %v", state, got)
		}
		if c.Clawback(0, start.Add(1)) || c.Clawback(1, start) {
			t.Errorf("%s: taken back too late, or with enough left", state)
		}
	}
}
