package activities

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/faultpoint"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// Tuning of a router.
const (
	routePage       = 256 // rows read at once
	routeBatch      = 16  // events per transaction: one commit for many under load, and short locks
	floodAbove      = 4   // batches: more than so many, and most of one event, are a flood
	routeAttempts   = 5   // failures after which an event is parked
	retryFirst      = 100 * time.Millisecond
	retryMost       = 10 * time.Second
	rouseEvery      = 20 * time.Millisecond // what other processes write is noticed this soon
	idleFirst       = 25 * time.Millisecond // polling between wake-ups, should one get lost
	idleMost        = 500 * time.Millisecond
	routeFor        = time.Hour // then the attempt ends by itself and the workflow begins the next
	heartbeatEvery  = 2 * time.Second
	outagePauseMost = 5 * time.Second
)

// Places where a router may die.
var (
	pointTaken     = faultpoint.New("router.after_takeover")
	pointRead      = faultpoint.New("router.after_batch_read")
	pointCommitted = faultpoint.New("router.after_commit")
)

// Router is the activity that serves a partition: it applies events and delivers what they owe to Temporal.
type Router struct {
	Store      storage.Routing
	Dispatcher *Dispatcher
	Wake       func(lane int) <-chan struct{} // sqlstore's Wakers().C
	Metrics    *RouterMetrics
	Now        func() time.Time // nil = time.Now
	Owner      string           // who we are, for operators
	For        time.Duration    // how long one attempt works; 0 = an hour
	Batch      int              // events per transaction; 0 = 16

	watch watch
}

func (r *Router) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

// RoutePartition takes the partition over and serves it until its hour is over, its worker stops, or somebody else takes
// the partition. It heartbeats all the time, so a dead worker is noticed within seconds.
func (r *Router) RoutePartition(ctx context.Context, in contract.RouteInput) (contract.RouteResult, error) {
	var res contract.RouteResult
	epoch, err := r.Store.TakePartition(ctx, in.Partition, r.Owner, r.now())
	if err != nil {
		return res, failure(ctx, contract.ActivityRoutePartition, err)
	}
	if err := pointTaken.Hit(); err != nil {
		return res, failure(ctx, contract.ActivityRoutePartition, err)
	}
	res.Epoch = epoch
	life := r.For
	if life == 0 {
		life = routeFor
	}
	work, cancel := context.WithTimeout(ctx, life)
	defer cancel()
	defer r.watch.begin(r.Store)()
	dispatched := make(chan int64, 1)
	go func() { dispatched <- r.serveDispatches(work, in.Partition) }()
	stopped := activity.GetWorkerStopChannel(ctx)
	serving := make(chan error, 1)
	go func() {
		var err error
		res.Events, err = r.serveEvents(work, in.Partition, epoch)
		serving <- err
	}()
	beat := time.NewTicker(heartbeatEvery)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			activity.RecordHeartbeat(ctx)
		case <-stopped:
			stopped, res.Stopped = nil, true
			cancel()
		case err := <-serving:
			cancel()
			res.Dispatches = <-dispatched
			if err != nil {
				return res, failure(ctx, contract.ActivityRoutePartition, err)
			}
			return res, nil
		}
	}
}

// serveEvents passes over the outbox again and again until ctx ends; the error is Fenced and nothing else.
func (r *Router) serveEvents(ctx context.Context, partition int, epoch int64) (applied int64, err error) {
	wake, idle := r.Wake(partition), idleFirst
	for outage := 0; ctx.Err() == nil; {
		p := pass{Router: r, partition: partition, epoch: epoch, blocked: map[ids.ID]bool{}}
		err := p.run(ctx)
		applied += int64(p.applied)
		r.Metrics.routed(p.applied)
		switch {
		case err == nil:
			outage = 0
		case errors.Is(err, storage.Fenced):
			return applied, err
		case ctx.Err() == nil:
			if outage%20 == 0 {
				slog.WarnContext(ctx, "routing is held up", "partition", partition, "kind", fault.KindOf(err), "error", err)
			}
			rest(ctx, backoff(outage, retryFirst, outagePauseMost))
			outage++
			continue
		}
		switch {
		case p.applied > 0:
			idle = idleFirst
			continue
		case len(p.blocked) > 0: // a barrier may open at any moment, in another partition
			idle = idleFirst
		}
		select {
		case <-ctx.Done():
		case <-wake:
			idle = idleFirst
		case <-time.After(idle):
			idle = min(idle*2, idleMost)
		}
	}
	return applied, nil
}

// serveDispatches delivers until ctx ends.
func (r *Router) serveDispatches(ctx context.Context, partition int) (sent int64) {
	d := r.Dispatcher.on(partition)
	wake, idle := r.Wake(storage.DispatchLane(partition)), idleFirst
	for outage := 0; ctx.Err() == nil; {
		n, err := d.pass(ctx)
		sent += int64(n)
		switch {
		case err != nil && ctx.Err() == nil:
			if outage%20 == 0 {
				slog.WarnContext(ctx, "dispatching is held up", "partition", partition, "error", err)
			}
			rest(ctx, backoff(outage, retryFirst, outagePauseMost))
			outage++
			continue
		case n > 0:
			outage, idle = 0, idleFirst
			continue
		}
		outage = 0
		select {
		case <-ctx.Done():
		case <-wake:
			idle = idleFirst
		case <-time.After(idle):
			idle = min(idle*2, idleMost)
		}
	}
	return sent
}

