package adminapi

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// moment says when, where the days were counted: "Tue 5 May 2026 09:00 (Europe/Amsterdam)".
func moment(at models.Instant, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "" {
		loc, zone = time.UTC, "UTC"
	}
	layout := "Mon 2 Jan 2006 15:04"
	if at.Time().Second() != 0 {
		layout += ":05"
	}
	return at.Time().In(loc).Format(layout) + " (" + zone + ")"
}

// lengthWords says an ISO 8601 duration without its sign: "7 days", "1 year 6 hours"; one that can't be read as it is.
func lengthWords(text string) string {
	d, err := journey.ParseDuration(strings.TrimPrefix(text, "-"))
	if err != nil {
		return text
	}
	var parts []string
	add := func(n int, word string) {
		if n != 0 {
			parts = append(parts, plural(n, word))
		}
	}
	add(d.Years, "year")
	add(d.Months, "month")
	add(d.Days, "day")
	add(int(d.Clock/time.Hour), "hour")
	add(int(d.Clock/time.Minute)%60, "minute")
	add(int(d.Clock/time.Second)%60, "second")
	if len(parts) == 0 {
		return "no time"
	}
	return strings.Join(parts, " ")
}

// beforeAfter says on which side of something an offset lies: "7 days before", "1 day after", "on".
func beforeAfter(offset string) string {
	switch {
	case strings.HasPrefix(offset, "-"):
		return lengthWords(offset) + " before "
	case offset == "" || lengthWords(offset) == "no time":
		return "on "
	}
	return lengthWords(offset) + " after "
}

func dateName(r journey.DateRef) string {
	switch {
	case r.Attribute != "":
		return strings.TrimPrefix(r.Attribute, "attributes.")
	case r.Object != "":
		return r.Object + "." + r.Field
	}
	return r.Context
}

func onDays(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return " on " + strings.Join(names, ", ")
}

// waitRule says by which rule a wait ends, with what was seen when that was worked out.
func waitRule(s journey.Step, n storage.WaitNote) string {
	switch {
	case s.Wait != nil:
		return plainWait(*s.Wait, n)
	case s.WaitFor != nil:
		var names []string
		for _, e := range s.WaitFor.Events {
			names = append(names, e.Event)
		}
		return strings.Join(names, " or ") + ", for " + lengthWords(s.WaitFor.Timeout) + " at most"
	case s.Collect != nil:
		return plainWait(journey.WaitStep{For: s.Collect.For, Until: s.Collect.Until}, n)
	case s.Task != nil:
		return "somebody to complete the task, for " + lengthWords(cmp.Or(s.Task.Due, "P3D")) + " at most"
	}
	return ""
}

func plainWait(w journey.WaitStep, n storage.WaitNote) string {
	var parts []string
	if w.For != "" {
		parts = append(parts, lengthWords(w.For))
	}
	switch {
	case w.Until != nil:
		parts = append(parts, "the next "+w.Until.Time+onDays(w.Until.Weekdays))
	case w.Date != nil:
		r := *w.Date
		text := beforeAfter(r.Offset)
		if r.Anniversary {
			text += "the anniversary of "
		}
		if text += dateName(r.DateRef); n.Date != "" {
			text += " (" + n.Date + ")"
		}
		if r.At != "" {
			text += " at " + r.At
		}
		parts = append(parts, text)
	case w.Window != nil:
		parts = append(parts, "between "+w.Window.From+" and "+w.Window.To+onDays(w.Window.Weekdays))
	case w.BestHour != nil:
		if n.Hour == "" {
			parts = append(parts, "at "+cmp.Or(w.BestHour.Default, journey.DefaultBestHour)+", because too little is known of this customer's hours")
		} else {
			parts = append(parts, "this customer's own best hour, "+n.Hour)
		}
	case w.NextPurchase != nil:
		if n.Expected.IsZero() {
			parts = append(parts, lengthWords(cmp.Or(w.NextPurchase.Default, journey.DefaultNextPurchase))+", because no rhythm of this customer is known")
		} else {
			parts = append(parts, beforeAfter(w.NextPurchase.Offset)+"the purchase expected for "+n.Expected.Time().Format(time.DateOnly))
		}
	}
	return strings.Join(parts, ", then ")
}

