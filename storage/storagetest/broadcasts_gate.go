package storagetest

import (
	"fmt"
	"sync"
	"time"

	"sojourn/broadcast"
	"sojourn/consent"
	"sojourn/fault"
	"sojourn/models"
	"sojourn/storage"
)

func broadcastGate(w *broadcastWorld) {
	ws := w.Workspace.ID
	ann, bob, cid := w.AddCustomer(w, "ann@g.example", true), w.AddCustomer(w, "bob@g.example", true), w.AddCustomer(w, "cid@g.example", true)
	issue := w.begin(w.make("gate", nil))
	claim := w.Claim(w, w.ask(issue, ann))
	_, err := w.S.PauseBroadcast(w.ctx(), ws, issue.BroadcastID, Noon)
	w.ok(err)
	if got := w.Fence(w, claim); got != storage.FenceChanged {
		w.Errorf("fence after a pause: %s", got)
	}
	held := w.Claim(w, w.ask(issue, bob))
	if held.Kind != storage.ClaimWait || held.Send.Reason != "broadcast_paused" {
		w.Errorf("while paused: %+v", held.Send)
	}
	_, err = w.S.ResumeBroadcast(w.ctx(), ws, issue.BroadcastID, Noon.Add(time.Second))
	w.ok(err)
	if row := w.Row(w, held.Send.SendKey); row.DeferUntil != models.At(Noon.Add(time.Second)) {
		w.Errorf("resumed: held until %s", row.DeferUntil.Time())
	}
	if got := w.Fence(w, claim); got != storage.FenceChanged {
		w.Errorf("an old claim after a resume: %s; its epoch is gone", got)
	}
	if c := w.send(issue, bob); c.Kind != storage.Claimed {
		w.Errorf("resumed: %+v", c.Send)
	}
	claim = w.Claim(w, w.ask(issue, cid))
	_, err = w.S.CancelBroadcast(w.ctx(), ws, issue.BroadcastID, "", Noon)
	w.ok(err)
	if got := w.Fence(w, claim); got != storage.FenceChanged {
		w.Errorf("fence after a cancellation: %s", got)
	}
	r := w.ask(issue, cid)
	r.Held = claim.Send.Token
	if c := w.Claim(w, r); c.Send.State != storage.SendCancelled || c.Send.Reason != "broadcast_cancelled" {
		w.Errorf("cancelled: %+v", c.Send)
	}
}

func broadcastAddress(w *broadcastWorld) {
	one, two := w.AddCustomer(w, "shared@a.example", true), w.AddCustomer(w, "other@a.example", true)
	exec(w, w.S, "UPDATE customers SET email = NULL WHERE id = ?", two.ID)
	exec(w, w.S, "UPDATE customers SET email = ? WHERE id = ?", "shared@a.example", two.ID)
	issue := w.begin(w.make("shared", nil))
	asks := []storage.SendRequest{w.ask(issue, one), w.ask(issue, two)}
	kinds := map[storage.ClaimKind]int{}
	var mu sync.Mutex
	var work sync.WaitGroup
	for _, r := range asks {
		work.Go(func() {
			c, err := w.S.Claim(w.ctx(), r)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				w.Error(err)
			}
			if kinds[c.Kind]++; c.Kind == storage.ClaimFinal && c.Send.Reason != "duplicate_address" {
				w.Errorf("the second one: %+v", c.Send)
			}
		})
	}
	work.Wait()
	if kinds[storage.Claimed] != 1 || kinds[storage.ClaimFinal] != 1 {
		w.Errorf("claims: %v", kinds)
	}
	// Another issue is another matter.
	if c := w.send(w.begin(w.make("shared-2", nil)), one); c.Kind != storage.Claimed {
		w.Errorf("another broadcast: %+v", c.Send)
	}
}

