package journey_test

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"sojourn/journey"
)

func (w *world) id() string {
	w.ids++
	return fmt.Sprint("i", w.ids)
}

// act does what is due, as a shell would.
func (w *world) act(e journey.Effect) {
	switch e.Kind {
	case journey.EffectAct:
		w.perform(e)
	case journey.EffectResolve:
		w.resolve(e)
	case journey.EffectMatch:
		exit := rapid.SampledFrom(exitsOf(e.Step)).Draw(w.t, "match")
		w.unchanged(journey.EventMatched{EventID: "another", Exit: exit})
		another := w.s.Recheck
		w.feed(journey.EventMatched{EventID: e.Event.ID, Exit: exit})
		if exit != "" {
			w.leaves(e.Step, e.Visit, exit)
			w.keeps(e.Step, journey.StepTask, exit)
		} else if w.s.Step != e.Step.ID || w.s.Visit() != e.Visit || len(w.left) > 0 {
			w.fail("an event that does not fit moved the run")
		} else if another && w.s.Phase != journey.PhaseResolve {
			w.fail("an event that came meanwhile is forgotten")
		}
	case journey.EffectSleep:
		w.sleep(e)
	case journey.EffectHold:
		w.feed(journey.Released{ID: w.id()})
		w.resume()
	}
}

// keeps checks the result of a step of a kind.
func (w *world) keeps(step *journey.Step, kind journey.StepKind, want string) {
	w.t.Helper()
	if step.Kind == kind && w.s.Results[step.ID] != want && w.s.Step != step.ID && !slices.ContainsFunc(w.left[1:], func(l journey.Left) bool { return l.Step == step.ID }) {
		w.fail("%s ended as %q, want %q", step.ID, w.s.Results[step.ID], want)
	}
}

func (w *world) perform(e journey.Effect) {
	id, visit := e.Step.ID, e.Visit
	if visit > 1 {
		w.hit["a step again"] = true
	}
	for _, wrong := range []journey.StepDone{{Step: id, Visit: visit + 1, Exit: "next"}, {Step: "elsewhere", Visit: visit, Exit: "next"}} {
		w.unchanged(wrong)
		w.unchanged(journey.StepDeferred{Step: wrong.Step, Visit: wrong.Visit, Until: 1})
	}
	if rapid.IntRange(0, 9).Draw(w.t, "told to hold") == 0 { // the journey was paused when it asked whether it may act
		w.once(journey.Paused{})
		return
	}
	if rapid.IntRange(0, 5).Draw(w.t, "deferred") == 0 {
		w.until = w.now.Add(time.Hour).UnixMicro()
		w.feed(journey.StepDeferred{Step: id, Visit: visit, Until: w.until})
		for range rapid.IntRange(0, 2).Draw(w.t, "events") {
			w.event(rapid.SampledFrom([]string{"Look", journey.EventTaskCompleted}).Draw(w.t, "while it rests"))
		}
		return
	}
	w.acted[fmt.Sprint(id, "#", visit)]++
	if w.acts++; w.acts > len(w.p.Doc.Steps) {
		w.fail("%d actions without a rest", w.acts)
	}
	if e.Step.Kind == journey.StepTask {
		w.feed(journey.StepDone{Step: id, Visit: visit, Exit: journey.ExitPending, Result: "open"})
		if w.s.Step != id || w.s.Visit() != visit || len(w.left) > 0 {
			w.fail("an open task was left")
		}
		return
	}
	done := journey.StepDone{Step: id, Visit: visit, Exit: rapid.SampledFrom(e.Step.Exits()).Draw(w.t, "exit").Name, Result: fmt.Sprint("r", w.ids)}
	if rapid.IntRange(0, 3).Draw(w.t, "revises") == 0 {
		w.told++
		done.Revision = w.told
	}
	if done.Exit == journey.ExitSent {
		w.message = w.now.UnixMicro()
	}
	w.feed(done)
	w.leaves(e.Step, visit, done.Exit)
	w.keeps(e.Step, e.Step.Kind, done.Result)
	if w.s.MessageAt != w.message || w.s.Revision != w.told {
		w.fail("the last message went at %d, want %d; revision %d, want %d", w.s.MessageAt, w.message, w.s.Revision, w.told)
	}
	if e.Step.Kind == journey.StepCollect && w.s.Gathered[id] != w.now.UnixMicro() {
		w.fail("it does not remember when it gathered")
	}
	w.unchanged(done)
}

