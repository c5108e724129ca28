package storagetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Routing is the suite of the routing transaction: roles Routing, Entries and Metrics.
func Routing(t *testing.T, s *sqlstore.Store) {
	// One after the other: routers take partitions of the whole database.
	for name, test := range map[string]func(w *routingWorld){
		"profile":                        routingProfile,
		"orders":                         routingOrders,
		"consent":                        routingConsent,
		"withdrawals badly written":      routingBadWithdrawals,
		"a withdrawal by link is told":   routingToldWithdrawals,
		"anonymous becomes known":        routingIdentify,
		"alias joins two":                routingAlias,
		"a shared device joins nobody":   routingSharedDevice,
		"poison parks its group only":    routingPoison,
		"a merge waits for the other":    routingBarrier,
		"a fenced router does nothing":   routingFence,
		"routers that overlap":           routingOverlap,
		"metrics equal their rebuild":    routingMetrics,
		"entry":                          routingEntry,
		"an event about one run":         routingRunEvent,
		"entry by a call":                routingAsked,
		"objects":                        routingObjects,
		"dates of people":                routingDates,
		"dates of objects":               routingObjectDates,
		"dates of attributes":            routingAttributeDates,
		"runs of objects":                routingObjectRuns,
		"re-entry":                       routingReentry,
		"signals":                        routingSignals,
		"exits by a condition":           routingConditionalExits,
		"keyed runs":                     routingKeyed,
		"what a moved run has heard":     routingMoved,
		"goal":                           routingGoal,
		"routed late":                    routingLate,
		"bulk entries are once a cause":  routingEnterRuns,
		"woken by other processes":       routingRouse,
		"both in one journey are merged": routingMergeRuns,
	} {
		t.Run(name, func(t *testing.T) {
			test(newRoutingWorld(t, s, name))
		})
	}
}

func routingProfile(w *routingWorld) {
	w.identify(user("u1"), "email", " Ann@Example.ORG ", "phone", "020 123 4567", "country", "nl", "locale", "nl_NL", "timezone", "Europe/Amsterdam",
		"birthday", "1980-02-29", "first_name", "Ann", "plan", "gold")
	w.identify(user("u1"), "plan", nil, "city", "Delft", "email", "not an address", "timezone", "Mars/Base", "birthday", "1980-02-30")
	w.route()
	c := w.customer(user("u1"))
	got := []string{string(c.ExternalID), string(c.Email), string(c.Phone), c.Country, c.Locale, c.Timezone, string(c.Birthday)}
	want := []string{"u1", "ann@example.org", "+31201234567", "NL", "nl-NL", "Europe/Amsterdam", "1980-02-29"}
	if !reflect.DeepEqual(got, want) {
		w.Errorf("profile %q, want %q", got, want)
	}
	var attributes map[string]any
	if err := c.Attributes.Into(&attributes); err != nil {
		w.Fatal(err)
	}
	wantAttributes := map[string]any{"first_name": "Ann", "city": "Delft", "email": "not an address", "timezone": "Mars/Base", "birthday": "1980-02-30"}
	if !reflect.DeepEqual(attributes, wantAttributes) {
		w.Errorf("attributes %v, want %v: unusable values are kept, null removes", attributes, wantAttributes)
	}
	w.count(3, "decisions about unusable values", "SELECT COUNT(*) FROM decisions WHERE customer_id = ? AND kind = 'profile' AND outcome = 'unusable'", c.ID)
	w.count(1, "contact points of the address", "SELECT COUNT(*) FROM contact_points WHERE workspace_id = ? AND channel = 'email' AND address = 'ann@example.org'", w.ws)
	w.count(1, "contact points of the number", "SELECT COUNT(*) FROM contact_points WHERE workspace_id = ? AND channel = 'sms' AND address = '+31201234567'", w.ws)
	w.count(0, "events left in the outbox", "SELECT COUNT(*) FROM outbox WHERE workspace_id = ?", w.ws)
	w.count(2, "events that name their customer", "SELECT COUNT(*) FROM events WHERE customer_id = ? AND routed_at IS NOT NULL", c.ID)
}

