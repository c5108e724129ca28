package activities

import (
	"context"
	"sync"
	"time"

	"sojourn/storage"
)

// together is a ledger in which calls that come while another is at work share the next transaction, as writers of a log
// do. A call that finds nothing at work waits a few thousandths of a second for company: a transaction costs more than
// what one message does in it, and a broadcast is in no such hurry. Each gets its own answer, and when a shared transaction
// fails, each is done alone, so that one can't hurt the others.
type together struct {
	storage.Sends
	bulk   storage.BulkSends
	fence  crowd[storage.FenceRequest, storage.FenceResult]
	settle crowd[storage.Settlement, bool]
}

// How long a call waits for company. Whoever waits for a fence holds a connection to the provider, so no more than there
// are connections come; an outcome holds nothing, but what is not written down when the worker dies is unknown later.
const (
	fenceLinger  = 2 * time.Millisecond
	settleLinger = 8 * time.Millisecond
	settleEnough = 16
)

func newTogether(sends storage.Sends, bulk storage.BulkSends, parallel int) *together {
	t := &together{Sends: sends, bulk: bulk}
	t.fence.one, t.fence.many, t.fence.linger, t.fence.enough = sends.Fence, bulk.FenceMany, fenceLinger, parallel
	t.settle.one, t.settle.many, t.settle.linger, t.settle.enough = sends.Settle, bulk.SettleMany, settleLinger, settleEnough
	return t
}

// Fence implements storage.Sends.
func (t *together) Fence(ctx context.Context, f storage.FenceRequest) (storage.FenceResult, error) {
	return t.fence.call(ctx, f)
}

// Settle implements storage.Sends.
func (t *together) Settle(ctx context.Context, s storage.Settlement) (bool, error) {
	return t.settle.call(ctx, s)
}

// mostTogether bounds one transaction.
const mostTogether = 32

// crowd lets calls of one kind go together.
type crowd[In, Out any] struct {
	one  func(context.Context, In) (Out, error)
	many func(context.Context, []In) ([]Out, error)

	linger time.Duration // how long the first waits for others
	enough int           // unless there are so many

	mu    sync.Mutex
	queue []*queued[In, Out]
	busy  bool
	full  chan struct{} // told when there are enough
}

type queued[In, Out any] struct {
	ctx  context.Context //nolint:containedctx // of the caller, who waits for the answer
	in   In
	out  Out
	err  error
	done chan struct{}
}

func (c *crowd[In, Out]) call(ctx context.Context, in In) (Out, error) {
	w := &queued[In, Out]{ctx: ctx, in: in, done: make(chan struct{})}
	c.mu.Lock()
	if c.full == nil {
		c.full = make(chan struct{}, 1)
	}
	if c.queue = append(c.queue, w); len(c.queue) == c.enough {
		select {
		case c.full <- struct{}{}:
		default:
		}
	}
	if !c.busy {
		c.busy = true
		go c.work()
	}
	c.mu.Unlock()
	<-w.done // whatever ends ctx: the answer says whether it was done
	return w.out, w.err
}

// work does what has come until nothing is left.
func (c *crowd[In, Out]) work() {
	for {
		c.gather()
		c.mu.Lock()
		n := min(len(c.queue), mostTogether)
		if n == 0 {
			c.busy = false
			c.mu.Unlock()
			return
		}
		batch := c.queue[:n:n]
		c.queue = c.queue[n:]
		c.mu.Unlock()
		c.do(batch)
		for _, w := range batch {
			close(w.done)
		}
	}
}

// gather waits until there is company, or nobody has come for a while.
func (c *crowd[In, Out]) gather() {
	c.mu.Lock()
	n, full := len(c.queue), c.full
	c.mu.Unlock()
	if n == 0 || n >= c.enough {
		return
	}
	select {
	case <-full: // of an earlier crowd, perhaps: then this one is smaller than it could be
	case <-time.After(c.linger):
	}
}

func (c *crowd[In, Out]) do(batch []*queued[In, Out]) {
	if len(batch) > 1 {
		ins := make([]In, len(batch))
		for i, w := range batch {
			ins[i] = w.in
		}
		if outs, err := c.many(batch[0].ctx, ins); err == nil {
			for i, w := range batch {
				w.out = outs[i]
			}
			return
		}
	}
	for _, w := range batch {
		w.out, w.err = c.one(w.ctx, w.in)
	}
}
