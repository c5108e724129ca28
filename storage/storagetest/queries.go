package storagetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// queryWorld is a small company with a bit of everything, and its twin that must never be seen.
type queryWorld struct {
	ws, twin      models.Workspace
	journey       models.Journey
	version       models.JourneyVersion
	customers     []models.Customer
	runs          []models.Run
	send          models.Send
	inbox         models.InboxMessage
	routed, stuck models.Event
}

func newQueryWorld(t testing.TB, s *sqlstore.Store) queryWorld {
	t.Helper()
	w := queryWorld{ws: AddWorkspace(t, s, "acme"), twin: AddWorkspace(t, s, "twin")}
	for _, ws := range []models.Workspace{w.twin, w.ws} { // the second round is what w remembers
		w.fill(t, s, ws)
	}
	return w
}

func (w *queryWorld) fill(t testing.TB, s *sqlstore.Store, ws models.Workspace) {
	at := func(d time.Duration) models.Instant { return models.At(noon.Add(d)) }
	w.journey = models.Journey{ID: s.NewID(), WorkspaceID: ws.ID, JourneyKey: "win-back", Name: "Win-back", State: storage.JourneyPublished, Draft: models.JSON("{}"), DraftRevision: 1, CreatedAt: at(0), UpdatedAt: at(0)}
	w.version = models.JourneyVersion{ID: s.NewID(), WorkspaceID: ws.ID, JourneyID: w.journey.ID, Number: 3, Document: models.JSON("{}"), Hash: models.Hash{1}, PublishedAt: at(0), PublishedBy: "x"}
	w.customers, w.runs = nil, nil
	tx(t, s, func(tx *gorm.DB) error {
		rows := []any{&w.journey, &w.version}
		for i := range 4 {
			c := models.Customer{ID: s.NewID(), WorkspaceID: ws.ID, ExternalID: models.Text(fmt.Sprintf("c-%d", i)), Email: models.Text(fmt.Sprintf("person%d@example.com", i)),
				Attributes: models.JSON(`{"first_name":"Ann"}`), Grp: s.NewID(), CreatedAt: at(time.Duration(i) * time.Minute), UpdatedAt: at(0)}
			w.customers = append(w.customers, c)
			rows = append(rows, &c, &models.CustomerMetrics{CustomerID: c.ID, WorkspaceID: ws.ID, OrdersCount: i, OrdersValue: int64(i) * 1000, LastOrderAt: at(-time.Hour), UpdatedAt: at(0)})
		}
		for i, state := range []string{models.RunOpen, models.RunOpen, models.RunEnded} {
			run := models.Run{ID: s.NewID(), WorkspaceID: ws.ID, JourneyID: w.journey.ID, VersionID: w.version.ID, CustomerID: w.customers[i].ID, EntryKey: w.customers[i].ID.String(),
				State: state, StepID: "morning", StepSince: at(0), WakeAt: at(time.Hour), StartedAt: at(time.Duration(i) * time.Hour), Control: i == 1}
			if state == models.RunEnded {
				run.Outcome, run.EndedAt, run.WakeAt = "failed", at(3*time.Hour), 0
			}
			w.runs = append(w.runs, run)
			rows = append(rows, &run)
		}
		ended := w.runs[2]
		rows = append(rows,
			&models.StepVisit{RunID: ended.ID, Seq: 1, WorkspaceID: ws.ID, VersionID: w.version.ID, StepID: "morning", Visit: 1, ExitName: "next", NextStepID: "mail", EnteredAt: at(0), LeftAt: at(time.Hour)},
			&models.Decision{ID: s.NewID(), WorkspaceID: ws.ID, CustomerID: ended.CustomerID, RunID: ended.ID, JourneyID: w.journey.ID, Kind: "entry", Outcome: "entered", Reason: "audience", At: at(2 * time.Hour)},
			&models.Decision{ID: s.NewID(), WorkspaceID: ws.ID, CustomerID: ended.CustomerID, JourneyID: w.journey.ID, Kind: "entry", Outcome: "not_entered", Reason: "reentry", At: at(2*time.Hour + 1)},
			&models.RunContext{RunID: ended.ID, Revision: 1, WorkspaceID: ws.ID, Data: models.JSON(`{"order_id":"7"}`), CreatedAt: at(0)},
			&models.Conversion{RunID: ended.ID, WorkspaceID: ws.ID, JourneyID: w.journey.ID, VersionID: w.version.ID, CustomerID: ended.CustomerID, EventID: s.NewID(), ValueMinor: 1250, Currency: "EUR", At: at(4 * time.Hour)},
			&models.Repair{ID: s.NewID(), WorkspaceID: ws.ID, RunID: ended.ID, Kind: "restarted", At: at(time.Hour)},
			&models.Order{ID: s.NewID(), WorkspaceID: ws.ID, OrderKey: "o1", CustomerID: ended.CustomerID, PlacedAt: at(4 * time.Hour), ValueMinor: 1250, Currency: "EUR", Status: "placed", Source: "api", CreatedAt: at(0)},
			&models.Sender{ID: s.NewID(), WorkspaceID: ws.ID, SenderKey: "default", Channel: "email", FromName: "A", FromAddress: "a@example.com", State: storage.SenderPaused, CreatedAt: at(0)},
		)
		cp := models.ContactPoint{ID: s.NewID(), WorkspaceID: ws.ID, Channel: "email", Address: string(w.customers[2].Email), CreatedAt: at(0)}
		w.send = models.Send{ID: s.NewID(), WorkspaceID: ws.ID, SendKey: fmt.Sprintf("r|%d|1", ws.ID), RunID: ended.ID, JourneyID: w.journey.ID, VersionID: w.version.ID, StepID: "mail", Visit: 1,
			CustomerID: ended.CustomerID, ContactPointID: cp.ID, Channel: "email", Class: "marketing", Purpose: "offers", State: "accepted", PlannedAt: at(time.Hour), HandedAt: at(time.Hour)}
		w.inbox = models.InboxMessage{ID: s.NewID(), WorkspaceID: ws.ID, SendID: w.send.ID, CustomerID: ended.CustomerID, Channel: "email", Sender: "a@example.com", Recipient: "person2@example.com",
			Subject: "Hello", HTML: "<p>Hello</p>", TextBody: "Hello", ReceivedAt: at(time.Hour)}
		w.routed = models.Event{ID: s.NewID(), WorkspaceID: ws.ID, SourceID: "s", MessageID: "m1", Type: "track", Name: "Order Completed", CustomerID: ended.CustomerID, ContentHash: models.Hash{1}, OccurredAt: at(4 * time.Hour), ReceivedAt: at(4 * time.Hour), RoutedAt: at(4 * time.Hour)}
		w.stuck = models.Event{ID: s.NewID(), WorkspaceID: ws.ID, SourceID: "s", MessageID: "m2", Type: "track", Name: "Broken", ContentHash: models.Hash{1}, OccurredAt: at(5 * time.Hour), ReceivedAt: at(5 * time.Hour)}
		rows = append(rows, &cp, &w.send, &w.inbox, &w.routed, &w.stuck,
			&models.OutboxEntry{WorkspaceID: ws.ID, Partition: -1, Grp: s.NewID(), EventID: w.stuck.ID, ParkedAt: at(5 * time.Hour), LastError: "x", CreatedAt: at(5 * time.Hour)},
			&models.Consent{ID: s.NewID(), WorkspaceID: ws.ID, Seq: 1, CustomerID: ended.CustomerID, Channel: "email", Purpose: "offers", State: "granted", LegalBasis: "consent", Source: "form", SourceKind: "person", Actor: "customer",
				OccurredAt: at(-time.Hour), RecordedAt: at(0), PrevHash: models.Hash{1}, Hash: models.Hash{byte(ws.ID)}, ProofHash: models.Hash{1}})
		for _, r := range rows {
			if err := tx.Create(r).Error; err != nil {
				return fmt.Errorf("%T: %w", r, err)
			}
		}
		return nil
	})
}

