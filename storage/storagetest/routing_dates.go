package storagetest

import (
	"context"
	"time"

	"sojourn/audience"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/storage"
)

func dateJourney(key string, rule journey.DateRule) journey.Document {
	doc := eventJourney(key, "")
	doc.Entry = journey.Entry{Kind: journey.EntryDate, Date: &rule, Reentry: journey.Reentry{Rule: "always"}}
	return doc
}

// clock looks at the dates of a journey at a moment, as the schedule does, and returns how many runs began.
func (w *routingWorld) clock(j ids.ID, at string) int {
	w.Helper()
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		w.Fatal(err)
	}
	w.now = now
	done, err := w.s.EnterDates(context.Background(), storage.DateJourney{WorkspaceID: w.ws, JourneyID: j}, now, nil)
	if err != nil {
		w.Fatal(err)
	}
	return done.Runs
}

// Birthdays are met at nine where the customer lives: on both sides of the date line, in half-hour zones, through a change
// of clocks, and on 29 February; an edit while waiting counts, nothing happens twice, and a day's outage is made up for.
func routingDates(w *routingWorld) {
	ctx := context.Background()
	birthday := journey.DateRule{DateRef: journey.DateRef{Attribute: "birthday"}, Anniversary: true, At: "09:00"}
	doc := dateJourney("birthday", birthday)
	doc.Entry.Condition = &audience.Condition{Attribute: "country", Op: audience.Neq, Value: "XX"}
	j := w.publish(doc)
	for _, c := range []struct{ zone, birthday, due string }{
		{"Pacific/Kiritimati", "1990-06-10", "2026-06-09T19:00:00Z"}, // +14
		{"Pacific/Tongatapu", "1990-06-10", "2026-06-09T20:00:00Z"},  // +13
		{"Asia/Kolkata", "1990-06-10", "2026-06-10T03:30:00Z"},       // +5:30
		{"Australia/Eucla", "1990-06-10", "2026-06-10T00:15:00Z"},    // +8:45
		{"Etc/GMT+12", "1990-06-10", "2026-06-10T21:00:00Z"},         // -12
		{"Europe/Amsterdam", "1996-02-29", "2027-02-28T08:00:00Z"},
		{"Europe/Amsterdam", "1990-03-28", "2027-03-28T07:00:00Z"}, // summer time began that night
	} {
		by := user(c.zone + c.birthday)
		w.now = time.Date(2026, 5, 20, 12, 0, 0, 0, time.UTC)
		if c.due > "2027" {
			w.now = time.Date(2026, 12, 20, 12, 0, 0, 0, time.UTC)
		}
		w.identify(by, "birthday", c.birthday, "timezone", c.zone)
		w.route()
		due, err := time.Parse(time.RFC3339, c.due)
		if err != nil {
			w.Fatal(err)
		}
		w.clock(j.ID, w.now.Format(time.RFC3339))
		if n := w.clock(j.ID, due.Add(-time.Second).Format(time.RFC3339)); n != 0 {
			w.Errorf("%s %s: %d runs a second before", c.zone, c.birthday, n)
		}
		if n := w.clock(j.ID, c.due); n != 1 {
			w.Errorf("%s %s: %d runs in time", c.zone, c.birthday, n)
		}
		if n := w.clock(j.ID, due.Add(time.Minute).Format(time.RFC3339)); n != 0 {
			w.Errorf("%s %s: %d runs a minute later", c.zone, c.birthday, n)
		}
		w.end(w.runs(j.ID)[len(w.runs(j.ID))-1].ID)
		exec(w, w.s, "UPDATE customers SET birthday = NULL, updated_at = ? WHERE workspace_id = ?", w.now.UnixMicro(), w.ws)
		w.clock(j.ID, due.Add(2*time.Minute).Format(time.RFC3339))
		w.count(0, "dates of people without one", "SELECT COUNT(*) FROM date_checks WHERE journey_id = ?", j.ID)
	}
	// Edited while waiting, moved to another zone, filtered, missed for hours, missed for days.
	w.now = time.Date(2028, 6, 1, 12, 0, 0, 0, time.UTC)
	had := len(w.runs(j.ID))
	for _, who := range []string{"edited", "moved", "outage"} {
		w.identify(user(who), "birthday", "1980-06-10", "timezone", "Europe/Amsterdam")
	}
	w.identify(user("filtered"), "birthday", "1980-06-10", "timezone", "Europe/Amsterdam")
	exec(w, w.s, "UPDATE customers SET country = 'XX' WHERE workspace_id = ? AND external_id = 'filtered'", w.ws)
	w.route()
	exec(w, w.s, "UPDATE customers SET country = 'XX' WHERE workspace_id = ? AND external_id = 'filtered'", w.ws)
	w.clock(j.ID, "2028-06-01T12:01:00Z")
	w.now = time.Date(2028, 6, 10, 6, 0, 0, 0, time.UTC)
	w.identify(user("edited"), "birthday", "1980-06-20")
	w.identify(user("moved"), "timezone", "America/New_York")
	w.route()
	if n := w.clock(j.ID, "2028-06-10T11:00:00Z"); n != 1 { // four hours late: the one who waited through the outage
		w.Errorf("%d runs after an outage of four hours, want 1", n)
	}
	if got := w.decision(w.customer(user("filtered")).ID, "entry"); got != "not_entered filtered" {
		w.Errorf("decision %q", got)
	}
	if n := w.clock(j.ID, "2028-06-10T13:00:00Z"); n != 1 {
		w.Errorf("%d runs at nine in New York, want 1", n)
	}
	if n := w.clock(j.ID, "2028-06-22T13:00:00Z"); n != 0 { // nobody looked for days: late says skip
		w.Errorf("%d runs two days after the birthday, want none", n)
	}
	// A new version works everything out anew, and lets nobody in twice for one birthday.
	for _, r := range w.runs(j.ID) {
		w.end(r.ID)
	}
	w.now = time.Date(2028, 6, 22, 14, 0, 0, 0, time.UTC)
	late := doc
	rule := birthday
	rule.At, rule.Late = "10:00", journey.LateNow
	late.Entry.Date = &rule
	w.identify(user("today"), "birthday", "1985-06-22", "timezone", "Europe/Amsterdam")
	w.route()
	if _, err := w.s.SaveDraft(ctx, w.ws, j.ID, j.DraftRevision, late, w.now); err != nil {
		w.Fatal(err)
	}
	if _, err := w.s.Publish(ctx, w.ws, j.ID, 0, "test", w.now); err != nil {
		w.Fatal(err)
	}
	if n := w.clock(j.ID, "2028-06-22T14:01:00Z"); n != 1 {
		w.Errorf("%d late runs by late: now, want 1", n)
	}
	for _, r := range w.runs(j.ID) {
		w.end(r.ID)
	}
	if n := w.clock(j.ID, "2028-06-22T14:02:00Z"); n != 0 {
		w.Errorf("%d runs for the same birthday again", n)
	}
	if len(w.runs(j.ID)) != had+3 {
		w.Errorf("%d runs, want %d", len(w.runs(j.ID)), had+3)
	}
	list, err := w.s.DateJourneys(ctx)
	if err != nil || len(list) == 0 {
		w.Errorf("journeys with a date entry: %v, %v", list, err)
	}
}

