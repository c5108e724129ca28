package activities_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/devmode/temporalchild"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
	"sojourn/workflows"
	"sojourn/workflows/setup"
)

// house is the ordinary parts on one machine: a real Temporal server, our database, and a worker with routers and runs.
type house struct {
	*testing.T
	dir     string
	child   *temporalchild.Child
	client  client.Client
	s       *sqlstore.Store
	url     string
	ws      models.Workspace
	journey models.Journey
	worker  []worker.Worker
	last    contract.ReconcileResult
}

var messages atomic.Int64

// stay is a journey whose people wait for a day, unless they leave; whoever waits to the end is marked.
const stay = `
key: stay
name: Stay
purpose: marketing
entry: {kind: event, event: Came, reentry: {rule: always}}
exit: [{event: Left, label: left}]
steps:
  - {id: mark, kind: update, update: {set: {came: true}}, next: rest}
  - {id: rest, kind: wait, wait: {for: P1D}, next: listen}
  - {id: listen, kind: wait_for, wait_for: {timeout: P1D, events: [{event: Called}]}}
`

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{T: t, dir: t.TempDir()}
	h.s, h.url = dbtest.SQLiteURL(t)
	h.startTemporal()
	h.ws = storagetest.AddWorkspace(t, h.s, "house")
	doc, err := journey.Parse([]byte(stay))
	h.must(err)
	h.journey, err = h.s.CreateJourney(t.Context(), h.ws.ID, doc, time.Now())
	h.must(err)
	_, err = h.s.Publish(t.Context(), h.ws.ID, h.journey.ID, 0, "test", time.Now())
	h.must(err)
	h.startWorker()
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) temporalFile() string { return filepath.Join(h.dir, "temporal.db") }

