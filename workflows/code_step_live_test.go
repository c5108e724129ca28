package workflows_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"sojourn/activities"
	"sojourn/activities/steps"
	"sojourn/channels/inbox"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/kit"
	"sojourn/outbound"
)

type weighing struct {
	Limit int    `json:"limit"`
	Unit  string `json:"unit"`
}

// A step that somebody has written in Go, through a real Temporal server: the settings of the published document over the
// defaults, an attempt that fails, the exit that the code took, and nothing a second time.
func TestAStepInGoThroughTemporal(t *testing.T) {
	t.Parallel()
	var keys []string
	var got weighing
	var name any
	weigh := kit.Step[weighing]{Type: "weigh-" + strings.ToLower(t.Name()[:8]), Name: "Weigh", Defaults: weighing{Limit: 10, Unit: "kg"}, Exits: []string{"heavy"},
		Do: func(ctx context.Context, about kit.StepContext, s weighing) (string, string, error) {
			keys, got = append(keys, about.Key()), s
			if len(keys) == 1 {
				return "", "", errors.New("the scales are busy")
			}
			data, err := about.Data(ctx)
			if err != nil {
				return "", "", err
			}
			name = data["customer"]
			return "heavy", "12", nil
		}}
	var known kit.Registry
	known.Add(weigh)
	l := goLive(t, strings.ReplaceAll(`
key: weighed
name: Weighed
purpose: marketing
entry: {kind: event, event: Signed Up}
steps:
  - {id: scales, kind: code, code: {type: TYPE, settings: {limit: 3}, on: {heavy: big}}, next: small}
  - {id: small, kind: send, send: {template: small, channel: code-live}, next: bye}
  - {id: big, kind: send, send: {template: big, channel: code-live}}
  - {id: bye, kind: exit, exit: {label: small}}
`, "TYPE", weigh.Type), 0)
	caller, err := outbound.NewCaller(nil)
	l.must(err)
	act := &steps.Steps{Store: l.s, Runs: &activities.Runs{Store: l.s, Documents: l.s, Subjects: l.s}, Loyalty: l.s, Engine: &content.Engine{Now: time.Now}, Caller: caller,
		Secrets: &outbound.Secrets{Store: l.s, Key: bytes.Repeat([]byte("k"), 32)}, Notices: &inbox.Sender{Store: l.s, Now: time.Now}}
	l.must(act.Validate())
	perform := act.PerformCode(weigh.Type, known.Steps()[weigh.Type])

	// Without a worker of the type the run waits there, for everybody to see.
	l.says("ann", "Signed Up", nil)
	l.until("the run stands at its step", func() bool { return l.run(l.runID).StepID == "scales" })

	var asked contract.PerformInput
	w := worker.New(l.c, contract.CodeQueue(weigh.Type), worker.Options{Identity: "test", DisableWorkflowWorker: true})
	w.RegisterActivityWithOptions(func(ctx context.Context, in contract.PerformInput) (contract.PerformResult, error) {
		asked = in
		return perform(ctx, in)
	}, activity.RegisterOptions{Name: contract.CodeActivity(weigh.Type)})
	l.must(w.Start())
	t.Cleanup(w.Stop)
	l.untilEnded()
	if want := []string{"big#1"}; !slices.Equal(l.mail.sent, want) {
		t.Errorf("sent %v, want %v", l.mail.sent, want)
	}
	if got != (weighing{3, "kg"}) || len(keys) != 2 || keys[0] != keys[1] || name == nil {
		t.Errorf("settings %+v, keys %v, customer %v", got, keys, name)
	}

	again, err := perform(ctx(), asked) // its answer was lost on the way: the record answers
	if err != nil || again.Exit != "heavy" || again.Result != "12" || len(keys) != 2 {
		t.Errorf("again: %+v, %v, %d attempts", again, err, len(keys))
	}
	asked.Visit, asked.Control = 2, true
	held, err := perform(ctx(), asked)
	if err != nil || held.Result != steps.ResultControl || len(keys) != 2 {
		t.Errorf("held out: %+v, %v, %d attempts", held, err, len(keys))
	}
}

// A setting that the step does not have is an error, also when it got past the checks of publishing.
func TestAttemptsOfAStepInGo(t *testing.T) {
	t.Parallel()
	s := kit.Step[weighing]{Type: "w", Do: func(context.Context, kit.StepContext, weighing) (string, string, error) { return "", "", nil }}
	if _, _, err := s.Attempt(ctx(), contract.CodeAsk{Settings: []byte(`{"limt": 3}`)}); err == nil {
		t.Error("a setting that does not exist was taken")
	}
}
