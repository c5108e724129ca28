package storagetest

import (
	"context"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// A customer is in two runs of a keyed journey, and both wait for a click. One about the message of the first reaches
// the first alone, counts for no visit, and still lets the customer into a journey that a click begins.
func routingRunEvent(w *routingWorld) {
	ctx := context.Background()
	doc := eventJourney("stay", "Booked")
	doc.Entry.Key = "booking_id"
	doc.Steps = []journey.Step{{ID: "click", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{Timeout: "P3D",
		Events: []journey.Await{{Trigger: journey.Trigger{Event: storage.EventMessageClicked}, Message: "hello"}}}}}
	j := w.publish(doc)
	thanks := w.publish(eventJourney("thanks", storage.EventMessageClicked))
	deaf := w.publish(eventJourney("deaf", "Booked"))
	by := user("clicker")
	w.track(by, "Booked", "booking_id", "b1")
	w.track(by, "Booked", "booking_id", "b2")
	w.route()
	c := w.customer(by)
	before := w.metrics(c.ID)
	runs := w.runs(j.ID)
	if len(runs) != 2 {
		w.Fatalf("%d runs, want 2", len(runs))
	}
	click := storage.RunEvent{Run: runs[0].ID, Step: "hello", Name: storage.EventMessageClicked, MessageID: "click-1", Properties: map[string]any{"link": "2"}, OccurredAt: w.now}
	other := storage.RunEvent{Run: w.runs(deaf.ID)[0].ID, Step: "hello", Name: storage.EventMessageClicked, MessageID: "click-2"}
	for range 2 { // the second time is a repetition
		if err := w.s.AcceptRunEvents(ctx, w.ws, []storage.RunEvent{click, other}, w.now); err != nil {
			w.Fatal(err)
		}
	}
	w.route()
	var told []models.Dispatch
	query(w, w.s, &told, "SELECT * FROM dispatches WHERE event_name = ?", storage.EventMessageClicked)
	if len(told) != 1 || told[0].RunID != runs[0].ID {
		w.Errorf("a click in the first run was told to %+v", told)
	}
	if got := w.runs(thanks.ID); len(got) != 1 || got[0].CustomerID != c.ID {
		w.Errorf("the journey that a click begins has %+v", got)
	}
	if after := w.metrics(c.ID); after.EventsCount != before.EventsCount {
		w.Errorf("a click was counted as an event of the customer: %d, then %d", before.EventsCount, after.EventsCount)
	}
	if _, err := w.s.RebuildMetrics(ctx, w.ws, []ids.ID{c.ID}, ids.ID{}, w.now); err != nil {
		w.Fatal(err)
	}
	if after := w.metrics(c.ID); after.EventsCount != before.EventsCount {
		w.Errorf("the rebuild counted a click: %d, then %d", before.EventsCount, after.EventsCount)
	}
	// The same name from outside is nobody's message in particular: the runs with the key hear of it, and no key is none.
	w.event(ingest.Track, storage.EventMessageClicked, by)
	w.route()
	w.count(1, "signals after a click from outside", "SELECT COUNT(*) FROM dispatches WHERE event_name = ?", storage.EventMessageClicked)
	if err := w.s.AcceptRunEvents(ctx, w.ws+1000, []storage.RunEvent{click}, w.now); !fault.Is(err, fault.NotFound) {
		w.Errorf("an event about a run of another workspace: %v", err)
	}
	// A person whom no source ever named, and who has a run, is told by the run alone.
	stranger := AddRun(w.T, w.s, w.ws, j.ID, w.now)
	customers := "SELECT COUNT(*) FROM customers WHERE workspace_id = ?"
	var had int
	query(w, w.s, &had, customers, w.ws)
	if err := w.s.AcceptRunEvents(ctx, w.ws, []storage.RunEvent{{Run: stranger.ID, Name: storage.EventMessageClicked, MessageID: "click-3"}}, w.now); err != nil {
		w.Fatal(err)
	}
	w.route()
	w.count(had, "customers", customers, w.ws)
	if d := w.dispatches(stranger.ID); len(d) != 1 {
		w.Errorf("the run of a person without identities was told %+v", d)
	}
}

// Whoever unsubscribes by a link, or by an operator's hand, is told to the runs that listen for it, once; the ledger has
// it once, too.
func routingToldWithdrawals(w *routingWorld) {
	ctx := context.Background()
	doc := eventJourney("newsletter", "Signed Up")
	var exit journey.ExitRule
	exit.Event = "Consent Withdrawn"
	doc.Exit = []journey.ExitRule{exit}
	doc.Steps = []journey.Step{{ID: "later", Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P30D"}}}
	j := w.publish(doc)
	doc.Key, doc.Name, doc.Entry.Key = "stays", "stays", "booking_id"
	keyed := w.publish(doc)
	for _, name := range []string{"linked", "called", "listed"} {
		w.identify(user(name), "email", name+"@told.example")
		w.track(user(name), "Consent Granted", "channel", "email", "purpose", "marketing", "source", "form", "source_kind", "person")
		w.track(user(name), "Signed Up", "booking_id", "b-"+name)
	}
	w.route()
	told := func(j models.Journey, name string) int {
		var n int
		query(w, w.s, &n, "SELECT COUNT(*) FROM dispatches d JOIN runs r ON r.id = d.run_id WHERE r.journey_id = ? AND r.customer_id = ? AND d.event_name = 'Consent Withdrawn'", j.ID, w.customer(user(name)).ID)
		return n
	}
	for range 2 {
		if err := w.s.Unsubscribe(ctx, consent.Unsubscribe{Workspace: w.ws, Customer: w.customer(user("linked")).ID, Channel: "email", Purpose: "marketing"}, "one_click", nil, w.now); err != nil {
			w.Fatal(err)
		}
	}
	for name, kind := range map[string]consent.SourceKind{"called": consent.Person, "listed": consent.List} {
		err := w.s.RecordConsent(ctx, storage.ConsentRecord{Workspace: w.ws, Customer: w.customer(user(name)).ID, Actor: "user:1",
			Entry: consent.Entry{Channel: "email", Purpose: consent.Any, State: consent.Withdrawn, Basis: consent.ByObjection, Source: "admin", SourceKind: kind, OccurredAt: w.now, RecordedAt: w.now}})
		if err != nil {
			w.Fatal(err)
		}
	}
	w.route()
	for name, want := range map[string]int{"linked": 1, "called": 2, "listed": 0} { // the operator's withdrawal ends the topic and the channel
		for _, j := range []models.Journey{j, keyed} { // a permission has no booking: runs of a keyed journey hear of it, too
			if n := told(j, name); n != want {
				w.Errorf("%s: its run in %s was told %d times, want %d", name, j.JourneyKey, n, want)
			}
		}
		w.count(1, name+": withdrawals in the ledger", "SELECT COUNT(*) FROM consents WHERE customer_id = ? AND state = 'withdrawn'", w.customer(user(name)).ID)
	}
	w.count(2, "events about marketing by e-mail", "SELECT COUNT(*) FROM events WHERE workspace_id = ? AND source_id = ? AND name = 'Consent Withdrawn' AND data LIKE '%marketing%'", w.ws, storage.SourceInternal)
}
