package adminapi

import (
	"context"
	"slices"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// journeyNumbers are the numbers of one version or of all; with all, the steps are those of the live version, then others.
func (a *API) journeyNumbers(ctx context.Context, in *NumbersIn) (*Out[VersionCounts], error) {
	ws := caller(ctx).Workspace.ID
	j, err := a.deps.Store.JourneyByKey(ctx, ws, in.Key)
	if err != nil {
		return nil, err
	}
	version, shown := ids.ID{}, j.LiveVersionID
	if in.Version != 0 {
		_, v, err := a.version(ctx, ws, in.Key, in.Version)
		if err != nil {
			return nil, err
		}
		version, shown = v.ID, v.ID
	}
	var doc journey.Document
	if !shown.IsZero() {
		p, err := a.deps.Store.DocumentByVersion(ctx, ws, shown)
		if err != nil {
			return nil, err
		}
		doc = *p.Document
	}
	c, err := a.numbers(ctx, j, version, in.Version, doc)
	return &Out[VersionCounts]{c}, err
}

func (a *API) numbers(ctx context.Context, j models.Journey, version ids.ID, number int, doc journey.Document) (VersionCounts, error) {
	n, err := a.versionCount(ctx, j.WorkspaceID, j.ID, version)
	if err != nil {
		return VersionCounts{}, err
	}
	c := counts(n.numbers, n.funnel, doc)
	c.At, c.Version = n.at, number
	return c, nil
}

// counts arranges the numbers by step: every step of the document in its order, then those that only other versions have.
func counts(n storage.VersionNumbers, funnel []storage.GroupCount, doc journey.Document) VersionCounts {
	c := VersionCounts{Entered: n.Entered, Open: n.Open, Control: n.Control, ControlConversions: n.ControlConversions, Conversions: n.Conversions, Value: moneys(n.Values), Outcomes: []OutcomeCount{},
		Steps: []StepCounts{}, Funnel: Funnel{Refused: []ReasonCount{}}}
	for _, o := range n.Outcomes {
		c.Outcomes = append(c.Outcomes, OutcomeCount{State: o.State, Outcome: o.Reason, Count: o.Count})
	}
	for _, s := range doc.Steps {
		c.Steps = append(c.Steps, stepCounts(s.ID, n))
		if at := &c.Steps[len(c.Steps)-1]; at.Reached > 0 && leadsOn(s) {
			share := float64(at.Left) / float64(at.Reached)
			at.DropOff = &share
		}
	}
	for _, id := range others(n, doc) {
		c.Steps = append(c.Steps, stepCounts(id, n))
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

// leadsOn reports whether a way out of the step leads to another one: where none does, leaving is what is meant.
func leadsOn(s journey.Step) bool {
	return slices.ContainsFunc(s.Exits(), func(e journey.Exit) bool { return e.To != "" })
}

// others are steps with numbers that the document does not have, in the order of their ids.
func others(n storage.VersionNumbers, doc journey.Document) []string {
	var out []string
	for id := range n.Steps {
		if _, known := doc.Step(id); !known && id != "" {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

func stepCounts(id string, n storage.VersionNumbers) StepCounts {
	s := n.Steps[id]
	out := StepCounts{StepID: id, Waiting: s.Waiting, Held: s.Held, Reached: s.Reached, Passed: s.Passed, Left: s.Left, Sent: s.Sent, Opened: s.Opened, Clicked: s.Clicked, Converted: s.Converted, Exits: []ExitCount{}, Sends: []SendCount{}}
	for _, e := range n.Exits {
		if e.StepID == id {
			out.Exits = append(out.Exits, ExitCount{Exit: e.ExitName, Next: e.NextStepID, Count: e.Runs, ByExit: e.ByExit, Times: e.Times})
		}
	}
	for _, e := range n.Sends {
		if e.StepID == id {
			out.Sends = append(out.Sends, SendCount{State: e.State, Reason: e.Reason, Count: e.Count})
		}
	}
	return out
}
