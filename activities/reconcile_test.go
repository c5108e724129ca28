package activities_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"

	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
	"sojourn/workflows"
)

// What somebody does in Temporal Web to the workflows of runs.
func TestReconcileFollowsTemporalWeb(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.resting("terminated", "reset", "deleted", "cancelled", "calm")
	if repairs := h.reconcile(); len(repairs) != 0 {
		t.Errorf("repairs while all is well: %v", repairs)
	}

	h.must(h.client.TerminateWorkflow(h.Context(), h.workflowID("terminated"), "", "an operator"))
	h.must(h.client.CancelWorkflow(h.Context(), h.workflowID("cancelled"), ""))
	h.reset("reset")
	h.delete("deleted")
	h.eventually("the cancelled run recorded its own end", h.ended("cancelled", "stopped"))

	repairs := h.mended("the terminated run is closed, the deleted and the reset one run", func() bool {
		return h.ended("terminated", storage.OutcomeTerminated)() && h.status("deleted") == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING && h.status("reset") == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	})
	if repairs[storage.RepairClosed] != 1 || repairs[storage.RepairRestarted] != 2 || repairs[storage.RepairEnded] != 0 {
		t.Errorf("repairs %v, want one closed and two restarted", repairs)
	}
	var guards int
	h.must(h.s.SQL().QueryRow("SELECT COUNT(*) FROM entry_guards WHERE open_run_id = ?", h.run("terminated").ID).Scan(&guards))
	if guards != 0 {
		t.Error("the terminated run still holds its entry guard")
	}
	for _, u := range []string{"reset", "deleted", "calm"} {
		h.leaves(u)
	}
	var updates int
	h.must(h.s.SQL().QueryRow("SELECT COUNT(*) FROM decisions WHERE run_id = ? AND kind = ?", h.run("reset").ID, storage.DecisionUpdate).Scan(&updates))
	if updates != 1 {
		t.Errorf("the update step of the reset run left %d records, want 1", updates)
	}
	h.track("terminated", "Came")
	h.eventually("who was terminated may come again", func() bool { r := h.run("terminated"); return r.State == models.RunOpen && r.StepID == "rest" })
	if repairs := h.reconcile(); len(repairs) != 0 {
		t.Errorf("repairs when all is mended: %v", repairs)
	}
}

// Our database is replaced by an older copy of itself while Temporal goes on.
func TestReconcileAfterOurOlderCopy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.resting("stays", "leaves", "moves on")
	h.stopWorker()
	copied := filepath.Join(h.dir, "older.db")
	_, err := h.s.SQL().Exec("VACUUM INTO ?", copied)
	h.must(err)
	h.startWorker()
	h.resting("newcomer")
	newcomer := h.workflowID("newcomer")
	h.leaves("leaves")
	h.stopWorker()

	h.must(h.s.Close())
	h.url = "sqlite://" + copied
	h.s, err = sqlstore.Open(t.Context(), h.url, sqlstore.Options{})
	h.must(err)
	t.Cleanup(func() { _ = h.s.Close() })
	h.startWorker()
	repairs := h.mended("the row of who left follows the workflow that is complete", h.ended("leaves", "completed"))
	if repairs[storage.RepairClosed] != 1 || repairs[storage.RepairEnded] != 1 || repairs[storage.RepairRestarted] != 0 {
		t.Errorf("repairs %v, want one closed (who left) and one workflow ended (the newcomer, who has no row any more)", repairs)
	}
	res, err := h.client.DescribeWorkflowExecution(t.Context(), newcomer, "")
	h.must(err)
	if s := res.GetWorkflowExecutionInfo().GetStatus(); s != enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED {
		t.Errorf("the workflow without a row is %v, want terminated", s)
	}
	for _, u := range []string{"stays", "moves on"} {
		h.leaves(u)
	}
}

// Temporal's store is replaced by an older copy of itself while our database goes on.
func TestReconcileAfterTemporalsOlderCopy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.resting("stays", "leaves")
	h.stopWorker()
	h.stopTemporal()
	copied := filepath.Join(h.dir, "older.db")
	copyDatabase(t, h.temporalFile(), copied)
	h.startTemporal()
	h.startWorker()
	h.resting("newcomer")
	h.leaves("leaves")
	h.stopWorker()
	h.stopTemporal()

	copyDatabase(t, copied, h.temporalFile())
	h.startTemporal()
	h.startWorker()
	repairs := h.mended("the newcomer is started again, the workflow of who left is ended", func() bool {
		return h.status("newcomer") == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING && h.status("leaves") == enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED
	})
	if repairs[storage.RepairRestarted] != 1 || repairs[storage.RepairEnded] != 1 || repairs[storage.RepairClosed] != 0 {
		t.Errorf("repairs %v, want one restarted and one workflow ended%s", repairs, h.situation())
	}
	if !h.ended("leaves", "left")() {
		t.Error("a run that had ended was opened again")
	}
	for _, u := range []string{"stays", "newcomer"} {
		h.leaves(u)
	}
}

// The schedule does it by itself, within a minute.
func TestReconcileBySchedule(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for range 2 { // every process ensures it
		h.must(workflows.EnsureReconcile(t.Context(), h.client))
	}
	h.resting("terminated", "deleted")
	h.must(h.client.TerminateWorkflow(t.Context(), h.workflowID("terminated"), "", "an operator"))
	h.delete("deleted")
	began := time.Now()
	h.eventually("the schedule's look closed and restarted", func() bool {
		return h.ended("terminated", storage.OutcomeTerminated)() && h.status("deleted") == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	})
	if took := time.Since(began); took > time.Minute {
		t.Errorf("took %v, want at most a minute", took)
	}
}

// reset resets a user's workflow to its first task, as an operator does by mistake.
func (h *house) reset(user string) {
	h.Helper()
	id := h.workflowID(user)
	history := h.client.GetWorkflowHistory(h.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		h.must(err)
		if event.GetEventType() != enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			continue
		}
		_, err = h.client.ResetWorkflowExecution(h.Context(), &workflowservice.ResetWorkflowExecutionRequest{
			Namespace: h.child.Namespace(), WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id}, Reason: "test", RequestId: "reset-" + id,
			WorkflowTaskFinishEventId: event.GetEventId(),
		})
		h.must(err)
		return
	}
	h.Fatalf("%s has no completed task", id)
}

// delete removes a workflow from Temporal with all it knows.
func (h *house) delete(user string) {
	h.Helper()
	_, err := h.client.WorkflowService().DeleteWorkflowExecution(h.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: h.child.Namespace(), WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: h.workflowID(user)},
	})
	h.must(err)
	h.eventually(user+"'s workflow is deleted", func() bool { return h.status(user) == enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED })
}

// copyDatabase copies a SQLite file that nobody has open, with what has not been moved into it yet.
func copyDatabase(t *testing.T, from, to string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(to + suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		data, err := os.ReadFile(from + suffix)
		if os.IsNotExist(err) && suffix != "" {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+suffix, data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
