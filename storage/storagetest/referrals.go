package storagetest

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

const friendsJourney = `
key: friends
name: Friends
purpose: marketing
entry: {kind: event, event: Referral Joined, reentry: {rule: always}}
steps:
  - {id: nap, kind: wait, wait: {for: P30D}}
`

// Referrals checks storage.Referrals and what the router does for it: claims once per friend and code, refunds in any order, merges,
// the facts that the rules go by, what is left over, and erasure.
func Referrals(t *testing.T, s *sqlstore.Store) {
	w := newRoutingWorld(t, s, "referrals-"+s.NewID().String())
	ctx := context.Background()
	doc, err := journey.Parse([]byte(friendsJourney))
	if err != nil {
		t.Fatal(err)
	}
	w.publish(doc)
	id := func(name string) ids.ID {
		t.Helper()
		var c models.Customer
		query(t, s, &c, "SELECT id FROM customers WHERE workspace_id = ? AND external_id = ?", w.ws, name)
		return c.ID
	}
	issue := func(name string, n byte) models.ReferralCode {
		t.Helper()
		c, err := s.IssueReferralCode(ctx, storage.ReferralCodeAsk{Workspace: w.ws, Program: "p", Customer: id(name), Target: "https://shop.example", Random: bytes.Repeat([]byte{n}, 16), Now: w.now})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	list := func(state string, who ids.ID) []storage.ReferralRow {
		t.Helper()
		rows, err := s.ListReferrals(ctx, w.ws, state, who, storage.PageAsk{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	facts := func(c ids.ID) (got referral.Facts) {
		t.Helper()
		if _, err := s.ChangeReferral(ctx, w.ws, c, w.now, func(f referral.Facts, _ *models.ReferralClaim) error { got = f; return nil }); err != nil {
			t.Fatal(err)
		}
		return got
	}

	for _, name := range []string{"ann", "bob", "cas"} {
		w.identify(user(name), "email", name+"@example.com")
	}
	w.route()
	ann, cas := issue("ann", 1), issue("cas", 2)
	if again := issue("ann", 3); again.ID != ann.ID || again.Code != ann.Code {
		t.Errorf("a second code: %+v", again)
	}
	w.now = w.now.Add(time.Hour)
	w.track(user("bob"), referral.EventRefunded, "order_id", "o1", "refund_id", "r", "total", 5, "currency", "EUR")
	for range 2 {
		w.track(user("bob"), referral.EventClaimed, "code", referral.Shown(ann.Code))
		w.track(user("bob"), referral.EventRefunded, "order_id", "o1", "refund_id", "r", "total", 5, "currency", "EUR")
	}
	w.now = w.now.Add(time.Minute)
	w.track(user("bob"), referral.EventClaimed, "code", cas.Code)
	w.track(user("bob"), referral.EventClaimed, "code", "0000-0000-0000")
	w.track(user("bob"), "Order Completed", "order_id", "o1", "total", 30, "currency", "EUR")
	w.now = w.now.Add(time.Minute)
	w.track(device("d1"), referral.EventClaimed, "code", ann.Code) // anonymous, and bob later
	w.route()
	rows := list("", ids.ID{})
	if len(rows) != 3 || len(list("refused", ids.ID{})) != 0 || len(list("", id("ann"))) != 2 || len(list("", id("cas"))) != 1 {
		t.Fatalf("claims: %+v", rows)
	}
	first := list("", id("ann"))[1]
	if first.FriendID != id("bob") || first.RunID.IsZero() || first.Code != ann.Code || first.Referrer.ExternalID != "ann" || first.State != "pending" {
		t.Errorf("%+v", first)
	}
	if second := list("", id("cas"))[0]; second.RunID != first.RunID {
		t.Errorf("two claims of one friend, two runs: %+v", second)
	}
	f := facts(first.ID)
	if f.Same || f.Gone || f.BoughtBefore || f.Cycle || f.Other || f.Earlier || len(f.Shared) > 0 || len(f.Orders) != 1 || f.Orders[0].Minor != 3000 || f.Orders[0].Refunded != 500 {
		t.Errorf("facts %+v", f)
	}
	if f := facts(list("", id("cas"))[0].ID); !f.Earlier {
		t.Errorf("facts of the second %+v", f)
	}
	claims, err := s.ReferralClaimsOfRun(ctx, w.ws, first.RunID)
	if err != nil || len(claims) != 2 || claims[0].ID != first.ID {
		t.Errorf("%+v %v", claims, err)
	}

	mark := func(name string, k referral.Kind) {
		t.Helper()
		for range 2 {
			if err := s.KeepReferralMarks(ctx, w.ws, id(name), map[referral.Kind][]models.Hash{k: {referral.Hash([]byte("k"), w.ws, referral.Mark{Kind: k, Value: "x"})}}, w.now); err != nil {
				t.Fatal(err)
			}
		}
	}
	mark("bob", referral.Card)
	mark("cas", referral.Card)
	mark("ann", referral.Phone)
	if f := facts(first.ID); len(f.Shared) != 0 {
		t.Errorf("shared with a stranger: %v", f.Shared)
	}
	if f := facts(list("", id("cas"))[0].ID); fmt.Sprint(f.Shared) != "[card]" {
		t.Errorf("shared: %v", f.Shared)
	}

	set := func(c ids.ID, state referral.State) {
		t.Helper()
		if _, err := s.ChangeReferral(ctx, w.ws, c, w.now, func(_ referral.Facts, row *models.ReferralClaim) error {
			row.State, row.OrderKey, row.ReferrerSide, row.SettledAt = string(state), "o1", referral.SideGranted, models.At(w.now)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	set(first.ID, referral.Rewarded)
	w.track(user("ann"), referral.EventClaimed, "code", issue("bob", 4).Code)
	w.track(user("bob"), referral.EventCancelled, "order_id", "o1")
	w.route()
	if f := facts(list("", id("bob"))[0].ID); !f.Cycle {
		t.Errorf("ann came by bob, who came by ann: %+v", f)
	}
	if left, known, err := s.OrderLeft(ctx, w.ws, "o1"); left != 0 || !known || err != nil {
		t.Errorf("left %d %v %v", left, known, err)
	}
	stray := func() (out []string) {
		t.Helper()
		all, err := s.StrayReferrals(ctx, w.now.Add(-time.Minute), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			if x.Claim.WorkspaceID == w.ws {
				out = append(out, fmt.Sprintf("%s recheck=%v ended=%v gone=%v", x.Claim.State, x.Recheck, x.RunEnded, x.Gone))
			}
		}
		return out
	}
	if got := fmt.Sprint(stray()); got != "[rewarded recheck=true ended=false gone=false]" {
		t.Errorf("stray: %s", got)
	}
	totals, err := s.ReferralTotals(ctx, w.ws, 10)
	if err != nil || len(totals) != 3 || totals[0].Referrer.ExternalID != "ann" || totals[0].Claims != 2 || totals[0].Open != 1 || totals[0].Rewarded != 1 {
		t.Errorf("%+v %v", totals, err)
	}

	// The anonymous friend turns out to be bob, who has that claim already; and a merge of referrer and friend is seen.
	w.event("identify", "", who{user: "bob", device: "d1"})
	w.route()
	if got := list("", id("bob")); len(got) != 3 {
		t.Errorf("after the merge bob has %d claims", len(got))
	}

	for _, machine := range []bool{true, false} {
		if err := s.CountReferralVisit(ctx, w.ws, ann.ID, machine, w.now); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := s.ReferralCode(ctx, w.ws, ann.ID); err != nil || c.Visits != 1 || c.MachineVisits != 1 {
		t.Errorf("%+v %v", c, err)
	}
	if _, err := s.ReferralCode(ctx, w.ws+1, ann.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workspace: %v", err)
	}
	if err := s.EraseReferrals(ctx, w.ws, id("ann"), w.now); err != nil {
		t.Fatal(err)
	}
	if codes, err := s.ReferralCodesOf(ctx, w.ws, id("ann")); err != nil || len(codes) != 1 || codes[0].Target != "" || codes[0].Code == ann.Code || codes[0].EndedAt.IsZero() {
		t.Errorf("%+v %v", codes, err)
	}
	for _, r := range list("", id("ann")) {
		if r.State == "pending" || r.State == "accepted" {
			t.Errorf("open after the erasure: %+v", r)
		}
	}
	if n, err := s.ScrubReferrals(ctx, w.now); err != nil || n != 0 {
		t.Errorf("scrubbed %d, %v", n, err)
	}
}
