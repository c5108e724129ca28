package adminapi

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"sojourn/models"
	"sojourn/storage"
)

const pulseDays = 14

// daysBack is midnight in the workspace's zone, n-1 days before today: n calendar days with today as the last.
func daysBack(now time.Time, w models.Workspace, n int) time.Time {
	local := now.In(zoneOf(w))
	return time.Date(local.Year(), local.Month(), local.Day()-n+1, 0, 0, 0, 0, local.Location())
}

// figure sorts quarters of an hour into calendar days of the workspace. A day may have 23 or 25 hours.
func figure(rows []storage.QuarterCount, now time.Time, w models.Workspace) Figure {
	f := Figure{Daily: make([]int64, pulseDays)}
	first := daysBack(now, w, pulseDays)
	starts := make([]time.Time, pulseDays+1)
	for i := range starts {
		starts[i] = time.Date(first.Year(), first.Month(), first.Day()+i, 0, 0, 0, 0, first.Location())
	}
	for _, r := range rows {
		at := time.Unix(r.Quarter*int64(storage.Quarter/time.Second), 0)
		for i := range pulseDays {
			if !at.Before(starts[i]) && at.Before(starts[i+1]) {
				f.Daily[i] += r.Count
			}
		}
	}
	for i, n := range f.Daily {
		if i < pulseDays/2 {
			f.Previous7Days += n
		} else {
			f.Last7Days += n
		}
	}
	f.Today = f.Daily[pulseDays-1]
	return f
}

