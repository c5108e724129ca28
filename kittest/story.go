package kittest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sojourn/models"
	"sojourn/storage"
)

// Story tells everything that happened so far, in its order: what the test let happen, the steps that were left with their
// exits, and the messages. A failed expectation shows it.
func (w *World) Story() string { w.t.Helper(); return w.story() }

// Fail ends the test with the story.
func (w *World) Fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), w.story())
}

type moment struct {
	at   time.Time
	text string
}

func (w *World) story() string {
	w.t.Helper()
	lines := slices.Clone(w.log)
	out := "what the test let happen:\n  " + strings.Join(lines, "\n  ")
	for _, c := range w.customers {
		runs, err := w.Store.ListRuns(w.t.Context(), w.workspace.ID, storage.RunFilter{Customer: c.id}, storage.PageAsk{Limit: 10})
		w.must(err)
		for _, r := range slices.Backward(runs) {
			out += "\n" + c.way(r)
		}
	}
	return out
}

func (c *Customer) way(r storage.RunRow) string {
	c.w.t.Helper()
	record := c.record(r.ID)
	var all []moment
	for _, v := range record.Visits {
		all = append(all, moment{v.LeftAt.Time(), fmt.Sprintf("%s -> %s%s", v.StepID, v.ExitName, c.because(record, v))})
	}
	slices.SortStableFunc(all, func(a, b moment) int { return a.at.Compare(b.at) })
	held := ""
	if r.Control {
		held = " (held out)"
	}
	lines := []string{fmt.Sprintf("%s in %s%s, from %s:", c.Name, r.Journey.Key, held, c.w.stamp(r.StartedAt.Time()))}
	for _, m := range all {
		lines = append(lines, "  "+c.w.stamp(m.at)+"  "+m.text)
	}
	if r.State == models.RunOpen {
		until := ""
		if !r.WakeAt.IsZero() {
			until = ", until " + c.w.stamp(r.WakeAt.Time())
		}
		for _, s := range record.Sends {
			if s.StepID == r.StepID && s.State != sendAccepted && s.ClosedAt.IsZero() {
				until += fmt.Sprintf(" (%s: %s %s)", s.Template, because(s), s.Detail)
			}
		}
		return strings.Join(append(lines, fmt.Sprintf("  now it is at %q%s", r.StepID, until)), "\n")
	}
	return strings.Join(append(lines, fmt.Sprintf("  it ended: %s", r.Outcome)), "\n")
}

// because adds why a message did not go out.
func (c *Customer) because(record storage.RunRecord, v models.StepVisit) string {
	for _, s := range record.Sends {
		if s.StepID == v.StepID && s.Visit == v.Visit {
			if s.State == sendAccepted {
				return fmt.Sprintf(" (%s)", s.Template)
			}
			return fmt.Sprintf(" (%s: %s)", s.Template, because(s))
		}
	}
	return ""
}

func (w *World) nameOf(customer string) string {
	for _, c := range w.customers {
		if c.id.String() == customer {
			return c.Name
		}
	}
	return customer
}
