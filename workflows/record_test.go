package workflows_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"sojourn/contract"
	"sojourn/journey"
	"sojourn/storage"
)

// record names the release whose histories are to be written: make record-histories RELEASE=v0.1. Without it the stories
// are recorded and replayed all the same, and thrown away.
var record = flag.String("record", "", "write the recorded histories to testdata/histories/NAME")

const historiesDir = "testdata/histories"

// index is what a release's folder holds: its stories and, per story, the executions in their order.
type index map[string]recorded

type recorded struct {
	Workflow      string   `json:"workflow,omitempty"` // if it is not that of a journey
	ContinueEvery int      `json:"continue_every,omitempty"`
	Runs          []string `json:"runs"` // Temporal run ids; the histories are NAME.1.json.gz, NAME.2.json.gz, …
}

// recording is a story in real time, short enough to be told whenever tests run.
type recording struct {
	every    int
	document string
	tell     func(l *live)
}

const canary = "Canarina"

const recordedDocument = `
key: recorded
name: Recorded
purpose: marketing
entry: {kind: event, event: Signed Up, key: booking, reentry: {rule: always}}
exit: [{event: Left, label: gone}]
update: [{event: Moved}]
goal: {event: Order Completed, continue: true}
steps:
  - {id: nap, kind: wait, wait: {for: PT0.3S}, next: check}
  - id: check
    kind: branch
    branch: {score: true, cases: [{name: named, when: {attribute: attributes.first_name, op: exists}, next: mark}], otherwise: mail}
  - {id: mark, kind: update, update: {set: {seen: true}}, next: mail}
  - {id: mail, kind: send, send: {template: hi, channel: CHANNEL}, next: look}
  - id: look
    kind: wait_for
    wait_for:
      timeout: PT2S
      since: message
      timeout_next: again
      events:
        - {event: Page Viewed, name: read, where: {property: seconds, op: gte, value: 20}, next: bye}
        - {event: Replied, next: bye}
  - {id: again, kind: send, send: {template: hi, channel: CHANNEL}}
  - {id: bye, kind: exit, exit: {label: answered}}
`

// patientDocument waits until it is moved.
var patientDocument = strings.Replace(recordedDocument, "PT2S", "P2D", 1)

func (l *live) about(name string, properties map[string]any) {
	all := map[string]any{"booking": "b-1", "guest": canary}
	for k, v := range properties {
		all[k] = v
	}
	l.says("ann", name, all)
}

func (l *live) signUp() {
	l.says("ann", "identify", map[string]any{"first_name": canary, "email": strings.ToLower(canary) + "@example.com"})
	l.about("Signed Up", nil)
}

func (l *live) update(name string) {
	l.t.Helper()
	h, err := l.c.UpdateWorkflow(ctx(), client.UpdateWorkflowOptions{WorkflowID: l.workflowID(l.runID), UpdateName: name, WaitForStage: client.WorkflowUpdateStageCompleted})
	l.must(err)
	l.must(h.Get(ctx(), nil))
}

