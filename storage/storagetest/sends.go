package storagetest

import (
	"context"
	"testing"
	"time"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Sends is the suite of storage.Sends.
func Sends(t *testing.T, s *sqlstore.Store) {
	for name, test := range map[string]func(*testing.T, *sqlstore.Store){
		"from gate to accepted":     sendHappyPath,
		"the gate's noes":           sendRefusals,
		"the row decides":           sendRowDecides,
		"unknown policy":            sendUnknownPolicy,
		"fence":                     sendFence,
		"outcomes":                  sendOutcomes,
		"address and merge":         sendAddressChanges,
		"a hundred of the same":     sendHundredTimes,
		"caps under concurrency":    sendCapsExact,
		"withdrawals at full speed": sendWithdrawalRace,
		"sweep":                     sendSweep,
		"keys that look alike":      sendKeys,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, s) })
	}
}

func sendHappyPath(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "happy", `{}`)
	r := w.Request(t, w.AddCustomer(t, "ann@happy.example", true), s.NewID(), "mail")
	c := w.Claim(t, r)
	if c.Kind != storage.Claimed || c.Send.State != storage.SendClaimed || c.Send.Attempts != 1 || c.Sender.FromAddress != "news@shop.example" || c.Content.Address != "ann@happy.example" {
		t.Fatalf("claim: %+v", c)
	}
	if got := w.Fence(t, c); got != storage.FencePassed {
		t.Fatalf("fence: %s", got)
	}
	if !w.Settle(t, c, storage.Settlement{State: storage.SendAccepted, ProviderID: "queued as 7", Code: "250"}) {
		t.Fatal("the outcome was not applied")
	}
	row := w.Row(t, r.Key)
	if row.State != storage.SendAccepted || row.ProviderID != "queued as 7" || row.HandedAt != models.At(Noon) || row.ClosedAt != models.At(Noon) || row.MessageID != r.MessageID {
		t.Errorf("row: %+v", row)
	}
	again := w.Claim(t, w.Prepared(t, r))
	if again.Kind != storage.ClaimFinal || !again.Repeat || again.Send.State != storage.SendAccepted {
		t.Errorf("asked again: %+v", again)
	}
	var decisions []models.Decision
	query(t, s, &decisions, "SELECT * FROM decisions WHERE send_id = ? ORDER BY id", row.ID)
	if len(decisions) != 2 || decisions[0].Kind != "gate" || decisions[0].Outcome != "send" || decisions[1].Kind != "attempt" || decisions[1].Outcome != storage.SendAccepted || decisions[1].RunID != r.Run {
		t.Errorf("decisions: %+v", decisions)
	}
	counts, err := s.Conservation(context.Background(), w.Workspace.ID, w.Journey.ID)
	if err != nil || !counts.Balanced() || counts.Final() != 1 || counts.Pending() != 0 {
		t.Errorf("conservation: %+v, %v", counts, err)
	}
}

