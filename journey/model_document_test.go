package journey_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"sojourn/audience"
	"sojourn/journey"
)

var everyKind = []journey.StepKind{journey.StepWait, journey.StepWait, journey.StepWaitFor, journey.StepBranch, journey.StepSend, journey.StepSend, journey.StepUpdate,
	journey.StepExit, journey.StepSplit, journey.StepOffer, journey.StepReward, journey.StepCollect, journey.StepNotify, journey.StepWebhook, journey.StepTask, journey.StepEnter, journey.StepCode}

var everyEntry = []journey.Entry{
	{Kind: journey.EntryEvent, Event: "Start"},
	{Kind: journey.EntryEvent, Event: "Booked", Key: "booking_id", Reentry: journey.Reentry{Rule: "always"}},
	{Kind: journey.EntryDate, Date: &journey.DateRule{DateRef: journey.DateRef{Attribute: "birthday"}, Anniversary: true}, Reentry: journey.Reentry{Rule: "always"}},
	{Kind: journey.EntryAudience, Condition: &audience.Condition{Metric: "orders_count", Op: audience.Gte, Value: 1}, Edge: "leave", Reentry: journey.Reentry{Rule: "after", After: "P90D"}},
	{Kind: journey.EntrySchedule, Cron: "0 9 * * 1", Condition: &audience.Condition{Metric: "orders_count", Op: audience.Gte, Value: 1}},
	{Kind: journey.EntryAPI},
}

// everyWait are the forms of a wait; a loop may go through those in rests.
var everyWait = []journey.WaitStep{
	{For: "PT1H"}, {Until: &journey.LocalTime{Time: "09:30"}}, {BestHour: &journey.BestHour{}}, {Date: &journey.DateRule{DateRef: journey.DateRef{Attribute: "birthday"}, Anniversary: true}},
	{Date: &journey.DateRule{DateRef: journey.DateRef{Context: "check_in"}}}, {Window: &journey.Window{From: "09:00", To: "18:00"}}, {NextPurchase: &journey.NextPurchase{}},
}

const rests = 4

// drawn is one step before its exits are known.
type drawn struct {
	kind  journey.StepKind
	wait  int
	rests bool // a loop may go through it
}

// document draws a valid document: a few steps that lead forward, or back to a step that takes time.
func document(t *rapid.T) journey.Document {
	d := journey.Document{Key: "model", Name: "Model", Purpose: "marketing", Entry: rapid.SampledFrom(everyEntry).Draw(t, "entry"),
		Exit:   []journey.ExitRule{{Event: "Leave"}, {Event: "Cancel", Label: "cancelled"}},
		Update: []journey.Trigger{{Event: "Changed"}}}
	if rapid.Bool().Draw(t, "has a goal") {
		d.Goal = &journey.Goal{Trigger: journey.Trigger{Event: "Buy"}, Continue: rapid.Bool().Draw(t, "go on after the goal")}
	}
	all := make([]drawn, rapid.IntRange(1, 8).Draw(t, "steps"))
	for i := range all {
		s := drawn{kind: rapid.SampledFrom(everyKind).Draw(t, "kind")}
		if s.kind == journey.StepWait {
			s.wait = rapid.IntRange(0, len(everyWait)-1).Draw(t, "form")
		}
		s.rests = s.kind == journey.StepWait && s.wait < rests || s.kind == journey.StepWaitFor || s.kind == journey.StepCollect || s.kind == journey.StepTask
		all[i] = s
	}
	for i, s := range all {
		d.Steps = append(d.Steps, step(t, all, i, s))
	}
	return d
}

