package activities_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"google.golang.org/grpc"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

// scripted answers starts and signals as a test says; the calls that a real server can't be brought to refuse in seconds
// (a signal limit of 10,000, an outage that begins between two calls) are tried with it.
type scripted struct {
	activities.WorkflowService
	mu      sync.Mutex
	starts  []*workflowservice.StartWorkflowExecutionRequest
	signals []*workflowservice.SignalWorkflowExecutionRequest
	answer  func(n int) error // to the n-th signal, from 1
}

func (s *scripted) StartWorkflowExecution(_ context.Context, in *workflowservice.StartWorkflowExecutionRequest, _ ...grpc.CallOption) (*workflowservice.StartWorkflowExecutionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts = append(s.starts, in)
	return &workflowservice.StartWorkflowExecutionResponse{}, nil
}

func (s *scripted) SignalWorkflowExecution(_ context.Context, in *workflowservice.SignalWorkflowExecutionRequest, _ ...grpc.CallOption) (*workflowservice.SignalWorkflowExecutionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.signals = append(s.signals, in)
	return &workflowservice.SignalWorkflowExecutionResponse{}, s.answer(len(s.signals))
}

func TestDispatchMeetsUnlikelyAnswers(t *testing.T) {
	t.Parallel()
	limit := serviceerror.NewInvalidArgument("exceeded workflow execution limit for signal events")
	for name, c := range map[string]struct {
		answer   func(n int) error
		signals  int  // calls until the row is settled, or at least so many
		replaced bool // the workflow is started again from its last state
		settled  bool
		suspect  bool
	}{
		"taken":             {answer: func(int) error { return nil }, signals: 1, settled: true},
		"away for a moment": {answer: failing(2, serviceerror.NewUnavailable("away")), signals: 3, settled: true},
		"too busy":          {answer: failing(2, serviceerror.NewResourceExhausted(enumspb.RESOURCE_EXHAUSTED_CAUSE_BUSY_WORKFLOW, "busy")), signals: 3, settled: true},
		"signal limit":      {answer: failing(1, limit), signals: 2, replaced: true, settled: true},
		"no workflow":       {answer: failing(100, serviceerror.NewNotFound("gone")), signals: 1, suspect: true},
		"refused":           {answer: failing(1, serviceerror.NewInvalidArgument("not like this")), signals: 2, settled: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := &house{T: t, s: dbtest.SQLite(t)}
			h.ws = storagetest.AddWorkspace(t, h.s, "house")
			run := h.owedExit()
			service := &scripted{answer: c.answer}
			stop := h.routeInBackground(service)
			h.eventually("the signal was sent often enough", func() bool {
				service.mu.Lock()
				defer service.mu.Unlock()
				return len(service.signals) >= c.signals
			})
			owed := -1
			h.eventually("the row is settled or put off", func() bool {
				h.must(h.s.SQL().QueryRow("SELECT COUNT(*) FROM dispatches").Scan(&owed))
				var attempts int
				h.must(h.s.SQL().QueryRow("SELECT COALESCE(MAX(attempts), 0) FROM dispatches").Scan(&attempts))
				return c.settled && owed == 0 || !c.settled && attempts > 0
			})
			stop()
			for _, s := range service.signals {
				if s.GetRequestId() != service.signals[0].GetRequestId() || !strings.Contains(s.GetRequestId(), run.ID.String()) {
					t.Errorf("request id %s, the first time %s: the server can't tell that it is the same signal", s.GetRequestId(), service.signals[0].GetRequestId())
				}
			}
			if replaced := len(service.starts) == 1; replaced != c.replaced {
				t.Errorf("%d starts, want replaced: %v", len(service.starts), c.replaced)
			} else if replaced && service.starts[0].GetWorkflowIdConflictPolicy() != enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING {
				t.Errorf("the full workflow is not replaced: %v", service.starts[0].GetWorkflowIdConflictPolicy())
			}
			var repairs int
			var checked int64
			h.must(h.s.SQL().QueryRow("SELECT (SELECT COUNT(*) FROM repairs WHERE kind = ?), (SELECT checked_at FROM runs)", storage.RepairSignal).Scan(&repairs, &checked))
			if (repairs == 1) != c.replaced || (checked == 0) != c.suspect {
				t.Errorf("%d repairs kept, checked at %d; want replaced %v, suspect %v", repairs, checked, c.replaced, c.suspect)
			}
		})
	}
}

// failing fails the first n calls.
func failing(n int, err error) func(int) error {
	return func(i int) error {
		if i <= n {
			return err
		}
		return nil
	}
}

// owedExit makes a run at rest that is owed one exit signal.
func (h *house) owedExit() models.Run {
	h.Helper()
	doc, err := journey.Parse([]byte(stay))
	h.must(err)
	h.journey, err = h.s.CreateJourney(h.Context(), h.ws.ID, doc, time.Now())
	h.must(err)
	_, err = h.s.Publish(h.Context(), h.ws.ID, h.journey.ID, 0, "test", time.Now())
	h.must(err)
	run := storagetest.AddRun(h.T, h.s, h.ws.ID, h.journey.ID, time.Now())
	_, err = h.s.SQL().Exec("UPDATE runs SET checked_at = 1")
	h.must(err)
	event := h.s.NewID()
	_, err = h.s.SQL().Exec("INSERT INTO dispatches (workspace_id, partition_no, run_id, kind, event_id, event_name, exit_no, created_at) VALUES (?, 0, ?, ?, ?, 'Left', 1, ?)",
		h.ws.ID, run.ID[:], storage.DispatchEvent, event[:], time.Now().UnixMicro())
	h.must(err)
	return run
}

// routeInBackground serves partition 0 with the given Temporal until the returned function is called.
func (h *house) routeInBackground(service activities.WorkflowService) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var g sync.WaitGroup
	g.Go(func() {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
		env := suite.NewTestActivityEnvironment()
		env.SetTestTimeout(2 * time.Minute)
		r := &activities.Router{Store: h.s, Wake: h.s.Wakers().C, Dispatcher: &activities.Dispatcher{Store: h.s, Launcher: &activities.Launcher{Service: service, Namespace: "default"}}}
		served := func(actx context.Context, in contract.RouteInput) (contract.RouteResult, error) {
			both, end := context.WithCancel(actx)
			defer end()
			defer context.AfterFunc(ctx, end)()
			return r.RoutePartition(both, in)
		}
		env.RegisterActivityWithOptions(served, activity.RegisterOptions{Name: contract.ActivityRoutePartition})
		_, _ = env.ExecuteActivity(contract.ActivityRoutePartition, contract.RouteInput{Partition: 0})
	})
	return sync.OnceFunc(func() { cancel(); g.Wait() })
}