// Queries proves storage.Queries: the numbers, the filters, the pages, and that the twin is never seen.
func Queries(t *testing.T, s *sqlstore.Store) {
	w := newQueryWorld(t, s)
	t.Run("numbers", func(t *testing.T) { w.numbers(t, s) })
	t.Run("lists", func(t *testing.T) { w.lists(t, s) })
	t.Run("one", func(t *testing.T) { w.one(t, s) })
	t.Run("timeline", func(t *testing.T) { w.timeline(t, s) })
	t.Run("foreign", func(t *testing.T) { w.foreign(t, s) })
}

func total(rows []storage.QuarterCount) (n int64) {
	for _, r := range rows {
		n += r.Count
	}
	return n
}

func (w *queryWorld) numbers(t *testing.T, s *sqlstore.Store) {
	ctx, now := context.Background(), noon.Add(6*time.Hour)
	p, err := s.Pulse(ctx, w.ws.ID, noon.Add(-24*time.Hour), now)
	if err != nil {
		t.Fatal(err)
	}
	got := []int64{p.Customers, total(p.NewCustomers), total(p.Events), total(p.Entries), total(p.Accepted), total(p.Skipped), total(p.Conversions), p.OpenRuns, p.WakingNext24h, p.PendingEvents}
	if want := []int64{4, 4, 2, 3, 1, 0, 1, 2, 2, 1}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("pulse %v, want %v", got, want)
	}
	if len(p.Entries) != 3 || p.Entries[0].Quarter != noon.Unix()/900 || p.Entries[1].Quarter-p.Entries[0].Quarter != 4 {
		t.Errorf("entries by quarter: %+v", p.Entries)
	}
	if len(p.Sends) != 1 || p.Sends[0].State != "accepted" || len(p.Values) != 1 || p.Values[0].Minor != 1250 {
		t.Errorf("sends %+v, values %+v", p.Sends, p.Values)
	}
	a, err := s.Attention(ctx, w.ws.ID, noon.Add(-24*time.Hour))
	if err != nil || a.Parked.Count != 1 || a.Repairs.Count != 1 || a.FailedRuns.Count != 1 || a.Unknown.Count != 0 || len(a.PausedSenders) != 1 || !a.Unscored || a.OldestPending != 0 {
		t.Errorf("attention: %+v, %v", a, err)
	}
	if n, err := s.InFlight(ctx, w.ws.ID); err != nil || n != 0 {
		t.Errorf("in flight: %d, %v", n, err)
	}
	j, err := s.JourneyNumbers(ctx, w.ws.ID, noon.Add(-8*24*time.Hour))
	if n := j[w.journey.ID]; err != nil || len(j) != 1 || n.OpenRuns != 2 || total(n.Entries) != 3 || n.Accepted != 1 || n.Conversions != 1 {
		t.Errorf("journeys: %+v, %v", j, err)
	}
	v, err := s.VersionNumbers(ctx, w.ws.ID, w.version.ID)
	if err != nil || v.Control != 1 || v.Waiting["morning"] != 2 || v.Conversions != 1 || len(v.Runs) != 2 || len(v.Exits) != 1 || v.Exits[0].NextStepID != "mail" || v.Exits[0].Count != 1 ||
		len(v.Sends) != 1 || v.Sends[0].StepID != "mail" || v.Sends[0].Count != 1 {
		t.Errorf("version: %+v, %v", v, err)
	}
	if open, err := s.OpenByVersion(ctx, w.ws.ID, w.journey.ID); err != nil || open[w.version.ID] != 2 {
		t.Errorf("open by version: %v, %v", open, err)
	}
	if f, err := s.EntryFunnel(ctx, w.ws.ID, w.journey.ID); err != nil || len(f) != 2 {
		t.Errorf("funnel: %+v, %v", f, err)
	}
}

