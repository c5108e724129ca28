package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
)

// RegisterBulk makes the workflows of the bulk queue known to a worker under their wire names.
func RegisterBulk(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(Refresh, workflow.RegisterOptions{Name: contract.WorkflowRefresh})
	r.RegisterWorkflowWithOptions(Dates, workflow.RegisterOptions{Name: contract.WorkflowDates})
	r.RegisterWorkflowWithOptions(ScheduledEntry, workflow.RegisterOptions{Name: contract.WorkflowAudience})
	r.RegisterWorkflowWithOptions(Scoring, workflow.RegisterOptions{Name: contract.WorkflowScoring})
	r.RegisterWorkflowWithOptions(Operations, workflow.RegisterOptions{Name: contract.WorkflowOperate})
	r.RegisterWorkflowWithOptions(Guards, workflow.RegisterOptions{Name: contract.WorkflowGuards})
	r.RegisterWorkflowWithOptions(Rehearsal, workflow.RegisterOptions{Name: contract.WorkflowRehearsal})
}

// Refresh makes the members of all audiences true again, once; its schedule starts it every few minutes. Before that it
// makes the schedules of journeys follow what is published, so that a publish takes effect without knowing of Temporal.
func Refresh(ctx workflow.Context) (contract.RefreshResult, error) {
	workflow.SetCurrentDetails(ctx, "Finds who has entered or left an audience and lets them into journeys.")
	sync := bulkActivity(ctx, "schedules follow the published journeys", time.Minute, 3)
	if err := workflow.ExecuteActivity(sync, contract.ActivitySyncSchedules).Get(ctx, nil); err != nil {
		if temporal.IsCanceledError(err) {
			return contract.RefreshResult{}, err
		}
		// The edges of audiences must not wait for it; the next refresh tries again.
		workflow.GetLogger(ctx).Warn("schedules could not be made to follow the journeys", "error", err)
	}
	var out contract.RefreshResult
	err := workflow.ExecuteActivity(bulkActivity(ctx, "refresh audiences", 30*time.Minute, 3), contract.ActivityRefresh).Get(ctx, &out)
	return out, err
}

// Dates lets in those for whom the day of a date entry has come, once; its schedule starts it every minute.
func Dates(ctx workflow.Context) (contract.DatesResult, error) {
	workflow.SetCurrentDetails(ctx, "Finds for whom the day of a date entry has come and lets them into journeys.")
	var out contract.DatesResult
	// It beats after every page: somebody's nine o'clock must not wait minutes for a worker that died.
	ctx = workflow.WithHeartbeatTimeout(bulkActivity(ctx, "whose day has come", 30*time.Minute, 3), 10*time.Second)
	err := workflow.ExecuteActivity(ctx, contract.ActivityDates).Get(ctx, &out)
	return out, err
}

// bulkActivity is how bulk work is asked for: long, with a heartbeat, and tried a few times (0 = for ever).
func bulkActivity(ctx workflow.Context, summary string, longest time.Duration, attempts int32) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: contract.QueueBulk, StartToCloseTimeout: longest, HeartbeatTimeout: min(longest, 2*time.Minute), Summary: summary,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute, MaximumAttempts: attempts},
	})
}
