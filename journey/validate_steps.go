package journey

import (
	"fmt"
	"slices"
	"strings"

	"sojourn/audience"
)

// Values of WaitForStep.Since.
const (
	SinceStep    = "step"
	SinceMessage = "message"
	SinceRun     = "run"
)

// reservedAttributes are fields of the customer with rules of their own; a journey does not write them.
var reservedAttributes = []string{"id", "external_id", "user_id", "email", "phone", "locale", "timezone", "country",
	"birthday", "no_profiling", "restricted", "legal_hold", "paused_until"}

func (v *validator) stepList() {
	steps := v.doc.Steps
	if len(steps) == 0 {
		v.add("steps", CodeRequired, "the journey has no step")
	}
	if len(steps) > MaxSteps {
		v.add("steps", CodeTooMany, "the journey has %d steps; %d is the most", len(steps), MaxSteps)
	}
	seen := map[string]int{}
	for i, s := range steps {
		path := fmt.Sprintf("steps[%d]", i)
		v.step = s.ID
		if !stepPattern.MatchString(s.ID) {
			v.add(path+".id", CodeInvalid, "the id of a step must be 1 to 64 letters, digits, - and _")
		} else if first, twice := seen[s.ID]; twice {
			v.add(path+".id", CodeDuplicate, "%q is already the id of steps[%d]", s.ID, first)
		} else {
			seen[s.ID] = i
		}
		if len(s.Name) > 200 {
			v.add(path+".name", CodeInvalid, "the name is longer than 200 characters")
		}
		v.body(path, s)
	}
	v.step = ""
}

// body checks that exactly the body of the step's kind is set, then the body itself.
func (v *validator) body(path string, s Step) {
	bodies := map[StepKind]bool{StepWait: s.Wait != nil, StepWaitFor: s.WaitFor != nil, StepBranch: s.Branch != nil,
		StepSend: s.Send != nil, StepUpdate: s.Update != nil, StepExit: s.Exit != nil}
	for _, k := range []StepKind{StepWait, StepWaitFor, StepBranch, StepSend, StepUpdate, StepExit} {
		if bodies[k] && k != s.Kind {
			v.add(path+"."+string(k), CodeForeignBody, "a step of kind %q has no %s settings", s.Kind, k)
		}
	}
	present, ok := bodies[s.Kind]
	switch {
	case s.Kind == "":
		v.add(path+".kind", CodeRequired, "say what the step does")
		return
	case !ok:
		v.add(path+".kind", CodeInvalid, "%q is not a kind of step", s.Kind)
		return
	case !present:
		v.add(path+"."+string(s.Kind), CodeMissingBody, "the %s settings are missing", s.Kind)
		return
	}
	path += "." + string(s.Kind)
	switch s.Kind {
	case StepWait:
		v.wait(path, *s.Wait)
	case StepWaitFor:
		v.waitFor(path, *s.WaitFor)
	case StepBranch:
		v.branch(path, *s.Branch)
	case StepSend:
		v.send(path, *s.Send)
	case StepUpdate:
		v.update(path, *s.Update)
	case StepExit:
		v.exit(path, s)
	}
}

func (v *validator) wait(path string, w WaitStep) {
	if w.For == "" && w.Until == nil {
		v.add(path, CodeRequired, "say for how long or until when")
	}
	v.duration(path+".for", w.For, false)
	if u := w.Until; u != nil {
		if _, err := ParseClock(u.Time); err != nil {
			v.add(path+".until.time", CodeTime, "%s", err)
		}
		if _, err := ParseWeekdays(u.Weekdays); err != nil {
			v.add(path+".until.weekdays", CodeTime, "%s", err)
		}
		if u.Timezone != "" {
			v.zone(path+".until.timezone", u.Timezone)
		}
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
	}
}

