package workflows_test

import (
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"sojourn/contract"
	"sojourn/journey"
)

const counting = `
key: counting
name: Counting
purpose: marketing
entry: {kind: event, event: Signed Up}
steps:
  - {id: look, kind: wait_for, wait_for: {timeout: P1D, since: run, timeout_next: end, events: [{event: Page Viewed, next: nod}]}}
  - {id: nod, kind: update, update: {set: {looked: true}}, next: look}
  - {id: end, kind: exit, exit: {label: counted}}
`

// A loop that looks back over the whole run takes each event once, also when there are more of them than a run remembers,
// and all of them occurred in the same moment.
const acceptedBefore = `
key: accepted
name: Accepted a while ago
purpose: marketing
entry: {kind: event, event: Signed Up}
steps:
  - {id: nap, kind: wait, wait: {for: PT1M}, next: mail}
  - {id: mail, kind: send, send: {template: hi, channel: email}, next: look}
  - {id: look, kind: wait_for, wait_for: {events: [{event: Replied, next: thanks}], timeout: P1D, since: message}}
  - {id: thanks, kind: exit, exit: {label: replied}}
`

// A message was accepted twenty seconds before its run heard of that; who answered in between has answered the message.
func TestAnAnswerBeforeTheRunKnowsOfItsMessage(t *testing.T) {
	tell(t, told{Visits: []string{"nap#1:next@Jun 1 06:01", "mail#1:sent@Jun 1 06:01", "look#1:Replied@Jun 1 06:01", "thanks#1:next@Jun 1 06:01"}, Sent: []string{"mail#1"}, Outcome: "replied"}, func(t *testing.T) *world {
		w := newWorld(t, monday, acceptedBefore)
		w.says("ann", "Signed Up", nil)
		w.mail.answers["mail"] = []contract.SendResult{{State: contract.SendAccepted, At: monday.Add(40 * time.Second)}}
		w.mail.after = map[string]func(){"mail#1": func() { w.said("ann", "Replied", nil, monday.Add(50*time.Second)) }}
		return w
	})
}

func TestALongMemoryCountsNothingTwice(t *testing.T) {
	t.Parallel()
	const seen = journey.AppliedLimit + 60
	w := newWorld(t, monday, counting)
	w.says("ann", "Signed Up", nil)
	for i := range seen {
		w.said("ann", "Page Viewed", map[string]any{"n": i}, monday)
	}
	w.plan(monday.Add(time.Hour), func() { w.says("ann", "Page Viewed", nil) })
	if err := w.walk(3); err != nil {
		t.Fatal(err)
	}
	exits := map[string]int{}
	for _, v := range w.visits(w.runID) {
		_, exit, _ := strings.Cut(v, ":")
		exit, _, _ = strings.Cut(exit, "@")
		exits[exit]++
	}
	if exits["Page Viewed"] != seen+1 || exits["timeout"] != 1 || w.run(w.runID).Outcome != "counted" {
		t.Errorf("%v, outcome %s; want %d events", exits, w.run(w.runID).Outcome, seen+1)
	}
}

// What a run does in one workflow task is lost to its history when the task fails, which it does when a hundred signals come
// meanwhile: a run that finds many events begins a new task every few of them.
func TestARunThatFindsManyEventsWritesThemDownInTime(t *testing.T) {
	t.Parallel()
	const seen = 60
	w := newWorld(t, monday, counting)
	w.says("ann", "Signed Up", nil)
	for i := range seen {
		w.said("ann", "Page Viewed", map[string]any{"n": i}, monday)
	}
	tasks := 0
	w.watch = func(env *testsuite.TestWorkflowEnvironment) {
		env.SetOnTimerScheduledListener(func(_ string, d time.Duration) {
			if d <= time.Millisecond {
				tasks++
			}
		})
	}
	if err := w.walk(0); err != nil {
		t.Fatal(err)
	}
	if n := len(w.visits(w.runID)); n != 2*seen+2 {
		t.Errorf("%d steps were left, want %d", n, 2*seen+2)
	}
	if tasks != seen/16 {
		t.Errorf("%d tasks begun on the way, want one every 16 events", tasks)
	}
}

// A run that loops finds one event after the other and never comes to rest: it moves on to new histories all the same, on
// a real server, and counts each event once.
func TestABurstInALoopMovesToNewHistories(t *testing.T) {
	t.Parallel()
	const burst = 40
	l := goLive(t, counting, 5)
	l.says("ann", "Signed Up", nil)
	l.untilAt("look")
	l.rest()
	first := l.status()
	for range burst {
		l.said("ann", "Page Viewed", nil, time.Now())
	}
	l.work()
	counted := func() (n int) {
		l.must(l.s.SQL().QueryRow("SELECT COUNT(*) FROM step_visits WHERE run_id = ? AND step_id = 'nod'", idBytes(l.runID)).Scan(&n))
		return n
	}
	l.until("all are counted", func() bool { return counted() >= burst && !l.status().busy })
	if n := counted(); n != burst {
		t.Errorf("%d are counted, want %d", n, burst)
	}
	if s := l.status(); s.runID == first.runID || s.events > 150 {
		t.Errorf("the same history: %v, with %d events", s.runID == first.runID, s.events)
	}
}