// Dates in attributes, also in nested and oddly named ones, begin runs like a birthday; and a look at everybody that finds
// nothing new looks at nobody closely: it locks no customer and writes nothing.
func routingAttributeDates(w *routingWorld) {
	ctx := context.Background()
	w.now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	attributes := map[string]string{"renews_on": "plain", "attributes.contract.end": "nested", "attributes.été": "odd"}
	journeys := map[string]ids.ID{}
	for name, key := range attributes {
		journeys[name] = w.publish(dateJourney("attribute-"+key, journey.DateRule{DateRef: journey.DateRef{Attribute: name}, At: "09:00", Timezone: "UTC"})).ID
	}
	for _, who := range []string{"a", "b", "c"} {
		w.identify(user("attr-"+who), "renews_on", "2026-05-03", "contract", map[string]any{"end": "2026-05-03"}, "été", "2026-05-03")
	}
	w.identify(user("attr-none"), "plan", "gold")
	w.identify(user("attr-unreadable"), "renews_on", "soon", "contract", "none", "été", 7)
	w.route()
	look := func(id ids.ID, at string, looked, runs int) {
		w.Helper()
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			w.Fatal(err)
		}
		exec(w, w.s, "UPDATE date_scans SET full_at = NULL WHERE journey_id = ?", id) // everybody, every time
		done, err := w.s.EnterDates(ctx, storage.DateJourney{WorkspaceID: w.ws, JourneyID: id}, now, nil)
		if err != nil || done.Looked != looked || done.Runs != runs {
			w.Errorf("at %s: %+v, %v; want %d looked at and %d runs", at, done, err, looked, runs)
		}
	}
	for _, id := range journeys {
		look(id, "2026-05-01T12:01:00Z", 3, 0)
		look(id, "2026-05-01T12:02:00Z", 0, 0)
	}
	w.now = time.Date(2026, 5, 1, 13, 0, 0, 0, time.UTC)
	w.identify(user("attr-a"), "renews_on", "2026-05-09", "contract", map[string]any{"end": nil}, "été", nil)
	w.route()
	for name, id := range journeys {
		look(id, "2026-05-01T13:01:00Z", 1, 0)
		look(id, "2026-05-02T08:00:00Z", 2, 0) // 26 hours ahead they are read once more
		look(id, "2026-05-03T08:59:59Z", 0, 0)
		look(id, "2026-05-03T09:00:00Z", 2, 2)
		look(id, "2026-05-03T09:01:00Z", 0, 0)
		left := 0
		if name == "renews_on" {
			left = 1
		}
		w.count(left, "moments that lie ahead", "SELECT COUNT(*) FROM date_checks WHERE journey_id = ? AND due_at IS NOT NULL", id)
	}
}

