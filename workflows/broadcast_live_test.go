package workflows_test

import (
	"compress/gzip"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/workflows"
)

// Broadcasts of weeks are open when a release comes: their histories are recorded and walked, too. This one waits for its
// time, sends, is paused and woken, meets a failure that is final for one attempt, and is done.
func TestRecordBroadcastHistories(t *testing.T) {
	t.Parallel()
	dir := historyDir(t, "-broadcasts")
	all := index{}
	for name, every := range map[string]int{"sent": 0, "sent-continued": 2} {
		entry := recorded{Workflow: contract.WorkflowBroadcast, ContinueEvery: every}
		for i, e := range tellBroadcast(t, every) {
			checkPayloads(t, e.history)
			entry.Runs = append(entry.Runs, e.run)
			writeHistory(t, filepath.Join(dir, historyFile(name, i+1)), e.history)
		}
		if want := map[int]int{0: 1, 2: 3}[every]; len(entry.Runs) != want {
			t.Errorf("%s has %d executions, want %d", name, len(entry.Runs), want)
		}
		all[name] = entry
	}
	writeIndex(t, dir, all)
	replayRelease(t, dir)
}

// bulkQueue is held by whoever works on the queue of bulk work: all tests share a server, and its name is the product's.
var bulkQueue sync.Mutex

// piece is one execution of a broadcast.
type piece struct {
	run     string
	history *historypb.History
}

func tellBroadcast(t *testing.T, every int) []piece {
	t.Helper()
	bulkQueue.Lock()
	defer bulkQueue.Unlock()
	c := dial(t)
	id := "broadcast-" + t.Name() + time.Now().Format("150405.000000")
	own, bulk := worker.New(c, id, worker.Options{Identity: "test"}), worker.New(c, contract.QueueBulk, worker.Options{Identity: "test", DisableWorkflowWorker: true})
	workflows.RegisterBroadcast(own)
	var calls atomic.Int64
	bulk.RegisterActivityWithOptions(func(context.Context, contract.BroadcastInput) (contract.BroadcastProgress, error) {
		switch calls.Add(1) {
		case 1:
			return contract.BroadcastProgress{State: "scheduled", WakeAt: time.Now().Add(300 * time.Millisecond).UnixMicro()}, nil
		case 2:
			return contract.BroadcastProgress{State: "sending", Handled: 500, WakeAt: time.Now().UnixMicro()}, nil
		case 3:
			return contract.BroadcastProgress{State: "paused"}, nil
		case 4:
			return contract.BroadcastProgress{}, temporal.NewNonRetryableApplicationError("no such template", "invalid", nil)
		case 5:
			return contract.BroadcastProgress{State: "sending", Handled: 20, WakeAt: time.Now().UnixMicro()}, nil
		}
		return contract.BroadcastProgress{State: "done", Done: true}, nil
	}, activity.RegisterOptions{Name: contract.ActivityAdvanceBroadcast})
	for _, w := range []worker.Worker{own, bulk} {
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		defer w.Stop()
	}
	begun, err := c.ExecuteWorkflow(ctx(), client.StartWorkflowOptions{ID: id, TaskQueue: id}, contract.WorkflowBroadcast, contract.BroadcastInput{WorkspaceID: 7, BroadcastID: "b", ContinueEvery: every})
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []int64{3, 4} { // of the pause, and of the half minute after a failure
		for deadline := time.Now().Add(30 * time.Second); ; {
			d, err := c.DescribeWorkflowExecution(ctx(), id, "")
			if err != nil || time.Now().After(deadline) {
				t.Fatal("it does not come to rest", calls.Load(), err)
			}
			if calls.Load() == after && len(d.PendingActivities) == 0 && d.PendingWorkflowTask == nil {
				break
			}
			<-time.After(10 * time.Millisecond)
		}
		if err := c.SignalWorkflow(ctx(), id, "", contract.SignalWake, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.GetWorkflow(ctx(), id, "").Get(ctx(), nil); err != nil {
		t.Fatal(err)
	}
	var out []piece
	for run := begun.GetRunID(); run != ""; {
		e := piece{run, &historypb.History{}}
		run = ""
		for it := c.GetWorkflowHistory(ctx(), id, e.run, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); it.HasNext(); {
			ev, err := it.Next()
			if err != nil {
				t.Fatal(err)
			}
			e.history.Events = append(e.history.Events, ev)
			run = ev.GetWorkflowExecutionContinuedAsNewEventAttributes().GetNewExecutionRunId()
		}
		out = append(out, e)
	}
	return out
}

// replayBroadcast walks a recorded execution of a broadcast by the code of today.
func replayBroadcast(path, run string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	h, err := client.HistoryFromJSON(z, client.HistoryJSONOptions{})
	if err != nil {
		return err
	}
	r := worker.NewWorkflowReplayer()
	workflows.RegisterBroadcast(r)
	return r.ReplayWorkflowHistoryWithOptions(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), h, worker.ReplayWorkflowHistoryOptions{OriginalExecution: workflow.Execution{ID: "broadcast", RunID: run}})
}
