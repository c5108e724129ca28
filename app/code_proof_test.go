package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"sojourn/consent"
	"sojourn/contract"
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/models"
	"sojourn/storage"
)

// proof is a code journey whose author thinks of nothing but its order.
var proof = kit.Journey[struct{}]{
	Type: "proof", Name: "Proof",
	Document: func(struct{}) journey.Document {
		return journey.Document{
			Purpose: "marketing",
			Entry:   journey.Entry{Kind: journey.EntryEvent, Event: "Came", Reentry: journey.Reentry{Rule: journey.ReentryAlways}},
			Exit:    []journey.ExitRule{{Event: "Left", Label: "left"}},
			Goal:    &journey.Goal{Trigger: journey.Trigger{Event: "Order Completed"}},
			Steps: []journey.Step{
				{ID: "first", Kind: journey.StepSend, Send: &journey.SendStep{Template: "hi", Channel: "email"}},
				{ID: "listen", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{Events: []journey.Await{{Trigger: journey.Trigger{Event: "Go"}, Name: "go"}}, Timeout: "P30D"}},
				{ID: "second", Kind: journey.StepSend, Send: &journey.SendStep{Template: "hi", Channel: "email"}},
			},
		}
	},
	Play: func(r *kit.Run, _ struct{}) string {
		r.Do("first")
		r.Do("listen")
		r.Do("second")
		return "walked"
	},
}

type proving struct{ *wired }

func (p proving) comes(users ...string) {
	p.Helper()
	for _, u := range users {
		p.says(u, "identify", map[string]any{"email": u + "@example.com"})
		p.says(u, "Consent Granted", map[string]any{"channel": "email", "purpose": "marketing", "source": "form", "source_kind": "person"})
		p.says(u, "Came", nil)
	}
	for _, u := range users {
		p.until(u+" listens", func() bool { return p.at(u) == "open listen " })
	}
}

// at tells the latest run of somebody: state, step, outcome.
func (p proving) at(user string) string {
	p.Helper()
	return strings.Join(p.list("SELECT r.state || ' ' || r.step_id || ' ' || r.outcome FROM runs r JOIN customers c ON c.id = r.customer_id WHERE c.external_id = ? AND (r.wake_at > 0 OR r.state <> 'open') ORDER BY r.started_at DESC, r.id DESC LIMIT 1", user), "")
}

func (p proving) ended(user, outcome string) {
	p.Helper()
	p.until(user+" has ended: "+outcome, func() bool {
		s := p.at(user)
		return strings.HasPrefix(s, "ended") && strings.HasSuffix(s, " "+outcome)
	})
}

// sent counts what was accepted per step.
func (p proving) sent(user, want string) {
	p.Helper()
	got := p.list("SELECT s.step_id || ' ' || COUNT(*) FROM sends s JOIN customers c ON c.id = s.customer_id WHERE c.external_id = ? AND s.state = 'accepted' GROUP BY s.step_id ORDER BY s.step_id", user)
	if strings.Join(got, ", ") != want {
		p.Errorf("%s was sent %q, want %q", user, strings.Join(got, ", "), want)
	}
}

func (p proving) workflowID(user string) string {
	p.Helper()
	runs := p.runs(user)
	id, err := p.s.RunWorkflowID(p.Context(), runs[0].ID)
	p.must(err)
	return id
}

func (p proving) runs(user string) []storage.RunRow {
	p.Helper()
	c, err := p.s.CustomerByExternalID(p.Context(), p.ws, user)
	p.must(err)
	rows, err := p.s.ListRuns(p.Context(), p.ws, storage.RunFilter{Customer: c}, storage.PageAsk{Limit: 10})
	p.must(err)
	return rows
}

