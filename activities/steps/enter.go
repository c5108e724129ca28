package steps

import (
	"context"
	"time"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/storage"
)

// enter starts another journey and does not wait for it. A journey never enters itself for the same customer: that would
// be a loop without an end.
func (s *Steps) enter(ctx context.Context, a *action) (answer, error) {
	next := func(result, reason string) (answer, error) {
		return answer{exit: journey.ExitNext, result: result, reason: reason}, nil
	}
	customer, found, err := s.named(ctx, a, a.step.Enter.Customer)
	if err != nil {
		return answer{}, err
	}
	if !found {
		return next("not_entered", "no_customer")
	}
	other, err := s.Store.JourneyByKey(ctx, a.in.WorkspaceID, a.step.Enter.Journey)
	switch {
	case fault.Is(err, fault.NotFound):
		return next("not_entered", "no_journey")
	case err != nil:
		return answer{}, err
	case other.ID == a.who.JourneyID && customer == a.who.CustomerID:
		return next("not_entered", "itself")
	}
	say, err := s.texts(ctx, a)
	if err != nil {
		return answer{}, err
	}
	data := map[string]any{}
	for name, source := range a.step.Enter.Data {
		if data[name], err = say.block(source); err != nil {
			return answer{}, err
		}
	}
	// The record's own id is the cause, so a second attempt lets nobody in a second time.
	got, err := s.Store.EnterJourney(ctx, a.in.WorkspaceID, other.ID, []storage.EntryAsk{{Customer: customer, Data: data,
		Cause: storage.Cause{ID: a.d.ID, Kind: storage.CauseJourney, At: time.UnixMicro(a.in.ReachedAt)}}}, a.now)
	if err != nil {
		return answer{}, err
	}
	if len(got) == 1 && got[0].Entered {
		return next("entered", "")
	}
	reason := ""
	if len(got) == 1 {
		reason = got[0].Reason
	}
	return next("not_entered", reason)
}
