package activities

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// How the reconciler looks.
const (
	settle      = 5 * time.Second  // younger things are still on their way
	lookBack    = time.Minute      // visibility may be late: what closed since then is looked at again
	firstLook   = 24 * time.Hour   // how far back the very first look goes
	lookAtOnce  = 300              // runs whose workflow is asked for one by one, per look
	routineLook = 25               // of them, those that nobody has missed
	missedMost  = 5000             // more than this can't be asked for by id
	listPage    = 1000             // workflows per page of a list
	stopSlice   = 500              // stops owed per look
	censusShare = 100              // counting all running workflows takes at most 1/100 of the time
	censusEvery = 20 * time.Second // and is not done more often than this
	askAtOnce   = 4                // calls to Temporal in flight
)

// Reconciler makes our database and Temporal agree about who is in a journey. Our rows are the truth about what has
// happened; an operator's terminate or cancel is a decision and is followed; what got lost on either side is restored
// from the other. Every repair is kept and counted: the count should be 0.
type Reconciler struct {
	Store    ReconcileStore
	Launcher *Launcher
	Metrics  *RouterMetrics
	Now      func() time.Time // nil = time.Now
	Settle   time.Duration    // 0 = 5 s

	Broadcasts storage.BroadcastWork // nil = this installation has none
}

// ReconcileStore is what a Reconciler needs of the database.
type ReconcileStore interface{ storage.Reconciling }

func (r *Reconciler) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Reconciler) settle() time.Duration {
	if r.Settle != 0 {
		return r.Settle
	}
	return settle
}

// ReconcileRuns looks once: at the workflows that have closed, at the open runs that have no workflow, at the workflows
// that have no open run, and at the runs of stopped journeys.
func (r *Reconciler) ReconcileRuns(ctx context.Context, in contract.ReconcileInput) (contract.ReconcileResult, error) {
	l := &look{Reconciler: r, at: r.now(), in: in, out: contract.ReconcileResult{Next: in, Repairs: map[string]int{}}}
	if err := l.run(ctx); err != nil {
		return l.out, failure(ctx, contract.ActivityReconcileRuns, err)
	}
	return l.out, nil
}

// look is one pass of the reconciler.
type look struct {
	*Reconciler
	at         time.Time
	in         contract.ReconcileInput
	workspaces map[string]int64
	mu         sync.Mutex
	out        contract.ReconcileResult
}

func (l *look) run(ctx context.Context) (err error) {
	if l.workspaces, err = l.Store.KnownWorkspaces(ctx); err != nil {
		return err
	}
	if l.out.Stopped, err = l.Store.StopSweep(ctx, stopSlice, l.at); err != nil {
		return err
	}
	missed, err := l.closed(ctx)
	if err != nil {
		return err
	}
	if l.censusDue() {
		began := l.now()
		lost, err := l.census(ctx)
		if err != nil {
			return err
		}
		missed = append(missed, lost...)
		if err := l.broadcasts(ctx); err != nil {
			return err
		}
		if err := l.standing(ctx); err != nil {
			return err
		}
		l.out.Next.CensusAt, l.out.Next.CensusTook = l.at.UnixMicro(), l.now().Sub(began).Microseconds()
	}
	if len(missed) > missedMost {
		missed = nil // the lists know next to nothing: all open runs are suspect, longest unseen first
	}
	suspects, err := l.Store.SuspectRuns(ctx, missed, l.at.Add(-l.settle()), lookAtOnce)
	if err != nil {
		return err
	}
	routine, err := l.Store.SuspectRuns(ctx, nil, l.at.Add(-l.settle()), routineLook)
	if err != nil {
		return err
	}
	return l.each(ctx, append(suspects, routine...))
}

func (l *look) censusDue() bool {
	pause := max(censusEvery, censusShare*time.Duration(l.in.CensusTook)*time.Microsecond)
	return l.in.CensusAt == 0 || l.at.Sub(time.UnixMicro(l.in.CensusAt)) >= min(pause, time.Hour)-time.Second
}

// each asks for the workflows of these runs, some at once, and mends what is wrong.
func (l *look) each(ctx context.Context, runs []storage.SuspectRun) error {
	var (
		work  sync.WaitGroup
		first error
		alive []ids.ID
		seen  = map[ids.ID]bool{}
		slot  = make(chan struct{}, askAtOnce)
	)
	for _, run := range runs {
		if seen[run.RunID] {
			continue
		}
		seen[run.RunID] = true
		slot <- struct{}{}
		work.Go(func() {
			defer func() { <-slot }()
			ok, err := l.mend(ctx, run)
			l.mu.Lock()
			defer l.mu.Unlock()
			l.out.Looked++
			if ok {
				alive = append(alive, run.RunID)
			}
			if err != nil && first == nil {
				first = err
			}
		})
		activity.RecordHeartbeat(ctx)
	}
	work.Wait()
	if err := l.Store.RunsChecked(ctx, alive, l.at); err != nil {
		return err
	}
	return first
}

// repaired keeps the record of a repair.
func (l *look) repaired(ctx context.Context, workspace int64, run ids.ID, kind, detail string) error {
	l.mu.Lock()
	l.out.Repairs[kind]++
	l.mu.Unlock()
	l.Metrics.repaired(kind)
	slog.WarnContext(ctx, "reconciled", "run", run, "repair", kind, "why", detail)
	return l.Store.Repaired(ctx, models.Repair{WorkspaceID: workspace, RunID: run, Kind: kind, Detail: detail, At: models.At(l.at)})
}
