package auditor

import (
	"database/sql"
	"time"
)

// outcomes are the states in which a row of the ledger may end, and whether a mail belongs to it.
var outcomes = map[string]struct{ must, may bool }{
	"accepted":          {true, true},
	"resolved_accepted": {true, true},
	"unknown":           {false, true},
	"rejected":          {},
	"resolved_rejected": {false, true},
	"skipped":           {},
	"expired":           {},
	"cancelled":         {},
}

// conservation (I3): every row has one of the known outcomes, and there is one row per run, step and visit.
func (a *audit) conservation() error {
	type logical struct {
		run, step string
		visit     int
	}
	rows := map[logical]int{}
	for _, s := range a.sends {
		if _, final := outcomes[s.state]; !final {
			a.say("I3", "send %s (step %s) has no outcome: %s %s", s.id, s.step, s.state, s.reason)
		}
		rows[logical{s.run, s.step, s.visit}]++
	}
	for l, n := range rows {
		if n > 1 {
			a.say("I3", "run %s, step %s, visit %d: %d rows of one logical send", l.run, l.step, l.visit, n)
		}
	}
	return nil
}

// stuck (I5): nothing is held longer than its lease and a minute.
func (a *audit) stuck() error {
	for _, s := range a.sends {
		if (s.state == "claimed" || s.state == "handing_over") && s.lateMicros > time.Minute.Microseconds() {
			a.say("I5", "send %s is %s %s after its lease", s.id, s.state, time.Duration(s.lateMicros)*time.Microsecond)
		}
	}
	return nil
}

// copiesPerLetter (I7): a marketing letter was read by the mail server at most once. A service letter was read again only
// when its row says that an answer was lost, and then it is the same message.
func (a *audit) copiesPerLetter() error {
	rows := map[letterTo]*send{}
	for _, s := range a.sends {
		rows[letterTo{s.address, a.w.Letters[s.template].Subject}] = s
	}
	marketing := map[string]bool{}
	for _, l := range a.w.Letters {
		marketing[l.Subject] = l.Marketing
	}
	for to, mails := range a.copies {
		s := rows[to]
		if s == nil {
			a.say("I7", "a letter %q went to %s, and the ledger knows of none", to.subject, a.user(to.to))
		}
		if len(mails) < 2 {
			continue
		}
		if marketing[to.subject] {
			a.say("I7", "%d copies of the marketing letter %q to %s", len(mails), to.subject, a.user(to.to))
			continue
		}
		if s != nil && (s.unknowns == 0 || len(mails) > s.unknowns+1) {
			a.say("I7", "%d copies of the service letter %q (send %s) with %d lost answers", len(mails), to.subject, s.id, s.unknowns)
		}
		for _, m := range mails[1:] {
			if m.MessageID != mails[0].MessageID || m.Body != mails[0].Body {
				a.say("I7", "%d copies of %q to %s are not the same message", len(mails), to.subject, a.user(to.to))
			}
		}
	}
	return nil
}

// ledgerAgainstMail (I3, I23): what the ledger calls accepted was read by the mail server, what it calls something else
// was not, but for lost answers.
func (a *audit) ledgerAgainstMail() error {
	for _, s := range a.sends {
		o, final := outcomes[s.state]
		n := len(a.copies[letterTo{s.address, a.w.Letters[s.template].Subject}])
		switch {
		case !final:
		case o.must && n == 0:
			a.say("I3", "send %s is %s and the mail server never saw it", s.id, s.state)
		case !o.may && n > 0:
			a.say("I3", "send %s is %s (%s) and the mail server has it", s.id, s.state, s.reason)
		}
	}
	return nil
}

// withdrawals (I12): who was told that he is unsubscribed is so in the ledger, and no marketing mail was begun after it.
func (a *audit) withdrawals() error {
	marketing := map[string]bool{}
	for _, l := range a.w.Letters {
		marketing[l.Subject] = l.Marketing
	}
	for _, m := range a.w.Mails {
		if at, withdrawn := a.w.Withdrawn[m.To]; withdrawn && marketing[m.Subject] && m.At.After(at) {
			a.say("I12", "a marketing letter to %s was begun %s after his withdrawal was acknowledged", a.user(m.To), m.At.Sub(at))
		}
	}
	state := map[string]string{}
	err := a.each("SELECT COALESCE(c.email, ''), p.state FROM permissions p JOIN customers c ON c.id = p.customer_id WHERE p.workspace_id = ? AND p.channel = 'email' AND p.purpose = 'marketing'", func(rows *sql.Rows) error {
		var address, s string
		if err := rows.Scan(&address, &s); err != nil {
			return err
		}
		state[address] = s
		return nil
	})
	for address := range a.w.Withdrawn {
		if state[address] != "withdrawn" {
			a.say("I12", "%s was told that he is unsubscribed, and is %q", a.user(address), state[address])
		}
	}
	return err
}

// permissions (I19): the projection is the fold of the ledger: the latest act wins, and of two at one moment the
// withdrawal.
func (a *audit) permissions() error {
	type topic struct{ customer, channel, purpose string }
	type fold struct {
		at    int64
		state string
	}
	want := map[topic]fold{}
	err := a.each("SELECT customer_id, channel, purpose, state, occurred_at, recorded_at FROM consents WHERE workspace_id = ? ORDER BY customer_id, seq", func(rows *sql.Rows) error {
		var customer []byte
		var t topic
		var f fold
		var recorded int64
		if err := rows.Scan(&customer, &t.channel, &t.purpose, &f.state, &f.at, &recorded); err != nil {
			return err
		}
		t.customer, f.at = uuidText(customer), min(f.at, recorded)
		if now, known := want[t]; !known || f.at > now.at || f.at == now.at && f.state == "withdrawn" {
			want[t] = f
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.each("SELECT customer_id, channel, purpose, state FROM permissions WHERE workspace_id = ?", func(rows *sql.Rows) error {
		var customer []byte
		var t topic
		var state string
		if err := rows.Scan(&customer, &t.channel, &t.purpose, &state); err != nil {
			return err
		}
		t.customer = uuidText(customer)
		if want[t].state != state {
			a.say("I19", "customer %s has %q for %s by %s, and the ledger says %q", t.customer, state, t.purpose, t.channel, want[t].state)
		}
		return nil
	})
}

// user names the owner of an address without the address: findings are printed.
func (a *audit) user(address string) string {
	if u := a.w.People[address]; u != "" {
		return u
	}
	return "somebody unknown"
}