func (w *world) resolve(e journey.Effect) {
	in := journey.WaitResolved{Step: e.Step.ID, Visit: e.Visit, Deadline: time.UnixMicro(w.s.Reached).Add(time.Hour).UnixMicro()}
	switch e.Step.Kind {
	case journey.StepCollect:
		in.Count = rapid.IntRange(0, 2).Draw(w.t, "gathered")
	case journey.StepWait: // as a date would be resolved
		if rapid.Bool().Draw(w.t, "fixed") {
			in.Fixed, in.Check = true, rapid.Bool().Draw(w.t, "check")
			in.Deadline = w.now.Add(time.Duration(rapid.IntRange(-10, 60).Draw(w.t, "minutes")) * time.Minute).UnixMicro()
			if rapid.IntRange(0, 4).Draw(w.t, "late") == 0 {
				in.Late = rapid.SampledFrom([]string{journey.LateMissed, journey.LateNoDate}).Draw(w.t, "why")
			}
		}
	}
	if e.Step.Kind != journey.StepWait && e.Step.Kind != journey.StepCollect && rapid.IntRange(0, 4).Draw(w.t, "came before") == 0 {
		in.Exit, in.EventID = exitsOf(e.Step)[1], w.id()
	}
	w.unchanged(journey.WaitResolved{Step: e.Step.ID, Visit: e.Visit + 1, Deadline: 1})
	w.unchanged(journey.WaitResolved{Step: "elsewhere", Visit: e.Visit, Exit: "next"})
	checked := w.s.Checked
	w.feed(in)
	switch {
	case in.Exit != "":
		w.leaves(e.Step, e.Visit, in.Exit)
		w.keeps(e.Step, journey.StepTask, in.Exit)
		if !w.s.Seen(in.EventID) {
			w.fail("the event that came before is not remembered")
		}
	case in.Late != "":
		w.hit["late"] = true
		w.leaves(e.Step, e.Visit, journey.ExitNext)
		w.keeps(e.Step, journey.StepWait, in.Late)
		if !w.s.Late && !w.s.Done() && w.p.Due(w.s).Kind == journey.EffectAct {
			w.fail("nothing says that the date has passed")
		}
	case checked && in.Deadline <= w.now.UnixMicro():
		w.leaves(e.Step, e.Visit, journey.ExitNext)
	case e.Step.Collect != nil && e.Step.Collect.Max == 2 && in.Count == 2:
		if w.s.Phase != journey.PhaseAct {
			w.fail("it has gathered enough and does not go on")
		}
	case w.s.Phase != journey.PhaseWait:
		w.fail("a wait that was found is not armed")
	case w.s.Armed.Deadline > w.now.UnixMicro() && (w.s.Late || w.s.Overdue):
		w.fail("a wait that lies ahead does not end the skipping")
	}
}

func (w *world) sleep(e journey.Effect) {
	armed := *w.s.Armed
	if armed.Deadline > w.now.UnixMicro() {
		w.now = w.now.Add(time.UnixMicro(armed.Deadline).Sub(w.now) / 2)
		w.unchanged(journey.TimerFired{Frozen: w.frozen}) // too early
		w.now = time.UnixMicro(armed.Deadline).UTC()
	}
	paused := false
	if !armed.Retry && rapid.IntRange(0, 4).Draw(w.t, "a pause is over") == 0 {
		w.frozen += time.Minute.Microseconds()
		paused = true
	}
	w.feed(journey.TimerFired{Frozen: w.frozen})
	switch {
	case armed.Retry:
		if w.p.Due(w.s).Kind != journey.EffectAct || w.s.Step != e.Step.ID {
			w.fail("a deferred action is not tried again")
		}
	case armed.Fixed && (armed.Check || paused):
		if w.s.Phase != journey.PhaseResolve || !w.s.Checked {
			w.fail("a date is not looked at once more")
		}
	case paused && armed.Deadline+time.Minute.Microseconds() > w.now.UnixMicro():
		w.hit["paused time"] = true
		if w.s.Phase != journey.PhaseWait || w.s.Armed.Deadline != armed.Deadline+time.Minute.Microseconds() {
			w.fail("a minute that does not count is counted")
		}
	case e.Step.Kind == journey.StepCollect:
		if w.s.Phase != journey.PhaseAct {
			w.fail("it does not gather at its time")
		}
	case e.Step.Kind == journey.StepWait:
		w.leaves(e.Step, e.Visit, journey.ExitNext)
	default:
		w.leaves(e.Step, e.Visit, journey.ExitTimeout)
		w.keeps(e.Step, journey.StepTask, journey.ExitTimeout)
	}
}

