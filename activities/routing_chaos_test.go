//go:build chaos

package activities_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/faultpoint"
	"sojourn/storage/sqlstore"
)

// A router that is killed at any of its points, again and again, leaves nothing half done: the next one goes on, and in
// the end each event has been applied once and each call to Temporal has had the effect of once.
func TestRouterIsKilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stopWorker()
	h.startRunsOnly()
	var points []string
	for _, p := range faultpoint.All() {
		if strings.HasPrefix(p, "router.") || strings.HasPrefix(p, "dispatch.") {
			points = append(points, p)
		}
	}
	if len(points) < 7 {
		t.Fatalf("points %v: some are missing", points)
	}
	people := 0
	for round := range 2 {
		for _, p := range points {
			// Those who came before leave first, so that the first calls of the router are starts and signals.
			for i := max(0, people-3); i < people; i++ {
				h.track(fmt.Sprintf("u%d", i), "Called")
				h.track(fmt.Sprintf("u%d", i), "Left")
			}
			for range 3 {
				h.track(fmt.Sprintf("u%d", people), "Came")
				h.track(fmt.Sprintf("u%d", people), "Order Completed")
				people++
			}
			h.killRouterAt(fmt.Sprintf("%s:kill:%d", p, 1+round))
		}
	}
	done := h.routerProcess("")
	h.eventually("a router that nobody kills does what is left", func() bool {
		var left int
		h.must(h.s.SQL().QueryRow("SELECT (SELECT COUNT(*) FROM outbox) + (SELECT COUNT(*) FROM dispatches)").Scan(&left))
		return left == 0
	})
	done()
	h.onlyOnce(people)
}

func (h *house) onlyOnce(people int) {
	h.Helper()
	var events, counted, orders, runs, guards, decisions int
	h.must(h.s.SQL().QueryRow(`SELECT (SELECT COUNT(*) FROM events), (SELECT SUM(events_count) FROM customer_metrics), (SELECT SUM(orders_count) FROM customer_metrics),
(SELECT COUNT(*) FROM runs), (SELECT COUNT(*) FROM entry_guards), (SELECT COUNT(*) FROM decisions WHERE kind = 'entry')`).Scan(&events, &counted, &orders, &runs, &guards, &decisions))
	if counted != events || orders != people || runs != people || guards != people || decisions != people {
		h.Errorf("%d events: counted %d; %d people: %d orders, %d runs, %d guards, %d entry decisions", events, counted, people, orders, runs, guards, decisions)
	}
	for i := range people {
		user := fmt.Sprintf("u%d", i)
		if i < people-3 {
			h.eventually(user+" left", h.ended(user, "left"))
		}
		if h.run(user).MachineSeq == 0 {
			continue // left before the start was delivered: there is no workflow
		}
		signals := map[string]int{}
		history := h.client.GetWorkflowHistory(h.Context(), h.workflowID(user), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			e, err := history.Next()
			h.must(err)
			if a := e.GetWorkflowExecutionSignaledEventAttributes(); a != nil {
				signals[string(a.GetInput().GetPayloads()[0].GetData())]++
			}
		}
		for s, n := range signals {
			if n != 1 {
				h.Errorf("%s was signalled %d times: %s", user, n, s)
			}
		}
	}
}

// killRouterAt runs a router process until it is killed at the point.
func (h *house) killRouterAt(fault string) {
	h.Helper()
	cmd := h.routerCommand(fault)
	h.must(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(60 * time.Second):
		_ = cmd.Process.Kill()
		h.Fatalf("the router was not killed at %s within a minute: the point is not passed", fault)
	}
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGKILL {
		h.Fatalf("the router at %s ended with %v, want to be killed", fault, cmd.ProcessState)
	}
}

// routerProcess runs a router process until the returned function ends it.
func (h *house) routerProcess(fault string) func() {
	h.Helper()
	cmd := h.routerCommand(fault)
	h.must(cmd.Start())
	return sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

func (h *house) routerCommand(fault string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestRouterProcess$")
	cmd.Env = append(os.Environ(), "SOJOURN_FAULT="+fault, "ROUTER_DATABASE="+h.url, "ROUTER_TEMPORAL="+h.child.Address())
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// TestRouterProcess is not a test: it is the router of the test above, in a process of its own.
func TestRouterProcess(t *testing.T) {
	if os.Getenv("ROUTER_DATABASE") == "" {
		return
	}
	s, err := sqlstore.Open(t.Context(), os.Getenv("ROUTER_DATABASE"), sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	c, err := client.Dial(client.Options{HostPort: os.Getenv("ROUTER_TEMPORAL"), Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	var g sync.WaitGroup
	for p := range contract.Partitions {
		g.Go(func() {
			var suite testsuite.WorkflowTestSuite
			suite.SetLogger(quiet)
			env := suite.NewTestActivityEnvironment()
			env.SetTestTimeout(time.Hour)
			r := &activities.Router{Store: s, Wake: s.Wakers().C, Owner: "process", Batch: 4, Dispatcher: &activities.Dispatcher{
				Store: s, Launcher: &activities.Launcher{Service: c.WorkflowService(), Namespace: "default"}, StartsPerSec: 1000,
			}}
			env.RegisterActivityWithOptions(r.RoutePartition, activity.RegisterOptions{Name: contract.ActivityRoutePartition})
			if _, err := env.ExecuteActivity(contract.ActivityRoutePartition, contract.RouteInput{Partition: p}); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	g.Wait()
}
