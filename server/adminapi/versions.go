package adminapi

import (
	"context"

	"sojourn/fault"
	"sojourn/models"
	"sojourn/storage"
)

func (a *API) getVersion(ctx context.Context, in *VersionIn) (*Out[VersionDetail], error) {
	ws := caller(ctx).Workspace.ID
	j, v, err := a.version(ctx, ws, in.Key, in.Number)
	if err != nil {
		return nil, err
	}
	p, err := a.deps.Store.DocumentByVersion(ctx, ws, v.ID)
	if err != nil {
		return nil, err
	}
	names, err := a.actorNames(ctx, ws)
	if err != nil {
		return nil, err
	}
	n, err := a.deps.Store.VersionNumbers(ctx, ws, v.ID)
	if err != nil {
		return nil, err
	}
	funnel, err := a.deps.Store.EntryFunnel(ctx, ws, j.ID)
	if err != nil {
		return nil, err
	}
	out := VersionDetail{VersionSummary: versionOf(v, j, nil, names), JourneyKey: j.JourneyKey, JourneyState: j.State, Document: *p.Document}
	out.Counts = counts(n, funnel, out.stepIDs())
	out.Counts.At = a.now()
	out.OpenRuns = out.Counts.Open
	return &Out[VersionDetail]{out}, nil
}

// version finds a version by the journey's key and its number.
func (a *API) version(ctx context.Context, ws int64, key string, number int) (models.Journey, models.JourneyVersion, error) {
	j, err := a.deps.Store.JourneyByKey(ctx, ws, key)
	if err != nil {
		return j, models.JourneyVersion{}, err
	}
	all, err := a.deps.Store.Versions(ctx, ws, j.ID)
	for _, v := range all {
		if v.Number == number {
			return j, v, err
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "no such version")
	}
	return j, models.JourneyVersion{}, err
}

func (v VersionDetail) stepIDs() []string {
	out := make([]string, 0, len(v.Document.Steps))
	for _, s := range v.Document.Steps {
		out = append(out, s.ID)
	}
	return out
}

// counts arranges the numbers by step, every step of the document included.
func counts(n storage.VersionNumbers, funnel []storage.GroupCount, steps []string) VersionCounts {
	c := VersionCounts{Control: n.Control, Conversions: n.Conversions, Value: moneys(n.Values), Outcomes: []OutcomeCount{}, Steps: make([]StepCounts, len(steps)), Funnel: Funnel{Refused: []ReasonCount{}}}
	at := map[string]*StepCounts{}
	for i, id := range steps {
		c.Steps[i] = StepCounts{StepID: id, Waiting: n.Waiting[id], Exits: []ExitCount{}, Sends: []SendCount{}}
		at[id] = &c.Steps[i]
	}
	for _, r := range n.Runs {
		c.Entered += r.Count
		if r.State == models.RunOpen {
			c.Open += r.Count
		} else {
			c.Outcomes = append(c.Outcomes, OutcomeCount{State: r.State, Outcome: r.Reason, Count: r.Count})
		}
	}
	for _, e := range n.Exits {
		if s := at[e.StepID]; s != nil {
			s.Passed += e.Count
			s.Exits = append(s.Exits, ExitCount{Exit: e.ExitName, Next: e.NextStepID, Count: e.Count})
		}
	}
	for _, e := range n.Sends {
		if s := at[e.StepID]; s != nil {
			s.Sends = append(s.Sends, SendCount{State: e.State, Reason: e.Reason, Count: e.Count})
		}
	}
	for _, f := range funnel {
		c.Funnel.Seen += f.Count
		if f.State == "entered" {
			c.Funnel.Entered += f.Count
		} else {
			c.Funnel.Refused = append(c.Funnel.Refused, ReasonCount{Reason: f.Reason, Count: f.Count})
		}
	}
	return c
}