// recordings are the stories whose histories every later release must still be able to walk: each kind of step, each
// thing that can come from outside, and each way to an end.
var recordings = map[string]recording{
	"send-only": {document: strings.Replace(onlySend, "channel: email", "channel: CHANNEL", 1), tell: func(l *live) { l.says("ann", "Signed Up", nil) }},
	"timeout":   {document: recordedDocument, tell: func(l *live) { l.signUp() }},
	"event": {document: recordedDocument, tell: func(l *live) {
		l.signUp()
		l.untilAt("look")
		l.about("Page Viewed", map[string]any{"seconds": 3})
		l.about("Page Viewed", map[string]any{"seconds": 30})
	}},
	"event-before-the-wait": {document: recordedDocument, tell: func(l *live) {
		l.mail.after = map[string]func(){"mail#1": func() { l.about("Page Viewed", map[string]any{"seconds": 30}) }}
		l.signUp()
	}},
	"new-data-and-goal": {document: recordedDocument, tell: func(l *live) {
		l.signUp()
		l.untilAt("look")
		l.about("Moved", map[string]any{"room": 2})
		l.about("Order Completed", map[string]any{"order_id": "1", "total": 3, "currency": "EUR"})
		l.about("Replied", nil)
	}},
	"exit-event": {document: recordedDocument, tell: func(l *live) { l.signUp(); l.untilAt("look"); l.about("Left", nil) }},
	"deferred": {document: recordedDocument, tell: func(l *live) {
		l.mail.answers["mail"] = []contract.SendResult{{State: contract.SendDeferred, At: time.Now().Add(700 * time.Millisecond)}}
		l.signUp()
		l.untilAt("look")
		l.about("Left", nil)
	}},
	"by-queue": {document: recordedDocument, tell: func(l *live) {
		l.mail.answers["mail"] = []contract.SendResult{{State: contract.SendNotNow}}
		l.signUp()
		l.untilAt("look")
		if l.mail.queued != 1 {
			l.t.Errorf("%d sends went by the queue, want 1", l.mail.queued)
		}
		l.about("Left", nil)
	}},
	"refused-by-provider": {document: recordedDocument, tell: func(l *live) {
		l.mail.answers["mail"] = []contract.SendResult{{State: contract.SendRejected}}
		l.mail.answers["again"] = []contract.SendResult{{State: contract.SendUnknown}}
		l.signUp()
	}},
	"paused-and-resumed": {document: recordedDocument, tell: func(l *live) {
		l.signUp()
		l.untilAt("nap")
		l.must(l.s.PauseJourney(ctx(), l.ws.ID, l.j.ID, l.now()))
		l.until("it is held", func() bool { return l.run(l.runID).WakeAt == 0 })
		l.must(l.s.ResumeJourney(ctx(), l.ws.ID, l.j.ID, storage.PauseCounts, l.now()))
		l.dispatch()
		l.untilAt("look")
		l.about("Left", nil)
	}},
	"journey-stopped": {document: recordedDocument, tell: func(l *live) {
		l.signUp()
		l.untilAt("nap")
		l.must(l.s.StopJourney(ctx(), l.ws.ID, l.j.ID, l.now()))
	}},
	"held-out": {document: recordedDocument, tell: func(l *live) {
		start := l.start
		l.start = func(in contract.JourneyInput) { in.Control = true; start(in) }
		l.signUp()
	}},
	"updates": {document: recordedDocument, tell: func(l *live) {
		l.signUp()
		l.untilAt("look")
		l.update(contract.UpdateSkipWait)
	}},
	"stopped-by-update": {document: recordedDocument, tell: func(l *live) { l.signUp(); l.untilAt("look"); l.update(contract.UpdateStop) }},
	"cancelled": {document: recordedDocument, tell: func(l *live) {
		l.signUp()
		l.untilAt("look")
		l.must(l.c.CancelWorkflow(ctx(), l.workflowID(l.runID), ""))
	}},
	"terminated-and-restarted": {document: recordedDocument, tell: func(l *live) {
		l.signUp()
		l.untilAt("look")
		l.must(l.c.TerminateWorkflow(ctx(), l.workflowID(l.runID), "", "recording"))
		l.restart()
	}},
	"reset": {document: recordedDocument, tell: func(l *live) {
		l.signUp()
		l.untilAt("look")
		before := l.status()
		_, err := l.c.WorkflowService().ResetWorkflowExecution(ctx(), &workflowservice.ResetWorkflowExecutionRequest{
			Namespace: "default", WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: l.workflowID(l.runID), RunId: before.runID},
			Reason: "recording", WorkflowTaskFinishEventId: 4, RequestId: "reset-" + l.runID,
		})
		l.must(err)
		l.until("the reset workflow has left", func() bool { s := l.status(); return s.runID != before.runID && !s.running })
		l.restart()
	}},
	"every-step":           {document: everyStep, tell: throughEveryStep},
	"every-step-continued": {every: 1, document: everyStep, tell: throughEveryStep},
	"held-released-skipped": {document: strings.Replace(recordedDocument, "PT0.3S", "PT4S", 1), tell: func(l *live) {
		l.signUp()
		l.untilAt("nap")
		l.signal(l.runID, contract.SignalControl, contract.ControlSignal{Kind: contract.ControlHold, ID: "hold"})
		l.until("it is held", func() bool { return l.run(l.runID).WakeAt == 0 })
		l.signal(l.runID, contract.SignalControl, contract.ControlSignal{Kind: contract.ControlRelease, ID: "release"})
		l.untilAt("look")
		l.signal(l.runID, contract.SignalControl, contract.ControlSignal{Kind: contract.ControlRetry, ID: "retry", Step: "look"})
		l.signal(l.runID, contract.SignalControl, contract.ControlSignal{Kind: contract.ControlSkipWait, ID: "skip", Step: "look"})
	}},
	"moved":               {document: patientDocument, tell: movedOn},
	"moved-and-continued": {every: 1, document: patientDocument, tell: movedOn},
	"continued": {every: 1, document: recordedDocument, tell: func(l *live) {
		l.signUp()
		l.untilAt("look")
		l.about("Moved", map[string]any{"room": 2})
		l.about("Page Viewed", map[string]any{"seconds": 3})
		l.about("Replied", nil)
	}},
}

// secondRecorded is what the runs of recordedDocument are moved to: the wait has another name, and the end another step.
var secondRecorded = strings.NewReplacer("id: look", "id: watch", "next: look", "next: watch", "PT2S", "P3D", "name: Recorded", "name: Recorded again", "{id: bye, kind: exit, exit: {label: answered}}",
	"{id: bye, kind: update, update: {set: {answered: true}}}").Replace(recordedDocument)

