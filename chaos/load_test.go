//go:build chaos

package chaos_test

import (
	"context"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sojourn/chaos/harness"
)

// load lets a new customer begin all journeys at each tick, until the returned function is called. The generator is
// open-loop: a server that hangs delays nobody behind it.
func load(ctx context.Context, t *testing.T, w *harness.World, every time.Duration) (stop func()) {
	t.Helper()
	done := make(chan struct{})
	var running sync.WaitGroup
	var n atomic.Int64
	running.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				running.Go(func() {
					people := w.People(ctx, 1)
					for _, name := range []string{"Joined", "Asked", harness.Bought, "Answered"} {
						w.Track(ctx, name, people)
					}
					if n.Add(1)%4 == 0 { // and some have enough after the first letter
						w.UnsubscribeFrom(ctx, people[0], "hello")
					}
				})
			}
		}
	})
	return func() { close(done); running.Wait() }
}

// rest lets a fault last; nothing is awaited by it.
func rest(d time.Duration) { <-time.After(d) }

// SeedEnv chooses the seed of the random faults; it is printed, so that a run can be repeated.
const seedEnv = "CHAOS_SEED"

func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(20260301)
	if text := os.Getenv(seedEnv); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", seedEnv, err)
		}
		seed = n
	}
	t.Logf("%s=%d", seedEnv, seed)
	return seed
}
