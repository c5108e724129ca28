package referrals_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sojourn/activities/referrals"
	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/kittest"
	"sojourn/loyalty"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/referral/journeys"
	"sojourn/storage"
)

const target = "https://shop.example/welcome"

var signing = consent.Links{Current: 1, Keys: map[byte][]byte{1: []byte(strings.Repeat("l", 32))}}

// town is a shop with refer-a-friend live, on the product's own router, ledger and workflows, in skipped time.
type town struct {
	*testing.T
	*kittest.World
	desk                 *referrals.Desk
	ws                   int64
	invite, friend, news *kittest.Journey
}

type props = kittest.Props

// settings of the friend's journey, over those of every story here.
func open(t *testing.T, over map[string]any, change ...func(*journey.Document)) *town {
	t.Helper()
	desk := &referrals.Desk{}
	w := &town{T: t, desk: desk, World: kittest.New(t, func(r *kit.Registry) { journeys.Register(r, desk) })}
	n := byte(0)
	*desk = referrals.Desk{Store: w.Store, Loyalty: w.Store, Links: signing, MarkKey: []byte(strings.Repeat("m", 32)), PublicURL: "https://mail.shop.example",
		Random: func() []byte { n++; return slices.Repeat([]byte{n}, 16) }}
	if err := desk.Validate(); err != nil {
		t.Fatal(err)
	}
	all := map[string]any{"return_window": "P14D", "order_within": "P60D", "min_order": 2000, "currency": "EUR", "clawback": "P1Y", "per_year": 3,
		"referrer_reward": map[string]any{"kind": "points", "amount": 500}, "friend_reward": map[string]any{"kind": "points", "amount": 300}}
	for k, v := range over {
		all[k] = v
	}
	w.invite = w.Journey(journeys.TypeInvite, map[string]any{"target": target, "event": "Asked"})
	w.friend = w.Journey(journeys.TypeFriend, all, change...)
	w.news = w.Journey(journeys.TypeNews, nil)
	if err := w.Store.SQL().QueryRow("SELECT id FROM workspaces").Scan(&w.ws); err != nil {
		t.Fatal(err)
	}
	return w
}

// known is somebody who may be written to.
func (w *town) known(name string, traits props) *kittest.Customer {
	w.Helper()
	c := w.Customer(name, traits)
	c.Consents("email", "marketing")
	return c
}

// code issues the code of a referrer at once, as his journey's step does.
func (w *town) code(c *kittest.Customer) string {
	w.Helper()
	got, err := w.desk.Issue(context.Background(), journeys.Asked{Workspace: w.ws, Customer: c.ID(), Now: w.Now()}, journeys.LinkSettings{Program: "friends", Target: target, Valid: "P1Y"})
	if err != nil || got.Code == "" {
		w.Fatalf("%+v, %v", got, err)
	}
	return got.Code
}

func (w *town) sweep() {
	w.Helper()
	if _, err := w.desk.Sweep(context.Background(), w.Now()); err != nil {
		w.Fatal(err)
	}
	w.Advance(time.Second) // what it tells is routed
}

// claims tells all claims: friend<-referrer state/reason referrer/friend.
func (w *town) claims() string {
	w.Helper()
	rows, err := w.Store.ListReferrals(context.Background(), w.ws, "", ids.ID{}, storage.PageAsk{Limit: 50})
	if err != nil {
		w.Fatal(err)
	}
	var out []string
	for _, r := range slices.Backward(rows) {
		out = append(out, fmt.Sprintf("%s<-%s %s", r.Friend.ExternalID, r.Referrer.ExternalID, strings.TrimSuffix(r.State+"/"+r.Reason, "/"))+fmt.Sprintf(" %s %s", side(r.ReferrerSide, r.ReferrerReason), side(r.FriendSide, r.FriendReason)))
	}
	return strings.Join(out, "; ")
}

func side(state, reason string) string {
	if state == "" {
		return "-"
	}
	return strings.TrimSuffix(state+"("+reason+")", "()")
}

func (w *town) expect(claims string) {
	w.Helper()
	if got := w.claims(); got != claims {
		w.Fatalf("claims: %s\nwant:   %s\n%s", got, claims, w.Story())
	}
}

