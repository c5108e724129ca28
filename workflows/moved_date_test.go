package workflows_test

import (
	"testing"
	"time"
)

const congratulating = `
key: congratulate
name: Congratulate
purpose: marketing
timezone: Europe/Amsterdam
entry: {kind: event, event: Signed Up}
steps:
  - {id: the_day, kind: wait, wait: {date: {attribute: birthday, anniversary: true, at: "10:00", late: skip}}, next: card}
  - {id: card, kind: send, send: {template: hi, channel: email}, next: renewal}
  - {id: renewal, kind: wait, wait: {date: {attribute: attributes.renews_on, at: "09:00", late: now}}, next: letter}
  - {id: letter, kind: send, send: {template: hi, channel: email}}
`

// A date of the customer that is moved EARLIER while a wait for it sleeps is kept all the same, and one that is moved
// later does not go off early.
func TestADateOfTheCustomerIsMovedEarlier(t *testing.T) {
	tell(t, told{Visits: []string{
		"the_day#1:next@Jun 20 08:00", "card#1:sent@Jun 20 08:00", "renewal#1:next@Aug 1 07:00", "letter#1:sent@Aug 1 07:00",
	}, Sent: []string{"card#1", "letter#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := newWorld(t, monday, congratulating)
		w.says("ann", "identify", map[string]any{"birthday": "1990-11-02", "renews_on": "2026-09-15"})
		w.says("ann", "Signed Up", nil)
		day := 24 * time.Hour
		w.plan(monday.Add(3*day), func() { w.says("ann", "identify", map[string]any{"city": "Utrecht"}) }) // concerns nobody
		w.plan(monday.Add(5*day), func() { w.says("ann", "identify", map[string]any{"birthday": "1990-06-20"}) })
		w.plan(monday.Add(30*day), func() { w.says("ann", "identify", map[string]any{"renews_on": "2026-10-01"}) })
		w.plan(monday.Add(40*day), func() { w.says("ann", "identify", map[string]any{"renews_on": "2026-08-01"}) })
		return w
	})
}

const readying = `
key: readying
name: Ready for the stay
purpose: marketing
timezone: Europe/Amsterdam
entry: {kind: event, event: Object Created, key: booking_id, reentry: {rule: always}}
steps:
  - {id: day_before, kind: wait, wait: {date: {object: booking, field: start, offset: -P1D, at: "09:00", late: skip}}, next: ready}
  - {id: ready, kind: send, send: {template: hi, channel: email}}
`

// The object itself says that its date has moved, twice, earlier in the end.
func TestADateOfAnObjectIsMoved(t *testing.T) {
	tell(t, told{Visits: []string{"day_before#1:next@Jun 9 07:00", "ready#1:sent@Jun 9 07:00"}, Sent: []string{"ready#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := newWorld(t, monday, readying)
		w.says("eva", "identify", map[string]any{"email": "eva@example.com"})
		w.stay("eva", "b1", "booked", "2026-06-22", "2026-06-24")
		day := 24 * time.Hour
		w.plan(monday.Add(2*day), func() { w.stay("eva", "b1", "changed", "2026-07-22", "2026-07-24") })
		w.plan(monday.Add(3*day), func() { w.stay("eva", "b1", "changed", "2026-06-10", "2026-06-12") })
		w.plan(monday.Add(4*day), func() { w.stay("eva", "b2", "booked", "2026-06-08", "2026-06-09") }) // another one's run
		return w
	})
}
