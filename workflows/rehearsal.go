package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
)

// rehearsalSteps bounds a rehearsal: its walks are bounded, too, so this many steps mean that something is wrong.
const rehearsalSteps = 3000

// Rehearsal sends a member of staff a whole journey now: walk after walk, step after step, waits shortened to seconds.
func Rehearsal(ctx workflow.Context, in contract.RehearsalInput) error {
	workflow.SetCurrentDetails(ctx, "Walks a journey for a member of staff; no customer has a part in it.")
	ask := contract.RehearseInput{RehearsalInput: in}
	act := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue: contract.QueueBulk, StartToCloseTimeout: 2 * time.Minute, Summary: "next step of the rehearsal",
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second, MaximumAttempts: 5},
	})
	for range rehearsalSteps {
		var res contract.RehearseResult
		if err := workflow.ExecuteActivity(act, contract.ActivityRehearse, ask).Get(ctx, &res); err != nil {
			ask.Lost = true
			_ = workflow.ExecuteActivity(act, contract.ActivityRehearse, ask).Get(ctx, nil) // what it says is noted; the failure stays one
			return err
		}
		switch {
		case res.Done:
			return nil
		case res.WalkDone:
			ask.Walk, ask.State = ask.Walk+1, nil
			continue
		}
		ask.State = res.State
		if res.PauseMS > 0 {
			if err := workflow.Sleep(ctx, time.Duration(res.PauseMS)*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}
