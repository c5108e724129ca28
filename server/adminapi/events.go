package adminapi

import (
	"context"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

func (a *API) listEvents(ctx context.Context, in *EventsIn) (*Out[Page[EventSummary]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("events", ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	customer, err := optionalID(in.Customer)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.ListEvents(ctx, ws, in.Name, customer, ask)
	if err != nil {
		return nil, err
	}
	return page(a, "events", ws, ask, rows, func(r storage.EventRow) (models.Instant, ids.ID) { return r.ReceivedAt, r.ID }, eventOf), nil
}

func eventOf(r storage.EventRow) EventSummary {
	state := "routed"
	switch {
	case r.Parked:
		state = "parked"
	case r.Pending:
		state = "pending"
	}
	return EventSummary{ID: r.ID.String(), Type: r.Type, Name: r.Name, MessageID: r.MessageID, UserID: r.UserID, AnonymousID: r.AnonymousID, CustomerID: r.CustomerID.String(), State: state,
		Conflicts: r.Conflicts, Backfill: r.Backfill, OccurredAt: r.OccurredAt.Time(), ReceivedAt: r.ReceivedAt.Time(), RoutedAt: when(r.RoutedAt)}
}

func (a *API) getEvent(ctx context.Context, in *ByID) (*Out[EventDetail], error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	r, err := a.deps.Store.Event(ctx, caller(ctx).Workspace.ID, id)
	if err != nil {
		return nil, err
	}
	return &Out[EventDetail]{EventDetail{EventSummary: eventOf(r), Data: object(r.Data), Context: object(r.Context)}}, nil
}

func (a *API) listParked(ctx context.Context, in *PageIn) (*Out[Page[ParkedEvent]], error) {
	rows, err := a.deps.Store.ParkedEvents(ctx, caller(ctx).Workspace.ID, in.PageSize)
	if err != nil {
		return nil, err
	}
	out := &Out[Page[ParkedEvent]]{Page[ParkedEvent]{Items: []ParkedEvent{}}}
	for _, r := range rows {
		o := r.Outbox
		out.Body.Items = append(out.Body.Items, ParkedEvent{ID: o.EventID.String(), Name: r.Name, CustomerID: r.Customer.String(), Attempts: o.Attempts, LastError: o.LastError,
			ParkedAt: o.ParkedAt.Time(), ReceivedAt: o.CreatedAt.Time(), HeldBack: r.Waiting})
	}
	return out, nil
}

func (a *API) redrive(ctx context.Context, in *ByID) (*Done, error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	return &Done{}, a.deps.Store.Redrive(ctx, caller(ctx).Workspace.ID, id)
}