const (
	bothRewarded = " rewarded granted granted"
	bothBack     = " reversed/order_returned reversed(order_returned) reversed(order_returned)"
	bothRefused  = " refused/%[1]s refused(%[1]s) refused(%[1]s)"
)

func refused(who, reason string) string { return who + fmt.Sprintf(bothRefused, reason) }

// The whole story: Ann buys, is given a link and shares it; Bob comes by it, orders and keeps his order; both get their reward, once;
// months later Bob sends it back, and both rewards go.
func TestAFriendIsReferred(t *testing.T) {
	t.Parallel()
	for _, every := range []int{0, 1, 3} {
		t.Run(fmt.Sprint(every), func(t *testing.T) {
			t.Parallel()
			w := open(t, nil)
			w.ContinueEvery = every
			ann := w.known("ann", nil)
			ann.Does("Asked", nil)
			w.Advance(15 * kittest.Day)
			ann.ExpectSend("referral-invite")
			ann.ExpectOutcome("invited")
			codes, err := w.Store.ReferralCodesOf(t.Context(), w.ws, ids.MustParse(ann.ID()))
			if err != nil || len(codes) != 1 {
				t.Fatalf("%+v %v", codes, err)
			}
			data := w.runData(ann.ID())
			if want := fmt.Sprintf(`"code":%q,"link":%q`, referral.Shown(codes[0].Code), referrals.Link("https://mail.shop.example", signing, codes[0])); !strings.Contains(data, want) {
				t.Errorf("the invitation knows %s, want %s", data, want)
			}

			bob := w.known("bob", nil)
			bob.Does(referral.EventClaimed, props{"code": strings.ToLower(referral.Shown(codes[0].Code))})
			bob.ExpectAt("order")
			ann.ExpectSend("referral-joined")
			order := bob.Orders(30)
			bob.ExpectAt("keep")
			w.Advance(14*kittest.Day - time.Hour)
			bob.ExpectNoReward()
			w.Advance(2 * time.Hour)
			w.expect("bob<-ann" + bothRewarded)
			bob.ExpectReward("points", 300)
			bob.ExpectSend("referral-rewarded")
			bob.ExpectOutcome("rewarded")
			ann.ExpectReward("points", 500)
			ann.ExpectSend("referral-rewarded")
			w.sweep()
			bob.Orders(90) // later orders earn nothing more
			w.Advance(60 * kittest.Day)
			w.expect("bob<-ann" + bothRewarded)

			bob.Does(referral.EventRefunded, props{"order_id": order})
			w.sweep()
			w.expect("bob<-ann" + bothBack)
			if points, err := w.Store.Points(t.Context(), w.ws, ids.MustParse(ann.ID())); err != nil || points != 0 {
				t.Errorf("%d points, %v", points, err)
			}
			ann.ExpectSend("referral-refused")
			bob.Does(referral.EventRefunded, props{"order_id": order})
			w.sweep()
			w.expect("bob<-ann" + bothBack)
			ann.ExpectNoSend()
		})
	}
}

// runData is the data of a customer's first run.
func (w *town) runData(customer string) string {
	w.Helper()
	var data string
	if err := w.Store.SQL().QueryRow("SELECT c.data FROM run_contexts c JOIN runs r ON r.id = c.run_id WHERE r.customer_id = ? ORDER BY r.started_at, c.revision DESC LIMIT 1", ids.MustParse(customer)).Scan(&data); err != nil {
		w.Fatal(err)
	}
	return data
}