func (w *world) resume() {
	in := journey.Resumed{Frozen: w.frozen, Overdue: rapid.Bool().Draw(w.t, "overdue")}
	was := w.s
	retry := was.Armed != nil && was.Armed.Retry
	if was.Paused && !retry && rapid.Bool().Draw(w.t, "its time does not count") {
		w.frozen += 5 * time.Minute.Microseconds()
		in.Frozen = w.frozen
	}
	w.feed(in)
	if !was.Paused || w.s.Held || retry {
		return
	}
	switch {
	case was.Phase == journey.PhaseWait || was.Phase == journey.PhaseMatch:
		if w.s.Phase != journey.PhaseResolve || was.Match != nil && w.s.Seen(was.Match.ID) {
			w.fail("a wait does not look back over the pause")
		}
	case was.Phase == journey.PhaseAct && in.Overdue && w.step(was.Step).Kind == journey.StepSend:
		w.hit["overdue"] = true
		w.leaves(w.step(was.Step), was.Visit(), journey.ExitSkipped)
	case len(w.left) > 0 || w.s.Phase != was.Phase:
		w.fail("the end of a pause moved the run")
	}
}

func (w *world) step(id string) *journey.Step { return w.p.Find(id) }

var outside = []string{"Look", "Reply", "Message Opened", "Leave", "Cancel", "Buy", "Changed", "Task Completed", "update", "pause", "resume", "skip", "skip another", "stop", "late answer", "timer", "hold", "release", "retry", "twin", "rename", "map", "end by a move", "stay"}

// disturb lets something happen from outside, at any moment. What has an id is delivered twice.
func (w *world) disturb() {
	w.now = w.now.Add(time.Duration(rapid.IntRange(0, 50).Draw(w.t, "minutes")) * time.Minute)
	was := w.s
	switch what := rapid.SampledFrom(outside).Draw(w.t, "what"); what {
	case "update":
		if rapid.Bool().Draw(w.t, "new") {
			w.told++
		}
		w.once(journey.ContextUpdated{Revision: w.told})
		w.revised(was)
	case "pause":
		w.once(journey.Paused{})
		w.unheard(was)
	case "resume":
		w.resume()
	case "skip":
		w.skip(was)
	case "skip another":
		w.unchanged(journey.WaitSkipped{ID: w.id(), Step: "elsewhere"})
		w.unchanged(journey.Retried{ID: w.id(), Step: "elsewhere"})
	case "stop":
		if rapid.IntRange(0, 3).Draw(w.t, "really") == 0 {
			w.feed(journey.Stopped{Reason: "test"})
			w.ends(was, journey.OutcomeStopped, "test")
		}
	case "late answer":
		w.unchanged(journey.StepDone{Step: w.s.Step, Visit: w.s.Visit() - 1, Exit: "sent"})
		w.unchanged(journey.EventMatched{EventID: "another", Exit: "Look"})
	case "timer":
		if was.Paused || was.Held || was.Phase != journey.PhaseWait {
			w.unchanged(journey.TimerFired{Frozen: w.frozen + 1})
		}
	case "hold":
		w.once(journey.Held{ID: w.id()})
		w.unheard(was)
	case "release":
		w.release(was)
	case "retry":
		w.once(journey.Retried{ID: w.id(), Step: w.s.Step})
		if was.Phase == journey.PhaseWait && !was.Armed.Retry && w.s.Phase != journey.PhaseResolve || was.Armed != nil && was.Armed.Retry && w.s.Phase != journey.PhaseAct && was.Phase == journey.PhaseWait {
			w.fail("nothing was tried again")
		}
	case "twin", "rename", "map", "end by a move", "stay":
		w.move(what)
	default:
		w.event(what)
	}
}

// unheard lets what a run waits for happen while it is held.
func (w *world) unheard(was journey.State) {
	if step := w.p.Find(was.Step); step != nil && was.Phase == journey.PhaseWait && (step.WaitFor != nil || step.Collect != nil) {
		w.event(rapid.SampledFrom([]string{"Look", "Reply"}).Draw(w.t, "unheard"))
	}
}

// ends checks that an open run has ended as it should.
func (w *world) ends(was journey.State, outcome, reason string) {
	w.t.Helper()
	w.ended = true
	if was.Done() {
		return
	}
	if w.s.Outcome != outcome || w.s.Reason != reason || len(w.left) != 1 || w.left[0].Exit != journey.ExitEnded || w.left[0].Step != was.Step {
		w.fail("ended as %s (%s) by %+v, want %s (%s)", w.s.Outcome, w.s.Reason, w.left, outcome, reason)
	}
}

