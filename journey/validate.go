package journey

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sojourn/audience"
)

// Severity says whether an issue stops publishing.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Issue is one thing that is wrong with a document. Step is empty for the document itself; Path points into the JSON
// form, for example steps[2].wait.for; Code is stable, Message is for a person.
type Issue struct {
	Step     string   `json:"step,omitempty"`
	Path     string   `json:"path"`
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
}

// The codes.
const (
	CodeRequired      = "required"
	CodeInvalid       = "invalid"
	CodeDuplicate     = "duplicate"
	CodeUnknownStep   = "unknown_step"
	CodeUnreachable   = "unreachable"
	CodeHotLoop       = "loop_without_wait"
	CodeMissingBody   = "missing_body"
	CodeForeignBody   = "foreign_body"
	CodeDuration      = "bad_duration"
	CodeCron          = "bad_cron"
	CodeTime          = "bad_time"
	CodeZone          = "bad_timezone"
	CodeCondition     = "bad_condition"
	CodeUnknownThing  = "unknown_reference"
	CodeNeverSeen     = "event_never_seen"
	CodeReservedField = "reserved_attribute"
	CodeTooMany       = "too_many"
	CodeEntersOnce    = "enters_once"
)

// Catalogue knows what a workspace has, for the references of a document.
type Catalogue interface {
	// TemplateChannels lists the channels a template has a body for; ok is false when there is no such template.
	TemplateChannels(key string) (channels []string, ok bool)
	HasAudience(key string) bool
	// HasEvent reports whether an event of this name has ever arrived.
	HasEvent(name string) bool
	HasChannel(name string) bool
}

// Limits of a document; a canvas of more steps is no longer readable by anybody.
const (
	MaxSteps = 500
	MaxExits = 50
)

var (
	keyPattern  = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)
	stepPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)
)

// Validate returns every issue of a document, in the order in which a reader meets them; no errors means that it may be
// published. With a nil catalogue references to templates, audiences and events are not looked up.
func Validate(d Document, known Catalogue) []Issue {
	v := &validator{doc: d, known: known}
	v.top()
	v.entry()
	v.rules()
	v.stepList()
	if d.Code == nil {
		v.flow()
	} else {
		v.codeJourney(*d.Code)
	}
	return v.issues
}

// HasErrors reports whether an issue stops publishing.
func HasErrors(issues []Issue) bool {
	return slices.ContainsFunc(issues, func(i Issue) bool { return i.Severity == Error })
}

type validator struct {
	doc    Document
	known  Catalogue
	step   string // the step being looked at
	issues []Issue
}

func (v *validator) add(path, code, format string, args ...any) {
	v.issues = append(v.issues, Issue{Step: v.step, Path: path, Code: code, Severity: Error, Message: fmt.Sprintf(format, args...)})
}

func (v *validator) warn(path, code, format string, args ...any) {
	v.add(path, code, format, args...)
	v.issues[len(v.issues)-1].Severity = Warning
}

func (v *validator) top() {
	d := v.doc
	if !keyPattern.MatchString(d.Key) {
		v.add("key", CodeInvalid, "the key must be 1 to 64 of a-z, 0-9, - and _, and start with a letter or digit")
	}
	if strings.TrimSpace(d.Name) == "" {
		v.add("name", CodeRequired, "the journey needs a name")
	} else if len(d.Name) > 200 {
		v.add("name", CodeInvalid, "the name is longer than 200 characters")
	}
	if d.Purpose == "" {
		v.add("purpose", CodeRequired, "say for which purpose the messages are sent, for example marketing")
	} else if !keyPattern.MatchString(d.Purpose) {
		v.add("purpose", CodeInvalid, "%q is not the key of a purpose", d.Purpose)
	}
	v.priority("priority", d.Priority)
	v.documentZone("timezone", d.Timezone)
	if c := d.Control; c != nil && (c.Percent < 0 || c.Percent > 100 || c.Percent != c.Percent) {
		v.add("control.percent", CodeInvalid, "the held-out share must lie between 0 and 100")
	}
}

func (v *validator) priority(path string, p int) {
	if p < 0 || p > 100 {
		v.add(path, CodeInvalid, "the priority must lie between 0 and 100")
	}
}

// documentZone accepts what Document.Timezone may hold: nothing, customer, workspace or an IANA name.
func (v *validator) documentZone(path, name string) {
	if name == "" || name == ZoneCustomer || name == ZoneWorkspace {
		return
	}
	v.zone(path, name)
}

func (v *validator) zone(path, name string) {
	if _, err := Zone(name); err != nil {
		v.add(path, CodeZone, "%s", err)
	}
}

// duration checks a positive ISO duration; empty is fine unless it is required.
func (v *validator) duration(path, text string, required bool) {
	if text == "" {
		if required {
			v.add(path, CodeRequired, "a duration is missing, for example P3D")
		}
		return
	}
	d, err := ParseDuration(text)
	switch {
	case err != nil:
		v.add(path, CodeDuration, "%s", err)
	case !d.Positive():
		v.add(path, CodeDuration, "%q must be longer than nothing", text)
	}
}

func (v *validator) event(path, name string) {
	switch {
	case strings.TrimSpace(name) == "":
		v.add(path, CodeRequired, "the name of the event is missing")
	case len(name) > 255:
		v.add(path, CodeInvalid, "the name of the event is longer than 255 bytes")
	case v.neverSeen(name):
		v.warn(path, CodeNeverSeen, "no event %q has arrived so far", name)
	}
}

func (v *validator) trigger(path string, t Trigger, s audience.Scope) {
	v.event(path+".event", t.Event)
	v.condition(path+".where", t.Where, s)
}

func (v *validator) condition(path string, c *audience.Condition, s audience.Scope) {
	if c == nil {
		return
	}
	for _, i := range audience.ValidateIn(*c, s) {
		v.add(joinPath(path, i.Path), CodeCondition, "%s", i.Message)
	}
	v.conditionReferences(path, *c)
}

func (v *validator) conditionReferences(path string, c audience.Condition) {
	if v.known != nil {
		if c.Audience != "" && !v.known.HasAudience(c.Audience) {
			v.add(path+".audience", CodeUnknownThing, "there is no audience %q", c.Audience)
		}
		if c.Event != "" && v.neverSeen(c.Event) {
			v.warn(path+".event", CodeNeverSeen, "no event %q has arrived so far", c.Event)
		}
	}
	if c.Result != "" {
		if _, ok := v.doc.Step(c.Result); !ok {
			v.add(path+".result", CodeUnknownStep, "there is no step %q whose result could be asked", c.Result)
		}
	}
	for i, sub := range c.And {
		v.conditionReferences(fmt.Sprintf("%s.and[%d]", path, i), sub)
	}
	for i, sub := range c.Or {
		v.conditionReferences(fmt.Sprintf("%s.or[%d]", path, i), sub)
	}
	if c.Not != nil {
		v.conditionReferences(path+".not", *c.Not)
	}
}

func joinPath(base, rest string) string {
	if rest == "" {
		return base
	}
	return base + "." + rest
}
