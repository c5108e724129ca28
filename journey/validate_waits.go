package journey

import (
	"fmt"
	"slices"

	"sojourn/audience"
)

// Values of WaitForStep.Since and CollectStep.Since.
const (
	SinceStep    = "step"
	SinceMessage = "message"
	SinceRun     = "run"
)

// MaxCollect is the largest CollectStep.Max: the list has to fit into a message.
const MaxCollect = 1000

func (v *validator) wait(path string, w WaitStep) {
	given := 0
	for _, set := range []bool{w.Until != nil, w.Date != nil, w.Window != nil, w.BestHour != nil, w.NextPurchase != nil} {
		if set {
			given++
		}
	}
	switch {
	case given == 0 && w.For == "":
		v.add(path, CodeRequired, "say for how long or until when")
	case given > 1:
		v.add(path, CodeTooMany, "a wait has one end: a time of day, a date, a part of the day, the best hour or the next purchase")
	case w.For != "" && (w.Date != nil || w.NextPurchase != nil):
		v.add(path+".for", CodeForeignBody, "a wait for a date has an offset; a duration before it has no meaning")
	}
	v.duration(path+".for", w.For, false)
	v.localTime(path+".until", w.Until)
	if w.Date != nil {
		v.date(path+".date", *w.Date, false)
	}
	if w.Window != nil {
		v.window(path+".window", *w.Window)
	}
	if b := w.BestHour; b != nil {
		v.clock(path+".best_hour.default", b.Default, false)
	}
	if n := w.NextPurchase; n != nil {
		v.offset(path+".next_purchase.offset", n.Offset)
		v.clock(path+".next_purchase.at", n.At, false)
		v.duration(path+".next_purchase.default", n.Default, false)
		v.duration(path+".next_purchase.max", n.Max, false)
	}
}

func (v *validator) localTime(path string, u *LocalTime) {
	if u == nil {
		return
	}
	v.clock(path+".time", u.Time, true)
	v.weekdays(path+".weekdays", u.Weekdays)
	v.documentZone(path+".timezone", u.Timezone)
}

func (v *validator) window(path string, w Window) {
	v.clock(path+".from", w.From, true)
	v.clock(path+".to", w.To, true)
	if w.From != "" && w.From == w.To {
		v.add(path+".to", CodeTime, "the window ends when it begins")
	}
	v.weekdays(path+".weekdays", w.Weekdays)
	v.documentZone(path+".timezone", w.Timezone)
}

func (v *validator) clock(path, text string, required bool) {
	if text == "" && !required {
		return
	}
	if _, err := ParseClock(text); err != nil {
		v.add(path, CodeTime, "%s", err)
	}
}

func (v *validator) weekdays(path string, names []string) {
	if _, err := ParseWeekdays(names); err != nil {
		v.add(path, CodeTime, "%s", err)
	}
}

// offset checks a duration with a sign.
func (v *validator) offset(path, text string) {
	if text == "" {
		return
	}
	if _, err := ParseDuration(text); err != nil {
		v.add(path, CodeDuration, "%s", err)
	}
}

// date checks a date rule of the entry or of a wait.
func (v *validator) date(path string, r DateRule, entry bool) {
	named := 0
	for _, name := range []string{r.Attribute, r.Object, r.Context} {
		if name != "" {
			named++
		}
	}
	switch {
	case named == 0:
		v.add(path, CodeRequired, "say which date: one of the customer or of an object")
	case named > 1:
		v.add(path, CodeTooMany, "a rule has one date")
	case entry && r.Context != "":
		v.add(path+".context", CodeForeignBody, "there is no run before the entry; name a date of the customer or of an object")
	}
	v.length(path+".attribute", r.Attribute, 128)
	v.length(path+".object", r.Object, 64)
	v.length(path+".context", r.Context, 128)
	v.length(path+".field", r.Field, 128)
	switch {
	case r.Object == "":
		v.foreign(r.Field != "", path+".field", "a date of an object")
	case r.Field == "":
		v.add(path+".field", CodeRequired, "say which date of the %s, for example start", r.Object)
	case !entry && !v.keyed():
		v.warn(path+".object", CodeUnknownThing, "the runs of this journey are about a customer; only a run that is entered with an object has its dates")
	}
	v.offset(path+".offset", r.Offset)
	v.clock(path+".at", r.At, false)
	v.documentZone(path+".timezone", r.Timezone)
	if !slices.Contains([]string{"", Feb28, Mar1}, r.Feb29) {
		v.add(path+".feb29", CodeInvalid, "%q is unknown: write feb28 or mar1", r.Feb29)
	} else if r.Feb29 != "" && !r.Anniversary {
		v.foreign(true, path+".feb29", "an anniversary")
	}
	if !slices.Contains([]string{"", LateSkip, LateNow, LateNext}, r.Late) {
		v.add(path+".late", CodeInvalid, "%q is unknown: write skip, now or next", r.Late)
	}
}

