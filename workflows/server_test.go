package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/devmode/temporalchild"
	"sojourn/journey"
	"sojourn/workflows"
	"sojourn/workflows/setup"
)

// temporalServer is the real server, started for the first test that asks and ended with the test program.
var temporalServer struct {
	once  sync.Once
	dir   string
	child *temporalchild.Child
	err   error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if temporalServer.child != nil {
		if err := temporalServer.child.Stop(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, "stop Temporal:", err)
			code = 1
		}
	}
	if temporalServer.dir != "" {
		_ = os.RemoveAll(temporalServer.dir)
	}
	os.Exit(code)
}

var quiet = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))

func dial(t *testing.T) client.Client {
	t.Helper()
	s := &temporalServer
	s.once.Do(func() {
		if s.dir, s.err = os.MkdirTemp("", "sojourn-workflows-*"); s.err != nil {
			return
		}
		s.child, s.err = temporalchild.Start(context.Background(), temporalchild.Config{
			Binary: temporalchild.Find(), DBPath: filepath.Join(s.dir, "temporal.db"), Address: "127.0.0.1:0", ReadyWithin: time.Minute, Logger: quiet,
		})
	})
	if s.err != nil {
		t.Fatalf("start Temporal (make bin/temporal-dev builds it): %v", s.err)
	}
	c, err := client.Dial(client.Options{HostPort: s.child.Address(), Namespace: s.child.Namespace(), Identity: "test", Logger: log.NewStructuredLogger(quiet)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if err := setup.EnsureSearchAttributes(ctx(), c, s.child.Namespace()); err != nil {
		t.Fatal(err)
	}
	return c
}

// live is a world whose runs go through a real Temporal server, in real time.
type live struct {
	*world
	c    client.Client
	stop []func()

	also          []journey.Document // that the run went on by
	queue         string             // of this world alone, so that worlds do not work for each other
	continueEvery int
}

func goLive(t *testing.T, document string, continueEvery int) *live {
	t.Helper()
	l := &live{world: newWorld(t, time.Now(), document), c: dial(t)}
	l.clock = time.Now
	l.queue, l.continueEvery = "journeys-"+l.s.NewID().String(), continueEvery
	l.work()
	t.Cleanup(l.rest)
	l.signal = func(run, name string, payload any) {
		err := l.c.SignalWorkflow(ctx(), l.workflowID(run), "", name, payload)
		var gone *serviceerror.NotFound
		if errors.As(err, &gone) && l.run(run).State == "ended" {
			return // the run has found the event in the database before it was told of it
		}
		l.must(err)
	}
	l.start = func(in contract.JourneyInput) {
		_, err := l.c.ExecuteWorkflow(ctx(), client.StartWorkflowOptions{
			ID: l.workflowID(in.RunID), TaskQueue: l.queue, WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
			TypedSearchAttributes: temporal.NewSearchAttributes(
				temporal.NewSearchAttributeKeyKeyword(contract.AttrWorkspace).ValueSet(in.WorkspaceKey),
				temporal.NewSearchAttributeKeyKeyword(contract.AttrJourney).ValueSet(in.JourneyKey),
				temporal.NewSearchAttributeKeyInt64(contract.AttrVersion).ValueSet(int64(in.Version)),
				temporal.NewSearchAttributeKeyKeyword(contract.AttrCustomer).ValueSet(in.CustomerID)),
		}, contract.WorkflowJourney, in)
		l.must(err)
		l.runID = in.RunID
	}
	return l
}

// work starts the workers of this world, the first ones or those that take over.
func (l *live) work() {
	l.t.Helper()
	w := worker.New(l.c, l.queue, worker.Options{Identity: "test"})
	(&workflows.Journeys{Documents: workflows.NewDocuments(l.fetch), ContinueEvery: l.continueEvery}).Register(w)
	registerRuns(w, &activities.Runs{Store: l.s, Documents: l.s, Subjects: l.s, Now: l.now})
	w.RegisterActivityWithOptions((&activities.Operations{Store: l.s}).MoveRun, activity.RegisterOptions{Name: contract.ActivityMoveRun})
	w.RegisterActivity(l.mail)
	w.RegisterActivity(l.score)
	email := worker.New(l.c, contract.ChannelQueue(l.channel()), worker.Options{Identity: "test", DisableWorkflowWorker: true})
	email.RegisterActivity(l.mail)
	registerSteps(w)
	outside := worker.New(l.c, contract.QueueOutbound, worker.Options{Identity: "test", DisableWorkflowWorker: true})
	registerSteps(outside)
	coded := worker.New(l.c, contract.CodeQueue("tested"), worker.Options{Identity: "test", DisableWorkflowWorker: true})
	registerSteps(coded)
	for _, w := range []worker.Worker{w, email, outside, coded} {
		if err := w.Start(); err != nil {
			l.t.Fatal(err)
		}
		l.stop = append(l.stop, w.Stop)
	}
}

// channel is the channel of the document's sends: every live world has its own, so that queues are not shared.
func (l *live) channel() string {
	for _, s := range l.doc.Steps {
		if s.Send != nil {
			return s.Send.Channel
		}
	}
	return "email"
}

func (l *live) rest() {
	for _, stop := range l.stop {
		stop()
	}
	l.stop = nil
}

func (l *live) workflowID(run string) string {
	return contract.RunWorkflowID(l.ws.WorkspaceKey, l.j.JourneyKey, run)
}

// until waits for a condition by asking again and again.
func (l *live) until(what string, holds func() bool) {
	l.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			l.t.Fatalf("waited in vain until %s; the run is %+v, its way %v", what, l.run(l.runID), l.visits(l.runID))
		}
		<-time.After(10 * time.Millisecond)
	}
}