// Pause, stop, control group, goal, exit, re-entry, erasure, and what somebody does in Temporal Web: all of it acts on a
// code journey through a real Temporal, and Play knows of nothing.
func TestTheProductsRulesActOnCodeJourneys(t *testing.T) {
	t.Parallel()
	p := proving{wireParts(t)}
	var known kit.Registry
	known.Add(proof)
	p.work(&known)
	p.letter()
	j := p.live(&known, nil)
	p.comes("left", "bought", "again", "gone", "terminated", "cancelled", "reset", "deleted", "calm")

	p.says("left", "Left", nil)
	p.says("bought", "Order Completed", map[string]any{"order_id": "1", "total": 3, "currency": "EUR"})
	p.says("again", "Came", nil) // is in it already
	_, err := p.s.SQL().Exec("UPDATE customers SET erased_at = ? WHERE external_id = 'gone'", time.Now().UnixMicro())
	p.must(err)
	p.inTemporal()
	p.ended("left", "left")
	p.ended("bought", "goal")
	p.want("SELECT COUNT(*) FROM conversions", "1")

	// The reconciler follows what was done in Temporal: the terminated run is closed, the others are walked on.
	p.until("the terminated run is closed, the reset and the deleted one run again", func() bool {
		p.must(p.temporal.ScheduleClient().GetHandle(p.Context(), contract.ScheduleReconcile).Trigger(p.Context(), client.ScheduleTriggerOptions{}))
		<-time.After(300 * time.Millisecond)
		return strings.HasSuffix(p.at("terminated"), storage.OutcomeTerminated) && p.running("reset") && p.running("deleted")
	})
	p.ended("cancelled", "stopped")

	p.must(p.s.PauseJourney(p.Context(), p.ws, j.ID, time.Now()))
	for _, u := range []string{"again", "gone", "reset", "deleted"} { // who was erased does nothing any more
		p.says(u, "Go", nil)
	}
	p.until("three of them are held", func() bool {
		return strings.Join(p.list("SELECT COUNT(*) FROM runs WHERE state = 'open' AND COALESCE(wake_at, 0) = 0"), "") == "3"
	})
	for _, u := range []string{"again", "reset", "deleted"} {
		p.sent(u, "first 1")
	}
	p.must(p.s.ResumeJourney(p.Context(), p.ws, j.ID, storage.PauseCounts, time.Now()))
	for _, u := range []string{"again", "reset", "deleted"} {
		p.ended(u, "walked")
		p.sent(u, "first 1, second 1")
	}
	if n := len(p.runs("again")); n != 1 {
		t.Errorf("who came while he was in it has %d runs", n)
	}
	p.comes("again") // may come again, now that it has ended
	p.sent("again", "first 2, second 1")

	p.must(p.s.StopJourney(p.Context(), p.ws, j.ID, time.Now()))
	p.must(p.temporal.ScheduleClient().GetHandle(p.Context(), contract.ScheduleReconcile).Trigger(p.Context(), client.ScheduleTriggerOptions{}))
	p.ended("calm", "stopped")
	p.ended("again", "stopped")
	p.ended("gone", "stopped")
	p.sent("gone", "first 1")
	p.sent("calm", "first 1")

	held := p.live(&known, func(d *journey.Document) { d.Key, d.Control = "held", &journey.Control{Percent: 100} })
	p.says("shadow", "identify", map[string]any{"email": "shadow@example.com"})
	p.says("shadow", "Consent Granted", map[string]any{"channel": "email", "purpose": "marketing", "source": "form", "source_kind": "person"})
	p.says("shadow", "Came", nil)
	p.until("the shadow listens", func() bool { return p.at("shadow") == "open listen " })
	p.says("shadow", "Go", nil)
	p.ended("shadow", "walked")
	p.sent("shadow", "")
	if r := p.runs("shadow"); len(r) != 1 || !r[0].Control || r[0].JourneyID != held.ID {
		t.Errorf("the run that is held out: %+v", r)
	}
}

func (p proving) letter() {
	p.Helper()
	_, err := p.s.PutTemplate(p.Context(), p.ws, storage.TemplateInput{Key: "hi", Name: "hi", Class: string(consent.Marketing), SenderKey: "default", Bodies: []models.TemplateBody{
		{Channel: "email", Locale: "en", Subject: "Hello", Body: `<p>Hello <a href="{{ unsubscribe_url }}">no more</a></p>`}}}, time.Now())
	p.must(err)
	_, err = p.s.PutSender(p.Context(), models.Sender{WorkspaceID: p.ws, SenderKey: "default", Channel: "email", FromName: "Shop", FromAddress: "shop@example.com", PostalAddress: "1 Lane"}, time.Now())
	p.must(err)
}

func (p proving) live(known *kit.Registry, change func(*journey.Document)) models.Journey {
	p.Helper()
	doc, err := known.Document("proof", nil)
	p.must(err)
	if change != nil {
		change(&doc)
	}
	text, err := journey.Canonical(doc)
	p.must(err)
	return p.publish(string(text))
}

// inTemporal does to workflows what an operator may do in Temporal Web.
func (p proving) inTemporal() {
	p.Helper()
	p.must(p.temporal.TerminateWorkflow(p.Context(), p.workflowID("terminated"), "", "an operator"))
	p.must(p.temporal.CancelWorkflow(p.Context(), p.workflowID("cancelled"), ""))
	id := p.workflowID("reset")
	d, err := p.temporal.DescribeWorkflowExecution(p.Context(), id, "")
	p.must(err)
	_, err = p.temporal.WorkflowService().ResetWorkflowExecution(p.Context(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: id, RunId: d.GetWorkflowExecutionInfo().GetExecution().GetRunId()},
		Reason: "an operator", WorkflowTaskFinishEventId: 4, RequestId: fmt.Sprint("reset-", id),
	})
	p.must(err)
	_, err = p.temporal.WorkflowService().DeleteWorkflowExecution(p.Context(), &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: p.workflowID("deleted")},
	})
	p.must(err)
	p.until("the deleted workflow is gone", func() bool {
		_, err := p.temporal.DescribeWorkflowExecution(p.Context(), p.workflowID("deleted"), "")
		return err != nil
	})
}

func (p proving) running(user string) bool {
	p.Helper()
	d, err := p.temporal.DescribeWorkflowExecution(p.Context(), p.workflowID(user), "")
	return err == nil && slices.Contains([]string{"Running"}, d.GetWorkflowExecutionInfo().GetStatus().String())
}
