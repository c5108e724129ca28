package sqlstore

import (
	"crypto/sha256"
	"encoding/json"
	"strings"

	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/referral"
	"sojourn/storage"
)

// claimedCode is the code by which an event says that its customer came.
func claimedCode(a *applied) string {
	name := ""
	switch {
	case a.event.SourceID == storage.SourceInternal:
	case a.event.Type == "track" && a.event.Name == referral.EventClaimed:
		name = referral.PropertyCode
	case a.event.Type == "identify", a.event.Type == "track" && a.event.Name == eventOrder:
		name = referral.TraitCode
	}
	if name == "" {
		return ""
	}
	var typed string
	if json.Unmarshal(a.data[name], &typed) != nil {
		return ""
	}
	return typed
}

// refer notes that the event's customer came by somebody's code, once per customer and code, and lets him into the journeys of friends.
// Whether he counts as a friend is decided there. The same answer goes to the source whatever the code is, so nothing is learnt by trying.
func (r *routing) refer(a *applied) error {
	typed := claimedCode(a)
	if typed == "" {
		return nil
	}
	note := func(outcome, reason string, claim ids.ID) {
		detail := map[string]any{"event": a.event.ID}
		if !claim.IsZero() {
			detail["claim"] = claim
		}
		r.decide(models.Decision{WorkspaceID: a.event.WorkspaceID, CustomerID: a.customer.ID, Kind: "referral", Outcome: outcome, Reason: reason, Detail: models.ToJSON(detail)})
	}
	var code models.ReferralCode
	if read, ok := referral.ReadCode(typed); ok {
		if err := r.tx.Raw("SELECT * FROM referral_codes WHERE workspace_id = ? AND code = ?", a.event.WorkspaceID, read).Scan(&code).Error; err != nil {
			return err
		}
	}
	if code.ID.IsZero() {
		note("not_claimed", "unknown_code", ids.ID{})
		return nil
	}
	var known int64
	if err := r.tx.Raw("SELECT COUNT(*) FROM referral_claims WHERE friend_id = ? AND code_id = ?", a.customer.ID, code.ID).Scan(&known).Error; err != nil || known > 0 {
		return err
	}
	c := models.ReferralClaim{ID: r.s.newID(), WorkspaceID: a.event.WorkspaceID, Program: code.Program, CodeID: code.ID, ReferrerID: code.CustomerID, FriendID: a.customer.ID, EventID: a.event.ID,
		ClaimedAt: a.event.OccurredAt, State: string(referral.Pending), ReferrerReward: models.JSON("{}"), FriendReward: models.JSON("{}"), CreatedAt: models.At(r.now), UpdatedAt: models.At(r.now)}
	// A run in which an earlier claim of his waits takes this one, too. It hears of it now, whenever it happened: what happened before a
	// run began does not concern it. Otherwise the event begins one, back when it happened.
	var run models.Run
	if err := r.tx.Raw("SELECT r.id FROM referral_claims c JOIN runs r ON r.id = c.run_id WHERE c.friend_id = ? AND c.program = ? AND r.state = 'open' ORDER BY c.claimed_at DESC, c.id DESC LIMIT 1", a.customer.ID, c.Program).
		Scan(&run).Error; err != nil {
		return err
	}
	at := a.event.OccurredAt
	if !run.ID.IsZero() {
		at = models.At(r.now)
	}
	joined, err := r.joined(a, &c, at)
	if err != nil {
		return err
	}
	if err := r.move(joined); err != nil {
		return err
	}
	if run.ID.IsZero() {
		if err := r.tx.Raw("SELECT id FROM runs WHERE customer_id = ? AND entry_event_id = ? ORDER BY id LIMIT 1", a.customer.ID, joined.event.ID).Scan(&run).Error; err != nil {
			return err
		}
	}
	c.RunID = run.ID
	outcome := "claimed"
	if c.RunID.IsZero() { // no live journey took him in: the claim ends here, and says so
		outcome = "refused"
		storage.SetReferralClaim(&c, storage.ReferralClaimOf(&c).Refuse(referral.NotRunning))
	}
	note(outcome, c.Reason, c.ID)
	err = r.tx.Create(&c).Error
	if isDuplicate(err) {
		return errAgain
	}
	return err
}

