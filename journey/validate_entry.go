package journey

import (
	"fmt"
	"strings"

	"github.com/robfig/cron/v3"

	"sojourn/audience"
)

// Values of Document.Timezone beside IANA names.
const (
	ZoneCustomer  = "customer"
	ZoneWorkspace = "workspace"
)

// Values of Reentry.Rule.
const (
	ReentryOnce   = "once"
	ReentryAlways = "always"
	ReentryAfter  = "after"
)

// KeyCustomer is the default Entry.Key: one run per customer.
const KeyCustomer = "customer"

func (v *validator) entry() {
	e := v.doc.Entry
	switch e.Kind {
	case EntryEvent:
		v.event("entry.event", e.Event)
		v.condition("entry.where", e.Where, audience.ScopeTrigger)
		v.foreign(e.Condition != nil, "entry.condition", "audience or schedule entry")
		v.foreign(e.Cron != "", "entry.cron", "schedule entry")
	case EntryAudience:
		if e.Condition == nil {
			v.add("entry.condition", CodeRequired, "say who belongs to the audience")
		}
		v.condition("entry.condition", e.Condition, audience.ScopeAudience)
		if e.Edge != "" && e.Edge != "enter" && e.Edge != "leave" {
			v.add("entry.edge", CodeInvalid, "%q is not an edge: write enter or leave", e.Edge)
		}
		v.foreign(e.Event != "", "entry.event", "event entry")
		v.foreign(e.Cron != "", "entry.cron", "schedule entry")
	case EntrySchedule:
		v.cron(e)
		v.condition("entry.condition", e.Condition, audience.ScopeAudience)
		v.foreign(e.Event != "", "entry.event", "event entry")
	case EntryDate:
		if e.Date == nil {
			v.add("entry.date", CodeRequired, "say which day, for example the birthday")
		} else {
			v.date("entry.date", *e.Date, true)
		}
		v.condition("entry.condition", e.Condition, audience.ScopeAudience)
		v.foreign(e.Event != "", "entry.event", "event entry")
		v.foreign(e.Cron != "", "entry.cron", "schedule entry")
	case EntryAPI:
		v.condition("entry.condition", e.Condition, audience.ScopeAudience)
		v.foreign(e.Event != "", "entry.event", "event entry")
		v.foreign(e.Cron != "", "entry.cron", "schedule entry")
	case "":
		v.add("entry.kind", CodeRequired, "say what lets customers in: event, date, audience, schedule or api")
	default:
		v.add("entry.kind", CodeInvalid, "%q is not a kind of entry: write event, date, audience, schedule or api", e.Kind)
	}
	if e.Kind != EntryEvent {
		v.foreign(e.Where != nil, "entry.where", "event entry")
	}
	if e.Kind != EntryEvent && e.Kind != EntryAPI {
		v.foreign(e.Key != "" && e.Key != KeyCustomer, "entry.key", "event or api entry")
	}
	if e.Kind != EntryDate {
		v.foreign(e.Date != nil, "entry.date", "date entry")
	}
	if len(e.Key) > 128 {
		v.add("entry.key", CodeInvalid, "the name of the key property is longer than 128 bytes")
	}
	if e.Kind != EntryAudience {
		v.foreign(e.Edge != "" || e.IncludePresent, "entry.edge", "audience entry")
	}
	v.reentry(e.Reentry)
	if again := e.Kind == EntrySchedule || e.Kind == EntryDate && e.Date != nil && e.Date.Anniversary; again && (e.Reentry.Rule == "" || e.Reentry.Rule == ReentryOnce) {
		v.warn("entry.reentry", CodeEntersOnce, "it comes again and again, but each customer enters only the first time; write always, or after with a time")
	}
}

func (v *validator) foreign(present bool, path, owner string) {
	if present {
		v.add(path, CodeForeignBody, "this belongs to %s", article(owner))
	}
}

// article puts "a" or "an" before a phrase that has none.
func article(phrase string) string {
	switch {
	case strings.HasPrefix(phrase, "a ") || strings.HasPrefix(phrase, "an "):
		return phrase
	case strings.ContainsAny(phrase[:1], "aeio"):
		return "an " + phrase
	}
	return "a " + phrase
}

func (v *validator) cron(e Entry) {
	if e.Cron == "" {
		v.add("entry.cron", CodeRequired, "say when, for example 0 9 * * mon")
	} else if err := CheckCron(e.Cron); err != nil {
		v.add("entry.cron", CodeCron, "%s", err)
	}
	if e.Timezone != "" && e.Timezone != ZoneWorkspace {
		v.zone("entry.timezone", e.Timezone)
	}
	v.duration("entry.catch_up", e.CatchUp, false)
}

// CheckCron reports what is wrong with a cron line of five fields or a word such as @daily. The time zone stands in its
// own field, and @every has no meaning for people.
func CheckCron(line string) error {
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	if len(line) > 4 && (line[:3] == "TZ=" || line[:4] == "CRON") {
		return fmt.Errorf("%q: the time zone belongs into the field timezone", line)
	}
	if len(line) > 6 && line[:6] == "@every" {
		return fmt.Errorf("%q: write a time of day, not a period", line)
	}
	if _, err := parser.Parse(line); err != nil {
		return fmt.Errorf("%q is not a cron line (minute hour day month weekday): %w", line, err)
	}
	return nil
}

func (v *validator) reentry(r Reentry) {
	switch r.Rule {
	case "", ReentryOnce, ReentryAlways:
		if r.After != "" {
			v.add("entry.reentry.after", CodeForeignBody, "a time between entries needs the rule after")
		}
	case ReentryAfter:
		v.duration("entry.reentry.after", r.After, true)
	default:
		v.add("entry.reentry.rule", CodeInvalid, "%q is not a rule: write once, always or after", r.Rule)
	}
}

func (v *validator) rules() {
	for i, e := range v.doc.Exit {
		path := fmt.Sprintf("exit[%d]", i)
		switch {
		case e.Conditional():
			v.condition(path+".where", e.Where, audience.ScopeBranch)
		case e.Event == "":
			v.add(path+".event", CodeRequired, "an exit needs an event, a condition, or both")
		default:
			v.trigger(path, Trigger{Event: e.Event, Where: e.Where}, audience.ScopeTrigger)
		}
		if len(e.Label) > 64 {
			v.add(path+".label", CodeInvalid, "the label is longer than 64 bytes")
		}
	}
	for i, u := range v.doc.Update {
		path := fmt.Sprintf("update[%d]", i)
		v.trigger(path, u, audience.ScopeTrigger)
		if v.doc.Entry.Kind == EntryEvent && u.Event == v.doc.Entry.Event {
			v.warn(path+".event", CodeDuplicate, "%q is the entry, too: while a run is open the event updates it", u.Event)
		}
	}
	if g := v.doc.Goal; g != nil {
		v.trigger("goal", g.Trigger, audience.ScopeTrigger)
		v.duration("goal.window", g.Window, false)
	}
}