// What orders and refunds can do: returned, in part, before the order is known, told twice.
func TestOrdersAndRefunds(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		happens func(w *town, bob *kittest.Customer)
		want    string
	}{
		"returned in the window, the next one counts": {func(w *town, bob *kittest.Customer) {
			first := bob.Orders(30)
			w.Advance(3 * kittest.Day)
			bob.Does(referral.EventRefunded, props{"order_id": first})
			w.Advance(12 * kittest.Day)
			bob.ExpectAt("order")
			bob.Orders(25)
		}, "bob<-ann" + bothRewarded},
		"cancelled, and nothing else": {func(_ *town, bob *kittest.Customer) {
			bob.Does(referral.EventCancelled, props{"order_id": bob.Orders(30)})
		}, refused("bob<-ann", referral.OrderReturned)},
		"the refund is told before the order": {func(w *town, bob *kittest.Customer) {
			bob.Does(referral.EventRefunded, props{"order_id": "early"})
			bob.Does("Order Completed", props{"order_id": "early", "total": 30, "currency": "EUR"})
		}, refused("bob<-ann", referral.OrderReturned)},
		"a part is refunded, enough is left": {func(_ *town, bob *kittest.Customer) {
			bob.Does(referral.EventRefunded, props{"order_id": bob.Orders(30), "total": 10, "currency": "EUR"})
		}, "bob<-ann" + bothRewarded},
		"parts, and too little is left": {func(_ *town, bob *kittest.Customer) {
			order := bob.Orders(30)
			bob.Does(referral.EventRefunded, props{"order_id": order, "refund_id": "r1", "total": 6, "currency": "EUR"})
			bob.Does(referral.EventRefunded, props{"order_id": order, "refund_id": "r2", "total": 6, "currency": "EUR"})
		}, refused("bob<-ann", referral.OrderReturned)},
		"the same part told twice is one part": {func(_ *town, bob *kittest.Customer) {
			order := bob.Orders(30)
			for range 3 {
				bob.Does(referral.EventRefunded, props{"order_id": order, "refund_id": "r1", "total": 6, "currency": "EUR"})
			}
		}, "bob<-ann" + bothRewarded},
		"the order and the claim told twice": {func(w *town, bob *kittest.Customer) {
			for range 2 {
				bob.Does("Order Completed", props{"order_id": "once", "total": 30, "currency": "EUR"})
				bob.Does(referral.EventClaimed, props{"code": w.code(w.Customer("ann", nil))})
			}
		}, "bob<-ann" + bothRewarded},
		"an order that happened before, told late": {func(w *town, bob *kittest.Customer) {
			bob.Orders(30)
			bob.Did("Order Completed", props{"order_id": "old", "total": 30, "currency": "EUR"}, w.Now().Add(-30*kittest.Day))
		}, refused("bob<-ann", referral.ExistingCustomer)},
		"nothing":   {func(*town, *kittest.Customer) {}, refused("bob<-ann", referral.NoOrder)},
		"too small": {func(_ *town, bob *kittest.Customer) { bob.Orders(19.99) }, refused("bob<-ann", referral.OrderTooSmall)},
		"a part is refunded long after, and too little is left": {func(w *town, bob *kittest.Customer) {
			order := bob.Orders(30)
			w.Advance(100 * kittest.Day)
			w.expect("bob<-ann" + bothRewarded)
			bob.Does(referral.EventRefunded, props{"order_id": order, "total": 10.01, "currency": "EUR"})
		}, "bob<-ann" + bothBack},
		"a refund too late to take anything back": {func(w *town, bob *kittest.Customer) {
			order := bob.Orders(30)
			w.Advance(390 * kittest.Day)
			bob.Does(referral.EventRefunded, props{"order_id": order})
		}, "bob<-ann" + bothRewarded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, nil)
			bob := w.known("bob", nil)
			bob.Does(referral.EventClaimed, props{"code": w.code(w.known("ann", nil))})
			bob.ExpectAt("order")
			x.happens(w, bob)
			w.Advance(100 * kittest.Day)
			w.sweep()
			w.expect(x.want)
			if strings.Contains(x.want, "rewarded") {
				bob.ExpectReward("points", 300)
				w.Customer("ann", nil).ExpectReward("points", 500)
			}
			bob.ExpectNoReward()
			w.Customer("ann", nil).ExpectNoReward()
		})
	}
}

