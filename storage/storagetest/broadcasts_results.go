package storagetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/broadcast"
	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// hit marks a message as opened (link 0) or clicked.
func (w *broadcastWorld) hit(send ids.ID, link int) {
	w.Helper()
	exec(w, w.S, "INSERT INTO engagement (send_id, link_no, workspace_id, hits, first_at, last_at) VALUES (?,?,?,1,?,?)", send, link, w.Workspace.ID, models.At(Noon), models.At(Noon))
}

func (w *broadcastWorld) reached(d broadcast.Definition) []ids.ID {
	w.Helper()
	out, err := w.S.SampleBroadcast(w.ctx(), w.Workspace.ID, d, 100, Noon, Noon)
	w.ok(err)
	slices.SortFunc(out, func(a, b ids.ID) int { return slices.Compare(a[:], b[:]) })
	return out
}

func broadcastWithoutOthers(w *broadcastWorld) {
	got, skipped, waits := w.AddCustomer(w, "got@o.example", true), w.AddCustomer(w, "no@o.example", false), w.AddCustomer(w, "waits@o.example", true)
	issue := w.begin(w.make("first", nil))
	late := w.AddCustomer(w, "late@o.example", true)
	w.send(issue, got)
	if c := w.send(issue, skipped); c.Send.State != storage.SendSkipped {
		w.Fatalf("%+v", c.Send)
	}
	second := broadcast.Definition{Purpose: "marketing", Template: "letter", Exclude: broadcast.Exclude{Broadcasts: []string{"first"}}}
	if who := w.reached(second); !slices.Equal(who, []ids.ID{late.ID}) {
		w.Errorf("while the first goes out: %v", who)
	}
	_, err := w.S.CancelBroadcast(w.ctx(), w.Workspace.ID, issue.BroadcastID, "", Noon)
	w.ok(err)
	w.ok(w.S.FinishIssue(w.ctx(), w.Workspace.ID, issue.ID, time.Time{}, Noon))
	if who := w.reached(second); len(who) != 2 || !slices.Contains(who, waits.ID) || slices.Contains(who, got.ID) {
		w.Errorf("after the first was cancelled: %v; whoever it never reached is free again", who)
	}
	e, err := w.S.EstimateBroadcast(w.ctx(), w.Workspace.ID, second, Noon, Noon)
	if err != nil || e.Matched != 4 || e.Excluded != 1 || e.Reached != 2 || len(e.Skipped) != 1 || e.Skipped[0].Reason != "no_consent" {
		w.Errorf("estimate: %+v, %v", e, err)
	}
}

func broadcastAgain(w *broadcastWorld) {
	var all []models.Customer
	for i := range 5 {
		all = append(all, w.AddCustomer(w, fmt.Sprintf("p%d@again.example", i), i != 4))
	}
	first := w.make("first", nil)
	issue := w.begin(first)
	var sends []models.Send
	for _, c := range all {
		sends = append(sends, w.send(issue, c).Send)
	}
	w.hit(sends[0].ID, 0) // opened
	w.hit(sends[1].ID, 0) // opened and clicked
	w.hit(sends[1].ID, 2)
	exec(w, w.S, "INSERT INTO engagement (send_id, link_no, workspace_id, machine_hits) VALUES (?, 0, ?, 3)", sends[2].ID, w.Workspace.ID) // only a machine
	w.ok(w.S.Unsubscribe(w.ctx(), consent.Unsubscribe{Workspace: w.Workspace.ID, Customer: all[1].ID, ContactPoint: sends[1].ContactPointID, Send: sends[1].ID, Channel: "email", Purpose: "offers"}, "one_click", nil, Noon))
	n, err := w.S.IssueResults(w.ctx(), w.Workspace.ID, issue.ID)
	if err != nil || n.Delivered != 4 || n.Opened != 2 || n.Clicked != 1 || n.Unsubscribed != 1 {
		w.Errorf("results: %+v, %v", n, err)
	}
	for engaged, want := range map[string]int{storage.EngagedOpened: 2, storage.EngagedClicked: 1, storage.EngagedUnsubscribed: 1, storage.EngagedNotOpened: 2, storage.EngagedNotClicked: 3, storage.EngagedDelivered: 4} {
		rows, err := w.S.ListSends(w.ctx(), w.Workspace.ID, storage.SendFilter{Issue: issue.ID, Engaged: engaged}, storage.PageAsk{Limit: 50})
		if err != nil || len(rows) != want {
			w.Errorf("people behind %s: %d, %v", engaged, len(rows), err)
		}
	}
	for unless, want := range map[string][]ids.ID{broadcast.Opened: {all[2].ID, all[3].ID}, broadcast.Clicked: {all[0].ID, all[2].ID, all[3].ID}} {
		d := broadcast.Definition{Purpose: "marketing", Template: "letter", Resend: &broadcast.Resend{Broadcast: "first", Issue: 1, Unless: unless}}
		if who := w.reached(d); !slices.Equal(who, want) {
			w.Errorf("again unless %s: %v, want %v", unless, who, want)
		}
		b := w.make("again-"+unless, func(x *broadcast.Definition) { x.Resend = d.Resend })
		if again := w.begin(b); again.Recipients != len(want) {
			w.Errorf("recipients unless %s: %d", unless, again.Recipients)
		}
	}
	bad := broadcast.Definition{Purpose: "marketing", Template: "letter", Resend: &broadcast.Resend{Broadcast: "first", Issue: 2, Unless: broadcast.Opened}}
	if _, err := w.S.EstimateBroadcast(w.ctx(), w.Workspace.ID, bad, Noon, Noon); !fault.Is(err, fault.Invalid) {
		w.Errorf("an issue that never was: %v", err)
	}
}

