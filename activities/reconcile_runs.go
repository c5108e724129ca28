package activities

import (
	"context"
	"encoding/json"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"sojourn/storage"
)

// mend looks at the workflow of an open run. It reports true when the workflow is there, as it should be.
func (l *look) mend(ctx context.Context, run storage.SuspectRun) (alive bool, err error) {
	info, err := l.describe(ctx, run.WorkflowID, "")
	switch {
	case err != nil:
		return false, err
	case info == nil:
		return true, l.restart(ctx, run, "no workflow under its id")
	}
	switch info.GetStatus() {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW, enumspb.WORKFLOW_EXECUTION_STATUS_PAUSED:
		return true, nil
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return false, l.close(ctx, run, storage.OutcomeTerminated, "terminated in Temporal")
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return false, l.close(ctx, run, storage.OutcomeCancelled, "cancelled in Temporal")
	case enumspb.WORKFLOW_EXECUTION_STATUS_FAILED:
		return false, l.close(ctx, run, storage.OutcomeFailed, "its workflow failed")
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return true, l.restart(ctx, run, "its workflow timed out")
	}
	ours, err := l.endedTheRun(ctx, run, info.GetExecution().GetRunId())
	if err != nil {
		return false, err
	}
	if ours {
		return false, l.close(ctx, run, "completed", "its workflow had completed; the row is from an older copy of the database")
	}
	return true, l.restart(ctx, run, "its workflow was reset, or is from an older copy of Temporal's store, and left when it saw that")
}

// endedTheRun tells two ways apart in which a workflow is complete while our row is open. Either it did its work to the
// end and our row is older than that: then whoever wrote the row last is in its chain of continue-as-new. Or it was
// overtaken: the last writer is another execution, which was ended by a reset or is not known any more.
func (l *look) endedTheRun(ctx context.Context, run storage.SuspectRun, closed string) (bool, error) {
	var machine struct {
		Owner string `json:"own"`
	}
	if len(run.Input.State) > 0 {
		if err := json.Unmarshal(run.Input.State, &machine); err != nil {
			return false, fmt.Errorf("read the state of run %s: %w", run.RunID, err)
		}
	}
	if machine.Owner == "" || machine.Owner == closed {
		return true, nil
	}
	writer, err := l.describe(ctx, run.WorkflowID, machine.Owner)
	if err != nil || writer == nil {
		return false, err
	}
	status := writer.GetStatus()
	return status == enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW || status == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, nil
}

// describe returns nil for an execution that Temporal does not know.
func (l *look) describe(ctx context.Context, workflowID, temporalRunID string) (*workflowpb.WorkflowExecutionInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	res, err := l.Launcher.Service.DescribeWorkflowExecution(ctx, &workflowservice.DescribeWorkflowExecutionRequest{
		Namespace: l.Launcher.Namespace, Execution: &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: temporalRunID},
	})
	if isNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", workflowID, err)
	}
	return res.GetWorkflowExecutionInfo(), nil
}

// restart starts the run's workflow from its last recorded state. The request id is made of that state, so two looks at
// once start one.
func (l *look) restart(ctx context.Context, run storage.SuspectRun, why string) error {
	request := fmt.Sprintf("restart/%s/%d/%d", run.RunID, run.Input.Seq, l.at.Unix())
	if err := l.Launcher.Start(ctx, run.Launch, request, launchAgain); err != nil {
		return fmt.Errorf("start run %s again: %w", run.RunID, err)
	}
	return l.repaired(ctx, run.WorkspaceID, run.RunID, storage.RepairRestarted, why)
}

// close lets the row follow its workflow.
func (l *look) close(ctx context.Context, run storage.SuspectRun, outcome, why string) error {
	ended, err := l.Store.EndRun(ctx, run.RunID, outcome, why, l.at)
	if err != nil || !ended {
		return err
	}
	return l.repaired(ctx, run.WorkspaceID, run.RunID, storage.RepairClosed, why)
}
