package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// Kinds of operation. Those that reach a run as a control signal of the same name are its dispatch kinds, too.
const (
	OperationMove     = "move"      // to another version
	OperationMoveBack = "move_back" // a move is taken back: everybody it moved, and who is still there, goes where he came from
	OperationStop     = DispatchStop
	OperationSkip     = DispatchSkip
	OperationHold     = DispatchHold
	OperationRelease  = DispatchRelease
	OperationRetry    = DispatchRetry
)

// States of an operation.
const (
	OperationRunning   = "running"   // being handed to runs at its rate
	OperationDone      = "done"      // handed to all
	OperationCancelled = "cancelled" // an operator stopped handing it out
)

// States of what an operation did to one run. An owed one whose run has ended meanwhile counts as ended.
const (
	RunOwed   = "owed"   // the run has been told, or will be
	RunMoved  = "moved"  // it goes on in the target version
	RunStayed = "stayed" // the target has no place for it
	RunGone   = "ended"  // it ended before, or by it
	RunTold   = "told"   // any other operation: the signal is owed to the run
)

// OperationFilter says which open runs of a journey an operation concerns; what is empty asks for nothing.
type OperationFilter struct {
	Version    ids.ID   `json:"version,omitzero"`
	NotVersion ids.ID   `json:"not_version,omitzero"`
	Step       string   `json:"step,omitempty"`
	Runs       []ids.ID `json:"runs,omitempty"` // these only
}

// NewOperation asks for an operation.
type NewOperation struct {
	JourneyID ids.ID
	Kind      string
	Target    ids.ID // move: the version
	Reverses  ids.ID // move_back: the move
	Filter    OperationFilter
	Mapping   map[string]string // move: see journey.Land
	PerSecond int
	By        string // kept in the audit log with it
	Action    string // what the audit log calls it
}

// OperationView is an operation with what became of the runs it was handed to.
type OperationView struct {
	models.Operation
	Runs map[string]int64 // by state
}

// OperationRunRow is one run of an operation.
type OperationRunRow struct {
	models.OperationRun
	Person Person
}

// MoveOrder is where one run is to be moved, as the run's own activity asks for it.
type MoveOrder struct {
	State      string // of the run in the operation; only an owed one is to be moved
	From       ids.ID // the version that the run is in
	Target     ids.ID
	Mapping    map[string]string
	Inverse    map[string]string // of a move taken back: the move's own mapping turned round, where it is clear
	Cancelled  bool
	RunVersion ids.ID // the version on the run's row
}

// Waiting counts the open runs of a version at a step.
type Waiting struct {
	VersionID ids.ID
	StepID    string
	Count     int64
}

// Operations keeps what operators do to people in a journey.
//
// An operation is written together with its line in the audit log. Handing it out is paged: a page writes, for each of
// its runs, a row of the operation and what is owed to the run, and moves the cursor, in one transaction; so whoever goes
// on after a crash neither leaves a run out nor tells one twice. Runs that enter meanwhile are not concerned.
type Operations interface {
	// StartOperation writes a running operation and counts whom it concerns. NotFound for a journey, target or move of
	// another workspace; Conflict when a move is to be taken back that is not one of this journey, or is taken back already.
	StartOperation(ctx context.Context, workspace int64, o NewOperation, now time.Time) (models.Operation, error)
	// Operation and Operations read them, newest first, with their counts.
	Operation(ctx context.Context, workspace int64, id ids.ID) (OperationView, error)
	Operations(ctx context.Context, workspace int64, journey ids.ID, p PageAsk) ([]OperationView, error)
	// OperationRuns lists the runs of an operation, of one state if given, newest first.
	OperationRuns(ctx context.Context, workspace int64, id ids.ID, state string, p PageAsk) ([]OperationRunRow, error)
	// CancelOperation ends the handing out; a run that has been told and has not moved yet stays. Twice changes nothing.
	CancelOperation(ctx context.Context, workspace int64, id ids.ID, now time.Time) error
	// OpenOperations lists the running ones of all workspaces, oldest first.
	OpenOperations(ctx context.Context) ([]models.Operation, error)
	// HandOut hands an operation to its next runs, at most limit, and reports how many and whether it is done.
	HandOut(ctx context.Context, id ids.ID, limit int, now time.Time) (handed int, done bool, err error)
	// MoveOrder reads where a run is to be moved. NotFound when the operation does not concern it.
	MoveOrder(ctx context.Context, workspace int64, operation, run ids.ID) (MoveOrder, error)
	// MoveLands notes where an owed run comes out: state owed with the step, or stayed. When it is persisted under the
	// target version, AdvanceRun makes it moved.
	MoveLands(ctx context.Context, workspace int64, operation, run ids.ID, fromStep, toStep, state, reason string, now time.Time) error
	// WaitingBySteps counts the open runs of a journey by version and step.
	WaitingBySteps(ctx context.Context, workspace int64, journey ids.ID) ([]Waiting, error)
}