func (w *world) release(was journey.State) {
	w.once(journey.Released{ID: w.id()})
	if !was.Held && w.s.Phase != was.Phase {
		w.fail("who was not held was released")
	}
	if was.Held && (was.Phase == journey.PhaseWait || was.Phase == journey.PhaseMatch) && !was.Armed.Retry && (w.s.Phase != journey.PhaseResolve || was.Match != nil && w.s.Seen(was.Match.ID)) {
		w.fail("a wait does not look back over the time it was held")
	}
}

func (w *world) skip(was journey.State) {
	step := w.p.Find(was.Step)
	w.once(journey.WaitSkipped{ID: w.id(), Step: was.Step})
	waiting := was.Phase == journey.PhaseWait || was.Phase == journey.PhaseResolve || was.Phase == journey.PhaseMatch
	if waiting && was.Step == w.s.Step && was.Visit() == w.s.Visit() && w.s.Phase != journey.PhaseAct {
		w.fail("the wait at %s was not skipped", step.ID)
	}
	if waiting && (w.s.Overdue || w.s.Late) {
		w.fail("what follows a wait that was skipped is left out")
	}
}

// revised checks that a wait is found anew when the data it depends on has a new revision.
func (w *world) revised(was journey.State) {
	w.t.Helper()
	if was.Done() || w.s.Done() {
		return
	}
	if w.s.Revision != w.told {
		w.fail("revision %d, want %d", w.s.Revision, w.told)
	}
	if was.Revision < w.told && was.Phase == journey.PhaseWait && !was.Armed.Retry && w.s.Phase != journey.PhaseResolve {
		w.fail("new data did not re-arm the wait")
	}
}

func (w *world) event(name string) {
	was, step := w.s, w.p.Find(w.s.Step)
	ev := journey.Event{ID: w.id(), Name: name, OccurredAt: w.now.UnixMicro()}
	old := rapid.IntRange(0, 4).Draw(w.t, "from before") == 0
	if old {
		ev.OccurredAt = start.Add(-time.Hour).UnixMicro()
	}
	doc, label := w.p.Doc, ""
	switch name {
	case "Leave":
		ev.Exit, label = 1, journey.OutcomeExit
	case "Cancel":
		ev.Exit, label = 2, "cancelled"
	case "Buy":
		ev.Goal = true
		if doc.Goal != nil && !doc.Goal.Continue {
			label = journey.OutcomeGoal
		}
	case "Changed":
		w.told++
		ev.Revision = w.told
	}
	w.feed(journey.EventArrived{Event: ev})
	switch {
	case label != "":
		w.ends(was, label, name)
	case name == "Changed":
		w.revised(was)
	case was.Phase == journey.PhaseWait && (was.Paused || was.Held || was.Armed.Retry):
		if w.s.Phase != was.Phase || len(w.left) > 0 {
			w.fail("an event moved a run that listens to none")
		}
	case was.Phase == journey.PhaseWait && step.Collect != nil && name == "Look" && !old:
		if enough := was.Armed.Count+1 >= 2 && step.Collect.Max == 2; enough != (w.s.Phase == journey.PhaseResolve) {
			w.fail("after %d events, enough is %v", was.Armed.Count+1, enough)
		}
	case name == "Buy" && doc.Goal != nil && !was.Done() && !w.s.Goal:
		w.fail("the goal is not noted")
	case step != nil && step.WaitFor != nil && was.Phase == journey.PhaseWait && !was.Paused && !was.Held && slices.ContainsFunc(step.WaitFor.Events, func(a journey.Await) bool { return a.Event == name }):
		switch {
		case old:
			if w.s.Seen(ev.ID) {
				w.fail("an event from before the horizon counts")
			}
		case name == "Reply":
			w.leaves(step, was.Visit(), "replied")
		case w.s.Phase != journey.PhaseMatch || w.s.Match.ID != ev.ID:
			w.fail("nobody asks whether the event fits")
		}
	case was.Phase != journey.PhaseWait && was.Phase != journey.PhaseMatch && len(w.left) > 0:
		w.fail("an event that nobody waits for moved the run")
	}
	if step == nil || step.Collect == nil { // which is asked again how many there are
		w.unchanged(journey.EventArrived{Event: ev})
	}
	if w.s.Phase == journey.PhaseMatch { // the moment in which most could go wrong
		switch rapid.IntRange(0, 4).Draw(w.t, "meanwhile") {
		case 0:
			w.once(journey.Paused{})
		case 1:
			w.once(journey.Held{ID: w.id()})
		case 2:
			w.event(rapid.SampledFrom([]string{"Look", "Reply"}).Draw(w.t, "another"))
		}
	}
}

