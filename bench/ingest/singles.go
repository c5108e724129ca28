package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sojourn/bench/measure"
)

// singles measures one event per request.
func (w *world) singles(ctx context.Context, f *figures, length time.Duration) error {
	const clients = 32
	before := w.count(ctx)
	rate, err := w.closedLoop(ctx, clients, 3*time.Second)
	if err != nil {
		return err
	}
	f.SinglePerSecond, f.SingleRate = rate, rate*.7
	stats := w.committer.Stats()
	waits, err := w.openLoop(ctx, f.SingleRate, length)
	if err != nil {
		return err
	}
	after := w.committer.Stats()
	f.Transactions = float64(after.Accepted-stats.Accepted) / float64(after.Transactions-stats.Transactions)
	f.SingleP50 = float64(measure.Quantile(waits, .5).Microseconds()) / 1000
	f.SingleP99 = float64(measure.Quantile(waits, .99).Microseconds()) / 1000
	if have := w.count(ctx) - before; have != w.sent.Load() {
		return fmt.Errorf("%d single events sent, %d at the sink", w.sent.Load(), have)
	}
	return nil
}

func (w *world) count(ctx context.Context) (n int64) {
	_ = w.store.SQL().QueryRowContext(ctx, "SELECT COUNT(*) FROM events e JOIN outbox o ON o.event_id = e.id WHERE e.workspace_id = ? AND e.name = 'Single'", w.workspace).Scan(&n)
	return n
}

func (w *world) single(ctx context.Context) error {
	n := w.sent.Add(1)
	return w.post(ctx, "/v1/track", fmt.Appendf(nil, `{"messageId":"single-%d","userId":"user-%d","event":"Single","properties":{"n":%d,"page":"https://shop.example/cd/blue-train"},"timestamp":"2026-03-01T11:00:00Z","sentAt":"2026-03-01T11:00:01Z"}`,
		n, n%people, n))
}

func (w *world) closedLoop(ctx context.Context, clients int, length time.Duration) (float64, error) {
	var wg sync.WaitGroup
	var done atomic.Int64
	var failed atomic.Value
	start := time.Now()
	for range clients {
		wg.Go(func() {
			for time.Since(start) < length {
				if err := w.single(ctx); err != nil {
					failed.Store(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return float64(done.Load()) / time.Since(start).Seconds(), nil
}

// openLoop sends on schedule, and counts from the scheduled moment: a request that had to wait for the one before it, or
// for a free connection, is not forgiven.
func (w *world) openLoop(ctx context.Context, rate float64, length time.Duration) ([]time.Duration, error) {
	var wg sync.WaitGroup
	var failed atomic.Value
	due := make(chan time.Duration, int(rate*length.Seconds())+1)
	waits := make([][]time.Duration, 128) // per connection
	start := time.Now()
	for i := range waits {
		wg.Go(func() {
			for at := range due {
				if err := w.single(ctx); err != nil {
					failed.Store(err)
					return
				}
				waits[i] = append(waits[i], time.Since(start)-at)
			}
		})
	}
	step := time.Duration(float64(time.Second) / rate)
	for at := time.Duration(0); at < length; at += step {
		if early := at - time.Since(start); early > 0 {
			time.Sleep(early)
		}
		due <- at
	}
	close(due)
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return nil, err
	}
	return slices.Concat(waits...), nil
}
