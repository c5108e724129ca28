package journey

import (
	"maps"
	"slices"
)

// Names of exits that a step always has. The exits of a wait_for are the names of its events, those of a branch the
// names of its cases.
const (
	ExitNext      = "next"
	ExitTimeout   = "timeout"
	ExitOtherwise = "otherwise"
	ExitSent      = "sent"
	ExitSkipped   = "skipped"
	ExitFailed    = "failed"
	ExitUnknown   = "unknown"
	ExitOK        = "ok"
	ExitNoneLeft  = "none_left"
	ExitRefused   = "refused"
	ExitEmpty     = "empty"
	ExitDone      = "done"

	// ExitMoved is recorded for a step that an operator moved the run away from, to another version.
	ExitMoved = "(moved)"

	// ExitPending is no exit: the action is done and the step goes on waiting.
	ExitPending = "(pending)"
)

// EventTaskCompleted is the event that ends the wait of a task step. Sojourn makes it itself, about one run.
const EventTaskCompleted = "Task Completed"

// Exit is one way out of a step.
type Exit struct {
	Name      string `json:"name"`
	To        string `json:"to"`                  // step id; empty = the run ends as "completed"
	Inherited bool   `json:"inherited,omitempty"` // it names no step of its own and goes where the step's next goes
}

// Edge is an exit together with the step it leaves.
type Edge struct {
	From string `json:"from"`
	Exit
}

// Exits lists the ways out of a step in the order in which they are written; an exit step has none. A step whose body is
// missing has its plain next. Every exit that names no step of its own leads where the step's next leads.
func (s Step) Exits() []Exit {
	exit := func(name, to string) Exit {
		if to == "" {
			return Exit{Name: name, To: s.Next, Inherited: true}
		}
		return Exit{Name: name, To: to}
	}
	next := func(name string) Exit { return Exit{Name: name, To: s.Next} }
	var all []Exit
	switch {
	case s.Kind == StepExit:
		return nil
	case s.Kind == StepWaitFor && s.WaitFor != nil:
		for _, a := range s.WaitFor.Events {
			all = append(all, exit(a.ExitName(), a.Next))
		}
		return append(all, exit(ExitTimeout, s.WaitFor.TimeoutNext))
	case s.Kind == StepBranch && s.Branch != nil:
		for _, c := range s.Branch.Cases {
			all = append(all, exit(c.Name, c.Next))
		}
		return append(all, exit(ExitOtherwise, s.Branch.Otherwise))
	case s.Kind == StepSplit && s.Split != nil:
		for _, v := range s.Split.Variants {
			all = append(all, exit(v.Name, v.Next))
		}
		return all
	case s.Kind == StepSend && s.Send != nil:
		return []Exit{next(ExitSent), exit(ExitSkipped, s.Send.OnSkipped), exit(ExitFailed, s.Send.OnFailed), exit(ExitUnknown, s.Send.OnUnknown)}
	case s.Kind == StepOffer && s.Offer != nil:
		return []Exit{next(ExitOK), exit(ExitNoneLeft, s.Offer.OnNoneLeft)}
	case s.Kind == StepReward && s.Reward != nil:
		return []Exit{next(ExitOK), exit(ExitRefused, s.Reward.OnRefused)}
	case s.Kind == StepCollect && s.Collect != nil:
		return []Exit{next(ExitNext), exit(ExitEmpty, s.Collect.OnEmpty)}
	case s.Kind == StepWebhook && s.Webhook != nil:
		return []Exit{next(ExitOK), exit(ExitFailed, s.Webhook.OnFailed)}
	case s.Kind == StepTask && s.Task != nil:
		for _, o := range s.Task.Outcomes {
			all = append(all, exit(o.Name, o.Next))
		}
		if len(all) == 0 {
			all = append(all, next(ExitDone))
		}
		return append(all, exit(ExitTimeout, s.Task.OnTimeout))
	case s.Kind == StepCode && s.Code != nil:
		for _, name := range slices.Sorted(maps.Keys(s.Code.On)) {
			all = append(all, exit(name, s.Code.On[name]))
		}
		return append(all, next(ExitNext)) // what the code declares and the document does not name
	}
	return []Exit{next(ExitNext)}
}

