//go:build chaos

package chaos_test

import (
	"context"
	"testing"
	"time"

	"sojourn/chaos/harness"
	"sojourn/chaos/smtpsink"
)

// TestMailServerAnswers scripts one recipient per kind of answer (F10, F12, F13) and compares what the ledger says with
// what the mail server saw.
func TestMailServerAnswers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := harness.Start(t, harness.Options{})
	cases := []struct {
		name     string
		steps    []smtpsink.Step
		marketed string // final state of the marketing letter
		copies   int    // of it
		served   string // final state of the service letter, scripted alike for another person
		atMost   int    // copies of that
		suppress bool
	}{
		{"the connection ends before the answer to a complete message", []smtpsink.Step{smtpsink.LostAnswer}, "unknown", 1, "accepted", 2, false},
		{"greylisted", []smtpsink.Step{smtpsink.Greylisted}, "accepted", 1, "accepted", 1, false},
		{"mailbox full for a while", []smtpsink.Step{smtpsink.MailboxFull}, "accepted", 1, "accepted", 1, false},
		{"try again, said after the message", []smtpsink.Step{smtpsink.TemporaryFinal}, "accepted", 1, "accepted", 1, false},
		{"shutting down", []smtpsink.Step{smtpsink.ShuttingDown}, "accepted", 1, "accepted", 1, false},
		{"the connection ends in the middle of the message", []smtpsink.Step{{Drop: smtpsink.DropMidBody}}, "", 1, "accepted", 2, false},
		{"the connection ends at the recipient", []smtpsink.Step{{Drop: smtpsink.DropAtRcpt}}, "accepted", 1, "accepted", 1, false},
		{"user unknown", []smtpsink.Step{smtpsink.UserUnknown}, "rejected", 0, "rejected", 0, true},
		{"refused by policy", []smtpsink.Step{smtpsink.PolicyRefusal}, "rejected", 0, "rejected", 0, false},
		{"too large", []smtpsink.Step{smtpsink.TooLarge}, "rejected", 0, "rejected", 0, false},
	}
	people := w.People(ctx, 2*len(cases))
	for i, c := range cases {
		for _, p := range people[2*i : 2*i+2] {
			w.Mail.Script(p.Email, c.steps...)
		}
		w.Track(ctx, "Asked", people[2*i:2*i+1])
		w.Track(ctx, harness.Bought, people[2*i+1:2*i+2])
	}
	for i := range cases {
		w.Track(ctx, "Answered", people[2*i:2*i+1])
	}
	audit(ctx, t, w)
	copies := w.Mail.Copies()
	for i, c := range cases {
		marketed, served := people[2*i], people[2*i+1]
		letter := harness.Letter{To: marketed.Email, Subject: harness.SubjectOf("question")}
		if state := w.SendState(ctx, marketed, "question"); c.marketed != "" && state != c.marketed {
			t.Errorf("%s: the marketing letter ends as %s, want %s", c.name, state, c.marketed)
		}
		if n := copies[letter]; n > 1 || c.marketed == "accepted" && n != 1 || n > c.copies {
			t.Errorf("%s: %d copies of the marketing letter, want %d", c.name, n, c.copies)
		}
		if state := w.SendState(ctx, served, "receipt"); state != c.served {
			t.Errorf("%s: the service letter ends as %s, want %s", c.name, state, c.served)
		}
		if n := copies[harness.Letter{To: served.Email, Subject: harness.SubjectOf("receipt")}]; n > c.atMost || c.served == "accepted" && n == 0 {
			t.Errorf("%s: %d copies of the service letter, want at most %d", c.name, n, c.atMost)
		}
		if got := w.Suppressed(ctx, marketed); got != c.suppress {
			t.Errorf("%s: the address is suppressed: %t, want %t", c.name, got, c.suppress)
		}
		// What comes next on the same journey: nothing to an address that does not exist.
		if c.suppress && copies[harness.Letter{To: marketed.Email, Subject: harness.SubjectOf("thanks")}] > 0 {
			t.Errorf("%s: a further letter went to an address that does not exist", c.name)
		}
	}
	if state := w.SenderState(ctx); state != "active" {
		t.Errorf("the sender is %s: no answer about one recipient may stop it", state)
	}
}

// TestMailServerRefusesOurPassword: the sender is paused, nobody is suppressed and nothing is lost: what was held waits
// (the gate looks again within the hour), and once an operator has mended the password and resumed the sender, mail goes.
func TestMailServerRefusesOurPassword(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := harness.Start(t, harness.Options{MailPassword: "right", WrongPassword: true})
	people := w.People(ctx, 3)
	w.Track(ctx, "Asked", people[:2])
	harness.Eventually(t, 90*time.Second, "the sender is paused and the letters wait", func() error {
		if err := harness.Want(w.SenderState(ctx), "paused"); err != nil {
			return err
		}
		for _, p := range people[:2] {
			if err := harness.Want(w.SendState(ctx, p, "question"), "deferred"); err != nil {
				return err
			}
		}
		return nil
	})
	for _, p := range people[:2] {
		if w.Suppressed(ctx, p) {
			t.Errorf("a wrong password of ours suppressed an address")
		}
	}
	if n := len(w.Mail.Messages()); n > 0 {
		t.Errorf("%d messages went to a server that refuses us", n)
	}
	w.CorrectPassword()
	w.ResumeSender(ctx)
	w.Track(ctx, "Asked", people[2:])
	harness.Eventually(t, 90*time.Second, "mail goes again", func() error {
		return harness.Want(w.SendState(ctx, people[2], "question"), "accepted")
	})
}
