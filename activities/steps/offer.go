package steps

import (
	"context"
	"fmt"

	"sojourn/journey"
	"sojourn/loyalty"
	"sojourn/storage"
)

// offer reserves an offer for the run.
func (s *Steps) offer(ctx context.Context, a *action) (answer, error) {
	d := a.record(answer{exit: journey.ExitOK, result: "reserved"}, map[string]any{"offer": a.step.Offer.Offer})
	done, err := s.Store.ClaimOffer(ctx, storage.OfferAsk{
		Workspace: a.in.WorkspaceID, Offer: a.step.Offer.Offer, Key: storage.OfferClaimKey(a.run, a.in.StepID, a.in.Visit), Customer: a.who.CustomerID, Run: a.run, Journey: a.who.JourneyID,
		Step: a.in.StepID, Visit: a.in.Visit, Now: a.now,
	}, d)
	return from(done), err
}

// reward grants through the loyalty programme, which knows by the key what it has granted already.
func (s *Steps) reward(ctx context.Context, a *action) (answer, error) {
	w := a.step.Reward
	refused := func(why string) (answer, error) {
		return answer{exit: journey.ExitRefused, result: journey.ExitRefused, reason: why}, nil
	}
	customer, found, err := s.named(ctx, a, w.To)
	if err != nil {
		return answer{}, err
	}
	if !found {
		return refused(loyalty.NoCustomer)
	}
	got, err := s.Loyalty.Grant(ctx, loyalty.Grant{
		Workspace: a.in.WorkspaceID, Key: fmt.Sprintf("run|%s|%s|%d", a.run, a.in.StepID, a.in.Visit), Customer: customer, Kind: w.Kind, Amount: w.Amount, Offer: w.Offer, Reason: w.Reason,
		Run: a.run, Journey: a.who.JourneyID, Step: a.in.StepID, Now: a.now,
	})
	if err != nil {
		return answer{}, err
	}
	if got.Refused != "" {
		return refused(got.Refused)
	}
	return answer{exit: journey.ExitOK, result: w.Kind}, nil
}
