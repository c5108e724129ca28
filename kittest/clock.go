package kittest

import (
	"fmt"
	"slices"
	"time"

	"sojourn/contract"
	"sojourn/storage"
)

// apart is how far runs of a World may be from each other in time while it advances: an event that one makes and another
// waits for arrives at most so much late.
const apart = time.Hour

// Advance lets time pass, and everything happen that falls due in it.
func (w *World) Advance(d time.Duration) { w.t.Helper(); w.AdvanceTo(w.Now().Add(d)) }

// AdvanceTo is Advance up to a moment. One that has passed is an error.
func (w *World) AdvanceTo(moment time.Time) {
	w.t.Helper()
	if moment.Before(w.Now()) {
		w.t.Fatalf("it is %s already, later than %s", w.stamp(w.Now()), w.stamp(moment))
	}
	if moment.After(w.Now()) {
		w.note("time passes until %s", w.stamp(moment))
	}
	w.advance(moment)
}

func (w *World) advance(moment time.Time) {
	w.t.Helper()
	for w.at.Before(moment) {
		next, open := moment, w.open()
		if len(open) > 1 && next.Sub(w.at) > apart {
			next = w.at.Add(apart)
		}
		for i := 0; i < len(open); i++ {
			for k := open[i]; !k.ended && k.at.Before(next); {
				w.at = k.at
				k.goTo(next)
				w.settle()
			}
			for _, k := range w.open() { // somebody was let in meanwhile
				if !slices.Contains(open, k) {
					open = append(open, k)
				}
			}
		}
		w.at = next
	}
	w.settle()
}

// AdvanceToEnd lets time pass until nobody is in a journey any more. It fails when that is not so after a year.
func (w *World) AdvanceToEnd() {
	w.t.Helper()
	w.note("time passes until nobody is in a journey")
	for limit := w.Now().Add(365 * Day); len(w.open()) > 0; w.advance(w.Now().Add(Day)) {
		if w.Now().After(limit) {
			w.t.Fatalf("after a year somebody is still in a journey\n%s", w.story())
		}
	}
}

func (w *World) open() []*track {
	var out []*track
	for _, k := range w.tracks {
		if !k.ended {
			out = append(out, k)
		}
	}
	return out
}

// settle does what is due at this moment, until nothing is: events are routed, runs started, signals delivered.
func (w *World) settle() {
	w.t.Helper()
	for again := true; again; {
		w.owed.Store(false)
		again = w.route()
		again = w.dispatch() || again || w.owed.Load()
		for _, k := range w.tracks {
			if err := k.fails(); err != nil {
				k.err = nil
				w.t.Fatalf("the run of %s can't go on: %v\n%s", w.nameOf(k.in.CustomerID), err, w.story())
			}
		}
	}
}

// route applies the events that were accepted.
func (w *World) route() (any bool) {
	w.t.Helper()
	for p := range contract.Partitions {
		for {
			rows, err := w.Store.PendingEvents(w.t.Context(), p, 0, 100)
			w.must(err)
			if len(rows) == 0 {
				break
			}
			any = true
			_, err = w.Store.RouteEvents(w.t.Context(), p, w.epochs[p], rows, w.now())
			w.must(err)
		}
	}
	return any
}

// dispatch hands over to the runs what is owed to them.
func (w *World) dispatch() (any bool) {
	w.t.Helper()
	for p := range contract.Partitions {
		for _, bulk := range []bool{false, true} {
			for {
				due, err := w.Store.DueDispatches(w.t.Context(), p, bulk, 100, w.now())
				w.must(err)
				if len(due) == 0 {
					break
				}
				any = true
				for _, d := range due {
					w.must(w.Store.Dispatched(w.t.Context(), []int64{d.ID}))
					w.deliver(d)
				}
			}
		}
	}
	return any
}

func (w *World) deliver(d storage.DueDispatch) {
	w.t.Helper()
	control := contract.ControlSignal{Kind: d.Kind, ID: fmt.Sprint(d.ID)}
	switch d.Kind {
	case storage.DispatchStart, storage.DispatchBulk:
		w.startRun(d.Launch.Input)
	case storage.DispatchEvent:
		w.signal(d, contract.SignalEvent, contract.EventSignal{EventID: d.EventID.String(), Name: d.EventName, OccurredAt: int64(d.OccurredAt), Revision: d.Revision, Exit: d.Exit, Goal: d.Goal})
	case storage.DispatchStop, storage.DispatchResume:
		w.signal(d, contract.SignalControl, control)
	default:
		control.ID, control.Step = d.EventID.String(), d.EventName
		w.signal(d, contract.SignalControl, control)
	}
}

// signal tells a run something and lets it do what follows from that at once.
func (w *World) signal(d storage.DueDispatch, name string, payload any) {
	w.t.Helper()
	for _, k := range w.tracks {
		if d.Launch.Open && k.run == d.RunID.String() && !k.ended {
			k.env.SignalWorkflow(name, payload)
			k.goTo(w.at)
		}
	}
}
