package activities

import (
	"context"
	"sync"
	"time"

	"sojourn/broadcast"
	"sojourn/channels"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/faultpoint"
	"sojourn/storage"
)

// Places where a worker may die in the middle of a broadcast; the points of sending are in between.
var (
	broadcastBatchSent  = faultpoint.New("broadcast.batch_sent")
	broadcastCursorDone = faultpoint.New("broadcast.cursor_moved")
)

// send takes the recipients batch by batch: read, ask the gate, send several at once, move the cursor. paced says when to go on when
// the hourly rate was used up.
func (p *piece) send(ctx context.Context, who []storage.IssueRecipient, t storage.Template) (paced time.Time, err error) {
	for len(who) > 0 {
		n, next, err := p.Store.PaceIssue(ctx, p.ws, p.issue.ID, min(p.batchSize(), len(who)), p.def.RatePerHour, p.now())
		if err != nil || n == 0 {
			return next, err
		}
		row, err := p.Store.Broadcast(ctx, p.ws, p.id)
		if err != nil || row.State != broadcast.Sending {
			return p.now(), err // paused or cancelled meanwhile: the next piece looks at that
		}
		if err := p.batch(ctx, who[:n], t); err != nil {
			return time.Time{}, err
		}
		who = who[n:]
		if ctx.Err() != nil {
			return time.Time{}, ctx.Err()
		}
	}
	return time.Time{}, nil
}

// batch sends to a few and moves the cursor behind them when every one of them has a row in the ledger.
func (p *piece) batch(ctx context.Context, who []storage.IssueRecipient, t storage.Template) error {
	subjects, err := p.Store.PrepareIssue(ctx, p.ws, p.def.Channel, t.SenderKey, who)
	if err != nil {
		return err
	}
	if err := p.deliver(ctx, who, t, subjects); err != nil {
		return err
	}
	if err := broadcastBatchSent.Hit(); err != nil {
		return err
	}
	last := who[len(who)-1]
	if last.Due != 0 {
		if err := p.Store.IssueDone(ctx, p.ws, p.issue.ID, last.Due, last.Customer); err != nil {
			return err
		}
	}
	p.passed(ctx, last, len(who))
	return broadcastCursorDone.Hit()
}

func (p *piece) parallel() int {
	if p.Parallel > 0 {
		return p.Parallel
	}
	return 8
}

// batchSize is how many claims are open at once. Where the channel has a limit of its own, no more than go within a few
// seconds: a claim that waits longer than its lease has to be asked for again.
func (p *piece) batchSize() int {
	l := p.Messaging.Tokens[p.def.Channel]
	if l == nil {
		return batchSize
	}
	return max(1, min(batchSize, l.Burst(), int(float64(l.Limit())*(p.Messaging.lease()/8).Seconds())))
}

// tokens waits for the channel's limiter of this worker.
func (p *piece) tokens(ctx context.Context, n int) error {
	if l := p.Messaging.Tokens[p.def.Channel]; l != nil {
		return l.WaitN(ctx, n)
	}
	return ctx.Err()
}

// deliver drives a batch: the gate of all at once, then each to the provider, several at a time. What fences and outcomes
// come in meanwhile share transactions.
func (p *piece) deliver(ctx context.Context, who []storage.IssueRecipient, t storage.Template, subjects []storage.SendSubject) error {
	if err := p.tokens(ctx, len(who)); err != nil {
		return err
	}
	attempts := make([]*attempt, len(who))
	for i, r := range who {
		if storage.FinalSend(subjects[i].Row.State) {
			continue
		}
		a, err := p.attempt(r, t, subjects[i])
		if err != nil {
			return err
		}
		if attempts[i] = a; p.together != nil {
			a.ledger = p.together
		}
	}
	claims, err := p.claim(ctx, attempts)
	if err != nil {
		return err
	}
	return p.each(len(who), func(i int, free func()) error {
		if attempts[i] == nil {
			return nil
		}
		attempts[i].given = free // the next may begin while the outcome of this one is written down
		return p.one(ctx, who[i], attempts[i], claims[i])
	})
}

// each does n things, several at a time, and returns the first error; the others are done all the same. One that calls
// free makes room for the next before it is done.
func (p *piece) each(n int, do func(i int, free func()) error) error {
	var (
		work  sync.WaitGroup
		mu    sync.Mutex
		first error
		slot  = make(chan struct{}, max(1, p.parallel()))
	)
	for i := range n {
		slot <- struct{}{}
		work.Go(func() {
			free := sync.OnceFunc(func() { <-slot })
			defer free()
			if err := do(i, free); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if first == nil {
					first = err
				}
			}
		})
	}
	work.Wait()
	return first
}

// claim renders fresh messages and takes them through the gate together. An attempt that is left out, or whose answer is
// not one to go on with, is driven alone from the beginning.
func (p *piece) claim(ctx context.Context, attempts []*attempt) ([]storage.Claim, error) {
	out := make([]storage.Claim, len(attempts))
	if p.together == nil {
		return out, nil
	}
	requests, of := make([]storage.SendRequest, len(attempts)), []int(nil)
	for i, a := range attempts {
		if a != nil && a.ready != nil && a.ready.Row.ID.IsZero() && !a.ready.ContactPoint.ID.IsZero() {
			of = append(of, i)
		}
	}
	if err := p.each(len(of), func(k int, _ func()) error {
		a := attempts[of[k]]
		requests[k] = p.Messaging.request(a, *a.ready)
		_, requests[k].CanLookUp = a.sender.(channels.LookUp)
		a.ready = nil
		return nil
	}); err != nil || len(of) == 0 {
		return out, err
	}
	claims, err := p.together.bulk.ClaimMany(ctx, requests[:len(of)])
	for k, c := range claims {
		out[of[k]] = c
	}
	return out, err
}

// one drives one message from where it is. Whoever is gone from the database altogether needs no outcome; without a row
// in the ledger the cursor must not pass.
func (p *piece) one(ctx context.Context, r storage.IssueRecipient, a *attempt, claim storage.Claim) error {
	var res contract.SendResult
	var err error
	again := true
	switch claim.Kind {
	case storage.ClaimFinal, storage.ClaimWait:
		return nil // decided, and written down
	case storage.Claimed:
		if err := sendAfterGate.Hit(); err != nil {
			return err
		}
		a.held = claim.Send.Token
		res, again, err = p.Messaging.deliver(ctx, a, claim)
	}
	if again && err == nil {
		res, err = p.Messaging.drive(ctx, a)
	}
	if fault.Is(err, fault.NotFound) {
		p.Messaging.logger().WarnContext(ctx, "a recipient is gone", "issue", p.issue.ID, "customer", r.Customer)
		return nil
	}
	if err == nil && res.SendID == "" {
		return fault.New(fault.Unavailable, "a recipient changed too often meanwhile")
	}
	return err
}
