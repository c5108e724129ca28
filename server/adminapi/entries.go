package adminapi

import (
	"context"
	"strings"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/storage"
)

// EntryCall lets one customer into a journey with an entry of kind api.
type EntryCall struct {
	Customer       string         `json:"customer" minLength:"1" maxLength:"255" doc:"Id, user id or address"`
	Key            string         `json:"key,omitempty" maxLength:"255" doc:"Entry key: at most one open run has it. Default: the customer, or the key property of the data"`
	Data           map[string]any `json:"data,omitempty" doc:"The run's first context, at most 32 KB"`
	IdempotencyKey string         `json:"idempotency_key,omitempty" maxLength:"255" doc:"The same key again begins no second run and answers with the first one"`
}

// EntryAnswered tells what became of the call.
type EntryAnswered struct {
	Entered bool   `json:"entered"`
	Again   bool   `json:"again,omitempty" doc:"An earlier call with this idempotency key began the run"`
	RunID   string `json:"run_id,omitempty"`
	Reason  string `json:"reason,omitempty" doc:"Why nobody entered: not_live, wrong_entry, erased, restricted, filtered, no_key, too_large, exit_holds, not_in_rollout, open_run, reentry_once, reentry_after"`
}

// enterJourney is the door of a journey with an entry of kind api.
func (a *API) enterJourney(ctx context.Context, in *ByKeyBody[EntryCall]) (*Out[EntryAnswered], error) {
	ws := caller(ctx).Workspace.ID
	j, err := a.deps.Store.JourneyByKey(ctx, ws, in.Key)
	if err != nil {
		return nil, err
	}
	customer, err := a.findCustomer(ctx, ws, strings.TrimSpace(in.Body.Customer))
	if err != nil {
		return nil, err
	}
	cause := storage.Cause{ID: ids.New(), Kind: storage.CauseAPI}
	if in.Body.IdempotencyKey != "" {
		cause.ID = storage.CauseID("api", j.ID.String(), in.Body.IdempotencyKey)
	}
	got, err := a.deps.Store.EnterJourney(ctx, ws, j.ID, []storage.EntryAsk{{Customer: customer, Key: in.Body.Key, Data: in.Body.Data, Cause: cause}}, a.now())
	if err != nil {
		return nil, err
	}
	answer := got[0]
	if answer.Reason == "unknown" {
		return nil, fault.New(fault.NotFound, "no customer has this id or address")
	}
	out := EntryAnswered{Entered: answer.Entered, Again: answer.Again, Reason: answer.Reason}
	if answer.Entered {
		out.RunID = answer.Run.String()
	}
	return &Out[EntryAnswered]{out}, nil
}