func (w *queryWorld) lists(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	all := storage.PageAsk{Limit: 10}
	for what, c := range map[string]struct {
		filter storage.RunFilter
		want   []int
	}{
		"all":         {storage.RunFilter{}, []int{2, 1, 0}},
		"open":        {storage.RunFilter{State: models.RunOpen}, []int{1, 0}},
		"at a step":   {storage.RunFilter{Journey: w.journey.ID, Version: w.version.ID, Step: "morning"}, []int{1, 0}},
		"of somebody": {storage.RunFilter{Customer: w.customers[1].ID}, []int{1}},
		"by outcome":  {storage.RunFilter{Outcome: "failed"}, []int{2}},
		"passed":      {storage.RunFilter{PassedStep: "morning", PassedExit: "next"}, []int{2}},
		"not passed":  {storage.RunFilter{PassedStep: "morning", PassedExit: "other"}, nil},
	} {
		rows, err := s.ListRuns(ctx, w.ws.ID, c.filter, all)
		ok := err == nil && len(rows) == len(c.want)
		for i := range c.want {
			ok = ok && rows[i].ID == w.runs[c.want[i]].ID && rows[i].Journey.Version == 3 && rows[i].Person.Email == w.customers[c.want[i]].Email
		}
		if !ok {
			t.Errorf("runs, %s: %+v, %v", what, rows, err)
		}
	}
	for what, c := range map[string]struct {
		prefix string
		want   int
	}{"everybody": {"", 4}, "by e-mail": {"Person2@", 1}, "by external id": {"c-", 4}, "nobody": {"erson", 0}, "wildcards are letters": {"%", 0}} {
		if rows, err := s.ListCustomers(ctx, w.ws.ID, c.prefix, all); err != nil || len(rows) != c.want {
			t.Errorf("customers, %s: %d rows, %v", what, len(rows), err)
		}
	}
	first, err := s.ListCustomers(ctx, w.ws.ID, "", storage.PageAsk{Limit: 3})
	if err != nil || len(first) != 3 || first[0].ID != w.customers[3].ID || first[0].Metrics.OrdersCount != 3 || first[2].OpenRuns != 1 {
		t.Fatalf("first page: %+v, %v", first, err)
	}
	last := first[2]
	if rest, err := s.ListCustomers(ctx, w.ws.ID, "", storage.PageAsk{Limit: 3, After: storage.Cursor{At: last.CreatedAt, ID: last.ID}}); err != nil || len(rest) != 1 || rest[0].ID != w.customers[0].ID {
		t.Errorf("second page: %+v, %v", rest, err)
	}
	for what, c := range map[string]struct {
		filter storage.SendFilter
		want   int
	}{"all": {storage.SendFilter{}, 1}, "run": {storage.SendFilter{Run: w.runs[2].ID, State: "accepted", Step: "mail"}, 1}, "other reason": {storage.SendFilter{Reason: "no_consent"}, 0}} {
		rows, err := s.ListSends(ctx, w.ws.ID, c.filter, all)
		if err != nil || len(rows) != c.want || c.want == 1 && (rows[0].InboxID != w.inbox.ID || rows[0].Address != "person2@example.com" || rows[0].Journey.Key != "win-back") {
			t.Errorf("sends, %s: %+v, %v", what, rows, err)
		}
	}
	for what, c := range map[string]struct {
		filter storage.InboxFilter
		want   int
	}{"all": {storage.InboxFilter{}, 1}, "recipient": {storage.InboxFilter{Recipient: "person2@", Channel: "email", Customer: w.customers[2].ID}, 1}, "none": {storage.InboxFilter{Recipient: "x"}, 0}} {
		rows, err := s.ListInbox(ctx, w.ws.ID, c.filter, all)
		if err != nil || len(rows) != c.want || c.want == 1 && (rows[0].HTML != "" || rows[0].TextBody != "Hello" || rows[0].RunID != w.runs[2].ID) {
			t.Errorf("inbox, %s: %+v, %v", what, rows, err)
		}
	}
	events, err := s.ListEvents(ctx, w.ws.ID, "", ids.ID{}, all)
	if err != nil || len(events) != 2 || !events[0].Parked || events[0].Pending || events[1].Parked || events[1].Pending {
		t.Errorf("events: %+v, %v", events, err)
	}
	if events, err = s.ListEvents(ctx, w.ws.ID, "Order Completed", w.customers[2].ID, all); err != nil || len(events) != 1 {
		t.Errorf("events of one name: %+v, %v", events, err)
	}
}

