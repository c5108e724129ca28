package activities

import (
	"context"
	"sync"

	"sojourn/storage"
)

// together is a ledger in which calls that come while another is at work share the next transaction, as writers of a log
// do. Nobody waits for company: a call that finds nothing at work goes at once. Each gets its own answer, and when a shared
// transaction fails, each is done alone, so that one can't hurt the others.
type together struct {
	storage.Sends
	bulk   storage.BulkSends
	fence  crowd[storage.FenceRequest, storage.FenceResult]
	settle crowd[storage.Settlement, bool]
}

func newTogether(sends storage.Sends, bulk storage.BulkSends) *together {
	t := &together{Sends: sends, bulk: bulk}
	t.fence.one, t.fence.many = sends.Fence, bulk.FenceMany
	t.settle.one, t.settle.many = sends.Settle, bulk.SettleMany
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

	mu    sync.Mutex
	queue []*queued[In, Out]
	busy  bool
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
	c.queue = append(c.queue, w)
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
