package workflows_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/storage"
	"sojourn/workflows"
)

// leftVersion has people asleep in a wait for an event, and those who answered in a wait; everybody has had a message.
const leftVersion = `
key: moving
name: Moving
purpose: marketing
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
steps:
  - {id: hello, kind: send, send: {template: hi, channel: CHANNEL}, next: answer}
  - {id: answer, kind: wait_for, wait_for: {timeout: P10D, timeout_next: card, events: [{event: Answered, next: nap}]}}
  - {id: nap, kind: wait, wait: {for: P10D}, next: card}
  - {id: card, kind: send, send: {template: hi, channel: CHANNEL}}
`

// rightVersion names the wait otherwise; its wait for an event keeps the name and listens to another event.
var rightVersion = strings.NewReplacer("id: nap", "id: rest", "next: nap", "next: rest", "P10D", "P20D", "Answered", "Replied", "name: Moving", "name: Moving on").Replace(leftVersion)

// A move hands 12 sleeping people over, a worker stops in the middle and another one takes over: everybody lands once
// where the mapping says, and taking the move back brings back who is still there.
func TestMovedByAnOperationAndTakenBack(t *testing.T) {
	t.Parallel()
	named := func(doc string) string { return strings.ReplaceAll(doc, "CHANNEL", "live-move") }
	l := goLive(t, named(leftVersion), 0)
	next, err := journey.Parse([]byte(named(rightVersion)))
	l.must(err)
	const people = 12
	for i := range people {
		l.says(fmt.Sprint("p", i), "Signed Up", nil)
		l.untilAt("answer")
		if i%2 == 1 {
			l.says(fmt.Sprint("p", i), "Answered", nil)
			l.untilAt("nap")
		}
	}
	revision, err := l.s.SaveDraft(ctx(), l.ws.ID, l.j.ID, l.j.DraftRevision, next, l.now())
	l.must(err)
	v2, err := l.s.Publish(ctx(), l.ws.ID, l.j.ID, revision, "test", l.now())
	l.must(err)

	stopBulk := l.handOut()
	move, err := l.s.StartOperation(ctx(), l.ws.ID, storage.NewOperation{JourneyID: l.j.ID, Kind: storage.OperationMove, Target: v2.ID, Mapping: map[string]string{"nap": "rest"}, PerSecond: 2, By: "test", Action: "move"}, l.now())
	l.must(err)
	l.operate()
	l.until("a part is handed out", func() bool { l.dispatch(); return l.operation(move.ID).Handed >= 4 })
	stopBulk()
	l.rest()
	if o := l.operation(move.ID); o.State != storage.OperationRunning {
		t.Fatalf("the move was over before the worker stopped: %+v", o)
	}
	l.work()
	stopBulk = l.handOut()
	l.untilMoved(move.ID, people)
	l.placed(map[string]int{"v2 answer": people / 2, "v2 rest": people / 2})

	// The new version's event is heard, the old one's is not.
	l.says("p0", "Answered", nil)
	l.says("p0", "Replied", nil)
	l.until("p0 rests", func() bool { return l.places()["v2 rest"] == people/2+1 })

	back, err := l.s.StartOperation(ctx(), l.ws.ID, storage.NewOperation{JourneyID: l.j.ID, Kind: storage.OperationMoveBack, Reverses: move.ID, PerSecond: 50, By: "test", Action: "back"}, l.now())
	l.must(err)
	l.operate()
	l.untilMoved(back.ID, people)
	stopBulk()
	l.placed(map[string]int{"v1 answer": people/2 - 1, "v1 nap": people/2 + 1})
	l.says("p2", "Answered", nil)
	l.until("p2 naps", func() bool { return l.places()["v1 nap"] == people/2+2 })

	if len(l.mail.sent) != people || slices.ContainsFunc(l.mail.sent, func(s string) bool { return s != "hello#1" }) {
		t.Errorf("sent %v; everybody had one message before the move, and nobody one since", l.mail.sent)
	}
}

