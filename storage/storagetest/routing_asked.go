package storagetest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sojourn/audience"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// People are let in by a call: once per idempotency key, under the condition and the re-entry rule, with the data as the
// first revision of the run's context; whoever is not let in is told why.
func routingAsked(w *routingWorld) {
	ctx := context.Background()
	doc := eventJourney("asked", "")
	doc.Entry = journey.Entry{Kind: journey.EntryAPI, Condition: &audience.Condition{Attribute: "country", Op: audience.Eq, Value: "NL"}, Reentry: journey.Reentry{Rule: "always"}}
	j := w.publish(doc)
	w.identify(user("ann"), "country", "NL", "email", "ann@example.com")
	w.identify(user("bob"), "country", "BE")
	w.route()
	ann, err := w.s.CustomerByExternalID(ctx, w.ws, "ann")
	if err != nil {
		w.Fatal(err)
	}
	if same, err := w.s.CustomerByEmail(ctx, w.ws, " ANN@example.com"); err != nil || same != ann {
		w.Errorf("by address: %v %v, want %v", same, err, ann)
	}
	if _, err := w.s.CustomerByExternalID(ctx, w.ws+1000, "ann"); !fault.Is(err, fault.NotFound) {
		w.Errorf("somebody of another workspace: %v", err)
	}
	bob := w.customer(user("bob")).ID
	enter := func(journeyID ids.ID, a storage.EntryAsk) storage.EntryAnswer {
		w.Helper()
		got, err := w.s.EnterJourney(ctx, w.ws, journeyID, []storage.EntryAsk{a}, w.now)
		if err != nil || len(got) != 1 {
			w.Fatalf("%+v, %v", got, err)
		}
		return got[0]
	}
	call := func(key string) storage.Cause {
		return storage.Cause{ID: storage.CauseID("call", key), Kind: storage.CauseAPI}
	}
	first := enter(j.ID, storage.EntryAsk{Customer: ann, Data: map[string]any{"voucher": "V1"}, Cause: call("1")})
	if !first.Entered || first.Again || first.Run.IsZero() {
		w.Fatalf("first call: %+v", first)
	}
	if got, err := w.s.RunContext(ctx, w.ws, first.Run, 1); err != nil || got["voucher"] != "V1" {
		w.Errorf("context %v, %v", got, err)
	}
	if d := w.dispatches(first.Run); len(d) != 1 || d[0].Kind != storage.DispatchStart {
		w.Errorf("dispatches %+v", d)
	}
	if got := enter(j.ID, storage.EntryAsk{Customer: ann, Cause: call("1")}); got != (storage.EntryAnswer{Entered: true, Again: true, Run: first.Run}) {
		w.Errorf("the same call again: %+v", got)
	}
	if got := enter(j.ID, storage.EntryAsk{Customer: ann, Cause: call("2")}); got.Reason != "open_run" {
		w.Errorf("another call while the run is open: %+v", got)
	}
	w.end(first.Run)
	w.identify(user("ann"), "country", "BE") // the condition holds no more, and the repeated call still finds its run
	w.route()
	if got := enter(j.ID, storage.EntryAsk{Customer: ann, Cause: call("1")}); got.Run != first.Run || !got.Again {
		w.Errorf("the first call again, much later: %+v", got)
	}
	w.goingRound()
	for what, c := range map[string]struct {
		journey ids.ID
		ask     storage.EntryAsk
		reason  string
	}{
		"filtered":  {j.ID, storage.EntryAsk{Customer: bob, Cause: call("3")}, "filtered"},
		"a guess":   {j.ID, storage.EntryAsk{Customer: ids.New(), Cause: call("4")}, "unknown"},
		"too much":  {j.ID, storage.EntryAsk{Customer: bob, Cause: call("5"), Data: map[string]any{"x": strings.Repeat("y", storage.MaxEntryData)}}, "too_large"},
		"by event":  {w.publish(eventJourney("listens", "Came")).ID, storage.EntryAsk{Customer: bob, Cause: call("6")}, "wrong_entry"},
		"long keys": {j.ID, storage.EntryAsk{Customer: bob, Key: strings.Repeat("k", 300), Cause: call("7")}, "no_key"},
	} {
		if got := enter(c.journey, c.ask); got.Entered || got.Reason != c.reason {
			w.Errorf("%s: %+v, want %s", what, got, c.reason)
		}
	}
	// A colleague may add somebody to any journey; several at once start at a limited rate.
	keyed := eventJourney("keyed", "Booked")
	keyed.Entry.Key = "booking_id"
	kj := w.publish(keyed)
	by := storage.Cause{ID: ids.New(), Kind: storage.CauseManual}
	got, err := w.s.EnterJourney(ctx, w.ws, kj.ID, []storage.EntryAsk{
		{Customer: bob, Cause: by}, {Customer: bob, Cause: by, Data: map[string]any{"booking_id": "b7"}}, {Customer: ann, Cause: by, Key: "b8"},
	}, w.now)
	if err != nil || len(got) != 3 || got[0].Reason != "no_key" || !got[1].Entered || !got[2].Entered {
		w.Fatalf("%+v, %v", got, err)
	}
	if runs := w.runs(kj.ID); len(runs) != 2 || w.dispatches(runs[0].ID)[0].Kind != storage.DispatchBulk {
		w.Errorf("runs %+v", runs)
	}
	if err := w.s.StopJourney(ctx, w.ws, j.ID, w.now); err != nil {
		w.Fatal(err)
	}
	if got := enter(j.ID, storage.EntryAsk{Customer: bob, Cause: call("8")}); got.Reason != "not_live" {
		w.Errorf("a stopped journey: %+v", got)
	}
	if _, err := w.s.EnterJourney(ctx, w.ws+1000, j.ID, []storage.EntryAsk{{Customer: bob, Cause: by}}, w.now); !fault.Is(err, fault.NotFound) {
		w.Errorf("another workspace's journey: %v", err)
	}
	var d models.Decision
	query(w, w.s, &d, "SELECT * FROM decisions WHERE customer_id = ? AND kind = 'entry' AND reason = 'filtered'", bob)
	if d.Outcome != "not_entered" {
		w.Errorf("decision %+v", d)
	}
}

