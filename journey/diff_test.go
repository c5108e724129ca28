package journey_test

import (
	"slices"
	"testing"

	"sojourn/journey"
)

func mustParse(t *testing.T, text string) journey.Document {
	t.Helper()
	d, err := journey.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const diffBefore = `
key: winback
name: Win back
purpose: offers
entry: {kind: event, event: Lapsed}
steps:
  - {id: pause, kind: wait, wait: {for: P3D}, next: mail}
  - {id: mail, kind: send, send: {template: miss-you, channel: email}, next: opened}
  - {id: opened, kind: wait_for, wait_for: {events: [{event: Message Opened, message: mail}], timeout: P2D}, next: bye}
  - {id: bye, kind: exit, exit: {label: done}}
`

const diffAfter = `
key: winback
name: Win back
purpose: offers
control: {percent: 10}
entry: {kind: event, event: Lapsed}
steps:
  - {id: mail, kind: send, send: {template: miss-you, channel: email}, next: opened}
  - {id: opened, kind: wait_for, wait_for: {events: [{event: Message Opened, message: mail}], timeout: P5D, timeout_next: sms}, next: bye}
  - {id: sms, kind: send, send: {template: miss-you, channel: sms}, next: bye}
  - {id: bye, kind: exit, exit: {label: done}}
layout: {positions: {mail: {x: 1, y: 2}}}
`

func TestDiffTellsWhatChanged(t *testing.T) {
	t.Parallel()
	d := journey.Diff(mustParse(t, diffBefore), mustParse(t, diffAfter))
	if d.Same || !d.Layout {
		t.Errorf("same %v, layout %v", d.Same, d.Layout)
	}
	if d.Start == nil || d.Start.Was != "pause" || d.Start.To != "mail" {
		t.Errorf("the start: %+v", d.Start)
	}
	if len(d.Journey) != 1 || d.Journey[0].Path != "control" || d.Journey[0].Op != journey.Added {
		t.Errorf("the journey's own fields: %+v", d.Journey)
	}
	var steps []string
	for _, s := range d.Steps {
		steps = append(steps, string(s.Op)+" "+s.ID)
	}
	if !slices.Equal(steps, []string{"removed pause", "changed opened", "added sms"}) {
		t.Errorf("steps: %v", steps)
	}
	var fields []string
	for _, s := range d.Steps {
		for _, f := range s.Fields {
			fields = append(fields, s.ID+"."+f.Path)
		}
	}
	if !slices.Equal(fields, []string{"opened.wait_for.timeout", "opened.wait_for.timeout_next"}) {
		t.Errorf("fields: %v", fields)
	}
	var timeout *journey.EdgeChange
	for i, e := range d.Edges {
		if e.From == "opened" {
			timeout = &d.Edges[i]
		}
	}
	if timeout == nil || timeout.Exit != "timeout" || timeout.Was != "bye" || timeout.To != "sms" || timeout.Op != journey.Changed {
		t.Errorf("the edge of the timeout: %+v of %+v", timeout, d.Edges)
	}
}

// Positions and the order of steps behind the first are no difference; another kind under an old id is a new step.
func TestDiffOfTheSame(t *testing.T) {
	t.Parallel()
	a := mustParse(t, diffBefore)
	b := mustParse(t, diffBefore)
	b.Steps[1], b.Steps[2] = b.Steps[2], b.Steps[1]
	b.Layout = &journey.Layout{Positions: map[string]journey.Position{"mail": {X: 4}}}
	if d := journey.Diff(a, b); !d.Same || !d.Layout {
		t.Errorf("reordered: %+v", d)
	}
	b = mustParse(t, diffBefore)
	b.Steps[0] = journey.Step{ID: "pause", Kind: journey.StepExit, Exit: &journey.ExitStep{Label: "x"}}
	if d := journey.Diff(a, b); len(d.Steps) != 2 || d.Steps[0].Op != journey.Removed || d.Steps[1].Op != journey.Added {
		t.Errorf("another kind: %+v", d.Steps)
	}
}
