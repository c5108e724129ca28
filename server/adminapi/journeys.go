package adminapi

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

func (a *API) listJourneys(ctx context.Context, in *JourneysIn) (*Out[Page[JourneySummary]], error) {
	w := caller(ctx).Workspace
	all, err := a.deps.Store.ListJourneys(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	now := a.now()
	numbers, err := a.journeyPulse(ctx, w.ID, daysBack(now, w, 14))
	if err != nil {
		return nil, err
	}
	out := &Out[Page[JourneySummary]]{Page[JourneySummary]{Items: []JourneySummary{}}}
	prefix := strings.ToLower(in.Query)
	for _, j := range all {
		if in.State == "" && j.State == storage.JourneyArchived || in.State != "" && j.State != in.State ||
			!strings.HasPrefix(strings.ToLower(j.Name), prefix) && !strings.HasPrefix(j.JourneyKey, prefix) {
			continue
		}
		s, err := a.journeySummary(ctx, w, j, numbers[j.ID])
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, s)
	}
	return out, nil
}

func (a *API) journeySummary(ctx context.Context, w models.Workspace, j models.Journey, n storage.JourneyNumbers) (JourneySummary, error) {
	f := figure(n.Entries, a.now(), w)
	s := JourneySummary{ID: j.ID.String(), Key: j.JourneyKey, Name: j.Name, State: j.State, OpenRuns: n.OpenRuns, Entries7d: f.Last7Days, EntriesPrevious7d: f.Previous7Days,
		Sends7d: n.Accepted, Conversions7d: n.Conversions, EntriesDaily: f.Daily, UpdatedAt: j.UpdatedAt.Time()}
	var doc journey.Document
	if !j.LiveVersionID.IsZero() {
		p, err := a.deps.Store.DocumentByVersion(ctx, w.ID, j.LiveVersionID) // cached: versions never change
		if err != nil {
			return s, err
		}
		doc, s.LiveVersion = *p.Document, p.Number
	} else if len(j.Draft) > 0 {
		if err := j.Draft.Into(&doc); err != nil {
			return s, err
		}
	}
	s.Description, s.Purpose, s.EntryKind = doc.Description, doc.Purpose, string(doc.Entry.Kind)
	return s, nil
}

func (a *API) getJourney(ctx context.Context, in *ByKey) (*Tagged[JourneyDetail], error) {
	d, err := a.journeyDetail(ctx, caller(ctx).Workspace, in.Key)
	if err != nil {
		return nil, err
	}
	return &Tagged[JourneyDetail]{ETag: etag(d.DraftRevision), Body: d}, nil
}

func (a *API) journeyDetail(ctx context.Context, w models.Workspace, key string) (JourneyDetail, error) {
	var d JourneyDetail
	j, err := a.deps.Store.JourneyByKey(ctx, w.ID, key)
	if err != nil {
		return d, err
	}
	numbers, err := a.journeyPulse(ctx, w.ID, daysBack(a.now(), w, 14))
	if err != nil {
		return d, err
	}
	if d.JourneySummary, err = a.journeySummary(ctx, w, j, numbers[j.ID]); err != nil {
		return d, err
	}
	if err := j.Draft.Into(&d.Draft); err != nil {
		return d, err
	}
	d.DraftRevision, d.RolloutPercent = j.DraftRevision, j.RolloutPercent
	if d.Issues, err = a.issues(ctx, w.ID, d.Draft); err != nil {
		return d, err
	}
	if d.Versions, err = a.versions(ctx, w.ID, j); err != nil {
		return d, err
	}
	d.DraftChanged = true
	for _, v := range d.Versions {
		if v.Live {
			d.DraftChanged = v.Hash != models.Hash(journey.Hash(d.Draft)).String()
		}
	}
	if d.DraftChanged {
		last, err := a.deps.Store.LastActor(ctx, w.ID, key, "save-draft", "create-journey")
		if err != nil {
			return d, err
		}
		d.DraftMine = last != "" && last == caller(ctx).Actor()
	}
	pauses, err := a.deps.Store.JourneyPauses(ctx, w.ID, j.ID)
	d.Pauses = []PauseInterval{}
	for i := len(pauses) - 1; i >= 0; i-- {
		d.Pauses = append(d.Pauses, PauseInterval{PausedAt: pauses[i].PausedAt.Time(), ResumedAt: when(pauses[i].ResumedAt), Clock: pauses[i].Clock, Cause: pauses[i].Cause, Measured: pauses[i].Measured, Sample: pauses[i].Sample})
	}
	return d, err
}