func (w *queryWorld) one(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	rec, err := s.RunRecord(ctx, w.ws.ID, w.runs[2].ID)
	if err != nil || len(rec.Visits) != 1 || len(rec.Decisions) != 1 || len(rec.Sends) != 1 || len(rec.Contexts) != 1 || rec.Conversion == nil || len(rec.Repairs) != 1 {
		t.Errorf("record: %+v, %v", rec, err)
	}
	if m, err := s.InboxMessage(ctx, w.ws.ID, w.inbox.ID); err != nil || m.HTML != "<p>Hello</p>" || m.Journey.Key != "win-back" {
		t.Errorf("message: %+v, %v", m, err)
	}
	if c, err := s.Customer(ctx, w.ws.ID, w.customers[0].ID); err != nil || c.OpenRuns != 1 || c.Email != "person0@example.com" {
		t.Errorf("customer: %+v, %v", c, err)
	}
	if cps, err := s.ContactPoints(ctx, w.ws.ID, w.customers[2].ID); err != nil || len(cps) != 1 {
		t.Errorf("contact points: %+v, %v", cps, err)
	}
	if d, err := s.CustomerDecisions(ctx, w.ws.ID, w.customers[2].ID, w.journey.ID, 10); err != nil || len(d) != 2 || d[0].Reason != "reentry" || d[1].VersionID != w.version.ID || d[1].Journey.Version != 3 {
		t.Errorf("decisions: %+v, %v", d, err)
	}
}

