package workflows

import (
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

// continueAsNew hands the run to a new history, unless something has come meanwhile: that is taken first, and whoever
// asked something gets his answer from this workflow.
func (r *run) continueAsNew(ctx workflow.Context) (error, bool) {
	_ = workflow.Await(r.ctx, func() bool { return workflow.AllHandlersFinished(r.ctx) || r.requests.Len() > 0 })
	r.collect()
	if len(r.inbox) > 0 || r.canceled {
		return nil, false
	}
	next := r.in
	next.State, next.Seq = r.state.JSON(), r.seq
	return workflow.NewContinueAsNewError(ctx, workflow.GetInfo(ctx).WorkflowType.Name, next), true
}
