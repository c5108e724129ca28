package activities

import (
	"context"
	"sync"
	"time"

	"sojourn/broadcast"
	"sojourn/fault"
	"sojourn/faultpoint"
	"sojourn/storage"
)

// Places where a worker may die in the middle of a broadcast; the points of sending are in between.
var (
	broadcastBatchSent  = faultpoint.New("broadcast.batch_sent")
	broadcastCursorDone = faultpoint.New("broadcast.cursor_moved")
)

// send takes the recipients batch by batch: read, send several at once, move the cursor. paced says when to go on when
// the hourly rate was used up.
func (p *piece) send(ctx context.Context, who []storage.IssueRecipient, t storage.Template) (paced time.Time, err error) {
	for len(who) > 0 {
		n, next, err := p.Store.PaceIssue(ctx, p.ws, p.issue.ID, min(batchSize, len(who)), p.def.RatePerHour, p.now())
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
	var (
		work  sync.WaitGroup
		mu    sync.Mutex
		first error
		slot  = make(chan struct{}, max(1, p.parallel()))
	)
	for i, r := range who {
		if err := p.token(ctx); err != nil {
			first = err
			break
		}
		slot <- struct{}{}
		work.Go(func() {
			defer func() { <-slot }()
			if err := p.one(ctx, r, t, subjects[i]); err != nil {
				mu.Lock()
				defer mu.Unlock()
				if first == nil {
					first = err
				}
			}
		})
	}
	work.Wait()
	if first != nil {
		return first
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

// token waits for the channel's limiter of this worker.
func (p *piece) token(ctx context.Context) error {
	if l := p.Messaging.Tokens[p.def.Channel]; l != nil {
		return l.Wait(ctx)
	}
	return ctx.Err()
}

// one drives one message. Whoever is gone from the database altogether needs no outcome; without a row in the ledger the
// cursor must not pass.
func (p *piece) one(ctx context.Context, r storage.IssueRecipient, t storage.Template, subject storage.SendSubject) error {
	if storage.FinalSend(subject.Row.State) {
		return nil
	}
	a, err := p.attempt(r, t, subject)
	if err != nil {
		return err
	}
	res, err := p.Messaging.drive(ctx, a)
	if fault.Is(err, fault.NotFound) {
		p.Messaging.logger().WarnContext(ctx, "a recipient is gone", "issue", p.issue.ID, "customer", r.Customer)
		return nil
	}
	if err == nil && res.SendID == "" {
		return fault.New(fault.Unavailable, "a recipient changed too often meanwhile")
	}
	return err
}
