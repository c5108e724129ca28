package workflows

import "go.temporal.io/sdk/workflow"

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