// joined stores the event by which friends enter their journey.
func (r *routing) joined(a *applied, c *models.ReferralClaim, at models.Instant) (*applied, error) {
	e := *a.event
	e.ID, e.SourceID, e.MessageID, e.Type, e.Name = r.s.newID(), storage.SourceInternal, a.event.ID.String()+"/"+referral.EventJoined, "track", referral.EventJoined
	e.ContentHash = sha256.Sum256([]byte(e.MessageID))
	e.PreviousID, e.GroupID, e.Context, e.Conflicts, e.OccurredAt = "", "", nil, 0, at
	e.Data = models.ToJSON(map[string]any{"claim": c.ID, "program": c.Program})
	if err := r.tx.Create(&e).Error; err != nil {
		return nil, err
	}
	fact := *a
	fact.event, fact.order, fact.object, fact.data = &e, nil, nil, nil
	return &fact, e.Data.Into(&fact.data)
}

// refund keeps what was paid back of an order, whether the order is known yet or not, and has the claims that it earned looked at.
func (r *routing) refund(a *applied) error {
	if a.event.Type != "track" || a.event.Name != referral.EventRefunded && a.event.Name != referral.EventCancelled {
		return nil
	}
	order, ok := textOf(a.data["order_id"])
	if !ok || len(order) > maxOrderKey {
		return nil
	}
	row := models.OrderRefund{WorkspaceID: a.event.WorkspaceID, OrderKey: order, RefundKey: "cancelled", OccurredAt: a.event.OccurredAt, EventID: a.event.ID}
	if a.event.Name == referral.EventRefunded {
		row.RefundKey, row.AmountMinor = r.refundedPart(a)
	}
	if err := r.tx.Exec("INSERT INTO order_refunds (workspace_id, order_key, refund_key, amount_minor, occurred_at, event_id) VALUES (?, ?, ?, ?, ?, ?) "+r.s.dialect.ignoreDuplicate("workspace_id, order_key, refund_key"),
		row.WorkspaceID, row.OrderKey, row.RefundKey, row.AmountMinor, row.OccurredAt, row.EventID).Error; err != nil {
		return err
	}
	return r.tx.Exec("UPDATE referral_claims SET recheck_at = ? WHERE workspace_id = ? AND order_key = ? AND state IN ('accepted', 'settling', 'rewarded')", models.At(r.now), row.WorkspaceID, row.OrderKey).Error
}

// refundedPart names a refund and its amount. One that names no amount is of the whole order; so is one whose amount can't be read,
// because a reward too few is mended more easily than one too many.
func (r *routing) refundedPart(a *applied) (key string, amount *int64) {
	var in struct {
		Total, Revenue, Value json.Number
		TotalMinor            json.Number `json:"total_minor"`
		Currency              string
	}
	dec := json.NewDecoder(strings.NewReader(string(a.event.Data)))
	dec.UseNumber()
	if dec.Decode(&in) == nil {
		currency, ok := ingest.Currency(in.Currency)
		if !ok {
			currency = a.ws.Currency
		}
		for _, total := range []json.Number{in.Total, in.Revenue, in.Value} {
			if v, ok := orderValue(in.TotalMinor, total, "", currency); ok && amount == nil {
				v = max(v, -v)
				amount = &v
			}
		}
	}
	if key, ok := textOf(a.data["refund_id"]); ok && len(key) <= maxOrderKey {
		return key, amount
	}
	if amount == nil {
		return "all", nil
	}
	return "event:" + a.event.ID.String(), amount
}

// mergeReferrals moves what one customer has in referrals to another one. A claim that both have stays with the row that was folded in,
// where the rules find that friend and referrer, or two friends, are one.
func (r *routing) mergeReferrals(winner, loser ids.ID) error {
	for _, q := range []string{
		"UPDATE referral_codes SET customer_id = ? WHERE customer_id = ?",
		"UPDATE referral_claims SET referrer_id = ? WHERE referrer_id = ?",
	} {
		if err := r.tx.Exec(q, winner, loser).Error; err != nil {
			return err
		}
	}
	if err := r.tx.Exec("UPDATE referral_claims SET friend_id = ? WHERE friend_id = ? AND code_id NOT IN (SELECT code_id FROM (SELECT code_id FROM referral_claims WHERE friend_id = ?) held)", winner, loser, winner).Error; err != nil {
		return err
	}
	var marks []models.ReferralMark
	if err := r.tx.Raw("SELECT * FROM referral_marks WHERE customer_id = ?", loser).Scan(&marks).Error; err != nil {
		return err
	}
	for _, m := range marks {
		if err := r.tx.Exec("INSERT INTO referral_marks (workspace_id, customer_id, kind, hash, seen_at) VALUES (?, ?, ?, ?, ?) "+r.s.dialect.ignoreDuplicate("customer_id, kind, hash"),
			m.WorkspaceID, winner, m.Kind, m.Hash, m.SeenAt).Error; err != nil {
			return err
		}
	}
	return r.tx.Exec("DELETE FROM referral_marks WHERE customer_id = ?", loser).Error
}
