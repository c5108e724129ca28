package activities_test

import (
	"bytes"
	"context"
	"net/mail"
	"testing"
	"time"

	"sojourn/activities"
	"sojourn/broadcast"
	"sojourn/chaos/smtpsink"
	"sojourn/consent"
	"sojourn/contract"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

// letters is a broadcast about to go out to everybody in a mail world.
type letters struct {
	*mailWorld
	row models.Broadcast
	b   *activities.Broadcasts
}

func newLetters(t *testing.T, s *sqlstore.Store, settings string, people int, change func(d *broadcast.Definition)) (*letters, []models.Customer) {
	t.Helper()
	w := newMailWorld(t, s, settings)
	var all []models.Customer
	for range people {
		all = append(all, w.person())
	}
	d := broadcast.Definition{Purpose: "marketing", Template: "offer"}
	if change != nil {
		change(&d)
	}
	row, err := s.CreateBroadcast(t.Context(), w.Workspace.ID, "spring", "Spring", d, w.now())
	if err == nil {
		row, err = s.ScheduleBroadcast(t.Context(), w.Workspace.ID, row.ID, row.Revision, "user:1", w.now())
	}
	if err != nil {
		t.Fatal(err)
	}
	return &letters{mailWorld: w, row: row, b: &activities.Broadcasts{Store: s, Messaging: w.m, Now: w.now}}, all
}

func (l *letters) advance() contract.BroadcastProgress {
	l.t.Helper()
	p, err := l.b.AdvanceBroadcast(context.Background(), contract.BroadcastInput{WorkspaceID: l.Workspace.ID, BroadcastID: l.row.ID.String()})
	if err != nil {
		l.t.Fatal(err)
	}
	return p
}

// through does what the workflow does, with a clock that jumps; it ends when the broadcast is done or waits to be told.
func (l *letters) through() contract.BroadcastProgress {
	l.t.Helper()
	for range 500 {
		p := l.advance()
		if p.Done || p.WakeAt == 0 {
			return p
		}
		if pause := time.UnixMicro(p.WakeAt).Sub(l.now()); pause > 0 {
			l.pass(pause)
		}
	}
	l.t.Fatal("it never ends")
	return contract.BroadcastProgress{}
}

// outcomes counts the ledger of the newest issue by state and reason.
func (l *letters) outcomes() map[string]int64 {
	l.t.Helper()
	issues, err := l.S.BroadcastIssues(context.Background(), l.Workspace.ID, l.row.ID, 1)
	if err != nil || len(issues) != 1 {
		l.t.Fatal(issues, err)
	}
	n, err := l.S.IssueNumbers(context.Background(), l.Workspace.ID, issues[0].ID, l.now())
	if err != nil {
		l.t.Fatal(err)
	}
	out := map[string]int64{}
	for _, g := range n.Outcomes {
		out[g.State+" "+g.Reason] = g.Count
	}
	return out
}

// taken counts the mails that the server took; an attempt that was given up before its end is none.
func (l *letters) taken() (n int) {
	for _, m := range l.server.Messages() {
		if m.Accepted() {
			n++
		}
	}
	return n
}

func TestBroadcastReachesEverybodyOnce(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		l, all := newLetters(t, s, `{}`, 620, nil) // more than one chunk
		l.Consent(t, all[7].ID, consent.Withdrawn, storagetest.Noon)
		if p := l.through(); !p.Done {
			t.Fatalf("%+v", p)
		}
		if got := l.outcomes(); got["accepted "] != 619 || got["skipped topic_opt_out"] != 1 || len(got) != 2 {
			t.Errorf("outcomes: %v", got)
		}
		if n := l.taken(); n != 619 {
			t.Errorf("%d mails", n)
		}
		for _, c := range all[:5] {
			if n := len(l.mails(c)); n != 1 {
				t.Errorf("%d mails to one", n)
			}
		}
		if p := l.advance(); !p.Done || l.taken() != 619 {
			t.Errorf("again: %+v", p)
		}
	})
}