// Fraud and everybody who is no friend.
func TestWhoIsNoFriend(t *testing.T) {
	t.Parallel()
	address := props{"address": map[string]any{"street": "Dorpsstraat 1", "postal_code": "1234 AB", "country": "NL"}}
	for name, x := range map[string]struct {
		ann, bob props
		happens  func(w *town, ann, bob *kittest.Customer)
		reason   string
	}{
		"the same mailbox under a tag": {props{"email": "a.lee@gmail.com"}, props{"email": "ALee+bob@googlemail.com"}, nil, referral.SameAddress},
		"the same telephone":           {props{"phone": "+31612345678"}, props{"phone": "+31 6 12345678"}, nil, referral.SameAddress},
		"the same house":               {address, props{"street": "DORPSSTRAAT", "house_number": "1", "zip": "1234ab", "country": "NL"}, nil, referral.SameAddress},
		"the same household":           {props{"household_id": "h1"}, props{"household_id": "H1"}, nil, referral.SameHousehold},
		"the same card": {nil, nil, func(w *town, ann, bob *kittest.Customer) {
			ann.Does("Order Completed", props{"order_id": "a1", "total": 5, "card_fingerprint": "fp9"})
			bob.Does("Order Completed", props{"order_id": "b1", "total": 50, "currency": "EUR", "payment": map[string]any{"fingerprint": "fp9"}})
		}, referral.SameCard},
		"the same device": {nil, nil, func(w *town, ann, bob *kittest.Customer) {
			ann.Does("Order Completed", props{"order_id": "a1", "total": 5, "device_id": "d9"})
			bob.Does("Order Completed", props{"order_id": "b1", "total": 50, "currency": "EUR", "device_id": "d9"})
		}, referral.SameDevice},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, nil)
			ann, bob := w.known("ann", x.ann), w.known("bob", x.bob)
			bob.Does(referral.EventClaimed, props{"code": w.code(ann)})
			if x.happens != nil {
				x.happens(w, ann, bob)
			}
			w.Advance(100 * kittest.Day)
			w.expect(refused("bob<-ann", x.reason))
			bob.ExpectNoReward()
			bob.ExpectNoSend() // who cheats is not told how he was found out
			ann.ExpectNoReward()
			var kept int
			if err := w.Store.SQL().QueryRow("SELECT COUNT(*) FROM referral_marks WHERE hash LIKE '%lee%' OR hash LIKE '%dorps%' OR length(hash) <> 32").Scan(&kept); err != nil || kept > 0 {
				t.Errorf("%d marks are no hashes, %v", kept, err)
			}
		})
	}
	t.Run("oneself", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		ann := w.known("ann", nil)
		ann.Does(referral.EventClaimed, props{"code": w.code(ann)})
		w.expect(refused("ann<-ann", referral.SelfReferral))
	})
	t.Run("in a circle", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		ann, bob, cas := w.known("ann", nil), w.known("bob", nil), w.known("cas", nil)
		bob.Does(referral.EventClaimed, props{"code": w.code(ann)})
		w.Advance(time.Second)
		cas.Does(referral.EventClaimed, props{"code": w.code(bob)})
		w.Advance(time.Second)
		ann.Does(referral.EventClaimed, props{"code": w.code(cas)})
		w.expect("bob<-ann accepted - -; cas<-bob accepted - -; " + refused("ann<-cas", referral.Cycle))
	})
	t.Run("a customer", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		ann, bob := w.known("ann", nil), w.known("bob", nil)
		bob.Orders(5)
		w.Advance(time.Second)
		bob.Does(referral.EventClaimed, props{"code": w.code(ann)})
		w.expect(refused("bob<-ann", referral.ExistingCustomer))
		bob.ExpectSend("referral-refused")
		ann.ExpectSend("referral-refused")
	})
	t.Run("a code that has expired, and one that nobody gave out", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		code, bob := w.code(w.known("ann", nil)), w.known("bob", nil)
		bob.Does(referral.EventClaimed, props{"code": "0000-0000-0000"})
		bob.Does(referral.EventClaimed, props{"code": "'; DROP TABLE"})
		bob.Does(referral.EventClaimed, nil)
		w.expect("")
		w.Advance(366 * kittest.Day)
		bob.Does(referral.EventClaimed, props{"code": code})
		w.expect(refused("bob<-ann", referral.CodeExpired))
	})
	t.Run("two friends with one card", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		code := w.code(w.known("ann", nil))
		for _, name := range []string{"bob", "cas"} {
			c := w.known(name, nil)
			c.Does(referral.EventClaimed, props{"code": code})
			c.Does("Order Completed", props{"order_id": name, "total": 50, "currency": "EUR", "card_fingerprint": "fp"})
			w.Advance(time.Hour)
		}
		w.Advance(20 * kittest.Day)
		w.expect("bob<-ann" + bothRewarded + "; " + refused("cas<-ann", referral.SameCard))
	})
}