// movedOn lets a run that waits go on by the next version, and end there.
func movedOn(l *live) {
	l.signUp()
	l.untilAt("look")
	next, err := journey.Parse([]byte(strings.ReplaceAll(secondRecorded, "CHANNEL", l.channel())))
	l.must(err)
	revision, err := l.s.SaveDraft(ctx(), l.ws.ID, l.j.ID, l.j.DraftRevision, next, l.now())
	l.must(err)
	v, err := l.s.Publish(ctx(), l.ws.ID, l.j.ID, revision, "test", l.now())
	l.must(err)
	move, err := l.s.StartOperation(ctx(), l.ws.ID, storage.NewOperation{JourneyID: l.j.ID, Kind: storage.OperationMove, Target: v.ID, Mapping: map[string]string{"look": "watch"}, PerSecond: 1, By: "test", Action: "move"}, l.now())
	l.must(err)
	_, _, err = l.s.HandOut(ctx(), move.ID, 1, l.now())
	l.must(err)
	l.dispatch()
	l.untilAt("watch")
	l.also = append(l.also, next)
	l.about("Moved", map[string]any{"room": 2})
	l.about("Page Viewed", map[string]any{"seconds": 3})
	l.about("Replied", nil)
}

// throughEveryStep gathers two visits, completes the task and comes to a date that has passed.
func throughEveryStep(l *live) {
	l.signUp()
	l.untilAt("collect")
	for _, seconds := range []int{30, 3, 40} {
		l.about("Page Viewed", map[string]any{"seconds": seconds})
	}
	l.untilAt("task")
	l.about("Moved", map[string]any{"check_in": "2020-05-03"})
	l.must(l.s.AcceptRunEvents(ctx(), l.ws.ID, []storage.RunEvent{{
		Run: idBytes(l.runID), Step: "task", Name: storage.EventTaskCompleted, MessageID: "t-" + l.runID,
		Properties: map[string]any{"step": "task", "outcome": "reached"},
	}}, l.now()))
	l.route()
}

func TestRecordHistories(t *testing.T) {
	t.Parallel()
	recordAll(t, "", recordings)
}

// recordAll tells the stories, writes their histories and replays them. What is to be kept goes into the release's folder,
// with the suffix.
func recordAll(t *testing.T, suffix string, recordings map[string]recording) {
	t.Helper()
	dir := historyDir(t, suffix)
	all, mu := index{}, sync.Mutex{}
	t.Run("stories", func(t *testing.T) {
		for name, rec := range recordings {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				document := strings.ReplaceAll(rec.document, "CHANNEL", "record-"+name)
				l := goLive(t, document, rec.every)
				rec.tell(l)
				l.untilEnded()
				last := l.status()
				t.Logf("%s: %d history events, %d state transitions in its last execution", name, last.events, last.transitions)
				entry := recorded{ContinueEvery: rec.every}
				text, err := journey.Canonical(l.doc)
				l.must(err)
				l.must(os.WriteFile(filepath.Join(dir, name+".document.json"), append(text, '\n'), 0o644))
				for i, d := range l.also { // of a run that was moved
					text, err := journey.Canonical(d)
					l.must(err)
					l.must(os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s.document.%d.json", name, i+2)), append(text, '\n'), 0o644))
				}
				for _, run := range l.executions() {
					h := l.history(run)
					checkPayloads(t, h)
					entry.Runs = append(entry.Runs, run)
					writeHistory(t, filepath.Join(dir, historyFile(name, len(entry.Runs))), h)
				}
				mu.Lock()
				defer mu.Unlock()
				all[name] = entry
			})
		}
	})
	writeIndex(t, dir, all)
	replayRelease(t, dir)
}

// historyDir is where stories are written: the release's folder, with the suffix, or one that is thrown away.
func historyDir(t *testing.T, suffix string) string {
	t.Helper()
	if *record == "" {
		return t.TempDir()
	}
	dir := filepath.Join(historiesDir, *record+suffix)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func writeIndex(t *testing.T, dir string, all index) {
	t.Helper()
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.json"), append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// executions lists the closed executions of the run, oldest first.
func (l *live) executions() []string {
	l.t.Helper()
	var runs []string
	l.until("all executions are visible", func() bool {
		res, err := l.c.ListWorkflow(ctx(), &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowId = '" + l.workflowID(l.runID) + "'"})
		l.must(err)
		open, newest := false, false
		runs = nil
		for i := len(res.Executions) - 1; i >= 0; i-- {
			runs = append(runs, res.Executions[i].Execution.RunId)
			open = open || res.Executions[i].CloseTime == nil
			newest = newest || res.Executions[i].Execution.RunId == l.status().runID
		}
		return newest && !open
	})
	return runs
}

// checkPayloads holds what every history must: ids only, and small.
func checkPayloads(t *testing.T, h *historypb.History) {
	t.Helper()
	for _, e := range h.Events {
		raw, err := proto.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(bytes.ToLower(raw), bytes.ToLower([]byte(canary))) {
			t.Errorf("event %d (%s) holds personal data", e.EventId, e.EventType)
		}
		if len(raw) > 16<<10 {
			t.Errorf("event %d (%s) has %d bytes", e.EventId, e.EventType, len(raw))
		}
	}
}

func writeHistory(t *testing.T, path string, h *historypb.History) {
	t.Helper()
	for _, e := range h.Events {
		// The SDK names sticky queues after the machine.
		if q := e.GetWorkflowTaskScheduledEventAttributes().GetTaskQueue(); q.GetKind() == enums.TASK_QUEUE_KIND_STICKY {
			q.Name = "sticky"
		}
	}
	text, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