func TestBroadcastWaitsForWhoIsHeldBack(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		l, all := newLetters(t, s, `{"quiet_hours":{"from":"21:00","to":"08:00"}}`, 4, func(d *broadcast.Definition) { d.Expires = "P2D" })
		if _, err := s.SQL().Exec("UPDATE customers SET timezone = 'Pacific/Auckland' WHERE id = ?", all[0].ID); err != nil {
			t.Fatal(err)
		}
		first := l.advance()
		for first.WakeAt <= l.now().UnixMicro() {
			first = l.advance()
		}
		// It is midnight in Auckland: eight o'clock there is 19:00 UTC.
		if want := time.Date(2026, 3, 4, 19, 0, 0, 0, time.UTC); first.WakeAt != want.UnixMicro() {
			t.Errorf("wakes at %s, want %s", time.UnixMicro(first.WakeAt).UTC(), want)
		}
		if got := l.outcomes(); got["accepted "] != 3 || got["deferred quiet_hours"] != 1 {
			t.Errorf("outcomes: %v", got)
		}
		if p := l.through(); !p.Done || len(l.mails(all[0])) != 1 {
			t.Errorf("%+v, %v", p, l.outcomes())
		}
	})
}

func TestBroadcastPausedResumedCancelled(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := t.Context()
		l, _ := newLetters(t, s, `{}`, 30, func(d *broadcast.Definition) { d.RatePerHour = 600 })
		if p := l.advance(); p.State != broadcast.Scheduled {
			t.Fatalf("%+v", p)
		}
		p := l.advance() // a minute's worth of the rate
		if n := len(l.server.Messages()); n < 5 || n > 12 || p.WakeAt <= l.now().UnixMicro() {
			t.Errorf("%d mails at once, %+v", n, p)
		}
		if _, err := s.PauseBroadcast(ctx, l.Workspace.ID, l.row.ID, l.now()); err != nil {
			t.Fatal(err)
		}
		l.pass(time.Hour)
		before := len(l.server.Messages())
		if p := l.advance(); p.Done || p.WakeAt != 0 || len(l.server.Messages()) != before {
			t.Errorf("paused: %+v", p)
		}
		if _, err := s.ResumeBroadcast(ctx, l.Workspace.ID, l.row.ID, l.now()); err != nil {
			t.Fatal(err)
		}
		l.advance()
		if n := len(l.server.Messages()); n <= before {
			t.Errorf("resumed: %d mails, %d before", n, before)
		}
		if _, err := s.CancelBroadcast(ctx, l.Workspace.ID, l.row.ID, "enough", l.now()); err != nil {
			t.Fatal(err)
		}
		before = len(l.server.Messages())
		if p := l.through(); !p.Done || len(l.server.Messages()) != before {
			t.Errorf("cancelled: %+v, %d mails", p, len(l.server.Messages()))
		}
		issues, err := s.BroadcastIssues(ctx, l.Workspace.ID, l.row.ID, 1)
		if err != nil || issues[0].State != broadcast.IssueCancelled {
			t.Errorf("issue: %+v, %v", issues, err)
		}
	})
}

func TestBroadcastLostAnswersAreNotRepeated(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		l, all := newLetters(t, s, `{}`, 20, nil)
		l.server.Script(string(all[3].Email), smtpsink.LostAnswer)
		if p := l.through(); !p.Done {
			t.Fatalf("%+v", p)
		}
		if got := l.outcomes(); got["accepted "] != 19 || got["unknown answer_lost"] != 1 {
			t.Errorf("outcomes: %v", got)
		}
	})
}