// broadcastEstimate compares the estimate with what the gate then says to each of them.
func broadcastEstimate(w *broadcastWorld) {
	exec(w, w.S, "UPDATE workspaces SET settings = ? WHERE id = ?", `{"quiet_hours":{"from":"21:00","to":"08:00"},"caps":[{"max":1,"window":"P7D","purposes":["marketing"]}]}`, w.Workspace.ID)
	type person struct {
		name  string
		spoil func(c models.Customer)
	}
	set := func(q string, args ...any) func(models.Customer) {
		return func(c models.Customer) { exec(w, w.S, q, append(args, c.ID)...) }
	}
	say := func(channel, purpose string, state consent.State) func(models.Customer) {
		return func(c models.Customer) {
			w.ok(w.S.RecordConsent(w.ctx(), storage.ConsentRecord{Workspace: w.Workspace.ID, Customer: c.ID, Actor: "customer", Proof: map[string]any{},
				Entry: consent.Entry{Channel: channel, Purpose: purpose, State: state, Basis: consent.ByObjection, Source: "page", SourceKind: consent.Person, OccurredAt: Noon.Add(-time.Minute), RecordedAt: Noon}}))
		}
	}
	var all []models.Customer
	for _, p := range []person{
		{"fine", nil}, {"fine2", nil}, {"fine3", nil},
		{"never asked", func(c models.Customer) { exec(w, w.S, "DELETE FROM permissions WHERE customer_id = ?", c.ID) }},
		{"topic", say("email", "marketing", consent.Withdrawn)},
		{"channel", say("email", consent.Any, consent.Withdrawn)},
		{"everything", say(consent.Any, consent.Any, consent.Withdrawn)},
		{"purpose everywhere", say(consent.Any, "marketing", consent.Withdrawn)},
		{"no address", set("UPDATE customers SET email = NULL WHERE id = ?")},
		{"hold", set("UPDATE customers SET legal_hold = 1 WHERE id = ?")},
		{"resting", set("UPDATE customers SET paused_until = ? WHERE id = ?", models.At(Noon.AddDate(0, 1, 0)))},
		{"night", set("UPDATE customers SET timezone = 'Pacific/Auckland' WHERE id = ?")},
		{"bounced", func(c models.Customer) {
			exec(w, w.S, "UPDATE contact_points SET suppressed_reason = 'hard_bounce' WHERE workspace_id = ? AND address = ?", w.Workspace.ID, string(c.Email))
		}},
		{"enough", func(c models.Customer) {
			claim := w.Claim(w, w.Request(w, c, w.S.NewID(), "x"))
			w.Fence(w, claim)
			w.Settle(w, claim, storage.Settlement{State: storage.SendAccepted})
		}},
	} {
		c := w.AddCustomer(w, fmt.Sprintf("p%d@e.example", len(all)), true)
		if p.spoil != nil {
			p.spoil(c)
		}
		all = append(all, c)
	}
	b := w.make("estimate", nil)
	var d broadcast.Definition
	w.ok(b.Definition.Into(&d))
	e, err := w.S.EstimateBroadcast(w.ctx(), w.Workspace.ID, d, Noon, Noon)
	w.ok(err)
	issue := w.begin(b)
	got := map[string]int64{}
	for _, c := range all {
		claim := w.send(issue, c)
		got[claim.Send.State+" "+claim.Send.Reason]++
	}
	want := map[string]int64{"accepted ": e.Reached}
	delete(got, "accepted ")
	for _, h := range e.Held {
		want["deferred "+h.Reason] = h.Count
	}
	for _, h := range e.Skipped {
		want["skipped "+h.Reason] = h.Count
	}
	got["accepted "] = got["claimed "]
	delete(got, "claimed ")
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("the gate said  %v\nthe estimate  %v", got, want)
	}
	if e.Reached != 3 || e.Matched != int64(len(all)) {
		w.Errorf("estimate: %+v", e)
	}
}

func broadcastOther(w *broadcastWorld) {
	b := w.make("mine", nil)
	issue := w.begin(b)
	other := w.Workspace.ID + 1_000_000
	if _, err := w.S.Broadcast(w.ctx(), other, b.ID); !fault.Is(err, fault.NotFound) {
		w.Errorf("read: %v", err)
	}
	if _, err := w.S.CancelBroadcast(w.ctx(), other, b.ID, "", Noon); !fault.Is(err, fault.NotFound) {
		w.Errorf("cancel: %v", err)
	}
	if _, err := w.S.IssueNumbers(w.ctx(), other, issue.ID, Noon); !fault.Is(err, fault.NotFound) {
		w.Errorf("numbers: %v", err)
	}
	if rows, err := w.S.BroadcastIssues(w.ctx(), other, b.ID, 10); err != nil || len(rows) != 0 {
		w.Errorf("issues: %v, %v", rows, err)
	}
	if live, err := w.S.BroadcastLive(w.ctx(), other, b.ID); live || err != nil {
		w.Errorf("live: %v, %v", live, err)
	}
}