func (a *API) versions(ctx context.Context, ws int64, j models.Journey) ([]VersionSummary, error) {
	rows, err := a.deps.Store.Versions(ctx, ws, j.ID)
	if err != nil {
		return nil, err
	}
	open, err := a.deps.Store.OpenByVersion(ctx, ws, j.ID)
	if err != nil {
		return nil, err
	}
	names, err := a.actorNames(ctx, ws)
	out := make([]VersionSummary, 0, len(rows))
	for _, v := range rows {
		out = append(out, versionOf(v, j, open, names))
	}
	return out, err
}

func versionOf(v models.JourneyVersion, j models.Journey, open map[ids.ID]int64, names map[string]string) VersionSummary {
	return VersionSummary{ID: v.ID.String(), Number: v.Number, Hash: v.Hash.String(), Live: v.ID == j.LiveVersionID, OpenRuns: open[v.ID],
		PublishedAt: v.PublishedAt.Time(), PublishedBy: or(names[v.PublishedBy], v.PublishedBy)}
}

// issues validates against what the workspace has.
func (a *API) issues(ctx context.Context, ws int64, d journey.Document) ([]Issue, error) {
	known, err := a.deps.Store.JourneyCatalogue(ctx, ws)
	if err != nil {
		return nil, err
	}
	known = known.At(a.now())
	known.Channels = a.deps.Channels
	out := []Issue{}
	for _, i := range journey.Validate(d, known) {
		out = append(out, Issue{StepID: i.Step, Path: i.Path, Code: i.Code, Severity: string(i.Severity), Message: i.Message})
	}
	return out, nil
}

func hasErrors(issues []Issue) bool {
	for _, i := range issues {
		if i.Severity == string(journey.Error) {
			return true
		}
	}
	return false
}

func (a *API) validateJourney(ctx context.Context, in *In[ValidateRequest]) (*Out[ValidateResult], error) {
	issues, err := a.issues(ctx, caller(ctx).Workspace.ID, in.Body.Document)
	return &Out[ValidateResult]{ValidateResult{Valid: !hasErrors(issues), Issues: issues}}, err
}

func (a *API) createJourney(ctx context.Context, in *In[JourneyCreate]) (*Created[JourneyCreated], error) {
	w, b := caller(ctx).Workspace, in.Body
	var doc journey.Document
	var messages []storage.TemplateInput
	switch {
	case (b.Blueprint == "") == (b.Document == nil):
		return nil, fault.New(fault.Invalid, "give either a blueprint or a document").WithFields(fault.Field{Path: "body", Message: "exactly one of blueprint and document"})
	case b.Document != nil:
		doc = *b.Document
	default:
		f, err := a.blueprint(b.Blueprint)
		if err != nil {
			return nil, fault.New(fault.Invalid, "there is no such blueprint").WithFields(fault.Field{Path: "body.blueprint", Message: "unknown"})
		}
		doc = f.said(ctx, b.Language)
		if messages, err = a.chosen(ctx, w.ID, f, b.Locales, b.Sender); err != nil {
			return nil, err
		}
	}
	doc.Key, doc.Name = or(b.Key, doc.Key), or(b.Name, doc.Name)
	for _, i := range journey.Validate(doc, nil) { // a draft may be wrong in any way but this: its key is for ever
		if i.Path == "key" && i.Severity == journey.Error {
			return nil, fault.New(fault.Invalid, "the key is not right").WithFields(fault.Field{Path: "body.key", Message: i.Message})
		}
	}
	made, err := a.deps.Store.Install(ctx, w.ID, doc, messages, a.now())
	if err != nil {
		return nil, err
	}
	d, err := a.journeyDetail(ctx, w, doc.Key)
	return created(JourneyCreated{JourneyDetail: d, RenamedTemplates: made.Renamed, SharedTemplates: made.Shared}), err
}

func (a *API) saveDraft(ctx context.Context, in *draftIn) (*Tagged[JourneyDetail], error) {
	w := caller(ctx).Workspace
	j, err := a.deps.Store.JourneyByKey(ctx, w.ID, in.Key)
	if err != nil {
		return nil, err
	}
	revision, err := revisionOf(in.IfMatch, j.DraftRevision)
	if err != nil {
		return nil, err
	}
	if _, err := a.deps.Store.SaveDraft(ctx, w.ID, j.ID, revision, in.Body, a.now()); err != nil {
		return nil, err
	}
	d, err := a.journeyDetail(ctx, w, in.Key)
	return &Tagged[JourneyDetail]{ETag: etag(d.DraftRevision), Body: d}, err
}

func etag(revision int) string { return fmt.Sprintf(`"%d"`, revision) }

// revisionOf reads If-Match. It is required: two editors on one journey must meet, not overwrite each other.
func revisionOf(header string, current int) (int, error) {
	if header == "" {
		return 0, fault.New(fault.Invalid, "say which revision you changed").WithFields(fault.Field{Path: "header.If-Match", Message: "required, e.g. \"7\""})
	}
	if header != etag(current) {
		return 0, errStale
	}
	return current, nil
}

