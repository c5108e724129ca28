package workflows_test

import (
	"testing"
	"time"

	"sojourn/ids"
	"sojourn/storage"
)

func basket(t *testing.T) *world {
	w := shop(t, "abandoned-basket", time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC))
	w.joins("bob", map[string]any{"email": "bob@example.com", "locale": "nl"})
	w.says("bob", "Product Added", map[string]any{"sku": "lp-1"})
	return w
}

func TestABasketThatIsForgotten(t *testing.T) {
	tell(t, told{
		Visits: []string{"thinking#1:timeout@Jun 3 15:00", "reminder#1:sent@Jun 3 15:00", "three_days#1:timeout@Jun 6 15:00", "last_word#1:sent@Jun 6 15:00", "left_behind#1:next@Jun 6 15:00"},
		Sent:   []string{"reminder#1", "last_word#1"}, Outcome: "left_behind",
	}, basket)
}

func TestABasketThatIsBought(t *testing.T) {
	tell(t, told{Visits: []string{"thinking#1:(ended)@Jun 3 13:00"}, Outcome: "goal"}, func(t *testing.T) *world {
		w := basket(t)
		w.plan(time.Date(2026, 6, 3, 13, 0, 0, 0, time.UTC), func() { w.orders("bob", "o-1", w.now()) })
		return w
	})
}

// The confirmation of an order needs no permission to advertise.
func TestOrderConfirmation(t *testing.T) {
	tell(t, told{Visits: []string{"confirm#1:sent@Jun 3 12:00", "confirmed#1:next@Jun 3 12:00"}, Sent: []string{"confirm#1"}, Outcome: "confirmed"}, func(t *testing.T) *world {
		w := shop(t, "order-confirmation", time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC))
		w.says("bob", "identify", map[string]any{"email": "bob@example.com", "locale": "nl"})
		w.orders("bob", "o-1", w.now())
		return w
	})
}

// booked is a hotel with one booking, three weeks ahead.
func booked(t *testing.T) *world {
	w := shop(t, "pre-post-stay", time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))
	w.says("eva", "identify", map[string]any{"email": "eva@example.com", "locale": "en", "timezone": "America/New_York"})
	w.stay("eva", "b1", "booked", "2026-06-22", "2026-06-24")
	w.enterDates()
	return w
}

func (w *world) stay(user, key, status, start, end string) {
	w.t.Helper()
	w.says(user, "Object Changed", map[string]any{"object_type": "booking", "object_key": key, "status": status, "dates": map[string]any{"start": start, "end": end}})
}

// The stay is moved nine days earlier while the first wait sleeps: one letter before, one after, in the hotel's time.
func TestAStayThatIsMoved(t *testing.T) {
	tell(t, told{
		Visits: []string{"week_before#1:next@Jun 6 08:00", "not_there_yet#1:otherwise@Jun 6 08:00", "before#1:sent@Jun 6 08:00", "day_after#1:next@Jun 16 09:00", "came#1:otherwise@Jun 16 09:00", "after#1:sent@Jun 16 09:00", "done#1:next@Jun 16 09:00"},
		Sent:   []string{"before#1", "after#1"}, Outcome: "done",
	}, func(t *testing.T) *world {
		w := booked(t)
		w.plan(time.Date(2026, 6, 3, 9, 0, 0, 0, time.UTC), func() { w.stay("eva", "b1", "changed", "2026-06-13", "2026-06-15") })
		return w
	})
}

func TestAStayThatIsCancelled(t *testing.T) {
	tell(t, told{Visits: []string{"week_before#1:(ended)@Jun 3 09:00"}, Outcome: "cancelled"}, func(t *testing.T) *world {
		w := booked(t)
		w.plan(time.Date(2026, 6, 3, 9, 0, 0, 0, time.UTC), func() { w.stay("eva", "b1", "cancelled", "2026-06-22", "2026-06-24") })
		return w
	})
}

