//go:build chaos

package chaos_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"sojourn/chaos/harness"

	// What registers fault points: the test enumerates those of the programs it breaks.
	_ "sojourn/server/ingestion"
	_ "sojourn/server/public"
	_ "sojourn/worker"
)

func TestMain(m *testing.M) {
	code := m.Run()
	harness.Tidy()
	os.Exit(code)
}

// audit brings the world to rest and fails the test with everything the auditor has to say against it.
func audit(ctx context.Context, t *testing.T, w *harness.World) {
	t.Helper()
	w.Settle(ctx)
	if findings := finding(ctx, t, w); len(findings) > 0 {
		t.Errorf("the auditor says of world %s:\n  %s", w.Name, strings.Join(findings, "\n  "))
	}
}

// finding asks the auditor. What he finds must last: Temporal's list of workflows is a moment late.
func finding(ctx context.Context, t *testing.T, w *harness.World) []string {
	t.Helper()
	var findings []string
	_ = harness.Until(10*time.Second, func() error {
		var err error
		if findings, err = w.Audit(ctx); err != nil {
			t.Fatal(err)
		}
		if len(findings) > 0 {
			return context.DeadlineExceeded
		}
		return nil
	})
	return findings
}

// expectDeath waits until the process has died at its armed point.
func expectDeath(t *testing.T, p *harness.Supervised, before int, point string) {
	t.Helper()
	if err := p.AwaitDeath(before, 45*time.Second); err != nil {
		t.Errorf("nothing passes %s: %v", point, err)
	}
}
