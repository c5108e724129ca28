package storagetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sojourn/audience"
	"sojourn/broadcast"
	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Broadcasts is the suite of storage.Broadcasts and storage.BroadcastWork.
func Broadcasts(t *testing.T, s *sqlstore.Store) {
	for name, test := range map[string]func(w *broadcastWorld){
		"from draft to done":               broadcastLife,
		"what the state allows":            broadcastStates,
		"two editors":                      broadcastEditors,
		"recurring":                        broadcastRecurring,
		"exclusions":                       broadcastExclusions,
		"recipients by local time":         broadcastLocal,
		"a channel without addresses":      broadcastHimself,
		"many pages, collected by several": broadcastPages,
		"chunks":                           broadcastChunks,
		"pace over all workers":            broadcastPace,
		"the gate and the fence":           broadcastGate,
		"an address gets it once":          broadcastAddress,
		"estimate is what the gate says":   broadcastEstimate,
		"another workspace":                broadcastOther,
		"without another's recipients":     broadcastWithoutOthers,
		"again to the silent":              broadcastAgain,
		"a subject test":                   broadcastTest,
		"why one customer":                 broadcastExplain,
		"the archive":                      broadcastArchive,
		"a sample under caps":              broadcastSampled,
		"many at once":                     broadcastBulk,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(&broadcastWorld{T: t, SendWorld: NewSendWorld(t, s, "broadcast "+name, `{}`)})
		})
	}
}

type broadcastWorld struct {
	*testing.T
	SendWorld
}

func (w *broadcastWorld) ctx() context.Context { return context.Background() }

func (w *broadcastWorld) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// make creates a draft to everybody, changed as told.
func (w *broadcastWorld) make(key string, change func(d *broadcast.Definition)) models.Broadcast {
	w.Helper()
	d := broadcast.Definition{Purpose: "marketing", Template: "letter", Channel: "email"}
	if change != nil {
		change(&d)
	}
	b, err := w.S.CreateBroadcast(w.ctx(), w.Workspace.ID, key, "Letter "+key, d, Noon)
	w.ok(err)
	return b
}

// begin schedules and opens an issue and writes down its recipients.
func (w *broadcastWorld) begin(b models.Broadcast) models.BroadcastIssue {
	w.Helper()
	b, err := w.S.ScheduleBroadcast(w.ctx(), w.Workspace.ID, b.ID, b.Revision, "user:1", Noon)
	w.ok(err)
	issue, err := w.S.OpenIssue(w.ctx(), w.Workspace.ID, b.ID, b.NextAt.Time(), Noon)
	w.ok(err)
	for issue.State == broadcast.IssueCollecting {
		issue, err = w.S.CollectRecipients(w.ctx(), w.Workspace.ID, issue.ID, Noon)
		w.ok(err)
	}
	return issue
}

func (w *broadcastWorld) state(id ids.ID, want string) models.Broadcast {
	w.Helper()
	b, err := w.S.Broadcast(w.ctx(), w.Workspace.ID, id)
	w.ok(err)
	if b.State != want {
		w.Errorf("broadcast is %s, want %s", b.State, want)
	}
	return b
}

func (w *broadcastWorld) chunk(issue models.BroadcastIssue, limit int, now time.Time) storage.IssueChunk {
	w.Helper()
	c, err := w.S.IssueChunk(w.ctx(), w.Workspace.ID, issue.ID, limit, now)
	w.ok(err)
	return c
}

// ask is the request of an issue for a customer, as the worker would make it.
func (w *broadcastWorld) ask(issue models.BroadcastIssue, c models.Customer) storage.SendRequest {
	w.Helper()
	r := w.Request(w, c, ids.ID{}, "")
	r.ID, r.Run, r.Journey, r.Version, r.Issue, r.Visit = w.S.NewID(), ids.ID{}, ids.ID{}, ids.ID{}, issue.ID, 0
	r.Key = storage.IssueSendKey(w.Workspace.ID, issue.ID, c.ID, "email")
	return w.Prepared(w, r)
}

func (w *broadcastWorld) send(issue models.BroadcastIssue, c models.Customer) storage.Claim {
	w.Helper()
	claim := w.Claim(w, w.ask(issue, c))
	if claim.Kind != storage.Claimed {
		return claim
	}
	if got := w.Fence(w, claim); got != storage.FencePassed {
		w.Fatalf("fence: %s", got)
	}
	w.Settle(w, claim, storage.Settlement{State: storage.SendAccepted})
	return claim
}