func sendRefusals(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	w := NewSendWorld(t, s, "refusals", `{"quiet_hours":{"from":"13:00","to":"14:00"},"caps":[{"max":1,"window":"P7D"}]}`)
	type want struct {
		kind   storage.ClaimKind
		state  string
		reason pressure.Reason
	}
	skipped := func(r pressure.Reason) want { return want{storage.ClaimFinal, storage.SendSkipped, r} }
	deferred := func(r pressure.Reason) want { return want{storage.ClaimWait, storage.SendDeferred, r} }
	set := func(q string, args ...any) func(models.Customer, *storage.SendRequest) {
		return func(c models.Customer, _ *storage.SendRequest) { exec(t, s, q, append(args, c.ID)...) }
	}
	for name, test := range map[string]struct {
		prepare func(models.Customer, *storage.SendRequest)
		want    want
	}{
		"erased":                 {set("UPDATE customers SET erased_at = 1 WHERE id = ?"), skipped(pressure.ReasonErased)},
		"legal hold":             {set("UPDATE customers SET legal_hold = 1 WHERE id = ?"), skipped(pressure.ReasonLegalHold)},
		"restricted":             {set("UPDATE customers SET restricted = 1 WHERE id = ?"), skipped(pressure.ReasonRestricted)},
		"paused by the customer": {set("UPDATE customers SET paused_until = ? WHERE id = ?", models.At(Noon.AddDate(0, 0, 2))), deferred(pressure.ReasonCustomerPaused)},
		"suppressed": {func(c models.Customer, _ *storage.SendRequest) {
			must(t, s.Suppress(ctx, w.Workspace.ID, "email", string(c.Email), storage.Complaint, Noon))
		}, skipped(pressure.ReasonComplaint)},
		"withdrawn":          {func(c models.Customer, _ *storage.SendRequest) { w.Consent(t, c.ID, consent.Withdrawn, Noon) }, skipped(pressure.ReasonTopicOptOut)},
		"no consent":         {func(_ models.Customer, r *storage.SendRequest) { r.Purpose = "surveys" }, skipped(pressure.ReasonNoConsent)},
		"held out":           {func(_ models.Customer, r *storage.SendRequest) { r.Control = true }, skipped(pressure.ReasonControl)},
		"expired":            {func(_ models.Customer, r *storage.SendRequest) { r.ExpiresAt = Noon }, want{storage.ClaimFinal, storage.SendExpired, pressure.ReasonExpired}},
		"quiet hours":        {func(_ models.Customer, r *storage.SendRequest) { r.Now = Noon.Add(90 * time.Minute) }, deferred(pressure.ReasonQuietHours)},
		"the provider rests": {func(_ models.Customer, r *storage.SendRequest) { r.RestsUntil = Noon.Add(time.Minute) }, deferred(pressure.ReasonProviderLimit)},
		"no such sender":     {func(_ models.Customer, r *storage.SendRequest) { r.SenderKey = "none" }, deferred(pressure.ReasonSenderPaused)},
		"cap":                {func(c models.Customer, r *storage.SendRequest) { w.Claim(t, w.Request(t, c, s.NewID(), "earlier")) }, deferred(pressure.ReasonCap)},
		"cannot be rendered": {func(_ models.Customer, r *storage.SendRequest) {
			r.Content, r.RenderError = nil, "line 3: no such filter"
		}, want{storage.ClaimFinal, storage.SendRejected, storage.ReasonRenderError}},
		"not allowed and cannot be rendered": {func(_ models.Customer, r *storage.SendRequest) {
			r.Content, r.RenderError, r.Purpose = nil, "x", "surveys"
		}, skipped(pressure.ReasonNoConsent)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := w.AddCustomer(t, s.NewID().String()+"@refusals.example", true)
			r := w.Request(t, c, s.NewID(), "mail")
			test.prepare(c, &r)
			got := w.Claim(t, r)
			row := w.Row(t, r.Key)
			if got.Kind != test.want.kind || row.State != test.want.state || row.Reason != string(test.want.reason) {
				t.Errorf("%s, %s (%s), want %+v", got.Kind, row.State, row.Reason, test.want)
			}
			var d models.Decision
			query(t, s, &d, "SELECT * FROM decisions WHERE send_id = ?", row.ID)
			if d.Reason != string(test.want.reason) {
				t.Errorf("the decision record says %q", d.Reason)
			}
			if row.State == storage.SendDeferred && (!got.Send.DeferUntil.Time().After(r.Now) || !row.Token.IsZero()) {
				t.Errorf("deferred until %v with token %s", got.Send.DeferUntil.Time(), row.Token)
			}
		})
	}
	t.Run("nobody to write to", func(t *testing.T) {
		t.Parallel()
		r := w.Request(t, w.AddCustomer(t, "", true), s.NewID(), "mail")
		if got := w.Claim(t, r); got.Send.Reason != string(pressure.ReasonNoAddress) {
			t.Errorf("%+v", got)
		}
	})
	t.Run("the journey", func(t *testing.T) {
		t.Parallel()
		w := NewSendWorld(t, s, "journeystates", `{}`)
		c := w.AddCustomer(t, "ann@journey.example", true)
		paused, stopped := w.Request(t, c, s.NewID(), "mail"), w.Request(t, c, s.NewID(), "mail")
		must(t, s.PauseJourney(ctx, w.Workspace.ID, w.Journey.ID, Noon))
		if got := w.Claim(t, paused); got.Send.State != storage.SendDeferred || got.Send.Reason != string(pressure.ReasonJourneyPaused) {
			t.Errorf("paused: %+v", got.Send)
		}
		w.Claim(t, paused)
		var n int64
		query(t, s, &n, "SELECT COUNT(*) FROM decisions WHERE send_id = ?", paused.ID)
		if n != 1 {
			t.Errorf("asking again while paused made %d decisions", n)
		}
		must(t, s.StopJourney(ctx, w.Workspace.ID, w.Journey.ID, Noon))
		if got := w.Claim(t, stopped); got.Send.State != storage.SendCancelled || got.Send.Reason != string(pressure.ReasonJourneyStopped) {
			t.Errorf("stopped: %+v", got.Send)
		}
		if got := w.Claim(t, paused); got.Send.State != storage.SendCancelled {
			t.Errorf("paused, then stopped: %+v", got.Send)
		}
	})
}

