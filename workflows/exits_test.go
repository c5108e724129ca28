package workflows_test

import (
	"testing"
	"time"
)

const leaving = `
key: upgrade
name: Upgrade
purpose: marketing
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
exit:
  - {event: Left}
  - {where: {attribute: attributes.plan, op: eq, value: gold}, label: upgraded}
  - {where: {event: Page Viewed, within: P3D, op: eq, value: 0}, label: silent}
steps:
  - {id: days, kind: wait, wait: {for: P5D}, next: mail}
  - {id: mail, kind: send, send: {template: hi, channel: email}, next: more}
  - {id: more, kind: wait, wait: {for: P2D}, next: last}
  - {id: last, kind: send, send: {template: hi, channel: email}}
`

// An exit without an event ends the run in the middle of a wait when an event makes its condition true, one the journey does
// not listen for.
func TestAConditionEndsARunAtOnce(t *testing.T) {
	tell(t, told{Visits: []string{"days#1:(ended)@Jun 2 06:00"}, Outcome: "upgraded"}, func(t *testing.T) *world {
		w := newWorld(t, monday, leaving)
		w.says("ann", "Page Viewed", nil)
		w.says("ann", "Signed Up", nil)
		w.plan(monday.Add(24*time.Hour), func() { w.says("ann", "identify", map[string]any{"plan": "gold"}) })
		return w
	})
}

// What comes true by time alone is found when the run wakes, before anything is sent.
func TestAConditionThatCameTrueInSilenceEndsTheRunBeforeItActs(t *testing.T) {
	tell(t, told{
		Visits: []string{"days#1:next@Jun 6 06:00", "mail#1:sent@Jun 6 06:00", "more#1:(ended)@Jun 8 06:00"}, Sent: []string{"mail#1"}, Outcome: "silent",
	}, func(t *testing.T) *world {
		w := newWorld(t, monday, leaving)
		w.says("ann", "Page Viewed", nil)
		w.says("ann", "Signed Up", nil)
		for _, hours := range []time.Duration{48, 84} { // a day and a half before the first mail, three and a half before the second
			w.plan(monday.Add(hours*time.Hour), func() { w.says("ann", "Page Viewed", nil) })
		}
		return w
	})
}
