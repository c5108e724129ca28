package activities_test

import (
	"bytes"
	"context"
	"io"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/channels"
	"sojourn/channels/inbox"
	"sojourn/chaos/smtpsink"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/workflows/blueprints"
)

// both runs a story on both databases.
func both(t *testing.T, settings string, story func(t *testing.T, w *mailWorld)) {
	t.Helper()
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) { story(t, newMailWorld(t, s, settings)) })
}

func want(t *testing.T, got contract.SendResult, state contract.SendState, reason string) {
	t.Helper()
	if got.State != state || got.Reason != reason {
		t.Errorf("got %+v, want %s (%s)", got, state, reason)
	}
}

// The message arrives as rendered for this person, and its one-click link withdraws what it says.
func TestSendMessage(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		c := w.person()
		in := w.ask(c, "offer")
		want(t, w.send(in), contract.SendAccepted, "")
		again := w.send(in)
		want(t, again, contract.SendAccepted, "")
		got := w.mails(c)
		if len(got) != 1 || !again.Repeat {
			t.Fatalf("%d mails, asked again: %+v", len(got), again)
		}
		m, err := mail.ReadMessage(bytes.NewReader(got[0].Data))
		if err != nil {
			t.Fatal(err)
		}
		row := w.row(in)
		if subject := decoded(t, m.Header.Get("Subject")); subject != "Voor Zoë" || m.Header.Get("Message-ID") != row.MessageID || !strings.HasSuffix(row.MessageID, ".v1@shop.example>") {
			t.Errorf("subject %q, message id %q (row %q)", subject, m.Header.Get("Message-ID"), row.MessageID)
		}
		if m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
			t.Errorf("headers %v", m.Header)
		}
		link, err := url.Parse(strings.Trim(m.Header.Get("List-Unsubscribe"), "<>"))
		if err != nil || link.Scheme != "https" || !strings.HasPrefix(link.Path, consent.UnsubscribePath) {
			t.Fatalf("link %v, %v", link, err)
		}
		u, err := linkKeys.ReadUnsubscribe(strings.TrimPrefix(link.Path, consent.UnsubscribePath))
		if err != nil || u.Customer != c.ID || u.Send != row.ID || u.Purpose != "marketing" || u.ContactPoint != row.ContactPointID {
			t.Errorf("the link says %+v, %v", u, err)
		}
		if body, _ := io.ReadAll(m.Body); !bytes.Contains(body, []byte("Hoi Zo=C3=AB, 0")) {
			t.Errorf("body %s", body)
		}
		if err := w.S.Unsubscribe(context.Background(), u, "one_click", nil, w.now()); err != nil {
			t.Fatal(err)
		}
		want(t, w.send(w.ask(c, "offer")), contract.SendSkipped, string(pressure.ReasonTopicOptOut))
		want(t, w.send(w.ask(c, "receipt")), contract.SendAccepted, "")
		if r, _ := mail.ReadMessage(bytes.NewReader(w.mails(c)[1].Data)); r.Header.Get("List-Unsubscribe") != "" {
			t.Error("service mail has an unsubscribe header")
		}
	})
}

func decoded(t *testing.T, s string) string {
	t.Helper()
	out, err := headerDecoder.DecodeHeader(s)
	if err != nil {
		t.Error(err)
	}
	return out
}

// F10: the server read everything and was never heard of again.
func TestLostAnswer(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		c := w.person()
		w.server.Script(string(c.Email), smtpsink.LostAnswer, smtpsink.LostAnswer, smtpsink.LostAnswer, smtpsink.LostAnswer)
		in := w.ask(c, "offer")
		want(t, w.send(in), contract.SendUnknown, storage.ReasonAnswerLost)
		for range 3 {
			want(t, w.send(in), contract.SendUnknown, storage.ReasonAnswerLost)
		}
		if n := len(w.mails(c)); n != 1 {
			t.Errorf("%d copies of a marketing message", n)
		}

		d := w.person()
		w.server.Script(string(d.Email), smtpsink.LostAnswer)
		service := w.ask(d, "receipt")
		want(t, w.send(service), contract.SendRetry, storage.ReasonAnswerLost)
		if busy := w.send(service); busy.State != contract.SendRetry || busy.Reason != "busy" || !busy.At.After(w.now()) {
			t.Errorf("while the hand-over's lease lives: %+v", busy)
		}
		w.EndLease(t, w.row(service).ID)
		want(t, w.send(service), contract.SendAccepted, storage.ReasonRepeated)
		copies := w.mails(d)
		if len(copies) != 2 || !bytes.Equal(copies[0].Data, copies[1].Data) {
			t.Errorf("%d copies of a service message, or not the same", len(copies))
		}
		if row := w.row(service); row.Unknowns != 1 || row.Reason != storage.ReasonRepeated {
			t.Errorf("the second copy is not marked: %+v", row)
		}
	})
}

