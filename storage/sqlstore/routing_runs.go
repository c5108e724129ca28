package sqlstore

import (
	"encoding/json"
	"slices"
	"time"

	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// defaultGoalWindow and maxGoalWindow bound how long after its start a run may still convert.
const (
	defaultGoalWindow = "P30D"
	maxGoalWindow     = 400 * 24 * time.Hour
)

// verdict is what an event means to one run.
type verdict struct {
	exit      int  // 1-based exit rule
	condition bool // that rule is a condition alone
	goal      bool // the goal is reached by this event
	revision  int  // context revision it made
	awaited   bool // a wait_for step names it
}

func (v verdict) signals() bool { return v.exit > 0 || v.goal || v.revision > 0 || v.awaited }

// signalRuns records conversions and owes a signal to every open run of the customer that the event concerns: its
// version listens for the name, the key matches, and it exits, converts, updates, or may be waited for.
func (r *routing) signalRuns(a *applied) error {
	var runs []models.Run
	where, args := "", []any{a.customer.ID, models.RunOpen, models.At(r.now.Add(-maxGoalWindow))}
	if !a.run.IsZero() { // about one run: nobody else's business
		where, args = " AND id = ?", append(args, a.run)
	}
	if err := r.tx.Raw(`SELECT id, workspace_id, journey_id, version_id, customer_id, entry_key, state, context_revision, goal_at, partition_no, started_at FROM runs
WHERE customer_id = ? AND (state = ? OR (goal_at IS NULL AND started_at > ?))`+where+` ORDER BY id`, args...).Scan(&runs).Error; err != nil {
		return err
	}
	for i := range runs {
		if err := r.concern(a, &runs[i]); err != nil {
			return err
		}
	}
	return nil
}

func (r *routing) concern(a *applied, run *models.Run) error {
	p, err := r.s.document(r.tx, run.WorkspaceID, run.VersionID)
	if err != nil {
		return err
	}
	doc := p.Document
	about, concerned, err := r.listens(a, run, doc)
	if err != nil {
		return err
	}
	// A permission is the person's, not the booking's: whichever of the runs he is in, it concerns all of them.
	personal := a.event.Name == eventWithdrawn || a.event.Name == eventGranted
	if key, ok := entryKey(doc, a); !about && !personal && a.run.IsZero() && keyed(doc) && (!ok || key != run.EntryKey) {
		concerned = false
	}
	if !concerned {
		return r.leave(a, run, doc)
	}
	var v verdict
	if v.goal, err = r.converts(a, run, doc); err != nil {
		return err
	}
	if run.State != models.RunOpen {
		return nil
	}
	if v.exit, err = r.exits(a, run, doc, true); err != nil {
		return err
	}
	v.condition = v.exit > 0 && doc.Exit[v.exit-1].Conditional()
	if v.revision, err = r.updateContext(a, run, doc, about); err != nil {
		return err
	}
	v.awaited = awaits(doc, a.event.Name)
	if !v.signals() {
		return nil
	}
	return r.oweEvent(a, run, v)
}

func awaits(doc *journey.Document, event string) bool {
	for _, s := range doc.Steps {
		if s.WaitFor != nil && slices.ContainsFunc(s.WaitFor.Events, func(e journey.Await) bool { return e.Event == event }) ||
			s.Collect != nil && slices.ContainsFunc(s.Collect.Events, func(e journey.Trigger) bool { return e.Event == event }) ||
			s.Task != nil && event == storage.EventTaskCompleted {
			return true
		}
	}
	return false
}

// oweEvent owes the signal once per run and event.
func (r *routing) oweEvent(a *applied, run *models.Run, v verdict) error {
	done := r.tx.Exec("INSERT INTO run_events (workspace_id, run_id, event_id) VALUES (?, ?, ?) "+r.s.dialect.ignoreDuplicate("run_id, event_id"), run.WorkspaceID, run.ID, a.event.ID)
	if done.Error != nil {
		return done.Error
	}
	name := a.event.Name
	if v.condition {
		name = journey.ReasonCondition
	}
	r.dispatches = append(r.dispatches, models.Dispatch{
		WorkspaceID: run.WorkspaceID, Partition: run.Partition, RunID: run.ID, Kind: storage.DispatchEvent, EventID: a.event.ID, EventName: name,
		Revision: v.revision, Exit: v.exit, Goal: v.goal, CreatedAt: models.At(r.now),
	})
	return nil
}

// converts records the goal when this event reaches it inside its window. The first one counts, open run or not.
func (r *routing) converts(a *applied, run *models.Run, doc *journey.Document) (bool, error) {
	goal := doc.Goal
	if goal == nil || goal.Event != a.event.Name || !run.GoalAt.IsZero() || a.event.OccurredAt < run.StartedAt {
		return false, nil
	}
	window := goal.Window
	if window == "" {
		window = defaultGoalWindow
	}
	d, err := journey.ParseDuration(window)
	if err != nil {
		return false, err
	}
	if a.event.OccurredAt.Time().After(d.AddTo(run.StartedAt.Time(), a.ws.zone)) {
		return false, nil
	}
	holds, err := r.holds(a, goal.Where, run)
	if err != nil || !holds {
		return false, err
	}
	c := models.Conversion{
		RunID: run.ID, WorkspaceID: run.WorkspaceID, JourneyID: run.JourneyID, VersionID: run.VersionID, CustomerID: a.customer.ID, EventID: a.event.ID,
		Currency: a.ws.Currency, At: a.event.OccurredAt,
	}
	if a.order != nil {
		c.ValueMinor, c.Currency = a.order.ValueMinor, a.order.Currency
	}
	var amount json.Number
	if raw, ok := a.data[goal.ValueOf]; ok && json.Unmarshal(raw, &amount) == nil {
		if n, err := amount.Int64(); err == nil {
			c.ValueMinor = n
		}
	}
	var currency string
	if raw, ok := a.data[goal.Currency]; ok && json.Unmarshal(raw, &currency) == nil {
		if code, ok := ingest.Currency(currency); ok {
			c.Currency = code
		}
	}
	if err := r.tx.Exec(`INSERT INTO conversions (run_id, workspace_id, journey_id, version_id, customer_id, event_id, value_minor, currency, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) `+
		r.s.dialect.ignoreDuplicate("run_id"), c.RunID, c.WorkspaceID, c.JourneyID, c.VersionID, c.CustomerID, c.EventID, c.ValueMinor, c.Currency, c.At).Error; err != nil {
		return false, err
	}
	r.decide(models.Decision{WorkspaceID: run.WorkspaceID, CustomerID: a.customer.ID, RunID: run.ID, JourneyID: run.JourneyID, Kind: "goal", Outcome: "converted", Reason: a.event.Name,
		Detail: models.ToJSON(map[string]any{"event": a.event.ID, "value_minor": c.ValueMinor, "currency": c.Currency})})
	return true, r.tx.Exec("UPDATE runs SET goal_at = ? WHERE id = ?", c.At, run.ID).Error
}

// updateContext writes the next revision of the run's context when the event is one of the journey's updates, with its
// properties, or when the run is about the object that made the event, with the object.
func (r *routing) updateContext(a *applied, run *models.Run, doc *journey.Document, about bool) (int, error) {
	if about {
		return r.revise(a, run, map[string]json.RawMessage{"object": json.RawMessage(models.ToJSON(a.object))})
	}
	for _, t := range doc.Update {
		if t.Event != a.event.Name {
			continue
		}
		matched, err := r.holds(a, t.Where, run)
		if err != nil {
			return 0, err
		}
		if matched {
			return r.revise(a, run, a.data)
		}
	}
	return 0, nil
}

// enterByEvent lets the customer into every live journey whose entry this event is.
func (r *routing) enterByEvent(a *applied) error {
	for _, j := range a.ws.live {
		if !j.entersBy(a.event.Name) {
			continue
		}
		holds, err := r.holds(a, j.Document.Entry.Where, nil)
		if err != nil {
			return err
		}
		key, named := entryKey(j.Document, a)
		switch {
		case !holds:
			r.refuse(a.customer, j.Published, "filtered", a.event.ID)
			continue
		case !named:
			r.refuse(a.customer, j.Published, "no_key", a.event.ID)
			continue
		}
		cause := storage.Cause{ID: a.event.ID, Kind: storage.CauseEvent, At: a.event.OccurredAt.Time()}
		who := []entrant{{customer: a.customer, key: key, data: a.event.Data, cause: cause}}
		if a.object != nil {
			who[0].data = objectContext(a.object)
		} else if who[0].data, err = r.withObject(j.Document, a.customer, key, who[0].data); err != nil {
			return err
		}
		if err := r.enter(a.ws, j.Published, who); err != nil {
			return err
		}
	}
	return nil
}

func (r *routing) refuse(c *models.Customer, p storage.Published, reason string, cause ids.ID) {
	r.decide(models.Decision{WorkspaceID: c.WorkspaceID, CustomerID: c.ID, JourneyID: p.JourneyID, Kind: "entry", Outcome: "not_entered", Reason: reason,
		Detail: models.ToJSON(map[string]any{"cause": cause, "version": p.Number})})
}