func (a *API) overview(ctx context.Context, _ *Nothing) (*Out[Overview], error) {
	w, now := caller(ctx).Workspace, a.now()
	since := daysBack(now, w, pulseDays)
	p, err := a.pulse(ctx, w.ID, since)
	if err != nil {
		return nil, err
	}
	o := Overview{At: now, Customers: p.Customers, NewCustomers: figure(p.NewCustomers, now, w), Events: figure(p.Events, now, w), Entries: figure(p.Entries, now, w),
		SendsAccepted: figure(p.Accepted, now, w), SendsSkipped: figure(p.Skipped, now, w), Conversions: figure(p.Conversions, now, w), ValueLast7Days: moneys(p.Values),
		OpenRuns: p.OpenRuns, WakingNext24h: p.WakingNext24h, PendingEvents: p.PendingEvents, Sends7d: []SendCount{}, Journeys: []JourneyPulse{}}
	for _, s := range p.Sends {
		o.Sends7d = append(o.Sends7d, SendCount(s))
	}
	if o.InFlight, err = a.deps.Store.InFlight(ctx, w.ID); err != nil {
		return nil, err
	}
	if o.Attention, err = a.attention(ctx, w, p.Overdue, now); err != nil {
		return nil, err
	}
	journeys, err := a.deps.Store.ListJourneys(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	numbers, err := a.journeyPulse(ctx, w.ID, since)
	if err != nil {
		return nil, err
	}
	for _, j := range journeys {
		if j.State != storage.JourneyPublished && j.State != storage.JourneyPaused {
			continue
		}
		n := numbers[j.ID]
		f := figure(n.Entries, now, w)
		o.Journeys = append(o.Journeys, JourneyPulse{Key: j.JourneyKey, Name: j.Name, State: j.State, OpenRuns: n.OpenRuns, Entries7d: f.Last7Days, Conversions7d: n.Conversions, EntriesDaily: f.Daily})
	}
	slices.SortStableFunc(o.Journeys, func(x, y JourneyPulse) int { return cmp.Compare(y.OpenRuns, x.OpenRuns) })
	o.Journeys = o.Journeys[:min(len(o.Journeys), 8)]
	return &Out[Overview]{o}, nil
}

// slowRouting is how old the oldest event may get before somebody should look.
const slowRouting = 30 * time.Second

func waiting(n int64) string {
	if n == 1 {
		return "1 run waits"
	}
	return fmt.Sprintf("%d runs wait", n)
}

func (a *API) attention(ctx context.Context, w models.Workspace, overdue storage.Trouble, now time.Time) ([]AttentionItem, error) {
	t, err := a.deps.Store.Attention(ctx, w.ID, now.Add(-7*24*time.Hour))
	if err != nil {
		return nil, err
	}
	out := []AttentionItem{}
	add := func(kind, severity string, n int64, since models.Instant, title string, facts map[string]any) {
		if facts == nil {
			facts = map[string]any{}
		}
		out = append(out, AttentionItem{Kind: kind, Severity: severity, Count: n, Title: title, Since: when(since), Facts: facts})
	}
	if w.SendingStopped {
		add("sending_stopped", "error", 1, 0, "All sending is stopped. Nothing goes out until an owner or admin allows it again.", nil)
	}
	if a.deps.Temporal != nil && !a.deps.Temporal.Reachable(ctx) {
		add("temporal_unreachable", "error", 1, 0, "Temporal does not answer. Events are still accepted and journeys go on when it is back.", nil)
	}
	if a.deps.Temporal != nil {
		if n, err := a.deps.Temporal.Blocked(ctx, w.WorkspaceKey); err == nil && n > 0 {
			add("blocked_runs", "error", n, 0, plural(int(n), "run")+" can't go on with this build of the worker; nothing is lost. Temporal Web says why.", nil)
		}
	}
	if n := overdue.Count; n > 0 {
		add("overdue_runs", "warning", n, overdue.Since, plural(int(n), "run")+" should have gone on by now. Is a worker running?", nil)
	}
	if n := t.Parked.Count; n > 0 {
		add("parked_events", "error", n, t.Parked.Since, fmt.Sprintf("%s could not be processed and hold back what came later from the same people.", plural(int(n), "event")), nil)
	}
	for _, s := range t.PausedSenders {
		add("sender_paused", "warning", 1, 0, fmt.Sprintf("The sender %s is paused. %s", s.SenderKey, s.StateReason), map[string]any{"sender": s.SenderKey, "reason": s.StateReason})
	}
	guarded, err := a.deps.Store.GuardPauses(ctx, w.ID)
	if err != nil {
		return nil, err
	}
	for _, g := range guarded {
		add("journey_guard", "error", 1, g.PausedAt, fmt.Sprintf("The journey %s has paused by itself: %d of %d messages ended as %s. It goes on when somebody resumes it.", g.Name, g.Measured, g.Sample, g.Cause),
			map[string]any{"journey": g.JourneyKey, "cause": g.Cause, "measured": g.Measured, "sample": g.Sample})
	}
	missing, err := a.deps.Store.MissingCode(ctx, w.ID, now.Add(-storage.CodeAlive))
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		add("missing_code", "error", m.Runs, m.Since, fmt.Sprintf("%s of %s: no worker knows the %s in Go %s. They go on when one does.", waiting(m.Runs), strings.Join(m.Journeys, ", "), m.Kind, m.Type),
			map[string]any{"kind": m.Kind, "type": m.Type, "last_seen": when(m.LastSeen)})
	}
	if n := t.FailedRuns.Count; n > 0 {
		add("failed_runs", "error", n, t.FailedRuns.Since, plural(int(n), "run")+" failed in the last seven days.", nil)
	}
	if n := t.Unknown.Count; n > 0 {
		add("unknown_sends", "warning", n, t.Unknown.Since, plural(int(n), "message")+" were handed over without an answer; they are not sent again.", nil)
	}
	if n := t.Repairs.Count; n > 0 {
		add("repairs", "info", n, t.Repairs.Since, fmt.Sprintf("The reconciler had to repair %s in the last seven days.", plural(int(n), "run")), nil)
	}
	if t.OldestPending != 0 && now.Sub(t.OldestPending.Time()) > slowRouting {
		add("pending_events", "warning", 1, t.OldestPending, "Events wait longer than usual to be processed. Is the worker running?", map[string]any{"seconds": int(now.Sub(t.OldestPending.Time()).Seconds())})
	}
	if n := t.PausedJourneys; n > 0 {
		add("journey_paused", "info", n, 0, plural(int(n), "journey")+" paused.", nil)
	}
	if t.Unscored {
		add("no_scores", "info", 1, 0, "Customers have not been scored yet; scoring runs every night.", nil)
	}
	return out, nil
}
