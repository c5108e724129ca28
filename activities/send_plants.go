//go:build chaos

package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"sojourn/contract"
	"sojourn/faultpoint"
	"sojourn/models"
	"sojourn/storage"
)

// planted carries the bugs that the fault tests plant to see their auditor go red. Nothing of it is in other builds.
func (m *Messaging) planted(ctx context.Context, a *attempt) (contract.SendResult, bool, error) {
	if faultpoint.Planted(faultpoint.PlantRunIDKey) && activity.IsActivity(ctx) {
		a.key += "|" + activity.GetInfo(ctx).WorkflowExecution.RunID
	}
	if !faultpoint.Planted(faultpoint.PlantNoClaimRow) {
		return contract.SendResult{}, false, nil
	}
	subject, err := m.Sends.Prepare(ctx, storage.SendAsk{Workspace: a.in.WorkspaceID, Key: a.key, Customer: a.customer, Run: a.run, Channel: a.channel, SenderKey: "default"})
	if err != nil {
		return contract.SendResult{}, true, err
	}
	r := m.request(a, subject)
	if r.Content == nil {
		return contract.SendResult{State: contract.SendRejected}, true, nil
	}
	r.Content.Address, r.Content.CreatedAt = subject.ContactPoint.Address, models.At(m.now())
	message, err := messageOf(a, storage.Claim{Send: models.Send{ID: r.ID, WorkspaceID: r.Workspace, CustomerID: r.Customer, MessageID: r.MessageID}, Content: *r.Content})
	if err != nil {
		return contract.SendResult{}, true, err
	}
	hand, err := a.sender.Prepare(ctx, message)
	if err != nil {
		return contract.SendResult{}, true, err
	}
	if _, err := hand.Commit(ctx); err != nil {
		return contract.SendResult{}, true, err
	}
	if err := sendAfter250.Hit(); err != nil {
		return contract.SendResult{}, true, err
	}
	return contract.SendResult{State: contract.SendAccepted}, true, nil
}