func (v *validator) branch(path string, b BranchStep) {
	if len(b.Cases) == 0 {
		v.add(path+".cases", CodeRequired, "a branch needs at least one case")
	}
	v.tooMany(path+".cases", len(b.Cases))
	names := map[string]bool{ExitOtherwise: true}
	for i, c := range b.Cases {
		at := fmt.Sprintf("%s.cases[%d]", path, i)
		v.exitName(at+".name", c.Name, names)
		v.condition(at+".when", &b.Cases[i].When, audience.ScopeBranch)
	}
}

func (v *validator) tooMany(path string, n int) {
	if n > MaxExits {
		v.add(path, CodeTooMany, "%d is too many; %d is the most", n, MaxExits)
	}
}

func (v *validator) exitName(path, name string, taken map[string]bool) {
	switch {
	case strings.TrimSpace(name) == "":
		v.add(path, CodeRequired, "the exit needs a name")
	case len(name) > 64:
		v.add(path, CodeInvalid, "the name of an exit is longer than 64 bytes")
	case taken[name]:
		v.add(path, CodeDuplicate, "%q is the name of another exit of this step", name)
	}
	taken[name] = true
}

func (v *validator) send(path string, s SendStep) {
	if s.Channel == "" {
		v.add(path+".channel", CodeRequired, "say over which channel")
	} else if v.known != nil && !v.known.HasChannel(s.Channel) {
		v.add(path+".channel", CodeUnknownThing, "there is no channel %q", s.Channel)
	}
	if s.Template == "" {
		v.add(path+".template", CodeRequired, "choose a template")
	} else if v.known != nil {
		channels, ok := v.known.TemplateChannels(s.Template)
		switch {
		case !ok:
			v.add(path+".template", CodeUnknownThing, "there is no template %q", s.Template)
		case s.Channel != "" && !slices.Contains(channels, s.Channel):
			v.add(path+".template", CodeUnknownThing, "the template %q has no body for %s", s.Template, s.Channel)
		}
	}
	if s.Purpose != "" && !keyPattern.MatchString(s.Purpose) {
		v.add(path+".purpose", CodeInvalid, "%q is not the key of a purpose", s.Purpose)
	}
	v.priority(path+".priority", s.Priority)
	v.duration(path+".expires", s.Expires, false)
}

func (v *validator) update(path string, u UpdateStep) {
	if len(u.Set) == 0 {
		v.add(path+".set", CodeRequired, "name at least one attribute to set")
	}
	names := make([]string, 0, len(u.Set))
	for name := range u.Set {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(reservedAttributes, name) {
			v.add(path+".set."+name, CodeReservedField, "a journey can't change %q", name)
		} else if name == "" || len(name) > 128 {
			v.add(path+".set."+name, CodeInvalid, "the name of an attribute has 1 to 128 bytes")
		}
	}
}

func (v *validator) exit(path string, s Step) {
	if s.Exit.Label == "" {
		v.add(path+".label", CodeRequired, "say how the run ended, for example came back")
	} else if len(s.Exit.Label) > 64 {
		v.add(path+".label", CodeInvalid, "the label is longer than 64 bytes")
	}
	if s.Next != "" {
		v.add(strings.TrimSuffix(path, ".exit")+".next", CodeForeignBody, "nothing follows an exit")
	}
}

// flow checks what only the whole graph shows: targets that do not exist, steps nobody comes to, loops that would spin.
func (v *validator) flow() {
	reachable := v.doc.Reachable()
	hot := v.doc.HotLoop()
	for i, s := range v.doc.Steps {
		v.step = s.ID
		path := fmt.Sprintf("steps[%d]", i)
		told := map[string]bool{}
		for _, e := range s.Exits() {
			if _, ok := v.doc.Step(e.To); e.To != "" && !ok && !told[e.To] {
				told[e.To] = true
				v.add(path+".next", CodeUnknownStep, "the exit %q leads to %q, and there is no such step", e.Name, e.To)
			}
		}
		if s.ID != "" && !reachable[s.ID] {
			v.add(path, CodeUnreachable, "no run can come to this step")
		}
		if slices.Contains(hot, s.ID) {
			v.add(path, CodeHotLoop, "this step lies on a loop without a wait; it would never stop")
		}
	}
	v.step = ""
}
