package workflows_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sojourn/activities"
	"sojourn/ingest"
	"sojourn/storage"
)

// lateBooking is a stay that is booked when the week before it has begun already.
func lateBooking(t *testing.T, start, end string) *world {
	w := shop(t, "pre-post-stay", time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	w.says("eva", "identify", map[string]any{"email": "eva@example.com", "locale": "en"})
	w.stay("eva", "b1", "booked", start, end)
	w.enterDates()
	return w
}

// A hotel that installs the blueprint has bookings already, most of them brought by an import that moved nobody: whoever is
// to arrive within sixty days enters at once, who comes later does so in time, and who has been there does not.
func TestBookingsThatAreKnownAlready(t *testing.T) {
	t.Parallel()
	w := shop(t, "pre-post-stay", time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	w.says("eva", "identify", map[string]any{"email": "eva@example.com", "locale": "en"})
	for key, start := range map[string]string{"soon": "2026-06-20", "later": "2026-09-01", "been": "2026-05-01"} {
		e := ingest.Event{MessageID: key, Type: ingest.Track, Name: "Object Changed", UserID: "eva", Context: []byte("{}"), OccurredAt: w.now(), Backfill: true,
			Data: []byte(`{"object_type":"booking","object_key":"` + key + `","status":"booked","dates":{"start":"` + start + `"}}`)}
		_, err := w.s.AcceptEvents(ctx(), []storage.Intake{{Workspace: w.ws.ID, Source: "import", Events: []ingest.Event{e}, ReceivedAt: w.now()}})
		w.must(err)
	}
	w.route()
	known := func(at time.Time, want ...string) {
		t.Helper()
		w.clock = func() time.Time { return at }
		w.enterDates()
		var got []string
		for _, in := range w.starts {
			data, err := w.s.RunContext(ctx(), w.ws.ID, idBytes(in.RunID), 1)
			w.must(err)
			got = append(got, data["object"].(map[string]any)["key"].(string))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("by %s (-want +got):\n%s", at, d)
		}
	}
	known(w.now(), "soon")
	known(time.Date(2026, 7, 3, 6, 59, 0, 0, time.UTC), "soon")
	known(time.Date(2026, 7, 3, 7, 1, 0, 0, time.UTC), "soon", "later")
}

// Who books three days ahead gets the letter at once; who is there already only the one afterwards.
func TestALateBooking(t *testing.T) {
	tell(t, told{
		Visits: []string{"week_before#1:next@Jun 1 12:00", "not_there_yet#1:otherwise@Jun 1 12:00", "before#1:sent@Jun 1 12:00",
			"day_after#1:next@Jun 7 09:00", "came#1:otherwise@Jun 7 09:00", "after#1:sent@Jun 7 09:00", "done#1:next@Jun 7 09:00"},
		Sent: []string{"before#1", "after#1"}, Outcome: "done",
	}, func(t *testing.T) *world { return lateBooking(t, "2026-06-04", "2026-06-06") })
}

func TestABookingOfWhoIsThereAlready(t *testing.T) {
	tell(t, told{
		Visits: []string{"week_before#1:next@Jun 1 12:00", "not_there_yet#1:arrived@Jun 1 12:00", "day_after#1:next@Jun 4 09:00",
			"came#1:otherwise@Jun 4 09:00", "after#1:sent@Jun 4 09:00", "done#1:next@Jun 4 09:00"},
		Sent: []string{"after#1"}, Outcome: "done",
	}, func(t *testing.T) *world { return lateBooking(t, "2026-06-01", "2026-06-03") })
}

// enterDates looks at the dates once, as the schedule does every minute.
func (w *world) enterDates() {
	w.t.Helper()
	_, err := (&activities.Audiences{Store: w.s, Dates: w.s, Now: w.now}).EnterDates(context.Background())
	w.must(err)
	w.dispatch()
}

// guaranteed is a turntable whose guarantee ends in a month, and somebody who looks at the dates.
func guaranteed(t *testing.T) *world {
	w := shop(t, "guarantee-renewal", time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC))
	w.joins("bob", map[string]any{"email": "bob@example.com", "locale": "nl"})
	w.guarantee("2026-07-01")
	w.enterDates()
	return w
}

func (w *world) guarantee(end string) {
	w.t.Helper()
	w.says("bob", "Object Changed", map[string]any{"object_type": "guarantee", "object_key": "g1", "status": "active", "dates": map[string]any{"end": end}})
}

func TestAGuaranteeThatIsNotRenewed(t *testing.T) {
	tell(t, told{
		Visits: []string{"month#1:sent@Jun 3 12:00", "deciding#1:next@Jul 1 21:00", "done#1:next@Jul 1 21:00"},
		Sent:   []string{"month#1"}, Outcome: "not_renewed",
	}, guaranteed)
}

func TestAGuaranteeThatIsRenewed(t *testing.T) {
	tell(t, told{Visits: []string{"month#1:sent@Jun 3 12:00", "deciding#1:(ended)@Jun 10 09:00"}, Sent: []string{"month#1"}, Outcome: "goal"}, func(t *testing.T) *world {
		w := guaranteed(t)
		w.plan(time.Date(2026, 6, 10, 9, 0, 0, 0, time.UTC), func() { w.guarantee("2028-07-01") })
		return w
	})
}

// loyal is a customer with orders on so many days, whose birthday is in a week.
func loyal(t *testing.T, days int, print bool) *world {
	w := shop(t, "birthday", time.Date(2026, 2, 21, 9, 0, 0, 0, time.UTC))
	w.joins("leo", map[string]any{"email": "leo@example.com", "locale": "nl", "birthday": "1992-02-28"})
	if print {
		w.says("leo", "Consent Granted", map[string]any{"channel": "print", "purpose": "marketing", "source": "form", "source_kind": "person"})
	}
	for i := range days {
		w.orders("leo", fmt.Sprintf("old-%d", i), time.Date(2025, 3, 1+i, 12, 0, 0, 0, time.UTC))
	}
	w.enterDates()
	return w
}

// The printed card ends in the inbox, through the port: there is no printer yet.
func TestABirthdayCardIsPrinted(t *testing.T) {
	tell(t, told{
		Visits: []string{"how_loyal#1:card@Feb 21 09:00", "card#1:sent@Feb 21 09:00", "the_day#1:next@Feb 28 08:00", "congratulate#1:sent@Feb 28 08:00", "done#1:next@Feb 28 08:00"},
		Sent:   []string{"card#1", "congratulate#1"}, Outcome: "congratulated",
	}, func(t *testing.T) *world { return loyal(t, 5, true) })
}

func TestWithoutPermissionForPrintTheCardIsAMail(t *testing.T) {
	t.Parallel()
	for want, print := range map[string]bool{"print": true, "email": false} {
		w := loyal(t, 5, print)
		w.must(w.walk(0))
		var channel string
		w.must(w.s.SQL().QueryRow("SELECT channel FROM inbox_messages WHERE workspace_id = ? ORDER BY received_at LIMIT 1", w.ws.ID).Scan(&channel))
		if channel != want {
			t.Errorf("permission for print: %v, and it went by %s", print, channel)
		}
	}
}

func TestABirthdayGiftThatIsNotPossibleBecomesACard(t *testing.T) {
	tell(t, told{
		Visits: []string{"how_loyal#1:gift@Feb 21 09:00", "gift#1:not_possible@Feb 22 09:00", "card#1:sent@Feb 22 09:00", "the_day#1:next@Feb 28 08:00",
			"congratulate#1:sent@Feb 28 08:00", "done#1:next@Feb 28 08:00"},
		Sent: []string{"card#1", "congratulate#1"}, Outcome: "congratulated",
	}, func(t *testing.T) *world {
		w := loyal(t, 10, true)
		w.plan(time.Date(2026, 2, 22, 9, 0, 0, 0, time.UTC), func() { w.completes("not_possible") })
		return w
	})
}

// completes lets a colleague say how his task went.
func (w *world) completes(outcome string) {
	w.t.Helper()
	tasks, err := w.s.ListTasks(ctx(), w.ws.ID, storage.TaskFilter{Run: idBytes(w.runID)}, storage.PageAsk{Limit: 10})
	w.must(err)
	if len(tasks) != 1 {
		w.t.Fatalf("%d tasks are open, want 1", len(tasks))
	}
	_, err = w.s.CompleteTask(ctx(), w.ws.ID, tasks[0].ID, storage.TaskEnd{Outcome: outcome, By: "colleague", Now: w.now()})
	w.must(err)
	w.route()
}

// gifted is somebody whose eighth day with an order has just come.
func gifted(t *testing.T) *world {
	w := shop(t, "surprise-gift", time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC))
	w.says("bob", "identify", map[string]any{"email": "bob@example.com", "first_name": "Bob"})
	for i := range 7 {
		w.orders("bob", fmt.Sprintf("old-%d", i), time.Date(2026, 1, 1+i, 12, 0, 0, 0, time.UTC))
	}
	refresh := &activities.Audiences{Store: w.s, Dates: w.s, Now: w.now}
	for _, order := range []string{"", "eighth"} {
		if order != "" {
			w.orders("bob", order, w.now())
		}
		_, err := refresh.RefreshAudiences(ctx())
		w.must(err)
	}
	w.dispatch()
	return w
}

func TestASurpriseGift(t *testing.T) {
	tell(t, told{Visits: []string{"gift#1:sent@Jun 5 10:00", "given#1:next@Jun 5 10:00"}, Outcome: "given"}, func(t *testing.T) *world {
		w := gifted(t)
		w.plan(time.Date(2026, 6, 5, 10, 0, 0, 0, time.UTC), func() { w.completes("sent") })
		return w
	})
}

func TestAGiftThatNobodyPacks(t *testing.T) {
	tell(t, told{Visits: []string{"gift#1:timeout@Jun 10 12:00", "not_possible#1:next@Jun 10 12:00"}, Outcome: "not_possible"}, gifted)
}