func (w *queryWorld) timeline(t *testing.T, s *sqlstore.Store) {
	ctx, who := context.Background(), w.customers[2].ID
	whole, err := s.CustomerTimeline(ctx, w.ws.ID, who, nil, storage.PageAsk{Limit: 100})
	if err != nil || len(whole) != 9 {
		t.Fatalf("timeline of %d, want 9: %v", len(whole), err)
	}
	for i := 1; i < len(whole); i++ {
		if whole[i].At > whole[i-1].At {
			t.Errorf("not newest first at %d", i)
		}
	}
	var paged []storage.TimelineRow
	ask := storage.PageAsk{Limit: 2}
	for {
		rows, err := s.CustomerTimeline(ctx, w.ws.ID, who, nil, ask)
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, rows...)
		if len(rows) < ask.Limit {
			break
		}
		ask.After = storage.Cursor{At: rows[1].At, ID: rows[1].ID}
	}
	if len(paged) != len(whole) {
		t.Fatalf("pages show %d of %d", len(paged), len(whole))
	}
	for i := range whole {
		if whole[i].ID != paged[i].ID || whole[i].Kind != paged[i].Kind {
			t.Errorf("page %d shows a %s, the whole a %s", i/2, paged[i].Kind, whole[i].Kind)
		}
	}
	only, err := s.CustomerTimeline(ctx, w.ws.ID, who, []string{storage.TimelineSend, storage.TimelineRunEnded}, storage.PageAsk{Limit: 100})
	if err != nil || len(only) != 2 || only[0].Journey.Key != "win-back" || only[0].Journey.Version != 3 {
		t.Errorf("two kinds: %+v, %v", only, err)
	}
}

// foreign asks for everything with the other workspace's number.
func (w *queryWorld) foreign(t *testing.T, s *sqlstore.Store) {
	ctx, twin := context.Background(), w.twin.ID
	_, runErr := s.Run(ctx, twin, w.runs[0].ID)
	_, customerErr := s.Customer(ctx, twin, w.customers[0].ID)
	_, inboxErr := s.InboxMessage(ctx, twin, w.inbox.ID)
	_, eventErr := s.Event(ctx, twin, w.routed.ID)
	_, modelErr := s.ScoreModel(ctx, twin, w.customers[0].ID)
	for what, err := range map[string]error{"run": runErr, "customer": customerErr, "inbox": inboxErr, "event": eventErr, "model": modelErr} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("foreign %s: %v", what, err)
		}
	}
	rec, err := s.RunRecord(ctx, twin, w.runs[2].ID)
	if err != nil || len(rec.Visits)+len(rec.Decisions)+len(rec.Sends)+len(rec.Contexts)+len(rec.Repairs) != 0 || rec.Conversion != nil {
		t.Errorf("foreign record: %+v, %v", rec, err)
	}
	timeline, err := s.CustomerTimeline(ctx, twin, w.customers[2].ID, nil, storage.PageAsk{Limit: 10})
	if err != nil || len(timeline) != 0 {
		t.Errorf("foreign timeline: %+v, %v", timeline, err)
	}
	decisions, err := s.CustomerDecisions(ctx, twin, w.customers[2].ID, ids.ID{}, 10)
	if err != nil || len(decisions) != 0 {
		t.Errorf("foreign decisions: %+v, %v", decisions, err)
	}
	points, err := s.ContactPoints(ctx, twin, w.customers[2].ID)
	if err != nil || len(points) != 0 {
		t.Errorf("foreign contact points: %+v, %v", points, err)
	}
	v, err := s.VersionNumbers(ctx, twin, w.version.ID)
	if err != nil || len(v.Runs)+len(v.Exits)+len(v.Sends) != 0 || v.Conversions != 0 {
		t.Errorf("foreign version: %+v, %v", v, err)
	}
	runs, err := s.ListRuns(ctx, twin, storage.RunFilter{Journey: w.journey.ID}, storage.PageAsk{Limit: 10})
	if err != nil || len(runs) != 0 {
		t.Errorf("foreign runs: %+v, %v", runs, err)
	}
}
