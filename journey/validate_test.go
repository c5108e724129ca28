package journey_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sojourn/audience"
	"sojourn/journey"
)

func TestASoundJourneyHasNoIssues(t *testing.T) {
	t.Parallel()
	if issues := journey.Validate(linked(t), nil); len(issues) > 0 {
		t.Fatalf("issues: %+v", issues)
	}
}

func TestValidateFinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breakIt func(*journey.Document)
		want    string // step, code, path
	}{
		"no key":               {func(d *journey.Document) { d.Key = "Hello World" }, " invalid key"},
		"no name":              {func(d *journey.Document) { d.Name = " " }, " required name"},
		"no purpose":           {func(d *journey.Document) { d.Purpose = "" }, " required purpose"},
		"an unknown zone":      {func(d *journey.Document) { d.Timezone = "Europe/Atlantis" }, " bad_timezone timezone"},
		"the worker's zone":    {func(d *journey.Document) { d.Timezone = "Local" }, " bad_timezone timezone"},
		"too much control":     {func(d *journey.Document) { d.Control = &journey.Control{Percent: 101} }, " invalid control.percent"},
		"no entry":             {func(d *journey.Document) { d.Entry = journey.Entry{} }, " required entry.kind"},
		"no audience":          {func(d *journey.Document) { d.Entry = journey.Entry{Kind: "audience"} }, " required entry.condition"},
		"a wrong cron":         {func(d *journey.Document) { d.Entry = journey.Entry{Kind: "schedule", Cron: "61 * * * *"} }, " bad_cron entry.cron"},
		"a cron with a period": {func(d *journey.Document) { d.Entry = journey.Entry{Kind: "schedule", Cron: "@every 1s"} }, " bad_cron entry.cron"},
		"a cron with a zone":   {func(d *journey.Document) { d.Entry = journey.Entry{Kind: "schedule", Cron: "TZ=UTC 1 * * * *"} }, " bad_cron entry.cron"},
		"a property outside": {func(d *journey.Document) {
			d.Steps[1].Branch.Cases[0].When = audience.Condition{Property: "x", Op: "exists"}
		}, "decide bad_condition steps[1].branch.cases[0].when"},
		"a wrong condition":       {func(d *journey.Document) { d.Entry.Where.Op = "like" }, " bad_condition entry.where"},
		"a re-entry without time": {func(d *journey.Document) { d.Entry.Reentry.After = "" }, " required entry.reentry.after"},
		"an exit without event":   {func(d *journey.Document) { d.Exit[0].Event = "" }, " required exit[0].event"},
		"a wrong goal window":     {func(d *journey.Document) { d.Goal.Window = "30 days" }, " bad_duration goal.window"},
		"a negative wait":         {func(d *journey.Document) { d.Steps[0].Wait.For = "-P1D" }, "nap bad_duration steps[0].wait.for"},
		"an empty wait":           {func(d *journey.Document) { *d.Steps[0].Wait = journey.WaitStep{} }, "nap required steps[0].wait"},
		"a wrong time of day":     {func(d *journey.Document) { d.Steps[0].Wait.Until.Time = "9:30" }, "nap bad_time steps[0].wait.until.time"},
		"a wrong weekday":         {func(d *journey.Document) { d.Steps[0].Wait.Until.Weekdays = []string{"monday"} }, "nap bad_time steps[0].wait.until.weekdays"},
		"a missing body":          {func(d *journey.Document) { d.Steps[2].Send = nil }, "mail missing_body steps[2].send"},
		"a foreign body":          {func(d *journey.Document) { d.Steps[2].Exit = &journey.ExitStep{Label: "x"} }, "mail foreign_body steps[2].exit"},
		"an unknown kind":         {func(d *journey.Document) { d.Steps[2].Kind = "fax" }, "mail invalid steps[2].kind"},
		"a repeated id":           {func(d *journey.Document) { d.Steps[2].ID = "nap" }, "nap duplicate steps[2].id"},
		"an unknown next":         {func(d *journey.Document) { d.Steps[3].Next = "nowhere" }, "mark unknown_step steps[3].next"},
		"an unreachable step":     {func(d *journey.Document) { d.Steps[2].Next = "answer" }, "mark unreachable steps[3]"},
		"a loop without a wait":   {func(d *journey.Document) { d.Steps[3].Next = "decide" }, "decide loop_without_wait steps[1]"},
		"a step after itself":     {func(d *journey.Document) { d.Steps[3].Next = "mark" }, "mark loop_without_wait steps[3]"},
		"a case named otherwise":  {func(d *journey.Document) { d.Steps[1].Branch.Cases[0].Name = "otherwise" }, "decide duplicate steps[1].branch.cases[0].name"},
		"an event named timeout":  {func(d *journey.Document) { d.Steps[4].WaitFor.Events[0].Name = "timeout" }, "answer duplicate steps[4].wait_for.events[0].name"},
		"no timeout":              {func(d *journey.Document) { d.Steps[4].WaitFor.Timeout = "" }, "answer required steps[4].wait_for.timeout"},
		"a wrong since":           {func(d *journey.Document) { d.Steps[4].WaitFor.Since = "ever" }, "answer invalid steps[4].wait_for.since"},
		"a changed address":       {func(d *journey.Document) { d.Steps[3].Update.Set["email"] = "x" }, "mark reserved_attribute steps[3].update.set.email"},
		"a step after the exit":   {func(d *journey.Document) { d.Steps[5].Next = "nap" }, "bye foreign_body steps[5].next"},
		"a result of no step": {func(d *journey.Document) {
			d.Steps[1].Branch.Cases[0].When = audience.Condition{Result: "fax", Op: "eq", Value: "accepted"}
		}, "decide unknown_step steps[1].branch.cases[0].when.result"},
		"an unknown template":     {func(d *journey.Document) { d.Steps[2].Send.Template = "gone" }, "mail unknown_reference steps[2].send.template"},
		"a template without body": {func(d *journey.Document) { d.Steps[2].Send.Channel = "sms" }, "mail unknown_reference steps[2].send.template"},
		"an unknown channel":      {func(d *journey.Document) { d.Steps[2].Send.Channel = "pigeon" }, "mail unknown_reference steps[2].send.channel"},
		"an unknown audience":     {func(d *journey.Document) { d.Steps[1].Branch.Cases[0].When = audience.Condition{Audience: "gone"} }, "decide unknown_reference steps[1].branch.cases[0].when.audience"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := linked(t)
			c.breakIt(&doc)
			issues := journey.Validate(doc, shop{})
			if !journey.HasErrors(issues) {
				t.Fatal("it may be published")
			}
			var got []string
			for _, i := range issues {
				if i.Message == "" {
					t.Errorf("issue without a message: %+v", i)
				}
				got = append(got, fmt.Sprintf("%s %s %s", i.Step, i.Code, i.Path))
			}
			if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, c.want) }) {
				t.Fatalf("issues %q, want one %q", got, c.want)
			}
		})
	}
}

func TestValidateReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	doc := linked(t)
	doc.Key, doc.Steps[0].Wait.For, doc.Steps[2].Send = "", "soon", nil
	if issues := journey.Validate(doc, nil); len(issues) != 3 {
		t.Fatalf("%d issues, want 3: %+v", len(issues), issues)
	}
}

func TestAnEventThatNeverCameIsOnlyAWarning(t *testing.T) {
	t.Parallel()
	doc := linked(t)
	doc.Exit[0].Event = "Moved Away"
	issues := journey.Validate(doc, shop{})
	if journey.HasErrors(issues) || len(issues) != 1 || issues[0].Code != journey.CodeNeverSeen {
		t.Fatalf("issues: %+v", issues)
	}
}

func TestAnEventOfOurOwnNeedsNotHaveComeYet(t *testing.T) {
	t.Parallel()
	for name := range journey.OwnEvents {
		doc := linked(t)
		doc.Exit[0].Event = name
		if issues := journey.Validate(doc, nothingCame{}); slices.ContainsFunc(issues, func(i journey.Issue) bool { return strings.HasPrefix(i.Path, "exit[0]") }) {
			t.Errorf("%s: %+v", name, issues)
		}
	}
}

// nothingCame is the shop before its first event.
type nothingCame struct{ shop }

func (nothingCame) HasEvent(string) bool { return false }

// shop is a workspace with a few things in it.
type shop struct{}

func (shop) TemplateChannels(key string) ([]string, bool) { return []string{"email"}, key == "hi" }
func (shop) HasAudience(key string) bool                  { return key == "vip" }
func (shop) HasEvent(name string) bool                    { return name != "Moved Away" }
func (shop) HasChannel(name string) bool                  { return name == "email" || name == "sms" }

// A newsletter, or a birthday, to which everybody comes once only is hardly meant so.
func TestWhatComesAgainLetsInAgain(t *testing.T) {
	t.Parallel()
	birthday := journey.DateRule{DateRef: journey.DateRef{Attribute: "birthday"}, Anniversary: true}
	renewal := journey.DateRule{DateRef: journey.DateRef{Attribute: "renews_on"}}
	for name, c := range map[string]struct {
		entry journey.Entry
		warns bool
	}{
		"every Monday, once":         {journey.Entry{Kind: journey.EntrySchedule, Cron: "0 9 * * mon"}, true},
		"every Monday, once in full": {journey.Entry{Kind: journey.EntrySchedule, Cron: "0 9 * * mon", Reentry: journey.Reentry{Rule: "once"}}, true},
		"every Monday, always":       {journey.Entry{Kind: journey.EntrySchedule, Cron: "0 9 * * mon", Reentry: journey.Reentry{Rule: "always"}}, false},
		"birthday, once":             {journey.Entry{Kind: journey.EntryDate, Date: &birthday}, true},
		"birthday, each year":        {journey.Entry{Kind: journey.EntryDate, Date: &birthday, Reentry: journey.Reentry{Rule: "after", After: "P300D"}}, false},
		"one day, once":              {journey.Entry{Kind: journey.EntryDate, Date: &renewal}, false},
		"an event, once":             {journey.Entry{Kind: journey.EntryEvent, Event: "Signed Up"}, false},
	} {
		d := journey.Document{Key: "again", Name: "Again", Purpose: "marketing", Entry: c.entry, Steps: []journey.Step{{ID: "end", Kind: journey.StepExit, Exit: &journey.ExitStep{Label: "done"}}}}
		issues := journey.Validate(d, nil)
		warned := slices.ContainsFunc(issues, func(i journey.Issue) bool {
			return i.Code == journey.CodeEntersOnce && i.Severity == journey.Warning && i.Path == "entry.reentry"
		})
		if warned != c.warns || journey.HasErrors(issues) {
			t.Errorf("%s: %+v", name, issues)
		}
	}
}