func broadcastLife(w *broadcastWorld) {
	ann, bob := w.AddCustomer(w, "ann@b.example", true), w.AddCustomer(w, "bob@b.example", false)
	b := w.make("spring", nil)
	issue := w.begin(b)
	if issue.State != broadcast.IssueSending || issue.Recipients != 2 || issue.Number != 1 {
		w.Fatalf("issue: %+v", issue)
	}
	w.state(b.ID, broadcast.Sending)
	again, err := w.S.OpenIssue(w.ctx(), w.Workspace.ID, b.ID, Noon, Noon)
	if err != nil || again.ID != issue.ID {
		w.Errorf("opened twice: %v, %v", again.ID, err)
	}
	if c := w.send(issue, ann); c.Send.IssueID != issue.ID || c.Send.IssuePoint != c.Send.ContactPointID {
		w.Errorf("row: %+v", c.Send)
	}
	if c := w.send(issue, bob); c.Send.State != storage.SendSkipped || c.Send.Reason != "no_consent" {
		w.Errorf("bob: %+v", c.Send)
	}
	n, err := w.S.IssueNumbers(w.ctx(), w.Workspace.ID, issue.ID, Noon.Add(time.Second))
	if err != nil || n.Recipients != 2 || n.LastMinute != 1 || len(n.Outcomes) != 2 {
		w.Errorf("numbers: %+v, %v", n, err)
	}
	w.ok(w.S.IssueDone(w.ctx(), w.Workspace.ID, issue.ID, int64(issue.PlannedAt), bob.ID))
	if c := w.chunk(issue, 10, Noon); len(c.Recipients) != 0 || c.More || !c.Next.IsZero() {
		w.Errorf("left: %+v", c)
	}
	for range 2 {
		w.ok(w.S.FinishIssue(w.ctx(), w.Workspace.ID, issue.ID, time.Time{}, Noon))
	}
	w.state(b.ID, broadcast.Done)
	if live, err := w.S.BroadcastLive(w.ctx(), w.Workspace.ID, b.ID); live || err != nil {
		w.Errorf("live: %v, %v", live, err)
	}
	if _, err := w.S.CancelBroadcast(w.ctx(), w.Workspace.ID, b.ID, "", Noon); !fault.Is(err, fault.Conflict) {
		w.Errorf("cancel what is done: %v", err)
	}
}

func broadcastStates(w *broadcastWorld) {
	ws := w.Workspace.ID
	b := w.make("states", func(d *broadcast.Definition) {
		d.Schedule = broadcast.Schedule{Kind: broadcast.At, At: "2026-03-05T09:00"}
	})
	if _, err := w.S.PauseBroadcast(w.ctx(), ws, b.ID, Noon); !fault.Is(err, fault.Conflict) {
		w.Errorf("pause a draft: %v", err)
	}
	b, err := w.S.ScheduleBroadcast(w.ctx(), ws, b.ID, 1, "user:1", Noon)
	w.ok(err)
	if want := time.Date(2026, 3, 5, 8, 0, 0, 0, time.UTC); !b.NextAt.Time().Equal(want) || b.ScheduledBy != "user:1" {
		w.Errorf("scheduled for %s by %s", b.NextAt.Time(), b.ScheduledBy)
	}
	if _, err := w.S.SaveBroadcast(w.ctx(), ws, b.ID, 1, "x", broadcast.Definition{}, Noon); !fault.Is(err, fault.Conflict) {
		w.Errorf("edit what is scheduled: %v", err)
	}
	if err := w.S.DeleteBroadcast(w.ctx(), ws, b.ID); !fault.Is(err, fault.Conflict) {
		w.Errorf("delete what is scheduled: %v", err)
	}
	epoch := b.Epoch
	for range 2 {
		b, err = w.S.PauseBroadcast(w.ctx(), ws, b.ID, Noon)
		w.ok(err)
	}
	if b.Epoch != epoch+1 {
		w.Errorf("paused twice: epoch %d after %d", b.Epoch, epoch)
	}
	if _, err = w.S.OpenIssue(w.ctx(), ws, b.ID, b.NextAt.Time(), Noon); !fault.Is(err, fault.Conflict) {
		w.Errorf("open a paused one: %v", err)
	}
	_, err = w.S.ResumeBroadcast(w.ctx(), ws, b.ID, Noon)
	w.ok(err)
	w.state(b.ID, broadcast.Scheduled)
	b, err = w.S.UnscheduleBroadcast(w.ctx(), ws, b.ID, Noon)
	w.ok(err)
	w.state(b.ID, broadcast.Draft)
	w.ok(w.S.DeleteBroadcast(w.ctx(), ws, b.ID))
	if _, err := w.S.Broadcast(w.ctx(), ws, b.ID); !fault.Is(err, fault.NotFound) {
		w.Errorf("deleted: %v", err)
	}
	other := w.make("later", nil)
	other, err = w.S.ScheduleBroadcast(w.ctx(), ws, other.ID, 1, "user:1", Noon)
	w.ok(err)
	live, err := w.S.LiveBroadcasts(w.ctx())
	w.ok(err)
	if !slices.ContainsFunc(live, func(r storage.BroadcastRef) bool {
		return r.ID == other.ID && r.WorkspaceKey == w.Workspace.WorkspaceKey
	}) {
		w.Error("a scheduled broadcast is not live")
	}
	_, err = w.S.CancelBroadcast(w.ctx(), ws, other.ID, "changed our mind", Noon)
	w.ok(err)
	if b := w.state(other.ID, broadcast.Cancelled); b.StateReason != "changed our mind" || !b.NextAt.IsZero() {
		w.Errorf("cancelled: %+v", b)
	}
}