// Two referrers claim one friend: the first valid claim wins, the other one gets a reason, in whichever order they are told.
func TestTwoReferrersClaimOneFriend(t *testing.T) {
	t.Parallel()
	t.Run("the first wins", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		ann, cas, bob := w.known("ann", nil), w.known("cas", nil), w.known("bob", nil)
		bob.Does(referral.EventClaimed, props{"code": w.code(ann)})
		w.Advance(time.Hour)
		bob.Does(referral.EventClaimed, props{"code": w.code(cas)})
		bob.Orders(30)
		w.Advance(20 * kittest.Day)
		w.sweep()
		w.expect("bob<-ann" + bothRewarded + "; " + refused("bob<-cas", referral.OtherReferrer))
		bob.ExpectReward("points", 300)
		bob.ExpectNoReward()
		cas.ExpectNoReward()
		cas.ExpectSend("referral-refused")
	})
	t.Run("the first is no valid one", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		cas, bob := w.known("cas", nil), w.known("bob", nil)
		bob.Does(referral.EventClaimed, props{"code": w.code(w.known("ann", props{"email": "bob+1@example.com"}))})
		w.Advance(time.Hour)
		bob.Does(referral.EventClaimed, props{"code": w.code(cas)})
		bob.Orders(30)
		w.Advance(20 * kittest.Day)
		w.expect(refused("bob<-ann", referral.SameAddress) + "; bob<-cas" + bothRewarded)
	})
	t.Run("an earlier one is told when another has been accepted", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		ann, cas, bob := w.code(w.known("ann", nil)), w.code(w.known("cas", nil)), w.known("bob", nil)
		bob.Did(referral.EventClaimed, props{"code": cas}, w.Now().Add(-time.Hour))
		bob.Did(referral.EventClaimed, props{"code": ann}, w.Now().Add(-2*time.Hour))
		w.expect(refused("bob<-ann", referral.OtherReferrer) + "; bob<-cas accepted - -")
		w.Customer("ann", nil).ExpectSend("referral-refused")
	})
}

// The code comes with the sign-up, or with the order itself.
func TestTheCodeComesWithSignUpOrOrder(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	code := w.code(w.known("ann", nil))
	w.known("bob", props{"referral_code": code})
	w.known("cas", nil).Does("Order Completed", props{"order_id": "c1", "total": 30, "currency": "EUR", "referral_code": referral.Shown(code)})
	w.known("bob", props{"first_name": "Bob", "referral_code": code})
	w.Advance(15 * kittest.Day)
	w.expect("bob<-ann accepted - -; cas<-ann" + bothRewarded)
}