func sendRowDecides(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "rows", `{}`)
	c := w.AddCustomer(t, "ann@rows.example", true)
	r := w.Request(t, c, s.NewID(), "mail")
	first := w.Claim(t, r)

	other := r
	other.Token = s.NewID()
	if got := w.Claim(t, other); got.Kind != storage.ClaimBusy || got.Wait <= 0 || got.Wait > time.Minute {
		t.Errorf("while another worker holds it: %+v", got)
	}
	// The same worker may ask the gate again with the token it holds, and gets a new one.
	again := r
	again.Token, again.Held = s.NewID(), first.Send.Token
	second := w.Claim(t, again)
	if second.Kind != storage.Claimed || second.Send.Token == first.Send.Token || second.Send.Attempts != 2 {
		t.Errorf("asked again with its own token: %+v", second)
	}
	if got := w.Fence(t, first); got != storage.FenceLost {
		t.Errorf("the old token passes the fence: %s", got)
	}

	// A dead worker's claim goes through the whole gate again, with the same bytes.
	w.EndLease(t, r.ID)
	third := w.Prepared(t, other)
	third.Token, third.ContentHash = s.NewID(), models.Hash{9}
	third.Content = &models.SendContent{Subject: "another text", HTML: "x", TextBody: "x"}
	taken := w.Claim(t, third)
	if taken.Kind != storage.Claimed || taken.Content.Subject != "Hoi Zoë" || taken.Send.ContentHash != (models.Hash{1}) || taken.Send.MessageID != r.MessageID {
		t.Errorf("taken over: %+v", taken)
	}
	if got := w.Fence(t, second); got != storage.FenceLost {
		t.Errorf("the zombie passes the fence: %s", got)
	}
	if w.Settle(t, second, storage.Settlement{State: storage.SendRejected, Reason: "x"}) {
		t.Error("the zombie's outcome was applied")
	}
	// A definite non-acceptance is tried again, not before its time, and the gate is asked anew.
	if !w.Settle(t, taken, storage.Settlement{State: storage.SendDeferred, Reason: storage.ReasonRetry, Code: "451 4.7.1", RetryAt: Noon.Add(5 * time.Minute)}) {
		t.Fatal("retry was not recorded")
	}
	fourth := w.Prepared(t, third)
	fourth.Token = s.NewID()
	if got := w.Claim(t, fourth); got.Kind != storage.ClaimWait || !got.Send.DeferUntil.Time().Equal(Noon.Add(5*time.Minute)) {
		t.Errorf("before its time: %+v", got)
	}
	fourth.Now = Noon.Add(5 * time.Minute)
	if got := w.Claim(t, fourth); got.Kind != storage.Claimed || got.Content.Subject != "Hoi Zoë" {
		t.Errorf("at its time: %+v", got)
	}
	w.Consent(t, c.ID, consent.Withdrawn, Noon)
	w.EndLease(t, r.ID)
	fifth := w.Prepared(t, fourth)
	fifth.Token = s.NewID()
	if got := w.Claim(t, fifth); got.Send.State != storage.SendSkipped || got.Send.Reason != string(pressure.ReasonTopicOptOut) {
		t.Errorf("after a withdrawal between two attempts: %+v", got.Send)
	}
}

