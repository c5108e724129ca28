package ingestion_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/ingest"
	"sojourn/server/ingestion"
	"sojourn/storage"
)

// gate is a store whose transactions the test holds and lets go one by one.
type gate struct {
	begun  chan []storage.Intake
	finish chan error
}

func newGate() *gate { return &gate{make(chan []storage.Intake), make(chan error)} }

func (g *gate) AcceptEvents(ctx context.Context, intakes []storage.Intake) ([][]storage.Receipt, error) {
	g.begun <- intakes
	if err := <-g.finish; err != nil {
		return nil, err
	}
	out := make([][]storage.Receipt, len(intakes))
	for i, in := range intakes {
		out[i] = make([]storage.Receipt, len(in.Events))
		for j := range out[i] {
			out[i][j] = storage.Accepted
		}
	}
	return out, nil
}

func events(ids ...string) (list []ingest.Event) {
	for _, id := range ids {
		list = append(list, ingest.Event{MessageID: id})
	}
	return list
}

// send starts requests one after the other and waits until each is in the queue.
func send(t *testing.T, c *ingestion.Committer, names ...string) *results {
	t.Helper()
	r := &results{errs: map[string]error{}}
	for _, name := range names {
		before := c.Stats()
		r.wg.Go(func() {
			_, err := c.Accept(context.Background(), 1, "s", events(name), time.Now())
			r.mu.Lock()
			defer r.mu.Unlock()
			r.errs[name] = err
		})
		deadline := time.Now().Add(10 * time.Second)
		for now := c.Stats(); now.Waiting == before.Waiting && now.Refused == before.Refused; now = c.Stats() {
			if time.Now().After(deadline) {
				t.Fatalf("%s did not reach the queue", name)
			}
			time.Sleep(100 * time.Microsecond)
		}
	}
	return r
}

type results struct {
	wg   sync.WaitGroup
	mu   sync.Mutex
	errs map[string]error
}

func (r *results) wait() map[string]error { r.wg.Wait(); return r.errs }

// busy puts the committer into a transaction that the test has to finish.
func busy(t *testing.T, c *ingestion.Committer, g *gate) (first chan error) {
	t.Helper()
	first = make(chan error, 1)
	go func() {
		_, err := c.Accept(context.Background(), 1, "s", events("first"), time.Now())
		first <- err
	}()
	<-g.begun
	return first
}

func TestWhatArrivesDuringACommitIsTheNextOne(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := ingestion.NewCommitter(g, ingestion.CommitterOptions{})
	first := busy(t, c, g)
	r := send(t, c, "a", "b", "c")
	g.finish <- nil
	if err := <-first; err != nil {
		t.Fatal(err)
	}
	got := <-g.begun
	if len(got) != 3 || got[0].Events[0].MessageID != "a" || got[2].Events[0].MessageID != "c" {
		t.Errorf("the second transaction holds %v", got)
	}
	g.finish <- nil
	for name, err := range r.wait() {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	c.Close()
	if s := c.Stats(); s.Transactions != 2 || s.Accepted != 4 || s.Waiting != 0 {
		t.Errorf("%+v", s)
	}
}

func TestFullQueueRefuses(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := ingestion.NewCommitter(g, ingestion.CommitterOptions{MaxWaiting: 2})
	first := busy(t, c, g)
	r := send(t, c, "a", "b", "c")
	g.finish <- nil
	<-first
	<-g.begun
	g.finish <- nil
	errs := r.wait()
	if errs["a"] != nil || errs["b"] != nil || !fault.Is(errs["c"], fault.Busy) {
		t.Errorf("%v", errs)
	}
	c.Close()
}

func TestOneTransactionHasABound(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := ingestion.NewCommitter(g, ingestion.CommitterOptions{MaxEvents: 2})
	first := busy(t, c, g)
	r := send(t, c, "a", "b", "c")
	g.finish <- nil
	<-first
	for _, want := range []int{2, 1} {
		if got := <-g.begun; len(got) != want {
			t.Errorf("a transaction of %d requests, want %d", len(got), want)
		}
		g.finish <- nil
	}
	r.wait()
	c.Close()
}

// A failed commit is nobody's success, and one bad request is only its own failure.
func TestFailures(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := ingestion.NewCommitter(g, ingestion.CommitterOptions{})
	first := busy(t, c, g)
	r := send(t, c, "a", "b")
	down := fault.New(fault.Unavailable, "down")
	g.finish <- down
	if err := <-first; !errors.Is(err, down) {
		t.Errorf("first: %v", err)
	}
	<-g.begun
	g.finish <- down
	for name, err := range r.wait() {
		if !errors.Is(err, down) {
			t.Errorf("%s: %v", name, err)
		}
	}

	first = busy(t, c, g)
	r = send(t, c, "good", "bad")
	g.finish <- nil
	<-first
	<-g.begun
	g.finish <- errors.New("the two together fail")
	for range 2 {
		if in := <-g.begun; in[0].Events[0].MessageID == "bad" {
			g.finish <- errors.New("bad")
		} else {
			g.finish <- nil
		}
	}
	if errs := r.wait(); errs["good"] != nil || errs["bad"] == nil {
		t.Errorf("%v", errs)
	}
	c.Close()
}

func TestClosing(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := ingestion.NewCommitter(g, ingestion.CommitterOptions{})
	first := busy(t, c, g)
	r := send(t, c, "a")
	closed := make(chan struct{})
	go func() { c.Close(); close(closed) }()
	g.finish <- nil
	<-g.begun
	g.finish <- nil
	<-closed
	if err := <-first; err != nil {
		t.Error(err)
	}
	if errs := r.wait(); errs["a"] != nil {
		t.Errorf("what waited was lost: %v", errs)
	}
	if _, err := c.Accept(context.Background(), 1, "s", events("late"), time.Now()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("after closing: %v", err)
	}
}

func TestRequestThatGoesAway(t *testing.T) {
	t.Parallel()
	g := newGate()
	c := ingestion.NewCommitter(g, ingestion.CommitterOptions{})
	ctx, cancel := context.WithCancel(context.Background())
	gone := make(chan error, 1)
	go func() {
		_, err := c.Accept(ctx, 1, "s", events("gone"), time.Now())
		gone <- err
	}()
	<-g.begun
	cancel()
	if err := <-gone; !fault.Is(err, fault.Unavailable) || fmt.Sprint(err) == "" {
		t.Errorf("%v", err)
	}
	g.finish <- nil
	c.Close()
}
