package journey

// Where a step of the old version may lead in a mapping, beside a step of the new one.
const (
	MoveEnd  = "(end)"  // the run ends as stopped
	MoveStay = "(stay)" // the run stays on its version
)

// reasonMoved is kept with a run that a move has ended.
const reasonMoved = "moved to a version without its step"

// LandingKind says what becomes of a run that is moved.
type LandingKind string

// The kinds.
const (
	LandSame  LandingKind = "same"  // it goes on with the same step: what was waited is kept, nothing is done again
	LandWaits LandingKind = "waits" // it goes on with another step of the same kind that waits: what was waited is kept
	LandEnter LandingKind = "enter" // it enters another step anew
	LandEnds  LandingKind = "ends"  // it ends
	LandStays LandingKind = "stays" // it stays on its version: the new one has no place for it
)

// Landing is where a run comes out.
type Landing struct {
	Kind LandingKind `json:"kind"`
	Step string      `json:"step,omitempty"` // of the new version
	Acts bool        `json:"acts,omitempty"` // it does something there at once, instead of waiting
}

// Land says where a run that stands at a step of one version comes out in another: at the step that the mapping names,
// else at the one with the same id if it is of the same kind. It is what Moved does, and what a dry run counts; a run
// that stands nowhere yet ("") begins anew.
func Land(from, to *Program, step string, mapping map[string]string) Landing {
	target, mapped := mapping[step]
	if !mapped {
		target = step
	}
	old := from.Find(step)
	if from.Doc.Code != nil || to.Doc.Code != nil { // code finds its own way; it is only handed the other version
		if from.Doc.Code == nil || to.Doc.Code == nil || target != step && target != MoveEnd || step != "" && to.Find(step) == nil {
			return Landing{Kind: LandStays}
		}
		if target == step {
			return Landing{Kind: LandSame, Step: step}
		}
	}
	switch {
	case target == MoveEnd:
		return Landing{Kind: LandEnds}
	case step == "":
		return Landing{Kind: LandEnter, Step: to.Doc.Steps[0].ID, Acts: !to.Doc.Steps[0].waits()}
	case target == MoveStay || old == nil:
		return Landing{Kind: LandStays}
	}
	there := to.Find(target)
	switch {
	case there == nil:
		return Landing{Kind: LandStays}
	case target == step && there.Kind == old.Kind:
		return Landing{Kind: LandSame, Step: target}
	case !mapped:
		return Landing{Kind: LandStays} // the id was given to something else
	case there.Kind == old.Kind && there.waits():
		return Landing{Kind: LandWaits, Step: target}
	}
	return Landing{Kind: LandEnter, Step: target, Acts: !there.waits() && there.Kind != StepExit}
}

// Moved brings the run to another version (see Land). An armed wait is resolved again by the new document, counted from
// when it was reached. Visits, results, events applied and the context stay: a step that was done is not done again for
// the same visit, whatever its version. An ID that was applied before changes nothing.
type Moved struct {
	ID      string
	Program *Program
	Mapping map[string]string
}

func (in Moved) apply(w *walk) {
	if in.ID != "" && w.s.Seen(in.ID) {
		return
	}
	land := Land(w.p, in.Program, w.s.Step, in.Mapping)
	if land.Kind == LandStays {
		return
	}
	w.applied(in.ID)
	w.unmatch()
	switch land.Kind {
	case LandEnds:
		w.finish(OutcomeStopped, reasonMoved, "")
		return
	case LandSame:
		w.p = in.Program
		if w.s.Phase == PhaseWait && !w.s.Armed.Retry || w.s.Phase == PhaseMatch {
			w.resolve()
		}
	case LandWaits:
		reached, frozen := w.s.Reached, w.s.Frozen
		w.record(ExitMoved, land.Step)
		w.p = in.Program
		w.enter(land.Step)
		w.s.Reached, w.s.Frozen = reached, frozen
	case LandEnter:
		if w.s.Phase != PhaseNew {
			w.record(ExitMoved, land.Step)
		}
		w.p = in.Program
		if w.s.Phase != PhaseNew {
			w.enter(land.Step)
		}
	}
}

// unmatch forgets that an event was applied whose conditions have not been answered: a wait that is resolved again looks
// back and finds it.
func (w *walk) unmatch() {
	if w.s.Phase != PhaseMatch || w.s.Match == nil {
		return
	}
	for i, id := range w.s.Applied {
		if id == w.s.Match.ID {
			w.s.Applied = append(w.s.Applied[:i], w.s.Applied[i+1:]...)
			break
		}
	}
}