// F12: a definite "not now" is tried again later, with the same bytes, and arrives once.
func TestTemporaryRefusals(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		for name, step := range map[string]smtpsink.Step{"greylisted": smtpsink.Greylisted, "full": smtpsink.MailboxFull, "busy at the end": smtpsink.TemporaryFinal, "dropped": {Drop: smtpsink.DropMidBody}} {
			c := w.person()
			w.server.Script(string(c.Email), step)
			in := w.ask(c, "offer")
			first := w.send(in)
			if first.State == contract.SendUnknown && step.Drop == smtpsink.DropMidBody {
				continue // a small body is under way as a whole before the server hangs up: honestly unknown
			}
			if first.State != contract.SendRetry || !first.At.After(w.now()) || first.At.Sub(w.now()) > time.Minute {
				t.Errorf("%s: %+v", name, first)
			}
			want(t, w.send(in), contract.SendRetry, storage.ReasonRetry) // not before its time
			w.template("offer", consent.Marketing, `<p>Another text</p><a href="{{ unsubscribe_url }}">x</a>`)
			w.pass(first.At.Sub(w.now()))
			want(t, w.send(in), contract.SendAccepted, "")
			got := w.mails(c)
			if len(got) != 1 || bytes.Contains(got[0].Data, []byte("Another")) {
				t.Errorf("%s: %d mails, or the text changed", name, len(got))
			}
			w.template("offer", consent.Marketing, `<p>Hoi</p><a href="{{ unsubscribe_url }}">x</a>`)
		}
	})
}

// A provider that says 421 gets its break: others do not even try, and go when it is over.
func TestProviderRests(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		c, d := w.person(), w.person()
		w.server.Script(string(c.Email), smtpsink.ShuttingDown)
		first := w.send(w.ask(c, "offer"))
		want(t, first, contract.SendRetry, "busy")
		in := w.ask(d, "receipt")
		held := w.send(in)
		want(t, held, contract.SendDeferred, string(pressure.ReasonProviderLimit))
		if n := len(w.mails(d)); n != 0 || !held.At.After(w.now()) {
			t.Errorf("%d mails, held until %v", n, held.At)
		}
		w.pass(held.At.Sub(w.now()))
		want(t, w.send(in), contract.SendAccepted, "")
	})
}

