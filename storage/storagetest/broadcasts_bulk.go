package storagetest

import (
	"fmt"
	"time"

	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// Many at once get the answers that each would have got alone.
func broadcastBulk(w *broadcastWorld) {
	ws := w.Workspace.ID
	var all []models.Customer
	for i := range 9 {
		all = append(all, w.AddCustomer(w, fmt.Sprintf("p%d@bulk.example", i), i != 1))
	}
	twin := w.AddCustomer(w, "", true)
	exec(w, w.S, "UPDATE customers SET email = 'p0@bulk.example' WHERE id = ?", twin.ID)
	twin.Email = "p0@bulk.example"
	issue := w.begin(w.make("bulk", nil))
	var asks []storage.SendRequest
	for _, c := range append(all, twin) {
		asks = append(asks, w.ask(issue, c))
	}
	exec(w, w.S, "UPDATE customers SET merged_into = ? WHERE id = ?", all[8].ID, all[2].ID)
	exec(w, w.S, "UPDATE customers SET email = 'new@bulk.example' WHERE id = ?", all[3].ID)
	w.send(issue, all[4]) // has begun, and ended
	claims, err := w.S.ClaimMany(w.ctx(), asks)
	w.ok(err)
	for i, want := range []struct {
		kind   storage.ClaimKind
		reason string
	}{{storage.Claimed, ""}, {storage.ClaimFinal, "no_consent"}, {storage.ClaimReread, ""}, {storage.ClaimReread, ""}, {storage.ClaimFinal, ""}, {storage.Claimed, ""}, {storage.Claimed, ""}, {storage.Claimed, ""}, {storage.Claimed, ""},
		{storage.ClaimFinal, "duplicate_address"}} {
		if got := claims[i]; got.Kind != want.kind || got.Send.Reason != want.reason || i == 4 && !got.Repeat {
			w.Errorf("%d: %s %q, want %+v", i, got.Kind, got.Send.Reason, want)
		}
	}
	if row := w.Row(w, asks[1].Key); row.State != storage.SendSkipped || row.IssueID != issue.ID {
		w.Errorf("the refused one: %+v", row)
	}
	var decided int64
	query(w, w.S, &decided, "SELECT COUNT(*) FROM decisions d JOIN sends s ON s.id = d.send_id WHERE s.issue_id = ? AND d.kind = 'gate'", issue.ID)
	if decided != 8 { // one skip, five claims, one duplicate, and the one that was sent before
		w.Errorf("%d decisions of the gate", decided)
	}
	if c, err := w.S.SendContent(w.ctx(), ws, claims[0].Send.ID); err != nil || c.Address != "p0@bulk.example" {
		w.Errorf("frozen: %+v, %v", c, err)
	}
	if again := w.Claim(w, asks[5]); again.Kind != storage.ClaimBusy {
		w.Errorf("somebody else's claim: %s", again.Kind)
	}

	w.Consent(w, all[6].ID, consent.Withdrawn, Noon) // between gate and fence
	fence := func(c storage.Claim) storage.FenceRequest {
		return storage.FenceRequest{Workspace: ws, Send: c.Send.ID, Token: c.Send.Token, ContactPoint: c.Send.ContactPointID, Lease: time.Minute, Now: Noon}
	}
	stale := fence(claims[7])
	stale.Token = ids.New()
	got, err := w.S.FenceMany(w.ctx(), []storage.FenceRequest{fence(claims[0]), fence(claims[5]), fence(claims[6]), stale, fence(claims[8])})
	w.ok(err)
	want := []storage.FenceResult{storage.FencePassed, storage.FencePassed, storage.FenceChanged, storage.FenceLost, storage.FencePassed}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("fences: %v, want %v", got, want)
	}
	if got, err := w.S.FenceMany(w.ctx(), []storage.FenceRequest{fence(claims[6]), fence(claims[7])}); err != nil || got[0] != storage.FenceChanged || got[1] != storage.FencePassed {
		w.Errorf("fences again: %v, %v", got, err)
	}

	outcome := func(c storage.Claim) storage.Settlement {
		return storage.Settlement{Workspace: ws, Send: c.Send.ID, Token: c.Send.Token, Customer: c.Send.CustomerID, State: storage.SendAccepted, Code: "250", ProviderID: "p-" + c.Send.ID.String(), Now: Noon}
	}
	applied, err := w.S.SettleMany(w.ctx(), []storage.Settlement{outcome(claims[0]), outcome(claims[5])})
	if err != nil || !applied[0] || !applied[1] {
		w.Errorf("settled: %v, %v", applied, err)
	}
	// One that was never handed over is among them: the others are settled all the same.
	applied, err = w.S.SettleMany(w.ctx(), []storage.Settlement{outcome(claims[8]), outcome(claims[6]), outcome(claims[7])})
	if err != nil || !applied[0] || applied[1] || !applied[2] {
		w.Errorf("settled: %v, %v", applied, err)
	}
	for _, i := range []int{0, 5, 7, 8} {
		if row := w.Row(w, asks[i].Key); row.State != storage.SendAccepted || row.ProviderID != "p-"+row.ID.String() || row.ProviderCode != "250" || row.ClosedAt.IsZero() || !row.LeaseUntil.IsZero() {
			w.Errorf("%d: %+v", i, row)
		}
	}
	query(w, w.S, &decided, "SELECT COUNT(*) FROM decisions d JOIN sends s ON s.id = d.send_id WHERE s.issue_id = ? AND d.kind = 'attempt' AND d.outcome = 'accepted' AND d.customer_id = s.customer_id", issue.ID)
	if decided != 5 {
		w.Errorf("%d attempts on record", decided)
	}
}
