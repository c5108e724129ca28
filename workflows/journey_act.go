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
	tryTimeout     = 2 * time.Second  // a send that can't go at once goes by the channel's queue
	attemptTimeout = 90 * time.Second // connect, greet, hand over and record
	attemptBeat    = 10 * time.Second // a worker that died at it is noticed after this
	retryPause     = time.Minute      // when an attempt named no time, or none came to an end
	defaultExpiry  = "P7D"
)

// act performs the step that is due.
func (r *run) act(due journey.Effect) {
	r.disarm()
	step, visit := due.Step, due.Visit
	done := func(exit, result string) {
		r.feed(journey.StepDone{Step: step.ID, Visit: visit, Exit: exit, Result: result})
	}
	switch step.Kind {
	case journey.StepBranch:
		if step.Branch.Score {
			r.score(step.ID)
		}
		if exit, ok := r.decide(due, ""); ok {
			done(exit, exit)
		}
	case journey.StepUpdate:
		if !setsOnly(step.Update) {
			r.perform(due)
			return
		}
		var res contract.UpdateResult
		if r.call(contract.ActivityUpdateCustomer, "update at "+step.ID, contract.UpdateInput{
			WorkspaceID: r.in.WorkspaceID, RunID: r.in.RunID, CustomerID: r.in.CustomerID, VersionID: r.in.VersionID, DocHash: r.in.DocHash,
			StepID: step.ID, Visit: visit, Control: r.in.Control,
		}, &res) {
			if res.Halted {
				r.fresh = false
				return
			}
			done(journey.ExitNext, cmp.Or(res.Reason, "updated"))
		}
	case journey.StepSend:
		res := r.send(step, visit)
		switch res.State {
		case contract.SendAccepted: // perhaps a while ago: the worker that gave it away may have died before it told us
			r.feed(journey.StepDone{Step: step.ID, Visit: visit, Exit: journey.ExitSent, Result: string(res.State), At: microseconds(res.At)})
		case contract.SendSkipped, contract.SendExpired, contract.SendCanceled:
			done(journey.ExitSkipped, string(res.State))
		case contract.SendUnknown:
			done(journey.ExitUnknown, string(res.State))
		case contract.SendDeferred, contract.SendRetry, contract.SendNotNow:
			r.feed(journey.StepDeferred{Step: step.ID, Visit: visit, Until: r.laterThanNow(res.At).UnixMicro()})
		default:
			done(journey.ExitFailed, string(cmp.Or(res.State, contract.SendRejected)))
		}
	default:
		r.perform(due)
	}
}

// microseconds since 1970; 0 for no time.
func microseconds(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// setsOnly: an update of attributes and nothing else has an activity of its own, since the first release.
func setsOnly(u *journey.UpdateStep) bool {
	return len(u.Add)+len(u.Join)+len(u.Leave)+len(u.Unsubscribe) == 0
}

// laterThanNow keeps a deferral that names no time, or one that has passed, from going round at once.
func (r *run) laterThanNow(at time.Time) time.Time {
	now := workflow.Now(r.ctx)
	if at.IsZero() {
		return now.Add(retryPause)
	}
	if at.Before(now.Add(time.Second)) {
		return now.Add(time.Second)
	}
	return at
}

// send asks for one logical send: here and now if a connection is at hand, else by the channel's rate-limited queue. The
// ledger makes both ways safe: whatever is asked twice is sent once.
func (r *run) send(step *journey.Step, visit int) contract.SendResult {
	in := contract.SendInput{
		WorkspaceID: r.in.WorkspaceID, RunID: r.in.RunID, CustomerID: r.in.CustomerID, VersionID: r.in.VersionID, DocHash: r.in.DocHash,
		StepID: step.ID, Visit: visit, ReachedAt: r.state.Reached, Control: r.in.Control,
	}
	var res contract.SendResult
	once := workflow.WithLocalActivityOptions(r.ctx, workflow.LocalActivityOptions{
		ScheduleToCloseTimeout: tryTimeout, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}, Summary: "send " + step.ID + " at once",
	})
	if err := workflow.ExecuteLocalActivity(once, contract.ActivityTrySendMessage, in).Get(r.ctx, &res); err == nil && res.State != contract.SendNotNow {
		return res
	}
	return r.sendByQueue(step, in)
}

