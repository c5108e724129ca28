package journey

import (
	"fmt"
	"time"

	"sojourn/fault"
)

// Versions of the machine's own logic. A run carries the number it works by; at each wake-up it takes over the one that
// its worker selects, so that people who slept for months pick up fixes. The code that understands a number ships a
// release before the one that selects it: a rollback then never meets an unknown number.
const (
	LogicFirst    = 1          // the first release
	LogicLatest   = LogicFirst // the newest this code understands
	SelectedLogic = LogicFirst // the one that runs take over from now on
)

// Program is a document made ready for the machine. It is immutable and may be shared.
type Program struct {
	Doc   Document
	Hash  string // hex SHA-256 of the canonical document
	steps map[string]*Step
}

// Compile makes a program of a document that has passed Validate; it refuses only what the machine can't walk at all.
func Compile(d Document) (*Program, error) {
	if len(d.Steps) == 0 {
		return nil, fault.New(fault.Invalid, "journey %s has no steps", d.Key)
	}
	p := &Program{Doc: d, Hash: fmt.Sprintf("%x", Hash(d)), steps: make(map[string]*Step, len(d.Steps))}
	for i := range d.Steps {
		s := &p.Doc.Steps[i]
		if _, twice := p.steps[s.ID]; twice {
			return nil, fault.New(fault.Invalid, "journey %s has two steps %q", d.Key, s.ID)
		}
		p.steps[s.ID] = s
	}
	return p, nil
}

// Find finds a step; nil when there is none.
func (p *Program) Find(id string) *Step { return p.steps[id] }

// EffectKind says what a shell has to do.
type EffectKind string

// The effects.
const (
	EffectSleep   EffectKind = "sleep"   // until Deadline, or until an event arrives
	EffectAct     EffectKind = "act"     // perform the step; answer StepDone or StepDeferred
	EffectResolve EffectKind = "resolve" // find the end of the wait; answer WaitResolved
	EffectMatch   EffectKind = "match"   // hold Event against the step's conditions; answer EventMatched
	EffectHold    EffectKind = "hold"    // paused or held: do nothing until Resumed, Released, Stopped or an event
	EffectFinish  EffectKind = "finish"  // the run has ended with State.Outcome
)

// Effect is the one thing to be done in a state.
type Effect struct {
	Kind     EffectKind
	Step     *Step // nil only with finish
	Visit    int
	Deadline time.Time // sleep
	Event    Event     // match
	Horizon  time.Time // resolve of a wait_for, collect or task, and act of a collect: an event counts from here on
}

// Due is what is to be done in a state, without any further input: a run that is restored goes on with it.
func (p *Program) Due(s State) Effect {
	step := p.Find(s.Step)
	e := Effect{Step: step, Visit: s.Visit()}
	switch {
	case s.Phase == PhaseDone:
		return Effect{Kind: EffectFinish}
	case s.Paused || s.Held:
		e.Kind = EffectHold
	case s.Phase == PhaseCode:
		e.Kind = EffectCode
	case s.Phase == PhaseAct:
		e.Kind, e.Horizon = EffectAct, time.UnixMicro(s.horizon(step)).UTC()
	case s.Phase == PhaseResolve:
		e.Kind, e.Horizon = EffectResolve, time.UnixMicro(s.horizon(step)).UTC()
	case s.Phase == PhaseMatch:
		e.Kind, e.Event = EffectMatch, *s.Match
	case s.Phase == PhaseWait:
		e.Kind, e.Deadline = EffectSleep, time.UnixMicro(s.Armed.Deadline).UTC()
	}
	return e
}

// horizon is the moment from which on an event counts for a wait_for, collect or task step. A collect that looks back over
// the run begins where it gathered last.
func (s State) horizon(step *Step) int64 {
	switch {
	case step == nil:
	case step.WaitFor != nil && step.WaitFor.Since == SinceRun:
		return s.StartedAt
	case step.WaitFor != nil && step.WaitFor.Since == SinceMessage && s.MessageAt != 0:
		return s.MessageAt
	case step.Collect != nil && step.Collect.Since == SinceRun:
		return max(s.StartedAt, s.Gathered[step.ID])
	}
	return s.Reached
}
