package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"sojourn/contract"
	"sojourn/devmode/temporalchild"
	"sojourn/ids"
)

// temporalServer is a real server on a file; worlds share one, each in a namespace of its own, unless they break it.
type temporalServer struct {
	child    *temporalchild.Child
	dir      string
	restarts atomic.Int64
}

var shared struct {
	once   sync.Once
	server *temporalServer
	err    error
}

// downtime is how long a killed Temporal stays away unless the world says otherwise.
const downtime = 12 * time.Second

func sharedTemporal() (*temporalServer, error) {
	shared.once.Do(func() { shared.server, shared.err = startTemporal("default", 0) })
	return shared.server, shared.err
}

func stopShared() {
	if shared.server != nil {
		shared.server.stop()
	}
}

func startTemporal(namespace string, away time.Duration) (*temporalServer, error) {
	dir, err := os.MkdirTemp("", "sojourn-chaos-temporal-*")
	if err != nil {
		return nil, err
	}
	s := &temporalServer{dir: dir}
	pauses := temporalchild.DefaultPauses()
	if away > 0 {
		pauses = append([]time.Duration{away}, pauses...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	s.child, err = temporalchild.Start(ctx, temporalchild.Config{
		Binary: temporalchild.Find(), DBPath: filepath.Join(dir, "temporal.db"), Address: "127.0.0.1:0", Namespace: namespace,
		LogFile: filepath.Join(dir, "temporal.log"), ReadyWithin: 80 * time.Second, Pauses: pauses,
		Logger:    slog.New(slog.NewTextHandler(io.Discard, nil)),
		OnRestart: func(temporalchild.Restart) { s.restarts.Add(1) },
	})
	if err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

func (s *temporalServer) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = s.child.Stop(ctx)
	_ = os.RemoveAll(s.dir)
}

// kill is kill -9 of the server; it comes back by itself on the same file and address.
func (s *temporalServer) kill() error {
	pid := s.child.Pid()
	if pid == 0 {
		return errors.New("Temporal is down already")
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// files are the store and the log, for the search for personal data.
func (s *temporalServer) files() []string {
	found, _ := filepath.Glob(filepath.Join(s.dir, "*"))
	return found
}

// namespace makes a namespace and waits until every part of the server knows it.
func (s *temporalServer) namespace(ctx context.Context, t testing.TB, name string) client.Client {
	t.Helper()
	c, err := client.NewLazyClient(client.Options{HostPort: s.child.Address(), Namespace: name,
		Logger: sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	_, err = c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour)})
	var exists *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &exists) {
		t.Fatalf("register namespace %s: %v", name, err)
	}
	Eventually(t, 30*time.Second, "namespace "+name+" is known", func() error {
		ask, cancel := context.WithTimeout(ctx, 3*time.Second)
		defer cancel()
		_, err := c.DescribeWorkflowExecution(ask, "nobody", "")
		var missing *serviceerror.NotFound
		if errors.As(err, &missing) {
			return nil
		}
		if err == nil {
			return errors.New("a workflow that nobody started exists")
		}
		return err
	})
	return c
}

// Executions lists every workflow of the namespace that matches the visibility query ("" = all).
func (w *World) Executions(ctx context.Context, query string) ([]*workflow.WorkflowExecutionInfo, error) {
	var all []*workflow.WorkflowExecutionInfo
	var token []byte
	for {
		page, err := w.Client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: w.Namespace, Query: query, PageSize: 500, NextPageToken: token})
		if err != nil {
			return nil, err
		}
		all = append(all, page.Executions...)
		if token = page.NextPageToken; len(token) == 0 {
			return all, nil
		}
	}
}

// History reads all events of one execution.
func (w *World) History(ctx context.Context, e *commonpb.WorkflowExecution) ([]*historypb.HistoryEvent, error) {
	it := w.Client.GetWorkflowHistory(ctx, e.GetWorkflowId(), e.GetRunId(), false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var events []*historypb.HistoryEvent
	for it.HasNext() {
		event, err := it.Next()
		if err != nil {
			return nil, fmt.Errorf("history of %s: %w", e.GetWorkflowId(), err)
		}
		events = append(events, event)
	}
	return events, nil
}

// KillTemporal is kill -9 of this world's own Temporal server, which stays away for a while and comes back on its file.
func (w *World) KillTemporal() {
	w.t.Helper()
	if w.temporal == shared.server {
		w.t.Fatal("this world shares its Temporal server; ask for OwnTemporal")
	}
	Eventually(w.t, 60*time.Second, "Temporal can be killed", w.temporal.kill)
}

// AwaitTemporal waits until a killed Temporal has come back as often as given.
func (w *World) AwaitTemporal(times int) {
	w.t.Helper()
	Eventually(w.t, 90*time.Second, "Temporal is back", func() error {
		if n := int(w.temporal.restarts.Load()); n < times {
			return fmt.Errorf("it came back %d times, want %d", n, times)
		}
		return nil
	})
}

// StartAgain ends the workflow of a person's run and starts it anew with the input it had: the same workflow id, another
// run id of Temporal.
func (w *World) StartAgain(ctx context.Context, p Person, journey string) {
	w.t.Helper()
	executions, err := w.Executions(ctx, fmt.Sprintf("%s = '%s' AND ExecutionStatus = 'Running'", contract.AttrJourney, journey))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range executions {
		events, err := w.History(ctx, e.Execution)
		if err != nil {
			w.t.Fatal(err)
		}
		var in contract.JourneyInput
		if err := converter.GetDefaultDataConverter().FromPayloads(events[0].GetWorkflowExecutionStartedEventAttributes().GetInput(), &in); err != nil {
			w.t.Fatal(err)
		}
		if w.text(ctx, "SELECT c.external_id FROM runs r JOIN customers c ON c.id = r.customer_id WHERE r.id = ?", ids.MustParse(in.RunID)) != p.User {
			continue
		}
		_, err = w.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: e.Execution.GetWorkflowId(), TaskQueue: contract.QueueJourneys,
			WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING}, contract.WorkflowJourney, in)
		if err != nil {
			w.t.Fatal(err)
		}
		return
	}
	w.t.Fatalf("%s has no running %s", p.User, journey)
}
