package storagetest

import (
	"context"
	"time"

	"sojourn/audience"
	"sojourn/catalogue"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// booking tells of a booking; more are further properties of the event.
func (w *routingWorld) booking(by who, key string, at time.Time, status, start string, more ...any) ids.ID {
	w.Helper()
	props := []any{"object_type", "booking", "object_key", key}
	if status != "" {
		props = append(props, "status", status)
	}
	if start != "" {
		props = append(props, "dates", map[string]any{"start": start})
	}
	return w.eventAt(at, ingest.Track, "Object Changed", by, append(props, more...)...)
}

func (w *routingWorld) object(key string) (models.Object, catalogue.Object) {
	w.Helper()
	row, err := w.s.Object(context.Background(), w.ws, "booking", key)
	if err != nil {
		w.Fatal(err)
	}
	v, err := storage.ObjectView(&row)
	if err != nil {
		w.Fatal(err)
	}
	return row, v
}

// An object is what the newest facts say, in whatever order they come; it belongs to one customer.
func routingObjects(w *routingWorld) {
	ctx := context.Background()
	at := func(m int) time.Time { return w.now.Add(time.Duration(m-60) * time.Minute) }
	by := user("guest")
	w.booking(by, "b1", at(10), "booked", "2026-05-03", "properties", map[string]any{"nights": 2})
	w.booking(by, "b1", at(30), "", "2026-05-10")
	w.booking(by, "b1", at(20), "changed", "2026-05-05", "properties", map[string]any{"breakfast": true}) // comes late
	w.booking(by, "b2", at(5), "booked", "tomorrow")
	w.route()
	c := w.customer(by)
	row, o := w.object("b1")
	if row.CustomerID != c.ID || row.Status != "changed" || o.Dates["start"] != "2026-05-10" || o.Days["start"] != "2026-05-10" || len(o.Properties) != 2 || row.Revision != 3 {
		w.Errorf("%+v %+v", row, o)
	}
	if got := w.decision(c.ID, "object"); got != "unusable dates.start" {
		w.Errorf("a date that is none: decision %q", got)
	}
	w.booking(user("other"), "b1", at(40), "cancelled", "")
	w.route()
	if row, _ := w.object("b1"); row.Status != "changed" || row.CustomerID != c.ID {
		w.Errorf("somebody else changed it: %+v", row)
	}
	if got := w.decision(w.customer(user("other")).ID, "object"); got != "other_customer booking" {
		w.Errorf("decision %q", got)
	}
	list, err := w.s.CustomerObjects(ctx, w.ws, c.ID, 10)
	if err != nil || len(list) != 2 {
		w.Errorf("%d objects, %v", len(list), err)
	}
	types, err := w.s.ObjectTypes(ctx, w.ws)
	if err != nil || len(types) != 1 || types[0].Type != "booking" || types[0].Objects != 2 || len(types[0].Dates) != 1 {
		w.Errorf("types %+v, %v", types, err)
	}
	if _, err := w.s.Object(ctx, w.ws+1000, "booking", "b1"); !fault.Is(err, fault.NotFound) {
		w.Errorf("another workspace: %v", err)
	}
	// An anonymous guest's booking goes with him when he is known.
	w.booking(device("phone"), "b3", at(50), "booked", "2026-07-01")
	w.route()
	w.identify(who{user: "guest", device: "phone"})
	w.route()
	if row, _ := w.object("b3"); row.CustomerID != c.ID {
		w.Errorf("the booking stayed with %s", row.CustomerID)
	}
	// An event of the same name that speaks of no object is an event like any other.
	j := w.publish(eventJourney("own-words", "Object Changed"))
	w.track(by, "Object Changed", "sofa", "moved")
	w.route()
	if got := w.runs(j.ID); len(got) != 1 {
		w.Errorf("%d runs by an event of somebody's own", len(got))
	}
}

// Who enters by another event, or by hand, for a booking that is known has it from the start; nobody has somebody else's.
func (w *routingWorld) objectsAtTheDoor(by who) {
	ctx := context.Background()
	paid := eventJourney("paid", "Paid")
	paid.Entry.Key = "booking_id"
	j := w.publish(paid)
	w.track(by, "Paid", "booking_id", "b1", "amount", 5)
	w.track(user("stranger"), "Paid", "booking_id", "b2")
	w.route()
	has := func(run ids.ID) (map[string]any, bool) {
		data, err := w.s.RunContext(ctx, w.ws, run, 1)
		if err != nil {
			w.Fatal(err)
		}
		o, ok := data["object"].(map[string]any)
		return data, ok && o["key"] == "b1" && o["type"] == "booking"
	}
	runs := w.runs(j.ID)
	if len(runs) != 2 {
		w.Fatalf("%d runs of two payments", len(runs))
	}
	for _, r := range runs {
		if data, ok := has(r.ID); ok != (r.EntryKey == "b1") || data["object"] != nil && !ok || ok && data["amount"] != float64(5) {
			w.Errorf("the run of %s began with %v", r.EntryKey, data)
		}
	}
	hand := w.publish(dateJourney("by-hand", journey.DateRule{DateRef: journey.DateRef{Object: "booking", Field: "start"}}))
	got, err := w.s.EnterJourney(ctx, w.ws, hand.ID, []storage.EntryAsk{{Customer: w.customer(by).ID, Key: "b1", Cause: storage.Cause{ID: storage.CauseID("hand"), Kind: storage.CauseManual}}}, w.now)
	if err != nil || len(got) != 1 || !got[0].Entered {
		w.Fatalf("by hand: %+v, %v", got, err)
	}
	if data, ok := has(got[0].Run); !ok {
		w.Errorf("the run that began by hand has %v", data)
	}
}

// One run per booking: a change reaches the run of that booking alone, as a new revision of its context; a cancellation
// ends that run alone; neither begins one.
func routingObjectRuns(w *routingWorld) {
	ctx := context.Background()
	doc := eventJourney("stay", catalogue.EventCreated)
	doc.Entry.Key, doc.Entry.Reentry.Rule = "object_key", "always"
	doc.Entry.Where = &audience.Condition{Property: "object_type", Op: audience.Eq, Value: "booking"}
	doc.Exit = []journey.ExitRule{{Event: catalogue.EventCancelled, Where: &audience.Condition{Property: "status", Op: audience.Eq, Value: "cancelled"}}}
	j := w.publish(doc)
	byID := eventJourney("by-id", "Booked") // the shop's own event lets in, and the object follows
	byID.Entry.Key = "booking_id"
	bj := w.publish(byID)
	changed := eventJourney("on-change", catalogue.EventChanged)
	changed.Entry.Key, changed.Entry.Reentry.Rule = "object_key", "always"
	changed.Entry.Where = &audience.Condition{Property: "changed", Op: audience.Contains, Value: "dates.start"}
	cj := w.publish(changed)
	by := user("guest")
	w.track(by, "Booked", "booking_id", "b1")
	w.booking(by, "b1", w.now.Add(-2*time.Hour), "booked", "2026-05-03")
	w.booking(by, "b2", w.now.Add(-2*time.Hour), "booked", "2026-06-03")
	w.route()
	runs := map[string]models.Run{}
	for _, r := range append(w.runs(j.ID), w.runs(bj.ID)...) {
		if r.JourneyID == bj.ID {
			r.EntryKey = "by-id"
		}
		runs[r.EntryKey] = r
	}
	if len(runs) != 3 || len(w.runs(cj.ID)) != 0 {
		w.Fatalf("runs %+v", runs)
	}
	context1, err := w.s.RunContext(ctx, w.ws, runs["b1"].ID, 1)
	if o, ok := context1["object"].(map[string]any); err != nil || !ok || o["key"] != "b1" || o["dates"].(map[string]any)["start"] != "2026-05-03" {
		w.Errorf("context %v, %v", context1, err)
	}
	signals := func(key string) []models.Dispatch {
		var out []models.Dispatch
		for _, d := range w.dispatches(runs[key].ID) {
			if d.Kind == storage.DispatchEvent {
				out = append(out, d)
			}
		}
		return out
	}
	had := len(signals("by-id"))
	w.booking(by, "b1", w.now.Add(-time.Hour), "", "2026-04-24")
	w.booking(by, "b1", w.now.Add(-time.Hour), "", "2026-04-24")   // the same once more
	w.booking(by, "b1", w.now.Add(-3*time.Hour), "", "2026-12-24") // an old one
	w.route()
	for key, want := range map[string]int{"b1": 1, "b2": 0, "by-id": had + 1} {
		if got := signals(key); len(got) != want || want > 0 && got[len(got)-1].Revision == 0 {
			w.Errorf("run of %s was told %+v, want %d signals", key, got, want)
		}
	}
	context2, err := w.s.RunContext(ctx, w.ws, runs["b1"].ID, 2)
	if o, ok := context2["object"].(map[string]any); err != nil || !ok || o["dates"].(map[string]any)["start"] != "2026-04-24" {
		w.Errorf("context %v, %v", context2, err)
	}
	if got := w.runs(cj.ID); len(got) != 1 || got[0].EntryKey != "b1" {
		w.Errorf("runs by a change: %+v", got)
	}
	w.booking(by, "b2", w.now, "canceled", "")
	w.event(ingest.Track, catalogue.EventCancelled, by, "object_type", "booking", "object_key", "unheard-of")
	w.booking(by, "b9", w.now, "cancelled", "2026-04-24") // cancelled before we heard of it
	w.route()
	if got := signals("b2"); len(got) != 2 || got[1].Exit != 1 || got[1].EventName != catalogue.EventCancelled {
		w.Errorf("the cancelled booking's run was told %+v", got)
	}
	if got := signals("b1"); len(got) != 1 {
		w.Errorf("the other booking's run was told %+v", got)
	}
	if got := w.runs(j.ID); len(got) != 2 {
		w.Errorf("a stray cancellation began a run: %+v", got)
	}
	w.objectsAtTheDoor(by)
	// History makes objects and moves nobody.
	e := ingest.Event{MessageID: "history", Type: ingest.Track, Name: "Object Changed", UserID: "guest", Data: []byte(`{"object_key":"b4","object_type":"booking","status":"booked"}`),
		Context: []byte("{}"), OccurredAt: w.now.Add(-time.Hour), Backfill: true}
	if _, err := w.s.AcceptEvents(ctx, []storage.Intake{{Workspace: w.ws, Source: "import", Events: []ingest.Event{e}, ReceivedAt: w.now}}); err != nil {
		w.Fatal(err)
	}
	w.route()
	if row, _ := w.object("b4"); row.Status != "booked" || len(w.runs(j.ID)) != 2 {
		w.Errorf("history: %+v, %d runs", row, len(w.runs(j.ID)))
	}
}
