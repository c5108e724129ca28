package storagetest

import (
	"sojourn/audience"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// routingConditionalExits: an exit that is a condition alone keeps out for whom it holds already, and ends a run at any event
// of its customer that makes it true, of whatever name and key.
func routingConditionalExits(w *routingWorld) {
	gold := &audience.Condition{Attribute: "attributes.plan", Op: audience.Eq, Value: "gold"}
	doc := eventJourney("upgrade", "Signed Up")
	doc.Exit = []journey.ExitRule{{Event: "Left"}, {Where: gold, Label: "upgraded"}}
	j := w.publish(doc)
	doc.Key, doc.Name, doc.Entry.Key = "stays", "stays", "booking_id"
	keyed := w.publish(doc)

	w.identify(user("gold"), "plan", "gold")
	w.track(user("gold"), "Signed Up", "booking_id", "b1")
	w.identify(user("ann"), "plan", "silver")
	w.track(user("ann"), "Signed Up", "booking_id", "b2")
	w.identify(user("bob"), "plan", "silver")
	w.track(user("bob"), "Signed Up", "booking_id", "b3")
	w.route()
	var refused models.Decision
	query(w, w.s, &refused, "SELECT * FROM decisions WHERE customer_id = ? AND kind = 'entry' AND journey_id = ?", w.customer(user("gold")).ID, j.ID)
	if refused.Outcome != "not_entered" || refused.Reason != storage.EntryExitHolds {
		w.Errorf("who is gold already: %s %s", refused.Outcome, refused.Reason)
	}
	if n := len(w.runs(j.ID)) + len(w.runs(keyed.ID)); n != 4 {
		w.Fatalf("%d runs, want two in each journey", n)
	}

	told := w.identify(user("ann"), "plan", "gold")
	w.track(user("bob"), "Unheard")
	w.route()
	ann := w.customer(user("ann")).ID
	for _, run := range append(w.runs(j.ID), w.runs(keyed.ID)...) {
		owed := w.dispatches(run.ID)[1:]
		switch {
		case run.CustomerID != ann && len(owed) > 0:
			w.Errorf("somebody else's run is told of %+v", owed)
		case run.CustomerID == ann && (len(owed) != 1 || owed[0].EventID != told || owed[0].Exit != 2 || owed[0].EventName != journey.ReasonCondition):
			w.Errorf("her run is told %+v", owed)
		}
	}
}
