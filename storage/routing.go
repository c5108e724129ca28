package storage

import (
	"context"
	"time"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
)

// Routing applies events: each once, in order per identity group, by one router per partition at a time.
//
// An outbox row is deleted in the transaction that applies its event, so "pending" means "the row is there". A row of a
// group that is parked lives in the shadow partition -1-p, out of the way of the router that tails partition p.
type Routing interface {
	// TakePartition makes the caller the only router of the partition and returns its epoch. Whoever held it before gets
	// Fenced from now on.
	TakePartition(ctx context.Context, partition int, owner string, now time.Time) (epoch int64, err error)
	// Rouse looks whether other processes have written events or dispatches since the last look, and wakes those of this
	// process who wait for them. It costs one indexed read, so it may be called many times a second.
	Rouse(ctx context.Context) error
	// PendingEvents returns up to limit rows of the partition with an id above after, by id.
	PendingEvents(ctx context.Context, partition int, after int64, limit int) ([]models.OutboxEntry, error)
	// FloodOf names the event that more than half of the rows are, with those that are; the zero Flood when none is.
	FloodOf(ctx context.Context, rows []models.OutboxEntry) (Flood, error)
	// EventsBeside returns up to limit of the newest rows of the partition with an id above after, by id, that are no part of
	// the flood and the first of their group: they may be applied before everything that is older.
	EventsBeside(ctx context.Context, partition int, after int64, flood Flood, limit int) ([]models.OutboxEntry, error)
	// RouteEvents applies the rows, in this order, in one transaction under the epoch. A row that somebody applied
	// already is skipped. A row whose barrier is closed, or whose group is parked, is left alone together with the rest
	// of its group, and its group is returned in Blocked. Any other failure undoes the whole call and names its row.
	RouteEvents(ctx context.Context, partition int, epoch int64, rows []models.OutboxEntry, now time.Time) (Routed, error)
	// EventFailed counts an attempt at the row; with the last of maxAttempts the row and its group are parked.
	EventFailed(ctx context.Context, partition int, epoch int64, row models.OutboxEntry, cause string, maxAttempts int, retryAt, now time.Time) (parked bool, err error)
	// ParkedEvents lists the rows that were parked (not those that wait behind them), newest first.
	ParkedEvents(ctx context.Context, workspace int64, limit int) ([]ParkedEvent, error)
	// Redrive lets a parked group go on from its first row, with all attempts anew. NotFound when nothing is parked there.
	Redrive(ctx context.Context, workspace int64, event ids.ID) error
	// RoutingLag counts pending rows, parked rows, and the age of the oldest pending row of all workspaces.
	RoutingLag(ctx context.Context, now time.Time) (Lag, error)
}

// Flood is an event of a workspace that has come so often at once that others would stand behind it.
type Flood struct {
	WorkspaceID int64
	Name        string
	Events      map[ids.ID]bool // of the rows that were looked at
}

// Fenced is the conflict of a router whose partition was taken over by another one.
var Fenced = fault.New(fault.Conflict, "another router has taken the partition over")

// Routed tells what a RouteEvents call did.
type Routed struct {
	Applied    int
	Blocked    []ids.ID // groups that have to wait (retry, barrier, parked); their rows are still there
	Dispatches int      // owed to Temporal by this call
	Entered    int      // runs begun
}

// EventError names the row that made a RouteEvents call fail.
type EventError struct {
	Outbox int64
	Cause  error
}

func (e *EventError) Error() string { return e.Cause.Error() }

// Unwrap gives access to the cause.
func (e *EventError) Unwrap() error { return e.Cause }

// ParkedEvent is an event that failed too often; its group waits behind it.
type ParkedEvent struct {
	Outbox   models.OutboxEntry
	Name     string
	Customer ids.ID
	Waiting  int // further rows of its group
}

// Lag is how far the routers are behind.
type Lag struct {
	Pending int64
	Parked  int64
	Oldest  time.Duration
}

