package workflows

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"sojourn/contract"
)

// ScheduleSettings are when recurring work is done; the zero value is production.
type ScheduleSettings struct {
	RefreshEvery time.Duration // default 5 minutes
	ScoreAt      string        // cron, default "0 3 * * *"
	Timezone     string        // of ScoreAt, IANA, default UTC
}

// EnsureSchedules creates the schedules of recurring work, the reconciler's included, and brings those that are there up
// to date; one that an operator has paused stays paused. It may be called by every process at every start. The schedules
// of journeys follow by themselves, see the activity SyncSchedules.
func EnsureSchedules(ctx context.Context, c client.Client, s ScheduleSettings) error {
	every := cmp.Or(s.RefreshEvery, 5*time.Minute)
	refresh := client.ScheduleOptions{
		ID:   contract.ScheduleRefresh,
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: every}}},
		Action: &client.ScheduleWorkflowAction{
			ID: contract.ScheduleRefresh, Workflow: contract.WorkflowRefresh, TaskQueue: contract.QueueBulk, WorkflowRunTimeout: 2 * time.Hour,
			StaticSummary: "who has entered or left an audience",
		},
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 10 * time.Second, // the next one sees what a missed one would have seen
	}
	dates := client.ScheduleOptions{
		ID:   contract.ScheduleDates,
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Minute}}},
		Action: &client.ScheduleWorkflowAction{
			ID: contract.ScheduleDates, Workflow: contract.WorkflowDates, TaskQueue: contract.QueueBulk, WorkflowRunTimeout: 2 * time.Hour,
			StaticSummary: "whose day has come",
		},
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 10 * time.Second, // the next one makes up for what a missed one would have seen
	}
	scoring := client.ScheduleOptions{
		ID:   contract.ScheduleScoring,
		Spec: client.ScheduleSpec{CronExpressions: []string{cmp.Or(s.ScoreAt, "0 3 * * *")}, TimeZoneName: cmp.Or(s.Timezone, "UTC")},
		Action: &client.ScheduleWorkflowAction{
			ID: contract.ScheduleScoring, Workflow: contract.WorkflowScoring, TaskQueue: contract.QueueBulk, WorkflowRunTimeout: 20 * time.Hour,
			StaticSummary: "fit the models and score everybody",
		},
		Overlap:       enumspb.SCHEDULE_OVERLAP_POLICY_SKIP,
		CatchupWindow: 6 * time.Hour, // a night that was missed is made up for in the morning, once
	}
	for _, o := range append(operationSchedules(), refresh, dates, scoring) {
		if err := ensureSchedule(ctx, c, o); err != nil {
			return err
		}
	}
	return EnsureReconcile(ctx, c)
}

func ensureSchedule(ctx context.Context, c client.Client, o client.ScheduleOptions) error {
	_, err := c.ScheduleClient().Create(ctx, o)
	if errors.Is(err, temporal.ErrScheduleAlreadyRunning) {
		err = c.ScheduleClient().GetHandle(ctx, o.ID).Update(ctx, client.ScheduleUpdateOptions{DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			now := in.Description.Schedule
			now.Spec, now.Action = &o.Spec, o.Action
			now.Policy = &client.SchedulePolicies{Overlap: o.Overlap, CatchupWindow: o.CatchupWindow}
			return &client.ScheduleUpdate{Schedule: &now}, nil
		}})
	}
	if err != nil {
		return fmt.Errorf("keep schedule %s: %w", o.ID, err)
	}
	return nil
}
