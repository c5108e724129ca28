package activities_test

import (
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	commonpb "go.temporal.io/api/common/v1"

	"sojourn/activities"
	"sojourn/broadcast"
	"sojourn/contract"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/workflows"
)

// planned schedules a broadcast for tomorrow; its workflow is started only if asked for.
func (h *house) planned(key string, start bool) models.Broadcast {
	h.Helper()
	d := broadcast.Definition{Purpose: "news", Template: "letter", Schedule: broadcast.Schedule{Kind: broadcast.At, At: time.Now().AddDate(0, 0, 2).Format("2006-01-02T15:04")}}
	b, err := h.s.CreateBroadcast(h.Context(), h.ws.ID, key, key, d, time.Now())
	h.must(err)
	b, err = h.s.ScheduleBroadcast(h.Context(), h.ws.ID, b.ID, b.Revision, "user:1", time.Now())
	h.must(err)
	if start {
		h.must(h.launcher().StartBroadcast(h.Context(), storage.BroadcastRef{WorkspaceID: h.ws.ID, WorkspaceKey: "house", ID: b.ID, BroadcastKey: key}, "start-"+key))
		h.eventually(key+" sleeps", func() bool { return h.broadcastStatus(b) == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING })
	}
	return b
}

func (h *house) broadcastStatus(b models.Broadcast) enumspb.WorkflowExecutionStatus {
	h.Helper()
	res, err := h.client.DescribeWorkflowExecution(h.Context(), contract.BroadcastWorkflowID("house", b.ID.String()), "")
	if err != nil {
		return enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED
	}
	return res.GetWorkflowExecutionInfo().GetStatus()
}

func (h *house) broadcastState(b models.Broadcast) string {
	h.Helper()
	row, err := h.s.Broadcast(h.Context(), h.ws.ID, b.ID)
	h.must(err)
	return row.State
}

// Rows without a workflow, workflows without a row, and what somebody does in Temporal Web.
func TestReconcileBroadcasts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	bulk := worker.New(h.client, contract.QueueBulk, worker.Options{})
	workflows.RegisterBroadcast(bulk)
	act := &activities.Broadcasts{Store: h.s, Messaging: &activities.Messaging{Sends: h.s, Templates: h.s, Documents: h.s}}
	bulk.RegisterActivityWithOptions(act.AdvanceBroadcast, activity.RegisterOptions{Name: contract.ActivityAdvanceBroadcast})
	h.must(bulk.Start())
	t.Cleanup(bulk.Stop)

	calm := h.planned("calm", true)
	if repairs := h.reconcile(); len(repairs) != 0 {
		t.Errorf("repairs while all is well: %v", repairs)
	}
	never := h.planned("never-started", false)
	deleted, terminated := h.planned("deleted", true), h.planned("terminated", true)
	draft, gone := h.planned("draft-again", true), h.planned("gone", true)
	_, err := h.client.WorkflowService().DeleteWorkflowExecution(t.Context(), &workflowservice.DeleteWorkflowExecutionRequest{Namespace: h.child.Namespace(),
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: contract.BroadcastWorkflowID("house", deleted.ID.String())}})
	h.must(err)
	h.eventually("the workflow is deleted", func() bool { return h.broadcastStatus(deleted) == enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED })
	h.must(h.client.TerminateWorkflow(t.Context(), contract.BroadcastWorkflowID("house", terminated.ID.String()), "", "an operator"))
	_, err = h.s.UnscheduleBroadcast(t.Context(), h.ws.ID, draft.ID, time.Now()) // and nobody told its workflow
	h.must(err)
	_, err = h.s.SQL().Exec("DELETE FROM broadcasts WHERE id = ?", gone.ID) // as after a restore of an older copy
	h.must(err)

	running := func(b models.Broadcast) bool {
		return h.broadcastStatus(b) == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	}
	repairs := h.mended("rows and workflows agree", func() bool {
		return running(calm) && running(never) && running(deleted) && h.broadcastState(terminated) == broadcast.Cancelled && !running(terminated) && !running(draft) && !running(gone)
	})
	// Who was terminated is closed. Its workflow may run once more for what was open; it then ends by itself or as a repair, as
	// do those whose row is gone or a draft again: a look at the row that falls into this moment ends them, too.
	restarted, ended := repairs[storage.RepairRestarted], repairs[storage.RepairEnded]
	if restarted < 2 || restarted > 3 || repairs[storage.RepairClosed] != 1 || ended < 1 || ended > restarted {
		t.Errorf("repairs %v, want two or three restarted, one closed, one to three ended", repairs)
	}
	if h.broadcastState(draft) != broadcast.Draft || h.broadcastState(never) != broadcast.Scheduled || h.broadcastState(deleted) != broadcast.Scheduled {
		t.Error("a repair changed what was planned")
	}
	h.eventually("nothing is left to mend", func() bool { return len(h.reconcile()) == 0 })
}
