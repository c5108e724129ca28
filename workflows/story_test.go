package workflows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sojourn/contract"
	"sojourn/models"
	"sojourn/storage"
)

// told is what a story comes to, and what must not depend on how often the workflow continues as new.
type told struct {
	Visits  []string
	Sent    []string
	Outcome string
}

// tell runs a story without and with forced continue-as-new; every time it must come to the same.
func tell(t *testing.T, want told, story func(t *testing.T) *world) {
	t.Helper()
	t.Parallel()
	for _, every := range []int{0, 1, 2, 3, 5, 7} {
		t.Run(fmt.Sprintf("continue as new every %d", every), func(t *testing.T) {
			t.Parallel()
			w := story(t)
			if err := w.walk(every); err != nil {
				t.Fatal(err)
			}
			r := w.run(w.runID)
			if r.State != models.RunEnded {
				t.Errorf("the run is %s", r.State)
			}
			if d := cmp.Diff(want, told{w.visits(w.runID), w.sent(), r.Outcome}); d != "" {
				t.Errorf("the story (-want +got):\n%s", d)
			}
		})
	}
}

var monday = time.Date(2026, 6, 1, 6, 0, 0, 0, time.UTC) // 08:00 in Amsterdam

const onlySend = `
key: hello
name: Hello
purpose: marketing
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
exit: [{event: Left}]
steps:
  - {id: mail, kind: send, send: {template: hi, channel: email}}
`

