package activities

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sojourn/contract"
	"sojourn/faultpoint"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// Defaults of a Dispatcher, per partition.
const (
	defaultCalls  = 8
	defaultStarts = 25
	defaultBulk   = 12.5
	dispatchPage  = 64
)

// operations are the kinds of dispatch that carry an operator's wish to one run.
var operations = []string{storage.DispatchMove, storage.DispatchSkip, storage.DispatchHold, storage.DispatchRelease, storage.DispatchRetry}

// Places where a dispatcher may die.
var (
	pointDue       = faultpoint.New("dispatch.before_call")
	pointDelivered = faultpoint.New("dispatch.before_delete")
	pointDeleted   = faultpoint.New("dispatch.after_delete")
)

// Dispatcher delivers what committed transactions owe to Temporal: each row at least once, and, as every call carries a
// request id made of the row's meaning, with the effect of once. Rows of one run go one after the other.
type Dispatcher struct {
	Store    DispatchStore
	Launcher *Launcher
	Metrics  *RouterMetrics
	Now      func() time.Time // nil = time.Now

	Calls int // in flight at once
	// Per partition; 0 = the default, negative = no limit.
	StartsPerSec float64 // starts by events; limited because starts outrun completions and would starve running journeys
	BulkPerSec   float64 // starts by scans, schedules and floods of events (see window), and control signals
}

// DispatchStore is what a Dispatcher needs of the database.
type DispatchStore interface {
	storage.Dispatching
	MarkSuspect(ctx context.Context, run ids.ID) error
	Repaired(ctx context.Context, r models.Repair) error
}

func (d *Dispatcher) now() time.Time {
	if d.Now != nil {
		return d.Now()
	}
	return time.Now()
}

// delivery is the dispatcher at work on one partition.
type delivery struct {
	*Dispatcher
	partition    int
	starts, bulk *rate.Limiter
	window       *window // nil: bulk starts are not limited
}

func (d *Dispatcher) on(partition int) *delivery {
	limiter := func(perSec, otherwise float64) *rate.Limiter {
		switch {
		case perSec < 0:
			return rate.NewLimiter(rate.Inf, 1)
		case perSec == 0:
			perSec = otherwise
		}
		return rate.NewLimiter(rate.Limit(perSec), int(max(1, perSec)))
	}
	out := &delivery{Dispatcher: d, partition: partition, starts: limiter(d.StartsPerSec, defaultStarts), bulk: limiter(d.BulkPerSec, defaultBulk)}
	if d.BulkPerSec >= 0 {
		out.window = &window{}
	}
	return out
}

// pass delivers what is due now and returns how many rows Temporal took. An error means that Temporal or the database
// does not answer; what is wrong with one row only is noted on the row.
func (d *delivery) pass(ctx context.Context) (int, error) {
	sent, err := d.lane(ctx, false, dispatchPage)
	if err != nil {
		return sent, err
	}
	// Few at a time: an event that comes meanwhile does not stand behind a thousand of these.
	more, err := d.lane(ctx, true, defaultCalls)
	return sent + more, err
}

func (d *delivery) lane(ctx context.Context, bulk bool, limit int) (int, error) {
	due, err := d.Store.DueDispatches(ctx, d.partition, bulk, limit, d.now())
	if err != nil || len(due) == 0 {
		return 0, err
	}
	if bulk && d.window != nil {
		if err := d.window.begun(ctx, d.Store, d.now()); err != nil {
			return 0, err
		}
	}
	sent, held, err := d.deliverAll(ctx, due, bulk)
	if err != nil || held == 0 || len(due) < limit {
		return sent, err
	}
	// The page was full of starts that have to wait: who has left, or is told something, does not stand behind who is to come.
	others := d.Store.DueEvents
	if bulk {
		others = d.Store.DueControls
	}
	if due, err = others(ctx, d.partition, limit, d.now()); err != nil || len(due) == 0 {
		return sent, err
	}
	more, _, err := d.deliverAll(ctx, due, bulk)
	return sent + more, err
}

// deliverAll delivers the rows that may go now; held are those that the rate keeps back.
func (d *delivery) deliverAll(ctx context.Context, due []storage.DueDispatch, bulk bool) (sent, held int, err error) {
	if err := pointDue.Hit(); err != nil {
		return 0, 0, err
	}
	var (
		work sync.WaitGroup
		mu   sync.Mutex
		done []int64
		down error
		slot = make(chan struct{}, cmp.Or(d.Calls, defaultCalls))
	)
	for i := range due {
		row := &due[i]
		if !d.allowed(row, bulk) {
			held++
			continue
		}
		slot <- struct{}{}
		mu.Lock()
		stop := down != nil
		mu.Unlock()
		if stop || ctx.Err() != nil {
			<-slot
			break
		}
		work.Go(func() {
			defer func() { <-slot }()
			ok, err := d.deliver(ctx, row)
			mu.Lock()
			defer mu.Unlock()
			if ok {
				done = append(done, row.ID)
			}
			if err != nil {
				down = err
			}
		})
	}
	work.Wait()
	if err := pointDelivered.Hit(); err != nil {
		return 0, held, err
	}
	if err := d.Store.Dispatched(context.WithoutCancel(ctx), done); err != nil {
		return 0, held, err
	}
	if err := pointDeleted.Hit(); err != nil {
		return len(done), held, err
	}
	return len(done), held, down
}