func TestBroadcastRecursAndCatchesUp(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		l, all := newLetters(t, s, `{}`, 3, func(d *broadcast.Definition) {
			d.Schedule = broadcast.Schedule{Kind: broadcast.Cron, Cron: "0 9 * * tue", CatchUp: "PT6H"}
		})
		for range 4 { // wait for Tuesday, open, send, finish
			p := l.advance()
			if pause := time.UnixMicro(p.WakeAt).Sub(l.now()); pause > 0 && len(l.server.Messages()) == 0 {
				l.pass(pause)
			}
		}
		if n := len(l.server.Messages()); n != 3 {
			t.Fatalf("%d mails of the first issue", n)
		}
		l.pass(21*24*time.Hour + 7*time.Hour) // away for three weeks, back too late on a Tuesday
		for range 3 {
			l.advance()
		}
		issues, err := s.BroadcastIssues(t.Context(), l.Workspace.ID, l.row.ID, 10)
		if err != nil || len(issues) != 2 || issues[0].State != broadcast.IssueMissed {
			t.Fatalf("issues: %+v, %v", issues, err)
		}
		for range 4 {
			p := l.advance()
			if pause := time.UnixMicro(p.WakeAt).Sub(l.now()); pause > 0 && len(l.server.Messages()) == 3 {
				l.pass(pause)
			}
		}
		if n := len(l.mails(all[0])); n != 2 || len(l.server.Messages()) != 6 {
			t.Errorf("%d mails to one, %d in all: an issue missed long ago is not made up for", n, len(l.server.Messages()))
		}
	})
}

// Somebody whom the gate holds back for weeks keeps no issue of a daily newsletter from the others; his old issue ends when
// the next begins.
func TestBroadcastHeldBackOneKeepsNoIssueFromOthers(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		l, all := newLetters(t, s, `{}`, 3, func(d *broadcast.Definition) {
			d.Schedule = broadcast.Schedule{Kind: broadcast.Cron, Cron: "0 9 * * *"}
		})
		if _, err := s.SQL().ExecContext(t.Context(), "UPDATE customers SET paused_until = ? WHERE id = ?", models.At(l.now().AddDate(0, 0, 28)), all[0].ID); err != nil {
			t.Fatal(err)
		}
		for end := l.now().AddDate(0, 0, 5); l.now().Before(end); {
			p := l.advance()
			if pause := time.UnixMicro(p.WakeAt).Sub(l.now()); pause > 0 {
				l.pass(pause)
			}
		}
		for i, want := range []int{0, 5, 5} {
			if n := len(l.mails(all[i])); n != want {
				t.Errorf("customer %d has %d mails, want %d", i, n, want)
			}
		}
		issues, err := s.BroadcastIssues(t.Context(), l.Workspace.ID, l.row.ID, 10)
		if err != nil || len(issues) < 5 {
			t.Fatalf("%d issues, %v", len(issues), err)
		}
		for _, i := range issues[1:] {
			n, err := s.IssueNumbers(t.Context(), l.Workspace.ID, i.ID, l.now())
			if err != nil || i.State != broadcast.IssueDone || len(n.Outcomes) != 2 || n.Outcomes[1] != (storage.GroupCount{State: storage.SendExpired, Reason: storage.ReasonNextIssue, Count: 1}) {
				t.Errorf("issue %d is %s: %+v, %v", i.Number, i.State, n.Outcomes, err)
			}
		}
	})
}

// A letter of Friday that nobody could send until Monday stays where it is.
func TestBroadcastTooLateDoesNotGo(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		for late, want := range map[time.Duration]int{12*time.Hour - time.Second: 3, 12*time.Hour + time.Second: 0} {
			var at time.Time
			l, _ := newLetters(t, s, `{}`, 3, func(d *broadcast.Definition) {
				at = storagetest.Noon.Add(3 * time.Hour)
				d.Schedule, d.Expires = broadcast.Schedule{Kind: broadcast.At, At: at.Format("2006-01-02T15:04"), Timezone: "UTC"}, "PT12H"
			})
			l.pass(at.Add(late).Sub(l.now()))
			if p := l.through(); !p.Done || l.taken() != want {
				t.Errorf("%s late: %+v, %d mails, want %d", late, p, l.taken(), want)
			}
			row, err := s.Broadcast(t.Context(), l.Workspace.ID, l.row.ID)
			if err != nil || row.State != broadcast.Done {
				t.Errorf("%s late: it is %s, %v", late, row.State, err)
			}
			issues, err := s.BroadcastIssues(t.Context(), l.Workspace.ID, l.row.ID, 2)
			if err != nil || len(issues) != 1 || (issues[0].State == broadcast.IssueMissed) != (want == 0) {
				t.Errorf("%s late: %+v, %v", late, issues, err)
			}
		}
	})
}

