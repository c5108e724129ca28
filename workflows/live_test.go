package workflows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"sojourn/contract"
	"sojourn/workflows/setup"
)

func liveDoc(channel string) string { return strings.ReplaceAll(liveText, "CHANNEL", channel) }

const liveText = `
key: live
name: Live
purpose: marketing
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
exit: [{event: Left, label: gone}]
steps:
  - {id: first, kind: send, send: {template: hi, channel: CHANNEL}, next: nap}
  - {id: nap, name: A short nap, kind: wait, wait: {for: PT1H}, next: second}
  - {id: second, kind: send, send: {template: hi, channel: CHANNEL}}
`

func TestSearchAttributesAreRegisteredOnce(t *testing.T) {
	t.Parallel()
	c := dial(t)
	for range 2 {
		if err := setup.EnsureSearchAttributes(ctx(), c, "default"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARunIsReadableInTemporal(t *testing.T) {
	t.Parallel()
	l := goLive(t, liveDoc("live-readable"), 0)
	l.says("ann", "Signed Up", nil)
	l.untilAt("nap")

	s := l.status()
	want := map[string]string{contract.AttrWorkspace: `"story"`, contract.AttrJourney: `"live"`, contract.AttrVersion: "1", contract.AttrCustomer: `"` + l.customer("ann").ID.String() + `"`}
	for name, value := range want {
		if s.attributes[name] != value {
			t.Errorf("search attribute %s is %s, want %s", name, s.attributes[name], value)
		}
	}
	if d := l.details(); !strings.Contains(d, "At step **nap** (A short nap), waiting for the time, until ") {
		t.Errorf("current details: %s", d)
	}
	v, err := l.c.QueryWorkflow(ctx(), l.workflowID(l.runID), "", contract.QueryState)
	l.must(err)
	var view contract.RunView
	l.must(v.Get(&view))
	if view.Step != "nap" || view.Until.IsZero() || view.RunID != l.runID {
		t.Errorf("view %+v", view)
	}
	var timers, markers []string
	for _, e := range l.history("").Events {
		switch e.EventType {
		case enums.EVENT_TYPE_TIMER_STARTED:
			timers = append(timers, string(e.GetUserMetadata().GetSummary().GetData()))
		case enums.EVENT_TYPE_MARKER_RECORDED:
			markers = append(markers, string(e.GetUserMetadata().GetSummary().GetData()))
		}
	}
	if d := cmp.Diff([]string{`"wait at nap"`}, timers); d != "" {
		t.Error("timer summaries", d)
	}
	if d := cmp.Diff([]string{`"send first at once"`, `"keep progress at nap"`}, markers); d != "" {
		t.Error("activity summaries", d)
	}
}

func TestUpdatesFromTemporalWeb(t *testing.T) {
	t.Parallel()
	l := goLive(t, liveDoc("live-updates"), 0)
	l.says("ann", "Signed Up", nil)
	l.untilAt("nap")
	h, err := l.c.UpdateWorkflow(ctx(), client.UpdateWorkflowOptions{WorkflowID: l.workflowID(l.runID), UpdateName: contract.UpdateSkipWait, WaitForStage: client.WorkflowUpdateStageCompleted})
	l.must(err)
	var view contract.RunView
	l.must(h.Get(ctx(), &view))
	if view.Step == "nap" {
		t.Errorf("the wait was not skipped: %+v", view)
	}
	l.untilEnded()
	if d := cmp.Diff([]string{"first#1", "second#1"}, l.mail.sent); d != "" {
		t.Error(d)
	}

	l.says("bob", "Signed Up", nil)
	l.untilAt("nap")
	h, err = l.c.UpdateWorkflow(ctx(), client.UpdateWorkflowOptions{WorkflowID: l.workflowID(l.runID), UpdateName: contract.UpdateStop, WaitForStage: client.WorkflowUpdateStageCompleted})
	l.must(err)
	l.must(h.Get(ctx(), &view))
	l.untilEnded()
	if view.Outcome != "stopped" || l.run(l.runID).Outcome != "stopped" {
		t.Errorf("view %+v", view)
	}
}

func TestAnEventEndsARunInItsSleep(t *testing.T) {
	t.Parallel()
	l := goLive(t, liveDoc("live-event"), 0)
	l.says("ann", "Signed Up", nil)
	l.untilAt("nap")
	l.says("ann", "Left", nil)
	l.untilEnded()
	if r := l.run(l.runID); r.Outcome != "gone" {
		t.Errorf("outcome %s", r.Outcome)
	}
	if d := l.details(); !strings.Contains(d, "Ended: **gone**") {
		t.Errorf("current details: %s", d)
	}
}

func TestACancelledWorkflowRecordsItsEnd(t *testing.T) {
	t.Parallel()
	l := goLive(t, liveDoc("live-cancel"), 0)
	l.says("ann", "Signed Up", nil)
	l.untilAt("nap")
	l.must(l.c.CancelWorkflow(ctx(), l.workflowID(l.runID), ""))
	l.untilEnded()
	if r, s := l.run(l.runID), l.status(); r.Outcome != "stopped" || s.state != enums.WORKFLOW_EXECUTION_STATUS_CANCELED {
		t.Errorf("the run ended as %q, the workflow as %s", r.Outcome, s.state)
	}
}

func TestATerminatedRunIsStartedAgainFromItsRow(t *testing.T) {
	t.Parallel()
	l := goLive(t, liveDoc("live-terminate"), 0)
	l.says("ann", "Signed Up", nil)
	l.untilAt("nap")
	l.must(l.c.TerminateWorkflow(ctx(), l.workflowID(l.runID), "", "test"))
	l.restart()
	l.must(l.c.SignalWorkflow(ctx(), l.workflowID(l.runID), "", contract.SignalEvent, contract.EventSignal{EventID: "e", Name: "Left", OccurredAt: time.Now().UnixMicro(), Exit: 1}))
	l.untilEnded()
	if r := l.run(l.runID); r.Outcome != "gone" {
		t.Errorf("outcome %s", r.Outcome)
	}
	if d := cmp.Diff([]string{"first#1"}, l.mail.sent); d != "" {
		t.Error(d)
	}
}

// restart starts the workflow from the run's row, as the reconciler does.
func (l *live) restart() {
	l.t.Helper()
	in := contract.JourneyInput{}
	for _, e := range l.history("").Events[:1] {
		l.must(decode(e.GetWorkflowExecutionStartedEventAttributes().GetInput(), &in))
	}
	var machine []byte
	l.must(l.s.SQL().QueryRow("SELECT machine, machine_seq FROM runs WHERE id = ?", idBytes(l.runID)).Scan(&machine, &in.Seq))
	in.State = machine
	l.until("the same id may be started again", func() bool {
		_, err := l.c.DescribeWorkflowExecution(ctx(), l.workflowID(l.runID), "")
		return err == nil && !l.status().running
	})
	l.start(in)
}

func TestAResetSendsNothingAgain(t *testing.T) {
	t.Parallel()
	l := goLive(t, liveDoc("live-reset"), 0)
	l.says("ann", "Signed Up", nil)
	l.untilAt("nap")
	before := l.status()
	_, err := l.c.WorkflowService().ResetWorkflowExecution(ctx(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: &common.WorkflowExecution{WorkflowId: l.workflowID(l.runID), RunId: before.runID},
		Reason: "test", WorkflowTaskFinishEventId: 4, RequestId: "reset-" + l.runID,
	})
	l.must(err)
	l.until("the reset workflow has left", func() bool { s := l.status(); return s.runID != before.runID && !s.running })
	if r := l.run(l.runID); r.State != "open" || r.StepID != "nap" || r.MachineSeq != 1 {
		t.Errorf("the run is %+v", r)
	}
	if d := cmp.Diff([]string{"first#1"}, l.mail.sent); d != "" {
		t.Error(d)
	}
	if n := l.mail.asked; n != 1 {
		t.Errorf("sending was asked %d times; a reset workflow asks whether it may act first", n)
	}
	l.restart()
	l.says("ann", "Left", nil)
	l.untilEnded()
}

func TestContinueAsNewKeepsSearchAttributesAndSignals(t *testing.T) {
	t.Parallel()
	l := goLive(t, strings.Replace(liveDoc("live-continue"), "steps:", `update: [{event: Moved}]
steps:`, 1), 1)
	l.says("ann", "Signed Up", nil)
	l.untilAt("nap")
	first := l.status()
	for range 5 {
		l.says("ann", "Moved", map[string]any{"to": "x"})
	}
	l.until("it has continued as new", func() bool { return l.status().runID != first.runID })
	l.until("all five revisions have arrived", func() bool {
		v, err := l.c.QueryWorkflow(ctx(), l.workflowID(l.runID), "", contract.QueryState)
		var view contract.RunView
		return err == nil && v.Get(&view) == nil && view.Revision == 5
	})
	if d := cmp.Diff(first.attributes, l.status().attributes); d != "" {
		t.Error("search attributes", d)
	}
	l.says("ann", "Left", nil)
	l.untilEnded()
}

// What a run costs, in history events and state transitions: the scarce things of a Temporal server.
func TestWhatARunCosts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, document      string
		events, transitions int64
	}{
		{"event, send, exit", strings.ReplaceAll(onlySend, "channel: email", "channel: live-cost1"), 7, 3},
		{"event, wait, send, exit", strings.ReplaceAll(strings.Replace(onlySend, "steps:", `steps:
  - {id: nap, kind: wait, wait: {for: PT2S}, next: mail}`, 1), "channel: email", "channel: live-cost2"), 14, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := goLive(t, c.document, 0)
			l.says("ann", "Signed Up", nil)
			l.untilEnded()
			s := l.status()
			t.Logf("%s: %d history events, %d state transitions", c.name, s.events, s.transitions)
			if s.events > c.events || s.transitions > c.transitions { // a busy machine may sleep past the wait, which costs less
				t.Errorf("%d history events and %d state transitions, want at most %d and %d", s.events, s.transitions, c.events, c.transitions)
			}
		})
	}
}