func (d *delivery) allowed(row *storage.DueDispatch, bulk bool) bool {
	switch {
	case !row.Open || row.Overtaken:
		return true // nothing is started
	case bulk && d.window == nil:
		return d.bulk.Allow()
	case bulk:
		if d.window.full(row) || !d.bulk.Allow() {
			return false
		}
		d.window.add(row, d.now())
		return true
	case row.Kind == storage.DispatchStart:
		return d.starts.Allow()
	}
	return true
}

// deliver makes the call of one row. It reports whether the row is settled; the error says that Temporal is down.
func (d *delivery) deliver(ctx context.Context, row *storage.DueDispatch) (settled bool, down error) {
	if !row.Open {
		return true, nil // the run has ended, or is gone: nothing is owed to it any more
	}
	if row.Overtaken {
		cancelled, err := d.Store.CancelStart(ctx, row.RunID, d.now())
		if cancelled {
			d.Metrics.dispatched(row.Kind, "overtaken")
		}
		if cancelled || err != nil {
			return cancelled, err
		}
	}
	err := d.call(ctx, row)
	switch {
	case err == nil:
		d.Metrics.dispatched(row.Kind, "ok")
		if !row.CreatedAt.IsZero() {
			d.Metrics.delay(d.now().Sub(row.CreatedAt.Time()))
		}
		return true, nil
	case ctx.Err() != nil:
		return false, nil
	case isNotFound(err):
		// An open run without a workflow: the reconciler decides whether it is started again. It looks here first.
		d.Metrics.dispatched(row.Kind, "no_workflow")
		if err := d.Store.MarkSuspect(ctx, row.RunID); err != nil {
			return false, err
		}
		return false, d.later(ctx, row, "no workflow under this id", 2*time.Second, 30*time.Second)
	case isSignalLimit(err):
		d.Metrics.dispatched(row.Kind, "signal_limit")
		return false, d.replace(ctx, row)
	case isRefusal(err):
		d.Metrics.dispatched(row.Kind, "refused")
		slog.ErrorContext(ctx, "Temporal refuses a dispatch", "dispatch", row.ID, "kind", row.Kind, "run", row.RunID, "error", err)
		return false, d.later(ctx, row, err.Error(), 500*time.Millisecond, 5*time.Minute)
	}
	d.Metrics.dispatched(row.Kind, "unavailable")
	return false, err
}

func (d *delivery) call(ctx context.Context, row *storage.DueDispatch) error {
	run := row.RunID.String()
	switch row.Kind {
	case storage.DispatchStart, storage.DispatchBulk:
		return d.Launcher.Start(ctx, row.Launch, "start/"+run, launchFirst)
	case storage.DispatchEvent:
		return d.Launcher.Signal(ctx, row.WorkflowID, contract.SignalEvent, row.EventID.String()+"/"+run, contract.EventSignal{
			EventID: row.EventID.String(), Name: row.EventName, OccurredAt: int64(row.OccurredAt), Revision: row.Revision, Exit: row.Exit, Goal: row.Goal,
		})
	case storage.DispatchStop: // owed again until the run has ended; the server keeps one
		return d.Launcher.Signal(ctx, row.WorkflowID, contract.SignalControl, "stop/"+run, contract.ControlSignal{Kind: storage.DispatchStop, ID: run})
	case storage.DispatchResume:
		id := fmt.Sprintf("resume/%s/%d", run, row.CreatedAt)
		return d.Launcher.Signal(ctx, row.WorkflowID, contract.SignalControl, id, contract.ControlSignal{Kind: storage.DispatchResume, ID: id})
	}
	if op := row.EventID.String(); slices.Contains(operations, row.Kind) {
		return d.Launcher.Signal(ctx, row.WorkflowID, contract.SignalControl, row.Kind+"/"+op+"/"+run, contract.ControlSignal{Kind: row.Kind, ID: op, Step: row.EventName})
	}
	return fmt.Errorf("dispatch %d is of unknown kind %q", row.ID, row.Kind)
}

// later puts the row off with a growing pause.
func (d *delivery) later(ctx context.Context, row *storage.DueDispatch, cause string, first, most time.Duration) error {
	return d.Store.DispatchFailed(ctx, row.ID, cause, d.now().Add(backoff(row.Attempts, first, most)))
}

// replace starts the run's workflow again from its last recorded state, because this execution takes no more signals.
func (d *delivery) replace(ctx context.Context, row *storage.DueDispatch) error {
	if err := d.Launcher.Start(ctx, row.Launch, fmt.Sprintf("replace/%s/%d", row.RunID, row.Input.Seq), launchReplace); err != nil {
		return err
	}
	return d.Store.Repaired(ctx, models.Repair{WorkspaceID: row.WorkspaceID, RunID: row.RunID, Kind: storage.RepairSignal, At: models.At(d.now())})
}

// backoff doubles from first to most.
func backoff(attempts int, first, most time.Duration) time.Duration {
	pause := first
	for range attempts {
		if pause *= 2; pause >= most {
			return most
		}
	}
	return pause
}
