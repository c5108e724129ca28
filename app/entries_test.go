package app

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// edgeJourney lets in by an edge of an audience; whoever is in is out again at once.
const edgeJourney = `
key: KEY
name: KEY
purpose: marketing
entry: {kind: audience, EDGE, reentry: {rule: always}, condition: CONDITION}
steps:
  - {id: out, kind: exit, exit: {label: seen}}
`

// Edges through the product's own parts: events make people cross them, the refresh of the schedule sees it, the router
// starts the runs, the worker walks them. Present members enter when asked; leaving is an edge like entering; and time that
// passes carries people over an edge without any event.
func TestEdgesOfAudiences(t *testing.T) {
	t.Parallel()
	w := wire(t)
	ends := time.Now().Add(25 * time.Second)
	person := func(user, plan string) {
		w.says(user, "identify", map[string]any{"plan": plan, "trial_ends": ends.UTC().Format(time.RFC3339)})
		w.until(user+" is "+plan, func() bool {
			return len(w.list("SELECT 1 FROM customers WHERE external_id = ? AND json_extract(attributes, '$.plan') = ?", user, plan)) == 1
		})
	}
	person("ann", "gold")
	person("bob", "silver")
	const gold = `{attribute: attributes.plan, op: eq, value: gold}`
	const over, still = `{attribute: attributes.trial_ends, op: lt, value: {now: P0D}}`, `{attribute: attributes.trial_ends, op: gte, value: {now: P0D}}`
	journeys := map[string]models.Journey{}
	for key, parts := range map[string][2]string{
		"welcome": {"edge: enter, include_present: true", gold}, "upgrade": {"edge: enter", gold}, "sorry": {"edge: leave", gold},
		"lapsed": {"edge: enter", over}, "trial-left": {"edge: leave", still}, "lapsed-before": {"edge: enter, include_present: true", over},
	} {
		journeys[key] = w.publish(strings.NewReplacer("KEY", key, "EDGE", parts[0], "CONDITION", parts[1]).Replace(edgeJourney))
	}
	looks := 0
	expect := func(when string, want map[string]int) {
		t.Helper()
		for range 2 { // a second look finds nothing new
			looks++
			r, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: fmt.Sprint("look-", looks), TaskQueue: contract.QueueBulk}, contract.WorkflowRefresh)
			w.must(err)
			w.must(r.Get(t.Context(), nil))
		}
		w.until(when+": whoever entered is out", func() bool { return len(w.list("SELECT 1 FROM runs WHERE state = 'open'")) == 0 })
		for key, j := range journeys {
			if timed := want["lapsed"] == 0 && key != "welcome" && key != "upgrade" && key != "sorry"; timed && time.Now().After(ends) {
				continue // a busy machine: the moment has come before its turn
			}
			if got := len(w.list("SELECT id FROM runs WHERE journey_id = ? AND outcome = 'seen'", j.ID)); got != want[key] {
				t.Errorf("%s: %d runs of %s, want %d", when, got, key, want[key])
			}
		}
	}
	expect("at first", map[string]int{"welcome": 1})
	person("bob", "gold")
	person("ann", "silver")
	expect("bob rose and ann fell", map[string]int{"welcome": 2, "upgrade": 1, "sorry": 1})
	person("ann", "gold")
	expect("ann rose again", map[string]int{"welcome": 3, "upgrade": 2, "sorry": 1})
	events := len(w.list("SELECT 1 FROM events"))
	w.until("the trials are over", func() bool { return time.Now().After(ends.Add(time.Second)) })
	expect("time has passed", map[string]int{"welcome": 3, "upgrade": 2, "sorry": 1, "lapsed": 2, "trial-left": 2, "lapsed-before": 2})
	if n := len(w.list("SELECT 1 FROM events")); n != events {
		t.Errorf("%d events came meanwhile", n-events)
	}
}

// A call that is repeated, also many times at once, lets somebody in once: one run, one workflow.
func TestACallIsOneEntry(t *testing.T) {
	t.Parallel()
	w := wire(t)
	j := w.publish(followedJourney)
	w.says("ann", "identify", map[string]any{"plan": "gold"})
	w.until("ann is known", func() bool { return len(w.list("SELECT 1 FROM customers WHERE external_id = 'ann'")) == 1 })
	ann, err := w.s.CustomerByExternalID(t.Context(), w.ws, "ann")
	w.must(err)
	cause := storage.Cause{ID: storage.CauseID("call", "the-key"), Kind: storage.CauseAPI}
	var mu sync.Mutex
	fresh, runs := 0, map[ids.ID]bool{}
	var all sync.WaitGroup
	for range 25 {
		all.Go(func() {
			got, err := w.s.EnterJourney(t.Context(), w.ws, j.ID, []storage.EntryAsk{{Customer: ann, Data: map[string]any{"n": 1}, Cause: cause}}, time.Now())
			mu.Lock()
			defer mu.Unlock()
			if err != nil || len(got) != 1 || !got[0].Entered {
				t.Errorf("%+v, %v", got, err)
				return
			}
			if runs[got[0].Run] = true; !got[0].Again {
				fresh++
			}
		})
	}
	all.Wait()
	if fresh != 1 || len(runs) != 1 {
		t.Errorf("%d calls began a run, %d runs were named", fresh, len(runs))
	}
	w.until("the run sleeps", func() bool {
		return len(w.list("SELECT 1 FROM runs WHERE step_id = 'nap' AND wake_at IS NOT NULL")) == 1
	})
	w.want("SELECT COUNT(*) FROM runs", "1")
	w.want("SELECT COUNT(*) FROM run_contexts", "1")
}

// No schedule of ours makes up for more than a day: an outage of Temporal is never followed by a burst of what it missed.
func TestNoScheduleCatchesUpForLong(t *testing.T) {
	t.Parallel()
	w := wire(t)
	for key, catchUp := range map[string]string{"weekly": "", "short": ", catch_up: PT15M", "long": ", catch_up: PT12H"} {
		w.publish(strings.NewReplacer("KEY", key, "kind: audience, EDGE", `kind: schedule, cron: "0 9 * * 1"`+catchUp, "CONDITION", `{attribute: attributes.plan, op: exists}`).Replace(edgeJourney))
	}
	r, err := w.temporal.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "sync", TaskQueue: contract.QueueBulk}, contract.WorkflowRefresh)
	w.must(err)
	w.must(r.Get(t.Context(), nil))
	windows := map[string]time.Duration{}
	w.until("the schedules are listed", func() bool { // the list lags a little
		list, err := w.temporal.ScheduleClient().List(t.Context(), client.ScheduleListOptions{PageSize: 100})
		w.must(err)
		for list.HasNext() {
			e, err := list.Next()
			w.must(err)
			d, err := w.temporal.ScheduleClient().GetHandle(t.Context(), e.ID).Describe(t.Context())
			w.must(err)
			windows[e.ID] = d.Schedule.Policy.CatchupWindow
		}
		return len(windows) >= 9
	})
	for id, window := range windows {
		if window <= 0 || window > 24*time.Hour {
			t.Errorf("%s makes up for %s", id, window)
		}
	}
	var key string
	w.must(w.s.SQL().QueryRow("SELECT workspace_key FROM workspaces WHERE id = ?", w.ws).Scan(&key))
	for journey, want := range map[string]time.Duration{"weekly": time.Hour, "short": 15 * time.Minute, "long": 12 * time.Hour} {
		if got := windows[contract.JourneyScheduleID(key, journey)]; got != want {
			t.Errorf("%s makes up for %s, want %s", journey, got, want)
		}
	}
}
