package sqlstore

import (
	"encoding/json"
	"fmt"
	"time"

	"sojourn/catalogue"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// applied is one event on its way through the routing transaction.
type applied struct {
	row      models.OutboxEntry
	event    *models.Event
	data     map[string]json.RawMessage // its properties or traits, one level
	ws       *workspaceView
	customer *models.Customer  // the live one, locked
	order    *models.Order     // the order this event made, if any
	run      ids.ID            // the run that an event of our own is about
	object   *catalogue.Object // the object that made this event
}

// apply does everything that one event causes, in this order: profile, metrics, signals to runs, entries.
func (r *routing) apply(row models.OutboxEntry, event *models.Event) error {
	ws, err := r.workspace(event.WorkspaceID)
	if err != nil {
		return err
	}
	a := &applied{row: row, event: event, ws: ws}
	if err := event.Data.Into(&a.data); err != nil {
		return fmt.Errorf("read the event's data: %w", err)
	}
	if err := r.resolveOwn(a); err != nil {
		return fmt.Errorf("find the run: %w", err)
	}
	if a.customer == nil && event.SourceID == storage.SourceInternal { // its run was erased meanwhile
		return r.tx.Exec("UPDATE events SET routed_at = ? WHERE id = ?", models.At(r.now), event.ID).Error
	}
	if a.customer == nil {
		if err := r.resolve(a); err != nil {
			return fmt.Errorf("find the customer: %w", err)
		}
	}
	event.CustomerID, event.RoutedAt = a.customer.ID, models.At(r.now)
	if err := r.tx.Exec("UPDATE events SET customer_id = ?, routed_at = ? WHERE id = ?", event.CustomerID, event.RoutedAt, event.ID).Error; err != nil {
		return err
	}
	if a.customer.ErasedAt != 0 {
		return nil // erased people are not known again by an old identity
	}
	if err := r.know(a); err != nil {
		return err
	}
	if tellsOfObject(a) {
		facts, err := r.object(a)
		if err != nil {
			return fmt.Errorf("keep the object: %w", err)
		}
		for _, f := range facts {
			if err := r.move(f); err != nil {
				return err
			}
		}
		return nil // journeys hear of the object, not of what was told about it
	}
	if event.Backfill {
		return nil // history moves nobody
	}
	if err := r.move(a); err != nil {
		return err
	}
	if err := r.refer(a); err != nil {
		return fmt.Errorf("note the referral: %w", err)
	}
	return nil
}

// move tells open runs of the event and lets its customer in.
func (r *routing) move(a *applied) error {
	if err := r.signalRuns(a); err != nil {
		return fmt.Errorf("tell the runs: %w", err)
	}
	if err := r.enterByEvent(a); err != nil {
		return fmt.Errorf("let the customer in: %w", err)
	}
	return nil
}

// know takes over what the event tells about the customer. An event of our own tells nothing but engagement: a message
// that is opened is no visit.
func (r *routing) know(a *applied) error {
	if a.event.SourceID == storage.SourceInternal {
		return countEngagement(r.tx, a.event, r.now)
	}
	if err := r.profile(a); err != nil {
		return fmt.Errorf("merge the profile: %w", err)
	}
	if err := r.measure(a); err != nil {
		return fmt.Errorf("keep the metrics: %w", err)
	}
	if err := r.refund(a); err != nil {
		return fmt.Errorf("keep the refund: %w", err)
	}
	if err := r.consent(a); err != nil {
		return fmt.Errorf("record the consent: %w", err)
	}
	return nil
}

// workspaceView is what a transaction needs to know of a workspace; read once per transaction, so that a publish or a
// stop is seen by the next one.
type workspaceView struct {
	models.Workspace
	zone *time.Location
	live []liveJourney
}

// liveJourney is a journey that lets people in: published, or paused (who enters then waits at the first step).
type liveJourney struct {
	ID    ids.ID
	State string
	storage.Published
}

func (r *routing) workspace(id int64) (*workspaceView, error) {
	if v, ok := r.workspaces[id]; ok {
		return v, nil
	}
	v, err := r.s.workspaceView(r.tx, id)
	if err != nil {
		return nil, err
	}
	var rows []models.Journey
	if err := r.tx.Raw("SELECT id, state, live_version_id FROM journeys WHERE workspace_id = ? AND state IN (?, ?) AND live_version_id IS NOT NULL ORDER BY id",
		id, storage.JourneyPublished, storage.JourneyPaused).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, j := range rows {
		p, err := r.s.document(r.tx, id, j.LiveVersionID)
		if err != nil {
			return nil, err
		}
		v.live = append(v.live, liveJourney{ID: j.ID, State: j.State, Published: p})
	}
	r.workspaces[id] = v
	return v, nil
}

// entersBy reports whether an event of this name can let somebody into the journey.
func (l liveJourney) entersBy(event string) bool {
	return l.Document.Entry.Kind == journey.EntryEvent && l.Document.Entry.Event == event
}