// ExitName is the name of the exit that this event takes.
func (a Await) ExitName() string {
	if a.Name != "" {
		return a.Name
	}
	return a.Event
}

// Edges lists every exit of every step, steps in the order of the document.
func (d Document) Edges() []Edge {
	var all []Edge
	for _, s := range d.Steps {
		for _, e := range s.Exits() {
			all = append(all, Edge{From: s.ID, Exit: e})
		}
	}
	return all
}

// Step finds a step by its id.
func (d Document) Step(id string) (Step, bool) {
	for _, s := range d.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return Step{}, false
}

// Successors lists the ids of the steps that may follow, without repetition and without the end.
func (s Step) Successors() []string {
	var next []string
	for _, e := range s.Exits() {
		if e.To != "" && !slices.Contains(next, e.To) {
			next = append(next, e.To)
		}
	}
	return next
}

// Reachable is the set of steps that a run can come to.
func (d Document) Reachable() map[string]bool {
	seen := map[string]bool{}
	if len(d.Steps) == 0 {
		return seen
	}
	todo := []string{d.Steps[0].ID}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		s, ok := d.Step(id)
		if !ok || seen[id] {
			continue
		}
		seen[id] = true
		todo = append(todo, s.Successors()...)
	}
	return seen
}

// waits reports that a run begins the step by finding out how long to wait. A task waits, too, but acts first.
func (s Step) waits() bool {
	return s.Kind == StepWait || s.Kind == StepWaitFor || s.Kind == StepCollect
}

// takesTime reports that a run which comes to the step again and again rests each time, so that a loop through it does
// not spin. A wait for a date or for a part of the day does not: the date may have passed, and it may be day. One code
// step may ask somebody, the other may not, so none counts.
func (s Step) takesTime() bool {
	switch {
	case s.Kind == StepWait && s.Wait != nil:
		return s.Wait.For != "" || s.Wait.Until != nil || s.Wait.BestHour != nil || s.Wait.Date != nil && s.Wait.Date.Anniversary
	case s.Kind == StepWait, s.Kind == StepWaitFor, s.Kind == StepCollect, s.Kind == StepTask:
		return true
	}
	return false
}

// touches reports that the step does something beyond deciding: what a date that has passed makes a run skip.
func (s Step) touches() bool {
	return !s.waits() && s.Kind != StepBranch && s.Kind != StepSplit && s.Kind != StepExit
}

// DefaultCollect is the number of events after which a collect step without Max goes on.
const DefaultCollect = 100

// most is the number of events after which the step goes on.
func (c CollectStep) most() int {
	if c.Max > 0 {
		return c.Max
	}
	return DefaultCollect
}

// HotLoop lists, in the order of the document, the steps that lie on a loop without any wait.
func (d Document) HotLoop() []string {
	var hot []string
	for _, s := range d.Steps {
		if s.takesTime() {
			continue
		}
		// s is on such a loop if it comes back to itself through steps that do not wait.
		seen, todo := map[string]bool{}, s.Successors()
		for len(todo) > 0 {
			id := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			if id == s.ID {
				hot = append(hot, s.ID)
				break
			}
			next, ok := d.Step(id)
			if !ok || seen[id] || next.takesTime() {
				continue
			}
			seen[id] = true
			todo = append(todo, next.Successors()...)
		}
	}
	return hot
}

// Listens lists, sorted, the names of the events that may concern an open run: exit, goal, update, wait_for and collect
// events, and the completion of its tasks.
// An event outside this list is never signalled to a run.
func (d Document) Listens() []string {
	var names []string
	add := func(n string) {
		if n != "" && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	for _, e := range d.Exit {
		add(e.Event)
	}
	for _, u := range d.Update {
		add(u.Event)
	}
	if d.Goal != nil {
		add(d.Goal.Event)
	}
	for _, s := range d.Steps {
		if s.WaitFor != nil {
			for _, a := range s.WaitFor.Events {
				add(a.Event)
			}
		}
		if s.Collect != nil {
			for _, t := range s.Collect.Events {
				add(t.Event)
			}
		}
		if s.Kind == StepTask {
			add(EventTaskCompleted)
		}
	}
	slices.Sort(names)
	return names
}
