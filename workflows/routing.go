package workflows

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
)

// routingAttempts is how many hours of routing one history holds, about six events each.
const routingAttempts = 200

// RegisterRouting makes the workflow of the router partitions known to a worker under its wire name.
func RegisterRouting(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(Routing, workflow.RegisterOptions{Name: contract.WorkflowRouting})
}

// Routing keeps one router at work on a partition, for ever. The work itself costs it nothing: one long activity tails
// the outbox and heartbeats; a worker that dies is noticed by the missing heartbeat, one that stops says so, and either
// way the next attempt begins at once, here or on another worker.
func Routing(ctx workflow.Context, in contract.RouteInput) error {
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("Applies the events of partition **%d**: profiles, metrics, entries, signals.", in.Partition))
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: contract.QueueRouting, StartToCloseTimeout: 3 * time.Hour, HeartbeatTimeout: 8 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 5 * time.Second},
		Summary:     fmt.Sprintf("route partition %d", in.Partition),
	})
	for range routingAttempts {
		var res contract.RouteResult
		if err := workflow.ExecuteActivity(ctx, contract.ActivityRoutePartition, in).Get(ctx, &res); err != nil {
			if ctx.Err() != nil {
				return err // cancelled by an operator
			}
			// Whatever was final for one attempt need not be for the next: a router never gives up.
			if err := workflow.Sleep(ctx, 5*time.Second); err != nil {
				return err
			}
		}
	}
	return workflow.NewContinueAsNewError(ctx, contract.WorkflowRouting, in)
}

// EnsureRouting starts the routers that do not run. It may be called by every process at every start.
func EnsureRouting(ctx context.Context, c client.Client) error {
	for p := range contract.Partitions {
		_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
			ID: contract.RoutingWorkflowID(p), TaskQueue: contract.QueueRouting, StaticSummary: fmt.Sprintf("router of partition %d", p),
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		}, contract.WorkflowRouting, contract.RouteInput{Partition: p})
		if err != nil {
			return fmt.Errorf("start the router of partition %d: %w", p, err)
		}
	}
	return nil
}