// What a dispatch asks of Temporal.
const (
	DispatchStart  = "start"  // start the run's workflow
	DispatchBulk   = "bulk"   // the same for somebody let in by a scan, a schedule or one of a flood of events: starts at a lower rate
	DispatchEvent  = "event"  // signal an event
	DispatchStop   = "stop"   // signal: the run is to end
	DispatchResume = "resume" // signal: the pause that held the run is over

	// Signals of an operation; EventID is the operation's, EventName the step at which it met the run.
	DispatchMove    = "move"      // to another version
	DispatchSkip    = "skip_wait" // end the wait of the step
	DispatchHold    = "hold"      // hold this run alone
	DispatchRelease = "release"   // let it go on
	DispatchRetry   = "retry"     // try a deferred action, or find the end of the wait, again
)

// DispatchLane is the number under which a waiting deliverer of the partition is woken (sqlstore.Wakers), beside p, the
// number of the router itself.
func DispatchLane(partition int) int { return -1 - partition }

// Dispatching hands over what committed transactions owe to Temporal. Order per run is the order of ids, but for one thing:
// an event passes control signals, which wait for their turn. Who buys while his run is owed the end of a pause has left
// before the run goes on, and an exit that was decided by one version reaches the run before it moves to another.
type Dispatching interface {
	// DueDispatches returns rows that are due and the first of their run, by id: for the bulk lane starts of kind bulk and
	// control signals, for the other one all the rest.
	DueDispatches(ctx context.Context, partition int, bulk bool, limit int, now time.Time) ([]DueDispatch, error)
	// DueEvents is DueDispatches for events alone: those that stand behind starts which have to wait.
	DueEvents(ctx context.Context, partition, limit int, now time.Time) ([]DueDispatch, error)
	// DueControls is DueDispatches of the bulk lane for control signals alone.
	DueControls(ctx context.Context, partition, limit int, now time.Time) ([]DueDispatch, error)
	// NotBegun returns those of the runs that are open and have not written anything yet.
	NotBegun(ctx context.Context, runs []ids.ID) ([]ids.ID, error)
	// Dispatched deletes rows that Temporal has acknowledged, or that are not owed any more.
	Dispatched(ctx context.Context, ids []int64) error
	// DispatchFailed counts an attempt at one row and sets the time of the next.
	DispatchFailed(ctx context.Context, id int64, cause string, next time.Time) error
	// CancelStart ends a run whose start is still owed and makes no sense any more: an exit or the goal is owed right
	// behind it, or its journey was stopped. It reports false when that is not so (any more).
	CancelStart(ctx context.Context, run ids.ID, now time.Time) (bool, error)
	// DispatchLag counts what is owed and the age of the oldest.
	DispatchLag(ctx context.Context, now time.Time) (owed int64, oldest time.Duration, err error)
}

// DueDispatch is a dispatch with what its call needs.
type DueDispatch struct {
	models.Dispatch
	Launch
	OccurredAt models.Instant // of the event
	Overtaken  bool           // a start that CancelStart may end instead
}

// Launch is what it takes to start the workflow of a run, afresh or from its last recorded state.
type Launch struct {
	WorkflowID string // empty: the run is gone
	Open       bool   // our row says the run is open
	Input      contract.JourneyInput
}

// Entries lets customers into journeys.
type Entries interface {
	// EnterRuns lets the customers in, each under the guard of its entry key, and returns how many runs began. The same
	// cause lets nobody in twice, whatever the re-entry rule, so a caller may repeat a call that failed half-way. Every
	// customer gets a decision record. A journey that is not live lets nobody in and is no error.
	EnterRuns(ctx context.Context, workspace int64, journeyID ids.ID, customers []ids.ID, cause Cause, now time.Time) (entered int, err error)
}

// Cause is what lets somebody in.
type Cause struct {
	ID   ids.ID // the event, audience edge or firing of a schedule; it must be the same when the call is repeated
	Kind string // CauseEvent, CauseAudience…
	// At is when it happened; zero or later than now = now. The run counts as started then, so that what the customer
	// does between an event and its (perhaps late) routing still counts as done in the run.
	At time.Time
}

// Metrics keeps the datamart.
type Metrics interface {
	// RebuildMetrics computes the columns that the router keeps (orders, gaps, visits, events, first and last seen) from
	// the orders and events themselves, for these customers, or, with none given, for the next page of customers after
	// the cursor. It returns the new cursor, zero at the end.
	RebuildMetrics(ctx context.Context, workspace int64, customers []ids.ID, after ids.ID, now time.Time) (next ids.ID, err error)
}
