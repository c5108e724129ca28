package activities_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"sojourn/channels"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// counted is a ledger that counts its transactions of fences and outcomes.
type counted struct {
	*sqlstore.Store
	fences, outcomes atomic.Int64
}

func (c *counted) Fence(ctx context.Context, f storage.FenceRequest) (storage.FenceResult, error) {
	c.fences.Add(1)
	return c.Store.Fence(ctx, f)
}

func (c *counted) FenceMany(ctx context.Context, fs []storage.FenceRequest) ([]storage.FenceResult, error) {
	c.fences.Add(1)
	return c.Store.FenceMany(ctx, fs)
}

func (c *counted) Settle(ctx context.Context, s storage.Settlement) (bool, error) {
	c.outcomes.Add(1)
	return c.Store.Settle(ctx, s)
}

func (c *counted) SettleMany(ctx context.Context, ss []storage.Settlement) ([]bool, error) {
	c.outcomes.Add(1)
	return c.Store.SettleMany(ctx, ss)
}

// inStep lets messages pass Prepare and Commit in groups only, as a provider does that answers them all at once.
type inStep struct {
	channels.Sender
	mu   sync.Mutex
	in   int
	open chan struct{}
}

const step = 8

func (s *inStep) wait() {
	s.mu.Lock()
	gate := s.open
	if s.in++; s.in == step {
		close(gate)
		s.in, s.open = 0, make(chan struct{})
	}
	s.mu.Unlock()
	<-gate
}

func (s *inStep) Prepare(ctx context.Context, m channels.Message) (channels.HandOver, error) {
	h, err := s.Sender.Prepare(ctx, m)
	s.wait()
	return h, err
}

// Those who come to the fence together share its transaction, and so do those whose outcomes come in: with one each, many
// small transactions are most of what a broadcast costs.
func TestBroadcastSharesTransactions(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		const people = 5 * step
		l, all := newLetters(t, s, `{}`, people, nil)
		ledger := &counted{Store: s}
		l.m.Sends = ledger
		l.m.Senders = map[string]channels.Sender{"email": &inStep{Sender: l.m.Senders["email"], open: make(chan struct{})}}
		l.b.Parallel = step
		if p := l.through(); !p.Done || l.outcomes()["accepted "] != people {
			t.Fatalf("%+v, %v", p, l.outcomes())
		}
		for _, c := range all {
			if n := len(l.mails(c)); n != 1 {
				t.Errorf("%d mails to one", n)
			}
		}
		if f, o := ledger.fences.Load(), ledger.outcomes.Load(); f > people/step+3 || o > people/step+2 { // alone they make twice as many
			t.Errorf("%d transactions of fences and %d of outcomes for %d messages", f, o, people)
		}
	})
}
