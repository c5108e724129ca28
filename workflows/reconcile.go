package workflows

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
)

// ReconcileEvery is the pause between two looks; what an operator does in Temporal Web shows here within three of them.
const ReconcileEvery = 20 * time.Second

// RegisterReconcile makes the workflow of the reconciler known to a worker under its wire name.
func RegisterReconcile(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(Reconcile, workflow.RegisterOptions{Name: contract.WorkflowReconcile})
}

// Reconcile is one look of the reconciler. Started by its schedule it goes on where the look before it stopped.
func Reconcile(ctx workflow.Context, in contract.ReconcileInput) (contract.ReconcileResult, error) {
	workflow.SetCurrentDetails(ctx, "Compares the runs in our database with their workflows, and mends what differs. Repairs should be 0.")
	if workflow.HasLastCompletionResult(ctx) {
		var last contract.ReconcileResult
		if err := workflow.GetLastCompletionResult(ctx, &last); err == nil {
			in = last.Next
		}
	}
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: contract.QueueRouting, StartToCloseTimeout: 10 * time.Minute, HeartbeatTimeout: 30 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 20 * time.Second, MaximumAttempts: 5},
		Summary:     "compare runs with workflows",
	})
	var res contract.ReconcileResult
	err := workflow.ExecuteActivity(ctx, contract.ActivityReconcileRuns, in).Get(ctx, &res)
	return res, err
}

// EnsureReconcile creates the schedule of the reconciler, or brings it up to date. It may be called by every process at
// every start.
func EnsureReconcile(ctx context.Context, c client.Client) error {
	return ensureSchedule(ctx, c, client.ScheduleOptions{
		ID:   contract.ScheduleReconcile,
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: ReconcileEvery}}},
		Action: &client.ScheduleWorkflowAction{
			ID: contract.ScheduleReconcile, Workflow: contract.WorkflowReconcile, Args: []any{contract.ReconcileInput{}}, TaskQueue: contract.QueueRouting,
			WorkflowRunTimeout: 30 * time.Minute, StaticSummary: "compare runs with workflows",
		},
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 10 * time.Second, // the next look sees what a missed one would have seen
	})
}
