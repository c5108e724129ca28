package adminapi

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// documentOf reads the draft (0) or a version of a journey.
func (a *API) documentOf(ctx context.Context, ws int64, key string, number int) (journey.Document, error) {
	if number != 0 {
		_, v, err := a.version(ctx, ws, key, number)
		if err != nil {
			return journey.Document{}, err
		}
		p, err := a.deps.Store.DocumentByVersion(ctx, ws, v.ID)
		if err != nil {
			return journey.Document{}, err
		}
		return *p.Document, nil
	}
	j, err := a.deps.Store.JourneyByKey(ctx, ws, key)
	if err != nil {
		return journey.Document{}, err
	}
	var doc journey.Document
	return doc, j.Draft.Into(&doc)
}

func (a *API) diffVersions(ctx context.Context, in *DiffIn) (*Out[VersionDiff], error) {
	ws := caller(ctx).Workspace.ID
	before, err := a.documentOf(ctx, ws, in.Key, in.From)
	if err != nil {
		return nil, err
	}
	after, err := a.documentOf(ctx, ws, in.Key, in.To)
	return &Out[VersionDiff]{VersionDiff{From: in.From, To: in.To, Before: before, After: after, Difference: journey.Diff(before, after)}}, err
}

// checkMapping refuses a mapping to a step that the version does not have: everybody there would stay, and nobody would see why.
func checkMapping(field string, to journey.Document, mapping map[string]string) error {
	refused := fault.New(fault.Invalid, "the mapping leads to steps that the version does not have")
	for _, from := range slices.Sorted(maps.Keys(mapping)) {
		target := mapping[from]
		if _, known := to.Step(target); !known && target != journey.MoveEnd && target != journey.MoveStay {
			refused = refused.WithFields(fault.Field{Path: field + "." + from, Message: fmt.Sprintf("no step %q", target)})
		}
	}
	if len(refused.Fields) > 0 {
		return refused
	}
	return nil
}

// rollBack publishes an older document as a new version; a draft with changes of its own stays as it is.
func (a *API) rollBack(ctx context.Context, in *ByKeyBody[RollBackRequest]) (*Created[VersionSummary], error) {
	c := caller(ctx)
	doc, err := a.documentOf(ctx, c.Workspace.ID, in.Key, in.Body.Version)
	if err != nil {
		return nil, err
	}
	j, err := a.deps.Store.JourneyByKey(ctx, c.Workspace.ID, in.Key)
	if err != nil {
		return nil, err
	}
	if err := a.guardJump(ctx, c.Workspace, j, doc, in.Body.Confirm); err != nil {
		return nil, err
	}
	v, err := a.goLive(ctx, j, doc, storage.NewVersion{Document: &doc, By: c.Actor()}, in.Body.InFlight)
	if err != nil {
		return nil, err
	}
	j.LiveVersionID = v.ID
	names, err := a.actorNames(ctx, c.Workspace.ID)
	return created(versionOf(v, j, nil, names)), err
}

func (a *API) setRollout(ctx context.Context, in *ByKeyBody[RolloutRequest]) (*Out[JourneyDetail], error) {
	out, err := a.change(ctx, in.Key, func(ws int64, id ids.ID) error { return a.deps.Store.SetRollout(ctx, ws, id, in.Body.Percent, a.now()) })
	if err == nil && a.deps.Refresh != nil {
		if err := a.deps.Refresh(ctx); err != nil {
			a.log().WarnContext(ctx, "who may enter now does so with the next round", "error", err)
		}
	}
	return out, err
}