func broadcastTest(w *broadcastWorld) {
	ws := w.Workspace.ID
	people := map[ids.ID]models.Customer{}
	for i := range 60 {
		c := w.AddCustomer(w, fmt.Sprintf("p%d@test.example", i), true)
		people[c.ID] = c
	}
	test := &broadcast.Test{Subjects: []string{"one", "two"}, Share: 50, Wait: "PT2H", Metric: broadcast.Clicked}
	issue := w.begin(w.make("tested", func(d *broadcast.Definition) { d.Test = test }))
	first := w.chunk(issue, 100, Noon)
	inTest := len(first.Recipients)
	if inTest < 15 || inTest > 45 || first.TestOver {
		w.Fatalf("%d of 60 in a test of half of them, %+v", inTest, first.TestOver)
	}
	arms := map[int]int{}
	for _, r := range first.Recipients {
		if want := test.Arm(issue.ID, r.Customer); r.Arm != want || want == 0 {
			w.Errorf("arm %d, want %d", r.Arm, want)
		}
		ask := w.ask(issue, people[r.Customer])
		ask.Arm = r.Arm
		claim := w.Claim(w, ask)
		w.Fence(w, claim)
		w.Settle(w, claim, storage.Settlement{State: storage.SendAccepted})
		if arms[r.Arm]++; r.Arm == 2 {
			w.hit(claim.Send.ID, 1)
		}
		w.ok(w.S.IssueDone(w.ctx(), ws, issue.ID, r.Due, r.Customer))
	}
	if arms[1] == 0 || arms[2] == 0 {
		w.Fatalf("arms: %v", arms)
	}
	if c := w.chunk(issue, 100, Noon.Add(24*time.Hour)); len(c.Recipients) != 0 || !c.TestOver {
		w.Fatalf("the rest before a decision: %+v", c)
	}
	for range 2 {
		if at, err := w.S.DecideTest(w.ctx(), ws, issue.ID, Noon.Add(time.Hour)); err != nil || !at.Equal(Noon.Add(3*time.Hour)) {
			w.Fatalf("decided at %s, %v; the test was over after an hour", at, err)
		}
	}
	_, err := w.S.DecideTest(w.ctx(), ws, issue.ID, Noon.Add(3*time.Hour))
	w.ok(err)
	issue, err = w.S.BroadcastIssue(w.ctx(), ws, issue.ID)
	var result broadcast.TestResult
	if err == nil {
		err = issue.TestResult.Into(&result)
	}
	if err != nil || issue.Winner != 2 || len(result.Arms) != 2 || result.Arms[1].Clicked != arms[2] || result.Arms[0].Sent != arms[1] {
		w.Errorf("decided: %+v, %+v, %v", issue, result, err)
	}
	rest := w.chunk(issue, 100, Noon.Add(3*time.Hour))
	if len(rest.Recipients)+inTest != 60 || slices.ContainsFunc(rest.Recipients, func(r storage.IssueRecipient) bool { return r.Arm != 2 }) {
		w.Errorf("the rest: %d, all with the winner", len(rest.Recipients))
	}
}