// Two journeys that enter each other come to an end: by other journeys the same person enters sixty times an hour at most.
// A repeated ask still finds its run, and a colleague may always.
func (w *routingWorld) goingRound() {
	doc := eventJourney("round", "")
	doc.Entry = journey.Entry{Kind: journey.EntryAPI, Reentry: journey.Reentry{Rule: "always"}}
	j := w.publish(doc)
	w.identify(user("spun"), "country", "NL")
	w.route()
	who := w.customer(user("spun")).ID
	ask := func(kind, id string) storage.EntryAnswer {
		w.Helper()
		got, err := w.s.EnterJourney(context.Background(), w.ws, j.ID, []storage.EntryAsk{{Customer: who, Cause: storage.Cause{ID: storage.CauseID("round", id), Kind: kind}}}, w.now)
		if err != nil || len(got) != 1 {
			w.Fatalf("%+v, %v", got, err)
		}
		if got[0].Entered && !got[0].Again {
			w.end(got[0].Run)
		}
		return got[0]
	}
	entered := 0
	for i := range 65 {
		if got := ask(storage.CauseJourney, fmt.Sprint(i)); got.Entered {
			entered++
		} else if got.Reason != "too_often" {
			w.Fatalf("the %d. time: %+v", i+1, got)
		}
	}
	if entered != 60 {
		w.Errorf("entered %d times, want 60", entered)
	}
	if got := ask(storage.CauseJourney, "7"); !got.Again {
		w.Errorf("a repeated ask: %+v", got)
	}
	if got := ask(storage.CauseManual, "hand"); !got.Entered {
		w.Errorf("by hand: %+v", got)
	}
	now := w.now
	w.now = w.now.Add(2 * time.Hour)
	if got := ask(storage.CauseJourney, "later"); !got.Entered {
		w.Errorf("two hours later: %+v", got)
	}
	w.now = now
}
