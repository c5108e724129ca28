package app

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"

	"sojourn/consent"
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/workflows"
	"sojourn/workflows/replay"
)

var recordScaffold = flag.Bool("record-scaffold", false, "record the history that `sojourn new journey` gives to a new journey")

const scaffoldHistory = "scaffold/journey/testdata/histories/first.json"

// outsideModule makes a module of somebody else whose requirements are ours, so that nothing has to be looked up.
func outsideModule(t *testing.T) (dir string, goes func(args ...string) string) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		out := string(text)
		if name == "go.mod" {
			out = strings.Replace(out, "module sojourn\n", "module example.com/journeys\n", 1) + "\nrequire sojourn v0.0.0\n\nreplace sojourn => " + root + "\n"
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(out), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, func(args ...string) string {
		t.Helper()
		cmd := exec.Command("go", args...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
}

// What `sojourn new` writes into somebody's module is formatted, compiles, and its tests pass, the recorded history among
// them; what is there already is left alone, and a name that can't be one is refused.
func TestNewJourneyAndStep(t *testing.T) {
	t.Parallel()
	dir, goes := outsideModule(t)
	new := func(args ...string) (int, string) {
		var out bytes.Buffer
		code := run(context.Background(), append([]string{"new"}, args...), nil, &out, &out)
		return code, out.String()
	}
	for _, args := range [][]string{{"journey", "thank-you"}, {"step", "ask-stock"}} {
		code, out := new(append(args, "--dir", dir)...)
		if code != exitOK || !strings.Contains(out, "go test ./"+strings.ReplaceAll(args[1], "-", "")+"/") {
			t.Fatalf("new %v: %d\n%s", args, code, out)
		}
		if code, out = new(append(args, "--dir", dir)...); code != exitFailed || !strings.Contains(out, "nothing was written") {
			t.Errorf("a second time: %d\n%s", code, out)
		}
	}
	for _, name := range []string{"Thank You", "1st", "a--b", "-", "", "go-to", "main"} {
		if code, _ := new("journey", name, "--dir", dir); code != exitMisused {
			t.Errorf("the name %q: %d", name, code)
		}
	}
	if code, out := new("step", "here", "--dir", t.TempDir()); code != exitMisused || !strings.Contains(out, "go mod init") {
		t.Errorf("outside of a module: %d\n%s", code, out)
	}
	if unformatted, err := exec.Command("gofmt", "-l", dir).Output(); err != nil || len(unformatted) > 0 {
		t.Errorf("not formatted: %s %v", unformatted, err)
	}
	if out := goes("test", "-v", "./..."); !strings.Contains(out, "--- PASS: TestHistories") || !strings.Contains(out, "--- PASS: TestTheWaysOn") {
		t.Errorf("tests:\n%s", out)
	}
}

type scaffoldSettings struct {
	After string `json:"after"`
	Times int    `json:"times"`
}

// scaffoldedJourney is the journey of the scaffold, whose code is text here: as it is, without its pause, or without it for
// those who have not passed it.
func scaffoldedJourney(way string) kit.Journey[scaffoldSettings] {
	return kit.Journey[scaffoldSettings]{
		Type: templateType, Name: "New journey", Defaults: scaffoldSettings{After: "P2D", Times: 2},
		Document: func(s scaffoldSettings) journey.Document {
			return journey.Document{
				Purpose: "marketing",
				Entry:   journey.Entry{Kind: journey.EntryEvent, Event: "Order Completed", Reentry: journey.Reentry{Rule: journey.ReentryAlways}},
				Exit:    []journey.ExitRule{{Event: "Order Cancelled", Label: "cancelled"}},
				Steps: []journey.Step{
					{ID: "pause", Kind: journey.StepWait, Wait: &journey.WaitStep{For: s.After}},
					{ID: "write", Kind: journey.StepSend, Send: &journey.SendStep{Template: templateType, Channel: "email"}},
					{ID: "answer", Kind: journey.StepWaitFor, WaitFor: &journey.WaitForStep{
						Events: []journey.Await{{Trigger: journey.Trigger{Event: "Answered"}, Name: "answered"}}, Timeout: "PT1H"}},
				},
			}
		},
		Play: func(r *kit.Run, s scaffoldSettings) string {
			if way != "no pause" && (way != "guarded" || !r.Changed("no-pause")) {
				r.Do("pause")
			}
			for range s.Times {
				if r.Do("write").Exit != journey.ExitSent {
					return "not_allowed"
				}
				if r.Do("answer").Exit == "answered" {
					return "answered"
				}
			}
			return "silent"
		},
	}
}

// `sojourn replay` says of a run on a real Temporal whether this program goes its way, and keeps a recording that says the
// same without Temporal; code that was changed without care is found out, by the exit code too.
func TestReplayOfARun(t *testing.T) {
	t.Parallel()
	w := wireParts(t)
	thanks := scaffoldedJourney("as it is")
	var known kit.Registry
	known.Add(thanks)
	doc, err := known.Document(templateType, []byte(`{"after": "PT0.3S", "times": 1}`))
	w.must(err)
	text, err := journey.Canonical(doc)
	w.must(err)
	_, err = w.s.PutTemplate(w.Context(), w.ws, storage.TemplateInput{Key: templateType, Name: "Hi", Class: string(consent.Marketing), SenderKey: "default", Bodies: []models.TemplateBody{
		{Channel: "email", Locale: "en", Subject: "Hello", Body: `<p>Hello <a href="{{ unsubscribe_url }}">no more</a></p>`}}}, time.Now())
	w.must(err)
	_, err = w.s.PutSender(w.Context(), models.Sender{WorkspaceID: w.ws, SenderKey: "default", Channel: "email", FromName: "Shop", FromAddress: "shop@example.com", PostalAddress: "1 Lane"}, time.Now())
	w.must(err)
	w.publish(string(text))
	w.work(&known)
	w.says("ann", "identify", map[string]any{"email": "ann@example.com"})
	w.says("ann", "Consent Granted", map[string]any{"channel": "email", "purpose": "marketing", "source": "form", "source_kind": "person"})
	w.says("ann", "Order Completed", map[string]any{"order_id": "1", "total": 3, "currency": "EUR"})
	w.until("the run waits for an answer", func() bool {
		return len(w.list("SELECT step_id FROM step_visits WHERE step_id = 'write' AND exit_name = 'sent'")) == 1
	})
	w.says("ann", "Answered", nil)
	w.until("the run has ended", func() bool { return len(w.list("SELECT outcome FROM runs WHERE state = 'ended'")) == 1 })

	r := &replaying{cmd: &replayCmd{}, store: w.s, temporal: w.temporal}
	r.dial.Do(func() {})
	open, err := w.s.ListRuns(w.Context(), w.ws, storage.RunFilter{}, storage.PageAsk{Limit: 1})
	w.must(err)
	workflowID, err := w.s.RunWorkflowID(w.Context(), open[0].ID)
	w.must(err)
	alone, err := r.executions(w.Context(), workflowID)
	w.must(err)
	if len(alone) != 1 {
		t.Fatalf("the run has %d executions", len(alone))
	}
	docs := &noted{from: workflows.NewDocuments(fetch(w.s))}
	rec, err := replay.New(alone[0].history, alone[0].id, nil)
	w.must(err)
	check := func(known *kit.Registry, rec replay.Recording) error {
		return replay.Check(rec, workflows.Journeys{Documents: docs, Code: known.Plays()})
	}
	if err := check(&known, rec); err != nil {
		t.Fatalf("its own code: %v", err)
	}
	rec.Documents = docs.seen
	if *recordScaffold {
		w.must(save(scaffoldHistory, rec))
	}
	path := filepath.Join(t.TempDir(), "run.json")
	w.must(save(path, rec))
	kept, err := os.ReadFile(path)
	w.must(err)
	if _, err := replay.CheckFile(kept, workflows.Journeys{Code: known.Plays()}); err != nil {
		t.Errorf("the recording: %v", err)
	}

	var other kit.Registry
	other.Add(scaffoldedJourney("no pause"))
	_, err = replay.CheckFile(kept, workflows.Journeys{Code: other.Plays()})
	if !replay.IsDifference(err) || !strings.Contains(err.Error(), "at event") {
		t.Errorf("code without the pause: %v", err)
	}
	var guarded kit.Registry
	guarded.Add(scaffoldedJourney("guarded"))
	if _, err := replay.CheckFile(kept, workflows.Journeys{Code: guarded.Plays()}); err != nil {
		t.Errorf("code without the pause for new runs only: %v", err)
	}
	// A reset leaves two executions of the run: both are read, oldest first, and saved beside each other.
	_, err = w.temporal.WorkflowService().ResetWorkflowExecution(w.Context(), &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: w.config.Temporal.Namespace, WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: alone[0].id}, Reason: "test", WorkflowTaskFinishEventId: 4, RequestId: "reset",
	})
	w.must(err)
	var both []execution
	w.until("the reset execution has left", func() bool {
		both, err = r.executions(w.Context(), workflowID)
		w.must(err)
		d, err := w.temporal.DescribeWorkflowExecution(w.Context(), workflowID, "")
		w.must(err)
		return len(both) == 2 && d.GetWorkflowExecutionInfo().GetCloseTime() != nil
	})
	if both[0].id != alone[0].id {
		t.Errorf("executions %s, %s; the first was %s", both[0].id, both[1].id, alone[0].id)
	}
	r.plays = known.Plays()
	r.cmd.Save = filepath.Join(t.TempDir(), "run.json")
	if note, err := r.one(w.Context(), open[0].ID.String()); err != nil || note != " (2 executions)" {
		t.Errorf("the whole run: %q, %v", note, err)
	}
	for n := range 2 {
		kept, err := os.ReadFile(strings.Replace(r.cmd.Save, ".json", fmt.Sprintf(".%d.json", n+1), 1))
		w.must(err)
		if _, err := replay.CheckFile(kept, workflows.Journeys{Code: known.Plays()}); err != nil {
			t.Errorf("recording %d of the run: %v", n+1, err)
		}
	}
	r.cmd.Save = ""
	r.plays = other.Plays()
	if _, err := r.one(w.Context(), open[0].ID.String()); !replay.IsDifference(err) || !strings.Contains(err.Error(), "execution 1 of 2") {
		t.Errorf("other code on the whole run: %v", err)
	}
	var out bytes.Buffer
	if code := run(context.Background(), []string{"replay", path}, nil, &out, &out); code != exitFailed || !strings.Contains(out.String(), `does not know the journey "new-journey"`) {
		t.Errorf("a program without the journey: %d\n%s", code, out.String())
	}
}
