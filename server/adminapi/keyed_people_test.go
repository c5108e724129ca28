package adminapi_test

import (
	"testing"

	"sojourn/journey"
	"sojourn/server/access"
	"sojourn/server/adminapi"
)

// A colleague adds people to a journey with a run per booking by naming the bookings; without a key nobody enters.
func TestPeopleAreAddedWithTheirKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, doc := w.tour(2)
	doc.Key, doc.Name = "stays", "Stays"
	doc.Entry = journey.Entry{Kind: journey.EntryEvent, Event: "Booked", Key: "booking_id"}
	if got := ann.do("POST", "/journeys", map[string]any{"document": doc}); got.status != 201 {
		t.Fatal(got.body)
	}
	if got := ann.do("POST", "/journeys/stays/publish", map[string]any{}, "If-Match", `"1"`); got.status != 201 {
		t.Fatal(got.body)
	}
	who := w.as(access.Marketer)
	var added adminapi.PeopleAdded
	who.do("POST", "/journeys/stays/people", map[string]any{"customers": []string{"guest-0", "guest-0", "guest-0", "guest-1"}, "keys": []string{"B-1", "B-2", "B-1", ""}}).into(t, 200, &added)
	for i, want := range []struct {
		entered bool
		reason  string
	}{{true, ""}, {true, ""}, {false, "open_run"}, {false, "no_key"}} {
		if p := added.Items[i]; p.Entered != want.entered || p.Reason != want.reason {
			t.Errorf("number %d: %+v, want %+v", i, p, want)
		}
	}
	if got := who.do("POST", "/journeys/stays/people", map[string]any{"customers": []string{"guest-0", "guest-1"}, "keys": []string{"B-9"}}); got.status != 422 {
		t.Errorf("one key for two: %d %s", got.status, got.body)
	}
}
