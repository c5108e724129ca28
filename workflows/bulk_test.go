package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"sojourn/contract"
	"sojourn/workflows"
)

func bulkEnvironment(t *testing.T) *testsuite.TestWorkflowEnvironment {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	workflows.RegisterBulk(env)
	return env
}

func named(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }

func TestRefreshDoesNotWaitForSchedules(t *testing.T) {
	t.Parallel()
	env := bulkEnvironment(t)
	tried := 0
	env.RegisterActivityWithOptions(func(context.Context) (contract.SyncResult, error) {
		tried++
		return contract.SyncResult{}, errors.New("Temporal's schedules are away")
	}, named(contract.ActivitySyncSchedules))
	env.RegisterActivityWithOptions(func(context.Context) (contract.RefreshResult, error) {
		return contract.RefreshResult{Audiences: 2, Entered: 7}, nil
	}, named(contract.ActivityRefresh))
	env.ExecuteWorkflow(contract.WorkflowRefresh)
	var out contract.RefreshResult
	if err := env.GetWorkflowResult(&out); err != nil || out.Entered != 7 || tried != 3 {
		t.Errorf("%+v, %v, schedules tried %d times", out, err, tried)
	}
}

// An attempt that fails is tried again, for the same firing.
func TestScheduledEntryKeepsItsFiring(t *testing.T) {
	t.Parallel()
	env := bulkEnvironment(t)
	start := time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)
	env.SetStartTime(start)
	var fired []int64
	env.RegisterActivityWithOptions(func(_ context.Context, in contract.ScheduledEntryInput) (contract.ScheduledEntryResult, error) {
		if fired = append(fired, in.FiredAt); len(fired) < 8 {
			return contract.ScheduledEntryResult{}, errors.New("the database is away")
		}
		return contract.ScheduledEntryResult{Matched: 3, Runs: 2}, nil
	}, named(contract.ActivityScheduledEntry))
	env.ExecuteWorkflow(contract.WorkflowAudience, contract.ScheduledEntryInput{WorkspaceID: 1, JourneyID: "j"})
	var out contract.ScheduledEntryResult
	if err := env.GetWorkflowResult(&out); err != nil || out.Runs != 2 {
		t.Errorf("%+v, %v", out, err)
	}
	for _, at := range fired {
		if at != start.UnixMicro() {
			t.Errorf("fired at %d, want %d", at, start.UnixMicro())
		}
	}
	if took := env.Now().Sub(start); took < time.Minute {
		t.Errorf("8 attempts took only %s", took)
	}
}

// The nominal time of the schedule counts, not the moment at which the workflow got to run.
func TestScheduledEntryTakesTheNominalTime(t *testing.T) {
	t.Parallel()
	env := bulkEnvironment(t)
	nominal := time.Date(2026, 3, 16, 9, 0, 0, 0, time.UTC)
	env.SetStartTime(nominal.Add(40 * time.Minute))
	if err := env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime").ValueSet(nominal))); err != nil {
		t.Fatal(err)
	}
	var fired int64
	env.RegisterActivityWithOptions(func(_ context.Context, in contract.ScheduledEntryInput) (contract.ScheduledEntryResult, error) {
		fired = in.FiredAt
		return contract.ScheduledEntryResult{}, nil
	}, named(contract.ActivityScheduledEntry))
	env.ExecuteWorkflow(contract.WorkflowAudience, contract.ScheduledEntryInput{WorkspaceID: 1, JourneyID: "j"})
	if err := env.GetWorkflowError(); err != nil || fired != nominal.UnixMicro() {
		t.Errorf("fired at %s, %v; want %s", time.UnixMicro(fired).UTC(), err, nominal)
	}
}

func TestScoringGoesOnPastAWorkspace(t *testing.T) {
	t.Parallel()
	env := bulkEnvironment(t)
	env.RegisterActivityWithOptions(func(context.Context) (contract.ScoringList, error) {
		return contract.ScoringList{Workspaces: []int64{1, 2, 3}}, nil
	}, named(contract.ActivityScoringWorkspaces))
	var scored []int64
	env.RegisterActivityWithOptions(func(_ context.Context, in contract.ScoreBaseInput) (contract.ScoreBaseResult, error) {
		if in.FiredAt == 0 {
			t.Error("no time of firing")
		}
		if in.WorkspaceID == 2 {
			return contract.ScoreBaseResult{}, temporal.NewNonRetryableApplicationError("settings", "invalid", nil)
		}
		scored = append(scored, in.WorkspaceID)
		return contract.ScoreBaseResult{Kind: "bgnbd"}, nil
	}, named(contract.ActivityScoreBase))
	env.ExecuteWorkflow(contract.WorkflowScoring)
	if err := env.GetWorkflowError(); err == nil || len(scored) != 2 || scored[1] != 3 {
		t.Errorf("scored %v, %v; want 1 and 3 and an error for 2", scored, err)
	}
}
