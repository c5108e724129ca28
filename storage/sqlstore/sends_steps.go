package sqlstore

import (
	"time"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// letThrough is what follows a yes of the gate: a draft waits for its review, an offer must still be held; then the
// send is claimed.
func (g *gate) letThrough() (storage.ClaimKind, error) {
	if g.ask.WantsOffer && g.ask.Offer.IsZero() {
		g.close(storage.SendSkipped, storage.ReasonNoOffer, "")
		return storage.ClaimFinal, nil
	}
	if g.ask.Review != nil {
		if kind, err := g.review(); err != nil || kind != storage.Claimed {
			return kind, err
		}
	}
	if !g.ask.Offer.IsZero() {
		held, err := g.showOffer()
		if err != nil {
			return "", err
		}
		if !held {
			g.close(storage.SendSkipped, storage.ReasonNoOffer, "")
			return storage.ClaimFinal, nil
		}
	}
	g.claim()
	return storage.Claimed, nil
}

// review freezes a draft and asks for a yes, or takes the answer.
func (g *gate) review() (storage.ClaimKind, error) {
	var id ids.ID
	var state, outcome string
	known, err := g.p.row("SELECT id, state, outcome FROM tasks WHERE send_id = ? AND workspace_id = ?", []any{g.row.ID, g.ask.Workspace}, &id, &state, &outcome)
	switch {
	case err != nil:
		return "", err
	case known && state == storage.TaskDone && outcome == storage.ReviewApprove:
		return storage.Claimed, nil
	case known && state != storage.TaskOpen:
		g.close(storage.SendSkipped, storage.ReasonReviewNo, "")
		return storage.ClaimFinal, nil
	case !known:
		t := *g.ask.Review
		_, err := g.p.exec("INSERT INTO tasks (id, workspace_id, type, title, instructions, role, fields, outcomes, customer_id, run_id, journey_id, version_id, step_id, visit, send_id, state, due_at, created_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
			g.s.newID(), g.ask.Workspace, storage.TaskReview, t.Title, t.Instructions, t.Role, t.Fields, t.Outcomes, g.customer.ID, g.row.RunID, g.row.JourneyID, g.row.VersionID, g.row.StepID, g.row.Visit, g.row.ID,
			storage.TaskOpen, g.row.ExpiresAt, models.At(g.ask.Now))
		if err != nil {
			return "", err
		}
	}
	// Whoever says yes or no makes it due at once; otherwise it is asked again when it expires.
	r := &g.row
	r.State, r.Reason, r.Detail, r.DeferUntil = storage.SendDeferred, storage.ReasonReview, "", r.ExpiresAt
	r.Token, r.LeaseUntil = ids.ID{}, 0
	if !g.frozen {
		r.ContentHash = g.ask.ContentHash
	}
	return storage.ClaimWait, nil
}

// showOffer ties the claim of an offer to the message. Whoever releases a claim locks it, too, and then sees the message.
func (g *gate) showOffer() (held bool, err error) {
	var state string
	found, err := g.p.row("SELECT state FROM offer_claims WHERE id = ? AND workspace_id = ?"+g.s.dialect.forUpdate(), []any{g.ask.Offer, g.ask.Workspace}, &state)
	if err != nil || !found || state == storage.ClaimReleased {
		return false, err
	}
	_, err = g.p.exec("INSERT INTO send_offers (send_id, workspace_id, claim_id) VALUES (?, ?, ?) "+g.s.dialect.ignoreDuplicate("send_id"), g.row.ID, g.ask.Workspace, g.ask.Offer)
	return err == nil, err
}

// confirmShown gives an offer to the customer for good when the message that shows it is out, or may be.
func confirmShown(p plain, send ids.ID, state string, now time.Time) error {
	switch state {
	case storage.SendAccepted, storage.SendUnknown, storage.SendResolvedAccepted:
		_, err := p.exec("UPDATE offer_claims SET state = ?, confirmed_at = ? WHERE id = (SELECT claim_id FROM send_offers WHERE send_id = ?) AND state = ?",
			storage.ClaimConfirmed, models.At(now), send, storage.ClaimReserved)
		return err
	}
	return nil
}
