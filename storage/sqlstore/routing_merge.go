package sqlstore

import (
	"encoding/json"
	"maps"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// merge folds loser into the event's customer, who is locked like the loser. Everything the loser had moves; the row
// stays with merged_into, so that links and workflows which still name it find the person. Ledger lines are copied to
// the end of the other chain, never moved: a chain is immutable.
func (r *routing) merge(a *applied, loser *models.Customer) error {
	winner := a.customer
	if err := r.lockAddresses(winner, loser); err != nil {
		return err
	}
	for _, table := range []string{"orders", "events", "identities", "runs", "conversions", "decisions", "sends", "inbox_messages", "offer_claims", "rewards", "tasks", "objects", "date_checks"} {
		if err := r.tx.Exec("UPDATE "+table+" SET customer_id = ? WHERE customer_id = ?", winner.ID, loser.ID).Error; err != nil {
			return err
		}
	}
	if err := r.tx.Exec("UPDATE customers SET merged_into = ? WHERE merged_into = ?", winner.ID, loser.ID).Error; err != nil {
		return err
	}
	if err := r.mergeReferrals(winner.ID, loser.ID); err != nil {
		return err
	}
	for _, q := range []string{
		"DELETE FROM audience_members WHERE customer_id = ? AND audience_id IN (SELECT audience_id FROM (SELECT audience_id FROM audience_members WHERE customer_id = ?) held)",
		"UPDATE audience_members SET customer_id = ? WHERE customer_id = ?",
	} {
		args := []any{loser.ID, winner.ID}
		if q[0] == 'U' {
			args = []any{winner.ID, loser.ID}
		}
		if err := r.tx.Exec(q, args...).Error; err != nil {
			return err
		}
	}
	// The winner's own dates are looked at anew, because his row changes.
	if err := r.tx.Exec("DELETE FROM date_checks WHERE customer_id = ? AND entry_key = ?", winner.ID, loser.ID.String()).Error; err != nil {
		return err
	}
	if err := r.s.mergeConsents(r.tx, winner.WorkspaceID, loser.ID, winner.ID); err != nil {
		return err
	}
	if err := r.mergeGuards(winner, loser); err != nil {
		return err
	}
	before := *winner
	mergeProfiles(winner, loser)
	for _, was := range []*models.Customer{&before, loser} { // the runs of both are the winner's by now
		if err := r.rearm(was, winner); err != nil {
			return err
		}
	}
	winner.UpdatedAt = models.At(r.now)
	if err := r.tx.Exec(`UPDATE customers SET email = ?, phone = ?, locale = ?, timezone = ?, country = ?, birthday = ?, attributes = ?, no_profiling = ?, restricted = ?, legal_hold = ?,
paused_until = ?, created_at = ?, updated_at = ? WHERE id = ?`, winner.Email, winner.Phone, winner.Locale, winner.Timezone, winner.Country, winner.Birthday, winner.Attributes,
		winner.NoProfiling, winner.Restricted, winner.LegalHold, winner.PausedUntil, winner.CreatedAt, winner.UpdatedAt, winner.ID).Error; err != nil {
		return err
	}
	if err := r.tx.Exec("UPDATE customers SET merged_into = ?, updated_at = ? WHERE id = ?", winner.ID, models.At(r.now), loser.ID).Error; err != nil {
		return err
	}
	if err := r.tx.Exec("DELETE FROM customer_metrics WHERE customer_id = ?", loser.ID).Error; err != nil {
		return err
	}
	r.decide(models.Decision{WorkspaceID: winner.WorkspaceID, CustomerID: winner.ID, Kind: "merge", Outcome: "merged", Reason: "an event named both",
		Detail: models.ToJSON(map[string]any{"from": loser.ID, "event": a.event.ID})})
	// The event at hand is counted after this, so the rebuild must not see it yet as routed: it is marked afterwards.
	return r.s.rebuildMetrics(r.tx, winner.WorkspaceID, []ids.ID{winner.ID}, r.now)
}

// lockAddresses takes the contact points of both, in id order, after the customers: the order every gate keeps.
func (r *routing) lockAddresses(a, b *models.Customer) error {
	var found []models.ContactPoint
	return r.tx.Raw(`SELECT id FROM contact_points WHERE workspace_id = ? AND ((channel = 'email' AND address IN (?, ?)) OR (channel = 'sms' AND address IN (?, ?))) ORDER BY id`+r.s.dialect.forUpdate(),
		a.WorkspaceID, string(a.Email), string(b.Email), string(a.Phone), string(b.Phone)).Scan(&found).Error
}

// mergeProfiles fills what the winner does not know; what both know stays the winner's. Protection adds up.
func mergeProfiles(winner, loser *models.Customer) {
	for _, f := range []struct{ into, from *models.Text }{{&winner.Email, &loser.Email}, {&winner.Phone, &loser.Phone}, {&winner.Birthday, &loser.Birthday}} {
		if *f.into == "" {
			*f.into = *f.from
		}
	}
	for _, f := range []struct{ into, from *string }{{&winner.Locale, &loser.Locale}, {&winner.Timezone, &loser.Timezone}, {&winner.Country, &loser.Country}} {
		if *f.into == "" {
			*f.into = *f.from
		}
	}
	merged, own := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	_ = loser.Attributes.Into(&merged) // our own columns: objects
	_ = winner.Attributes.Into(&own)
	maps.Copy(merged, own)
	if len(merged) > 0 {
		winner.Attributes = models.ToJSON(merged)
	}
	winner.NoProfiling = winner.NoProfiling || loser.NoProfiling
	winner.Restricted = winner.Restricted || loser.Restricted
	winner.LegalHold = winner.LegalHold || loser.LegalHold
	winner.PausedUntil = max(winner.PausedUntil, loser.PausedUntil)
	winner.CreatedAt = min(winner.CreatedAt, loser.CreatedAt)
}

// mergeGuards joins the entry guards that were keyed by the customers themselves. When both are in the same journey
// the winner's run goes on and the loser's is told to stop: one person, one open run.
func (r *routing) mergeGuards(winner, loser *models.Customer) error {
	var guards []models.EntryGuard
	if err := r.tx.Raw("SELECT * FROM entry_guards WHERE workspace_id = ? AND entry_key IN (?, ?) AND journey_id IN (SELECT id FROM journeys WHERE workspace_id = ?) ORDER BY journey_id"+r.s.dialect.forUpdate(),
		winner.WorkspaceID, winner.ID.String(), loser.ID.String(), winner.WorkspaceID).Scan(&guards).Error; err != nil {
		return err
	}
	mine := map[ids.ID]models.EntryGuard{}
	for _, g := range guards {
		if g.EntryKey == winner.ID.String() {
			mine[g.JourneyID] = g
		}
	}
	for _, g := range guards {
		if g.EntryKey != loser.ID.String() {
			continue
		}
		own, both := mine[g.JourneyID]
		if !both {
			if err := r.tx.Exec("UPDATE entry_guards SET entry_key = ? WHERE journey_id = ? AND entry_key = ?", winner.ID.String(), g.JourneyID, g.EntryKey).Error; err != nil {
				return err
			}
			if err := r.tx.Exec("UPDATE runs SET entry_key = ? WHERE journey_id = ? AND entry_key = ?", winner.ID.String(), g.JourneyID, g.EntryKey).Error; err != nil {
				return err
			}
			continue
		}
		open := own.OpenRunID
		if open.IsZero() {
			open = g.OpenRunID
			if err := r.tx.Exec("UPDATE runs SET entry_key = ? WHERE id = ?", winner.ID.String(), open).Error; err != nil {
				return err
			}
		} else if !g.OpenRunID.IsZero() {
			if err := r.stopRun(g.OpenRunID); err != nil {
				return err
			}
		}
		if err := r.tx.Exec("UPDATE entry_guards SET open_run_id = ?, entries = entries + ?, last_entry_at = ? WHERE journey_id = ? AND entry_key = ?",
			open, g.Entries, max(own.LastEntryAt, g.LastEntryAt), g.JourneyID, own.EntryKey).Error; err != nil {
			return err
		}
		if err := r.tx.Exec("DELETE FROM entry_guards WHERE journey_id = ? AND entry_key = ?", g.JourneyID, g.EntryKey).Error; err != nil {
			return err
		}
	}
	return nil
}

// stopRun owes the run its stop; the workflow ends it and frees what it holds.
func (r *routing) stopRun(id ids.ID) error {
	var run models.Run
	if err := r.tx.Raw("SELECT * FROM runs WHERE id = ?", id).Scan(&run).Error; err != nil {
		return err
	}
	if run.State != models.RunOpen {
		return nil
	}
	r.dispatches = append(r.dispatches, models.Dispatch{WorkspaceID: run.WorkspaceID, Partition: run.Partition, RunID: run.ID, Kind: storage.DispatchStop, CreatedAt: models.At(r.now)})
	return nil
}