// What acts on every journey acts on this one, and the claim ends with a reason.
func TestWhatActsOnEveryJourney(t *testing.T) {
	t.Parallel()
	t.Run("stop", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		bob := w.known("bob", nil)
		bob.Does(referral.EventClaimed, props{"code": w.code(w.known("ann", nil))})
		bob.Orders(30)
		w.friend.Stop()
		w.sweep()
		w.Advance(60 * kittest.Day)
		w.expect(refused("bob<-ann", referral.JourneyEnded))
		w.known("cas", nil).Does(referral.EventClaimed, props{"code": w.code(w.Customer("ann", nil))})
		w.expect(refused("bob<-ann", referral.JourneyEnded) + "; " + refused("cas<-ann", referral.NotRunning))
	})
	t.Run("pause", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		bob := w.known("bob", nil)
		bob.Does(referral.EventClaimed, props{"code": w.code(w.known("ann", nil))})
		bob.Orders(30)
		w.friend.Pause()
		w.Advance(30 * kittest.Day)
		bob.ExpectNoReward()
		w.friend.Resume()
		w.expect("bob<-ann" + bothRewarded)
	})
	t.Run("control group", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil, func(d *journey.Document) { d.Control = &journey.Control{Percent: 100} })
		ann, bob := w.known("ann", nil), w.known("bob", nil)
		bob.Does(referral.EventClaimed, props{"code": w.code(ann)})
		bob.Orders(30)
		w.Advance(30 * kittest.Day)
		bob.ExpectOutcome(referral.HeldOut)
		bob.ExpectSteps("claim:skipped", "order:ordered", "keep:timeout", "rewarded:skipped")
		w.sweep()
		w.expect(refused("bob<-ann", referral.HeldOut))
		bob.ExpectNoSend()
		ann.ExpectNoSend() // he is told nothing of it either
	})
	t.Run("goal", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		bob := w.known("bob", nil)
		bob.Does(referral.EventClaimed, props{"code": w.code(w.known("ann", nil))})
		bob.Orders(30)
		var goals int
		if err := w.Store.SQL().QueryRow("SELECT COUNT(*) FROM conversions WHERE value_minor = 3000").Scan(&goals); err != nil || goals != 1 {
			t.Errorf("%d conversions, %v", goals, err)
		}
		bob.ExpectAt("keep") // and the run goes on
	})
	t.Run("once per code", func(t *testing.T) {
		t.Parallel()
		w := open(t, nil)
		ann := w.known("ann", nil)
		ann.Does("Asked", nil)
		w.Advance(20 * kittest.Day)
		ann.ExpectSend("referral-invite")
		ann.Does("Asked", nil)
		w.Advance(100 * kittest.Day)
		ann.ExpectNoSend()
		if a, b := w.code(ann), w.code(ann); a != b {
			t.Errorf("two codes: %s, %s", a, b)
		}
	})
	for _, who := range []string{"bob", "ann"} {
		for _, when := range []string{"waiting", "rewarded"} {
			t.Run("erasure of "+who+", "+when, func(t *testing.T) {
				t.Parallel()
				w := open(t, nil)
				bob := w.known("bob", props{"phone": "+31612345678"})
				bob.Does(referral.EventClaimed, props{"code": w.code(w.known("ann", nil))})
				bob.Orders(30)
				want := refused("bob<-ann", referral.Erased)
				if when == "rewarded" {
					w.Advance(30 * kittest.Day)
					want = "bob<-ann" + bothRewarded
				}
				gone := w.Customer(who, nil)
				w.erase(gone)
				w.sweep()
				if _, err := w.Store.ScrubReferrals(t.Context(), w.Now()); err != nil {
					t.Fatal(err)
				}
				w.Advance(60 * kittest.Day)
				w.expect(want)
				var left int
				if err := w.Store.SQL().QueryRow("SELECT (SELECT COUNT(*) FROM referral_marks WHERE customer_id = ?) + (SELECT COUNT(*) FROM referral_codes WHERE customer_id = ? AND (target <> '' OR code NOT LIKE 'erased:%'))",
					ids.MustParse(gone.ID()), ids.MustParse(gone.ID())).Scan(&left); err != nil || left != 0 {
					t.Errorf("%d rows about somebody who was erased, %v", left, err)
				}
			})
		}
	}
}

func (w *town) erase(c *kittest.Customer) {
	w.Helper()
	if _, err := w.Store.SQL().Exec("UPDATE customers SET erased_at = ?, email = NULL, phone = NULL, attributes = '{}' WHERE id = ?", models.At(w.Now()), ids.MustParse(c.ID())); err != nil {
		w.Fatal(err)
	}
}

// A referrer has so many rewards in a year and no more; his friends get theirs all the same.
func TestTheYearlyLimit(t *testing.T) {
	t.Parallel()
	w := open(t, map[string]any{"per_year": 1})
	ann := w.known("ann", nil)
	code := w.code(ann)
	for _, name := range []string{"bob", "cas"} {
		c := w.known(name, nil)
		c.Does(referral.EventClaimed, props{"code": code})
		c.Orders(30)
		w.Advance(time.Hour)
	}
	w.Advance(20 * kittest.Day)
	w.expect("bob<-ann" + bothRewarded + "; cas<-ann rewarded refused(yearly_limit) granted")
	ann.ExpectReward("points", 500)
	ann.ExpectNoReward()
	w.Customer("cas", nil).ExpectReward("points", 300)
	w.Advance(366 * kittest.Day)
	w.code(ann)
	dan := w.known("dan", nil)
	dan.Does(referral.EventClaimed, props{"code": code})
	dan.Orders(30)
	w.Advance(20 * kittest.Day)
	ann.ExpectReward("points", 500)
}