func TestNoQuestionAfterANoShow(t *testing.T) {
	tell(t, told{
		Visits: []string{"week_before#1:next@Jun 15 08:00", "not_there_yet#1:otherwise@Jun 15 08:00", "before#1:sent@Jun 15 08:00", "day_after#1:next@Jun 25 09:00", "came#1:no_show@Jun 25 09:00", "no_show#1:next@Jun 25 09:00"},
		Sent:   []string{"before#1"}, Outcome: "no_show",
	}, func(t *testing.T) *world {
		w := booked(t)
		w.plan(time.Date(2026, 6, 23, 9, 0, 0, 0, time.UTC), func() { w.stay("eva", "b1", "no_show", "2026-06-22", "2026-06-24") })
		return w
	})
}

func TestBirthdayOfSomebodyBornOnALeapDay(t *testing.T) {
	tell(t, told{
		Visits: []string{"how_loyal#1:otherwise@Feb 21 09:00", "ahead#1:sent@Feb 21 09:00", "the_day#1:next@Feb 28 08:00", "congratulate#1:sent@Feb 28 08:00", "done#1:next@Feb 28 08:00"},
		Sent:   []string{"ahead#1", "congratulate#1"}, Outcome: "congratulated",
	}, func(t *testing.T) *world {
		w := shop(t, "birthday", time.Date(2026, 2, 21, 9, 0, 0, 0, time.UTC)) // ten in Amsterdam, a week before 28 February
		w.joins("leo", map[string]any{"email": "leo@example.com", "locale": "nl", "birthday": "1992-02-29"})
		w.enters("leo")
		return w
	})
}

func TestReplenishmentEndsWithAnOrder(t *testing.T) {
	tell(t, told{Visits: []string{"morning#1:next@Jun 4 08:00", "running_low#1:sent@Jun 4 08:00", "two_weeks#1:(ended)@Jun 8 10:00"}, Sent: []string{"running_low#1"}, Outcome: "goal"}, func(t *testing.T) *world {
		w := shop(t, "replenishment", time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC))
		w.joins("bob", map[string]any{"email": "bob@example.com", "locale": "nl"})
		w.enters("bob")
		w.plan(time.Date(2026, 6, 8, 10, 0, 0, 0, time.UTC), func() { w.orders("bob", "o-1", w.now()) })
		return w
	})
}

// The others say one thing and end.
func TestOneLetterAndNoMore(t *testing.T) {
	for name, c := range map[string]struct {
		visits []string
		sent   string
		label  string
	}{
		"anniversary":    {[]string{"thanks#1:sent@Jun 3 12:00", "done#1:next@Jun 3 12:00"}, "thanks#1", "thanked"},
		"newsletter":     {[]string{"letter#1:sent@Jun 3 12:00", "done#1:next@Jun 3 12:00"}, "letter#1", "done"},
		"end-of-life":    {[]string{"help#1:sent@Jun 3 12:00", "looking#1:next@Aug 2 12:00", "done#1:next@Aug 2 12:00"}, "help#1", "told"},
		"holiday-thanks": {[]string{"morning#1:next@Jun 4 08:00", "thanks#1:sent@Jun 4 08:00", "done#1:next@Jun 4 08:00"}, "thanks#1", "thanked"},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, told{Visits: c.visits, Sent: []string{c.sent}, Outcome: c.label}, func(t *testing.T) *world {
				w := shop(t, name, time.Date(2026, 6, 3, 12, 0, 0, 0, time.UTC))
				w.joins("bob", map[string]any{"email": "bob@example.com", "locale": "fr"})
				w.enters("bob")
				return w
			})
		})
	}
}

// enters lets somebody in as the scan of dates, the schedule or the refresh of the audience does.
func (w *world) enters(user string) {
	w.t.Helper()
	_, err := w.s.EnterRuns(ctx(), w.ws.ID, w.j.ID, []ids.ID{w.customer(user).ID}, storage.Cause{ID: w.s.NewID(), Kind: "audience"}, w.now())
	w.must(err)
	w.dispatch()
}
