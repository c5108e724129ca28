package sqlstore

import (
	"context"
	"time"

	"sojourn/consent"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// gate is one run of the gate transaction.
type gate struct {
	s   *Store
	p   plain
	ask storage.SendRequest

	customer models.Customer
	point    models.ContactPoint
	row      models.Send // as found, then as written
	known    bool        // the row existed
	frozen   bool        // it has content
	sender   models.Sender
	dbNow    int64 // the database's clock, microseconds

	journeyState          string
	journeyEpoch, wsEpoch int64
	issueState            string // of the broadcast
	issueEpoch            int64
	facts                 pressure.Facts
	bulk                  *bulkWrites // where rows are collected instead of being written; nil = written at once
}

// Claim implements storage.Sends.
func (s *Store) Claim(ctx context.Context, r storage.SendRequest) (storage.Claim, error) {
	var out storage.Claim
	err := s.hotTx(ctx, func(p plain) error {
		g := &gate{s: s, p: p, ask: r}
		var err error
		out, err = g.run()
		return err
	})
	if err != nil {
		return storage.Claim{}, err
	}
	return out, nil
}

// run: locks first, then the row decides, then the gate.
func (g *gate) run() (storage.Claim, error) {
	if fresh, err := g.lock(); err != nil || !fresh {
		return storage.Claim{Kind: storage.ClaimReread}, err
	}
	if err := g.surroundings(); err != nil {
		return storage.Claim{}, err
	}
	if g.known {
		if answer, decided, err := g.rowDecides(); err != nil || decided {
			return answer, err
		}
	}
	if err := g.gather(); err != nil {
		return storage.Claim{}, err
	}
	verdict := pressure.Decide(g.facts, g.ask.Now)
	return g.write(verdict)
}

// lock takes the customer, then the contact point, then reads the row. fresh is false when what the caller prepared is
// out of date: the customer was merged, the address changed, or the row holds other content.
func (g *gate) lock() (fresh bool, err error) {
	c, lock := &g.customer, g.s.dialect.forUpdate()
	found, err := g.p.row("SELECT id, email, phone, timezone, restricted, legal_hold, paused_until, erased_at, merged_into FROM customers WHERE id = ? AND workspace_id = ?"+lock,
		[]any{g.ask.Customer, g.ask.Workspace}, &c.ID, &c.Email, &c.Phone, &c.Timezone, &c.Restricted, &c.LegalHold, &c.PausedUntil, &c.ErasedAt, &c.MergedInto)
	if err != nil || !found || !c.MergedInto.IsZero() {
		return false, err
	}
	if !g.ask.ContactPoint.IsZero() {
		found, err = g.p.row("SELECT id, channel, address, permission_epoch, suppressed_reason FROM contact_points WHERE id = ? AND workspace_id = ?"+lock,
			[]any{g.ask.ContactPoint, g.ask.Workspace}, &g.point.ID, &g.point.Channel, &g.point.Address, &g.point.PermissionEpoch, &g.point.SuppressedReason)
		if err != nil || !found {
			return false, err
		}
	}
	g.known, err = g.p.row("SELECT "+sendColumns+" FROM sends WHERE send_key = ? AND workspace_id = ?"+lock, []any{g.ask.Key, g.ask.Workspace}, sendFields(&g.row)...)
	if err != nil {
		return false, err
	}
	if g.known && storage.FinalSend(g.row.State) {
		return true, nil
	}
	g.frozen = g.known && g.row.ContentHash != models.Hash{}
	switch {
	case g.frozen:
		return g.row.ContactPointID == g.point.ID, nil
	case g.known && g.row.ID != g.ask.ID: // the content speaks of another send
		return false, nil
	}
	return g.point.Address == addressOf(*c, g.ask.Channel) || g.point.ID.IsZero(), nil
}

// surroundings reads workspace, sender and journey, and the clock that judges leases.
func (g *gate) surroundings() error {
	var settings models.JSON
	var state, name, from, reply, postal *string
	var epoch, journeyEpoch *int64
	var journeyState *string
	_, err := g.p.row(`SELECT `+g.s.dialect.nowMicros()+`, w.timezone, w.sending_stopped, w.send_epoch, w.settings,
		s.id, s.state, s.epoch, s.from_name, s.from_address, s.reply_to, s.postal_address, j.state, j.epoch
		FROM workspaces w LEFT JOIN senders s ON s.workspace_id = w.id AND s.sender_key = ? LEFT JOIN journeys j ON j.id = ? AND j.workspace_id = w.id WHERE w.id = ?`,
		[]any{g.ask.SenderKey, g.ask.Journey, g.ask.Workspace},
		&g.dbNow, &g.facts.WorkspaceZone, &g.facts.WorkspaceStopped, &g.wsEpoch, &settings,
		&g.sender.ID, &state, &epoch, &name, &from, &reply, &postal, &journeyState, &journeyEpoch)
	if err != nil {
		return err
	}
	if !g.sender.ID.IsZero() {
		g.sender = models.Sender{ID: g.sender.ID, WorkspaceID: g.ask.Workspace, SenderKey: g.ask.SenderKey, Channel: g.ask.Channel, State: *state, Epoch: *epoch,
			FromName: *name, FromAddress: *from, ReplyTo: *reply, PostalAddress: *postal}
	}
	if journeyState != nil {
		g.journeyState, g.journeyEpoch = *journeyState, *journeyEpoch
	}
	if err := g.broadcast(); err != nil {
		return err
	}
	g.facts.Policy, err = pressure.ParsePolicy(settings)
	return err
}

// rowDecides answers from the row where it can; not decided means that the gate is asked (again).
func (g *gate) rowDecides() (answer storage.Claim, decided bool, err error) {
	alive := int64(g.row.LeaseUntil) > g.dbNow
	switch {
	case storage.FinalSend(g.row.State):
		return storage.Claim{Kind: storage.ClaimFinal, Send: g.row, Repeat: true}, true, nil
	case g.row.State == storage.SendDeferred:
		if g.row.Reason == storage.ReasonRetry && g.row.DeferUntil.Time().After(g.ask.Now) {
			return storage.Claim{Kind: storage.ClaimWait, Send: g.row}, true, nil
		}
		return answer, false, nil
	case g.row.State == storage.SendClaimed && !g.ask.Held.IsZero() && g.row.Token == g.ask.Held:
		return answer, false, nil
	case alive:
		return storage.Claim{Kind: storage.ClaimBusy, Send: g.row, Wait: time.Duration(int64(g.row.LeaseUntil)-g.dbNow) * time.Microsecond}, true, nil
	case g.row.State == storage.SendClaimed:
		return answer, false, nil // nothing was handed over: the whole gate again
	case g.ask.CanLookUp:
		return storage.Claim{Kind: storage.ClaimLost, Send: g.row}, true, nil
	}
	// handing_over with an expired lease: the policy of the class.
	if consent.Class(g.row.Class).AtMostOnce() || g.row.Unknowns >= storage.MaxUnknowns {
		answer, err = g.closeUnknown()
		return answer, true, err
	}
	g.row.Unknowns++
	return answer, false, nil
}

func (g *gate) closeUnknown() (storage.Claim, error) {
	g.row.State, g.row.Reason, g.row.ClosedAt = storage.SendUnknown, storage.ReasonAnswerLost, models.At(g.ask.Now)
	if _, err := g.p.exec("UPDATE sends SET state = ?, reason = ?, closed_at = ?, lease_until = NULL WHERE id = ?", g.row.State, g.row.Reason, g.row.ClosedAt, g.row.ID); err != nil {
		return storage.Claim{}, err
	}
	return storage.Claim{Kind: storage.ClaimFinal, Send: g.row}, g.s.decideSend(g.p, g.row, "attempt", storage.SendUnknown, storage.ReasonAnswerLost, nil, g.ask.Now)
}

// gather fills the facts that only matter when the gate is really asked.
func (g *gate) gather() error {
	f := &g.facts
	g.fixedFacts()
	if err := g.broadcastFacts(); err != nil {
		return err
	}
	if f.Class == consent.Service || f.Class == consent.Privacy {
		return nil // neither permissions nor caps concern them
	}
	var err error
	if f.Permissions, err = g.permissions(); err == nil && len(f.Policy.Caps) > 0 {
		f.Past, err = g.past()
	}
	return err
}

// fixedFacts are those that stand in the rows that were locked.
func (g *gate) fixedFacts() {
	f, a := &g.facts, g.ask
	class := consent.Class(a.Class)
	f.Class, f.Channel, f.Purpose, f.Control, f.ExpiresAt, f.ProviderRestsUntil = class, a.Channel, a.Purpose, a.Control, a.ExpiresAt, a.RestsUntil
	f.PlannedAt = a.PlannedAt
	if g.known {
		f.PlannedAt, f.ExpiresAt = g.row.PlannedAt.Time(), g.row.ExpiresAt.Time()
	}
	c := g.customer
	f.Erased, f.LegalHold, f.Restricted = !c.ErasedAt.IsZero(), c.LegalHold, c.Restricted
	f.PausedUntil, f.CustomerZone = c.PausedUntil.Time(), c.Timezone
	f.HasAddress, f.Suppressed = !g.point.ID.IsZero(), pressure.Reason(g.point.SuppressedReason)
	f.SenderPaused = g.sender.State != storage.SenderActive
	if !a.Journey.IsZero() {
		f.JourneyPaused = g.journeyState == storage.JourneyPaused
		f.JourneyStopped = g.journeyState != storage.JourneyPublished && !f.JourneyPaused
	}
}

func (g *gate) permissions() (consent.Permissions, error) {
	rows, err := g.p.tx.QueryContext(g.p.ctx, "SELECT channel, purpose, state, legal_basis, occurred_at, consent_id FROM permissions WHERE customer_id = ? AND workspace_id = ? AND channel IN (?, ?)",
		g.customer.ID, g.ask.Workspace, g.ask.Channel, consent.Any)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := consent.Permissions{}
	for rows.Next() {
		var r models.Permission
		if err := rows.Scan(&r.Channel, &r.Purpose, &r.State, &r.LegalBasis, &r.OccurredAt, &r.ConsentID); err != nil {
			return nil, err
		}
		out[consent.Topic{Channel: r.Channel, Purpose: r.Purpose}] = consent.Permission{State: consent.State(r.State), Basis: consent.Basis(r.LegalBasis), At: r.OccurredAt.Time(), Entry: r.ConsentID}
	}
	return out, rows.Err()
}

// past reads what may count for caps: open claims always, closed ones and lost answers by their hand-over.
func (g *gate) past() ([]pressure.Past, error) {
	since := models.At(g.ask.Now.Add(-g.facts.Policy.Longest()))
	own := g.ask.ID
	if g.known {
		own = g.row.ID
	}
	// + 0 keeps SQLite, which knows no statistics, from walking through all sends of the workspace by its index.
	rows, err := g.p.tx.QueryContext(g.p.ctx, `SELECT channel, purpose, class, state, handed_at FROM sends WHERE customer_id = ? AND workspace_id + 0 = ? AND id <> ?
		AND (state IN (?, ?) OR (state IN (?, ?, ?) AND handed_at >= ?))`,
		g.customer.ID, g.ask.Workspace, own, storage.SendClaimed, storage.SendHanding, storage.SendAccepted, storage.SendUnknown, storage.SendResolvedAccepted, since)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []pressure.Past
	for rows.Next() {
		var p pressure.Past
		var state string
		var handed models.Instant
		if err := rows.Scan(&p.Channel, &p.Purpose, &p.Class, &state, &handed); err != nil {
			return nil, err
		}
		p.Open, p.HandedAt = state == storage.SendClaimed || state == storage.SendHanding, handed.Time()
		out = append(out, p)
	}
	return out, rows.Err()
}

// decide writes the decision record of a verdict.
func (g *gate) decide(outcome, reason string, detail map[string]any) error {
	if g.bulk == nil {
		return g.s.decideSend(g.p, g.row, "gate", outcome, reason, detail, g.ask.Now)
	}
	r := g.row
	g.bulk.decisions = append(g.bulk.decisions, g.s.newID(), r.WorkspaceID, r.CustomerID, r.RunID, r.JourneyID, r.ID, r.StepID, "gate", outcome, reason, models.ToJSON(detail), models.At(g.ask.Now))
	return nil
}

// decideSend writes the decision record of a verdict or an attempt.
func (s *Store) decideSend(p plain, row models.Send, kind, outcome, reason string, detail map[string]any, now time.Time) error {
	_, err := p.exec("INSERT INTO decisions (id, workspace_id, customer_id, run_id, journey_id, send_id, step_id, kind, outcome, reason, detail, at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
		s.newID(), row.WorkspaceID, row.CustomerID, row.RunID, row.JourneyID, row.ID, row.StepID, kind, outcome, reason, models.ToJSON(detail), models.At(now))
	return err
}
