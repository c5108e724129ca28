package journey

import (
	"fmt"
	"slices"
	"strings"

	"sojourn/audience"
)

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

// bodies lists the settings of a step in the order of the struct.
func (s Step) bodies() []StepKind {
	var present []StepKind
	for _, b := range []struct {
		kind StepKind
		set  bool
	}{
		{StepWait, s.Wait != nil}, {StepWaitFor, s.WaitFor != nil}, {StepBranch, s.Branch != nil}, {StepSplit, s.Split != nil},
		{StepSend, s.Send != nil}, {StepOffer, s.Offer != nil}, {StepReward, s.Reward != nil}, {StepUpdate, s.Update != nil},
		{StepCollect, s.Collect != nil}, {StepNotify, s.Notify != nil}, {StepWebhook, s.Webhook != nil}, {StepTask, s.Task != nil},
		{StepEnter, s.Enter != nil}, {StepCode, s.Code != nil}, {StepExit, s.Exit != nil},
	} {
		if b.set {
			present = append(present, b.kind)
		}
	}
	return present
}

// StepKinds lists every kind, in the order in which they are offered to a marketer.
func StepKinds() []StepKind {
	return []StepKind{StepSend, StepWait, StepWaitFor, StepBranch, StepSplit, StepCollect, StepOffer, StepReward, StepUpdate,
		StepTask, StepNotify, StepWebhook, StepEnter, StepCode, StepExit}
}

// body checks that exactly the body of the step's kind is set, then the body itself.
func (v *validator) body(path string, s Step) {
	bodies := s.bodies()
	for _, k := range bodies {
		if k != s.Kind {
			v.add(path+"."+string(k), CodeForeignBody, "a step of kind %q has no %s settings", s.Kind, k)
		}
	}
	switch {
	case s.Kind == "":
		v.add(path+".kind", CodeRequired, "say what the step does")
		return
	case !slices.Contains(StepKinds(), s.Kind):
		v.add(path+".kind", CodeInvalid, "%q is not a kind of step", s.Kind)
		return
	case !slices.Contains(bodies, s.Kind):
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
	case StepSplit:
		v.split(path, *s.Split)
	case StepSend:
		v.send(path, *s.Send)
	case StepOffer:
		v.offer(path+".offer", s.Offer.Offer, true)
	case StepReward:
		v.reward(path, *s.Reward)
	case StepUpdate:
		v.update(path, *s.Update)
	case StepCollect:
		v.collect(path, *s.Collect)
	case StepNotify:
		v.notify(path, *s.Notify)
	case StepWebhook:
		v.webhook(path, *s.Webhook)
	case StepTask:
		v.task(path, *s.Task)
	case StepEnter:
		v.enter(path, *s.Enter)
	case StepCode:
		v.code(path, *s.Code)
	case StepExit:
		v.exit(path, s)
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
