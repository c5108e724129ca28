package storagetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/consent"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Engagement is the suite of storage.Engagement.
func Engagement(t *testing.T, s *sqlstore.Store) {
	for name, test := range map[string]func(*testing.T, *sqlstore.Store){
		"opens and clicks":          engagementCounts,
		"who may not be tracked":    engagementRefused,
		"machines are told apart":   engagementMachines,
		"links are frozen":          engagementLinks,
		"a message without a run":   engagementWithoutRun,
		"metrics and their rebuild": engagementMetrics,
	} {
		t.Run(name, func(t *testing.T) { t.Parallel(); test(t, s) })
	}
}

// ShopLink is where the first link of Sent leads; the query names the customer, as links of shops do.
const ShopLink = "https://shop.example/new?mail=ann%40shop.example"

// Sent is a message with two links that was handed over at Noon; run is a row of its own.
func (w SendWorld) Sent(t testing.TB, c models.Customer) models.Send {
	t.Helper()
	run := models.Run{ID: w.S.NewID(), WorkspaceID: w.Workspace.ID, JourneyID: w.Journey.ID, VersionID: w.Version, CustomerID: c.ID, EntryKey: w.S.NewID().String(), State: models.RunOpen,
		StepSince: models.At(Noon), Partition: contract.PartitionOf(c.Grp), StartedAt: models.At(Noon)}
	tx(t, w.S, func(tx *gorm.DB) error { return tx.Create(&run).Error })
	return w.sent(t, c, run.ID)
}

func (w SendWorld) sent(t testing.TB, c models.Customer, run ids.ID) models.Send {
	t.Helper()
	r := w.Request(t, c, run, "mail")
	r.Content.Links = models.ToJSON([]string{ShopLink, "http://shop.example/sale"})
	claim := w.Claim(t, r)
	if got := w.Fence(t, claim); got != storage.FencePassed {
		t.Fatalf("fence: %s", got)
	}
	w.Settle(t, claim, storage.Settlement{State: storage.SendAccepted})
	return w.Row(t, r.Key)
}

const everybody = `{"tracking": {"opens": "unless_refused", "clicks": "unless_refused"}}`

