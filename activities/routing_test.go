package activities_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/testsuite"

	"sojourn/contract"
	"sojourn/models"
	"sojourn/storage/dbtest"
	"sojourn/storage/storagetest"
)

// An event becomes a running workflow within some tens of milliseconds, and an exit ends it.
func TestEventsBecomeRunsAtOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.resting("first")
	var took []time.Duration
	for i := range 20 {
		user := string(rune('a' + i))
		began := time.Now()
		h.track(user, "Came")
		h.eventually("the workflow of "+user+" exists", func() bool {
			return h.run(user).ID != (models.Run{}).ID && h.status(user) != enumspb.WORKFLOW_EXECUTION_STATUS_UNSPECIFIED
		})
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("event to workflow, polled every 20 ms: p50 %v, p95 %v", took[len(took)/2], took[len(took)*95/100])
	if p50 := took[len(took)/2]; p50 > time.Second {
		t.Errorf("event to workflow takes %v (p50): the routers are not woken", p50)
	}
	h.leaves("first")
	h.eventually("nothing is owed any more", func() bool { // a row goes after its call was answered
		var owed int
		h.must(h.s.SQL().QueryRow("SELECT COUNT(*) FROM dispatches").Scan(&owed))
		return owed == 0
	})
}

// While Temporal is down events are taken in; what they owe is delivered once it is back, each once and in order.
func TestTemporalIsDownForAWhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.resting("stays")
	h.stopTemporal()
	h.track("newcomer", "Came")
	h.track("newcomer", "Called") // awaited, but not now
	h.track("stays", "Left")
	h.eventually("the routers go on without Temporal", func() bool {
		var pending int
		h.must(h.s.SQL().QueryRow("SELECT COUNT(*) FROM outbox").Scan(&pending))
		return pending == 0
	})
	h.startTemporalAgain()
	h.eventually("who left has left", h.ended("stays", "left"))
	h.eventually("the newcomer rests", func() bool { r := h.run("newcomer"); return r.StepID == "rest" && r.MachineSeq > 0 })
	h.leaves("newcomer")
}

// Two attempts of one partition overlap: the older one is fenced off at its next transaction and says so.
func TestAnOlderAttemptIsFencedOff(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	w := storagetest.AddWorkspace(t, s, "fence")
	h := &house{T: t, s: s, ws: w}
	route := func() (contract.RouteResult, error) {
		var suite testsuite.WorkflowTestSuite
		suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
		env := suite.NewTestActivityEnvironment()
		env.SetTestTimeout(time.Minute)
		r := h.offlineRouter()
		env.RegisterActivityWithOptions(r.RoutePartition, activity.RegisterOptions{Name: contract.ActivityRoutePartition})
		var res contract.RouteResult
		v, err := env.ExecuteActivity(contract.ActivityRoutePartition, contract.RouteInput{Partition: 1})
		if err == nil {
			err = v.Get(&res)
		}
		return res, err
	}
	older := make(chan error, 1)
	go func() { _, err := route(); older <- err }()
	h.eventually("the first attempt has the partition", func() bool {
		var epoch int
		_ = s.SQL().QueryRow("SELECT epoch FROM router_partitions WHERE partition_no = 1").Scan(&epoch)
		return epoch == 1
	})
	epoch, err := s.TakePartition(t.Context(), 1, "younger", time.Now())
	h.must(err)
	// An older attempt notices when it next has something to apply.
	var user string
	for i := 0; ; i++ {
		user = "u" + string(rune('a'+i))
		h.track(user, "Came")
		var partition int
		h.must(s.SQL().QueryRow("SELECT partition_no FROM outbox ORDER BY id DESC LIMIT 1").Scan(&partition))
		if partition == 1 {
			break
		}
	}
	if err := <-older; err == nil {
		t.Error("the older attempt ended without an error")
	}
	rows, err := s.PendingEvents(t.Context(), 1, 0, 10)
	h.must(err)
	if len(rows) != 1 {
		t.Fatalf("%d rows pending, want the one that the older attempt must not apply", len(rows))
	}
	if _, err := s.RouteEvents(t.Context(), 1, epoch, rows, time.Now()); err != nil {
		t.Errorf("the younger attempt: %v", err)
	}
}

// A poison event is tried five times, then its customer waits alone.
func TestAPoisonEventIsParkedAfterItsAttempts(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.stopWorker()
	bad := h.track("ill", "Came")
	if _, err := h.s.SQL().Exec("DELETE FROM events WHERE id = ?", bad[:]); err != nil {
		t.Fatal(err)
	}
	for _, u := range []string{"a", "b", "c", "d", "e", "f"} {
		h.track(u, "Came")
	}
	h.startWorker()
	h.resting("well")
	h.eventually("the poison event is parked", func() bool {
		parked, err := h.s.ParkedEvents(t.Context(), h.ws.ID, 10)
		h.must(err)
		return len(parked) == 1 && parked[0].Outbox.Attempts == 5
	})
	for _, u := range []string{"a", "b", "c", "d", "e", "f"} {
		h.eventually(u+" rests", func() bool { return h.run(u).StepID == "rest" })
	}
}

// What one run is owed goes in its order, whatever goes on beside it.
func TestSignalsOfARunKeepTheirOrder(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.resting("busy")
	var g sync.WaitGroup
	const calls = 30
	g.Go(func() {
		for range calls {
			h.track("busy", "Called")
		}
	})
	g.Go(func() {
		for i := range calls {
			h.track("other"+string(rune('a'+i)), "Came")
		}
	})
	g.Wait()
	id := h.workflowID("busy")
	var names []string
	h.eventually("all calls are signalled", func() bool {
		names = nil
		history := h.client.GetWorkflowHistory(t.Context(), id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		for history.HasNext() {
			e, err := history.Next()
			h.must(err)
			if a := e.GetWorkflowExecutionSignaledEventAttributes(); a != nil {
				names = append(names, string(a.GetInput().GetPayloads()[0].GetData()))
			}
		}
		return len(names) == calls
	})
	var wanted []string
	rows, err := h.s.SQL().QueryContext(context.Background(), "SELECT e.occurred_at, e.id FROM events e WHERE e.user_id = 'busy' AND e.name = 'Called' ORDER BY e.id")
	h.must(err)
	defer rows.Close()
	for rows.Next() {
		var e models.Event
		h.must(rows.Scan(&e.OccurredAt, &e.ID))
		wanted = append(wanted, e.ID.String())
	}
	for i, n := range names {
		if i < len(wanted) && !strings.Contains(n, wanted[i]) {
			t.Fatalf("signal %d is %s, want the one of event %s", i, n, wanted[i])
		}
	}
}
