package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"sojourn/contract"
)

// A rehearsal asks for step after step, hands the state on, sleeps where a wait is, begins each walk anew and ends.
func TestRehearsalWalksOn(t *testing.T) {
	t.Parallel()
	env := bulkEnvironment(t)
	var asked []string
	env.RegisterActivityWithOptions(func(_ context.Context, in contract.RehearseInput) (contract.RehearseResult, error) {
		asked = append(asked, fmt.Sprintf("%d:%s", in.Walk, in.State))
		switch len(asked) {
		case 1:
			return contract.RehearseResult{State: []byte("a"), PauseMS: 2000}, nil
		case 2:
			return contract.RehearseResult{WalkDone: true}, nil
		}
		return contract.RehearseResult{Done: true}, nil
	}, named(contract.ActivityRehearse))
	begun := env.Now()
	env.ExecuteWorkflow(contract.WorkflowRehearsal, contract.RehearsalInput{WorkspaceID: 1, RehearsalID: "r"})
	if err := env.GetWorkflowError(); err != nil || fmt.Sprint(asked) != "[0: 0:a 1:]" || env.Now().Sub(begun) < 2*time.Second {
		t.Errorf("asked %v, %v", asked, err)
	}
}

// A step that can't be done ends the rehearsal, and it is noted that it failed.
func TestRehearsalThatFailsIsNoted(t *testing.T) {
	t.Parallel()
	env := bulkEnvironment(t)
	noted := false
	env.RegisterActivityWithOptions(func(_ context.Context, in contract.RehearseInput) (contract.RehearseResult, error) {
		if in.Lost {
			noted = true
			return contract.RehearseResult{Done: true}, nil
		}
		return contract.RehearseResult{}, errors.New("no")
	}, named(contract.ActivityRehearse))
	env.ExecuteWorkflow(contract.WorkflowRehearsal, contract.RehearsalInput{WorkspaceID: 1, RehearsalID: "r"})
	if env.GetWorkflowError() == nil || !noted {
		t.Errorf("noted %v, %v", noted, env.GetWorkflowError())
	}
}
