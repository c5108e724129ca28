package adminapi

import (
	"context"
	"fmt"
	"time"

	"sojourn/broadcast"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/storage"
)

func (a *API) listBroadcasts(ctx context.Context, in *BroadcastsIn) (*Out[Page[BroadcastSummary]], error) {
	ws := caller(ctx).Workspace.ID
	ask, err := a.ask("broadcasts", ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	rows, err := a.deps.Store.ListBroadcasts(ctx, ws, storage.BroadcastFilter{State: in.State, Query: in.Query, Archived: in.Archived}, ask)
	if err != nil {
		return nil, err
	}
	out := &Out[Page[BroadcastSummary]]{Page[BroadcastSummary]{Items: []BroadcastSummary{}}}
	for _, r := range rows {
		s, err := a.broadcastSummary(ctx, r)
		if err != nil {
			return nil, err
		}
		out.Body.Items = append(out.Body.Items, s)
	}
	if len(rows) == ask.Limit {
		last := rows[len(rows)-1]
		out.Body.NextPageToken = a.token("broadcasts", ws, last.CreatedAt, last.ID)
	}
	return out, nil
}

func (a *API) broadcastSummary(ctx context.Context, r models.Broadcast) (BroadcastSummary, error) {
	var d broadcast.Definition
	if err := r.Definition.Into(&d); err != nil {
		return BroadcastSummary{}, err
	}
	s := BroadcastSummary{ID: r.ID.String(), Key: r.BroadcastKey, Name: r.Name, State: r.State, Reason: r.StateReason, Revision: r.Revision, Recurring: d.Schedule.Kind == broadcast.Cron, Archived: !r.ArchivedAt.IsZero(),
		NextAt: when(r.NextAt), CreatedAt: r.CreatedAt.Time(), UpdatedAt: r.UpdatedAt.Time()}
	if r.State == broadcast.Draft {
		return s, nil
	}
	issues, err := a.deps.Store.BroadcastIssues(ctx, r.WorkspaceID, r.ID, 1)
	if err != nil || len(issues) == 0 {
		return s, err
	}
	status, err := a.issueStatus(ctx, issues[0], d.RatePerHour)
	s.Issue = &status
	return s, err
}

func (a *API) issueStatus(ctx context.Context, i models.BroadcastIssue, perHour int) (BroadcastIssueStatus, error) {
	n, err := a.deps.Store.IssueNumbers(ctx, i.WorkspaceID, i.ID, a.now())
	if err != nil {
		return BroadcastIssueStatus{}, err
	}
	out := BroadcastIssueStatus{ID: i.ID.String(), Number: i.Number, State: i.State, PlannedAt: i.PlannedAt.Time(), StartedAt: when(i.StartedAt), EndedAt: when(i.EndedAt),
		Recipients: i.Recipients, Outcomes: []SendCount{}, PerMinute: n.LastMinute}
	for _, g := range n.Outcomes {
		out.Outcomes = append(out.Outcomes, SendCount{State: g.State, Reason: g.Reason, Count: g.Count})
		if storage.FinalSend(g.State) {
			out.Handled += g.Count
		}
	}
	if err := testStatus(i, &out); err != nil {
		return out, err
	}
	out.Remaining = remaining(int64(i.Recipients)-out.Handled, n.LastMinute, perHour)
	return out, nil
}

// remaining estimates how many seconds n more messages take.
func remaining(n int64, perMinute, perHour int) int64 {
	if n <= 0 || perMinute <= 0 {
		return 0
	}
	seconds := n * 60 / int64(perMinute)
	if perHour > 0 {
		seconds = max(seconds, n*3600/int64(perHour))
	}
	return max(seconds, 1)
}

func (a *API) getBroadcast(ctx context.Context, in *ByKey) (*Tagged[BroadcastDetail], error) {
	row, err := a.deps.Store.BroadcastByKey(ctx, caller(ctx).Workspace.ID, in.Key)
	if err != nil {
		return nil, err
	}
	return a.broadcastDetail(ctx, row)
}

func (a *API) broadcastDetail(ctx context.Context, row models.Broadcast) (*Tagged[BroadcastDetail], error) {
	w := caller(ctx).Workspace
	s, err := a.broadcastSummary(ctx, row)
	if err != nil {
		return nil, err
	}
	d := BroadcastDetail{BroadcastSummary: s, Problems: []ProblemAt{}, Issues: []BroadcastIssueStatus{}, ScheduledBy: row.ScheduledBy,
		WorkflowID: contract.BroadcastWorkflowID(w.WorkspaceKey, row.ID.String())}
	if err := row.Definition.Into(&d.Definition); err != nil {
		return nil, err
	}
	if row.State == broadcast.Draft {
		if d.Problems, err = a.broadcastProblems(ctx, w, row.BroadcastKey, d.Definition); err != nil {
			return nil, err
		}
	}
	if d.Held, err = a.heldBy(ctx, w, row, d.Definition); err != nil {
		return nil, err
	}
	names, err := a.actorNames(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	d.ScheduledBy = or(names[row.ScheduledBy], row.ScheduledBy)
	d.Coming = a.coming(d.Definition, w, row)
	issues, err := a.deps.Store.BroadcastIssues(ctx, w.ID, row.ID, 20)
	if err != nil {
		return nil, err
	}
	for _, i := range issues {
		status, err := a.issueStatus(ctx, i, d.Definition.RatePerHour)
		if err != nil {
			return nil, err
		}
		d.Issues = append(d.Issues, status)
	}
	return &Tagged[BroadcastDetail]{ETag: etag(row.Revision), Body: d}, nil
}

// coming are the next five moments; for one that is scheduled, counted from its next one.
func (a *API) coming(d broadcast.Definition, w models.Workspace, row models.Broadcast) []time.Time {
	out := []time.Time{}
	s, after := d.Filled().Schedule, a.now()
	switch {
	case broadcast.Final(row.State), s.Kind != broadcast.Cron && row.State != "" && row.State != broadcast.Draft && row.NextAt.IsZero():
		return out
	case !row.NextAt.IsZero():
		after, out = row.NextAt.Time(), append(out, row.NextAt.Time())
		if s.Kind != broadcast.Cron {
			return out
		}
	}
	more, err := s.Coming(after, w.Timezone, 5-len(out))
	if err != nil {
		return out // said by the problems
	}
	for _, t := range more {
		out = append(out, t.UTC())
	}
	return out
}

// broadcastProblems lists everything that keeps a definition from going out.
func (a *API) broadcastProblems(ctx context.Context, w models.Workspace, self string, d broadcast.Definition) ([]ProblemAt, error) {
	var failed error
	known := broadcast.Known{Channels: a.deps.Channels, Zone: w.Timezone, Self: self, Liquid: a.deps.Liquid,
		Issue: func(key string, number int) bool {
			ok, err := a.knownIssue(ctx, w.ID, key, number)
			if err != nil {
				failed = err
			}
			return ok
		},
		Template: func(key, channel string) (exists, body bool) {
			t, err := a.deps.Store.TemplateByKey(ctx, w.ID, key)
			if err != nil && !fault.Is(err, fault.NotFound) {
				failed = err
			}
			for _, b := range t.Bodies {
				body = body || b.Channel == channel
			}
			return err == nil, body
		},
		Journey: func(key string) bool {
			_, err := a.deps.Store.JourneyByKey(ctx, w.ID, key)
			if err != nil && !fault.Is(err, fault.NotFound) {
				failed = err
			}
			return err == nil
		}}
	out := []ProblemAt{}
	for _, f := range broadcast.Validate(d, known, a.now()) {
		out = append(out, ProblemAt{Path: f.Path, Message: f.Message})
	}
	return out, failed
}

func (a *API) createBroadcast(ctx context.Context, in *In[BroadcastCreate]) (*Created[BroadcastDetail], error) {
	row, err := a.deps.Store.CreateBroadcast(ctx, caller(ctx).Workspace.ID, in.Body.Key, in.Body.Name, in.Body.Definition, a.now())
	if err != nil {
		return nil, err
	}
	d, err := a.broadcastDetail(ctx, row)
	if err != nil {
		return nil, err
	}
	return created(d.Body), nil
}

func (a *API) saveBroadcast(ctx context.Context, in *WithRevision[BroadcastSave]) (*Tagged[BroadcastDetail], error) {
	row, revision, err := a.edited(ctx, in.Key, in.IfMatch)
	if err != nil {
		return nil, err
	}
	if row, err = a.deps.Store.SaveBroadcast(ctx, row.WorkspaceID, row.ID, revision, in.Body.Name, in.Body.Definition, a.now()); err != nil {
		return nil, err
	}
	return a.broadcastDetail(ctx, row)
}

// edited reads a broadcast and the revision that the caller has seen.
func (a *API) edited(ctx context.Context, key, ifMatch string) (models.Broadcast, int, error) {
	row, err := a.deps.Store.BroadcastByKey(ctx, caller(ctx).Workspace.ID, key)
	if err != nil {
		return row, 0, err
	}
	revision, err := revisionOf(ifMatch, row.Revision)
	return row, revision, err
}

func (a *API) deleteBroadcast(ctx context.Context, in *ByKey) (*Done, error) {
	row, err := a.deps.Store.BroadcastByKey(ctx, caller(ctx).Workspace.ID, in.Key)
	if err != nil {
		return nil, err
	}
	return &Done{}, a.deps.Store.DeleteBroadcast(ctx, row.WorkspaceID, row.ID)
}

func (a *API) forecastBroadcast(ctx context.Context, in *In[BroadcastAsk]) (*Out[BroadcastForecast], error) {
	c := caller(ctx)
	w, d, now := c.Workspace, in.Body.Definition, a.now()
	out := &Out[BroadcastForecast]{BroadcastForecast{Later: []ReasonCount{}, Skipped: []ReasonCount{}, Sample: []CustomerRef{}, Coming: a.coming(d, w, models.Broadcast{})}}
	var err error
	if out.Body.Problems, err = a.broadcastProblems(ctx, w, in.Body.Key, d); err != nil {
		return nil, err
	}
	at := now
	if len(out.Body.Coming) > 0 {
		at = out.Body.Coming[0]
	}
	e, err := a.deps.Store.EstimateBroadcast(ctx, w.ID, d, at, now)
	if fault.Is(err, fault.Invalid) {
		return out, nil // a condition that is not finished: the problems say where
	}
	if err != nil {
		return nil, err
	}
	out.Body.Matched, out.Body.Excluded, out.Body.Reached, out.Body.Passed, out.Body.Asked, out.Body.Margin = e.Matched, e.Excluded, e.Reached, e.Passed, e.Asked, e.Margin
	for _, g := range e.Held {
		out.Body.Later = append(out.Body.Later, ReasonCount{Reason: g.Reason, Count: g.Count})
	}
	for _, g := range e.Skipped {
		out.Body.Skipped = append(out.Body.Skipped, ReasonCount{Reason: g.Reason, Count: g.Count})
	}
	if !c.May(access.CustomersRead) {
		return out, nil
	}
	sample, err := a.deps.Store.SampleBroadcast(ctx, w.ID, d, 5, at, now)
	if err != nil {
		return nil, err
	}
	for _, id := range sample {
		v, err := a.deps.Store.Customer(ctx, w.ID, id)
		if err != nil {
			return nil, err
		}
		out.Body.Sample = append(out.Body.Sample, CustomerRef{ID: id.String(), ExternalID: string(v.ExternalID), Email: string(v.Email), Name: personName(v.Attributes, string(v.Email), string(v.ExternalID))})
	}
	return out, nil
}

func (a *API) scheduleBroadcast(ctx context.Context, in *BroadcastRevision) (*Tagged[BroadcastDetail], error) {
	row, revision, err := a.edited(ctx, in.Key, in.IfMatch)
	if err != nil {
		return nil, err
	}
	c := caller(ctx)
	var d broadcast.Definition
	if err := row.Definition.Into(&d); err != nil {
		return nil, err
	}
	problems, err := a.broadcastProblems(ctx, c.Workspace, row.BroadcastKey, d)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		bad := fault.New(fault.Invalid, "this broadcast can't go out yet")
		for _, p := range problems {
			bad = bad.WithFields(fault.Field{Path: "definition." + p.Path, Message: p.Message})
		}
		return nil, bad
	}
	return a.turned(ctx)(a.deps.Store.ScheduleBroadcast(ctx, row.WorkspaceID, row.ID, revision, c.Actor(), a.now()))
}

// switched changes the state of a broadcast and wakes its workflow.
func (a *API) switched(ctx context.Context, key string, change func(row models.Broadcast) (models.Broadcast, error)) (*Tagged[BroadcastDetail], error) {
	row, err := a.deps.Store.BroadcastByKey(ctx, caller(ctx).Workspace.ID, key)
	if err != nil {
		return nil, err
	}
	return a.turned(ctx)(change(row))
}

// turned tells the workflow of a changed broadcast. What could not be told is found by the reconciler within a minute,
// and the fence holds at once in any case.
func (a *API) turned(ctx context.Context) func(row models.Broadcast, err error) (*Tagged[BroadcastDetail], error) {
	return func(row models.Broadcast, err error) (*Tagged[BroadcastDetail], error) {
		if err != nil {
			return nil, err
		}
		if a.deps.Wake != nil {
			ref := storage.BroadcastRef{WorkspaceID: row.WorkspaceID, WorkspaceKey: caller(ctx).Workspace.WorkspaceKey, ID: row.ID, BroadcastKey: row.BroadcastKey}
			if err := a.deps.Wake(ctx, ref); err != nil {
				a.log().WarnContext(ctx, "the workflow of a broadcast could not be told", "broadcast", row.ID, "error", err)
			}
		}
		return a.broadcastDetail(ctx, row)
	}
}

func (a *API) unscheduleBroadcast(ctx context.Context, in *ByKey) (*Tagged[BroadcastDetail], error) {
	return a.switched(ctx, in.Key, func(r models.Broadcast) (models.Broadcast, error) {
		return a.deps.Store.UnscheduleBroadcast(ctx, r.WorkspaceID, r.ID, a.now())
	})
}

func (a *API) pauseBroadcast(ctx context.Context, in *ByKey) (*Tagged[BroadcastDetail], error) {
	return a.switched(ctx, in.Key, func(r models.Broadcast) (models.Broadcast, error) {
		return a.deps.Store.PauseBroadcast(ctx, r.WorkspaceID, r.ID, a.now())
	})
}

func (a *API) resumeBroadcast(ctx context.Context, in *ByKey) (*Tagged[BroadcastDetail], error) {
	return a.switched(ctx, in.Key, func(r models.Broadcast) (models.Broadcast, error) {
		return a.deps.Store.ResumeBroadcast(ctx, r.WorkspaceID, r.ID, a.now())
	})
}

func (a *API) cancelBroadcast(ctx context.Context, in *ByKeyBody[BroadcastCancel]) (*Tagged[BroadcastDetail], error) {
	return a.switched(ctx, in.Key, func(r models.Broadcast) (models.Broadcast, error) {
		return a.deps.Store.CancelBroadcast(ctx, r.WorkspaceID, r.ID, in.Body.Reason, a.now())
	})
}

// calendarSpan is the longest stretch of the calendar that is told at once.
const calendarSpan = 62 * 24 * time.Hour

func (a *API) calendar(ctx context.Context, in *CalendarIn) (*Out[Page[CalendarEntry]], error) {
	w := caller(ctx).Workspace
	if in.From.IsZero() {
		in.From = a.now()
	}
	if in.To.IsZero() {
		in.To = in.From.AddDate(0, 0, 31)
	}
	if in.To.Before(in.From) || in.To.Sub(in.From) > calendarSpan {
		return nil, fault.New(fault.Invalid, "ask for at most 62 days").WithFields(fault.Field{Path: "query.to", Message: "at most 62 days after from"})
	}
	out := &Out[Page[CalendarEntry]]{Page[CalendarEntry]{Items: []CalendarEntry{}}}
	issues, err := a.deps.Store.IssuesBetween(ctx, w.ID, in.From, in.To)
	if err != nil {
		return nil, err
	}
	for _, i := range issues {
		out.Body.Items = append(out.Body.Items, CalendarEntry{At: i.PlannedAt.Time(), Kind: "broadcast", Key: i.BroadcastKey, Name: i.BroadcastName, State: i.State, Recipients: i.Recipients})
	}
	planned, err := a.deps.Store.ScheduledBroadcasts(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	for _, b := range planned {
		var d broadcast.Definition
		if err := b.Definition.Into(&d); err != nil {
			return nil, fmt.Errorf("broadcast %s: %w", b.ID, err)
		}
		at := b.NextAt.Time()
		expected := a.expectedOf(fmt.Sprintf("broadcast/%s/%d", b.ID, b.Revision), func() (int64, error) {
			e, err := a.deps.Store.EstimateBroadcast(ctx, w.ID, d, at, a.now())
			n := e.Reached
			for _, g := range e.Held {
				n += g.Count
			}
			return n, err
		})
		for n := 0; n < 100 && !b.NextAt.IsZero() && at.Before(in.To); n++ {
			if !at.Before(in.From) {
				out.Body.Items = append(out.Body.Items, CalendarEntry{At: at.UTC(), Kind: "broadcast", Key: b.BroadcastKey, Name: b.Name, State: "planned", Expected: expected, Paused: b.State == broadcast.Paused})
			}
			if d.Schedule.Kind != broadcast.Cron {
				break
			}
			if at, err = d.Schedule.Next(at, w.Timezone); err != nil {
				return nil, err
			}
		}
	}
	return a.journeysInCalendar(ctx, w, in, out)
}