func TestARunThatOnlySends(t *testing.T) {
	tell(t, told{Visits: []string{"mail#1:sent@Jun 1 06:00"}, Sent: []string{"mail#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := newWorld(t, monday, onlySend)
		w.says("ann", "Signed Up", nil)
		return w
	})
}

const answer = `
key: nurture
name: Nurture
purpose: marketing
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
exit: [{event: Left, label: gone}]
update: [{event: Plan Changed}]
goal: {event: Order Completed}
steps:
  - {id: morning, kind: wait, wait: {for: P1D, until: {time: "09:30"}}, next: hello}
  - {id: hello, kind: send, send: {template: hi, channel: email}, next: mark}
  - {id: mark, kind: update, update: {set: {greeted: true}}, next: look}
  - id: look
    kind: wait_for
    wait_for:
      timeout: P3D
      since: message
      timeout_next: again
      events:
        - {event: Page Viewed, name: read, where: {property: seconds, op: gte, value: 20}, next: plan}
  - id: plan
    kind: branch
    branch: {score: true, cases: [{name: gold, when: {attribute: attributes.plan, op: eq, value: gold}, next: vip}], otherwise: again}
  - {id: again, kind: wait, wait: {for: PT12H}, next: hello}
  - {id: vip, kind: exit, exit: {label: vip}}
`

func TestAnAnswerEndsAWait(t *testing.T) {
	tell(t, told{
		Visits: []string{"morning#1:next@Jun 2 07:30", "hello#1:sent@Jun 2 07:30", "mark#1:next@Jun 2 07:30",
			"look#1:timeout@Jun 5 07:30", "again#1:next@Jun 5 19:30", "hello#2:sent@Jun 5 19:30", "mark#2:next@Jun 5 19:30",
			"look#2:read@Jun 6 06:02", "plan#1:gold@Jun 6 06:02", "vip#1:next@Jun 6 06:02"},
		Sent: []string{"hello#1", "hello#2"}, Outcome: "vip",
	}, func(t *testing.T) *world {
		w := newWorld(t, monday, answer)
		w.says("ann", "Signed Up", nil)
		w.plan(monday.Add(120*time.Hour), func() { w.says("ann", "Page Viewed", map[string]any{"seconds": 5}) })
		w.plan(monday.Add(120*time.Hour+time.Minute), func() { w.says("ann", "identify", map[string]any{"plan": "gold"}) })
		w.plan(monday.Add(120*time.Hour+2*time.Minute), func() { w.says("ann", "Page Viewed", map[string]any{"seconds": 25}) })
		return w
	})
}

func TestAnEventBeforeTheWaitIsNotLost(t *testing.T) {
	tell(t, told{
		Visits: []string{"morning#1:next@Jun 2 07:30", "hello#1:sent@Jun 2 07:31", "mark#1:next@Jun 2 07:31", "look#1:read@Jun 2 07:31", "plan#1:otherwise@Jun 2 07:31",
			"again#1:(ended)@Jun 2 09:00"},
		Sent: []string{"hello#1"}, Outcome: "gone",
	}, func(t *testing.T) *world {
		w := newWorld(t, monday, answer)
		w.says("ann", "Signed Up", nil)
		// The mail is deferred for a minute, and somebody clicks while it still is: "since message" begins with the mail, so
		// this does not count; the view just after it does, although the wait is armed later.
		w.mail.answers["hello"] = []contract.SendResult{{State: contract.SendDeferred, At: time.Date(2026, 6, 2, 7, 31, 0, 0, time.UTC)}}
		w.plan(time.Date(2026, 6, 2, 7, 30, 30, 0, time.UTC), func() { w.says("ann", "Page Viewed", map[string]any{"seconds": 60}) })
		w.mail.after = map[string]func(){"hello#1": func() { w.says("ann", "Page Viewed", map[string]any{"seconds": 60}) }}
		w.plan(time.Date(2026, 6, 2, 9, 0, 0, 0, time.UTC), func() { w.says("ann", "Left", nil) })
		return w
	})
}

func TestTheGoalEndsTheRun(t *testing.T) {
	tell(t, told{
		Visits: []string{"morning#1:next@Jun 2 07:30", "hello#1:sent@Jun 2 07:30", "mark#1:next@Jun 2 07:30", "look#1:(ended)@Jun 3 06:00"},
		Sent:   []string{"hello#1"}, Outcome: "goal",
	}, func(t *testing.T) *world {
		w := newWorld(t, monday, answer)
		w.says("ann", "Signed Up", nil)
		w.plan(monday.Add(48*time.Hour), func() {
			w.says("ann", "Order Completed", map[string]any{"order_id": "1", "total": 12.5, "currency": "EUR"})
		})
		return w
	})
}

func TestAPausedJourneyHoldsWhoWakesAndGoesOn(t *testing.T) {
	tell(t, told{
		Visits: []string{"morning#1:next@Jun 4 06:00", "hello#1:sent@Jun 4 06:00", "mark#1:next@Jun 4 06:00", "look#1:(ended)@Jun 5 06:00"},
		Sent:   []string{"hello#1"}, Outcome: "gone",
	}, func(t *testing.T) *world {
		w := newWorld(t, monday, answer)
		w.says("ann", "Signed Up", nil)
		w.plan(monday.Add(time.Hour), func() { w.must(w.s.PauseJourney(ctx(), w.ws.ID, w.j.ID, w.now())) })
		w.plan(monday.Add(72*time.Hour), func() {
			w.must(w.s.ResumeJourney(ctx(), w.ws.ID, w.j.ID, storage.PauseCounts, w.now()))
			w.dispatch()
		})
		w.plan(monday.Add(96*time.Hour), func() { w.says("ann", "Left", nil) })
		return w
	})
}

const eager = `
key: eager
name: Eager
purpose: marketing
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
steps:
  - {id: mark, kind: update, update: {set: {greeted: true}}, next: reward}
  - {id: reward, kind: reward, reward: {kind: points, amount: 5}, next: later}
  - {id: later, kind: wait, wait: {for: PT1H}}
`

// Who enters while the journey is paused does not act before it goes on, without any wait in between; neither does who is
// between two steps when it is paused.
func TestWhoIsAwakeHearsOfAPause(t *testing.T) {
	tell(t, told{Visits: []string{"mark#1:next@Jun 4 06:00", "reward#1:ok@Jun 5 06:00", "later#1:next@Jun 5 07:00"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := newWorld(t, monday, eager)
		w.must(w.s.PauseJourney(ctx(), w.ws.ID, w.j.ID, w.now()))
		w.says("ann", "Signed Up", nil)
		resume := func() {
			w.must(w.s.ResumeJourney(ctx(), w.ws.ID, w.j.ID, storage.PauseCounts, w.now()))
			w.dispatch()
		}
		w.plan(monday.Add(71*time.Hour), func() {
			if got := string(w.customer("ann").Attributes); strings.Contains(got, "greeted") {
				t.Errorf("in the middle of the pause the customer has %s", got)
			}
		})
		w.plan(monday.Add(72*time.Hour), resume)
		w.before = map[string]func(){"reward": func() { w.must(w.s.PauseJourney(ctx(), w.ws.ID, w.j.ID, w.now())) }}
		w.plan(monday.Add(96*time.Hour), resume)
		return w
	})
}

func TestAPauseThatStopsTheClock(t *testing.T) {
	tell(t, told{
		Visits: []string{"morning#1:next@Jun 3 07:30", "hello#1:sent@Jun 3 07:30", "mark#1:next@Jun 3 07:30", "look#1:(ended)@Jun 5 06:00"},
		Sent:   []string{"hello#1"}, Outcome: "gone",
	}, func(t *testing.T) *world {
		w := newWorld(t, monday, answer)
		w.says("ann", "Signed Up", nil)
		w.plan(monday.Add(time.Hour), func() { w.must(w.s.PauseJourney(ctx(), w.ws.ID, w.j.ID, w.now())) })
		// It is over before the run wakes: nobody signals it, it reads the pause when it wakes.
		w.plan(monday.Add(25*time.Hour), func() {
			w.must(w.s.ResumeJourney(ctx(), w.ws.ID, w.j.ID, storage.PauseStopped, w.now()))
			w.dispatch()
		})
		w.plan(monday.Add(96*time.Hour), func() { w.says("ann", "Left", nil) })
		return w
	})
}

func TestAPauseThatSkipsWhatBecameDue(t *testing.T) {
	tell(t, told{
		Visits: []string{"morning#1:next@Jun 4 06:00", "hello#1:skipped@Jun 4 06:00", "mark#1:next@Jun 4 06:00", "look#1:(ended)@Jun 5 06:00"},
		Sent:   nil, Outcome: "gone",
	}, func(t *testing.T) *world {
		w := newWorld(t, monday, answer)
		w.says("ann", "Signed Up", nil)
		w.plan(monday.Add(time.Hour), func() { w.must(w.s.PauseJourney(ctx(), w.ws.ID, w.j.ID, w.now())) })
		w.plan(monday.Add(72*time.Hour), func() {
			w.must(w.s.ResumeJourney(ctx(), w.ws.ID, w.j.ID, storage.PauseSkips, w.now()))
			w.dispatch()
		})
		w.plan(monday.Add(96*time.Hour), func() { w.says("ann", "Left", nil) })
		return w
	})
}

// A message that quiet hours had put off into the pause is skipped with the rest; one that is due after it is not.
func TestAPauseThatSkipsWhatWasDeferredIntoIt(t *testing.T) {
	for name, c := range map[string]struct {
		until time.Duration
		want  string
		sent  []string
	}{
		"due in the pause":    {48 * time.Hour, "hello#1:skipped@Jun 4 06:00", nil},
		"due after the pause": {73 * time.Hour, "hello#1:sent@Jun 4 07:00", []string{"hello#1"}},
	} {
		t.Run(name, func(t *testing.T) {
			mark := "mark#1:next@" + c.want[len(c.want)-len("Jun 4 06:00"):]
			tell(t, told{Visits: []string{"morning#1:next@Jun 2 07:30", c.want, mark, "look#1:(ended)@Jun 5 06:00"}, Sent: c.sent, Outcome: "gone"}, func(t *testing.T) *world {
				w := newWorld(t, monday, answer)
				w.mail.answers["hello"] = []contract.SendResult{{State: contract.SendDeferred, At: monday.Add(c.until)}}
				w.says("ann", "Signed Up", nil)
				w.plan(monday.Add(36*time.Hour), func() { w.must(w.s.PauseJourney(ctx(), w.ws.ID, w.j.ID, w.now())) })
				w.plan(monday.Add(72*time.Hour), func() {
					w.must(w.s.ResumeJourney(ctx(), w.ws.ID, w.j.ID, storage.PauseSkips, w.now()))
					w.dispatch()
				})
				w.plan(monday.Add(96*time.Hour), func() { w.says("ann", "Left", nil) })
				return w
			})
		})
	}
}

func TestAStoppedJourneyEndsWhoWakes(t *testing.T) {
	tell(t, told{Visits: []string{"morning#1:(ended)@Jun 2 07:30"}, Outcome: "stopped"}, func(t *testing.T) *world {
		w := newWorld(t, monday, answer)
		w.says("ann", "Signed Up", nil)
		w.plan(monday.Add(time.Hour), func() { w.must(w.s.StopJourney(ctx(), w.ws.ID, w.j.ID, w.now())) })
		return w
	})
}

func TestSendsThatDoNotGoAtOnce(t *testing.T) {
	tell(t, told{
		Visits: []string{"morning#1:next@Jun 2 07:30", "hello#1:sent@Jun 2 20:01", "mark#1:next@Jun 2 20:01", "look#1:(ended)@Jun 5 06:00"},
		Sent:   []string{"hello#1"}, Outcome: "gone",
	}, func(t *testing.T) *world {
		w := newWorld(t, monday, answer)
		w.says("ann", "Signed Up", nil)
		w.mail.answers["hello"] = []contract.SendResult{
			{State: contract.SendNotNow}, // no connection at hand: by the queue
			{State: contract.SendDeferred, Reason: "quiet_hours", At: time.Date(2026, 6, 2, 20, 0, 0, 0, time.UTC)},
			{State: contract.SendRetry}, // no time named: in a minute
		}
		w.plan(monday.Add(96*time.Hour), func() { w.says("ann", "Left", nil) })
		return w
	})
}

func TestAHeldOutCustomerWalksWithoutEffect(t *testing.T) {
	tell(t, told{
		Visits: []string{"morning#1:next@Jun 2 07:30", "hello#1:skipped@Jun 2 07:30", "mark#1:next@Jun 2 07:30", "look#1:(ended)@Jun 5 06:00"},
		Sent:   nil, Outcome: "gone",
	}, func(t *testing.T) *world {
		w := newWorld(t, monday, answer)
		w.says("ann", "Signed Up", nil)
		w.starts[0].Control = true
		w.plan(monday.Add(48*time.Hour), func() {
			if got := string(w.customer("ann").Attributes); got != "{}" {
				w.t.Errorf("a held-out customer was changed: %s", got)
			}
		})
		w.plan(monday.Add(96*time.Hour), func() { w.says("ann", "Left", nil) })
		return w
	})
}

const stay = `
key: stay
name: Stay
purpose: marketing
entry: {kind: event, event: Booked, key: booking_id, reentry: {rule: always}}
exit: [{event: Cancelled}]
update: [{event: Booking Changed}]
steps:
  - {id: nap, kind: wait, wait: {for: P1D}, next: room}
  - id: room
    kind: branch
    branch: {cases: [{name: suite, when: {context: room, op: eq, value: suite}, next: suite}]}
    next: plain
  - {id: suite, kind: exit, exit: {label: suite}}
  - {id: plain, kind: exit, exit: {label: plain}}
`

func TestARunKnowsTheDataItWasEnteredWith(t *testing.T) {
	tell(t, told{Visits: []string{"nap#1:next@Jun 2 06:00", "room#1:suite@Jun 2 06:00", "suite#1:next@Jun 2 06:00"}, Outcome: "suite"}, func(t *testing.T) *world {
		w := newWorld(t, monday, stay)
		w.says("ann", "Booked", map[string]any{"booking_id": "b1", "room": "suite"})
		return w
	})
}

func TestEachBookingHasItsOwnRunAndItsOwnData(t *testing.T) {
	tell(t, told{Visits: []string{"nap#1:next@Jun 2 06:00", "room#1:otherwise@Jun 2 06:00", "plain#1:next@Jun 2 06:00"}, Outcome: "plain"}, func(t *testing.T) *world {
		w := newWorld(t, monday, stay)
		w.says("ann", "Booked", map[string]any{"booking_id": "b1", "room": "suite"})
		// Another booking is cancelled, this one is changed, a third is changed to a suite.
		w.plan(monday.Add(time.Hour), func() { w.says("ann", "Cancelled", map[string]any{"booking_id": "b2"}) })
		w.plan(monday.Add(2*time.Hour), func() { w.says("ann", "Booking Changed", map[string]any{"booking_id": "b1", "room": "attic"}) })
		w.plan(monday.Add(3*time.Hour), func() { w.says("ann", "Booking Changed", map[string]any{"booking_id": "b3", "room": "suite"}) })
		return w
	})
}