// watch wakes the routers of this process when another process has written something for them: one cheap look for all
// partitions, many times a second, as long as any of them is served here.
type watch struct {
	mu     sync.Mutex
	served int
	stop   context.CancelFunc
}

// begin counts a partition in; the returned function counts it out.
func (w *watch) begin(store storage.Routing) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.served++; w.served == 1 {
		ctx, cancel := context.WithCancel(context.Background())
		w.stop = cancel
		go func() {
			tick := time.NewTicker(rouseEvery)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					_ = store.Rouse(ctx) // the routers poll as well, and say when the database is away
				}
			}
		}()
	}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.served--; w.served == 0 {
			w.stop()
		}
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// pass is one walk over the pending rows of a partition, oldest first. A group that has to wait is left out for the rest
// of the walk; the next one begins at the front again, so nothing that was committed late is missed.
//
// While many rows wait and most of them are one and the same event, other events go first, and what comes of them meanwhile
// takes turns with the rest: the customers of one journey do not stand behind ten thousand of another's. Events of one
// customer keep their order.
type pass struct {
	*Router
	partition int
	epoch     int64
	blocked   map[ids.ID]bool
	applied   int
}

func (p *pass) run(ctx context.Context) error {
	for after := int64(0); ctx.Err() == nil; {
		rows, err := p.Store.PendingEvents(ctx, p.partition, after, routePage)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := pointRead.Hit(); err != nil {
			return err
		}
		after = rows[len(rows)-1].ID
		size := p.Batch
		if size == 0 {
			size = routeBatch
		}
		var flood storage.Flood
		if len(rows) > floodAbove*size {
			if flood, err = p.Store.FloodOf(ctx, rows); err != nil {
				return err
			}
			rows = besideFirst(rows, flood)
		}
		for batch := range slices.Chunk(p.ready(rows), size) {
			if err := p.batch(ctx, batch); err != nil {
				return err
			}
			if flood.Name == "" {
				continue
			}
			beside, err := p.Store.EventsBeside(ctx, p.partition, after, flood, size)
			if err != nil {
				return err
			}
			if err := p.batch(ctx, beside); err != nil {
				return err
			}
		}
		if len(rows) < routePage {
			return nil
		}
	}
	return nil
}

// besideFirst puts what is no part of the flood before it, as far as nothing older of its group is among the rows.
func besideFirst(rows []models.OutboxEntry, flood storage.Flood) []models.OutboxEntry {
	if flood.Name == "" {
		return rows
	}
	var first, rest []models.OutboxEntry
	seen := map[ids.ID]bool{}
	for _, row := range rows {
		if flood.Events[row.EventID] || seen[row.Grp] {
			rest = append(rest, row)
		} else {
			first = append(first, row)
		}
		seen[row.Grp] = true
	}
	return append(first, rest...)
}

func (p *pass) ready(rows []models.OutboxEntry) []models.OutboxEntry {
	return slices.DeleteFunc(rows, func(row models.OutboxEntry) bool { return p.blocked[row.Grp] })
}

// batch applies the rows in one transaction, and one by one when one of them fails.
func (p *pass) batch(ctx context.Context, rows []models.OutboxEntry) error {
	if rows = p.ready(rows); len(rows) == 0 || ctx.Err() != nil {
		return nil
	}
	// What has begun is finished: a worker that stops does not undo half a batch.
	done, err := p.Store.RouteEvents(context.WithoutCancel(ctx), p.partition, p.epoch, rows, p.now())
	var poison *storage.EventError
	switch {
	case err == nil:
		p.applied += done.Applied
		for _, g := range done.Blocked {
			p.blocked[g] = true
		}
		return pointCommitted.Hit()
	case fault.Is(err, fault.Unavailable) || !errors.As(err, &poison):
		return err
	case len(rows) > 1:
		for i := range rows {
			if err := p.batch(ctx, rows[i:i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	return p.failed(ctx, rows[0], poison)
}

// failed counts the attempt; with the last one the group is parked and the partition goes on without it.
func (p *pass) failed(ctx context.Context, row models.OutboxEntry, cause error) error {
	p.blocked[row.Grp] = true
	parked, err := p.Store.EventFailed(ctx, p.partition, p.epoch, row, cause.Error(), routeAttempts, p.now().Add(backoff(2*row.Attempts, retryFirst, retryMost)), p.now())
	if err != nil {
		return err
	}
	if parked {
		p.Metrics.parkedOne()
		// The error may quote the event; it stays with the row, in the database.
		slog.ErrorContext(ctx, "event parked, its customer's later events wait", "event", row.EventID, "group", row.Grp, "partition", p.partition)
	}
	return nil
}