func routingOrders(w *routingWorld) {
	day := 24 * time.Hour
	w.eventAt(w.now.Add(-30*day), ingest.Track, "Order Completed", user("u1"), "order_id", "A1", "total", 12.34, "currency", "EUR", "products", []any{map[string]any{"quantity": 2}, map[string]any{}})
	w.eventAt(w.now.Add(-20*day), ingest.Track, "Order Completed", user("u1"), "order_id", 17, "total_minor", 500)
	w.eventAt(w.now.Add(-20*day), ingest.Track, "Order Completed", user("u1"), "order_id", "A1", "total", 99)
	w.eventAt(w.now.Add(-24*day), ingest.Track, "Order Completed", user("u1"), "order_id", "late", "revenue", "3.00", "currency", "jpy")
	w.eventAt(w.now.Add(-10*day), ingest.Track, "Order Completed", user("u1"), "total", map[string]any{"odd": true})
	w.eventAt(w.now, ingest.Page, "", user("u1"))
	w.eventAt(w.now.Add(time.Hour), ingest.Page, "", user("u1"))
	w.route()
	c := w.customer(user("u1"))
	var orders []models.Order
	query(w, w.s, &orders, "SELECT * FROM orders WHERE customer_id = ? ORDER BY placed_at", c.ID)
	if len(orders) != 4 {
		w.Fatalf("%d orders, want 4 (A1 told twice is one)", len(orders))
	}
	type line struct {
		key      string
		minor    int64
		currency string
		items    int
	}
	for i, want := range []line{{"A1", 1234, "EUR", 3}, {"late", 3, "JPY", 0}, {"17", 500, "EUR", 0}} {
		if o := orders[i]; (line{o.OrderKey, o.ValueMinor, o.Currency, o.Items}) != want {
			w.Errorf("order %d: %+v, want %+v", i, o, want)
		}
	}
	m := w.metrics(c.ID)
	if m.OrdersCount != 4 || m.OrderDays != 4 || m.OrdersValue != 1734 || m.LastOrderAt != models.At(w.now.Add(-10*day)) {
		w.Errorf("metrics %+v", m)
	}
	// Days 0, 6, 10, 20: gaps 6, 4, 10.
	if m.MeanGapDays == nil || m.GapSdDays == nil || *m.MeanGapDays != 20.0/3 || *m.GapSdDays < 3.05 || *m.GapSdDays > 3.06 {
		w.Errorf("gaps: mean %v, deviation %v; want 6.67 and 3.06", m.MeanGapDays, m.GapSdDays)
	}
	if m.VisitsCount != 1 || m.EventsCount != 7 || m.LastSeenAt != models.At(w.now.Add(time.Hour)) {
		w.Errorf("visits %d, events %d, last seen %v; two views of one day are one visit", m.VisitsCount, m.EventsCount, m.LastSeenAt.Time())
	}
}

func routingConsent(w *routingWorld) {
	w.identify(user("u1"), "email", "ann@example.org")
	w.track(user("u1"), "Consent Granted", "channel", "email", "purpose", "marketing", "source", "form:news", "source_kind", "person")
	w.track(user("u1"), "Consent Granted", "channel", "E Mail", "purpose", "marketing", "source_kind", "person")
	w.track(user("u2"), "Consent Granted", "channel", "email", "purpose", "marketing")
	w.route()
	w.count(1, "grants that say nothing about their source: as good as a list", "SELECT COUNT(*) FROM consents WHERE customer_id = ? AND source_kind = 'list' AND state = 'granted'", w.customer(user("u2")).ID)
	c := w.customer(user("u1"))
	w.count(1, "lines in the ledger", "SELECT COUNT(*) FROM consents WHERE customer_id = ? AND contact_point_id IS NOT NULL", c.ID)
	w.count(1, "refused consents", "SELECT COUNT(*) FROM decisions WHERE customer_id = ? AND kind = 'consent' AND outcome = 'refused'", c.ID)
	w.track(user("u1"), "Consent Withdrawn", "channel", "email", "purpose", "marketing", "source_kind", "person")
	w.route()
	w.count(1, "withdrawn permissions", "SELECT COUNT(*) FROM permissions WHERE customer_id = ? AND state = 'withdrawn'", c.ID)
	w.count(1, "bumped epochs", "SELECT COUNT(*) FROM contact_points WHERE workspace_id = ? AND permission_epoch > 0", w.ws)
}

