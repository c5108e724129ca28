package workflows_test

import (
	"strings"
	"testing"
	"time"

	"sojourn/contract"
)

// keyedStay is a run per booking whose waits look at the booking's date.
const keyedStay = `
key: stay
name: Stay
purpose: marketing
timezone: Europe/Amsterdam
entry: {kind: event, event: Booked, key: booking, reentry: {rule: always}}
update: [{event: Booking Changed}]
exit: [{event: Booking Cancelled, label: cancelled}]
steps:
  - {id: week_before, kind: wait, wait: {date: {context: check_in, offset: -P7D, at: "10:00"}}, next: pre}
  - {id: pre, kind: send, send: {template: hi, channel: email}, next: after}
  - {id: after, kind: wait, wait: {date: {context: check_in, offset: P2D, at: "18:00", late: LATE}}, next: post}
  - {id: post, kind: send, send: {template: hi, channel: email}}
`

func booking(id, checkIn string) map[string]any {
	return map[string]any{"booking": id, "check_in": checkIn}
}

func staying(t *testing.T, late, checkIn string) *world {
	w := newWorld(t, monday, strings.Replace(keyedStay, "LATE", late, 1))
	w.says("ann", "Booked", booking("b-1", checkIn))
	return w
}

func TestABookingThatStays(t *testing.T) {
	tell(t, told{Visits: []string{
		"week_before#1:next@Jun 13 08:00", "pre#1:sent@Jun 13 08:00", "after#1:next@Jun 22 16:00", "post#1:sent@Jun 22 16:00",
	}, Sent: []string{"pre#1", "post#1"}, Outcome: "completed"}, func(t *testing.T) *world { return staying(t, "skip", "2026-06-20") })
}

func TestABookingThatMovesRearmsItsWait(t *testing.T) {
	tell(t, told{Visits: []string{
		"week_before#1:next@Jun 8 08:00", "pre#1:sent@Jun 8 08:00", "after#1:next@Jun 19 16:00", "post#1:sent@Jun 19 16:00",
	}, Sent: []string{"pre#1", "post#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := staying(t, "skip", "2026-06-24")
		w.plan(monday.Add(24*time.Hour), func() { w.says("ann", "Booking Changed", booking("b-1", "2026-06-15")) }) // nine days earlier
		w.plan(monday.Add(10*24*time.Hour), func() { w.says("ann", "Booking Changed", booking("b-1", "2026-06-17")) })
		return w
	})
}

func TestABookingMovedIntoThePastIsSkipped(t *testing.T) {
	tell(t, told{Visits: []string{
		"week_before#1:next@Jun 3 06:00", "pre#1:skipped@Jun 3 06:00", "after#1:next@Jun 7 16:00", "post#1:sent@Jun 7 16:00",
	}, Sent: []string{"post#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := staying(t, "skip", "2026-06-24")
		w.plan(monday.Add(48*time.Hour), func() { w.says("ann", "Booking Changed", booking("b-1", "2026-06-05")) })
		return w
	})
}

func TestALateBookingEntersAtTheRightStep(t *testing.T) {
	tell(t, told{Visits: []string{
		"week_before#1:next@Jun 1 06:00", "pre#1:skipped@Jun 1 06:00", "after#1:next@Jun 5 16:00", "post#1:sent@Jun 5 16:00",
	}, Sent: []string{"post#1"}, Outcome: "completed"}, func(t *testing.T) *world { return staying(t, "skip", "2026-06-03") })
}

func TestAStayThatIsOverSendsNoBurst(t *testing.T) {
	tell(t, told{Visits: []string{
		"week_before#1:next@Jun 1 06:00", "pre#1:skipped@Jun 1 06:00", "after#1:next@Jun 1 06:00", "post#1:skipped@Jun 1 06:00",
	}, Outcome: "completed"}, func(t *testing.T) *world { return staying(t, "skip", "2026-05-03") })
}

func TestAStayThatIsOverIsAskedAboutNowIfTheRuleSaysSo(t *testing.T) {
	tell(t, told{Visits: []string{
		"week_before#1:next@Jun 1 06:00", "pre#1:skipped@Jun 1 06:00", "after#1:next@Jun 1 06:00", "post#1:sent@Jun 1 06:00",
	}, Sent: []string{"post#1"}, Outcome: "completed"}, func(t *testing.T) *world { return staying(t, "now", "2026-05-03") })
}

func TestACancellationEndsThatRunOnly(t *testing.T) {
	tell(t, told{Visits: []string{"week_before#1:(ended)@Jun 4 06:00"}, Outcome: "cancelled"}, func(t *testing.T) *world {
		w := staying(t, "skip", "2026-06-24")
		w.plan(monday.Add(24*time.Hour), func() { // another booking, and changes of one that nobody made
			w.says("ann", "Booking Cancelled", booking("b-2", "2026-06-24"))
			w.says("ann", "Booking Changed", booking("b-3", "2026-06-24"))
			if len(w.starts) != 0 {
				t.Errorf("%d runs were started by a cancellation or a change", len(w.starts))
			}
		})
		w.plan(monday.Add(72*time.Hour), func() { w.says("ann", "Booking Cancelled", booking("b-1", "")) })
		return w
	})
}

// An operator holds one run over its moment, lets it go, and skips the next wait.
func TestHoldReleaseAndSkip(t *testing.T) {
	tell(t, told{Visits: []string{
		"week_before#1:next@Jun 14 06:00", "pre#1:sent@Jun 14 06:00", "after#1:next@Jun 15 06:00", "post#1:sent@Jun 15 06:00",
	}, Sent: []string{"pre#1", "post#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := staying(t, "skip", "2026-06-20")
		control := func(after time.Duration, c contract.ControlSignal) {
			w.plan(monday.Add(after), func() { w.signal(w.runID, contract.SignalControl, c) })
		}
		day := 24 * time.Hour
		control(10*day, contract.ControlSignal{Kind: contract.ControlHold, ID: "h"})
		control(13*day, contract.ControlSignal{Kind: contract.ControlRelease, ID: "r"})
		skip := contract.ControlSignal{Kind: contract.ControlSkipWait, ID: "s", Step: "after"}
		control(14*day, skip)
		control(14*day, skip) // delivered twice
		return w
	})
}
