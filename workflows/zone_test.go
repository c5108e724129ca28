package workflows_test

import (
	"strings"
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/storage"
)

const byTheClock = `
key: clock
name: By the clock
purpose: marketing
timezone: customer
entry: {kind: event, event: Signed Up}
steps:
  - {id: rest, kind: wait, wait: WAIT, next: mail}
  - {id: mail, kind: send, send: {template: hi, channel: email}}
`

// living lets somebody sign up in New York and rest by a wait of the document.
func living(t *testing.T, wait string) *world {
	w := newWorld(t, monday, strings.Replace(byTheClock, "WAIT", wait, 1))
	w.says("ann", "identify", map[string]any{"email": "ann@example.com", "timezone": "America/New_York"})
	w.says("ann", "Signed Up", nil)
	return w
}

func (w *world) movesTo(after time.Duration, zone string) {
	w.plan(monday.Add(after), func() { w.says("ann", "identify", map[string]any{"timezone": zone}) })
}

// Half past nine in Amsterdam comes six hours earlier than in New York: whoever moves there while he sleeps is woken then.
func TestAMoveEastwardsWakesEarlier(t *testing.T) {
	tell(t, told{Visits: []string{"rest#1:next@Jun 1 07:30", "mail#1:sent@Jun 1 07:30"}, Sent: []string{"mail#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := living(t, `{until: {time: "09:30"}}`)
		w.movesTo(time.Hour, "Europe/Amsterdam")
		return w
	})
}

func TestAMoveWestwardsWakesLater(t *testing.T) {
	tell(t, told{Visits: []string{"rest#1:next@Jun 1 16:30", "mail#1:sent@Jun 1 16:30"}, Sent: []string{"mail#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := living(t, `{until: {time: "09:30"}}`)
		w.movesTo(time.Hour, "America/Los_Angeles")
		return w
	})
}

// Over the date line: nine in the evening in Tokyo is outside the window, although it would have been inside when the wait
// began. Nothing goes out before it opens there.
func TestAWindowIsKeptWhereSomebodyMovesTo(t *testing.T) {
	tell(t, told{Visits: []string{"rest#1:next@Jun 2 00:00", "mail#1:sent@Jun 2 00:00"}, Sent: []string{"mail#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := living(t, `{window: {from: "09:00", to: "18:00", weekdays: [mon, tue, wed, thu, fri]}}`)
		w.movesTo(6*time.Hour, "Asia/Tokyo")
		return w
	})
}

// A pause that ends at night lets nobody out of a window that is shut.
func TestAWindowIsKeptAfterAPause(t *testing.T) {
	tell(t, told{Visits: []string{"rest#1:next@Jun 2 13:00", "mail#1:sent@Jun 2 13:00"}, Sent: []string{"mail#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := living(t, `{window: {from: "09:00", to: "18:00", weekdays: [mon, tue, wed, thu, fri]}}`)
		w.plan(monday.Add(time.Hour), func() { w.must(w.s.PauseJourney(ctx(), w.ws.ID, w.j.ID, w.now())) })
		w.plan(monday.Add(20*time.Hour), func() {
			w.must(w.s.ResumeJourney(ctx(), w.ws.ID, w.j.ID, storage.PauseCounts, w.now()))
			w.dispatch()
		})
		return w
	})
}

// The best hour is one where the customer lives; one that is over when he moves is tomorrow's.
func TestTheBestHourMovesAlong(t *testing.T) {
	tell(t, told{Visits: []string{"rest#1:next@Jun 2 08:00", "mail#1:sent@Jun 2 08:00"}, Sent: []string{"mail#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := living(t, `{best_hour: {default: "10:00"}}`)
		w.movesTo(5*time.Hour, "Europe/Amsterdam") // 13:00 there: ten o'clock has been
		return w
	})
}

// A message that rests until the night is over asks again when it is day where its customer is now.
func TestADeferredMessageHearsOfTheMove(t *testing.T) {
	tell(t, told{Visits: []string{"rest#1:next@Jun 1 07:00", "mail#1:sent@Jun 1 08:00"}, Sent: []string{"mail#1"}, Outcome: "completed"}, func(t *testing.T) *world {
		w := living(t, `{for: PT1H}`)
		w.mail.answers["mail"] = []contract.SendResult{{State: contract.SendDeferred, Reason: "quiet_hours", At: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}}
		w.movesTo(2*time.Hour, "Europe/Amsterdam")
		return w
	})
}

// Who waits by no clock of the customer's is not disturbed, and a zone that is told again, or is none, moves nothing.
func TestAMoveConcernsNobodyElse(t *testing.T) {
	t.Parallel()
	for timezone, want := range map[string]int{"Europe/Paris": 0, "customer": 1} {
		w := newWorld(t, monday, strings.NewReplacer("WAIT", `{until: {time: "09:30"}}`, "timezone: customer", "timezone: "+timezone, "kind: send, send: {template: hi, channel: email}", "kind: exit, exit: {label: done}").Replace(byTheClock))
		told := 0
		w.says("ann", "identify", map[string]any{"timezone": "America/New_York"})
		w.says("ann", "Signed Up", nil)
		w.signal = func(_, name string, payload any) {
			if c, ok := payload.(contract.ControlSignal); ok && name == contract.SignalControl && c.Kind == contract.ControlRetry && c.Step == "" {
				told++
			}
		}
		for _, zone := range []string{"America/New_York", "Nowhere/Land", "Asia/Tokyo"} {
			w.says("ann", "identify", map[string]any{"timezone": zone})
		}
		if told != want {
			t.Errorf("%s: told %d times, want %d", timezone, told, want)
		}
	}
}