// A withdrawal counts, however badly it is written.
func routingBadWithdrawals(w *routingWorld) {
	for name, c := range map[string]struct {
		say              []any
		channel, purpose string
	}{
		"no source kind":  {[]any{"channel", "email", "purpose", "marketing"}, "email", "marketing"},
		"another case":    {[]any{"channel", "Email ", "purpose", "Marketing", "source_kind", "person"}, "email", "marketing"},
		"no purpose":      {[]any{"channel", "email"}, "email", "*"},
		"nothing":         {nil, "*", "*"},
		"a wrong type":    {[]any{"channel", 5, "purpose", "marketing"}, "*", "marketing"},
		"no moment":       {[]any{"channel", "email", "purpose", "marketing", "occurred_at", "yesterday"}, "email", "marketing"},
		"an odd basis":    {[]any{"channel", "email", "purpose", "marketing", "legal_basis", "because"}, "email", "marketing"},
		"a long source":   {[]any{"channel", "email", "purpose", "marketing", "source", strings.Repeat("x", 65)}, "email", "marketing"},
		"an unknown kind": {[]any{"channel", "email", "purpose", "marketing", "source_kind", "robot"}, "email", "marketing"},
	} {
		w.identify(user(name), "email", strings.ReplaceAll(name, " ", ".")+"@example.org")
		w.track(user(name), "Consent Granted", "channel", "email", "purpose", "marketing", "source", "form", "source_kind", "person")
		w.track(user(name), "Consent Withdrawn", c.say...)
		w.route()
		id := w.customer(user(name)).ID
		w.count(1, name+": withdrawals", "SELECT COUNT(*) FROM consents WHERE customer_id = ? AND state = 'withdrawn' AND channel = ? AND purpose = ?", id, c.channel, c.purpose)
		w.count(1, name+": permissions withdrawn", "SELECT COUNT(*) FROM permissions WHERE customer_id = ? AND channel = 'email' AND purpose = 'marketing' AND state = 'withdrawn'", id)
	}
}

func routingIdentify(w *routingWorld) {
	w.event(ingest.Page, "", device("d1"))
	w.route()
	visitor := w.customer(device("d1"))
	w.identify(who{user: "u1", device: "d1"}, "email", "ann@example.org")
	w.route()
	known := w.customer(user("u1"))
	if known.ID != visitor.ID || known.ExternalID != "u1" {
		w.Errorf("the visitor became customer %v (%s), want the same row %v", known.ID, known.ExternalID, visitor.ID)
	}
}

func routingAlias(w *routingWorld) {
	w.identify(user("u1"), "email", "ann@example.org", "plan", "gold")
	w.event(ingest.Page, "", device("d1"))
	w.identify(device("d1"), "phone", "+31201234567", "plan", "free", "city", "Delft")
	w.track(device("d1"), "Order Completed", "order_id", "A1", "total", 5)
	w.track(device("d1"), "Consent Granted", "channel", "sms", "purpose", "marketing", "source", "till", "source_kind", "person")
	w.route()
	winner, loser := w.customer(user("u1")), w.customer(device("d1"))
	if winner.ID == loser.ID {
		w.Fatal("two people before the alias are one")
	}
	w.event(ingest.Alias, "", who{user: "u1", previous: "d1"})
	w.track(user("u1"), "Order Completed", "order_id", "A2", "total", 6)
	w.route()
	c := w.customer(device("d1"))
	if c.ID != winner.ID || c.Phone != "+31201234567" || c.Email != "ann@example.org" {
		w.Errorf("after the alias d1 is %v (%s, %s), want %v with both addresses", c.ID, c.Email, c.Phone, winner.ID)
	}
	var attributes map[string]string
	if err := c.Attributes.Into(&attributes); err != nil || attributes["plan"] != "gold" || attributes["city"] != "Delft" {
		w.Errorf("attributes %v, %v; the winner's plan stays, the other's city is added", attributes, err)
	}
	w.count(0, "rows that still name the loser",
		"SELECT (SELECT COUNT(*) FROM events WHERE customer_id = ?) + (SELECT COUNT(*) FROM orders WHERE customer_id = ?) + (SELECT COUNT(*) FROM identities WHERE customer_id = ?) + (SELECT COUNT(*) FROM customer_metrics WHERE customer_id = ?)",
		loser.ID, loser.ID, loser.ID, loser.ID)
	w.count(1, "losers that point at the winner", "SELECT COUNT(*) FROM customers WHERE id = ? AND merged_into = ?", loser.ID, winner.ID)
	w.count(1, "permissions that came along", "SELECT COUNT(*) FROM permissions WHERE customer_id = ? AND channel = 'sms' AND state = 'granted'", winner.ID)
	if err := w.s.VerifyConsents(context.Background(), w.ws, winner.ID); err != nil {
		w.Error(err)
	}
	if m := w.metrics(winner.ID); m.OrdersCount != 2 || m.EventsCount != 7 || m.VisitsCount != 1 {
		w.Errorf("metrics of both together: %+v", m)
	}
}

