package workflows

import (
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/journey"
)

// local is for reads, decisions and records: short, and tried again until the database answers. Longer pauses between
// attempts are timers of the workflow, so nothing is held meanwhile.
func (r *run) local(summary string) workflow.Context {
	return workflow.WithLocalActivityOptions(r.ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout:    5 * time.Second,
		ScheduleToCloseTimeout: 10 * 365 * 24 * time.Hour,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                summary,
	})
}

// call performs a local activity. It reports false when the run's row is gone: there is nothing left to be done then. Any
// other lasting refusal blocks the workflow until better code comes; failing the run would lose the customer.
func (r *run) call(activity, summary string, in, out any) bool {
	err := workflow.ExecuteLocalActivity(r.local(summary), activity, in).Get(r.ctx, out)
	if err == nil {
		return true
	}
	if isKind(err, fault.NotFound) {
		r.over = true
		return false
	}
	panic(fmt.Sprintf("run %s: %s: %v", r.in.RunID, activity, err))
}

func isKind(err error, k fault.Kind) bool {
	var app *temporal.ApplicationError
	return errors.As(err, &app) && app.Type() == string(k)
}

// persist writes the state if it was changed, together with what the caller has filled in.
func (r *run) persist(in contract.AdvanceInput) contract.AdvanceResult {
	if !r.dirty && in.Wait == nil && in.Outcome == "" {
		return contract.AdvanceResult{Verdict: contract.VerdictGo}
	}
	r.describe()
	r.seq++
	in.WorkspaceID, in.RunID, in.CustomerID, in.VersionID, in.DocHash = r.in.WorkspaceID, r.in.RunID, r.in.CustomerID, r.in.VersionID, r.in.DocHash
	in.Owner, in.Before, in.Seq, in.State = r.state.Owner, r.in.Before, r.seq, r.state.JSON()
	in.StepID, in.StepSince, in.Hops, in.Left = r.state.Step, r.state.Reached, r.state.Hops, r.left
	in.At = workflow.Now(r.ctx).UnixMicro()
	var res contract.AdvanceResult
	if !r.call(contract.ActivityAdvanceRun, "keep progress at "+r.state.Step, in, &res) {
		return res
	}
	switch res.Verdict {
	case contract.VerdictStale, contract.VerdictClosed:
		r.over = true // another workflow has the run, or its end is recorded: this one leaves without a trace
	case contract.VerdictGo, contract.VerdictPaused:
		if !in.Held || res.Verdict == contract.VerdictPaused {
			r.left, r.dirty = nil, false
		}
	}
	return res
}

// resolve goes to sleep at a step that waits: one activity keeps the progress and finds the end of the wait.
func (r *run) resolve(due journey.Effect) {
	step, visit := due.Step.ID, due.Visit
	res := r.persist(contract.AdvanceInput{Wait: &contract.WaitQuestion{
		StepID: step, Visit: visit, ReachedAt: r.state.Reached, Horizon: due.Horizon.UnixMicro(), Applied: r.state.Applied,
		Frozen: r.state.Frozen, Revision: r.state.Revision, Results: r.state.Results,
		Was: r.state.Was, Now: workflow.Now(r.ctx).UnixMicro(),
	}})
	if r.over || res.Wait == nil {
		return
	}
	r.state = r.state.WithLogic(res.Logic)
	r.feed(journey.WaitResolved{
		Step: step, Visit: visit, Deadline: res.Wait.Deadline, Exit: res.Wait.Exit, EventID: res.Wait.EventID,
		Late: res.Wait.Late, Fixed: res.Wait.Fixed, Check: res.Wait.Check, Count: res.Wait.Count,
	})
	if r.program.Due(r.state).Kind == journey.EffectSleep {
		r.dirty = false // what was written resolves to the same wait
		r.describe()
	}
}

// cleared asks, once per wake-up and before the first effect, whether the run may act.
func (r *run) cleared() bool {
	if r.fresh {
		return true
	}
	res, ok := r.wake()
	return ok && res.Verdict == contract.VerdictGo
}

// wake asks how the run and its journey stand, and obeys: a paused run holds, a stopped one ends, one that was taken
// over leaves.
func (r *run) wake() (contract.WakeResult, bool) {
	var res contract.WakeResult
	in := contract.WakeInput{WorkspaceID: r.in.WorkspaceID, RunID: r.in.RunID, Owner: r.state.Owner, Before: r.in.Before, Seq: r.seq, Since: r.state.Reached}
	if r.program.Doc.ConditionalExits() {
		in.DocHash, in.Revision, in.Results = r.in.DocHash, r.state.Revision, r.state.Results
	}
	if !r.call(contract.ActivityWakeRun, "may it act?", in, &res) {
		return res, false
	}
	switch res.Verdict {
	case contract.VerdictGo:
		r.fresh = true
		r.state = r.state.WithLogic(res.Logic)
		if res.Exit > 0 {
			r.feed(journey.EventArrived{Event: journey.Event{Name: journey.ReasonCondition, Exit: res.Exit}})
			res.Verdict = contract.VerdictStopped // for the caller: there is nothing more to be done
		}
	case contract.VerdictPaused:
		r.feed(journey.Paused{})
	case contract.VerdictStopped:
		r.feed(journey.Stopped{Reason: "journey stopped"})
	default:
		r.over = true
	}
	return res, true
}

// timer is what a deadline that has come means.
func (r *run) timer() {
	frozen := int64(0)
	if !r.fresh {
		res, ok := r.wake()
		if !ok || res.Verdict != contract.VerdictGo {
			return
		}
		frozen = res.Frozen
	}
	r.feed(journey.TimerFired{Frozen: frozen})
}

// hold waits for the end of a pause, or for the run to be released.
func (r *run) hold() {
	if !r.state.Paused {
		r.persist(contract.AdvanceInput{})
		if !r.over {
			r.sleep(time.Time{})
		}
		return
	}
	if r.dirty {
		res := r.persist(contract.AdvanceInput{Held: true})
		switch {
		case r.over:
			return
		case res.Verdict == contract.VerdictGo:
			r.resume() // it has ended meanwhile
			return
		case res.Verdict == contract.VerdictStopped:
			r.feed(journey.Stopped{Reason: "journey stopped"})
			return
		}
	}
	r.sleep(time.Time{})
}

// resume goes on after a pause, if it is over.
func (r *run) resume() {
	if !r.state.Paused {
		return
	}
	if res, ok := r.wake(); ok && res.Verdict == contract.VerdictGo {
		r.feed(journey.Resumed{Frozen: res.Frozen, Overdue: res.Overdue})
	}
}

// end records the outcome.
func (r *run) end() {
	r.persist(contract.AdvanceInput{Outcome: r.state.Outcome, Reason: r.state.Reason, EventID: r.state.EventID})
	r.over = true
}