func broadcastEditors(w *broadcastWorld) {
	b := w.make("two", nil)
	d := broadcast.Definition{Purpose: "news", Template: "other"}
	saved, err := w.S.SaveBroadcast(w.ctx(), w.Workspace.ID, b.ID, b.Revision, "New name", d, Noon)
	if err != nil || saved.Revision != 2 || saved.Name != "New name" {
		w.Fatalf("saved: %+v, %v", saved, err)
	}
	if _, err := w.S.SaveBroadcast(w.ctx(), w.Workspace.ID, b.ID, b.Revision, "Mine", d, Noon); !fault.Is(err, fault.Conflict) {
		w.Errorf("the second editor: %v", err)
	}
	if _, err := w.S.ScheduleBroadcast(w.ctx(), w.Workspace.ID, b.ID, b.Revision, "x", Noon); !fault.Is(err, fault.Conflict) {
		w.Errorf("schedule what somebody else has changed: %v", err)
	}
	if _, err := w.S.CreateBroadcast(w.ctx(), w.Workspace.ID, "two", "x", d, Noon); !fault.Is(err, fault.Conflict) {
		w.Errorf("the same key: %v", err)
	}
	w.make("three", nil)
	page, err := w.S.ListBroadcasts(w.ctx(), w.Workspace.ID, storage.BroadcastFilter{}, storage.PageAsk{Limit: 1})
	if err != nil || len(page) != 1 {
		w.Fatalf("%v, %v", page, err)
	}
	rest, err := w.S.ListBroadcasts(w.ctx(), w.Workspace.ID, storage.BroadcastFilter{}, storage.PageAsk{Limit: 5, After: storage.Cursor{At: page[0].CreatedAt, ID: page[0].ID}})
	if err != nil || len(rest) != 1 || rest[0].ID == page[0].ID {
		w.Errorf("second page: %v, %v", rest, err)
	}
	if found, err := w.S.ListBroadcasts(w.ctx(), w.Workspace.ID, storage.BroadcastFilter{Query: "New"}, storage.PageAsk{Limit: 5}); err != nil || len(found) != 1 {
		w.Errorf("search: %v, %v", found, err)
	}
}

func broadcastRecurring(w *broadcastWorld) {
	ws := w.Workspace.ID
	w.AddCustomer(w, "ann@r.example", true)
	b := w.make("weekly", func(d *broadcast.Definition) {
		d.Schedule = broadcast.Schedule{Kind: broadcast.Cron, Cron: "0 9 * * tue"}
	})
	b, err := w.S.ScheduleBroadcast(w.ctx(), ws, b.ID, 1, "x", Noon)
	w.ok(err)
	first := b.NextAt.Time()
	w.ok(w.S.MissIssue(w.ctx(), ws, b.ID, first, first.AddDate(0, 0, 7), first.Add(24*time.Hour)))
	w.ok(w.S.MissIssue(w.ctx(), ws, b.ID, first, first.AddDate(0, 0, 7), first.Add(24*time.Hour)))
	b = w.state(b.ID, broadcast.Scheduled)
	issue, err := w.S.OpenIssue(w.ctx(), ws, b.ID, b.NextAt.Time(), b.NextAt.Time())
	w.ok(err)
	for issue.State == broadcast.IssueCollecting {
		issue, err = w.S.CollectRecipients(w.ctx(), ws, issue.ID, Noon)
		w.ok(err)
	}
	w.ok(w.S.FinishIssue(w.ctx(), ws, issue.ID, first.AddDate(0, 0, 14), first.AddDate(0, 0, 7)))
	if b = w.state(b.ID, broadcast.Scheduled); !b.NextAt.Time().Equal(first.AddDate(0, 0, 14)) {
		w.Errorf("next: %s", b.NextAt.Time())
	}
	issues, err := w.S.BroadcastIssues(w.ctx(), ws, b.ID, 10)
	if err != nil || len(issues) != 2 || issues[0].State != broadcast.IssueDone || issues[1].State != broadcast.IssueMissed || issues[0].Number != 2 {
		w.Errorf("issues: %+v, %v", issues, err)
	}
	rows, err := w.S.IssuesBetween(w.ctx(), ws, first, first.AddDate(0, 0, 30))
	if err != nil || len(rows) != 2 || rows[0].BroadcastKey != "weekly" {
		w.Errorf("calendar: %+v, %v", rows, err)
	}
}

