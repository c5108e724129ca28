package activities

import (
	"context"

	"sojourn/audience"
	"sojourn/audience/match"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// noMatch is recorded when an event that a run waits for fulfils none of its conditions.
const noMatch = "no_match"

// Decide takes the case of a branch, or the exit of a wait_for for an event, and keeps the values it saw.
func (r *Runs) Decide(ctx context.Context, in contract.DecideInput) (contract.DecideResult, error) {
	res, err := r.decide(ctx, in)
	return res, failure(ctx, contract.ActivityDecide, err)
}

func (r *Runs) decide(ctx context.Context, in contract.DecideInput) (contract.DecideResult, error) {
	var none contract.DecideResult
	run, err := ids.Parse(in.RunID)
	if err != nil {
		return none, badID(err)
	}
	step, _, err := r.step(ctx, in.WorkspaceID, in.DocHash, in.StepID)
	if err != nil {
		return none, err
	}
	who, err := r.Store.RunPerson(ctx, in.WorkspaceID, run)
	if err != nil {
		return none, err
	}
	var d models.Decision
	switch {
	case step.Branch != nil:
		d = r.decided(in.WorkspaceID, run, who, in.StepID, in.Visit, storage.DecisionBranch, "")
		if d.Outcome, d.Reason, d.Detail, err = r.branch(ctx, in, run, who, step.Branch.Cases); err != nil {
			return none, err
		}
	case step.WaitFor != nil, step.Task != nil:
		d = r.decided(in.WorkspaceID, run, who, in.StepID, in.Visit, storage.DecisionEvent, in.EventID)
		id, err := ids.Parse(in.EventID)
		if err != nil {
			return none, nil // a signal sent by hand
		}
		event, err := r.Store.RoutedEvent(ctx, in.WorkspaceID, id)
		if fault.Is(err, fault.NotFound) {
			return none, nil // deleted meanwhile, with its customer
		}
		if err != nil {
			return none, err
		}
		if d.Outcome, err = r.fulfils(ctx, in.WorkspaceID, run, who, step, in.Visit, &event, in.Revision, in.Results); err != nil {
			return none, err
		}
		d.Detail = models.ToJSON(map[string]string{"event_id": in.EventID})
		if d.Outcome == "" {
			d.Outcome = noMatch
			return none, r.Store.KeepDecision(ctx, d)
		}
	default:
		return none, fault.New(fault.Invalid, "step %s decides nothing", in.StepID)
	}
	return contract.DecideResult{Exit: d.Outcome}, r.Store.KeepDecision(ctx, d)
}

// branch takes the first case that holds. The detail keeps, case by case, what was seen.
func (r *Runs) branch(ctx context.Context, in contract.DecideInput, run ids.ID, who storage.RunPerson, cases []journey.Case) (exit, reason string, detail models.JSON, err error) {
	prepared := make([]match.Prepared, len(cases))
	var needs audience.Needs
	for i, c := range cases {
		if prepared[i], err = match.Prepare(c.When); err != nil {
			return "", "", nil, err
		}
		needs.Add(prepared[i].Expr().Needs())
	}
	subject, err := r.load(ctx, in.WorkspaceID, run, who, needs, in.Revision, in.Results)
	if err != nil {
		return "", "", nil, err
	}
	if subject == nil {
		return journey.ExitOtherwise, "customer_gone", nil, nil
	}
	type seen struct {
		Case string               `json:"case"`
		Why  audience.Explanation `json:"why"`
	}
	var all []seen
	now := r.local(who)
	for i, c := range cases {
		why := prepared[i].Explain(subject, now)
		all = append(all, seen{c.Name, why})
		if why.Holds {
			return c.Name, "", models.ToJSON(map[string]any{"cases": all}), nil
		}
	}
	return journey.ExitOtherwise, "", models.ToJSON(map[string]any{"cases": all}), nil
}

// load gathers what a condition of a run looks at; nil when the customer was erased.
func (r *Runs) load(ctx context.Context, workspace int64, run ids.ID, who storage.RunPerson, needs audience.Needs, revision int, results map[string]string) (*match.Subject, error) {
	subject, err := r.Subjects.LoadSubject(ctx, workspace, who.CustomerID, needs, r.local(who))
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if needs.Run {
		subject.Results = results
		// Revision 1 is what the run was entered with; the run is told of later ones only.
		if subject.Context, err = r.Store.RunContext(ctx, workspace, run, max(revision, 1)); err != nil {
			return nil, err
		}
	}
	return &subject, nil
}

func (r *Runs) decided(workspace int64, run ids.ID, who storage.RunPerson, step string, visit int, kind, event string) models.Decision {
	return models.Decision{
		ID: decisionID(run, step, visit, kind, event), WorkspaceID: workspace, CustomerID: who.CustomerID, RunID: run, JourneyID: who.JourneyID,
		StepID: step, Kind: kind, At: models.At(r.now()),
	}
}