func broadcastExplain(w *broadcastWorld) {
	ws := w.Workspace.ID
	c, no := w.AddCustomer(w, "c@why.example", true), w.AddCustomer(w, "no@why.example", false)
	issue := w.begin(w.make("first", nil))
	if place, err := w.S.RecipientOf(w.ctx(), ws, issue.BroadcastID, c.ID); err != nil || place.Issue.Number != 1 || !place.Send.ID.IsZero() {
		w.Errorf("on the list: %+v, %v", place, err)
	}
	w.send(issue, c)
	if place, err := w.S.RecipientOf(w.ctx(), ws, issue.BroadcastID, c.ID); err != nil || place.Send.State != storage.SendAccepted {
		w.Errorf("sent: %+v, %v", place.Send, err)
	}
	d := broadcast.Definition{Purpose: "marketing", Template: "letter", Exclude: broadcast.Exclude{Broadcasts: []string{"first"}}}
	if v, err := w.S.ExplainRecipient(w.ctx(), ws, d, c.ID, Noon, Noon); err != nil || !v.Matched || v.Excluded != "exclude.broadcasts" || v.Verdict.Action != pressure.Send {
		w.Errorf("%+v, %v", v, err)
	}
	d.Exclude = broadcast.Exclude{MailedWithin: "P1D"}
	if v, err := w.S.ExplainRecipient(w.ctx(), ws, d, c.ID, Noon, Noon); err != nil || v.Excluded != "exclude.mailed_within" {
		w.Errorf("%+v, %v", v, err)
	}
	d.Exclude = broadcast.Exclude{}
	if v, err := w.S.ExplainRecipient(w.ctx(), ws, d, no.ID, Noon, Noon); err != nil || !v.Matched || v.Excluded != "" || v.Verdict.Reason != pressure.ReasonNoConsent {
		w.Errorf("%+v, %v", v, err)
	}
}

func broadcastArchive(w *broadcastWorld) {
	ws := w.Workspace.ID
	b := w.make("old", nil)
	list := func(archived bool) int {
		rows, err := w.S.ListBroadcasts(w.ctx(), ws, storage.BroadcastFilter{Archived: archived}, storage.PageAsk{Limit: 10})
		w.ok(err)
		return len(rows)
	}
	for range 2 {
		_, err := w.S.ArchiveBroadcast(w.ctx(), ws, b.ID, true, Noon)
		w.ok(err)
	}
	if list(false) != 0 || list(true) != 1 {
		w.Error("it is not in the archive")
	}
	_, err := w.S.ArchiveBroadcast(w.ctx(), ws, b.ID, false, Noon)
	w.ok(err)
	_, err = w.S.ScheduleBroadcast(w.ctx(), ws, b.ID, b.Revision, "x", Noon)
	w.ok(err)
	if _, err := w.S.ArchiveBroadcast(w.ctx(), ws, b.ID, true, Noon); !fault.Is(err, fault.Conflict) || list(false) != 1 {
		w.Errorf("one that is about to go out: %v", err)
	}
}

// Under a cap people are asked about one by one, at each one's own calendar; of many a sample, whose margin holds.
func broadcastSampled(w *broadcastWorld) {
	const people = 2800
	exec(w, w.S, `UPDATE workspaces SET settings = '{"caps":[{"max":1,"window":"P1D"}]}' WHERE id = ?`, w.Workspace.ID)
	full := 0
	template := w.AddCustomer(w, "t@many.example", true)
	tx(w, w.S, func(tx *gorm.DB) error {
		var failed error
		run := func(tx *gorm.DB, q string, args ...any) { failed = errors.Join(failed, tx.Exec(q, args...).Error) }
		for i := range people - 1 {
			id := ids.New()
			run(tx, "INSERT INTO customers (id, workspace_id, grp, email, locale, timezone, attributes, created_at, updated_at) SELECT ?, workspace_id, grp, ?, locale, timezone, attributes, created_at, updated_at FROM customers WHERE id = ?",
				id, fmt.Sprintf("m%d@many.example", i), template.ID)
			run(tx, "INSERT INTO contact_points (id, workspace_id, channel, address, created_at) VALUES (?,?,'email',?,0)", ids.New(), w.Workspace.ID, fmt.Sprintf("m%d@many.example", i))
			run(tx, "INSERT INTO permissions (workspace_id, customer_id, channel, purpose, state, legal_basis, occurred_at, consent_id) SELECT workspace_id, ?, channel, purpose, state, legal_basis, occurred_at, consent_id FROM permissions WHERE customer_id = ?", id, template.ID)
			if i%4 == 0 {
				full++
				run(tx, "INSERT INTO sends (id, workspace_id, send_key, customer_id, channel, class, purpose, state, planned_at, handed_at) VALUES (?,?,?,?,'email','marketing','x','accepted',?,?)",
					ids.New(), w.Workspace.ID, "k"+id.String(), id, models.At(Noon.Add(-time.Hour)), models.At(Noon.Add(-time.Hour)))
			}
		}
		return failed
	})
	d := broadcast.Definition{Purpose: "marketing", Template: "letter"}
	e, err := w.S.EstimateBroadcast(w.ctx(), w.Workspace.ID, d, Noon, Noon)
	if err != nil || e.Asked != 2500 || e.Margin < .002 || e.Margin > .02 || len(e.Held) != 1 || e.Held[0].Reason != "cap" || e.Reached+e.Held[0].Count != people {
		w.Fatalf("%+v, %v", e, err)
	}
	if off := float64(e.Held[0].Count-int64(full)) / people; off > 2*e.Margin || off < -2*e.Margin {
		w.Errorf("%d held, really %d: further off than the margin of %.3f", e.Held[0].Count, full, e.Margin)
	}
}