// until says until when, and why: "Tue 5 May 2026 09:00 (Europe/Amsterdam): 7 days before booking.start (2026-05-12)".
func until(at models.Instant, s journey.Step, n storage.WaitNote) string {
	text := "until " + moment(at, n.Zone)
	if rule := waitRule(s, n); rule != "" {
		text += ": " + rule
	}
	if !n.Passed.IsZero() {
		text += ", " + strings.TrimSuffix(moment(n.Passed, n.Zone), " ("+n.Zone+")") + ", which had passed"
	}
	if at > n.Until {
		text += "; longer by " + at.Time().Sub(n.Until.Time()).Round(time.Second).String() + " of a pause"
	}
	return text
}

// noteFacts are the values behind the sentence.
func noteFacts(facts map[string]any, s journey.Step, n storage.WaitNote) {
	facts["until"], facts["zone"], facts["worked_out_at"] = n.Until.Time(), n.Zone, n.At.Time()
	for name, v := range map[string]string{"date": n.Date, "best_hour": n.Hour, "missing": n.Missing} {
		if v != "" {
			facts[name] = v
		}
	}
	if !n.Passed.IsZero() {
		facts["passed"] = n.Passed.Time()
	}
	if !n.Expected.IsZero() {
		facts["expected"] = n.Expected.Time()
	}
	switch {
	case s.Wait != nil:
		facts["rule"] = s.Wait
	case s.WaitFor != nil:
		facts["timeout"] = s.WaitFor.Timeout
	case s.Collect != nil:
		facts["rule"] = map[string]any{"for": s.Collect.For, "until": s.Collect.Until}
	case s.Task != nil:
		facts["due"] = s.Task.Due
	}
}

// waited says of a step that was left how long it was to wait, by which rule, and whether it did.
func waited(v models.StepVisit, name string, s journey.Step, n storage.WaitNote) string {
	switch {
	case n.Missing != "":
		return fmt.Sprintf("%s: there was nothing to wait for", name)
	case v.ExitName == journey.ExitEnded:
		return fmt.Sprintf("%s: the run ended while it waited %s", name, until(n.Until, s, n))
	case v.ExitName == journey.ExitMoved:
		return fmt.Sprintf("%s: moved to another version while it waited %s", name, until(n.Until, s, n))
	case v.LeftAt.Time().Before(n.Until.Time().Add(-time.Second)) && s.Wait != nil:
		return fmt.Sprintf("%s: went on before its time, it was to wait %s", name, until(n.Until, s, n))
	case s.Wait != nil:
		return fmt.Sprintf("%s: waited %s", name, until(n.Until, s, n))
	}
	return fmt.Sprintf("%s: %s; it waited %s", name, strings.ReplaceAll(v.ExitName, "_", " "), until(n.Until, s, n))
}

// waitOf says what an open run waits for; nil when it does not.
func waitOf(r storage.RunRow, rec storage.RunRecord, doc *journey.Document) *RunWaiting {
	if r.State != models.RunOpen || doc == nil {
		return nil
	}
	for _, s := range rec.Sends { // a message that was put off
		if s.State == storage.SendDeferred && s.StepID == r.StepID && !s.DeferUntil.IsZero() {
			why := "until " + moment(s.DeferUntil, "") + ": " + reasonWords(s.Reason)
			if s.Detail != "" {
				why += " (" + s.Detail + ")"
			}
			return &RunWaiting{StepID: r.StepID, Until: when(s.DeferUntil), Zone: "UTC", Why: why, Facts: map[string]any{"reason": s.Reason, "detail": s.Detail}}
		}
	}
	n, ok := storage.ReadWaitNote(rec.Waiting)
	if s, known := doc.Step(r.StepID); ok && known && n.StepID == r.StepID && !r.WakeAt.IsZero() {
		out := &RunWaiting{StepID: r.StepID, Until: when(r.WakeAt), Zone: n.Zone, Why: until(r.WakeAt, s, n), Facts: map[string]any{}}
		noteFacts(out.Facts, s, n)
		return out
	}
	return nil
}