func routingSharedDevice(w *routingWorld) {
	w.identify(who{user: "u1", device: "d1"}, "email", "ann@example.org")
	w.identify(who{user: "u2", device: "d1"}, "email", "bob@example.org")
	w.track(device("d1"), "Viewed")
	w.route()
	ann, bob := w.customer(user("u1")), w.customer(user("u2"))
	if ann.ID == bob.ID {
		w.Fatal("two people who share a device became one")
	}
	if c := w.customer(device("d1")); c.ID != bob.ID {
		w.Errorf("the device belongs to %s, want who signed in last (%s)", c.ExternalID, bob.ExternalID)
	}
}

func routingPoison(w *routingWorld) {
	bad := w.track(user("ill"), "Viewed")
	w.track(user("ill"), "Viewed again")
	w.track(user("well"), "Viewed")
	var row models.Event
	query(w, w.s, &row, "SELECT * FROM events WHERE id = ?", bad)
	exec(w, w.s, "DELETE FROM events WHERE id = ?", bad)
	w.route()
	w.customer(user("well"))
	w.count(2, "rows that wait in the parked group", "SELECT COUNT(*) FROM outbox WHERE workspace_id = ? AND partition_no < 0", w.ws)
	w.track(user("ill"), "Viewed a third time")
	w.track(user("well"), "Viewed again")
	w.route()
	w.count(2, "events of the healthy one", "SELECT COUNT(*) FROM events WHERE customer_id = ?", w.customer(user("well")).ID)
	parked, err := w.s.ParkedEvents(context.Background(), w.ws, 10)
	if err != nil || len(parked) != 1 || parked[0].Outbox.EventID != bad || parked[0].Waiting != 2 || parked[0].Outbox.LastError == "" {
		w.Fatalf("parked: %+v, %v; want the bad event with two behind it and its error", parked, err)
	}
	if err := w.s.Redrive(context.Background(), w.ws, bad); err != nil {
		w.Fatal(err)
	}
	w.route() // still bad: parked again
	w.count(3, "rows that wait after a redrive that did not help", "SELECT COUNT(*) FROM outbox WHERE workspace_id = ? AND partition_no < 0", w.ws)
	insertRow(w, w.s, &row)
	if err := w.s.Redrive(context.Background(), w.ws, bad); err != nil {
		w.Fatal(err)
	}
	w.route()
	w.count(0, "rows left", "SELECT COUNT(*) FROM outbox WHERE workspace_id = ?", w.ws)
	var names []string
	query(w, w.s, &names, "SELECT e.name FROM events e WHERE e.customer_id = ? ORDER BY e.occurred_at, e.id", w.customer(user("ill")).ID)
	if !reflect.DeepEqual(names, []string{"Viewed", "Viewed again", "Viewed a third time"}) {
		w.Errorf("events after the redrive: %v", names)
	}
	if err := w.s.Redrive(context.Background(), w.ws, bad); !fault.Is(err, fault.NotFound) {
		w.Errorf("redrive of what is not parked: %v, want not found", err)
	}
}

