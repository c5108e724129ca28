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

// queryWorld is a small company, and its twin that must never be seen.
type queryWorld struct {
	Company
	ws, twin models.Workspace
}

// Queries proves storage.Queries: the numbers, the filters, the pages, and that the twin is never seen.
func Queries(t *testing.T, s *sqlstore.Store) {
	w := queryWorld{ws: AddWorkspace(t, s, "acme"), twin: AddWorkspace(t, s, "twin")}
	FillCompany(t, s, w.twin)
	w.Company = FillCompany(t, s, w.ws)
	t.Run("numbers", func(t *testing.T) { w.numbers(t, s) })
	t.Run("lists", func(t *testing.T) { w.lists(t, s) })
	t.Run("one", func(t *testing.T) { w.one(t, s) })
	t.Run("timeline", func(t *testing.T) { w.timeline(t, s) })
	t.Run("foreign", func(t *testing.T) { w.foreign(t, s) })
	t.Run("catalogue", func(t *testing.T) { w.catalogue(t, s) })
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
	if n := j[w.Journey.ID]; err != nil || len(j) != 1 || n.OpenRuns != 2 || total(n.Entries) != 3 || n.Accepted != 1 || n.Conversions != 1 {
		t.Errorf("journeys: %+v, %v", j, err)
	}
	v, err := s.VersionNumbers(ctx, w.ws.ID, w.Journey.ID, w.Version.ID)
	if err != nil || v.Control != 1 || v.Entered != 2 || v.Open != 1 || v.Steps["morning"].Waiting != 1 || v.Conversions != 1 || len(v.Outcomes) != 1 || len(v.Exits) != 1 || v.Exits[0].NextStepID != "mail" ||
		v.Exits[0].Runs != 1 || len(v.Sends) != 1 || v.Sends[0].StepID != "mail" || v.Sends[0].Count != 1 || v.Steps["mail"].Sent != 1 {
		t.Errorf("version: %+v, %v", v, err)
	}
	if open, err := s.OpenByVersion(ctx, w.ws.ID, w.Journey.ID); err != nil || open[w.Version.ID] != 2 {
		t.Errorf("open by version: %v, %v", open, err)
	}
	if f, err := s.EntryFunnel(ctx, w.ws.ID, w.Journey.ID); err != nil || len(f) != 2 {
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
		"at a step":   {storage.RunFilter{Journey: w.Journey.ID, Version: w.Version.ID, Step: "morning"}, []int{1, 0}},
		"of somebody": {storage.RunFilter{Customer: w.Customers[1].ID}, []int{1}},
		"by outcome":  {storage.RunFilter{Outcome: "failed"}, []int{2}},
		"passed":      {storage.RunFilter{PassedStep: "morning", PassedExit: "next"}, []int{2}},
		"not passed":  {storage.RunFilter{PassedStep: "morning", PassedExit: "other"}, nil},
	} {
		rows, err := s.ListRuns(ctx, w.ws.ID, c.filter, all)
		ok := err == nil && len(rows) == len(c.want)
		for i := range c.want {
			ok = ok && rows[i].ID == w.Runs[c.want[i]].ID && rows[i].Journey.Version == 3 && rows[i].Person.Email == w.Customers[c.want[i]].Email
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
	if err != nil || len(first) != 3 || first[0].ID != w.Customers[3].ID || first[0].Metrics.OrdersCount != 3 || first[2].OpenRuns != 1 {
		t.Fatalf("first page: %+v, %v", first, err)
	}
	last := first[2]
	if rest, err := s.ListCustomers(ctx, w.ws.ID, "", storage.PageAsk{Limit: 3, After: storage.Cursor{At: last.CreatedAt, ID: last.ID}}); err != nil || len(rest) != 1 || rest[0].ID != w.Customers[0].ID {
		t.Errorf("second page: %+v, %v", rest, err)
	}
	for what, c := range map[string]struct {
		filter storage.SendFilter
		want   int
	}{"all": {storage.SendFilter{}, 1}, "run": {storage.SendFilter{Run: w.Runs[2].ID, State: "accepted", Step: "mail"}, 1}, "other reason": {storage.SendFilter{Reason: "no_consent"}, 0}} {
		rows, err := s.ListSends(ctx, w.ws.ID, c.filter, all)
		if err != nil || len(rows) != c.want || c.want == 1 && (rows[0].InboxID != w.Inbox.ID || rows[0].Address != "person2@example.com" || rows[0].Journey.Key != "win-back") {
			t.Errorf("sends, %s: %+v, %v", what, rows, err)
		}
	}
	for what, c := range map[string]struct {
		filter storage.InboxFilter
		want   int
	}{"all": {storage.InboxFilter{}, 1}, "recipient": {storage.InboxFilter{Recipient: "person2@", Channel: "email", Customer: w.Customers[2].ID}, 1}, "none": {storage.InboxFilter{Recipient: "x"}, 0}} {
		rows, err := s.ListInbox(ctx, w.ws.ID, c.filter, all)
		if err != nil || len(rows) != c.want || c.want == 1 && (rows[0].HTML != "" || rows[0].TextBody != "Hello" || rows[0].RunID != w.Runs[2].ID) {
			t.Errorf("inbox, %s: %+v, %v", what, rows, err)
		}
	}
	events, err := s.ListEvents(ctx, w.ws.ID, "", ids.ID{}, all)
	if err != nil || len(events) != 2 || !events[0].Parked || events[0].Pending || events[1].Parked || events[1].Pending {
		t.Errorf("events: %+v, %v", events, err)
	}
	if events, err = s.ListEvents(ctx, w.ws.ID, "Order Completed", w.Customers[2].ID, all); err != nil || len(events) != 1 {
		t.Errorf("events of one name: %+v, %v", events, err)
	}
}

func (w *queryWorld) one(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	rec, err := s.RunRecord(ctx, w.ws.ID, w.Runs[2].ID)
	if err != nil || len(rec.Visits) != 1 || len(rec.Decisions) != 1 || len(rec.Sends) != 1 || len(rec.Contexts) != 1 || rec.Conversion == nil || len(rec.Repairs) != 1 {
		t.Errorf("record: %+v, %v", rec, err)
	}
	if m, err := s.InboxMessage(ctx, w.ws.ID, w.Inbox.ID); err != nil || m.HTML != "<p>Hello</p>" || m.Journey.Key != "win-back" {
		t.Errorf("message: %+v, %v", m, err)
	}
	if c, err := s.Customer(ctx, w.ws.ID, w.Customers[0].ID); err != nil || c.OpenRuns != 1 || c.Email != "person0@example.com" {
		t.Errorf("customer: %+v, %v", c, err)
	}
	if cps, err := s.ContactPoints(ctx, w.ws.ID, w.Customers[2].ID); err != nil || len(cps) != 1 {
		t.Errorf("contact points: %+v, %v", cps, err)
	}
	if d, err := s.CustomerDecisions(ctx, w.ws.ID, w.Customers[2].ID, storage.DecisionFilter{Journey: w.Journey.ID}, 10); err != nil || len(d) != 2 || d[0].Reason != "reentry" || d[1].VersionID != w.Version.ID || d[1].Journey.Version != 3 {
		t.Errorf("decisions: %+v, %v", d, err)
	}
}

func (w *queryWorld) timeline(t *testing.T, s *sqlstore.Store) {
	ctx, who := context.Background(), w.Customers[2].ID
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
	_, runErr := s.Run(ctx, twin, w.Runs[0].ID)
	_, customerErr := s.Customer(ctx, twin, w.Customers[0].ID)
	_, inboxErr := s.InboxMessage(ctx, twin, w.Inbox.ID)
	_, eventErr := s.Event(ctx, twin, w.Routed.ID)
	_, modelErr := s.ScoreModel(ctx, twin, w.Customers[0].ID)
	for what, err := range map[string]error{"run": runErr, "customer": customerErr, "inbox": inboxErr, "event": eventErr, "model": modelErr} {
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("foreign %s: %v", what, err)
		}
	}
	rec, err := s.RunRecord(ctx, twin, w.Runs[2].ID)
	if err != nil || len(rec.Visits)+len(rec.Decisions)+len(rec.Sends)+len(rec.Contexts)+len(rec.Repairs) != 0 || rec.Conversion != nil {
		t.Errorf("foreign record: %+v, %v", rec, err)
	}
	timeline, err := s.CustomerTimeline(ctx, twin, w.Customers[2].ID, nil, storage.PageAsk{Limit: 10})
	if err != nil || len(timeline) != 0 {
		t.Errorf("foreign timeline: %+v, %v", timeline, err)
	}
	decisions, err := s.CustomerDecisions(ctx, twin, w.Customers[2].ID, storage.DecisionFilter{}, 10)
	if err != nil || len(decisions) != 0 {
		t.Errorf("foreign decisions: %+v, %v", decisions, err)
	}
	points, err := s.ContactPoints(ctx, twin, w.Customers[2].ID)
	if err != nil || len(points) != 0 {
		t.Errorf("foreign contact points: %+v, %v", points, err)
	}
	v, err := s.VersionNumbers(ctx, twin, w.Journey.ID, w.Version.ID)
	if err != nil || len(v.Outcomes)+len(v.Steps)+len(v.Exits)+len(v.Sends) != 0 || v.Conversions != 0 {
		t.Errorf("foreign version: %+v, %v", v, err)
	}
	runs, err := s.ListRuns(ctx, twin, storage.RunFilter{Journey: w.Journey.ID}, storage.PageAsk{Limit: 10})
	if err != nil || len(runs) != 0 {
		t.Errorf("foreign runs: %+v, %v", runs, err)
	}
}

// catalogue proves storage.Catalogues.
func (w *queryWorld) catalogue(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	template := models.Template{ID: s.NewID(), WorkspaceID: w.ws.ID, TemplateKey: "hello", Name: "Hello", Class: "marketing", SenderKey: "default", Version: 2, CreatedAt: models.At(noon), UpdatedAt: models.At(noon)}
	tx(t, s, func(tx *gorm.DB) error {
		rows := []any{&template, &models.Audience{ID: s.NewID(), WorkspaceID: w.ws.ID, AudienceKey: "friends", Name: "Friends", Definition: models.JSON("{}"), CreatedAt: models.At(noon)}}
		for _, b := range []struct {
			version         int
			channel, locale string
		}{{1, "sms", "en"}, {2, "email", "en"}, {2, "email", "nl"}} {
			rows = append(rows, &models.TemplateBody{WorkspaceID: w.ws.ID, TemplateID: template.ID, Version: b.version, Channel: b.channel, Locale: b.locale, Hash: models.Hash{1}})
		}
		for _, r := range rows {
			if err := tx.Create(r).Error; err != nil {
				return err
			}
		}
		return nil
	})
	c, err := s.JourneyCatalogue(ctx, w.ws.ID)
	channels, known := c.TemplateChannels("hello")
	if err != nil || !known || fmt.Sprint(channels) != "[email]" || !c.HasAudience("friends") || !c.HasEvent("Order Completed") || c.HasEvent("Never") || c.HasChannel("email") {
		t.Errorf("catalogue: %+v, %v", c, err)
	}
	other, err := s.JourneyCatalogue(ctx, w.twin.ID)
	if _, known := other.TemplateChannels("hello"); err != nil || known || other.HasAudience("friends") {
		t.Errorf("foreign catalogue: %+v, %v", other, err)
	}
	fresh := AddWorkspace(t, s, "orders-imported")
	if other, err = s.JourneyCatalogue(ctx, fresh.ID); err != nil || other.HasEvent("Order Completed") {
		t.Errorf("orders are known before the first: %+v, %v", other, err)
	}
	buyer := s.NewID()
	insertRow(t, s, &models.Customer{ID: buyer, WorkspaceID: fresh.ID, Grp: buyer, CreatedAt: models.At(noon), UpdatedAt: models.At(noon)})
	insertRow(t, s, &models.Order{ID: s.NewID(), WorkspaceID: fresh.ID, OrderKey: "imported", CustomerID: buyer, PlacedAt: models.At(noon), Currency: "EUR", Status: "completed", Source: "import", CreatedAt: models.At(noon)})
	if other, err = s.JourneyCatalogue(ctx, fresh.ID); err != nil || !other.HasEvent("Order Completed") {
		t.Errorf("imported orders are not known as orders: %+v, %v", other, err)
	}
}