// previewMove counts, per step, what would become of the people there. It changes nothing.
func (a *API) previewMove(ctx context.Context, in *ByKeyBody[MovePreviewRequest]) (*Out[MovePreview], error) {
	ws, b := caller(ctx).Workspace.ID, in.Body
	doc, err := a.documentOf(ctx, ws, in.Key, b.To)
	if err != nil {
		return nil, err
	}
	to, err := journey.Compile(doc)
	if err != nil {
		return nil, err
	}
	j, err := a.deps.Store.JourneyByKey(ctx, ws, in.Key)
	if err != nil {
		return nil, err
	}
	waiting, err := a.deps.Store.WaitingBySteps(ctx, ws, j.ID)
	if err != nil {
		return nil, err
	}
	out := MovePreview{To: b.To, Steps: []MoveStep{}}
	for _, at := range waiting {
		p, err := a.deps.Store.DocumentByVersion(ctx, ws, at.VersionID)
		if err != nil {
			return nil, err
		}
		if b.To != 0 && p.Number == b.To || b.From != 0 && p.Number != b.From {
			continue
		}
		from, err := journey.Compile(*p.Document)
		if err != nil {
			return nil, err
		}
		out.Total += at.Count
		out.Steps = append(out.Steps, moveStep(from, to, at, p.Number, b.Mapping))
	}
	return &Out[MovePreview]{out}, nil
}

func moveStep(from, to *journey.Program, at storage.Waiting, version int, mapping map[string]string) MoveStep {
	land := journey.Land(from, to, at.StepID, mapping)
	m := MoveStep{Version: version, StepID: at.StepID, Count: at.Count, Landing: string(land.Kind), To: land.Step, Acts: land.Acts}
	m.StepName, _ = stepName(&from.Doc, at.StepID)
	m.ToName, _ = stepName(&to.Doc, land.Step)
	if land.Kind == journey.LandStays || land.Kind == journey.LandEnter {
		m.Suggestion = journey.SuggestStep(from.Doc, to.Doc, at.StepID)
	}
	switch {
	case land.Kind == journey.LandStays && mapping[at.StepID] != "" && mapping[at.StepID] != journey.MoveStay:
		m.Issue = fmt.Sprintf("the new version has no step %s", mapping[at.StepID])
	case land.Kind == journey.LandStays && mapping[at.StepID] == "":
		m.Issue = "the new version has no such step: say where these people go, or they stay"
	case land.Acts:
		m.Issue = "something is done there at once"
	}
	return m
}

// goLive validates, checks how the people in flight are to be treated, publishes and tells who must know.
func (a *API) goLive(ctx context.Context, j models.Journey, doc journey.Document, v storage.NewVersion, flight *InFlight) (models.JourneyVersion, error) {
	issues, err := a.issues(ctx, j.WorkspaceID, doc)
	if err != nil {
		return models.JourneyVersion{}, err
	}
	if hasErrors(issues) {
		refused := fault.New(fault.Invalid, "this journey can't be published yet")
		for _, i := range issues {
			refused = refused.WithFields(fault.Field{Path: i.Path, Message: i.Message})
		}
		return models.JourneyVersion{}, refused
	}
	if flight != nil && flight.Mode != "stay" {
		kind := storage.OperationStop
		if flight.Mode == "move" {
			kind = storage.OperationMove
			if err := checkMapping("body.in_flight.mapping", doc, flight.Mapping); err != nil {
				return models.JourneyVersion{}, err
			}
		}
		v.InFlight = &storage.NewOperation{Kind: kind, Mapping: flight.Mapping, PerSecond: orRate(flight.PerSecond), By: v.By, Action: "operation-" + kind}
	}
	out, err := a.deps.Store.PublishVersion(ctx, j.WorkspaceID, j.ID, v, a.now())
	if err != nil {
		return out, err
	}
	if v.InFlight != nil {
		a.operate(ctx)
	}
	if a.deps.Published != nil {
		if err := a.deps.Published(ctx, j.WorkspaceID, out); err != nil {
			// The version is live; its schedule is put in place by the worker's own round, too.
			a.log().WarnContext(ctx, "schedule of a published journey", "journey", j.JourneyKey, "error", err)
		}
	}
	return out, nil
}
