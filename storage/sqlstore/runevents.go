package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.RunEvents = (*Store)(nil)

// runContext is the part of an event's context that names a run.
type runContext struct {
	Sojourn struct {
		Run      ids.ID `json:"run,omitzero"`
		Customer ids.ID `json:"customer,omitzero"` // instead of a run
		Step     string `json:"step,omitempty"`
		Send     string `json:"send,omitempty"`
	} `json:"sojourn"`
}

// AcceptRunEvents implements storage.RunEvents.
func (s *Store) AcceptRunEvents(ctx context.Context, workspace int64, events []storage.RunEvent, now time.Time) error {
	in := storage.Intake{Workspace: workspace, Source: storage.SourceInternal, ReceivedAt: now}
	for _, e := range events {
		event, err := s.runEvent(ctx, workspace, e, now)
		if err != nil {
			return fmt.Errorf("event %q of run %s: %w", e.Name, e.Run, translate(err))
		}
		in.Events = append(in.Events, event)
	}
	if len(in.Events) == 0 {
		return nil
	}
	_, err := s.AcceptEvents(ctx, []storage.Intake{in})
	return err
}

// runEvent gives the event one identity of its customer, so that it takes its place among his events. Whom it concerns
// is decided by the run when it is routed: an identity may change hands.
func (s *Store) runEvent(ctx context.Context, workspace int64, e storage.RunEvent, now time.Time) (ingest.Event, error) {
	db := s.read(ctx)
	var run models.Run
	concerned := db.Raw("SELECT customer_id FROM runs WHERE id = ? AND workspace_id = ?", e.Run, workspace)
	if e.Run.IsZero() {
		concerned = db.Raw("SELECT id AS customer_id FROM customers WHERE id = ? AND workspace_id = ?", e.Customer, workspace)
	}
	if err := concerned.Take(&run).Error; err != nil {
		return ingest.Event{}, err
	}
	var who []models.Identity
	if err := db.Raw("SELECT kind, value FROM identities WHERE customer_id = ? AND workspace_id = ? AND kind IN (?, ?) ORDER BY CASE WHEN kind = ? THEN 0 ELSE 1 END, created_at LIMIT 1",
		run.CustomerID, workspace, storage.IdentityUser, storage.IdentityAnonymous, storage.IdentityUser).Scan(&who).Error; err != nil {
		return ingest.Event{}, err
	}
	var about runContext
	about.Sojourn.Run, about.Sojourn.Step = e.Run, e.Step
	if e.Run.IsZero() {
		about.Sojourn.Customer = e.Customer
	}
	if !e.Send.IsZero() {
		about.Sojourn.Send = e.Send.String()
	}
	data, err := json.Marshal(e.Properties)
	if err != nil {
		return ingest.Event{}, fault.Wrap(fault.Invalid, err, "its properties can't be written as JSON")
	}
	if e.Properties == nil {
		data = []byte("{}")
	}
	out := ingest.Event{MessageID: e.MessageID, Type: ingest.Track, Name: e.Name, Data: data, Context: json.RawMessage(models.ToJSON(about)), OccurredAt: e.OccurredAt.UTC(),
		Hash: sha256.Sum256([]byte(e.Name + "\x00" + e.Run.String() + "\x00" + e.Step + about.Sojourn.Customer.String()))}
	if e.OccurredAt.IsZero() || e.OccurredAt.After(now) {
		out.OccurredAt = now.UTC()
	}
	switch {
	case len(who) == 0: // an imported person whom no source has named: an order of its own
		out.AnonymousID = "sojourn:" + run.CustomerID.String()
	case who[0].Kind == storage.IdentityUser:
		out.UserID = who[0].Value
	default:
		out.AnonymousID = who[0].Value
	}
	return out, nil
}

// resolveOwn finds the customer of an event of our own by its run; there is none when the run is gone.
func (r *routing) resolveOwn(a *applied) error {
	if a.event.SourceID != storage.SourceInternal {
		return nil
	}
	var about runContext
	if err := a.event.Context.Into(&about); err != nil {
		return fault.Wrap(fault.Invalid, err, "the event does not say which run it is about")
	}
	var run models.Run
	if about.Sojourn.Run.IsZero() {
		run.CustomerID = about.Sojourn.Customer
	} else if err := r.tx.Raw("SELECT id, customer_id FROM runs WHERE id = ? AND workspace_id = ?", about.Sojourn.Run, a.event.WorkspaceID).Scan(&run).Error; err != nil || run.ID.IsZero() {
		return err
	}
	locked, err := r.lockCustomers(a.event.WorkspaceID, run.CustomerID)
	if err != nil {
		return err
	}
	a.customer, a.run = locked[run.CustomerID], run.ID
	return nil
}
