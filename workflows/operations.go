package workflows

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
)

// Operations hands out what operators do to many runs at once, at each operation's own rate. Its schedule starts it twice
// a minute, and whoever begins an operation triggers the schedule; while one works, further ones are not started.
func Operations(ctx workflow.Context) (contract.OperateResult, error) {
	workflow.SetCurrentDetails(ctx, "Hands operations (moves, ends, skipped waits…) out to their runs.")
	var out contract.OperateResult
	// It beats after every page, which takes a second or so: people wait for an operator, and a worker that died must be noticed soon.
	ctx = workflow.WithHeartbeatTimeout(bulkActivity(ctx, "hand operations out", 2*time.Hour, 0), 15*time.Second)
	err := workflow.ExecuteActivity(ctx, contract.ActivityOperate).Get(ctx, &out)
	return out, err
}

// Guards looks at the rates of all journeys once and pauses those that have passed their line.
func Guards(ctx workflow.Context) (contract.GuardsResult, error) {
	workflow.SetCurrentDetails(ctx, "Pauses journeys whose bounces, complaints or unsubscribes have passed a line.")
	var out contract.GuardsResult
	err := workflow.ExecuteActivity(bulkActivity(ctx, "bounces, complaints, unsubscribes", 5*time.Minute, 3), contract.ActivityGuards).Get(ctx, &out)
	return out, err
}

// operationSchedules are the schedules of both.
func operationSchedules() []client.ScheduleOptions {
	schedule := func(id, workflow, summary string, every time.Duration) client.ScheduleOptions {
		return client.ScheduleOptions{
			ID: id, Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}},
			Action:  &client.ScheduleWorkflowAction{ID: id, Workflow: workflow, TaskQueue: contract.QueueBulk, WorkflowRunTimeout: 6 * time.Hour, StaticSummary: summary},
			Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: 10 * time.Second, // the next one sees what a missed one would have seen
		}
	}
	return []client.ScheduleOptions{
		schedule(contract.ScheduleOperate, contract.WorkflowOperate, "moves and other operations on many runs", 30*time.Second),
		schedule(contract.ScheduleGuards, contract.WorkflowGuards, "rates that pause a journey", 5*time.Minute),
	}
}