func (l *live) untilAt(step string) {
	l.t.Helper()
	l.until("the run waits at "+step, func() bool {
		r := l.run(l.runID)
		return r.StepID == step && r.WakeAt != 0 && !l.status().busy // the row is written before the task is completed
	})
}

func (l *live) untilEnded() {
	l.t.Helper()
	l.until("the run has ended", func() bool { return l.run(l.runID).State == "ended" && !l.status().running })
}

type status struct {
	running     bool
	busy        bool // a workflow task is under way
	state       enums.WorkflowExecutionStatus
	events      int64
	transitions int64
	attributes  map[string]string
	runID       string
}

// status describes the newest workflow of the run.
func (l *live) status() status {
	l.t.Helper()
	d, err := l.c.DescribeWorkflowExecution(ctx(), l.workflowID(l.runID), "")
	l.must(err)
	info := d.WorkflowExecutionInfo
	got := status{running: info.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING, busy: d.PendingWorkflowTask != nil, state: info.Status, events: info.HistoryLength,
		transitions: info.StateTransitionCount, attributes: map[string]string{}, runID: info.Execution.RunId}
	for name, p := range info.GetSearchAttributes().GetIndexedFields() {
		if strings.HasPrefix(name, "Sojourn") { // the server adds some of its own
			got.attributes[name] = string(p.Data)
		}
	}
	return got
}

// details is what Temporal Web shows as the current details.
func (l *live) details() string {
	l.t.Helper()
	v, err := l.c.QueryWorkflow(ctx(), l.workflowID(l.runID), "", "__temporal_workflow_metadata")
	l.must(err)
	var meta sdkpb.WorkflowMetadata
	l.must(v.Get(&meta))
	return meta.CurrentDetails
}

// history fetches one execution's events.
func (l *live) history(runID string) *historypb.History {
	l.t.Helper()
	h := &historypb.History{}
	it := l.c.GetWorkflowHistory(ctx(), l.workflowID(l.runID), runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		l.must(err)
		h.Events = append(h.Events, e)
	}
	return h
}
