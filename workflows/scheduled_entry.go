package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
)

// scheduledAt is set by Temporal on a workflow that a schedule started: the nominal time, also when it started late.
var scheduledAt = temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")

// firedAt is the nominal time of the schedule's firing, or of the start for somebody who started it by hand.
func firedAt(ctx workflow.Context) time.Time {
	if at, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(scheduledAt); ok {
		return at
	}
	return workflow.GetInfo(ctx).WorkflowStartTime
}

// ScheduledEntry lets the customers of a journey's schedule entry in, once per firing. The work is one activity with a
// cursor in its heartbeat; it is tried for a day.
func ScheduledEntry(ctx workflow.Context, in contract.ScheduledEntryInput) (contract.ScheduledEntryResult, error) {
	if in.FiredAt == 0 {
		in.FiredAt = firedAt(ctx).UnixMicro()
	}
	ctx = bulkActivity(ctx, "let the audience in", 12*time.Hour, 0)
	opts := workflow.GetActivityOptions(ctx)
	opts.ScheduleToCloseTimeout = 24 * time.Hour
	var out contract.ScheduledEntryResult
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, opts), contract.ActivityScheduledEntry, in).Get(ctx, &out)
	return out, err
}
