package workflows

import (
	"context"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"sojourn/contract"
)

// Missing names the routers that do not run and the schedules that are not there, although they should always be: an
// operator has ended or deleted them, or Temporal's store is from an older copy. EnsureRouting and EnsureSchedules mend
// that. A schedule that was paused is there.
func Missing(ctx context.Context, c client.Client) ([]string, error) {
	var out []string
	for p := range contract.Partitions {
		id := contract.RoutingWorkflowID(p)
		d, err := c.DescribeWorkflowExecution(ctx, id, "")
		if gone, err := notFound(err); err != nil {
			return nil, err
		} else if gone || d.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
			out = append(out, id)
		}
	}
	for _, id := range []string{contract.ScheduleRefresh, contract.ScheduleScoring, contract.ScheduleReconcile, contract.ScheduleOperate, contract.ScheduleGuards} {
		_, err := c.ScheduleClient().GetHandle(ctx, id).Describe(ctx)
		if gone, err := notFound(err); err != nil {
			return nil, err
		} else if gone {
			out = append(out, id)
		}
	}
	return out, nil
}

func notFound(err error) (bool, error) {
	var no *serviceerror.NotFound
	if errors.As(err, &no) {
		return true, nil
	}
	return false, err
}
