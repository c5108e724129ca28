package adminapi_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"sojourn/server/adminapi"
)

// What takes long is worked out at most a tenth of the time, and nobody but the first waits for it; what takes no time is
// worked out for each who asks.
func TestWhatTakesLongIsNotAskedForEachTime(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now, worked := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), make(chan int, 10)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	pass := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	n := 0
	var ask adminapi.CostlyForTest
	work := func(takes time.Duration) func(context.Context) (int, error) {
		return func(context.Context) (int, error) {
			pass(takes)
			n++
			worked <- n
			return n, nil
		}
	}
	is := func(want int, key string, takes time.Duration) {
		t.Helper()
		if got, err := ask.Ask(t.Context(), key, clock, work(takes)); err != nil || got != want {
			t.Fatalf("%s: %d, %v, want %d", key, got, err, want)
		}
	}
	is(1, "quick", time.Millisecond)
	is(2, "quick", time.Millisecond)
	is(3, "slow", 3*time.Second)
	pass(29 * time.Second)
	is(3, "slow", 3*time.Second)
	is(4, "another", 3*time.Second)
	pass(2 * time.Second)
	for len(worked) > 0 {
		<-worked
	}
	is(3, "slow", 3*time.Second) // old, and being worked out
	if got := <-worked; got != 5 {
		t.Fatalf("worked out %d times, want 5", got)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := ask.Ask(gone, "left", clock, work(3*time.Second)); err == nil && len(worked) == 0 {
		t.Error("who went away got an answer that is not there")
	}
	if got := <-worked; got != 6 { // it is worked out nevertheless, for the next
		t.Fatalf("worked out %d times, want 6", got)
	}
	for deadline := time.Now().Add(10 * time.Second); ; { // it is put in its place a moment after the work
		if got, _ := ask.Ask(t.Context(), "slow", clock, work(0)); got == 5 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the new answer never came")
		}
	}
}
