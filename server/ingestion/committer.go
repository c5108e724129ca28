package ingestion

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"sojourn/fault"
	"sojourn/faultpoint"
	"sojourn/ingest"
	"sojourn/storage"
)

// Store is where events go.
type Store interface {
	AcceptEvents(ctx context.Context, intakes []storage.Intake) ([][]storage.Receipt, error)
}

// CommitterOptions tune a Committer; the zero value is production.
type CommitterOptions struct {
	Workers      int           // transactions at the same time; default 1, see WorkersFor
	MaxEvents    int           // events in one transaction; default 1,000. A larger single request is one transaction
	MaxWaiting   int           // events in the queue; default 20,000. Above it requests are refused
	MaxBytes     int           // their content in bytes; default 64 MiB
	StoreTimeout time.Duration // one transaction; default 15 s
}

// WorkersFor is how many transactions at the same time serve a database best: SQLite writes one at a time anyway, and a
// server that flushes its log for several at once is used only half by one (measured with bench/ingest).
func WorkersFor(oneWriter bool) int {
	if oneWriter {
		return 1
	}
	return 4
}

// Committer stores the events of concurrent requests together: while one transaction is being made durable, what arrives
// waits and becomes the next one. An idle system therefore adds no delay, and a busy one pays for one disk flush per
// transaction instead of one per request.
type Committer struct {
	store Store
	o     CommitterOptions

	mu      sync.Mutex
	wakeup  *sync.Cond
	queue   []*waiting
	events  int
	bytes   int
	closed  bool
	workers sync.WaitGroup

	stats struct {
		transactions, accepted, duplicates, conflicts, refused, failed atomic.Int64
	}
}

type waiting struct {
	intake   storage.Intake
	bytes    int
	receipts []storage.Receipt
	err      error
	done     chan struct{}
}

// Stats are counts since the start, and the queue of this moment.
type Stats struct {
	Transactions, Accepted, Duplicates, Conflicts int64
	Refused                                       int64 // requests refused because the queue was full
	Failed                                        int64 // requests whose transaction failed
	Waiting                                       int   // events in the queue
}

// NewCommitter starts the workers. Close stops them.
func NewCommitter(store Store, o CommitterOptions) *Committer {
	if o.Workers == 0 {
		o.Workers = 1
	}
	if o.MaxEvents == 0 {
		o.MaxEvents = 1000
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = 20_000
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	if o.StoreTimeout == 0 {
		o.StoreTimeout = 15 * time.Second
	}
	c := &Committer{store: store, o: o}
	c.wakeup = sync.NewCond(&c.mu)
	for range o.Workers {
		c.workers.Go(c.work)
	}
	return c
}

// Accept stores the events of one request; see storage.Ingestion for the receipts. Errors: fault.Busy when the queue is
// full, fault.Unavailable when the store is down or the committer is closed. When ctx ends first its error is returned,
// and whether the events were stored is not known to the caller, who will send them again.
func (c *Committer) Accept(ctx context.Context, workspace int64, source string, events []ingest.Event, receivedAt time.Time) ([]storage.Receipt, error) {
	if len(events) == 0 {
		return nil, nil
	}
	w := &waiting{intake: storage.Intake{Workspace: workspace, Source: source, Events: events, ReceivedAt: receivedAt}, done: make(chan struct{})}
	for i := range events {
		w.bytes += len(events[i].Data) + len(events[i].Context) + 256
	}
	if err := c.enqueue(w); err != nil {
		return nil, err
	}
	if faultpoint.Planted(faultpoint.PlantAckBeforeCommit) {
		return make([]storage.Receipt, len(events)), nil
	}
	select {
	case <-w.done:
		return w.receipts, w.err
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, ctx.Err(), "the request ended before its events were stored")
	}
}

func (c *Committer) enqueue(w *waiting) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return fault.New(fault.Unavailable, "the server is stopping")
	}
	// An empty queue takes any single request, whatever its size.
	if c.events > 0 && (c.events+len(w.intake.Events) > c.o.MaxWaiting || c.bytes+w.bytes > c.o.MaxBytes) {
		c.stats.refused.Add(1)
		return fault.New(fault.Busy, "%d events are waiting to be stored; try again in a moment", c.events)
	}
	c.queue = append(c.queue, w)
	c.events += len(w.intake.Events)
	c.bytes += w.bytes
	c.wakeup.Signal()
	return nil
}

// Close lets what is waiting be stored, refuses anything new, and returns when the workers have ended.
func (c *Committer) Close() {
	c.mu.Lock()
	c.closed = true
	c.wakeup.Broadcast()
	c.mu.Unlock()
	c.workers.Wait()
}

// Stats reads the counters.
func (c *Committer) Stats() Stats {
	c.mu.Lock()
	waiting := c.events
	c.mu.Unlock()
	return Stats{Transactions: c.stats.transactions.Load(), Accepted: c.stats.accepted.Load(), Duplicates: c.stats.duplicates.Load(),
		Conflicts: c.stats.conflicts.Load(), Refused: c.stats.refused.Load(), Failed: c.stats.failed.Load(), Waiting: waiting}
}

func (c *Committer) work() {
	for {
		batch := c.take()
		if batch == nil {
			return
		}
		c.commit(batch)
	}
}

// take waits for requests and takes as many as fit into one transaction, oldest first; nil at the end.
func (c *Committer) take() []*waiting {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 {
		if c.closed {
			return nil
		}
		c.wakeup.Wait()
	}
	n, events := 0, 0
	for n < len(c.queue) && (n == 0 || events+len(c.queue[n].intake.Events) <= c.o.MaxEvents) {
		events += len(c.queue[n].intake.Events)
		c.bytes -= c.queue[n].bytes
		n++
	}
	batch := append([]*waiting(nil), c.queue[:n]...)
	c.queue = append(c.queue[:0], c.queue[n:]...)
	clear(c.queue[len(c.queue):cap(c.queue)])
	c.events -= events
	if len(c.queue) > 0 {
		c.wakeup.Signal()
	}
	return batch
}

func (c *Committer) commit(batch []*waiting) {
	intakes := make([]storage.Intake, len(batch))
	for i, w := range batch {
		intakes[i] = w.intake
	}
	// Not the context of a request: one that is cancelled must not take the others down with it.
	ctx, cancel := context.WithTimeout(context.Background(), c.o.StoreTimeout)
	defer cancel()
	receipts, err := c.store.AcceptEvents(ctx, intakes)
	c.stats.transactions.Add(1)
	if err != nil && len(batch) > 1 && !fault.Is(err, fault.Unavailable) {
		// Something in one of them is more than the database takes; the others must not suffer.
		for i := range batch {
			c.commit(batch[i : i+1])
		}
		return
	}
	for i, w := range batch {
		if w.err = err; err == nil {
			w.receipts = receipts[i]
			c.count(w.receipts)
		} else {
			c.stats.failed.Add(1)
		}
		close(w.done)
	}
}

func (c *Committer) count(receipts []storage.Receipt) {
	var n [storage.Conflict + 1]int64
	for _, r := range receipts {
		n[r]++
	}
	c.stats.accepted.Add(n[storage.Accepted])
	c.stats.duplicates.Add(n[storage.Duplicate])
	c.stats.conflicts.Add(n[storage.Conflict])
}