// F13: whose fault it is decides who is stopped: the address, nobody, or we.
func TestPermanentRefusals(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		suppressed := func(c models.Customer) string { return w.AddContactPoint(t, "email", string(c.Email)).SuppressedReason }
		gone, policy := w.person(), w.person()
		w.server.Script(string(gone.Email), smtpsink.UserUnknown)
		want(t, w.send(w.ask(gone, "offer")), contract.SendRejected, "user_unknown")
		want(t, w.send(w.ask(gone, "receipt")), contract.SendSkipped, string(pressure.ReasonHardBounce))
		w.server.Script(string(policy.Email), smtpsink.PolicyRefusal, smtpsink.Accept, smtpsink.PolicyRefusal, smtpsink.PolicyRefusal, smtpsink.PolicyRefusal)
		want(t, w.send(w.ask(policy, "offer")), contract.SendRejected, "policy")
		want(t, w.send(w.ask(policy, "offer")), contract.SendAccepted, "")
		if suppressed(gone) != string(storage.HardBounce) || suppressed(policy) != "" {
			t.Errorf("suppressed: %q and %q", suppressed(gone), suppressed(policy))
		}
		for range 3 {
			want(t, w.send(w.ask(policy, "offer")), contract.SendRejected, "policy")
		}
		want(t, w.send(w.ask(w.person(), "offer")), contract.SendDeferred, string(pressure.ReasonSenderPaused))

		if err := w.S.SetSender(context.Background(), w.Workspace.ID, "default", false, ""); err != nil {
			t.Fatal(err)
		}
		c := w.person()
		w.server.Script(string(c.Email), smtpsink.Step{Mail: "535 5.7.8 authentication failed"})
		in := w.ask(c, "offer")
		want(t, w.send(in), contract.SendRetry, "auth_failed")
		held := w.ask(w.person(), "receipt")
		first := w.send(held)
		want(t, first, contract.SendDeferred, string(pressure.ReasonSenderPaused))
		if first.At.Sub(w.now()) > time.Minute {
			t.Errorf("held by a switch that was thrown just now, and asks again only at %v", first.At)
		}
		if suppressed(c) != "" {
			t.Error("our wrong password suppressed an address")
		}
		if err := w.S.SetSender(context.Background(), w.Workspace.ID, "default", false, ""); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Hour)
		want(t, w.send(in), contract.SendAccepted, "")
		want(t, w.send(held), contract.SendAccepted, "")
	})
}

// F16: a template that fails for one customer is that customer's message, and nobody else's.
func TestRenderErrors(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		bug, fine, without := w.person(), w.person(), w.AddCustomer(t, "none@people.example", false)
		for _, c := range []models.Customer{bug, without} {
			if _, err := w.S.SQL().Exec(`UPDATE customers SET attributes = '{"first_name":"Bug"}' WHERE id = ?`, c.ID); err != nil {
				t.Fatal(err)
			}
		}
		in := w.ask(bug, "broken")
		want(t, w.send(in), contract.SendRejected, storage.ReasonRenderError)
		if d := w.row(in).Detail; !strings.Contains(d, "division by zero") || strings.Contains(d, "Bug") {
			t.Errorf("detail %q", d)
		}
		want(t, w.send(w.ask(fine, "broken")), contract.SendAccepted, "")
		want(t, w.send(w.ask(without, "broken")), contract.SendSkipped, string(pressure.ReasonNoConsent))
		want(t, w.send(w.ask(fine, "missing")), contract.SendRejected, storage.ReasonRenderError)
	})
}

func TestHeldOutAndUnreachable(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		c := w.person()
		in := w.ask(c, "offer")
		in.Control = true
		want(t, w.send(in), contract.SendSkipped, string(pressure.ReasonControl))
		want(t, w.send(w.ask(w.AddCustomer(t, "", true), "offer")), contract.SendSkipped, string(pressure.ReasonNoAddress))
		if n := len(w.server.Messages()); n != 0 {
			t.Errorf("%d mails", n)
		}
		late := w.ask(c, "soon")
		w.pass(time.Hour)
		want(t, w.send(late), contract.SendExpired, string(pressure.ReasonExpired))
		wrong := w.ask(c, "offer")
		wrong.DocHash = strings.Repeat("0", 64)
		if _, err := w.m.SendMessage(context.Background(), wrong); err == nil {
			t.Error("sent by another document than the run's")
		}
	})
}

