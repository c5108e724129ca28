package journey

import "slices"

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

	// ExitPending is no exit: the action is done and the step goes on waiting.
	ExitPending = "(pending)"
)

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
// missing has its plain next.
func (s Step) Exits() []Exit {
	exit := func(name, to string) Exit {
		if to == "" {
			return Exit{Name: name, To: s.Next, Inherited: true}
		}
		return Exit{Name: name, To: to}
	}
	switch {
	case s.Kind == StepExit:
		return nil
	case s.Kind == StepWaitFor && s.WaitFor != nil:
		var all []Exit
		for _, a := range s.WaitFor.Events {
			all = append(all, exit(a.ExitName(), a.Next))
		}
		return append(all, exit(ExitTimeout, s.WaitFor.TimeoutNext))
	case s.Kind == StepBranch && s.Branch != nil:
		var all []Exit
		for _, c := range s.Branch.Cases {
			all = append(all, exit(c.Name, c.Next))
		}
		return append(all, exit(ExitOtherwise, s.Branch.Otherwise))
	case s.Kind == StepSend && s.Send != nil:
		return []Exit{
			{Name: ExitSent, To: s.Next},
			exit(ExitSkipped, s.Send.OnSkipped), exit(ExitFailed, s.Send.OnFailed), exit(ExitUnknown, s.Send.OnUnknown),
		}
	}
	return []Exit{{Name: ExitNext, To: s.Next}}
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

// waits reports that the step takes time, so that a loop through it does not spin.
func (s Step) waits() bool { return s.Kind == StepWait || s.Kind == StepWaitFor }

// HotLoop lists, in the order of the document, the steps that lie on a loop without any wait.
func (d Document) HotLoop() []string {
	var hot []string
	for _, s := range d.Steps {
		if s.waits() {
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
			if !ok || seen[id] || next.waits() {
				continue
			}
			seen[id] = true
			todo = append(todo, next.Successors()...)
		}
	}
	return hot
}

// Listens lists, sorted, the names of the events that may concern an open run: exit, goal, update and wait_for events.
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
	}
	slices.Sort(names)
	return names
}
