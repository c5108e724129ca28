package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	batchpb "go.temporal.io/api/batch/v1"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/workflows"
)

const handledJourney = `
key: handled
name: Handled
purpose: marketing
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
steps:
  - {id: mail, kind: send, send: {template: hi, channel: sms}, next: gift}
  - {id: gift, kind: offer, offer: {offer: ten, on_none_left: none}, next: call}
  - {id: call, kind: task, task: {type: call, title: Call, due: P1D, outcomes: [{name: reached, next: done}]}}
  - {id: done, kind: exit, exit: {label: reached}}
  - {id: none, kind: exit, exit: {label: none left}}
`

// Whatever an operator does in Temporal Web, to one workflow or to a batch: the run, its voucher and its task follow within
// a minute by the reconciler's schedule, and nothing is sent, reserved or asked for again.
func TestTemporalWeb(t *testing.T) {
	t.Parallel()
	w := wire(t)
	w.messages()
	offer, err := w.s.OfferByKey(w.Context(), w.ws, "ten")
	w.must(err)
	_, _, err = w.s.AddCodes(w.Context(), w.ws, offer.ID, strings.Fields("C D E F G H I J K L M N"), "second", time.Now())
	w.must(err)
	w.publish(handledJourney)
	w.must(workflows.EnsureReconcile(t.Context(), w.temporal))

	verbs := []string{"terminate", "cancel", "reset", "signal", "garbage"}
	var people []string
	for _, v := range verbs {
		people = append(people, v+"-one", v+"-batch")
	}
	people = append(people, "calm")
	for _, who := range people {
		w.says(who, "identify", map[string]any{"phone": fmt.Sprintf("+316%08d", 10000000+slices.Index(people, who)), "locale": "en", "timezone": "Europe/Amsterdam"})
		w.says(who, "Consent Granted", map[string]any{"channel": "sms", "purpose": "marketing", "source": "form", "source_kind": "person"})
		w.says(who, "Signed Up", nil)
	}
	w.until("everybody waits for a call", func() bool {
		return len(w.list("SELECT id FROM runs WHERE step_id = 'call' AND wake_at IS NOT NULL")) == len(people)
	})
	w.want("SELECT COUNT(*) FROM offer_claims WHERE state = 'reserved'", fmt.Sprint(len(people)))

	began := time.Now()
	for _, v := range verbs {
		w.byHand(v, w.workflowOf(v+"-one"))
		w.byBatch(v, w.workflowOf(v+"-batch"))
	}
	outcomes := map[string]string{"terminate": storage.OutcomeTerminated, "cancel": "stopped", "signal": "stopped"}
	for v, outcome := range outcomes {
		for _, who := range []string{v + "-one", v + "-batch"} {
			w.until(who+" has ended", func() bool { r := w.runOf(who); return r.State == models.RunEnded && r.Outcome == outcome })
			if took := time.Since(began); took > time.Minute {
				t.Errorf("%s: it took %s", who, took)
			}
			w.until("the workflow is closed", func() bool { return !w.running(who) })
			w.follows(who, storage.ClaimReleased, storage.TaskCancelled)
		}
	}
	for _, who := range []string{"reset-one", "reset-batch", "garbage-one", "garbage-batch", "calm"} {
		w.until(who+" has a workflow", func() bool { return w.running(who) && w.runOf(who).State == models.RunOpen })
		w.follows(who, storage.ClaimReserved, storage.TaskOpen)
		var task ids.ID
		w.must(w.s.SQL().QueryRow("SELECT id FROM tasks WHERE run_id = ?", w.runOf(who).ID).Scan(&task))
		_, err := w.s.CompleteTask(w.Context(), w.ws, task, storage.TaskEnd{Outcome: "reached", By: "user:x", Now: time.Now()})
		w.must(err)
		w.until(who+" was reached", func() bool { r := w.runOf(who); return r.State == models.RunEnded && r.Outcome == "reached" })
	}
	if took := time.Since(began); took > time.Minute {
		t.Errorf("all of it took %s", took)
	}
	w.want("SELECT COUNT(*) FROM sends WHERE state = 'accepted'", fmt.Sprint(len(people)))
	w.want("SELECT COUNT(*) FROM inbox_messages", fmt.Sprint(len(people)))
	w.want("SELECT COUNT(*) FROM offer_claims", fmt.Sprint(len(people)))
	w.want("SELECT COUNT(*) FROM tasks", fmt.Sprint(len(people)))
	w.want("SELECT COUNT(*) FROM entry_guards WHERE open_run_id IS NOT NULL", "0")
	w.want("SELECT COUNT(*) FROM offer_claims WHERE state = 'reserved'", "0") // who was reached without a letter that shows it keeps nothing
}

