//go:build chaos

package chaos_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sojourn/chaos/harness"
	"sojourn/faultpoint"
)

// worker and server points, by the first word of their name. A point that nobody drives fails the test, so a new one
// can't be forgotten.
var (
	workerPoints = []string{"send.", "router.", "dispatch."}
	serverPoints = []string{"ingest.", "unsubscribe."}
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
	driven := append(pointsOf(workerPoints), pointsOf(serverPoints)...)
	for _, name := range faultpoint.All() {
		if !slices.Contains(driven, name) {
			t.Errorf("no test drives %s", name)
		}
	}
	for _, prefix := range slices.Concat(workerPoints, serverPoints) {
		if len(pointsOf([]string{prefix})) == 0 {
			t.Errorf("there is no point %s…", prefix)
		}
	}
}

// TestWorkerDiesAtEveryPoint kills the worker at every point of the send path (F1) and of the routers, each time with
// people on all journeys: those whose turn it is at the point, and others in all other states. A point's leftovers are
// still being mended when the next one strikes. All points go once over SQLite; the same over MariaDB is the long form,
// of which every third point is taken here.
func TestWorkerDiesAtEveryPoint(t *testing.T) {
	t.Parallel()
	for name, points := range map[string][]string{"send": pointsOf(workerPoints[:1]), "router": pointsOf(workerPoints[1:])} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := harness.Start(t, harness.Options{})
			killAtPoints(t, w, points)
		})
	}
	t.Run("mysql", func(t *testing.T) {
		t.Parallel()
		var some []string
		for i, p := range pointsOf(workerPoints) {
			if i%3 == 0 {
				some = append(some, p)
			}
		}
		w := harness.Start(t, harness.Options{MySQL: true, Workers: 2})
		killAtPoints(t, w, some)
	})
}

func killAtPoints(t *testing.T, w *harness.World, points []string) {
	t.Helper()
	ctx := context.Background()
	for _, point := range points {
		people := w.People(ctx, 4)
		before := w.Worker().Deaths()
		w.Worker().Restart(point + ":kill")
		w.Track(ctx, "Joined", people[:2])
		w.Track(ctx, "Asked", people[1:3])
		w.Track(ctx, harness.Bought, people[3:])
		w.Track(ctx, "Answered", people[1:3])
		if len(w.Workers) > 1 {
			w.KeepTrying(ctx, func() bool { return w.Worker().Deaths() > before })
		}
		expectDeath(t, w.Worker(), before, point)
	}
	audit(ctx, t, w)
	noCanary(ctx, t, w)
}

// noCanary looks for the canary, and first makes sure that there is one to find.
func noCanary(ctx context.Context, t *testing.T, w *harness.World) {
	t.Helper()
	if !w.CanaryWasMailed() {
		t.Errorf("the canary got no letter with his name: a search for it would prove nothing")
	}
	found, err := w.FindCanary(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		t.Errorf("personal data outside the database:\n  %s", strings.Join(found, "\n  "))
	}
}