func sendUnknownPolicy(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "unknown", `{}`)
	c := w.AddCustomer(t, "ann@unknown.example", true)
	handed := func(class consent.Class) (storage.SendRequest, storage.Claim) {
		r := w.Request(t, c, s.NewID(), "mail")
		r.Class = string(class)
		claim := w.Claim(t, r)
		if w.Fence(t, claim) != storage.FencePassed {
			t.Fatal("fence")
		}
		if got := w.Claim(t, w.Prepared(t, r)); got.Kind != storage.ClaimBusy {
			t.Fatalf("while it is being handed over: %+v", got)
		}
		w.EndLease(t, claim.Send.ID)
		return w.Prepared(t, r), claim
	}
	r, claim := handed(consent.Marketing)
	r.Token, r.CanLookUp = s.NewID(), true
	if got := w.Claim(t, r); got.Kind != storage.ClaimLost || got.Send.Token != claim.Send.Token {
		t.Errorf("a provider that can be asked: %+v", got)
	}
	r.CanLookUp = false
	if got := w.Claim(t, r); got.Kind != storage.ClaimFinal || got.Repeat || got.Send.State != storage.SendUnknown {
		t.Errorf("marketing: %+v", got)
	}
	if got := w.Claim(t, r); !got.Repeat || got.Send.State != storage.SendUnknown {
		t.Errorf("marketing, asked again: %+v", got)
	}
	if !w.Settle(t, claim, storage.Settlement{State: storage.SendAccepted, ProviderID: "late"}) || w.Row(t, r.Key).State != storage.SendResolvedAccepted {
		t.Errorf("a late answer: %+v", w.Row(t, r.Key))
	}

	r, _ = handed(consent.Service)
	for i := 1; i <= storage.MaxUnknowns; i++ {
		r.Token = s.NewID()
		got := w.Claim(t, r)
		if got.Kind != storage.Claimed || got.Send.Unknowns != i || got.Send.Reason != storage.ReasonRepeated || got.Send.MessageID != w.Row(t, r.Key).MessageID {
			t.Fatalf("service, copy %d: %+v", i, got)
		}
		if w.Fence(t, got) != storage.FencePassed {
			t.Fatal("fence")
		}
		w.EndLease(t, got.Send.ID)
	}
	r.Token = s.NewID()
	if got := w.Claim(t, r); got.Send.State != storage.SendUnknown {
		t.Errorf("service, after all copies: %+v", got.Send)
	}
}

func sendFence(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	for name, between := range map[string]func(w SendWorld, c models.Customer, claim storage.Claim) error{
		"withdrawal": func(w SendWorld, c models.Customer, _ storage.Claim) error {
			w.Consent(t, c.ID, consent.Withdrawn, Noon)
			return nil
		},
		"one-click unsubscribe": func(w SendWorld, c models.Customer, claim storage.Claim) error {
			return s.Unsubscribe(ctx, consent.Unsubscribe{Workspace: w.Workspace.ID, Customer: c.ID, ContactPoint: claim.Send.ContactPointID, Channel: "email", Purpose: "marketing"}, "one_click", nil, Noon)
		},
		"withdrawal after the address changed": func(w SendWorld, c models.Customer, _ storage.Claim) error {
			w.AddContactPoint(t, "email", "new."+string(c.Email))
			exec(t, s, "UPDATE customers SET email = ? WHERE id = ?", "new."+string(c.Email), c.ID)
			w.Consent(t, c.ID, consent.Withdrawn, Noon)
			return nil
		},
		"hard bounce": func(w SendWorld, c models.Customer, _ storage.Claim) error {
			return s.Suppress(ctx, w.Workspace.ID, "email", string(c.Email), storage.HardBounce, Noon)
		},
		"pause of the journey": func(w SendWorld, _ models.Customer, _ storage.Claim) error {
			return s.PauseJourney(ctx, w.Workspace.ID, w.Journey.ID, Noon)
		},
		"pause of the sender": func(w SendWorld, _ models.Customer, _ storage.Claim) error {
			return s.SetSender(ctx, w.Workspace.ID, "default", true, "test")
		},
		"stop of everything": func(w SendWorld, _ models.Customer, _ storage.Claim) error {
			return s.SetSending(ctx, w.Workspace.ID, true)
		},
		"end of the lease": func(w SendWorld, _ models.Customer, claim storage.Claim) error {
			w.EndLease(t, claim.Send.ID)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := NewSendWorld(t, s, "fence-"+name, `{}`)
			c := w.AddCustomer(t, s.NewID().String()+"@fence.example", true)
			claim := w.Claim(t, w.Request(t, c, s.NewID(), "mail"))
			must(t, between(w, c, claim))
			if got := w.Fence(t, claim); got != storage.FenceChanged {
				t.Errorf("fence: %s, want changed", got)
			}
			if row := w.Row(t, claim.Send.SendKey); row.State != storage.SendClaimed || !row.HandedAt.IsZero() {
				t.Errorf("row: %+v", row)
			}
		})
	}
}