// startTemporal starts the server on its file, as it is, and connects.
func (h *house) startTemporal() {
	h.Helper()
	binary := temporalchild.Find()
	if _, err := os.Stat(binary); err != nil {
		h.Fatalf("this test needs the real Temporal server at %s: build it with `make bin/temporal-dev` (a few minutes, once)", binary)
	}
	address := "127.0.0.1:0"
	if h.child != nil {
		address = h.child.Address()
	}
	config := temporalchild.Config{Binary: binary, DBPath: h.temporalFile(), Address: address, ReadyWithin: time.Minute, Logger: slog.New(slog.DiscardHandler)}
	child, err := temporalchild.Start(h.Context(), config)
	for range 5 { // another test may take a free port first
		if !fault.Is(err, fault.Conflict) {
			break
		}
		child, err = temporalchild.Start(h.Context(), config)
	}
	h.must(err)
	h.child = child
	h.Cleanup(func() { _ = child.Stop(context.Background()) })
	h.client, err = client.Dial(client.Options{HostPort: child.Address(), Namespace: child.Namespace(), Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	h.must(err)
	h.Cleanup(h.client.Close)
	h.must(setup.EnsureSearchAttributes(h.Context(), h.client, child.Namespace()))
}

func (h *house) stopTemporal() {
	h.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	h.must(h.child.Stop(ctx))
}

// startTemporalAgain starts the server on its old address; the clients find it by themselves.
func (h *house) startTemporalAgain() {
	h.Helper()
	child, err := temporalchild.Start(h.Context(), temporalchild.Config{
		Binary: temporalchild.Find(), DBPath: h.temporalFile(), Address: h.child.Address(), ReadyWithin: time.Minute, Logger: slog.New(slog.DiscardHandler),
	})
	h.must(err)
	h.child = child
	h.Cleanup(func() { _ = child.Stop(context.Background()) })
}

func (h *house) launcher() *activities.Launcher {
	return &activities.Launcher{Service: h.client.WorkflowService(), Namespace: h.child.Namespace(), Identity: "test"}
}

func (h *house) startWorker() {
	h.Helper()
	h.startRunsOnly()
	h.startRoutersToo()
}

// startRunsOnly starts a worker for runs; their events are routed by somebody else.
func (h *house) startRunsOnly() {
	h.Helper()
	runs := worker.New(h.client, contract.QueueJourneys, worker.Options{})
	docs := workflows.NewDocuments(func(ctx context.Context, ws int64, hash string) (journey.Document, error) {
		var sum models.Hash
		if _, err := hex.Decode(sum[:], []byte(hash)); err != nil {
			return journey.Document{}, err
		}
		p, err := h.s.DocumentByHash(ctx, ws, sum)
		if err != nil {
			return journey.Document{}, err
		}
		return *p.Document, nil
	})
	(&workflows.Journeys{Documents: docs}).Register(runs)
	a := &activities.Runs{Store: h.s, Documents: h.s, Subjects: h.s}
	for name, method := range map[string]any{
		contract.ActivityWakeRun: a.WakeRun, contract.ActivityAdvanceRun: a.AdvanceRun, contract.ActivityResolveWait: a.ResolveWait,
		contract.ActivityDecide: a.Decide, contract.ActivityUpdateCustomer: a.UpdateCustomer,
	} {
		runs.RegisterActivityWithOptions(method, activity.RegisterOptions{Name: name})
	}
	h.must(runs.Start())
	h.worker = append(h.worker, runs)
	h.Cleanup(h.stopWorker)
}

func (h *house) startRoutersToo() {
	h.Helper()
	routing := worker.New(h.client, contract.QueueRouting, worker.Options{WorkerStopTimeout: 10 * time.Second})
	workflows.RegisterRouting(routing)
	workflows.RegisterReconcile(routing)
	routing.RegisterActivityWithOptions(h.router().RoutePartition, activity.RegisterOptions{Name: contract.ActivityRoutePartition})
	routing.RegisterActivityWithOptions(h.reconciler().ReconcileRuns, activity.RegisterOptions{Name: contract.ActivityReconcileRuns})
	h.must(routing.Start())
	h.worker = append(h.worker, routing)
	h.must(workflows.EnsureRouting(h.Context(), h.client))
}

func (h *house) stopWorker() {
	for _, w := range h.worker {
		w.Stop()
	}
	h.worker = nil
}

func (h *house) router() *activities.Router {
	return &activities.Router{
		Store: h.s, Wake: h.s.Wakers().C, Owner: "test",
		Dispatcher: &activities.Dispatcher{Store: h.s, Launcher: h.launcher(), StartsPerSec: 1000, BulkPerSec: 1000},
	}
}

// offlineRouter routes without any Temporal server.
func (h *house) offlineRouter() *activities.Router {
	return &activities.Router{Store: h.s, Wake: h.s.Wakers().C, Owner: "test", Dispatcher: &activities.Dispatcher{Store: h.s, Launcher: &activities.Launcher{}}}
}

func (h *house) reconciler() *activities.Reconciler {
	return &activities.Reconciler{Store: h.s, Launcher: h.launcher(), Settle: time.Millisecond, Broadcasts: h.s}
}

// reconcile looks once and returns the repairs by kind.
func (h *house) reconcile() map[string]int {
	h.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestActivityEnvironment()
	r := h.reconciler()
	env.RegisterActivityWithOptions(r.ReconcileRuns, activity.RegisterOptions{Name: contract.ActivityReconcileRuns})
	next := h.last.Next
	next.CensusAt = 0 // count all each time
	v, err := env.ExecuteActivity(contract.ActivityReconcileRuns, next)
	h.must(err)
	h.last = contract.ReconcileResult{}
	h.must(v.Get(&h.last))
	return h.last.Repairs
}

// mended looks again and again until the condition holds, and returns all repairs of these looks.
func (h *house) mended(what string, holds func() bool) map[string]int {
	h.Helper()
	all := map[string]int{}
	h.eventually(what, func() bool {
		for k, n := range h.reconcile() {
			all[k] += n
		}
		return holds()
	})
	return all
}

func (h *house) eventually(what string, holds func() bool) {
	h.Helper()
	deadline := time.Now().Add(90 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			h.Fatalf("did not happen in 90 s: %s%s", what, h.situation())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// situation tells what there is, for a test that waits in vain.
func (h *house) situation() string {
	text := ""
	rows, err := h.s.SQL().Query("SELECT c.external_id, r.state, r.outcome, r.step_id, r.machine_seq, (SELECT COUNT(*) FROM dispatches d WHERE d.run_id = r.id) FROM runs r JOIN customers c ON c.id = r.customer_id")
	if err != nil {
		return err.Error()
	}
	defer rows.Close()
	for rows.Next() {
		var user, state, outcome, step string
		var seq, owed int
		if err := rows.Scan(&user, &state, &outcome, &step, &seq, &owed); err != nil {
			return err.Error()
		}
		text += fmt.Sprintf("\n%s: %s %s at %s, seq %d, %d owed", user, state, outcome, step, seq, owed)
	}
	list, err := h.client.ListWorkflow(context.Background(), &workflowservice.ListWorkflowExecutionsRequest{})
	if err != nil {
		return text + "\n" + err.Error()
	}
	for _, e := range list.GetExecutions() {
		d, err := h.client.DescribeWorkflowExecution(context.Background(), e.GetExecution().GetWorkflowId(), "")
		if err != nil {
			text += "\n" + err.Error()
			continue
		}
		text += fmt.Sprintf("\n%s %v, %d events, pending task %v", e.GetExecution().GetWorkflowId(), e.GetStatus(), d.GetWorkflowExecutionInfo().GetHistoryLength(), d.GetPendingWorkflowTask())
	}
	return text
}

// track takes an event in.
func (h *house) track(user, name string) ids.ID {
	h.Helper()
	id := fmt.Sprintf("m%d", messages.Add(1))
	e := ingest.Event{MessageID: id, Type: ingest.Track, Name: name, UserID: user, Data: []byte("{}"), Context: []byte("{}"), OccurredAt: time.Now(), Hash: sha256.Sum256([]byte(id))}
	_, err := h.s.AcceptEvents(h.Context(), []storage.Intake{{Workspace: h.ws.ID, Source: "test", Events: []ingest.Event{e}, ReceivedAt: time.Now()}})
	h.must(err)
	var row models.Event
	h.must(h.s.SQL().QueryRow("SELECT id FROM events WHERE message_id = ?", id).Scan(&row.ID))
	return row.ID
}

// run returns the newest run of a user; its id is zero when there is none.
func (h *house) run(user string) (r models.Run) {
	h.Helper()
	err := h.s.SQL().QueryRow(`SELECT r.id, r.state, r.outcome, r.step_id, r.machine_seq FROM runs r JOIN customers c ON c.id = r.customer_id WHERE c.external_id = ? ORDER BY r.started_at DESC LIMIT 1`, user).
		Scan(&r.ID, &r.State, &r.Outcome, &r.StepID, &r.MachineSeq)
	if err != nil && err.Error() != "sql: no rows in result set" {
		h.Fatal(err)
	}
	return r
}

func (h *house) workflowID(user string) string {
	return contract.RunWorkflowID("house", "stay", h.run(user).ID.String())
}

// resting lets users in and waits until all of them sleep at the step.
func (h *house) resting(users ...string) {
	h.Helper()
	for _, u := range users {
		h.track(u, "Came")
	}
	for _, u := range users {
		h.eventually(u+" rests", func() bool {
			r := h.run(u)
			return r.StepID == "rest" && r.MachineSeq > 0 && h.status(u) == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
		})
	}
}

// status is that of the user's workflow; unspecified when there is none.
func (h *house) status(user string) enumspb.WorkflowExecutionStatus {
	h.Helper()
	res, err := h.client.DescribeWorkflowExecution(h.Context(), h.workflowID(user), "")
	if err != nil {
		return enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED
	}
	return res.GetWorkflowExecutionInfo().GetStatus()
}

func (h *house) ended(user, outcome string) func() bool {
	return func() bool {
		r := h.run(user)
		return r.State == models.RunEnded && r.Outcome == outcome
	}
}

// leaves lets a user leave and checks that the run ends as it should: whatever was mended, the run is alive.
func (h *house) leaves(user string) {
	h.Helper()
	h.track(user, "Left")
	h.eventually(user+" left", h.ended(user, "left"))
	h.eventually(user+"'s workflow is complete", func() bool { return h.status(user) == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED })
}