// The event that joins two people waits until the older events of the other one are done, and what follows it waits too.
func routingBarrier(w *routingWorld) {
	before := w.track(device("d1"), "Browsed")
	w.identify(user("u1"), "plan", "gold")
	joining := w.identify(who{user: "u1", device: "d1"}, "city", "Delft")
	w.track(user("u1"), "Bought")
	var rows []models.OutboxEntry
	query(w, w.s, &rows, "SELECT * FROM outbox WHERE workspace_id = ? ORDER BY id", w.ws)
	barrier := rows[2]
	if barrier.EventID != joining || barrier.BarrierGrp != rows[0].Grp {
		w.Fatalf("the joining event's row %+v carries no barrier for group %v", barrier, rows[0].Grp)
	}
	epoch, err := w.s.TakePartition(context.Background(), barrier.Partition, "test", w.now)
	if err != nil {
		w.Fatal(err)
	}
	done, err := w.s.RouteEvents(context.Background(), barrier.Partition, epoch, rows[1:], w.now)
	if err != nil || done.Applied != 1 || len(done.Blocked) != 1 {
		w.Errorf("before the other group is done: %+v, %v; want one event applied and the group blocked", done, err)
	}
	w.route()
	c := w.customer(user("u1"))
	if d := w.customer(device("d1")); d.ID != c.ID {
		w.Errorf("d1 and u1 are two people after they were joined")
	}
	w.count(1, "events of the visitor that came along", "SELECT COUNT(*) FROM events WHERE id = ? AND customer_id = ?", before, c.ID)
	w.count(0, "rows left", "SELECT COUNT(*) FROM outbox WHERE workspace_id = ?", w.ws)
}

func routingFence(w *routingWorld) {
	ctx := context.Background()
	w.track(user("u1"), "Viewed")
	var row models.OutboxEntry
	query(w, w.s, &row, "SELECT * FROM outbox WHERE workspace_id = ?", w.ws)
	old, err := w.s.TakePartition(ctx, row.Partition, "old", w.now)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.s.TakePartition(ctx, row.Partition, "new", w.now); err != nil {
		w.Fatal(err)
	}
	if _, err := w.s.RouteEvents(ctx, row.Partition, old, []models.OutboxEntry{row}, w.now); !errors.Is(err, storage.Fenced) {
		w.Errorf("a router that was taken over: %v, want Fenced", err)
	}
	if _, err := w.s.EventFailed(ctx, row.Partition, old, row, "x", 1, w.now, w.now); !errors.Is(err, storage.Fenced) {
		w.Errorf("a failure told by a router that was taken over: %v, want Fenced", err)
	}
	w.count(1, "rows still there", "SELECT COUNT(*) FROM outbox WHERE workspace_id = ? AND parked_at IS NULL", w.ws)
	w.route()
}