// A side that the loyalty programme can't serve gets its reason; a side that gets nothing by the settings, too.
func TestEachSideARewardOrAReason(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		settings map[string]any
		want     string
	}{
		"no vouchers left":         {map[string]any{"friend_reward": map[string]any{"kind": "voucher", "offer": "gone"}}, "bob<-ann rewarded granted refused(no_offer)"},
		"the referrer only":        {map[string]any{"friend_reward": map[string]any{"kind": "none"}}, "bob<-ann rewarded granted refused(no_reward)"},
		"neither can have a thing": {map[string]any{"friend_reward": map[string]any{"kind": "voucher", "offer": "gone"}, "referrer_reward": map[string]any{"kind": "voucher", "offer": "gone"}}, refused("bob<-ann", loyalty.NoOffer)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, x.settings)
			bob := w.known("bob", nil)
			bob.Does(referral.EventClaimed, props{"code": w.code(w.known("ann", nil))})
			bob.Orders(30)
			w.Advance(20 * kittest.Day)
			w.expect(x.want)
		})
	}
}

// breaking is a loyalty programme whose answer gets lost: it grants, and the caller hears of a failure.
type breaking struct {
	loyalty.Program
	fail func(key string) bool
}

func (b breaking) Grant(ctx context.Context, g loyalty.Grant) (loyalty.Receipt, error) {
	r, err := b.Program.Grant(ctx, g)
	if err == nil && b.fail(g.Key) {
		return r, fault.New(fault.Unavailable, "the answer was lost")
	}
	return r, err
}

// Answers that get lost, a run that is stopped in the middle of it, and a refund meanwhile: each side is granted once, and taken back
// once.
func TestASettlementThatDies(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	var lost int
	w.desk.Loyalty = breaking{w.Store, func(key string) bool { lost++; return strings.HasSuffix(key, "referrer") && lost < 100 }}
	ann, bob := w.known("ann", nil), w.known("bob", nil)
	bob.Does(referral.EventClaimed, props{"code": w.code(ann)})
	order := bob.Orders(30)
	w.Advance(14*kittest.Day + time.Minute)
	w.expect("bob<-ann settling owed granted")
	w.friend.Stop()
	bob.Does(referral.EventRefunded, props{"order_id": order})
	w.desk.Loyalty = w.Store
	w.Advance(2 * time.Minute)
	w.sweep()
	w.sweep()
	w.expect("bob<-ann" + bothBack)
	var rewards, reversed int
	if err := w.Store.SQL().QueryRow("SELECT COUNT(*), SUM(state = 'reversed') FROM rewards").Scan(&rewards, &reversed); err != nil || rewards != 2 || reversed != 2 {
		t.Errorf("%d rewards, %d reversed, %v", rewards, reversed, err)
	}
}

// A colleague ends claims by hand.
func TestEndedByHand(t *testing.T) {
	t.Parallel()
	w := open(t, nil)
	bob := w.known("bob", nil)
	bob.Does(referral.EventClaimed, props{"code": w.code(w.known("ann", nil))})
	bob.Orders(30)
	w.Advance(20 * kittest.Day)
	rows, err := w.Store.ListReferrals(t.Context(), w.ws, "rewarded", ids.MustParse(bob.ID()), storage.PageAsk{Limit: 5})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	if _, err := w.desk.End(t.Context(), w.ws, rows[0].ID, w.Now()); err != nil {
		t.Fatal(err)
	}
	w.expect("bob<-ann reversed/by_hand reversed(by_hand) reversed(by_hand)")
	if _, err := w.desk.End(t.Context(), w.ws, rows[0].ID, w.Now()); !fault.Is(err, fault.Conflict) {
		t.Error(err)
	}
	if _, err := w.desk.End(t.Context(), w.ws+1, rows[0].ID, w.Now()); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}
