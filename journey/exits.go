package journey

import "cmp"

// ReasonCondition stands for the event's name where an exit rule without an event ends a run: in what the run is told, and as
// the recorded reason.
const ReasonCondition = "condition"

// Conditional reports that the rule names no event: it ends the run as soon as its condition holds.
func (e ExitRule) Conditional() bool { return e.Event == "" && e.Where != nil }

// Outcome is what is recorded of a run that the rule ends.
func (e ExitRule) Outcome() string { return cmp.Or(e.Label, OutcomeExit) }

// ConditionalExits tells whether any exit rule of the document is a condition alone.
func (d Document) ConditionalExits() bool {
	for _, e := range d.Exit {
		if e.Conditional() {
			return true
		}
	}
	return false
}

// exitRule finds the rule that ends the run, by its place (1-based, 0 = none) among the rules of the version that the
// router saw, and the name of the event or ReasonCondition. The run may have been moved to another version meanwhile: there it
// is the rule of the same event, and never one of the other sort.
func (d Document) exitRule(place int, name string) (ExitRule, bool) {
	if place <= 0 {
		return ExitRule{}, false
	}
	is := func(e ExitRule) bool {
		return e.Conditional() && name == ReasonCondition || e.Event != "" && e.Event == name
	}
	if place <= len(d.Exit) && is(d.Exit[place-1]) {
		return d.Exit[place-1], true
	}
	for _, rule := range d.Exit {
		if !rule.Conditional() && is(rule) {
			return rule, true
		}
	}
	return ExitRule{}, false
}