// The inbox stands in for channels without a provider, and knows after a lost answer whether it has the message.
func TestInbox(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		ctx := context.Background()
		box := &inbox.Sender{Store: w.S, Now: w.now}
		w.m.Senders = map[string]channels.Sender{"": box}
		in := w.ask(w.person(), "offer")
		want(t, w.send(in), contract.SendAccepted, "")
		if ok, err := w.S.Delivered(ctx, w.Workspace.ID, w.row(in).ID); err != nil || !ok {
			t.Errorf("not in the inbox: %v", err)
		}
		// The worker died right after the inbox had taken the message.
		lost := w.ask(w.person(), "offer")
		w.m.Senders[""] = aside{box, func(m channels.Message) {
			row := w.row(lost)
			got, err := w.S.Fence(ctx, storage.FenceRequest{Workspace: row.WorkspaceID, Send: row.ID, Token: row.Token, ContactPoint: row.ContactPointID, Lease: time.Minute, Now: w.now()})
			if err != nil || got != storage.FencePassed {
				t.Fatalf("%s, %v", got, err)
			}
			if err := w.S.Deliver(ctx, models.InboxMessage{WorkspaceID: m.Workspace, SendID: m.Send, Channel: m.Channel, Sender: "x", Recipient: m.To, Headers: models.JSON(`{}`), ReceivedAt: models.At(w.now())}); err != nil {
				t.Fatal(err)
			}
		}}
		want(t, w.send(lost), contract.SendRetry, "busy") // its own fence finds the row handed over by "the dead one"
		w.m.Senders[""] = box
		w.EndLease(t, w.row(lost).ID)
		if got := w.send(lost); got.State != contract.SendAccepted {
			t.Errorf("after the lost answer: %+v", got)
		}
	})
}

// A customer who was merged gets the message once, under who remains.
func TestMergedCustomer(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		loser, winner := w.person(), w.person()
		if _, err := w.S.SQL().Exec("UPDATE customers SET merged_into = ? WHERE id = ?", winner.ID, loser.ID); err != nil {
			t.Fatal(err)
		}
		want(t, w.send(w.ask(loser, "offer")), contract.SendAccepted, "")
		if len(w.mails(loser)) != 0 || len(w.mails(winner)) != 1 {
			t.Errorf("%d and %d mails", len(w.mails(loser)), len(w.mails(winner)))
		}
	})
}

// Planned = the sum of outcomes, whatever happened; and nobody gets more than the cap allows.
func TestConservationAndCap(t *testing.T) {
	both(t, `{"caps":[{"max":2,"window":"P7D"}]}`, func(t *testing.T, w *mailWorld) {
		c := w.person()
		w.server.Script(string(c.Email), smtpsink.LostAnswer, smtpsink.Greylisted)
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := w.m.SendMessage(context.Background(), w.ask(c, "offer")); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := len(w.mails(c)); n > 2 || n == 0 {
			t.Errorf("%d mails, cap 2", n)
		}
		counts, err := w.S.Conservation(context.Background(), w.Workspace.ID, w.Journey.ID)
		if err != nil || counts.Planned != 20 || !counts.Balanced() {
			t.Errorf("%+v, %v", counts, err)
		}
	})
}

// The templates that ship pass the lint and render in all their locales.
func TestBlueprintTemplates(t *testing.T) {
	t.Parallel()
	e := &content.Engine{Now: time.Now}
	for _, name := range blueprints.Names() {
		b, err := blueprints.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, tpl := range b.Templates {
			for _, body := range tpl.Bodies {
				source := content.Source{Channel: body.Channel, Subject: body.Subject, Preheader: body.Preheader, Body: body.Text}
				if issues := e.Lint(source, consent.Class(tpl.Class)); len(issues) > 0 {
					t.Errorf("%s/%s/%s: %+v", name, tpl.Key, body.Locale, issues)
				}
				compiled, err := content.Compile(source)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := e.Message(compiled, content.Sample(), consent.Class(tpl.Class) == consent.Marketing); err != nil {
					t.Errorf("%s/%s/%s: %v", name, tpl.Key, body.Locale, err)
				}
			}
		}
	}
}

// BenchmarkSendMessage is the whole path: prepare, render, gate, SMTP on a warm connection, fence, outcome.
func BenchmarkSendMessage(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *sqlstore.Store{"sqlite": dbtest.SQLite, "mysql": dbtest.MySQL} {
		b.Run(name, func(b *testing.B) {
			w := newMailWorld(b, open(b), `{"caps":[{"max":3,"window":"P7D"}],"quiet_hours":{"from":"21:00","to":"08:00"}}`)
			people := make([]models.Customer, 2000)
			for i := range people {
				people[i] = w.person()
			}
			i := 0
			for b.Loop() {
				if res := w.send(w.ask(people[i%len(people)], "offer")); res.State != contract.SendAccepted && i < len(people) {
					b.Fatalf("%+v", res)
				}
				i++
			}
		})
	}
}
