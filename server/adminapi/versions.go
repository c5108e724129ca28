package adminapi

import (
	"context"

	"sojourn/fault"
	"sojourn/models"
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
	out := VersionDetail{VersionSummary: versionOf(v, j, nil, names), JourneyKey: j.JourneyKey, JourneyState: j.State, Document: *p.Document}
	if out.Counts, err = a.numbers(ctx, j, v.ID, v.Number, *p.Document); err != nil {
		return nil, err
	}
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
