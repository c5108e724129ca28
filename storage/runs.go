package storage

import (
	"context"
	"time"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/models"
)

// Runs keeps the progress of runs. The row of a run is what a workflow that was lost is started again from.
//
// Whoever writes names itself as owner (a Temporal run id) and counts its writes. The owner may repeat and even take
// back what it wrote, because a workflow task that crashed is done again from its start. Somebody else must be ahead of
// the row: a workflow that was reset is behind, gets VerdictStale, and has changed nothing.
type Runs interface {
	// RunStanding reads a run with its journey. NotFound for a run of another workspace.
	RunStanding(ctx context.Context, workspace int64, run ids.ID, since time.Time) (RunStanding, error)
	// AdvanceRun writes progress: steps left, the wait or the end. On the end the entry guard is freed and a decision is
	// kept. Verdicts: Go (written), Stale or Closed (nothing written), and, only if the progress says held, Paused (written)
	// or Stopped (nothing written); held and Go means that the pause is over and nothing was written.
	AdvanceRun(ctx context.Context, workspace int64, p RunProgress) (contract.Verdict, error)
	// RunContext returns the run's data as of a revision; revision 0, and a run without any, have none.
	RunContext(ctx context.Context, workspace int64, run ids.ID, revision int) (map[string]any, error)
	// RunPerson returns whose run it is now (a merge may have moved it), the time zones, and how its journey stands.
	// NotFound as RunStanding.
	RunPerson(ctx context.Context, workspace int64, run ids.ID) (RunPerson, error)
	// RunEvents returns the events that the router found to concern the run, with one of the names, that occurred at or
	// after a moment, in the order (occurred, id), at most limit.
	RunEvents(ctx context.Context, workspace int64, run ids.ID, names []string, since time.Time, limit int) ([]models.Event, error)
	// RunEventsAfter is RunEvents behind one event: later ones, and of those that occurred at the same moment the ones that
	// follow it in that order.
	RunEventsAfter(ctx context.Context, workspace int64, run ids.ID, names []string, after models.Event, limit int) ([]models.Event, error)
	// EarliestEvent is the first of some events in the order of RunEvents; fault.NotFound when none of them is known.
	EarliestEvent(ctx context.Context, workspace int64, events []ids.ID) (models.Event, error)
	// RoutedEvent returns one event of the workspace.
	RoutedEvent(ctx context.Context, workspace int64, id ids.ID) (models.Event, error)
	// SetAttributes sets attributes of a customer under his lock, a nil removes one, and keeps the decision in the same
	// transaction. It reports whether anything was different. A decision that is there already means that it was done:
	// nothing changes.
	SetAttributes(ctx context.Context, workspace int64, customer ids.ID, set map[string]any, audit models.Decision) (changed bool, err error)
	// KeepDecision writes a decision, in place of one with the same id.
	KeepDecision(ctx context.Context, d models.Decision) error
}

// RunStanding is a run, its owner and how its journey stands.
type RunStanding struct {
	Run          models.Run // without its machine
	Owner        string
	JourneyState string
	Pauses       []models.JourneyPause // that are over and ended after the moment asked for, oldest first
}

// RunPerson is who goes through a run, and where.
type RunPerson struct {
	CustomerID    ids.ID
	JourneyID     ids.ID
	CustomerZone  string // "" when unknown
	WorkspaceZone string
	JourneyState  string
}

// Halted reports that the journey is paused or has come to its end: what acts has to wait, or to stay undone.
func (p RunPerson) Halted() bool {
	return p.JourneyState == JourneyPaused || p.JourneyState == JourneyStopped || p.JourneyState == JourneyArchived
}

// Judge says whether the owner, having written up to seq, may go on with the run.
func (r RunStanding) Judge(owner, before string, seq int64) contract.Verdict {
	switch {
	case r.Run.State != models.RunOpen:
		return contract.VerdictClosed
	case r.Run.MachineSeq > seq && r.Owner != owner && (before == "" || r.Owner != before):
		return contract.VerdictStale
	}
	switch r.JourneyState {
	case JourneyPaused:
		return contract.VerdictPaused
	case JourneyStopped, JourneyArchived:
		return contract.VerdictStopped
	}
	return contract.VerdictGo
}

// RunProgress is what a run has done and what it waits for.
type RunProgress struct {
	RunID     ids.ID
	Owner     string
	Before    string // whose turn it was before the owner's, if it was handed over
	Seq       int64  // one more than the owner wrote last
	Machine   models.JSON
	VersionID ids.ID // the version that the run is in now; zero = as before
	StepID    string
	StepSince models.Instant
	WakeAt    models.Instant // zero: held by a pause, or at the end
	Waiting   models.Text    // WaitNote of the wait that begins, or was worked out again; empty: as before, while the run stays where it is
	Held      bool
	Hops      int // steps left so far, Left included
	Left      []models.StepVisit
	Outcome   string // set: the run ends
	Reason    string
	EventID   ids.ID // that ended it
	At        models.Instant
}

// Kinds of decision that a run itself leaves.
const (
	DecisionBranch = "branch"   // outcome: the case that was taken
	DecisionEvent  = "wait_for" // outcome: the exit that an event took, or "no_match"
	DecisionUpdate = "update"   // outcome: updated, unchanged, skipped
	DecisionWait   = "wait"     // outcome: late or no_date: there was nothing to wait for
	DecisionEnd    = "end"      // outcome: the run's
)
