package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
)

// continueDue says that the history has grown enough. It is asked only before a sleep, when everything is persisted.
func (j *Journeys) continueDue(ctx workflow.Context, r *run) bool {
	if r.wakeups == 0 {
		return false
	}
	info := workflow.GetInfo(ctx)
	return info.GetContinueAsNewSuggested() ||
		r.signals >= maxSignals ||
		info.GetCurrentHistoryLength() >= maxEvents ||
		workflow.Now(ctx).Sub(info.WorkflowStartTime) >= maxAge ||
		j.ContinueEvery > 0 && r.wakeups >= j.ContinueEvery
}

// changeRollOver marks histories whose code looks at their length before a wait, too; older ones go on as they began.
const changeRollOver = "roll-over"

// rollOver hands a run to a new history that finds one event after the other and never comes to rest: thousands of them
// would fill the history to the server's limit, which ends a workflow. The version is asked for only then, so that no
// other run pays for it.
func (j *Journeys) rollOver(ctx workflow.Context, r *run) (error, bool) {
	info := workflow.GetInfo(ctx)
	long := info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() >= maxEvents || j.ContinueEvery > 0 && r.waits >= j.ContinueEvery
	if !long || workflow.GetVersion(ctx, changeRollOver, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return nil, false
	}
	r.persist(contract.AdvanceInput{WakeAt: workflow.Now(ctx).UnixMicro()})
	if r.over {
		return nil, false
	}
	return r.continueAsNew(ctx)
}

// changeBreath marks histories whose code closes a workflow task now and then; older ones go on as they began.
const changeBreath = "breath"

// sprintMost is how many waits a run may begin in one workflow task. The server fails a task during which more than 100 signals
// have come, and what local activities have done in it is done again: a run that finds thousands of events, one after the
// other, while more of them are signalled would never get to write down what it has done.
const sprintMost = 16

// breathe lets the workflow task end, so that what was done is in the history. The version is asked for only then, so that no
// other run pays for it.
func (r *run) breathe() {
	if r.sprint++; r.sprint <= sprintMost || workflow.GetVersion(r.ctx, changeBreath, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	r.sprint = 0
	_ = workflow.NewTimerWithOptions(r.ctx, time.Millisecond, workflow.TimerOptions{Summary: "many events: a new task"}).Get(r.ctx, nil)
}

// continueAsNew hands the run to a new history, unless something has come meanwhile: that is taken first, and whoever
// asked something gets his answer from this workflow.
func (r *run) continueAsNew(ctx workflow.Context) (error, bool) {
	_ = workflow.Await(r.ctx, func() bool { return workflow.AllHandlersFinished(r.ctx) || r.requests.Len() > 0 })
	r.collect()
	if len(r.inbox) > 0 || r.canceled {
		return nil, false
	}
	next := r.in
	next.State, next.Seq, next.Before = r.state.JSON(), r.seq, r.state.Owner
	return workflow.NewContinueAsNewError(ctx, workflow.GetInfo(ctx).WorkflowType.Name, next), true
}
