package steps

import (
	"context"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/storage"
)

// update changes the customer.
func (s *Steps) update(ctx context.Context, a *action) (answer, error) {
	u := a.step.Update
	d := a.record(answer{exit: journey.ExitNext, result: "updated"}, map[string]any{"set": u.Set, "add": u.Add, "join": u.Join, "leave": u.Leave, "unsubscribe": u.Unsubscribe})
	d.Outcome = "updated"
	done, err := s.Store.ChangeCustomer(ctx, a.in.WorkspaceID, a.who.CustomerID,
		storage.CustomerChange{Set: u.Set, Add: u.Add, Join: u.Join, Leave: u.Leave, Unsubscribe: u.Unsubscribe, Source: "journey:" + a.doc.Key}, d)
	if fault.Is(err, fault.NotFound) { // erased meanwhile: there is nobody to update
		return answer{exit: journey.ExitNext, result: "customer_gone", reason: "customer_gone"}, nil
	}
	return from(done), err
}