// Hit records one, a number of minutes after noon.
func (w SendWorld) Hit(t testing.TB, send models.Send, link int, machine string, minutes int) storage.HitResult {
	t.Helper()
	got, err := w.S.RecordHit(context.Background(), storage.Hit{Workspace: w.Workspace.ID, Send: send.ID, Link: link, Machine: machine, At: Noon.Add(time.Duration(minutes) * time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (w SendWorld) ownEvents(t testing.TB, send models.Send) []models.Event {
	t.Helper()
	var rows []models.Event
	query(t, w.S, &rows, "SELECT * FROM events WHERE workspace_id = ? AND source_id = ? AND message_id LIKE ? ORDER BY id", w.Workspace.ID, storage.SourceInternal, "%"+send.ID.String()+"%")
	return rows
}

func engagementCounts(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "engaged", everybody)
	ann := w.AddCustomer(t, "ann@engaged.example", true)
	send := w.Sent(t, ann)
	for _, c := range []struct {
		link, minute int
		want         storage.HitResult
	}{{0, 5, storage.HitFirst}, {0, 6, storage.HitAgain}, {2, 7, storage.HitFirst}, {1, 8, storage.HitFirst}, {2, 9, storage.HitAgain}} {
		if got := w.Hit(t, send, c.link, "", c.minute); got != c.want {
			t.Errorf("link %d at minute %d: %s, want %s", c.link, c.minute, got, c.want)
		}
	}
	at := func(minute int) models.Instant { return models.At(Noon.Add(time.Duration(minute) * time.Minute)) }
	got, err := s.EngagementOf(context.Background(), w.Workspace.ID, []ids.ID{send.ID, s.NewID()})
	want := storage.Engaged{OpenedAt: at(5), ClickedAt: at(7), Opens: 2, Clicks: 3, Links: 2}
	if err != nil || len(got) != 1 || got[send.ID] != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	events := w.ownEvents(t, send)
	if len(events) != 3 || events[0].Name != storage.EventMessageOpened || events[1].Name != storage.EventMessageClicked || events[2].Name != storage.EventMessageClicked {
		t.Fatalf("events: %+v", events)
	}
	for _, part := range []string{`"link":"https://shop.example/new"`, `"send_id":"` + send.ID.String(), `"link_no":1`, `"step":"mail"`, `"channel":"email"`} {
		if !strings.Contains(strings.ReplaceAll(string(events[2].Data), " ", ""), part) {
			t.Errorf("the event says %s, want %s in it", events[2].Data, part)
		}
	}
	if strings.Contains(string(events[2].Data), "ann%40") || !strings.Contains(string(events[2].Context), send.RunID.String()) {
		t.Errorf("event %s, context %s", events[2].Data, events[2].Context)
	}
	// A click proves that the message was opened, though no picture was loaded.
	other := w.Sent(t, ann)
	w.Hit(t, other, 1, "", 3)
	if events := w.ownEvents(t, other); len(events) != 2 || events[1].Name != storage.EventMessageOpened {
		t.Errorf("a click without a pixel: %+v", events)
	}
	if _, err := s.RecordHit(context.Background(), storage.Hit{Workspace: w.Workspace.ID + 1000, Send: send.ID, At: Noon}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a hit under another workspace: %v", err)
	}
}

func engagementRefused(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "untracked", `{}`) // the default: the pixel needs a permission, a click is counted unless refused
	say := func(c models.Customer, state consent.State) {
		err := s.RecordConsent(context.Background(), storage.ConsentRecord{Workspace: w.Workspace.ID, Customer: c.ID, Actor: "customer", Entry: consent.Entry{Channel: "email",
			Purpose: consent.TrackingPurpose, State: state, Basis: consent.ByConsent, Source: "form", SourceKind: consent.Person, OccurredAt: Noon, RecordedAt: Noon}})
		if err != nil {
			t.Fatal(err)
		}
	}
	silent, yes, no := w.AddCustomer(t, "silent@un.example", true), w.AddCustomer(t, "yes@un.example", true), w.AddCustomer(t, "no@un.example", true)
	say(yes, consent.Granted)
	say(no, consent.Withdrawn)
	for _, c := range []struct {
		who         models.Customer
		open, click storage.HitResult
	}{{silent, storage.HitRefused, storage.HitFirst}, {yes, storage.HitFirst, storage.HitFirst}, {no, storage.HitRefused, storage.HitRefused}} {
		send := w.Sent(t, c.who)
		if open, click := w.Hit(t, send, 0, "", 1), w.Hit(t, send, 1, "", 2); open != c.open || click != c.click {
			t.Errorf("%s: open %s, click %s", c.who.Email, open, click)
		}
		say(c.who, consent.Withdrawn) // said after the message was sent: counts for what comes now
		if got := w.Hit(t, send, 2, "", 3); got != storage.HitRefused {
			t.Errorf("%s, after he refused: %s", c.who.Email, got)
		}
	}
	erased := w.AddCustomer(t, "gone@un.example", true)
	send := w.Sent(t, erased)
	exec(t, s, "UPDATE customers SET erased_at = ? WHERE id = ?", models.At(Noon), erased.ID)
	if got := w.Hit(t, send, 1, "", 1); got != storage.HitRefused || len(w.ownEvents(t, send)) != 0 {
		t.Errorf("of an erased person: %s", got)
	}
	planned := w.Claim(t, w.Request(t, silent, s.NewID(), "mail")).Send
	if got := w.Hit(t, planned, 0, "", 1); got != storage.HitRefused {
		t.Errorf("of a message that was never handed over: %s", got)
	}
}

func engagementMachines(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "machines", everybody)
	send := w.Sent(t, w.AddCustomer(t, "ann@machines.example", true))
	if got := w.Hit(t, send, 1, "", 0); got != storage.HitMachine {
		t.Errorf("in the moment of the hand-over: %s", got)
	}
	if got := w.Hit(t, send, 0, "scanner", 4); got != storage.HitMachine {
		t.Errorf("a scanner: %s", got)
	}
	if got := w.ownEvents(t, send); len(got) != 0 {
		t.Errorf("machines were told to the run: %+v", got)
	}
	if got := w.Hit(t, send, 0, "", 9); got != storage.HitFirst {
		t.Errorf("the person after the machines: %s", got)
	}
	got, err := s.EngagementOf(context.Background(), w.Workspace.ID, []ids.ID{send.ID})
	if e := got[send.ID]; err != nil || e.MachineHits != 2 || e.Opens != 1 || e.Clicks != 0 {
		t.Errorf("%+v, %v", e, err)
	}
}

func engagementLinks(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "links", everybody)
	send := w.Sent(t, w.AddCustomer(t, "ann@links.example", true))
	ctx := context.Background()
	if got, err := s.LinkTarget(ctx, w.Workspace.ID, send.ID, 1); err != nil || got != ShopLink {
		t.Errorf("link 1 leads to %q, %v", got, err)
	}
	for name, ask := range map[string]struct {
		ws   int64
		send ids.ID
		n    int
	}{"another workspace": {w.Workspace.ID + 1000, send.ID, 1}, "no such link": {w.Workspace.ID, send.ID, 3}, "link 0": {w.Workspace.ID, send.ID, 0}, "no such message": {w.Workspace.ID, s.NewID(), 1}} {
		if got, err := s.LinkTarget(ctx, ask.ws, ask.send, ask.n); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func engagementWithoutRun(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "norun", everybody)
	ann := w.AddCustomer(t, "ann@norun.example", true)
	send := w.sent(t, ann, ids.ID{})
	w.Hit(t, send, 1, "", 2)
	events := w.ownEvents(t, send)
	if len(events) != 2 || !strings.Contains(string(events[0].Context), ann.ID.String()) {
		t.Errorf("events: %+v", events)
	}
}

func engagementMetrics(t *testing.T, s *sqlstore.Store) {
	w := NewSendWorld(t, s, "counted", everybody)
	r := &routingWorld{T: t, s: s, ws: w.Workspace.ID, now: Noon.Add(time.Hour)}
	ann := w.AddCustomer(t, "ann@counted.example", true)
	send := w.Sent(t, ann)
	for link := range 3 {
		w.Hit(t, send, link, "", 1+link)
		w.Hit(t, send, link, "", 5+link)
	}
	single := w.sent(t, ann, ids.ID{}) // of a broadcast: no run
	w.Hit(t, single, 0, "", 9)
	// Neither the journey nor the run of this world has a document to listen by.
	exec(t, s, "UPDATE journeys SET state = ? WHERE id = ?", storage.JourneyStopped, w.Journey.ID)
	exec(t, s, "UPDATE runs SET state = ?, goal_at = ? WHERE workspace_id = ?", models.RunEnded, models.At(Noon), w.Workspace.ID)
	r.route()
	check := func(when string) {
		if m := r.metrics(ann.ID); m.OpensCount != 2 || m.ClicksCount != 2 || m.EventsCount != 0 || m.VisitsCount != 0 {
			t.Errorf("%s: %d opens, %d clicks, %d events, %d visits", when, m.OpensCount, m.ClicksCount, m.EventsCount, m.VisitsCount)
		}
	}
	check("as the router counted")
	exec(t, s, "UPDATE customer_metrics SET opens_count = 7, clicks_count = 7 WHERE customer_id = ?", ann.ID)
	if _, err := s.RebuildMetrics(context.Background(), w.Workspace.ID, []ids.ID{ann.ID}, ids.ID{}, r.now); err != nil {
		t.Fatal(err)
	}
	check("rebuilt")
}
