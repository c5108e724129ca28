//go:build chaos

package chaos_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/chaos/harness"
)

// TestServerDiesAtEveryPoint kills the server before and after the commit of an ingest and of an unsubscribe, and before
// the reply (F3). A client hears nothing or an acknowledgement; what was acknowledged is there, once.
func TestServerDiesAtEveryPoint(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); killServerAtPoints(t, harness.Options{}) })
	t.Run("mysql", func(t *testing.T) { t.Parallel(); killServerAtPoints(t, harness.Options{MySQL: true}) })
}

func killServerAtPoints(t *testing.T, o harness.Options) {
	t.Helper()
	ctx := context.Background()
	w := harness.Start(t, o)
	for _, point := range pointsOf(serverPoints) {
		people := w.People(ctx, 2)
		w.Track(ctx, "Joined", people)
		if strings.HasPrefix(point, "unsubscribe.") {
			link, err := w.UnsubscribeLink(people[0], "hello")
			if err != nil {
				t.Fatal(err)
			}
			before := w.Server.Deaths()
			w.Server.Restart(point + ":kill")
			w.WaitReady()
			if status, err := w.Unsubscribe(ctx, people[0], link); err == nil {
				t.Errorf("%s: the server answered %d although it died", point, status)
			}
			expectDeath(t, w.Server, before, point)
			w.WaitReady()
			w.UnsubscribeFrom(ctx, people[0], "hello") // as a mail program does: again
			continue
		}
		before := w.Server.Deaths()
		w.Server.Restart(point + ":kill")
		w.WaitReady()
		one := w.NewEvent(harness.Bought, people[0])
		if ok, _ := w.Once(ctx, one); ok {
			t.Errorf("%s: acknowledged by a server that died before its answer", point)
		}
		expectDeath(t, w.Server, before, point)
		w.WaitReady()
		if err := w.Say(ctx, one); err != nil { // as any client does: the same message again
			t.Error(err)
		}
		// The same for a batch, with single events beside it that share its transaction.
		before = w.Server.Deaths()
		w.Server.Restart(point + ":kill")
		w.WaitReady()
		batch := make([]harness.Event, 20)
		for i := range batch {
			batch[i] = w.NewEvent("Visited", people[i%2])
		}
		var said sync.WaitGroup
		said.Go(func() {
			if err := w.Batch(ctx, batch); err != nil {
				t.Error(err)
			}
		})
		for range 3 {
			said.Go(func() {
				if err := w.Say(ctx, w.NewEvent("Visited", people[1])); err != nil {
					t.Error(err)
				}
			})
		}
		said.Wait()
		expectDeath(t, w.Server, before, point)
		w.WaitReady()
	}
	audit(ctx, t, w)
	noCanary(ctx, t, w)
}

// TestDuplicates posts the same event a hundred times at once, alone and in batches, and the same id with other content:
// one effect (F8).
func TestDuplicates(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := harness.Start(t, harness.Options{})
	people := w.People(ctx, 3)
	events := make([]harness.Event, 0, len(people))
	for _, p := range people {
		for _, name := range []string{"Joined", harness.Bought, "Asked", "Answered"} {
			events = append(events, w.NewEvent(name, p))
		}
	}
	var posts sync.WaitGroup
	for i := range 100 {
		posts.Go(func() {
			if i%2 == 0 {
				if err := w.Batch(ctx, append(events[:len(events):len(events)], events...)); err != nil {
					t.Error(err)
				}
				return
			}
			for _, e := range events {
				if err := w.Say(ctx, e); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	posts.Wait()
	audit(ctx, t, w)
	for _, e := range events { // and again when all is done
		if err := w.Say(ctx, e); err != nil {
			t.Error(err)
		}
	}
	audit(ctx, t, w)
}

// TestKilledUnderLoad kills server and worker again and again while events come in (F1, F3, F4 for SQLite).
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	seed := seedOf(t)
	random := rand.New(rand.NewPCG(seed, 1))
	w := harness.Start(t, harness.Options{Workers: 2})
	stop := load(ctx, t, w, 300*time.Millisecond)
	for range 6 {
		rest(time.Duration(1000+random.IntN(1500)) * time.Millisecond)
		switch random.IntN(3) {
		case 0:
			w.Server.Restart("")
			w.WaitReady()
		default:
			w.Workers[random.IntN(2)].Restart("")
		}
	}
	stop()
	audit(ctx, t, w)
}

// TestTemporalDies is F5: Temporal is killed and stays away for a while. Events are acknowledged all the time, and
// everything catches up.
func TestTemporalDies(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := harness.Start(t, harness.Options{OwnTemporal: true})
	w.Track(ctx, "Joined", w.People(ctx, 4)) // some are asleep when it happens
	stop := load(ctx, t, w, 500*time.Millisecond)
	w.KillTemporal()
	w.AwaitTemporal(1)
	stop()
	if refused := w.Ledger.Refused(); len(refused) > 0 {
		t.Errorf("events were refused while Temporal was away (by status): %v", refused)
	}
	audit(ctx, t, w)
	noCanary(ctx, t, w)
}
