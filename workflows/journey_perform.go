package workflows

import (
	"cmp"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/journey"
)

const (
	outsideTimeout = 90 * time.Second // one call to somebody else, with what is recorded about it
	codeTimeout    = 10 * time.Minute // one attempt at a developer's step
	codeBeat       = time.Minute      // an attempt of which nothing is heard for so long is made again
)

// perform asks for the action of a step that neither sends nor decides: what happens in our own database here and now,
// what calls somebody on the queue for that, and a developer's step on the queue of its workers.
func (r *run) perform(due journey.Effect) {
	step, visit := due.Step, due.Visit
	in := contract.PerformInput{
		WorkspaceID: r.in.WorkspaceID, RunID: r.in.RunID, CustomerID: r.in.CustomerID, VersionID: r.in.VersionID, DocHash: r.in.DocHash,
		StepID: step.ID, Visit: visit, ReachedAt: r.state.Reached, Control: r.in.Control, Revision: r.state.Revision, Results: r.state.Results,
	}
	if step.Kind == journey.StepCollect {
		in.Since, in.Now = due.Horizon.UnixMicro(), workflow.Now(r.ctx).UnixMicro()
	}
	res := contract.PerformResult{}
	switch step.Kind {
	case journey.StepWebhook, journey.StepNotify:
		res = r.performOutside(step, in)
	case journey.StepCode:
		res = r.performCode(step, in)
	default:
		if !r.call(contract.ActivityPerformStep, string(step.Kind)+" "+step.ID, in, &res) {
			return
		}
	}
	if res.State == contract.PerformHalted {
		r.fresh = false // paused or stopped since the run was told that it may act: it asks, as after a sleep
		return
	}
	if res.State == contract.PerformRetry {
		at := time.Time{}
		if res.At != 0 {
			at = time.UnixMicro(res.At)
		}
		r.feed(journey.StepDeferred{Step: step.ID, Visit: visit, Until: r.laterThanNow(at).UnixMicro()})
		return
	}
	r.feed(journey.StepDone{Step: step.ID, Visit: visit, Exit: cmp.Or(res.Exit, journey.ExitNext), Result: res.Result, Revision: res.Revision, At: res.Until})
}

// performOutside calls somebody else. How long to go on trying is for the activity to say; here only a worker that died
// is replaced.
func (r *run) performOutside(step *journey.Step, in contract.PerformInput) contract.PerformResult {
	var res contract.PerformResult
	err := r.byQueue(workflow.ActivityOptions{
		TaskQueue:           contract.QueueOutbound,
		StartToCloseTimeout: outsideTimeout,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute},
		Summary:             string(step.Kind) + " " + step.ID,
	}, contract.ActivityPerformOutside, in, &res)
	return concluded(res, err)
}

// performCode asks the workers that know the step's type. Without any the run waits there: it is persisted first, so that
// everybody sees where. A run that is held out calls nobody.
func (r *run) performCode(step *journey.Step, in contract.PerformInput) contract.PerformResult {
	if r.in.Control {
		return contract.PerformResult{State: contract.PerformDone, Exit: journey.ExitSkipped, Result: resultControl}
	}
	r.persist(contract.AdvanceInput{WakeAt: workflow.Now(r.ctx).UnixMicro()})
	if r.over {
		return contract.PerformResult{State: contract.PerformRetry}
	}
	var res contract.PerformResult
	err := r.byQueue(workflow.ActivityOptions{
		TaskQueue:           contract.CodeQueue(step.Code.Type),
		StartToCloseTimeout: codeTimeout,
		HeartbeatTimeout:    codeBeat,
		RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Minute},
		Summary:             step.Code.Type + " " + step.ID,
	}, contract.CodeActivity(step.Code.Type), in, &res)
	return concluded(res, err)
}

// resultControl is the result of a step that a held-out run does not perform.
const resultControl = "skipped(control)"

// concluded turns an attempt that came to no answer into one: a refusal for good is a failure, anything else (taken back,
// timed out) is tried again, if the run still wants it.
func concluded(res contract.PerformResult, err error) contract.PerformResult {
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		return res
	case errors.As(err, &app) && app.NonRetryable():
		return contract.PerformResult{State: contract.PerformDone, Exit: journey.ExitFailed, Result: journey.ExitFailed, Reason: app.Type()}
	}
	return contract.PerformResult{State: contract.PerformRetry}
}