func step(t *rapid.T, all []drawn, i int, s drawn) journey.Step {
	next := func(what string) string {
		to := []string{""}
		for j, other := range all {
			if j > i || other.rests {
				to = append(to, fmt.Sprint("s", j))
			}
		}
		return rapid.SampledFrom(to).Draw(t, what)
	}
	where := &audience.Condition{Property: "x", Op: audience.Exists}
	out := journey.Step{ID: fmt.Sprint("s", i), Kind: s.kind}
	if s.kind != journey.StepExit {
		out.Next = next("next")
	}
	switch s.kind {
	case journey.StepWait:
		w := everyWait[s.wait]
		out.Wait = &w
	case journey.StepWaitFor:
		out.WaitFor = &journey.WaitForStep{Timeout: "PT2H", TimeoutNext: next("timeout"), Since: rapid.SampledFrom([]string{"", "step", "message", "run"}).Draw(t, "since"),
			Events: []journey.Await{{Trigger: journey.Trigger{Event: "Look", Where: where}, Next: next("look")}, {Trigger: journey.Trigger{Event: "Reply"}, Name: "replied", Next: next("reply")},
				{Trigger: journey.Trigger{Event: "Message Opened"}, Message: journey.AnyMessage, Next: next("opened")}}}
	case journey.StepBranch:
		out.Branch = &journey.BranchStep{Cases: []journey.Case{{Name: "yes", When: audience.Condition{Metric: "orders_count", Op: audience.Gte, Value: 1}, Next: next("yes")}}, Otherwise: next("otherwise")}
	case journey.StepSend:
		out.Send = &journey.SendStep{Template: "t", Channel: "email", OnSkipped: next("skipped"), OnFailed: next("failed"), OnUnknown: next("unknown")}
	case journey.StepUpdate:
		out.Update = &journey.UpdateStep{Set: map[string]any{"a": 1}}
	case journey.StepSplit:
		out.Split = &journey.SplitStep{Variants: []journey.Variant{{Name: "a", Weight: 1, Next: next("a")}, {Name: "b", Weight: 1, Next: next("b")}}}
	case journey.StepOffer:
		out.Offer = &journey.OfferStep{Offer: "o", OnNoneLeft: next("none left")}
	case journey.StepReward:
		out.Reward = &journey.RewardStep{Kind: "points", Amount: 5, OnRefused: next("refused")}
	case journey.StepCollect:
		out.Collect = &journey.CollectStep{Events: []journey.Trigger{{Event: "Look"}}, For: "PT3H", Max: rapid.SampledFrom([]int{0, 2}).Draw(t, "max"), OnEmpty: next("empty"),
			Since: rapid.SampledFrom([]string{"", "run"}).Draw(t, "since")}
	case journey.StepNotify:
		out.Notify = &journey.NotifyStep{Channel: "email", To: "a@example.com", Text: "t"}
	case journey.StepWebhook:
		out.Webhook = &journey.WebhookStep{URL: "https://example.com", OnFailed: next("failed")}
	case journey.StepTask:
		out.Task = &journey.TaskStep{Type: "call", Title: "t", OnTimeout: next("late")}
		if rapid.Bool().Draw(t, "outcomes") {
			out.Task.Outcomes = []journey.Outcome{{Name: "reached", Next: next("reached")}}
		}
	case journey.StepEnter:
		out.Enter = &journey.EnterStep{Journey: "other"}
	case journey.StepCode:
		out.Code = &journey.CodeStep{Type: "c", On: map[string]string{"yes": next("yes")}}
	case journey.StepExit:
		out.Exit = &journey.ExitStep{Label: "left"}
	}
	return out
}

// renamed is the document with every step under another name, and how the old names map to the new ones.
func renamed(t *rapid.T, d journey.Document) (journey.Document, map[string]string) {
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	mapping := map[string]string{}
	var pairs []string
	for _, s := range d.Steps {
		mapping[s.ID] = "n" + s.ID
		pairs = append(pairs, `"`+s.ID+`"`, `"n`+s.ID+`"`)
	}
	var out journey.Document
	if err := json.Unmarshal([]byte(strings.NewReplacer(pairs...).Replace(string(text))), &out); err != nil {
		t.Fatal(err)
	}
	return out, mapping
}

func inverse(m map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[v] = k
	}
	return out
}

// exitsOf lists what the answer to a match may be.
func exitsOf(s *journey.Step) []string {
	out := []string{""}
	for _, e := range s.Exits() {
		if e.Name != journey.ExitTimeout {
			out = append(out, e.Name)
		}
	}
	return out
}

// target is where an exit leads, by reading the document.
func target(s *journey.Step, exit string) string {
	i := slices.IndexFunc(s.Exits(), func(e journey.Exit) bool { return e.Name == exit })
	if i < 0 {
		return s.Next
	}
	return s.Exits()[i].To
}