// move brings the run to another version.
func (w *world) move(what string) {
	was, before := w.s, w.s.JSON()
	in := journey.Moved{ID: w.id(), Program: w.twin}
	switch what {
	case "rename":
		in.Program, in.Mapping = w.alias, w.names
	case "map":
		if was.Step == "" {
			return
		}
		in.Mapping = map[string]string{was.Step: rapid.SampledFrom(w.p.Doc.Steps).Draw(w.t, "to").ID}
	case "end by a move":
		if rapid.IntRange(0, 3).Draw(w.t, "really") > 0 {
			return
		}
		in.Mapping = map[string]string{was.Step: journey.MoveEnd}
	case "stay":
		in.Mapping = map[string]string{was.Step: journey.MoveStay}
	}
	land := journey.Land(w.p, in.Program, was.Step, in.Mapping)
	w.hit["land "+string(land.Kind)] = true
	from := w.p
	stays := was.Done() || land.Kind == journey.LandStays || land.Kind == journey.LandEnds
	if stays {
		w.feed(in)
	} else {
		w.moveOn(what, in)
	}
	if land.Kind == journey.LandEnds {
		w.ends(was, journey.OutcomeStopped, w.s.Reason)
	}
	if land.Kind == journey.LandStays && !bytes.Equal(before, w.s.JSON()) {
		w.fail("a run that stays was changed: %s", before)
	}
	if !was.Done() && land.Kind != journey.LandStays && land.Kind != journey.LandEnds {
		w.same(was, from, land)
	}
}

// moveOn feeds the move, and once more.
func (w *world) moveOn(what string, in journey.Moved) {
	w.feedTo(in, in.Program)
	w.acts = 0
	switch what {
	case "rename":
		w.hit["moved to other names"] = true
		old := w.alias
		w.alias, w.names = nil, inverse(w.names)
		w.swap(old)
	default:
		w.twin = w.pair(in.Program)
	}
	w.unchanged(in)
}

// pair makes the same document as another version.
func (w *world) pair(p *journey.Program) *journey.Program {
	d := p.Doc
	if d.Name == "Another" {
		d.Name = "Model"
	} else {
		d.Name = "Another"
	}
	out, err := journey.Compile(d)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// swap makes the twin and the alias of the program that the run walks by now.
func (w *world) swap(now *journey.Program) {
	d, names := renamed(w.t, now.Doc)
	back, err := journey.Compile(d)
	if err != nil {
		w.t.Fatal(err)
	}
	w.alias, w.names, w.twin = back, names, w.pair(now)
}

// same checks that a move changed nothing but where the run stands.
func (w *world) same(was journey.State, from *journey.Program, land journey.Landing) {
	now := w.s
	if now.Done() { // there was nothing but an exit
		return
	}
	if now.Revision != was.Revision || now.MessageAt != was.MessageAt || now.Paused != was.Paused || now.Held != was.Held || now.Goal != was.Goal || now.StartedAt != was.StartedAt {
		w.fail("a move changed what the run knows: %s", was.JSON())
	}
	for step, r := range was.Results {
		if now.Results[step] != r && !slices.ContainsFunc(w.left, func(l journey.Left) bool { return l.Step == step }) && now.Step != step {
			w.fail("a move changed the result of %s", step)
		}
	}
	switch land.Kind {
	case journey.LandSame:
		if now.Step != was.Step || now.Visit() != was.Visit() || now.Reached != was.Reached || len(w.left) > 0 {
			w.fail("a move to the same step went elsewhere: %s", was.JSON())
		}
		rearmed := was.Phase == journey.PhaseMatch || was.Phase == journey.PhaseWait && !was.Armed.Retry
		if rearmed && (now.Phase != journey.PhaseResolve || was.Match != nil && now.Seen(was.Match.ID)) || !rearmed && now.Phase != was.Phase {
			w.fail("phase %s after %s", now.Phase, was.Phase)
		}
	case journey.LandWaits:
		if from.Find(was.Step).Kind != w.p.Find(land.Step).Kind {
			w.fail("a %s goes on as a %s", from.Find(was.Step).Kind, w.p.Find(land.Step).Kind)
		}
		if now.Reached != was.Reached || now.Frozen != was.Frozen || now.Step != land.Step || now.Phase != journey.PhaseResolve || w.left[0].Exit != journey.ExitMoved {
			w.fail("what was waited is forgotten: %s", was.JSON())
		}
	case journey.LandEnter:
		if w.left[0].Exit != journey.ExitMoved || w.left[0].Next != land.Step || w.left[0].Step != was.Step || now.Visits[land.Step] <= was.Visits[land.Step] {
			w.fail("it does not enter %s anew: %s", land.Step, was.JSON())
		}
	}
	if from == w.p {
		w.fail("it walks by the old version")
	}
}
