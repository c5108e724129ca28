package journey

import (
	"testing"

	"sojourn/audience"
)

// A run that was moved while the word of its end was under way ends by its own rule for the event, never by a condition that
// happens to stand in the same place, nor the other way round.
func TestTheExitOfAnotherVersionIsFoundByItsSort(t *testing.T) {
	t.Parallel()
	gold := &audience.Condition{Attribute: "attributes.plan", Op: audience.Eq, Value: "gold"}
	d := Document{Exit: []ExitRule{{Where: gold, Label: "upgraded"}, {Event: "Left", Label: "left"}}}
	for _, c := range []struct {
		place int
		name  string
		want  string
	}{
		{1, ReasonCondition, "upgraded"}, {2, "Left", "left"},
		{1, "Left", "left"}, {5, "Left", "left"}, // counted by another version
		{1, "Banned", ""}, {2, ReasonCondition, ""}, {5, ReasonCondition, ""}, {0, "Left", ""}, {0, ReasonCondition, ""},
	} {
		rule, ok := d.exitRule(c.place, c.name)
		if ok != (c.want != "") || rule.Label != c.want {
			t.Errorf("place %d, %q: %+v, want %q", c.place, c.name, rule, c.want)
		}
	}
}