// A test whose rest is spread over days by the hourly rate: who waits for his turn is not late.
func TestBroadcastRateMakesNobodyLate(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		l, _ := newLetters(t, s, `{}`, 12, func(d *broadcast.Definition) {
			d.Test = &broadcast.Test{Subjects: []string{"One", "Two"}, Share: 10, Wait: "PT1H"}
			d.RatePerHour, d.Expires = 1, "PT3H"
		})
		if p := l.through(); !p.Done || l.outcomes()["accepted "] != 12 {
			t.Errorf("%+v, %v", p, l.outcomes())
		}
	})
}

// Some get one of two subjects; when the test has waited, the rest gets the one that was opened more. Then a second letter
// goes to those who did not open the first.
func TestBroadcastTestsSubjectsAndIsSentAgain(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		ctx, people := t.Context(), 60
		l, all := newLetters(t, s, `{"tracking": {"opens": "unless_refused", "clicks": "unless_refused"}}`, people, func(d *broadcast.Definition) {
			d.Test = &broadcast.Test{Subjects: []string{"Dull for {{ customer.first_name }}", "Bright"}, Share: 50, Wait: "PT2H"}
			d.Expires = "PT1H" // the wait for the winner makes nobody late
		})
		var p contract.BroadcastProgress
		for p.State != "waits for the winner" {
			if p = l.advance(); p.Done {
				t.Fatal("it ended without a winner")
			}
		}
		tested := l.taken()
		if want := l.now().Add(2 * time.Hour).UnixMicro(); tested < 15 || tested > 45 || p.WakeAt != want {
			t.Fatalf("%d mails in the test, wakes at %d, want %d", tested, p.WakeAt, want)
		}
		opened := 0
		issues, err := s.BroadcastIssues(ctx, l.Workspace.ID, l.row.ID, 1)
		if err != nil {
			t.Fatal(err)
		}
		sends, err := s.ListSends(ctx, l.Workspace.ID, storage.SendFilter{Issue: issues[0].ID, Arm: 2}, storage.PageAsk{Limit: 100})
		if err != nil || len(sends) == 0 {
			t.Fatal(sends, err)
		}
		for _, r := range sends {
			if _, err := s.RecordHit(ctx, storage.Hit{Workspace: l.Workspace.ID, Send: r.ID, At: l.now().Add(time.Minute)}); err != nil {
				t.Fatal(err)
			}
			opened++
		}
		if p := l.through(); !p.Done || l.taken() != people {
			t.Fatalf("%+v, %d mails, %v", p, l.taken(), l.outcomes())
		}
		subjects := map[string]int{}
		for _, c := range all {
			got := l.mails(c)
			if len(got) != 1 {
				t.Fatalf("%d mails to one", len(got))
			}
			subject := subjectOf(t, got[0])
			subjects[subject]++
		}
		if n := subjects["Bright"]; n != people-tested+opened {
			t.Errorf("%d with the winning subject, want %d: %v", n, people-tested+opened, subjects)
		}
		d := broadcast.Definition{Purpose: "marketing", Template: "offer", Subject: "Once more", Resend: &broadcast.Resend{Broadcast: "spring", Issue: 1, Unless: broadcast.Opened}}
		if l.row, err = s.CreateBroadcast(ctx, l.Workspace.ID, "again", "Again", d, l.now()); err == nil {
			l.row, err = s.ScheduleBroadcast(ctx, l.Workspace.ID, l.row.ID, 1, "user:1", l.now())
		}
		if err != nil {
			t.Fatal(err)
		}
		if p := l.through(); !p.Done || l.taken() != 2*people-opened {
			t.Errorf("%+v, %d mails, want %d", p, l.taken(), 2*people-opened)
		}
	})
}

func subjectOf(t *testing.T, m smtpsink.Message) string {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Data))
	if err != nil {
		t.Fatal(err)
	}
	return decoded(t, parsed.Header.Get("Subject"))
}
