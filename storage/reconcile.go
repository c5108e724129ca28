package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// Outcomes that the reconciler gives to a run whose workflow was ended from outside.
const (
	OutcomeTerminated = "terminated"
	OutcomeCancelled  = "cancelled"
	OutcomeFailed     = "failed"
)

// Kinds of repair.
const (
	RepairRestarted = "restarted"      // an open run had no workflow; started again from its last recorded state
	RepairClosed    = "closed"         // the workflow had ended; the run's row followed
	RepairEnded     = "workflow_ended" // a workflow had no open run; it was terminated
	RepairSignal    = "signal_limit"   // a workflow took no more signals; it was started again from its last recorded state
)

// Reconciling is what the reconciler asks of the database. It works over all workspaces.
type Reconciling interface {
	// OpenRuns pages through the open runs by id whose start lies before a moment, without those whose start is still owed.
	OpenRuns(ctx context.Context, before time.Time, after ids.ID, limit int) ([]ids.ID, error)
	// OverdueRuns counts the open runs that should have woken before a moment: of live journeys, held by nobody.
	OverdueRuns(ctx context.Context, before time.Time) (int64, error)
	// SuspectRuns returns, of these runs or (nil) of all, the open ones that were looked at longest ago.
	SuspectRuns(ctx context.Context, runs []ids.ID, before time.Time, limit int) ([]SuspectRun, error)
	// RunStates tells of each run that the database knows whether it is open and since when it is not.
	RunStates(ctx context.Context, runs []ids.ID) (map[ids.ID]RunState, error)
	// RunsChecked notes that the workflows of these runs were found alive.
	RunsChecked(ctx context.Context, runs []ids.ID, now time.Time) error
	// MarkSuspect puts a run in front of the queue of the next look.
	MarkSuspect(ctx context.Context, run ids.ID) error
	// EndRun closes an open run from outside: row, entry guard, decision and what is still owed to its workflow. It
	// reports false when the run was closed already.
	EndRun(ctx context.Context, run ids.ID, outcome, reason string, now time.Time) (bool, error)
	// Repaired records a repair.
	Repaired(ctx context.Context, r models.Repair) error
	// StopSweep owes their stop to at most limit open runs of stopped journeys and returns how many it found.
	StopSweep(ctx context.Context, limit int, now time.Time) (int, error)
	// KnownWorkspaces returns the keys of all workspaces: workflows of others are not ours to touch.
	KnownWorkspaces(ctx context.Context) (map[string]int64, error)
}

// SuspectRun is an open run to be looked at.
type SuspectRun struct {
	Launch
	RunID       ids.ID
	WorkspaceID int64
	StartedAt   models.Instant
}

// RunState is how the row of a run stands.
type RunState struct {
	Open    bool
	EndedAt models.Instant
}
