package harness

import (
	"context"
	"strings"

	"sojourn/chaos/auditor"
	"sojourn/contract"
)

// promised is what the journeys of every world owe to those who begin them.
var promised = []auditor.Journey{
	{Key: "walk", Entry: "Joined", Sends: map[string]string{"hello": "hello", "again": "again"}, Due: []string{"hello", "nap", "again"}},
	{Key: "answer", Entry: "Asked", Sends: map[string]string{"question": "question", "thanks": "thanks"}, Due: []string{"question"},
		After: map[string][]string{"Answered": {"listen", "thanks", "done"}}},
	{Key: "receipt", Entry: Bought, Sends: map[string]string{"receipt": "receipt"}, Due: []string{"receipt"}},
}

// Audit hands the auditor what is known from outside, and returns what it has to say. The world must be at rest.
func (w *World) Audit(ctx context.Context) ([]string, error) {
	outside := auditor.World{Workspace: w.Workspace, Said: plain(w.Ledger.Said()), Acked: plain(w.Ledger.Acked()), People: w.addresses(),
		Withdrawn: w.Ledger.Withdrawn(), Journeys: promised, Letters: map[string]auditor.Letter{}, Price: Price, Lease: Lease}
	for _, l := range letters {
		outside.Letters[l.key] = auditor.Letter{Subject: l.subject, Marketing: l.class == "marketing"}
	}
	for _, m := range w.Mail.Messages() {
		if !m.Accepted() {
			continue
		}
		for _, to := range m.To {
			outside.Mails = append(outside.Mails, auditor.Mail{To: strings.ToLower(to), Subject: Subject(m), MessageID: Header(m, "Message-ID"), Body: Body(m), At: m.At})
		}
	}
	executions, err := w.Executions(ctx, "WorkflowType = '"+contract.WorkflowJourney+"'")
	if err != nil {
		return nil, err
	}
	for _, e := range executions {
		id := e.Execution.GetWorkflowId()
		outside.Workflows = append(outside.Workflows, auditor.Workflow{Run: id[strings.LastIndex(id, "/")+1:], Open: e.CloseTime == nil, Status: e.Status.String()})
	}
	return auditor.Check(ctx, w.Store.SQL(), outside)
}

func plain(events map[string]Event) map[string]auditor.Event {
	out := make(map[string]auditor.Event, len(events))
	for id, e := range events {
		out[id] = auditor.Event{Type: e.Type, Name: e.Name, User: e.User}
	}
	return out
}

// addresses maps each address to the customer's id, so that findings can name him.
func (w *World) addresses() map[string]string {
	out := map[string]string{}
	for _, e := range w.Ledger.Said() {
		if address, ok := e.Properties["email"].(string); ok {
			out[address] = e.User
		}
	}
	return out
}