// More signals than one history takes: the run moves on in the middle of them, and none is lost or applied twice.
func TestNoSignalIsLostWhileARunContinuesAsNew(t *testing.T) {
	t.Parallel()
	const total = 1500
	l := goLive(t, strings.Replace(liveDoc("live-signals"), "steps:", `update: [{event: Moved}]
steps:`, 1), 0)
	l.says("ann", "Signed Up", nil)
	l.untilAt("nap")
	first := l.status()
	for i := 1; i <= total; i++ {
		l.signal(l.runID, contract.SignalEvent, contract.EventSignal{EventID: fmt.Sprint("event-", i), Name: "Moved", OccurredAt: time.Now().UnixMicro(), Revision: i})
	}
	l.until("the last revision has arrived", func() bool {
		v, err := l.c.QueryWorkflow(ctx(), l.workflowID(l.runID), "", contract.QueryState)
		var view contract.RunView
		return err == nil && v.Get(&view) == nil && view.Revision == total
	})
	var delivered int
	l.must(l.s.SQL().QueryRow("SELECT json_extract(machine, '$.rev') FROM runs WHERE id = ?", idBytes(l.runID)).Scan(&delivered))
	if delivered != total || l.status().runID == first.runID {
		t.Errorf("revision %d in the same execution %t", delivered, l.status().runID == first.runID)
	}
	l.says("ann", "Left", nil)
	l.untilEnded()
	if d := cmp.Diff([]string{"first#1:sent", "nap#1:(ended)"}, short(l.visits(l.runID))); d != "" {
		t.Error(d)
	}
}

// short leaves the times out.
func short(visits []string) []string {
	for i, v := range visits {
		visits[i], _, _ = strings.Cut(v, "@")
	}
	return visits
}