// keyed reports that a run is about something of its own, for example a booking.
func (v *validator) keyed() bool {
	e := v.doc.Entry
	return e.Key != "" && e.Key != KeyCustomer || e.Kind == EntryDate && e.Date != nil && e.Date.Object != ""
}

func (v *validator) length(path, text string, most int) {
	if len(text) > most {
		v.add(path, CodeInvalid, "the name is longer than %d bytes", most)
	}
}

func (v *validator) waitFor(path string, w WaitForStep) {
	if len(w.Events) == 0 {
		v.add(path+".events", CodeRequired, "name at least one event to wait for")
	}
	v.tooMany(path+".events", len(w.Events))
	v.duration(path+".timeout", w.Timeout, true)
	if !slices.Contains([]string{"", SinceStep, SinceMessage, SinceRun}, w.Since) {
		v.add(path+".since", CodeInvalid, "%q is unknown: write step, message or run", w.Since)
	}
	names := map[string]bool{ExitTimeout: true}
	for i, a := range w.Events {
		at := fmt.Sprintf("%s.events[%d]", path, i)
		v.trigger(at, a.Trigger, audience.ScopeAll)
		v.exitName(at+".name", a.ExitName(), names)
		if a.Message != "" && a.Message != AnyMessage {
			v.stepOfKind(at+".message", a.Message, StepSend)
		}
	}
}

// stepOfKind checks a reference to another step of the document.
func (v *validator) stepOfKind(path, id string, kind StepKind) {
	if s, ok := v.doc.Step(id); !ok {
		v.add(path, CodeUnknownStep, "there is no step %q", id)
	} else if s.Kind != kind {
		v.add(path, CodeInvalid, "the step %q is no %s step", id, kind)
	}
}

func (v *validator) collect(path string, c CollectStep) {
	if len(c.Events) == 0 {
		v.add(path+".events", CodeRequired, "name at least one event to gather")
	}
	v.tooMany(path+".events", len(c.Events))
	for i, t := range c.Events {
		v.trigger(fmt.Sprintf("%s.events[%d]", path, i), t, audience.ScopeAll)
	}
	if c.For == "" && c.Until == nil {
		v.add(path, CodeRequired, "say for how long or until when to gather")
	}
	v.duration(path+".for", c.For, false)
	v.localTime(path+".until", c.Until)
	if c.Max < 0 || c.Max > MaxCollect {
		v.add(path+".max", CodeInvalid, "the number of events must lie between 1 and %d", MaxCollect)
	}
	if !slices.Contains([]string{"", SinceStep, SinceRun}, c.Since) {
		v.add(path+".since", CodeInvalid, "%q is unknown: write step or run", c.Since)
	}
	v.contextName(path+".as", c.As)
}

// contextName checks the name of a value that a step writes into the run's context; empty is fine.
func (v *validator) contextName(path, name string) {
	switch {
	case name == "":
	case !contextPattern.MatchString(name):
		v.add(path, CodeInvalid, "the name of a context value must be 1 to 64 letters, digits and _, and start with a letter")
	case slices.Contains(reservedContext, name):
		v.add(path, CodeReservedField, "%q is a name of Sojourn's own", name)
	}
}
