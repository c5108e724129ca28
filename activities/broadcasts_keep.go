package activities

import (
	"context"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"

	"go.temporal.io/sdk/activity"

	"sojourn/broadcast"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// StartBroadcast starts the workflow of a broadcast; one that runs already is no error.
func (l *Launcher) StartBroadcast(ctx context.Context, ref storage.BroadcastRef, requestID string) error {
	input, err := l.payloads(contract.BroadcastInput{WorkspaceID: ref.WorkspaceID, BroadcastID: ref.ID.String()})
	if err != nil {
		return err
	}
	summary, err := l.payloads("broadcast " + ref.BroadcastKey)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err = l.Service.StartWorkflowExecution(ctx, &workflowservice.StartWorkflowExecutionRequest{
		Namespace: l.Namespace, WorkflowId: contract.BroadcastWorkflowID(ref.WorkspaceKey, ref.ID.String()), WorkflowType: &commonpb.WorkflowType{Name: contract.WorkflowBroadcast},
		TaskQueue: &taskqueuepb.TaskQueue{Name: contract.QueueBulk, Kind: enumspb.TASK_QUEUE_KIND_NORMAL}, Input: input, Identity: l.Identity, RequestId: requestID,
		WorkflowIdReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, WorkflowIdConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		UserMetadata: &sdkpb.UserMetadata{Summary: summary.Payloads[0]},
	})
	return err
}

// broadcasts makes the workflows of broadcasts and their rows agree: a live row without a workflow gets one, an
// operator's terminate or cancel is followed, and a workflow without a live row is ended.
func (l *look) broadcasts(ctx context.Context) error {
	if l.Broadcasts == nil {
		return nil
	}
	live, err := l.Broadcasts.LiveBroadcasts(ctx)
	if err != nil {
		return err
	}
	for _, ref := range live {
		if activity.IsActivity(ctx) {
			activity.RecordHeartbeat(ctx)
		}
		if ref.UpdatedAt > models.At(l.at.Add(-l.settle())) {
			continue // whoever changed it is about to start its workflow
		}
		if err := l.mendBroadcast(ctx, ref); err != nil {
			return err
		}
	}
	return l.endBroadcasts(ctx)
}

func (l *look) mendBroadcast(ctx context.Context, ref storage.BroadcastRef) error {
	info, err := l.describe(ctx, contract.BroadcastWorkflowID(ref.WorkspaceKey, ref.ID.String()), "")
	if err != nil {
		return err
	}
	why := "no workflow under its id"
	if info != nil {
		switch info.GetStatus() {
		case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW, enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED:
			return nil
		case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED, enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
			row, err := l.Broadcasts.Broadcast(ctx, ref.WorkspaceID, ref.ID)
			if err != nil {
				return err
			}
			// An end that lies before the last change was another time: that one is over.
			if !broadcast.Final(row.State) && info.GetCloseTime().AsTime().After(row.UpdatedAt.Time()) {
				if _, err := l.Broadcasts.CancelBroadcast(ctx, ref.WorkspaceID, ref.ID, "ended in Temporal", l.at); err != nil {
					return err
				}
				if err := l.repaired(ctx, ref.WorkspaceID, ref.ID, storage.RepairClosed, "the workflow of this broadcast was ended in Temporal"); err != nil {
					return err
				}
			}
			why = "its workflow was ended; what is open has to be closed"
		default:
			why = "its workflow had ended: " + strings.ToLower(info.GetStatus().String())
		}
	}
	if err := l.Launcher.StartBroadcast(ctx, ref, fmt.Sprintf("restart/%s/%d", ref.ID, l.at.Unix())); err != nil {
		return fmt.Errorf("start broadcast %s again: %w", ref.ID, err)
	}
	return l.repaired(ctx, ref.WorkspaceID, ref.ID, storage.RepairRestarted, why)
}

// endBroadcasts ends workflows whose broadcast has nothing left to do, or is not known at all.
func (l *look) endBroadcasts(ctx context.Context) error {
	query := fmt.Sprintf("WorkflowType = '%s' AND ExecutionStatus = 'Running'", contract.WorkflowBroadcast)
	for token, more := []byte(nil), true; more; more = len(token) > 0 {
		res, err := l.listOnce(ctx, query, token)
		if err != nil {
			return fmt.Errorf("list broadcasts: %w", err)
		}
		for _, e := range res.GetExecutions() {
			parts := strings.Split(e.GetExecution().GetWorkflowId(), "/")
			if len(parts) != 4 || e.GetStartTime().AsTime().After(l.at.Add(-l.settle())) {
				continue
			}
			workspace, known := l.workspaces[parts[2]]
			id, err := ids.Parse(parts[3])
			if err != nil || !known {
				continue // somebody else's
			}
			alive, err := l.Broadcasts.BroadcastLive(ctx, workspace, id)
			if err != nil {
				return err
			}
			if alive {
				continue
			}
			why := "our database says that this broadcast has nothing left to do"
			if err := l.Launcher.Terminate(ctx, e.GetExecution().GetWorkflowId(), e.GetExecution().GetRunId(), "sojourn reconciler: "+why); err != nil {
				return err
			}
			if err := l.repaired(ctx, workspace, id, storage.RepairEnded, why); err != nil {
				return err
			}
		}
		token = res.GetNextPageToken()
	}
	return nil
}