func (w *wired) runOf(user string) (r models.Run) {
	w.Helper()
	w.must(w.s.SQL().QueryRow("SELECT r.id, r.state, r.outcome, r.step_id FROM runs r JOIN customers c ON c.id = r.customer_id WHERE c.external_id = ?", user).Scan(&r.ID, &r.State, &r.Outcome, &r.StepID))
	return r
}

func (w *wired) workflowOf(user string) string {
	w.Helper()
	var key string
	w.must(w.s.SQL().QueryRow("SELECT workspace_key FROM workspaces WHERE id = ?", w.ws).Scan(&key))
	return contract.RunWorkflowID(key, "handled", w.runOf(user).ID.String())
}

func (w *wired) running(user string) bool {
	w.Helper()
	d, err := w.temporal.DescribeWorkflowExecution(w.Context(), w.workflowOf(user), "")
	w.must(err)
	return d.GetWorkflowExecutionInfo().GetCloseTime() == nil
}

// follows checks the voucher, the task and the message of somebody.
func (w *wired) follows(user, claim, task string) {
	w.Helper()
	run := w.runOf(user).ID
	for query, want := range map[string]string{"SELECT state FROM offer_claims WHERE run_id = ?": claim, "SELECT state FROM tasks WHERE run_id = ?": task, "SELECT state FROM sends WHERE run_id = ?": storage.SendAccepted} {
		if got := strings.Join(w.list(query, run), " "); got != want {
			w.Errorf("%s: %s says %q, want %q", user, query, got, want)
		}
	}
}

// byHand does what a button of Temporal Web does to one workflow.
func (w *wired) byHand(verb, id string) {
	w.Helper()
	switch verb {
	case "terminate":
		w.must(w.temporal.TerminateWorkflow(w.Context(), id, "", "an operator"))
	case "cancel":
		w.must(w.temporal.CancelWorkflow(w.Context(), id, ""))
	case "signal":
		w.must(w.temporal.SignalWorkflow(w.Context(), id, "", contract.SignalControl, contract.ControlSignal{Kind: contract.ControlStop}))
	case "garbage":
		for _, payload := range []any{nil, "stop", 7, map[string]any{"k": []int{1}}, contract.ControlSignal{Kind: "explode"}} {
			w.must(w.temporal.SignalWorkflow(w.Context(), id, "", contract.SignalControl, payload))
			w.must(w.temporal.SignalWorkflow(w.Context(), id, "", contract.SignalEvent, payload))
			w.must(w.temporal.SignalWorkflow(w.Context(), id, "", "nonsense", payload))
		}
	case "reset":
		_, err := w.temporal.ResetWorkflowExecution(w.Context(), &workflowservice.ResetWorkflowExecutionRequest{Namespace: w.config.Temporal.Namespace,
			WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id}, Reason: "an operator", RequestId: "reset-" + id, WorkflowTaskFinishEventId: 4})
		w.must(err)
	}
}

// byBatch does the same to what a query finds.
func (w *wired) byBatch(verb, id string) {
	w.Helper()
	req := &workflowservice.StartBatchOperationRequest{Namespace: w.config.Temporal.Namespace, JobId: "batch-" + verb, Reason: "an operator", VisibilityQuery: fmt.Sprintf("WorkflowId = '%s'", id)}
	signal := func(name string, payload any) *workflowservice.StartBatchOperationRequest_SignalOperation {
		input, err := converter.GetDefaultDataConverter().ToPayloads(payload)
		w.must(err)
		return &workflowservice.StartBatchOperationRequest_SignalOperation{SignalOperation: &batchpb.BatchOperationSignal{Signal: name, Input: input, Identity: "operator"}}
	}
	switch verb {
	case "terminate":
		req.Operation = &workflowservice.StartBatchOperationRequest_TerminationOperation{TerminationOperation: &batchpb.BatchOperationTermination{Identity: "operator"}}
	case "cancel":
		req.Operation = &workflowservice.StartBatchOperationRequest_CancellationOperation{CancellationOperation: &batchpb.BatchOperationCancellation{Identity: "operator"}}
	case "signal":
		req.Operation = signal(contract.SignalControl, contract.ControlSignal{Kind: contract.ControlStop})
	case "garbage":
		req.Operation = signal(contract.SignalEvent, "nonsense")
	case "reset":
		req.Operation = &workflowservice.StartBatchOperationRequest_ResetOperation{ResetOperation: &batchpb.BatchOperationReset{Identity: "operator",
			Options: &commonpb.ResetOptions{Target: &commonpb.ResetOptions_FirstWorkflowTask{}}}}
	}
	w.until("the batch before is done", func() bool { // the server takes one at a time
		_, err := w.temporal.WorkflowService().StartBatchOperation(w.Context(), req)
		if full := (*serviceerror.ResourceExhausted)(nil); errors.As(err, &full) {
			return false
		}
		w.must(err)
		return true
	})
}
