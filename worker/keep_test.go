package worker

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"sojourn/activities"
	"sojourn/activities/steps"
	"sojourn/contract"
	"sojourn/devmode/temporalchild"
	"sojourn/workflows"
)

// What an operator ends or deletes in Temporal Web by mistake comes back while the workers run: without its router a
// partition would stand still until somebody restarts a worker.
func TestRoutersAndSchedulesComeBack(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	server, err := temporalchild.Start(ctx, temporalchild.Config{Binary: temporalchild.Find(), DBPath: filepath.Join(t.TempDir(), "temporal.db"), Address: "127.0.0.1:0", UIAddress: "", Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Stop(context.Background()) }()
	c, err := client.Dial(client.Options{HostPort: server.Address(), Namespace: server.Namespace(), Logger: log.NewStructuredLogger(quiet)})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w := New(c, Parts{Messaging: &activities.Messaging{}, Steps: &steps.Steps{}, Journeys: &workflows.Journeys{}}, Options{LookEvery: 20 * time.Millisecond, Namespace: server.Namespace(), Logger: quiet})
	keeping, leave := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); w.keep(keeping) }()
	defer func() { leave(); <-done }()
	whole := func() {
		t.Helper()
		for {
			missing, err := workflows.Missing(ctx, c)
			if err == nil && len(missing) == 0 {
				return
			}
			if ctx.Err() != nil {
				t.Fatalf("still missing: %v, %v", missing, err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	whole() // a store that knows nothing of us
	if err := c.TerminateWorkflow(ctx, contract.RoutingWorkflowID(1), "", "by mistake"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{contract.ScheduleReconcile, contract.ScheduleRefresh} {
		if err := c.ScheduleClient().GetHandle(ctx, id).Delete(ctx); err != nil {
			t.Fatal(err)
		}
	}
	whole()
}
