package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/workflows"
)

// a broadcast whose activity is a script: each call takes the next answer.
func broadcastEnvironment(t *testing.T, answer func(call int, now time.Time) (contract.BroadcastProgress, error)) (*testsuite.TestWorkflowEnvironment, *[]time.Time) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	workflows.RegisterBroadcast(env)
	var calls []time.Time
	env.RegisterActivityWithOptions(func(_ context.Context, in contract.BroadcastInput) (contract.BroadcastProgress, error) {
		if in.WorkspaceID != 7 || in.BroadcastID != "b" {
			t.Errorf("asked for %+v", in)
		}
		calls = append(calls, env.Now())
		return answer(len(calls), env.Now())
	}, named(contract.ActivityAdvanceBroadcast))
	return env, &calls
}

func TestBroadcastSleepsUntilTheNextPiece(t *testing.T) {
	t.Parallel()
	env, calls := broadcastEnvironment(t, func(call int, now time.Time) (contract.BroadcastProgress, error) {
		switch call {
		case 1:
			return contract.BroadcastProgress{WakeAt: now.Add(36 * time.Hour).UnixMicro(), State: "scheduled"}, nil
		case 2:
			return contract.BroadcastProgress{WakeAt: now.UnixMicro(), State: "sending", Handled: 500}, nil
		}
		return contract.BroadcastProgress{Done: true, State: "done"}, nil
	})
	start := env.Now()
	env.ExecuteWorkflow(contract.WorkflowBroadcast, contract.BroadcastInput{WorkspaceID: 7, BroadcastID: "b"})
	if err := env.GetWorkflowError(); err != nil || len(*calls) != 3 {
		t.Fatalf("%v, %d calls", err, len(*calls))
	}
	if slept := (*calls)[1].Sub(start); slept < 36*time.Hour-time.Millisecond || slept > 36*time.Hour+time.Minute {
		t.Errorf("slept %s", slept)
	}
}

func TestBroadcastIsWoken(t *testing.T) {
	t.Parallel()
	env, calls := broadcastEnvironment(t, func(call int, _ time.Time) (contract.BroadcastProgress, error) {
		if call == 1 {
			return contract.BroadcastProgress{State: "paused"}, nil // until it is told
		}
		return contract.BroadcastProgress{Done: true}, nil
	})
	start := env.Now()
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(contract.SignalWake, nil) }, time.Hour)
	env.ExecuteWorkflow(contract.WorkflowBroadcast, contract.BroadcastInput{WorkspaceID: 7, BroadcastID: "b"})
	if err := env.GetWorkflowError(); err != nil || len(*calls) != 2 || (*calls)[1].Sub(start) < time.Hour {
		t.Errorf("%v, calls %v", err, *calls)
	}
}

// A wake-up that comes while the last piece is at work is not lost with the end of the workflow.
func TestBroadcastIsWokenAtTheEnd(t *testing.T) {
	t.Parallel()
	env, calls := broadcastEnvironment(t, func(call int, _ time.Time) (contract.BroadcastProgress, error) {
		return contract.BroadcastProgress{Done: true}, nil
	})
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(contract.SignalWake, nil) }, 0)
	env.ExecuteWorkflow(contract.WorkflowBroadcast, contract.BroadcastInput{WorkspaceID: 7, BroadcastID: "b"})
	if err := env.GetWorkflowError(); err != nil || len(*calls) < 1 {
		t.Errorf("%v, %d calls", err, len(*calls))
	}
}

// Whatever was final for an attempt, the broadcast tries again later; and a new history takes over as often as told.
func TestBroadcastNeverGivesUpAndContinuesAsNew(t *testing.T) {
	t.Parallel()
	for _, every := range []int{1, 2, 3, 5, 7} {
		calls, histories := 0, 0
		in := contract.BroadcastInput{WorkspaceID: 7, BroadcastID: "b", ContinueEvery: every}
		for {
			env, _ := broadcastEnvironment(t, func(_ int, now time.Time) (contract.BroadcastProgress, error) {
				calls++
				return contract.BroadcastProgress{WakeAt: now.UnixMicro(), Done: calls == 15}, nil
			})
			env.ExecuteWorkflow(contract.WorkflowBroadcast, in)
			histories++
			var next *workflow.ContinueAsNewError
			if err := env.GetWorkflowError(); err == nil {
				break
			} else if !errors.As(err, &next) {
				t.Fatal(err)
			}
		}
		if calls != 15 || histories != (15+every-1)/every {
			t.Errorf("every %d: %d pieces in %d histories", every, calls, histories)
		}
	}
}
