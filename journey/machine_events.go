package journey

import "slices"

// apply sorts an event: it may end the run, bring new data, or be what a wait_for step waits for. Events that do not
// concern the run at this moment change nothing; a later wait_for looks back for them in the database.
func (in EventArrived) apply(w *walk) {
	ev := in.Event
	if w.s.Phase == PhaseNew || w.s.Seen(ev.ID) {
		return
	}
	if rule, ok := w.p.Doc.exitRule(ev.Exit, ev.Name); ok {
		w.applied(ev.ID)
		w.finish(rule.Outcome(), ev.Name, ev.ID)
		return
	}
	if ev.Goal && w.p.Doc.Goal != nil {
		if !w.p.Doc.Goal.Continue {
			w.applied(ev.ID)
			w.finish(OutcomeGoal, ev.Name, ev.ID)
			return
		}
		w.s.Goal = true
	}
	if ev.Revision > w.s.Revision {
		ContextUpdated{ev.Revision}.apply(w)
	}
	w.awaited(ev)
}

func (in ContextUpdated) apply(w *walk) {
	if in.Revision <= w.s.Revision {
		return
	}
	w.s.Revision = in.Revision
	// Every armed wait is resolved again: the data that its end depends on may have changed.
	if w.s.Phase == PhaseWait && !w.s.Armed.Retry {
		w.resolve()
	}
}

// awaited takes the exit of the armed wait that the event fulfils, or asks for its conditions to be looked at.
func (w *walk) awaited(ev Event) {
	step := w.p.Find(w.s.Step)
	if step == nil || w.s.Paused || w.s.Held || ev.OccurredAt < w.s.horizon(step) || w.s.Armed != nil && w.s.Armed.Retry {
		return
	}
	plain := "" // the exit that it takes without further questions
	switch {
	case step.WaitFor != nil:
		first := slices.IndexFunc(step.WaitFor.Events, func(a Await) bool { return a.Event == ev.Name })
		if first < 0 {
			return
		}
		if a := step.WaitFor.Events[first]; a.Where == nil && a.Message == "" {
			plain = a.ExitName()
		}
	case step.Collect != nil:
		w.gathered(ev, step.Collect)
		return
	case step.Kind == StepTask && ev.Name == EventTaskCompleted: // of which task, and how, stands in the event
	default:
		return
	}
	switch w.s.Phase {
	case PhaseMatch:
		w.s.Recheck = true // one at a time: if the other does not fit, the wait looks back and finds this one
	case PhaseWait:
		w.applied(ev.ID)
		if plain != "" {
			w.leave(plain)
			return
		}
		w.s.Phase, w.s.Match = PhaseMatch, &ev
	}
}

// gathered counts an event that may be one of those a collect gathers. Only when there may be enough of them the database
// is asked: it knows conditions and repetitions.
func (w *walk) gathered(ev Event, c *CollectStep) {
	if w.s.Phase != PhaseWait || !slices.ContainsFunc(c.Events, func(t Trigger) bool { return t.Event == ev.Name }) {
		return
	}
	if w.s.Armed.Count++; w.s.Armed.Count >= c.most() {
		w.resolve()
	}
}

func (in EventMatched) apply(w *walk) {
	if w.s.Phase != PhaseMatch || in.EventID != w.s.Match.ID {
		return
	}
	switch {
	case in.Exit != "":
		if w.p.Find(w.s.Step).Kind == StepTask {
			w.result(in.Exit)
		}
		w.leave(in.Exit)
	case w.s.Recheck || w.s.Armed == nil:
		w.resolve()
	default:
		w.s.Phase, w.s.Match = PhaseWait, nil
	}
}

// applied remembers that an event has had its effect on this run.
func (w *walk) applied(id string) {
	if id == "" {
		return
	}
	w.s.Applied = append(w.s.Applied, id)
	if over := len(w.s.Applied) - AppliedLimit; over > 0 {
		w.s.Applied = slices.Delete(w.s.Applied, 0, over)
	}
}
