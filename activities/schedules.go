package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"sojourn/audience"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/storage"
)

// Schedules makes Temporal's schedules follow the journeys whose live version has a schedule entry: created when one is
// published, changed with it, paused with the journey, and deleted when it is stopped or has another entry.
type Schedules struct {
	Store    storage.Audiences
	Temporal client.ScheduleClient
}

// defaultCatchUp is how late a firing may be made up for when the journey does not say.
const defaultCatchUp = time.Hour

// SyncSchedules compares what there should be with what there is. It changes only what differs, so it may be called as
// often as anybody likes, also right after a publish.
func (a *Schedules) SyncSchedules(ctx context.Context) (contract.SyncResult, error) {
	out, err := a.sync(ctx)
	return out, failure(ctx, contract.ActivitySyncSchedules, err)
}

func (a *Schedules) sync(ctx context.Context) (contract.SyncResult, error) {
	var out contract.SyncResult
	list, err := a.Store.ScheduledJourneys(ctx)
	if err != nil {
		return out, err
	}
	wanted := map[string]bool{}
	for _, j := range list {
		if j.State != storage.JourneyPublished && j.State != storage.JourneyPaused {
			continue
		}
		id := contract.JourneyScheduleID(j.WorkspaceKey, j.JourneyKey)
		wanted[id] = true
		beat(ctx, len(wanted))
		if err := a.ensure(ctx, id, j, &out); err != nil {
			return out, fmt.Errorf("schedule of journey %s: %w", j.JourneyKey, unavailable(err))
		}
	}
	return out, a.prune(ctx, wanted, &out)
}

// ensure creates or changes the schedule of one journey.
func (a *Schedules) ensure(ctx context.Context, id string, j storage.ScheduledJourney, out *contract.SyncResult) error {
	want, err := journeySchedule(id, j)
	if err != nil {
		return err
	}
	handle := a.Temporal.GetHandle(ctx, id)
	have, err := handle.Describe(ctx)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		if _, err = a.Temporal.Create(ctx, want); err == nil {
			out.Created++
		} else if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
			err = nil // another worker was quicker
		}
		return err
	}
	if err != nil {
		return err
	}
	if state := have.Schedule.State; state != nil && state.Note == want.Note && state.Paused == want.Paused {
		return nil
	}
	out.Updated++
	return handle.Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
		return &client.ScheduleUpdate{Schedule: &client.Schedule{
			Spec: &want.Spec, Action: want.Action,
			Policy: &client.SchedulePolicies{Overlap: want.Overlap, CatchupWindow: want.CatchupWindow},
			State:  &client.ScheduleState{Note: want.Note, Paused: want.Paused},
		}}, nil
	}})
}

// journeySchedule is the schedule a journey should have. Temporal rewrites a cron expression when it stores it, so the
// note carries the mark by which a change is seen.
func journeySchedule(id string, j storage.ScheduledJourney) (client.ScheduleOptions, error) {
	catchUp := defaultCatchUp
	if j.CatchUp != "" {
		p, err := audience.ParsePeriod(j.CatchUp)
		if err != nil {
			return client.ScheduleOptions{}, fault.Wrap(fault.Invalid, err, "the catch-up window of the schedule")
		}
		start := time.Unix(0, 0).UTC()
		catchUp = max(p.From(start).Sub(start), 10*time.Second) // Temporal takes no less
	}
	text := fmt.Sprintf("cron %s in %s, made up for up to %s late", j.Cron, j.Timezone, catchUp)
	sum := sha256.Sum256([]byte(text + j.JourneyID.String()))
	return client.ScheduleOptions{
		ID:   id,
		Spec: client.ScheduleSpec{CronExpressions: []string{j.Cron}, TimeZoneName: j.Timezone},
		Action: &client.ScheduleWorkflowAction{
			ID: id, Workflow: contract.WorkflowAudience, TaskQueue: contract.QueueBulk,
			Args:          []any{contract.ScheduledEntryInput{WorkspaceID: j.WorkspaceID, JourneyID: j.JourneyID.String()}},
			StaticSummary: "scheduled entry",
		},
		// A firing is somebody's newsletter: it waits for the one before it instead of being left out.
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE,
		CatchupWindow: catchUp,
		Paused:        j.State == storage.JourneyPaused,
		Note:          text + " [" + hex.EncodeToString(sum[:4]) + "]",
	}, nil
}

// prune deletes the schedules of journeys that should have none.
func (a *Schedules) prune(ctx context.Context, wanted map[string]bool, out *contract.SyncResult) error {
	all, err := a.Temporal.List(ctx, client.ScheduleListOptions{PageSize: 500})
	if err != nil {
		return fmt.Errorf("list schedules: %w", unavailable(err))
	}
	for all.HasNext() {
		entry, err := all.Next()
		if err != nil {
			return fmt.Errorf("list schedules: %w", unavailable(err))
		}
		if !contract.IsJourneySchedule(entry.ID) || wanted[entry.ID] {
			continue
		}
		err = a.Temporal.GetHandle(ctx, entry.ID).Delete(ctx)
		var gone *serviceerror.NotFound
		if err != nil && !errors.As(err, &gone) {
			return fmt.Errorf("delete schedule %s: %w", entry.ID, unavailable(err))
		}
		out.Deleted++
	}
	return nil
}

// unavailable marks a failure of Temporal as one that may be tried again, unless it has a kind already.
func unavailable(err error) error {
	if fault.KindOf(err) != fault.Internal {
		return err
	}
	return fault.Wrap(fault.Unavailable, err, "Temporal did not do it")
}