// Two stays: one is moved nine days earlier while its date waits, the other is cancelled; a third one is booked when its
// moment has passed. One run each for the first and the third, about its booking.
func routingObjectDates(w *routingWorld) {
	ctx := context.Background()
	doc := dateJourney("pre-stay", journey.DateRule{DateRef: journey.DateRef{Object: "booking", Field: "start"}, Offset: "-P7D", At: "09:00", Late: journey.LateNow, Timezone: "Europe/Lisbon"})
	doc.Exit = []journey.ExitRule{{Event: "Object Cancelled"}}
	doc.Entry.Reentry = journey.Reentry{}
	j := w.publish(doc)
	by := user("guest")
	w.now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	w.booking(by, "b1", w.now, "booked", "2026-07-20")
	w.booking(by, "b2", w.now, "booked", "2026-07-20")
	w.booking(by, "old", w.now, "booked", "2024-07-20") // nobody is greeted for a stay of two years ago
	w.route()
	if n := w.clock(j.ID, "2026-05-01T12:01:00Z"); n != 0 {
		w.Errorf("%d runs months before", n)
	}
	w.booking(by, "b1", w.now, "", "2026-07-11")
	w.booking(by, "b2", w.now, "cancelled", "")
	w.route()
	w.clock(j.ID, "2026-05-01T12:05:00Z")
	if n := w.clock(j.ID, "2026-07-04T07:59:59Z"); n != 0 {
		w.Errorf("%d runs a second before", n)
	}
	if n := w.clock(j.ID, "2026-07-04T08:00:00Z"); n != 1 { // nine in Lisbon
		w.Fatalf("%d runs a week before the stay that was moved, want 1", n)
	}
	run := w.runs(j.ID)[0]
	data, err := w.s.RunContext(ctx, w.ws, run.ID, 1)
	if o, ok := data["object"].(map[string]any); err != nil || !ok || run.EntryKey != "b1" || o["dates"].(map[string]any)["start"] != "2026-07-11" {
		w.Errorf("run of %s with %v, %v", run.EntryKey, data, err)
	}
	w.booking(by, "b1", w.now, "", "2026-07-12") // the run hears of it, and no second one begins
	w.booking(by, "b3", w.now, "booked", "2026-07-06")
	w.event(ingest.Track, "Object Cancelled", by, "object_type", "device", "object_key", "b1") // another thing of the same key
	w.route()
	if n := w.clock(j.ID, "2026-07-05T12:00:00Z"); n != 1 || w.runs(j.ID)[1].EntryKey != "b3" {
		w.Errorf("%d runs by a late booking, want 1", n)
	}
	if n := w.clock(j.ID, "2026-07-21T12:00:00Z"); n != 0 {
		w.Errorf("%d runs on the day of the cancelled stay", n)
	}
	var signals []string
	for _, d := range w.dispatches(run.ID) {
		if d.Kind == storage.DispatchEvent {
			signals = append(signals, d.EventName)
			if d.Revision != 2 || d.Exit != 0 {
				w.Errorf("signal %+v", d)
			}
		}
	}
	if len(signals) != 1 {
		w.Errorf("the run was told %v, want one change", signals)
	}
}
