package adminapi

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

func (a *API) listRuns(ctx context.Context, in *RunsIn) (*Out[Page[RunSummary]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("runs", ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	f := storage.RunFilter{State: in.State, Outcome: in.Outcome, Step: in.Step, PassedStep: in.PassedStep, PassedExit: in.PassedExit, PassedTo: in.PassedTo, Held: in.Held, Measure: storage.Measure(in.Measure)}
	if in.Measure != "" && in.Journey == "" {
		return nil, fault.New(fault.Invalid, "a measure is one of a journey").WithFields(fault.Field{Path: "query.journey", Message: "required with measure"})
	}
	if f.Journey, f.Version, err = a.journeyFilter(ctx, ws, in.Journey, in.Version); err != nil {
		return nil, err
	}
	if f.Customer, err = optionalID(in.Customer); err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.ListRuns(ctx, ws, f, ask)
	if err != nil {
		return nil, err
	}
	docs := a.documents(ctx, ws)
	return page(a, "runs", ws, ask, rows, func(r storage.RunRow) (models.Instant, ids.ID) { return r.StartedAt, r.ID }, func(r storage.RunRow) RunSummary { return runOf(r, docs) }), nil
}

// journeyFilter turns a journey key and version number into ids; an unknown one is a 404, not an empty list.
func (a *API) journeyFilter(ctx context.Context, ws int64, key string, number int) (journeyID, versionID ids.ID, err error) {
	if key == "" {
		return
	}
	if number == 0 {
		j, err := a.deps.Store.JourneyByKey(ctx, ws, key)
		return j.ID, ids.ID{}, err
	}
	j, v, err := a.version(ctx, ws, key, number)
	return j.ID, v.ID, err
}

func optionalID(s string) (ids.ID, error) {
	if s == "" {
		return ids.ID{}, nil
	}
	return parseID(s)
}

// documents looks up documents of versions for the names of steps; one that can't be read leaves names empty.
func (a *API) documents(ctx context.Context, ws int64) func(version ids.ID) *journey.Document {
	seen := map[ids.ID]*journey.Document{}
	return func(version ids.ID) *journey.Document {
		if version.IsZero() {
			return nil
		}
		d, ok := seen[version]
		if !ok {
			if p, err := a.deps.Store.DocumentByVersion(ctx, ws, version); err == nil {
				d = p.Document
			}
			seen[version] = d
		}
		return d
	}
}

func stepName(d *journey.Document, id string) (name string, kind journey.StepKind) {
	if d == nil || id == "" {
		return id, ""
	}
	s, ok := d.Step(id)
	if !ok {
		return id, ""
	}
	return or(s.Name, id), s.Kind
}

func runOf(r storage.RunRow, docs func(ids.ID) *journey.Document) RunSummary {
	name, kind := stepName(docs(r.VersionID), r.StepID)
	out := RunSummary{ID: r.ID.String(), Customer: customerRef(r.Person), State: r.State, Outcome: r.Outcome, StepID: r.StepID, StepName: name, StepKind: string(kind),
		StepSince: r.StepSince.Time(), EntryKey: r.EntryKey, Control: r.Control, Held: r.Held && r.State == models.RunOpen, StartedAt: r.StartedAt.Time(), EndedAt: when(r.EndedAt), GoalAt: when(r.GoalAt)}
	if j := journeyRef(r.Journey); j != nil {
		out.Journey = *j
	}
	if r.State == models.RunOpen {
		out.WakeAt = when(r.WakeAt)
	}
	return out
}

func (a *API) getRun(ctx context.Context, in *ByID) (*Out[RunDetail], error) {
	w := caller(ctx).Workspace
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	row, err := a.deps.Store.Run(ctx, w.ID, id)
	if err != nil {
		return nil, err
	}
	rec, err := a.deps.Store.RunRecord(ctx, w.ID, id)
	if err != nil {
		return nil, err
	}
	docs := a.documents(ctx, w.ID)
	out := RunDetail{RunSummary: runOf(row, docs), Timeline: runTimeline(row, rec, docs), Waiting: waitOf(row, rec, docs(row.VersionID)), Sends: []SendSummary{}, Contexts: []RunContext{}}
	for _, s := range rec.Sends {
		out.Sends = append(out.Sends, sendOf(s))
	}
	if err := a.engaged(ctx, w.ID, out.Sends); err != nil {
		return nil, err
	}
	out.Timeline = engagedEntries(out.Timeline, out.Sends, docs(row.VersionID))
	for _, c := range slices.Backward(rec.Contexts) {
		out.Contexts = append(out.Contexts, RunContext{Revision: c.Revision, At: c.CreatedAt.Time(), EventID: c.EventID.String(), Data: visible(object(c.Data))})
	}
	if g := rec.Conversion; g != nil {
		out.Goal = &Conversion{At: g.At.Time(), EventID: g.EventID.String(), Value: Money{Minor: g.ValueMinor, Currency: g.Currency}}
	}
	out.Temporal = a.temporalRun(ctx, contract.RunWorkflowID(w.WorkspaceKey, row.Journey.Key, row.ID.String()))
	return &Out[RunDetail]{out}, nil
}

// visible leaves out what a journey keeps for itself: keys that begin with an underscore.
func visible(m map[string]any) map[string]any {
	for k := range m {
		if strings.HasPrefix(k, "_") {
			delete(m, k)
		}
	}
	return m
}

// temporalRun never fails the page: our own record is what counts, Temporal's is a look behind the scenes.
func (a *API) temporalRun(ctx context.Context, workflowID string) TemporalRun {
	t := TemporalRun{WorkflowID: workflowID, State: "unreachable"}
	if a.deps.Temporal == nil {
		return t
	}
	got, err := a.deps.Temporal.Run(ctx, workflowID)
	if err != nil {
		return t
	}
	got.WorkflowID = workflowID
	return got
}

// runTimeline tells a run from its beginning: entry, steps, decisions, sends, new data, repairs, goal, end.
func runTimeline(r storage.RunRow, rec storage.RunRecord, docs func(ids.ID) *journey.Document) []TimelineEntry {
	doc := docs(r.VersionID)
	start := entry(storage.TimelineRunStarted, r.ID, r.StartedAt, "entered", startedSentence(r.Control), nil)
	for _, d := range rec.Decisions {
		if d.Kind == "entry" {
			start.Title, start.Reason, start.Facts = entered(start.Title, d.Reason), d.Reason, object(d.Detail)
		}
	}
	out := []TimelineEntry{start}
	for _, v := range rec.Visits {
		of := docs(v.VersionID) // the version he was in then
		name, kind := stepName(of, v.StepID)
		e := entry("step", r.ID, v.LeftAt, v.ExitName, visitSentence(name, kind, v.ExitName), map[string]any{"entered_at": v.EnteredAt.Time(), "next": v.NextStepID, "visit": v.Visit})
		if n, ok := storage.ReadWaitNote(v.Why); ok && of != nil {
			if s, known := of.Step(v.StepID); known {
				e.Title = waited(v, name, s, n)
				noteFacts(e.Facts, s, n)
			}
		}
		e.ID, e.StepID, e.StepName = fmt.Sprintf("%s/%d", e.ID, v.Seq), v.StepID, name
		out = append(out, e)
	}
	for _, d := range rec.Decisions {
		if d.Kind == storage.DecisionEnd && r.State == models.RunEnded || d.Kind == "entry" {
			continue // said by the end and the beginning of the run
		}
		out = append(out, decisionEntry(d, doc, nil))
	}
	for _, s := range rec.Sends {
		e := sendEntry(s.Send, nil, doc)
		e.Facts["subject"], e.Facts["template"] = s.Subject, s.Template
		out = append(out, e)
	}
	for _, c := range rec.Contexts {
		e := entry("context", r.ID, c.CreatedAt, "revision", "New data for this run", map[string]any{"revision": c.Revision, "event_id": c.EventID.String()})
		e.ID = fmt.Sprintf("%s/%d", e.ID, c.Revision)
		out = append(out, e)
	}
	for _, p := range rec.Repairs {
		out = append(out, entry("repair", p.ID, p.At, p.Kind, repairSentence(p.Kind), map[string]any{"detail": p.Detail}))
	}
	if g := rec.Conversion; g != nil {
		out = append(out, conversionEntry(*g, nil))
	}
	if r.State == models.RunEnded {
		end := endedEntry(r.Run, nil)
		for _, d := range rec.Decisions {
			if d.Kind == storage.DecisionEnd {
				end.Title, end.Reason, end.Facts = endSentence(end.Title, d.Reason), d.Reason, object(d.Detail)
			}
		}
		out = append(out, end)
	}
	for i := range out {
		out[i].RunID = r.ID.String()
	}
	slices.SortStableFunc(out, func(x, y TimelineEntry) int { return x.At.Compare(y.At) })
	return out
}

func (a *API) listSends(ctx context.Context, in *SendsIn) (*Out[Page[SendSummary]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("sends", ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	f := storage.SendFilter{Step: in.Step, State: in.State, Reason: in.Reason, Arm: in.Arm, Engaged: in.Engaged}
	if f.Journey, f.Version, err = a.journeyFilter(ctx, ws, in.Journey, in.Version); err != nil {
		return nil, err
	}
	if f.Customer, err = optionalID(in.Customer); err != nil {
		return nil, err
	}
	if f.Issue, err = optionalID(in.Issue); err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.ListSends(ctx, ws, f, ask)
	if err != nil {
		return nil, err
	}
	out := page(a, "sends", ws, ask, rows, func(r storage.SendRow) (models.Instant, ids.ID) { return r.PlannedAt, r.ID }, sendOf)
	return out, a.engaged(ctx, ws, out.Body.Items)
}