// handOut starts the worker of the operations job and returns how it is stopped.
func (l *live) handOut() (stop func()) {
	l.t.Helper()
	bulkQueue.Lock()
	w := worker.New(l.c, contract.QueueBulk, worker.Options{Identity: "test"})
	workflows.RegisterBulk(w)
	o := &activities.Operations{Store: l.s, Every: 100 * time.Millisecond}
	w.RegisterActivityWithOptions(o.HandOutOperations, activity.RegisterOptions{Name: contract.ActivityOperate})
	stop = sync.OnceFunc(func() { w.Stop(); bulkQueue.Unlock() })
	l.t.Cleanup(stop)
	l.must(w.Start())
	return stop
}

// operate starts the operations job, as its schedule does.
func (l *live) operate() {
	l.t.Helper()
	_, err := l.c.ExecuteWorkflow(ctx(), client.StartWorkflowOptions{ID: contract.ScheduleOperate + l.queue, TaskQueue: contract.QueueBulk, WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING}, contract.WorkflowOperate)
	l.must(err)
}

func (l *live) operation(id ids.ID) storage.OperationView {
	l.t.Helper()
	o, err := l.s.Operation(ctx(), l.ws.ID, id)
	l.must(err)
	return o
}

func (l *live) untilMoved(id ids.ID, people int64) {
	l.t.Helper()
	l.until("everybody is moved", func() bool {
		l.dispatch()
		o := l.operation(id)
		return o.State == storage.OperationDone && o.Runs[storage.RunMoved] == people
	})
}

// places counts the open runs by version and step.
func (l *live) places() map[string]int {
	l.t.Helper()
	rows, err := l.s.SQL().Query("SELECT v.number, r.step_id, COUNT(*) FROM runs r JOIN journey_versions v ON v.id = r.version_id WHERE r.workspace_id = ? AND r.state = 'open' GROUP BY 1, 2", l.ws.ID)
	l.must(err)
	defer rows.Close()
	got := map[string]int{}
	for rows.Next() {
		var version, n int
		var step string
		l.must(rows.Scan(&version, &step, &n))
		got[fmt.Sprintf("v%d %s", version, step)] = n
	}
	l.must(rows.Err())
	return got
}

// placed checks where everybody is, in the database and in Temporal, and that no visit was recorded twice.
func (l *live) placed(want map[string]int) {
	l.t.Helper()
	if d := cmp.Diff(want, l.places()); d != "" {
		l.t.Error("where people are", d)
	}
	rows, err := l.s.SQL().Query("SELECT r.id, v.number, r.step_id FROM runs r JOIN journey_versions v ON v.id = r.version_id WHERE r.workspace_id = ?", l.ws.ID)
	l.must(err)
	defer rows.Close()
	type at struct {
		run     ids.ID
		version int
		step    string
	}
	var all []at
	for rows.Next() {
		var a at
		l.must(rows.Scan(&a.run, &a.version, &a.step))
		all = append(all, a)
	}
	l.must(rows.Err())
	for _, a := range all {
		l.runID = a.run.String()
		// The row is written before the workflow task that upserts the attribute is completed.
		l.until(fmt.Sprintf("the search attribute of %s says version %d", a.run, a.version), func() bool {
			s := l.status()
			return !s.busy && s.attributes[contract.AttrVersion] == fmt.Sprint(a.version)
		})
		v, err := l.c.QueryWorkflow(ctx(), l.workflowID(l.runID), "", contract.QueryState)
		l.must(err)
		var view contract.RunView
		l.must(v.Get(&view))
		if view.Step != a.step || view.Until.IsZero() {
			l.t.Errorf("run %s is at %s in the database, its workflow at %+v", a.run, a.step, view)
		}
		seen := map[string]bool{}
		for _, visit := range l.visits(l.runID) {
			step, _, _ := strings.Cut(visit, ":")
			if seen[step] {
				l.t.Errorf("run %s was at %s twice: %v", a.run, step, l.visits(l.runID))
			}
			seen[step] = true
		}
	}
}
