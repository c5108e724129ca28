//go:build chaos

package chaos_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sojourn/chaos/harness"
	"sojourn/faultpoint"
)

// worker and server points, by the first word of their name. A point that nobody drives fails the test, so a new one
// can't be forgotten.
var (
	workerPoints    = []string{"send.", "router.", "dispatch."}
	serverPoints    = []string{"ingest.", "unsubscribe."}
	broadcastPoints = []string{"broadcast."}
	operationPoints = []string{"operations."}
	movePoints      = []string{"move."}
)

func pointsOf(prefixes []string) []string {
	var out []string
	for _, name := range faultpoint.All() {
		if slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) }) {
			out = append(out, name)
		}
	}
	return out
}

func TestEveryPointIsDriven(t *testing.T) {
	t.Parallel()
	prefixes := slices.Concat(workerPoints, serverPoints, broadcastPoints, operationPoints, movePoints)
	driven := pointsOf(prefixes)
	for _, name := range faultpoint.All() {
		if !slices.Contains(driven, name) {
			t.Errorf("no test drives %s", name)
		}
	}
	for _, prefix := range prefixes {
		if len(pointsOf([]string{prefix})) == 0 {
			t.Errorf("there is no point %s…", prefix)
		}
	}
}

// TestWorkerDiesAtEveryPoint kills the worker at every point of the send path (F1) and of the routers, each time with
// people on all journeys: those whose turn it is at the point, and others in all other states. A point's leftovers are
// still being mended when the next one strikes.
func TestWorkerDiesAtEveryPoint(t *testing.T) {
	t.Parallel()
	for name, points := range map[string][]string{"send": pointsOf(workerPoints[:1]), "router": pointsOf(workerPoints[1:])} {
		t.Run(name+" on sqlite", func(t *testing.T) {
			t.Parallel()
			killAtPoints(t, harness.Start(t, harness.Options{}), points)
		})
		t.Run(name+" on mysql", func(t *testing.T) {
			t.Parallel()
			killAtPoints(t, harness.Start(t, harness.Options{MySQL: true, Workers: 2}), points)
		})
	}
}

func killAtPoints(t *testing.T, w *harness.World, points []string) {
	t.Helper()
	ctx := context.Background()
	for _, point := range points {
		before := w.Worker().Deaths()
		armAlone(w, point+":kill")
		someTraffic(ctx, w)
		expectDeath(t, w.Worker(), before, point)
		comeBack(w)
	}
	audit(ctx, t, w)
	noCanary(ctx, t, w)
	t.Log(w.Figures(ctx))
}

// armAlone starts the first worker with a fault armed, and lets the others die, so that it is him whose turn it is.
func armAlone(w *harness.World, fault string) {
	for _, other := range w.Workers[1:] {
		other.Kill()
	}
	w.Worker().Restart(fault)
}

// comeBack starts the others again: they take over what the first one held.
func comeBack(w *harness.World) {
	for _, other := range w.Workers[1:] {
		other.Start("")
	}
}

// someTraffic lets four people do things that lead through every part of the router and of the send path.
func someTraffic(ctx context.Context, w *harness.World) {
	people := w.People(ctx, 4)
	w.Track(ctx, "Joined", people[:2])
	w.Track(ctx, "Asked", people[1:3])
	w.Track(ctx, harness.Bought, people[3:])
	w.Track(ctx, "Answered", people[1:3])
}

// TestTemporalAndServerDieAtEveryPoint: the worker stands still at the point while Temporal (F5) and the server are killed,
// and goes on into a world without them.
func TestTemporalAndServerDieAtEveryPoint(t *testing.T) {
	t.Parallel()
	points := pointsOf(workerPoints)
	for points := range slices.Chunk(points, (len(points)+1)/2) {
		t.Run(points[0]+" and on", func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			w := harness.Start(t, harness.Options{OwnTemporal: true, Away: 2 * time.Second})
			for i, point := range points {
				w.Worker().Restart(point + ":stop")
				someTraffic(ctx, w)
				expectFrozen(t, w.Worker(), point)
				w.KillTemporal()
				w.Server.Restart("")
				w.Worker().Thaw()
				w.AwaitTemporal(i + 1)
				w.WaitReady()
			}
			audit(ctx, t, w)
			t.Log(w.Figures(ctx))
		})
	}
}

func expectFrozen(t *testing.T, p *harness.Supervised, point string) {
	t.Helper()
	harness.Eventually(t, 45*time.Second, "somebody passes "+point, func() error {
		if !p.Frozen() {
			return fmt.Errorf("the worker is not stopped")
		}
		return nil
	})
}

// zombieFor is longer than a lease, than the heartbeat of a router (8 s) and of a send (10 s), and than Temporal waits for
// a workflow task (10 s).
const zombieFor = 14 * time.Second

// TestZombies stops the worker with SIGSTOP at every point, for longer than its leases and time-outs, and lets it go on
// when another one has taken over (F2). It believes that it holds what it lost long ago.
func TestZombies(t *testing.T) {
	t.Parallel()
	points := pointsOf(workerPoints)
	third := (len(points) + 2) / 3
	for points := range slices.Chunk(points, third) {
		name := points[0] + " and on"
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := context.Background()
			w := harness.Start(t, harness.Options{Workers: 2})
			for _, point := range points {
				fault := point + ":stop"
				if strings.HasPrefix(point, "send.") {
					// The first messages go at once, inside a workflow task, and give up after 2 s; the third goes by the
					// channel's queue, and its zombie still believes in its time when it wakes up.
					fault += ":3"
				}
				armAlone(w, fault)
				someTraffic(ctx, w)
				expectFrozen(t, w.Worker(), point)
				comeBack(w)
				rest(zombieFor)
				w.Worker().Thaw()
			}
			audit(ctx, t, w)
			t.Log(w.Figures(ctx))
		})
	}
}

// noCanary looks for the canary, and first makes sure that there is one to find.
func noCanary(ctx context.Context, t *testing.T, w *harness.World) {
	t.Helper()
	if err := w.CanaryCanBeFound(); err != nil {
		t.Errorf("a search for the canary would prove nothing: %v", err)
	}
	found, err := w.FindCanary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		t.Errorf("personal data outside the database:\n  %s", strings.Join(found, "\n  "))
	}
}