func sendOutcomes(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "outcomes", `{}`)
	c := w.AddCustomer(t, "ann@outcomes.example", true)
	claim := w.Claim(t, w.Request(t, c, s.NewID(), "mail"))
	if w.Settle(t, claim, storage.Settlement{State: storage.SendAccepted}) || w.Settle(t, claim, storage.Settlement{State: storage.SendUnknown}) {
		t.Error("accepted or unknown without a hand-over")
	}
	if !w.Settle(t, claim, storage.Settlement{State: storage.SendRejected, Reason: "address", Code: "550 5.1.1", Suppress: true}) {
		t.Fatal("not applied")
	}
	var p models.ContactPoint
	query(t, s, &p, "SELECT * FROM contact_points WHERE id = ?", claim.Send.ContactPointID)
	if p.SuppressedReason != string(storage.HardBounce) || p.PermissionEpoch == 0 {
		t.Errorf("after a hard bounce: %+v", p)
	}
	next := w.Claim(t, w.Request(t, c, s.NewID(), "mail"))
	if next.Send.Reason != string(pressure.ReasonHardBounce) {
		t.Errorf("the next message: %+v", next.Send)
	}
	other := w.AddCustomer(t, "bob@outcomes.example", true)
	auth := w.Claim(t, w.Request(t, other, s.NewID(), "mail"))
	w.Settle(t, auth, storage.Settlement{State: storage.SendDeferred, Reason: storage.ReasonRetry, Code: "535 5.7.8", RetryAt: Noon, PauseSender: "the provider refused our password"})
	held := w.Request(t, other, s.NewID(), "mail")
	if got := w.Claim(t, held); got.Send.Reason != string(pressure.ReasonSenderPaused) {
		t.Errorf("after the provider refused our password: %+v", got.Send)
	}
	if _, err := s.Settle(context.Background(), storage.Settlement{Workspace: w.Workspace.ID, Send: auth.Send.ID, State: storage.SendAccepted}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a settlement without token: %v", err)
	}
	if applied, err := s.Settle(context.Background(), storage.Settlement{Workspace: w.Workspace.ID + 1, Send: claim.Send.ID, Token: claim.Send.Token, State: storage.SendAccepted}); err != nil || applied {
		t.Errorf("a settlement from another workspace: %v, %v", applied, err)
	}
}

func sendAddressChanges(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "moves", `{}`)
	c := w.AddCustomer(t, "old@moves.example", true)
	r := w.Request(t, c, s.NewID(), "mail")
	w.AddContactPoint(t, "email", "new@moves.example")
	exec(t, s, "UPDATE customers SET email = ? WHERE id = ?", "new@moves.example", c.ID)
	if got := w.Claim(t, r); got.Kind != storage.ClaimReread {
		t.Errorf("the address changed between reading and the gate: %+v", got)
	}
	r = w.Prepared(t, r)
	claim := w.Claim(t, r)
	if claim.Content.Address != "new@moves.example" {
		t.Fatalf("%+v", claim)
	}
	// Once frozen the address stays: a change during a deferral must not become a second mail.
	w.Settle(t, claim, storage.Settlement{State: storage.SendDeferred, Reason: storage.ReasonRetry, RetryAt: Noon})
	exec(t, s, "UPDATE customers SET email = ? WHERE id = ?", "old@moves.example", c.ID)
	again := w.Prepared(t, r)
	again.Token = s.NewID()
	if got := w.Claim(t, again); got.Kind != storage.Claimed || got.Content.Address != "new@moves.example" {
		t.Errorf("after the retry: %+v", got)
	}
	// A merge between reading and the gate is read again, and leads to the person who remains.
	loser, winner := w.AddCustomer(t, "loser@moves.example", true), w.AddCustomer(t, "winner@moves.example", true)
	m := w.Request(t, loser, s.NewID(), "mail")
	exec(t, s, "UPDATE customers SET merged_into = ? WHERE id = ?", winner.ID, loser.ID)
	if got := w.Claim(t, m); got.Kind != storage.ClaimReread {
		t.Errorf("merged: %+v", got)
	}
	if got := w.Claim(t, w.Prepared(t, m)); got.Send.CustomerID != winner.ID || got.Content.Address != "winner@moves.example" {
		t.Errorf("after the merge: %+v", got)
	}
	if _, err := s.Prepare(context.Background(), storage.SendAsk{Workspace: w.Workspace.ID + 1, Key: m.Key, Customer: winner.ID, Channel: "email"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("from another workspace: %v", err)
	}
}