// Two attempts of a router overlap all the time, taking the partition from each other; every effect happens once.
func routingOverlap(w *routingWorld) {
	j := w.publish(eventJourney("overlap", "Order Completed"))
	const people, each = 12, 5
	for i := range people * each {
		w.track(user(string(rune('a'+i%people))), "Order Completed", "order_id", i, "total", 1)
	}
	var g sync.WaitGroup
	for range 3 {
		g.Go(func() {
			for pass := 0; ; pass++ {
				var left int
				if err := w.s.SQL().QueryRow("SELECT COUNT(*) FROM outbox WHERE workspace_id = ?", w.ws).Scan(&left); err != nil || left == 0 {
					if err != nil {
						w.Error(err)
					}
					return
				}
				for p := range contract.Partitions {
					epoch, err := w.s.TakePartition(context.Background(), p, "rival", w.now)
					if err != nil {
						w.Error(err)
						return
					}
					rows, err := w.s.PendingEvents(context.Background(), p, 0, 7)
					if err == nil {
						_, err = w.s.RouteEvents(context.Background(), p, epoch, rows, w.now)
					}
					if err != nil && !errors.Is(err, storage.Fenced) {
						w.Error(err)
						return
					}
				}
			}
		})
	}
	g.Wait()
	w.count(people*each, "orders", "SELECT COUNT(*) FROM orders WHERE workspace_id = ?", w.ws)
	w.count(people*each, "events counted", "SELECT SUM(events_count) FROM customer_metrics WHERE workspace_id = ?", w.ws)
	w.count(people*each, "orders counted", "SELECT SUM(orders_count) FROM customer_metrics WHERE workspace_id = ?", w.ws)
	w.count(people, "runs", "SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID)
	w.count(people, "starts owed", "SELECT COUNT(*) FROM dispatches WHERE workspace_id = ? AND kind = 'start'", w.ws)
	w.count(people*each, "entry decisions", "SELECT COUNT(*) FROM decisions WHERE workspace_id = ? AND kind = 'entry'", w.ws)
}

// After any stream of events the columns that were kept one by one equal those that are computed at once.
func routingMetrics(w *routingWorld) {
	rnd := rand.New(rand.NewPCG(7, uint64(len(w.Name()))))
	people := []who{user("a"), user("b"), device("x"), device("y"), {user: "a", device: "x"}}
	for i := range 120 {
		at := w.now.Add(-time.Duration(rnd.IntN(90*24)) * time.Hour)
		by := people[rnd.IntN(len(people))]
		switch rnd.IntN(4) {
		case 0:
			w.eventAt(at, ingest.Page, "", by)
		case 1:
			w.eventAt(at, ingest.Track, "Order Completed", by, "order_id", rnd.IntN(60), "total", rnd.IntN(100), "currency", []string{"EUR", "USD"}[rnd.IntN(2)])
		case 2:
			w.eventAt(at, ingest.Screen, "", by)
		default:
			w.eventAt(at, ingest.Track, "Viewed", by)
		}
		if i%40 == 39 {
			w.route()
		}
	}
	before := w.allMetrics()
	if len(before) < 3 {
		w.Fatalf("only %d customers in the stream", len(before))
	}
	exec(w, w.s, "UPDATE customer_metrics SET orders_count = 0, orders_value = 0, order_days = 0, first_order_at = NULL, mean_gap_days = 1, gap_sd_days = NULL, events_count = 9, visits_count = 9, last_seen_at = NULL WHERE workspace_id = ?", w.ws)
	for after, more := (ids.ID{}), true; more; more = !after.IsZero() {
		var err error
		if after, err = w.s.RebuildMetrics(context.Background(), w.ws, nil, after, w.now); err != nil {
			w.Fatal(err)
		}
	}
	if rebuilt := w.allMetrics(); !reflect.DeepEqual(before, rebuilt) {
		for i := range before {
			if !reflect.DeepEqual(before[i], rebuilt[i]) {
				w.Errorf("kept    %+v\nrebuilt %+v", before[i], rebuilt[i])
			}
		}
	}
}

func (w *routingWorld) allMetrics() []models.CustomerMetrics {
	w.Helper()
	var all []models.CustomerMetrics
	query(w, w.s, &all, "SELECT * FROM customer_metrics WHERE workspace_id = ? ORDER BY customer_id", w.ws)
	return all
}

// Another process takes an event in; who waits here is woken, once.
func routingRouse(w *routingWorld) {
	w.track(user("u1"), "Viewed")
	var row models.OutboxEntry
	query(w, w.s, &row, "SELECT * FROM outbox WHERE workspace_id = ?", w.ws)
	c := w.s.Wakers().C(row.Partition)
	woken := func() bool {
		if err := w.s.Rouse(context.Background()); err != nil {
			w.Fatal(err)
		}
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	woken() // by the ingestion of this process, and what came before
	if woken() {
		w.Error("woken without anything new")
	}
	exec(w, w.s, "INSERT INTO outbox (workspace_id, partition_no, grp, event_id, created_at) SELECT workspace_id, partition_no, grp, event_id, created_at FROM outbox WHERE id = ?", row.ID)
	if !woken() || woken() {
		w.Error("a row of another process wakes once")
	}
	exec(w, w.s, "DELETE FROM outbox WHERE workspace_id = ? AND id <> ?", w.ws, row.ID)
	w.route()
}