func (a *API) previewPublish(ctx context.Context, in *ByKey) (*Out[PublishPreview], error) {
	w := caller(ctx).Workspace
	d, err := a.journeyDetail(ctx, w, in.Key)
	if err != nil {
		return nil, err
	}
	p := PublishPreview{Issues: d.Issues, FirstPublish: len(d.Versions) == 0, InFlight: d.OpenRuns, NextVersion: 1, DraftUnchanged: !d.DraftChanged, Coming: []time.Time{}}
	if len(d.Versions) > 0 {
		p.NextVersion = d.Versions[0].Number + 1
	}
	if !hasErrors(d.Issues) {
		j, err := a.deps.Store.JourneyByKey(ctx, w.ID, in.Key)
		if err != nil {
			return nil, err
		}
		if p.Volume, err = a.volume(ctx, w, j, d.Draft); err != nil {
			return nil, err
		}
		p.EntersAtOnce = p.Volume.Present
		if d.Draft.Entry.Kind == journey.EntrySchedule {
			if p.Coming, err = scheduleOf(d.Draft.Entry).Coming(a.now(), w.Timezone, 5); err != nil {
				return nil, fmt.Errorf("next runs of %s: %w", in.Key, err)
			}
		}
	}
	return &Out[PublishPreview]{p}, nil
}

func (a *API) publishJourney(ctx context.Context, in *WithRevision[PublishRequest]) (*Created[VersionSummary], error) {
	c := caller(ctx)
	j, err := a.deps.Store.JourneyByKey(ctx, c.Workspace.ID, in.Key)
	if err != nil {
		return nil, err
	}
	revision, err := revisionOf(in.IfMatch, j.DraftRevision)
	if err != nil {
		return nil, err
	}
	var doc journey.Document
	if err := j.Draft.Into(&doc); err != nil {
		return nil, err
	}
	if p := in.Body.IncludePresent; p != nil && doc.Entry.Kind == journey.EntryAudience && doc.Entry.IncludePresent != *p {
		doc.Entry.IncludePresent = *p
		if revision, err = a.deps.Store.SaveDraft(ctx, c.Workspace.ID, j.ID, revision, doc, a.now()); err != nil {
			return nil, err
		}
	}
	if err := a.guardJump(ctx, c.Workspace, j, doc, in.Body.Confirm || in.Body.Rollout > 0 && in.Body.Rollout < 100); err != nil {
		return nil, err
	}
	v, err := a.goLive(ctx, j, doc, storage.NewVersion{Revision: revision, By: c.Actor(), Rollout: in.Body.Rollout}, in.Body.InFlight)
	if err != nil {
		return nil, err
	}
	j.LiveVersionID = v.ID
	names, err := a.actorNames(ctx, c.Workspace.ID)
	return created(versionOf(v, j, nil, names)), err
}

func (a *API) pauseJourney(ctx context.Context, in *ByKey) (*Out[JourneyDetail], error) {
	return a.change(ctx, in.Key, func(ws int64, id ids.ID) error { return a.deps.Store.PauseJourney(ctx, ws, id, a.now()) })
}

func (a *API) resumeJourney(ctx context.Context, in *ByKeyBody[ResumeRequest]) (*Out[JourneyDetail], error) {
	clock := storage.PauseClock(or(in.Body.Clock, string(storage.PauseCounts)))
	return a.change(ctx, in.Key, func(ws int64, id ids.ID) error { return a.deps.Store.ResumeJourney(ctx, ws, id, clock, a.now()) })
}

func (a *API) stopJourney(ctx context.Context, in *ByKey) (*Out[JourneyDetail], error) {
	return a.change(ctx, in.Key, func(ws int64, id ids.ID) error { return a.deps.Store.StopJourney(ctx, ws, id, a.now()) })
}

func (a *API) archiveJourney(ctx context.Context, in *ByKey) (*Out[JourneyDetail], error) {
	return a.change(ctx, in.Key, func(ws int64, id ids.ID) error { return a.deps.Store.ArchiveJourney(ctx, ws, id, a.now()) })
}

func (a *API) change(ctx context.Context, key string, do func(ws int64, id ids.ID) error) (*Out[JourneyDetail], error) {
	w := caller(ctx).Workspace
	j, err := a.deps.Store.JourneyByKey(ctx, w.ID, key)
	if err != nil {
		return nil, err
	}
	if err := do(w.ID, j.ID); err != nil {
		return nil, err
	}
	d, err := a.journeyDetail(ctx, w, key)
	return &Out[JourneyDetail]{d}, err
}