func broadcastExclusions(w *broadcastWorld) {
	all := map[string]models.Customer{}
	for _, name := range []string{"plain", "gold", "inside", "mailed", "restricted"} {
		all[name] = w.AddCustomer(w, name+"@x.example", true)
	}
	exec(w, w.S, `UPDATE customers SET attributes = '{"plan":"gold"}' WHERE id = ?`, all["gold"].ID)
	exec(w, w.S, "UPDATE customers SET restricted = 1 WHERE id = ?", all["restricted"].ID)
	exec(w, w.S, "INSERT INTO runs (id, workspace_id, journey_id, version_id, customer_id, entry_key, state, step_since, machine, partition_no, started_at) VALUES (?,?,?,?,?,'k','open',0,'{}',0,0)",
		w.S.NewID(), w.Workspace.ID, w.Journey.ID, w.Version, all["inside"].ID)
	claim := w.Claim(w, w.Request(w, all["mailed"], w.S.NewID(), "x"))
	w.Fence(w, claim)
	w.Settle(w, claim, storage.Settlement{State: storage.SendAccepted})
	gold := audience.Condition{Attribute: "attributes.plan", Op: audience.Eq, Value: "gold"}
	d := broadcast.Definition{Purpose: "marketing", Template: "letter", Exclude: broadcast.Exclude{Conditions: []audience.Condition{gold}, Journeys: []string{"winback"}, MailedWithin: "P3D"}}
	sample, err := w.S.SampleBroadcast(w.ctx(), w.Workspace.ID, d, 10, Noon, Noon.Add(time.Hour))
	if err != nil || len(sample) != 1 || sample[0] != all["plain"].ID {
		w.Errorf("sample: %v, %v", sample, err)
	}
	e, err := w.S.EstimateBroadcast(w.ctx(), w.Workspace.ID, d, Noon, Noon.Add(time.Hour))
	if err != nil || e.Matched != 4 || e.Excluded != 3 || e.Reached != 1 {
		w.Errorf("estimate: %+v, %v", e, err)
	}
	if later, err := w.S.SampleBroadcast(w.ctx(), w.Workspace.ID, d, 10, Noon, Noon.AddDate(0, 0, 4)); err != nil || len(later) != 2 {
		w.Errorf("four days later the mailed one is back: %v, %v", later, err)
	}
	d.Audience, d.Exclude = &gold, broadcast.Exclude{}
	if sample, err = w.S.SampleBroadcast(w.ctx(), w.Workspace.ID, d, 10, Noon, Noon); err != nil || len(sample) != 1 || sample[0] != all["gold"].ID {
		w.Errorf("audience: %v, %v", sample, err)
	}
}

