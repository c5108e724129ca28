package storagetest

import (
	"context"
	"reflect"
	"strings"
	"time"

	"sojourn/audience"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

func routingEntry(w *routingWorld) {
	doc := eventJourney("entry", "Signed Up")
	doc.Entry.Where = &audience.Condition{And: []audience.Condition{
		{Property: "plan", Op: audience.Eq, Value: "gold"}, {Attribute: "country", Op: audience.Eq, Value: "NL"}, {Metric: "orders_count", Op: audience.Gte, Value: 1},
	}}
	doc.Control = &journey.Control{Percent: 40}
	j := w.publish(doc)
	w.identify(user("u1"), "country", "NL")
	w.track(user("u1"), "Signed Up", "plan", "gold") // no order yet
	w.track(user("u1"), "Order Completed", "order_id", "1", "total", 1)
	w.route()
	c := w.customer(user("u1"))
	if got := w.decision(c.ID, "entry"); got != "not_entered filtered" {
		w.Errorf("decision %q, want not_entered filtered", got)
	}
	event := w.track(user("u1"), "Signed Up", "plan", "gold")
	w.route()
	runs := w.runs(j.ID)
	if len(runs) != 1 {
		w.Fatalf("%d runs, want 1", len(runs))
	}
	run := runs[0]
	if run.State != models.RunOpen || run.VersionID != j.LiveVersionID || run.CustomerID != c.ID || run.EntryEventID != event || run.StepID != "hold" || run.ContextRevision != 1 {
		w.Errorf("run %+v", run)
	}
	if d := w.dispatches(run.ID); len(d) != 1 || d[0].Kind != storage.DispatchStart || d[0].EventID != event || d[0].Partition != run.Partition {
		w.Errorf("dispatches %+v; want one start", d)
	}
	var data map[string]any
	var row models.RunContext
	query(w, w.s, &row, "SELECT * FROM run_contexts WHERE run_id = ? AND revision = 1", run.ID)
	if err := row.Data.Into(&data); err != nil || data["plan"] != "gold" {
		w.Errorf("context %v, %v", data, err)
	}
	// A stopped journey lets nobody in, a paused one does; the control group is near its share and the same again.
	if err := w.s.PauseJourney(context.Background(), w.ws, j.ID, w.now); err != nil {
		w.Fatal(err)
	}
	for i := range 100 {
		by := user("many" + strings.Repeat("x", i))
		w.identify(by, "country", "NL")
		w.track(by, "Order Completed", "order_id", 100+i, "total", 1)
		w.track(by, "Signed Up", "plan", "gold")
	}
	w.route()
	var held int
	query(w, w.s, &held, "SELECT COUNT(*) FROM runs WHERE journey_id = ? AND control = 1", j.ID)
	w.count(101, "runs after a hundred came during the pause", "SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID)
	if held < 20 || held > 60 { // four standard deviations
		w.Errorf("%d of 101 held out, want about 40", held)
	}
	if err := w.s.StopJourney(context.Background(), w.ws, j.ID, w.now); err != nil {
		w.Fatal(err)
	}
	w.identify(user("u2"), "country", "NL")
	w.track(user("u2"), "Order Completed", "order_id", "2", "total", 1)
	w.track(user("u2"), "Signed Up", "plan", "gold")
	w.route()
	w.count(101, "runs after the stop", "SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID)
}

func routingReentry(w *routingWorld) {
	for _, c := range []struct {
		rule      journey.Reentry
		again     string // decision on coming back at once, with the first run over
		afterDays int    // after so many days the next entry is allowed; 0 = never
	}{
		{journey.Reentry{}, "not_entered reentry_once", 0},
		{journey.Reentry{Rule: "once"}, "not_entered reentry_once", 0},
		{journey.Reentry{Rule: "always"}, "entered event", 1},
		{journey.Reentry{Rule: "after", After: "P90D"}, "not_entered reentry_after", 90},
	} {
		name := "rule-" + c.rule.Rule + c.rule.After
		doc := eventJourney(strings.ToLower(name), "Came "+name)
		doc.Entry.Reentry = c.rule
		j := w.publish(doc)
		by := user("of " + name)
		w.track(by, "Came "+name)
		w.track(by, "Came "+name)
		w.route()
		customer := w.customer(by)
		if got := w.decision(customer.ID, "entry"); got != "not_entered open_run" {
			w.Errorf("%s: came while a run is open: %q", name, got)
		}
		w.end(w.runs(j.ID)[0].ID)
		w.now = w.now.Add(time.Minute)
		w.track(by, "Came "+name)
		w.route()
		if got := w.decision(customer.ID, "entry"); got != c.again {
			w.Errorf("%s: came back: %q, want %q", name, got, c.again)
		}
		for _, r := range w.runs(j.ID) {
			w.end(r.ID)
		}
		w.now = w.now.AddDate(0, 0, max(c.afterDays, 400))
		w.track(by, "Came "+name)
		w.route()
		want := "entered event"
		if c.afterDays == 0 {
			want = c.again
		}
		if got := w.decision(customer.ID, "entry"); got != want {
			w.Errorf("%s: came back much later: %q, want %q", name, got, want)
		}
	}
}

func routingSignals(w *routingWorld) {
	doc := eventJourney("signals", "Signed Up")
	doc.Exit = []journey.ExitRule{
		{Event: "Left", Where: &audience.Condition{Property: "for", Op: audience.Eq, Value: "good"}, Label: "left"},
		{Event: "Banned", Label: "banned"},
	}
	doc.Update = []journey.Trigger{{Event: "Changed"}}
	doc.Steps = append(doc.Steps, journey.Step{ID: "listen", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{Timeout: "P1D", Events: []journey.Await{{Trigger: journey.Trigger{Event: "Clicked"}}}}})
	j := w.publish(doc)
	w.track(user("u1"), "Signed Up", "room", "12", "nights", 2)
	w.track(user("u2"), "Clicked") // nobody's run
	w.track(user("u1"), "Left", "for", "a day")
	w.track(user("u1"), "Unheard")
	clicked := w.track(user("u1"), "Clicked")
	changed := w.track(user("u1"), "Changed", "nights", 3, "room", nil, "late", true)
	banned := w.track(user("u1"), "Banned")
	w.route()
	run := w.runs(j.ID)[0]
	type signal struct {
		event          ids.ID
		revision, exit int
	}
	var got []signal
	for _, d := range w.dispatches(run.ID)[1:] {
		if d.Kind != storage.DispatchEvent {
			w.Errorf("dispatch %+v", d)
		}
		got = append(got, signal{d.EventID, d.Revision, d.Exit})
	}
	if want := []signal{{clicked, 0, 0}, {changed, 2, 0}, {banned, 0, 2}}; !reflect.DeepEqual(got, want) {
		w.Errorf("signals %v, want %v", got, want)
	}
	var row models.RunContext
	query(w, w.s, &row, "SELECT * FROM run_contexts WHERE run_id = ? AND revision = 2", run.ID)
	var data map[string]any
	if err := row.Data.Into(&data); err != nil || !reflect.DeepEqual(data, map[string]any{"nights": 3.0, "late": true}) {
		w.Errorf("second revision %v, %v", data, err)
	}
	w.count(2, "the run's revision", "SELECT context_revision FROM runs WHERE id = ?", run.ID)
	w.count(0, "signals of others", "SELECT COUNT(*) FROM dispatches WHERE workspace_id = ? AND run_id <> ?", w.ws, run.ID)
	w.end(run.ID)
	w.track(user("u1"), "Clicked")
	w.route()
	w.count(4, "dispatches after the run has ended", "SELECT COUNT(*) FROM dispatches WHERE run_id = ?", run.ID)
}

func routingKeyed(w *routingWorld) {
	doc := eventJourney("stay", "Booked")
	doc.Entry.Key = "booking_id"
	doc.Exit = []journey.ExitRule{{Event: "Cancelled"}}
	j := w.publish(doc)
	w.track(user("u1"), "Booked", "booking_id", "B1")
	w.track(user("u1"), "Booked", "booking_id", 2)
	w.track(user("u1"), "Booked", "booking_id", "B1")
	w.track(user("u1"), "Booked")
	w.track(user("u1"), "Cancelled", "booking_id", 2)
	w.track(user("u1"), "Cancelled")
	w.route()
	runs := w.runs(j.ID)
	if len(runs) != 2 {
		w.Fatalf("%d runs, want one per booking", len(runs))
	}
	signals := map[string]int{}
	for _, r := range runs {
		signals[r.EntryKey] = len(w.dispatches(r.ID)) - 1
	}
	if want := map[string]int{"B1": 0, "2": 1}; !reflect.DeepEqual(signals, want) {
		w.Errorf("signals by key %v, want %v", signals, want)
	}
	w.count(1, "refusals for the missing key", "SELECT COUNT(*) FROM decisions WHERE journey_id = ? AND reason = 'no_key'", j.ID)
	w.count(1, "refusals for the open run", "SELECT COUNT(*) FROM decisions WHERE journey_id = ? AND reason = 'open_run'", j.ID)
}

func routingGoal(w *routingWorld) {
	doc := eventJourney("goal", "Signed Up")
	doc.Goal = &journey.Goal{Trigger: journey.Trigger{Event: "Order Completed", Where: &audience.Condition{Property: "total", Op: audience.Gte, Value: 10}}, Window: "P14D"}
	j := w.publish(doc)
	start := w.now
	for _, u := range []string{"before", "small", "open", "closed", "late"} {
		w.track(user(u), "Signed Up")
	}
	w.route()
	runOf := map[string]models.Run{}
	for _, r := range w.runs(j.ID) {
		for _, u := range []string{"before", "small", "open", "closed", "late"} {
			if w.customer(user(u)).ID == r.CustomerID {
				runOf[u] = r
			}
		}
	}
	w.eventAt(start.Add(-time.Hour), "track", "Order Completed", user("before"), "order_id", "b", "total", 20)
	w.track(user("small"), "Order Completed", "order_id", "s", "total", 9)
	w.track(user("open"), "Order Completed", "order_id", "o", "total", 20.5)
	w.track(user("open"), "Order Completed", "order_id", "o2", "total", 30)
	w.end(runOf["closed"].ID)
	w.now = start.AddDate(0, 0, 13)
	w.track(user("closed"), "Order Completed", "order_id", "c", "total", 40)
	w.now = start.AddDate(0, 0, 15)
	w.track(user("late"), "Order Completed", "order_id", "l", "total", 50)
	w.route()
	got := map[string]int64{}
	for u, r := range runOf {
		var c models.Conversion
		query(w, w.s, &c, "SELECT * FROM conversions WHERE run_id = ?", r.ID)
		if !c.RunID.IsZero() {
			got[u] = c.ValueMinor
		}
	}
	if want := map[string]int64{"open": 2050, "closed": 4000}; !reflect.DeepEqual(got, want) {
		w.Errorf("conversions %v, want %v", got, want)
	}
	if d := w.dispatches(runOf["open"].ID); len(d) != 2 || !d[1].Goal {
		w.Errorf("dispatches of the open run %+v; want the start and one goal", d)
	}
	if d := w.dispatches(runOf["closed"].ID); len(d) != 1 {
		w.Errorf("a closed run was signalled: %+v", d)
	}
}

// After an outage events are routed long after they happened. A run counts as started when its customer did what lets
// him in, so what he did next still counts as done in it; the re-entry rule counts from the routing, as ever.
func routingLate(w *routingWorld) {
	doc := eventJourney("late", "Signed Up")
	doc.Goal = &journey.Goal{Trigger: journey.Trigger{Event: "Order Completed"}, Window: "P14D"}
	doc.Entry.Reentry = journey.Reentry{Rule: "after", After: "P1D"}
	j := w.publish(doc)
	signedUp := w.now
	w.track(user("u1"), "Signed Up")
	w.now = w.now.Add(10 * time.Minute)
	w.track(user("u1"), "Order Completed", "order_id", "1", "total", 20)
	w.now = w.now.Add(time.Hour)
	routed := w.now
	w.route()
	runs := w.runs(j.ID)
	if len(runs) != 1 || !runs[0].StartedAt.Time().Equal(signedUp) || runs[0].StepSince != models.At(routed) {
		w.Fatalf("runs %+v; want one that started at %s and came to its first step at %s", runs, signedUp, routed)
	}
	w.count(1, "conversions by the order in between", "SELECT COUNT(*) FROM conversions WHERE run_id = ?", runs[0].ID)
	w.end(runs[0].ID)
	w.now = signedUp.AddDate(0, 0, 1).Add(time.Minute)
	w.track(user("u1"), "Signed Up")
	w.route()
	w.count(1, "runs a day after the event, but not after its routing", "SELECT COUNT(*) FROM runs WHERE journey_id = ?", j.ID)
}

func routingEnterRuns(w *routingWorld) {
	ctx := context.Background()
	doc := eventJourney("bulk", "never")
	doc.Entry = journey.Entry{Kind: journey.EntrySchedule, Cron: "0 9 * * *", Condition: &audience.Condition{Metric: "orders_count", Op: audience.Gte, Value: 0}, Reentry: journey.Reentry{Rule: "always"}}
	j := w.publish(doc)
	var people []ids.ID
	for i := range 5 {
		by := user(strings.Repeat("p", i+1))
		w.identify(by, "n", i)
		w.route()
		people = append(people, w.customer(by).ID)
	}
	exec(w, w.s, "UPDATE customers SET restricted = 1 WHERE id = ?", people[4])
	first := storage.Cause{ID: ids.New(), Kind: "schedule"}
	for attempt, want := range []int{4, 0} {
		n, err := w.s.EnterRuns(ctx, w.ws, j.ID, append(people, people[0]), first, w.now)
		if err != nil || n != want {
			w.Errorf("attempt %d entered %d, %v; want %d", attempt, n, err, want)
		}
	}
	if got := w.decision(people[4], "entry"); got != "not_entered restricted" {
		w.Errorf("restricted customer: %q", got)
	}
	w.count(4, "bulk starts", "SELECT COUNT(*) FROM dispatches WHERE workspace_id = ? AND kind = ?", w.ws, storage.DispatchBulk)
	for _, r := range w.runs(j.ID) {
		w.end(r.ID)
	}
	w.now = w.now.Add(24 * time.Hour)
	second := storage.Cause{ID: ids.New(), Kind: "schedule"}
	if n, err := w.s.EnterRuns(ctx, w.ws, j.ID, people[:2], second, w.now); err != nil || n != 2 {
		w.Errorf("the next firing entered %d, %v; want 2", n, err)
	}
	for _, r := range w.runs(j.ID) {
		w.end(r.ID)
	}
	if n, err := w.s.EnterRuns(ctx, w.ws, j.ID, people[:2], first, w.now); err != nil || n != 0 {
		w.Errorf("the first firing, repeated after the second, entered %d, %v; want 0", n, err)
	}
	if err := w.s.StopJourney(ctx, w.ws, j.ID, w.now); err != nil {
		w.Fatal(err)
	}
	if n, err := w.s.EnterRuns(ctx, w.ws, j.ID, people, storage.Cause{ID: ids.New(), Kind: "schedule"}, w.now); err != nil || n != 0 {
		w.Errorf("a stopped journey let in %d, %v", n, err)
	}
}

// Two people in one journey turn out to be one: the winner's run goes on, the other one is told to stop.
func routingMergeRuns(w *routingWorld) {
	j := w.publish(eventJourney("both", "Browsed"))
	alone := w.publish(eventJourney("alone", "Asked"))
	w.track(user("u1"), "Browsed")
	w.track(device("d1"), "Browsed")
	w.track(device("d1"), "Asked")
	w.route()
	winner, loser := w.customer(user("u1")), w.customer(device("d1"))
	w.track(who{user: "u1", device: "d1"}, "Met")
	w.route()
	w.count(2, "runs of the winner in the journey both were in", "SELECT COUNT(*) FROM runs WHERE journey_id = ? AND customer_id = ?", j.ID, winner.ID)
	for _, r := range w.runs(j.ID) {
		kinds := ""
		for _, d := range w.dispatches(r.ID) {
			kinds += d.Kind + " "
		}
		if want := map[string]string{winner.ID.String(): "start ", loser.ID.String(): "start stop "}[r.EntryKey]; kinds != want {
			w.Errorf("run keyed %s is owed %q, want %q", r.EntryKey, kinds, want)
		}
	}
	w.count(1, "guards left in that journey", "SELECT COUNT(*) FROM entry_guards WHERE journey_id = ?", j.ID)
	w.count(1, "guards that moved", "SELECT COUNT(*) FROM entry_guards WHERE journey_id = ? AND entry_key = ? AND open_run_id IS NOT NULL", alone.ID, winner.ID.String())
	w.track(user("u1"), "Asked")
	w.route()
	if got := w.decision(winner.ID, "entry"); got != "not_entered open_run" {
		w.Errorf("entered again where the other one was: %q", got)
	}
}

// A run that moves to a version which waits for another event finds those that came since it began: of its own key, and
// not what was before.
func routingMoved(w *routingWorld) {
	ctx := context.Background()
	doc := eventJourney("moving", "Booked")
	doc.Entry.Key = "booking_id"
	j := w.publish(doc)
	w.eventAt(w.now.Add(-time.Hour), ingest.Track, "Replied", user("u"), "booking_id", "b1")
	w.track(user("u"), "Booked", "booking_id", "b1")
	w.route()
	run := w.runs(j.ID)[0]
	w.now = w.now.Add(time.Hour)
	heard := w.track(user("u"), "Replied", "booking_id", "b1")
	w.track(user("u"), "Replied", "booking_id", "b2")
	w.route()
	next := doc
	next.Steps = []journey.Step{{ID: "hold", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{Events: []journey.Await{{Trigger: journey.Trigger{Event: "Replied"}}}, Timeout: "P1D", Since: journey.SinceRun}}}
	revision, err := w.s.SaveDraft(ctx, w.ws, j.ID, j.DraftRevision, next, w.now)
	if err != nil {
		w.Fatal(err)
	}
	v, err := w.s.Publish(ctx, w.ws, j.ID, revision, "test", w.now)
	if err != nil {
		w.Fatal(err)
	}
	found := func() (got []ids.ID) {
		rows, err := w.s.RunEvents(ctx, w.ws, run.ID, []string{"Replied"}, run.StartedAt.Time(), 10)
		if err != nil {
			w.Fatal(err)
		}
		for _, r := range rows {
			got = append(got, r.ID)
		}
		return got
	}
	if got := found(); len(got) != 0 {
		w.Errorf("the first version does not wait for an answer and has heard %v", got)
	}
	moved := storage.RunProgress{RunID: run.ID, Owner: "o", Seq: 1, Machine: models.JSON(`{"lv":1,"own":"o"}`), VersionID: v.ID, StepID: "hold", StepSince: models.At(w.now), WakeAt: models.At(w.now.Add(time.Hour)), At: models.At(w.now)}
	if verdict, err := w.s.AdvanceRun(ctx, w.ws, moved); err != nil || verdict != contract.VerdictGo {
		w.Fatalf("%s, %v", verdict, err)
	}
	if got := found(); len(got) != 1 || got[0] != heard {
		w.Errorf("the moved run has heard %v, want %v", got, heard)
	}
}
