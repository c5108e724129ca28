package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
)

// broadcastPieces is how many pieces of work one history holds, about eleven events each.
const broadcastPieces = 400

// RegisterBroadcast makes the workflow of broadcasts known to a worker under its wire name.
func RegisterBroadcast(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(Broadcast, workflow.RegisterOptions{Name: contract.WorkflowBroadcast})
}

// Broadcast keeps one broadcast going until it is done. What there is to do stands in our database: each piece of work
// (open the issue, write down recipients, send a chunk) is one activity that says when the next is due. So a pause, a
// resume and a cancellation are a row and a wake-up, and a workflow that got lost is simply started again.
func Broadcast(ctx workflow.Context, in contract.BroadcastInput) error {
	wake := workflow.GetSignalChannel(ctx, contract.SignalWake)
	work := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: contract.QueueBulk, StartToCloseTimeout: time.Hour, HeartbeatTimeout: 10 * time.Second, Summary: "next piece of the broadcast",
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 20 * time.Second},
	})
	limit := broadcastPieces
	if in.ContinueEvery > 0 {
		limit = in.ContinueEvery
	}
	sent := 0
	for pieces := 1; ; pieces++ {
		var p contract.BroadcastProgress
		if err := workflow.ExecuteActivity(work, contract.ActivityAdvanceBroadcast, in).Get(ctx, &p); err != nil {
			if ctx.Err() != nil {
				return err // cancelled by an operator; the row follows
			}
			// Whatever was final for one attempt need not be for the next: a template may be mended.
			p = contract.BroadcastProgress{State: "waits after a failure", WakeAt: workflow.Now(ctx).Add(30 * time.Second).UnixMicro()}
		}
		sent += p.Handled
		workflow.SetCurrentDetails(ctx, fmt.Sprintf("**%s**; %d recipients looked at by this history.", p.State, sent))
		if drained(wake) {
			continue
		}
		if p.Done {
			return nil
		}
		if pieces >= limit || workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return workflow.NewContinueAsNewError(ctx, contract.WorkflowBroadcast, in)
		}
		if err := sleepUntil(ctx, wake, p.WakeAt); err != nil {
			return err
		}
	}
}

// drained takes all wake-ups that are there and reports whether there were any.
func drained(wake workflow.ReceiveChannel) bool {
	any := false
	for wake.ReceiveAsync(nil) {
		any = true
	}
	return any
}

// sleepUntil sleeps until a moment or until it is woken; 0 means until it is woken.
func sleepUntil(ctx workflow.Context, wake workflow.ReceiveChannel, at int64) error {
	pause := time.UnixMicro(at).Sub(workflow.Now(ctx))
	if at != 0 && pause <= 0 {
		return nil
	}
	timers, stop := workflow.WithCancel(ctx)
	defer stop()
	var failed error
	s := workflow.NewSelector(ctx).AddReceive(wake, func(c workflow.ReceiveChannel, _ bool) {
		c.Receive(ctx, nil)
	})
	s.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) { failed = ctx.Err() })
	if at != 0 {
		s.AddFuture(workflow.NewTimerWithOptions(timers, pause, workflow.TimerOptions{Summary: "until the next recipient is due"}), func(f workflow.Future) {
			failed = f.Get(ctx, nil)
		})
	}
	s.Select(ctx)
	return failed
}
