package activities

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/storage"
)

// Audiences keeps the members of audiences and lets customers in by edges and schedules. They run on the bulk queue.
type Audiences struct {
	Store storage.Audiences
	Dates storage.DateEntries
	Now   func() time.Time // nil = time.Now
}

func (a *Audiences) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}

// RefreshAudiences refreshes every active audience of every workspace. One that fails does not keep the others from
// being refreshed; the activity fails at the end, so that it is tried again.
func (a *Audiences) RefreshAudiences(ctx context.Context) (contract.RefreshResult, error) {
	var out contract.RefreshResult
	list, err := a.Store.ActiveAudiences(ctx)
	if err != nil {
		return out, failure(ctx, contract.ActivityRefresh, err)
	}
	var first error
	for _, ref := range list {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		beat(ctx, out.Audiences)
		r, err := a.Store.RefreshAudience(ctx, ref.WorkspaceID, ref.ID, a.now(), func() { beat(ctx, out.Audiences) })
		out.Audiences++
		out.Entered += r.Entered
		out.Left += r.Left
		out.Runs += r.Runs
		if err != nil {
			out.Failed++
			slog.WarnContext(ctx, "audience not refreshed", "workspace", ref.WorkspaceID, "audience", ref.ID, "kind", fault.KindOf(err), "error", err)
			if first == nil {
				first = err
			}
		}
	}
	return out, failure(ctx, contract.ActivityRefresh, first)
}

// EnterDates looks at the date entries of all workspaces and lets in who is due. A journey that fails does not keep the
// others waiting; the activity fails at the end, so that it is tried again.
func (a *Audiences) EnterDates(ctx context.Context) (contract.DatesResult, error) {
	var out contract.DatesResult
	list, err := a.Dates.DateJourneys(ctx)
	if err != nil {
		return out, failure(ctx, contract.ActivityDates, err)
	}
	var first error
	for _, j := range list {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		beat(ctx, out.Journeys)
		done, err := a.Dates.EnterDates(ctx, j, a.now(), func() { beat(ctx, out.Journeys) })
		out.Journeys++
		out.Looked += done.Looked
		out.Runs += done.Runs
		if err != nil {
			out.Failed++
			slog.WarnContext(ctx, "dates not looked at", "workspace", j.WorkspaceID, "journey", j.JourneyID, "kind", fault.KindOf(err), "error", err)
			if first == nil {
				first = err
			}
		}
	}
	return out, failure(ctx, contract.ActivityDates, first)
}

// EnterAudience lets in the customers of a schedule entry, page by page. A worker that takes over goes on at the cursor
// of the last heartbeat; pages that were done since are recognised by the firing.
func (a *Audiences) EnterAudience(ctx context.Context, in contract.ScheduledEntryInput) (contract.ScheduledEntryResult, error) {
	out, err := a.enterAudience(ctx, in)
	return out, failure(ctx, contract.ActivityScheduledEntry, err)
}

// entryCursor is the heartbeat of EnterAudience: ids and numbers only.
type entryCursor struct {
	After string                        `json:"after"`
	SoFar contract.ScheduledEntryResult `json:"so_far"`
}

func (a *Audiences) enterAudience(ctx context.Context, in contract.ScheduledEntryInput) (contract.ScheduledEntryResult, error) {
	var cursor entryCursor
	journeyID, err := ids.Parse(in.JourneyID)
	if err != nil {
		return cursor.SoFar, badID(err)
	}
	if in.FiredAt == 0 {
		return cursor.SoFar, fault.New(fault.Invalid, "a scheduled entry needs the time of its firing")
	}
	var after ids.ID
	if activity.IsActivity(ctx) && activity.HasHeartbeatDetails(ctx) {
		if err := activity.GetHeartbeatDetails(ctx, &cursor); err == nil && cursor.After != "" {
			if after, err = ids.Parse(cursor.After); err != nil {
				return cursor.SoFar, badID(err)
			}
		}
	}
	for {
		page, err := a.Store.EnterScheduled(ctx, in.WorkspaceID, journeyID, time.UnixMicro(in.FiredAt), after, a.now())
		if err != nil {
			return cursor.SoFar, err
		}
		cursor.SoFar.Matched += page.Matched
		cursor.SoFar.Runs += page.Runs
		if page.Next.IsZero() {
			return cursor.SoFar, nil
		}
		after, cursor.After = page.Next, page.Next.String()
		beat(ctx, cursor)
	}
}

// beat records a heartbeat where there is an activity to have one; tests and simulations call the methods directly.
func beat(ctx context.Context, details any) {
	if activity.IsActivity(ctx) {
		activity.RecordHeartbeat(ctx, details)
	}
}
