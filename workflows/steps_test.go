package workflows_test

import (
	"context"
	"strings"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"sojourn/activities"
	"sojourn/activities/steps"
	"sojourn/contract"
	"sojourn/journey"
)

// performed stands in for what steps do: the id of a step names its kind. What they really do is tested where it is
// written; here only the way through them counts.
func performed(_ context.Context, in contract.PerformInput) (contract.PerformResult, error) {
	kind, _, _ := strings.Cut(in.StepID, "_")
	exits := map[string]string{"split": "a", "offer": journey.ExitOK, "reward": journey.ExitOK, "webhook": journey.ExitOK, "task": journey.ExitPending, "gift": journey.ExitPending}
	res := contract.PerformResult{State: contract.PerformDone, Exit: exits[kind], Result: "done"}
	if kind == "collect" || kind == "webhook" {
		res.Revision = in.Revision + 1
	}
	return res, nil
}

// performed is the stand-in that looks at the journey, as the real ones do.
func (w *world) performed(ctx context.Context, in contract.PerformInput) (contract.PerformResult, error) {
	if then := w.before[in.StepID]; then != nil {
		delete(w.before, in.StepID)
		then()
	}
	if who, err := w.s.RunPerson(ctx, in.WorkspaceID, idBytes(in.RunID)); err != nil || who.Halted() {
		return contract.PerformResult{State: contract.PerformHalted}, err
	}
	return performed(ctx, in)
}

func registerSteps(r worker.ActivityRegistry) {
	for _, name := range []string{contract.ActivityPerformStep, contract.ActivityPerformOutside, contract.CodeActivity("tested")} {
		r.RegisterActivityWithOptions(performed, activity.RegisterOptions{Name: name})
	}
}

// registerSteps registers the stand-in, or what steps really do inside our own database when the story has an inbox.
func (w *world) registerSteps(r worker.ActivityRegistry) {
	if w.before != nil {
		r.RegisterActivityWithOptions(w.performed, activity.RegisterOptions{Name: contract.ActivityPerformStep})
		return
	}
	if w.real == nil {
		registerSteps(r)
		return
	}
	real := &steps.Steps{Store: w.s, Runs: &activities.Runs{Store: w.s, Documents: w.s, Subjects: w.s, Now: w.now}, Loyalty: w.s, Engine: w.real.Engine, Now: w.now}
	r.RegisterActivityWithOptions(real.PerformStep, activity.RegisterOptions{Name: contract.ActivityPerformStep})
}

// everyStep goes through every kind of step that neither sends nor decides.
const everyStep = `
key: every
name: Every step
purpose: marketing
entry: {kind: event, event: Signed Up, key: booking, reentry: {rule: always}}
update: [{event: Moved}]
exit: [{event: Left, label: gone}]
steps:
  - {id: split, kind: split, split: {variants: [{name: a, weight: 1}, {name: b, weight: 1}]}, next: offer}
  - {id: offer, kind: offer, offer: {offer: gift}, next: mail}
  - {id: mail, kind: send, send: {template: hi, channel: CHANNEL, offer: offer}, next: reward}
  - {id: reward, kind: reward, reward: {kind: points, amount: 5}, next: update}
  - {id: update, kind: update, update: {add: {score: 5}}, next: webhook}
  - {id: webhook, kind: webhook, webhook: {url: "https://example.com/hook", save: {room: room.number}}, next: notify}
  - {id: notify, kind: notify, notify: {channel: webhook, to: "https://example.com/hook", text: hello}, next: coded}
  - {id: coded, kind: code, code: {type: tested}, next: collect}
  - {id: collect, kind: collect, collect: {events: [{event: Page Viewed, where: {property: seconds, op: gte, value: 20}}], for: PT20S, max: 2}, next: task}
  - {id: task, kind: task, task: {type: call, title: Call, due: PT20S, outcomes: [{name: reached, next: enter}]}, next: bye}
  - {id: enter, kind: enter, enter: {journey: other}, next: day}
  - {id: day, kind: wait, wait: {date: {context: check_in, late: now}}}
  - {id: bye, kind: exit, exit: {label: not reached}}
`