func broadcastLocal(w *broadcastWorld) {
	zones := map[string]string{"Pacific/Kiritimati": "2026-03-05T09:00:00+14:00", "Asia/Kolkata": "2026-03-05T09:00:00+05:30", "Europe/Amsterdam": "2026-03-05T09:00:00+01:00", "": "2026-03-05T09:00:00+01:00", "Etc/GMT+12": "2026-03-05T09:00:00-12:00"}
	who := map[ids.ID]string{}
	for zone := range zones {
		c := w.AddCustomer(w, fmt.Sprintf("p%d@l.example", len(who)), true)
		exec(w, w.S, "UPDATE customers SET timezone = ? WHERE id = ?", zone, c.ID)
		who[c.ID] = zone
	}
	b := w.make("local", func(d *broadcast.Definition) {
		d.Schedule = broadcast.Schedule{Kind: broadcast.At, At: "2026-03-05T09:00", Local: true}
	})
	issue := w.begin(b)
	var rows []models.BroadcastRecipient
	query(w, w.S, &rows, "SELECT * FROM broadcast_recipients WHERE issue_id = ? ORDER BY due_at", issue.ID)
	if len(rows) != len(zones) {
		w.Fatalf("%d recipients", len(rows))
	}
	for _, r := range rows {
		want, _ := time.Parse(time.RFC3339, zones[who[r.CustomerID]])
		if got := models.Instant(r.DueAt).Time(); !got.Equal(want) {
			w.Errorf("%s: due %s, want %s", who[r.CustomerID], got, want)
		}
	}
	var d broadcast.Definition
	w.ok(issue.Definition.Into(&d))
	planned := issue.PlannedAt.Time()
	for now, want := range map[time.Time]int64{Noon: 0, planned.Add(-time.Hour): 2, planned.Add(time.Minute): 4} { // in the east it has been nine o'clock
		e, err := w.S.EstimateBroadcast(w.ctx(), w.Workspace.ID, d, planned, now)
		if err != nil || e.Passed != want {
			w.Errorf("planned at %s: the time has passed for %d of them, %v; want %d", now, e.Passed, err, want)
		}
	}
	at := models.Instant(rows[0].DueAt).Time()
	if c := w.chunk(issue, 10, at.Add(-time.Second)); len(c.Recipients) != 0 || !c.Next.Equal(at) {
		w.Errorf("too early: %+v", c)
	}
	if c := w.chunk(issue, 10, at); len(c.Recipients) != 1 || c.Recipients[0].Customer != rows[0].CustomerID || !c.Next.Equal(models.Instant(rows[1].DueAt).Time()) {
		w.Errorf("the first one's morning: %+v", c)
	}
}

// Push finds its receiver by the customer himself: no event brings a contact point for it, and nobody is left out for that.
func broadcastHimself(w *broadcastWorld) {
	ws := w.Workspace.ID
	for i := range 3 {
		c := w.AddCustomer(w, fmt.Sprintf("p%d@himself.example", i), true)
		w.ok(w.S.RecordConsent(w.ctx(), storage.ConsentRecord{Workspace: ws, Customer: c.ID, Actor: "customer", Entry: consent.Entry{Channel: "push", Purpose: "marketing", State: consent.Granted,
			Basis: consent.ByConsent, Source: "app", SourceKind: consent.Person, OccurredAt: Noon.Add(-time.Hour), RecordedAt: Noon}}))
	}
	b := w.make("push", func(d *broadcast.Definition) { d.Channel = "push" })
	e, err := w.S.EstimateBroadcast(w.ctx(), ws, broadcast.Definition{Purpose: "marketing", Template: "letter", Channel: "push"}, Noon, Noon)
	if err != nil || e.Reached != 3 {
		w.Errorf("forecast: %+v, %v", e, err)
	}
	who := w.chunk(w.begin(b), 10, Noon).Recipients
	subjects, err := w.S.PrepareIssue(w.ctx(), ws, "push", "default", who)
	w.ok(err)
	for i, r := range who {
		if p := subjects[i].ContactPoint; p.ID.IsZero() || p.Address != "customer:"+r.Customer.String() {
			w.Errorf("%s is written to at %+v", r.Customer, p)
		}
	}
	if len(who) != 3 {
		w.Errorf("%d recipients", len(who))
	}
}

func broadcastPages(w *broadcastWorld) {
	const n = 4100 // two full pages and a bit
	var customers []models.Customer
	for i := range n {
		id := w.S.NewID()
		customers = append(customers, models.Customer{ID: id, WorkspaceID: w.Workspace.ID, Grp: id, Email: models.Text(fmt.Sprintf("p%d@pages.example", i)), CreatedAt: models.At(Noon), UpdatedAt: models.At(Noon)})
	}
	for part := range slices.Chunk(customers, 500) {
		insertRow(w, w.S, &part)
	}
	b, err := w.S.ScheduleBroadcast(w.ctx(), w.Workspace.ID, w.make("pages", nil).ID, 1, "x", Noon)
	w.ok(err)
	issue, err := w.S.OpenIssue(w.ctx(), w.Workspace.ID, b.ID, b.NextAt.Time(), Noon)
	w.ok(err)
	var work sync.WaitGroup
	for range 3 {
		work.Go(func() {
			for {
				got, err := w.S.CollectRecipients(w.ctx(), w.Workspace.ID, issue.ID, Noon)
				if err != nil {
					w.Error(err)
					return
				}
				if got.State == broadcast.IssueSending {
					return
				}
			}
		})
	}
	work.Wait()
	if got, err := w.S.BroadcastIssue(w.ctx(), w.Workspace.ID, issue.ID); err != nil || got.Recipients != n {
		w.Errorf("%d recipients, %v; want %d", got.Recipients, err, n)
	}
}
