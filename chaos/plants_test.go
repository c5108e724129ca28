//go:build chaos

package chaos_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"sojourn/chaos/harness"
	"sojourn/faultpoint"
)

// TestTheAuditorSeesPlantedBugs: an auditor that is never red proves nothing. Each bug is built into the programs of a
// world of its own; the same story without it is green.
func TestTheAuditorSeesPlantedBugs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		bug, want string // part of the finding that must be there
		story     func(context.Context, *testing.T, *harness.World)
	}{
		{faultpoint.PlantNoClaimRow, "I7: 2 copies of the marketing letter", diesAfterTheAnswer},
		{faultpoint.PlantRunIDKey, "I7: 2 copies of the marketing letter", operatorRestartsARun},
		{faultpoint.PlantAckBeforeCommit, "was acknowledged and is lost", serverDiesBeforeTheCommit},
	} {
		for _, planted := range []bool{true, false} {
			name, o := c.bug, harness.Options{}
			if planted {
				o.Plant = c.bug
			} else {
				name += "/without"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				ctx := context.Background()
				w := harness.Start(t, o)
				c.story(ctx, t, w)
				if !planted {
					audit(ctx, t, w)
					return
				}
				// With a bug the world may never come to rest; the auditor is asked all the same.
				_ = harness.Until(45*time.Second, func() error { return w.Quiet(ctx) })
				findings := finding(ctx, t, w)
				for _, f := range findings {
					if strings.Contains(f, c.want) {
						t.Logf("seen: %s", f)
						return
					}
				}
				t.Errorf("the bug %s is planted and the auditor does not see it (%s); it says %q", c.bug, c.want, findings)
			})
		}
	}
}

// diesAfterTheAnswer: the mail server has the message and said so; the worker dies before it can write that down.
func diesAfterTheAnswer(ctx context.Context, t *testing.T, w *harness.World) {
	people := w.People(ctx, 1)
	before := w.Worker().Deaths()
	w.Worker().Restart("send.after_250:kill")
	w.Track(ctx, "Joined", people)
	expectDeath(t, w.Worker(), before, "send.after_250")
}

// operatorRestartsARun: after the same death an operator ends the run's workflow and starts it again, as a reset or the
// reconciler does. Temporal gives it another run id; it is the same run all the same.
func operatorRestartsARun(ctx context.Context, t *testing.T, w *harness.World) {
	people := w.People(ctx, 1)
	before := w.Worker().Deaths()
	w.Worker().Restart("send.after_250:kill")
	w.Track(ctx, "Joined", people)
	expectDeath(t, w.Worker(), before, "send.after_250")
	w.StartAgain(ctx, people[0], "walk")
}

// serverDiesBeforeTheCommit: the events of a request are in the transaction, which is never committed.
func serverDiesBeforeTheCommit(ctx context.Context, t *testing.T, w *harness.World) {
	people := w.People(ctx, 1)
	before := w.Server.Deaths()
	w.Server.Restart("ingest.before_commit:kill")
	w.WaitReady()
	_, _ = w.Once(ctx, w.NewEvent("Joined", people[0]))
	expectDeath(t, w.Server, before, "ingest.before_commit")
	w.WaitReady()
}