// sendByQueue waits for the channel's queue. What ends the run meanwhile takes the send back, if it has not begun.
func (r *run) sendByQueue(step *journey.Step, in contract.SendInput) contract.SendResult {
	var res contract.SendResult
	err := r.byQueue(workflow.ActivityOptions{
		TaskQueue:              contract.ChannelQueue(step.Send.Channel),
		StartToCloseTimeout:    attemptTimeout,
		HeartbeatTimeout:       attemptBeat,
		ScheduleToCloseTimeout: r.untilExpiry(step.Send.Expires, in.ReachedAt),
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute},
		Summary:                "send " + step.ID,
	}, contract.ActivitySendMessage, in, &res)
	var app *temporal.ApplicationError
	switch {
	case err == nil:
		return res
	case errors.As(err, &app) && app.NonRetryable():
		return contract.SendResult{State: contract.SendRejected, Reason: app.Type()}
	}
	return contract.SendResult{State: contract.SendRetry} // a time-out, or taken back: the ledger knows more next time
}

// byQueue performs an activity on a queue of its own and waits for its end. What ends the run meanwhile takes it back.
func (r *run) byQueue(o workflow.ActivityOptions, activity string, in, out any) error {
	o.WaitForCancellation = true
	ctx, cancel := workflow.WithCancel(workflow.WithActivityOptions(r.ctx, o))
	defer cancel()
	var (
		err  error
		open = true
	)
	sel := workflow.NewSelector(r.ctx)
	sel.AddFuture(workflow.ExecuteActivity(ctx, activity, in), func(f workflow.Future) {
		open, err = false, f.Get(r.ctx, out)
	})
	r.listen(sel)
	for open {
		sel.Select(r.ctx)
		if r.endingAhead() {
			cancel()
		}
	}
	return err
}

// untilExpiry is how long an attempt may stay in the queue: until the message expires. The gate judges the expiry itself,
// by the calendar; this is only the bound of the activity.
func (r *run) untilExpiry(expires string, reached int64) time.Duration {
	d, err := journey.ParseDuration(cmp.Or(expires, defaultExpiry))
	if err != nil {
		return attemptTimeout
	}
	left := time.UnixMicro(reached).Add(d.Approx()).Sub(workflow.Now(r.ctx))
	return max(left, attemptTimeout)
}

// score brings the customer's scores up to date. Without a model there is nothing to be fresh; the branch then decides
// on what is known.
func (r *run) score(step string) {
	var res contract.ScoreResult
	in := contract.ScoreInput{WorkspaceID: r.in.WorkspaceID, CustomerID: r.in.CustomerID, RunID: r.in.RunID, StepID: step}
	err := workflow.ExecuteLocalActivity(r.local("score before "+step), contract.ActivityScoreCustomer, in).Get(r.ctx, &res)
	if err != nil {
		workflow.GetLogger(r.ctx).Warn("the customer was not scored afresh", "run", r.in.RunID, "step", step, "error", err)
	}
}

// decide asks which exit of the step is taken, by conditions over the customer or an event.
func (r *run) decide(due journey.Effect, eventID string) (string, bool) {
	var res contract.DecideResult
	ok := r.call(contract.ActivityDecide, "decide "+due.Step.ID, contract.DecideInput{
		WorkspaceID: r.in.WorkspaceID, RunID: r.in.RunID, CustomerID: r.in.CustomerID, VersionID: r.in.VersionID, DocHash: r.in.DocHash,
		StepID: due.Step.ID, Visit: due.Visit, EventID: eventID, Revision: r.state.Revision, Results: r.state.Results,
	}, &res)
	return res.Exit, ok
}

// match holds an event against the conditions of the wait_for that is armed.
func (r *run) match(due journey.Effect) {
	if exit, ok := r.decide(due, due.Event.ID); ok {
		r.feed(journey.EventMatched{EventID: due.Event.ID, Exit: exit})
	}
}
