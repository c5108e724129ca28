package journey

import "cmp"

// ReasonCondition is the recorded reason of a run that an exit rule without an event has ended.
const ReasonCondition = "condition"

// Conditional reports that the rule names no event: it ends the run as soon as its condition holds.
func (e ExitRule) Conditional() bool { return e.Event == "" && e.Where != nil }

// Outcome is what is recorded of a run that the rule ends.
func (e ExitRule) Outcome() string { return cmp.Or(e.Label, OutcomeExit) }

// reason is why the rule ended a run: the event that arrived, or the condition.
func (e ExitRule) reason(event string) string {
	if e.Conditional() {
		return ReasonCondition
	}
	return event
}

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
// router saw. The run may have been moved to another version meanwhile: there it is the rule of the same event.
func (d Document) exitRule(place int, event string) (ExitRule, bool) {
	if place <= 0 {
		return ExitRule{}, false
	}
	if place <= len(d.Exit) {
		if rule := d.Exit[place-1]; rule.Event == event || rule.Conditional() {
			return rule, true
		}
	}
	for _, rule := range d.Exit {
		if rule.Event == event && event != "" {
			return rule, true
		}
	}
	return ExitRule{}, false
}
