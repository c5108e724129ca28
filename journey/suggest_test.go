package journey_test

import (
	"testing"

	"sojourn/journey"
)

// People at a step that got another id go on at the same step, told apart by what it does and where it stands.
func TestSuggestStep(t *testing.T) {
	t.Parallel()
	wait := func(id, name, length, next string) journey.Step {
		return journey.Step{ID: id, Name: name, Kind: journey.StepWait, Wait: &journey.WaitStep{For: length}, Next: next}
	}
	send := func(id, template, next string) journey.Step {
		return journey.Step{ID: id, Kind: journey.StepSend, Send: &journey.SendStep{Template: template, Channel: "email"}, Next: next}
	}
	doc := func(steps ...journey.Step) journey.Document { return journey.Document{Key: "k", Steps: steps} }
	old := doc(wait("a", "Wait", "P1D", "m1"), send("m1", "one", "b"), wait("b", "Wait", "P3D", "m2"), send("m2", "two", ""))
	for name, c := range map[string]struct {
		to       journey.Document
		at, want string
	}{
		"a renamed wait among two of one name": {doc(wait("x", "Wait", "P1D", "m1"), send("m1", "one", "y"), wait("y", "Wait", "P3D", "m2"), send("m2", "two", "")), "b", "y"},
		"and the other one":                    {doc(wait("x", "Wait", "P1D", "m1"), send("m1", "one", "y"), wait("y", "Wait", "P3D", "m2"), send("m2", "two", "")), "a", "x"},
		"a new wait before it is not it":       {doc(wait("a", "Wait", "P1D", "m1"), send("m1", "one", "n"), wait("n", "Wait", "P9D", "z"), wait("z", "Wait", "P3D", "m2"), send("m2", "two", "")), "b", "z"},
		"renamed and made longer":              {doc(wait("a", "Wait", "P1D", "m1"), send("m1", "one", "z"), wait("z", "Longer", "P5D", "m2"), send("m2", "two", "")), "b", "z"},
		"a message by its template":            {doc(wait("a", "Wait", "P1D", "n1"), send("n1", "one", "b"), wait("b", "Wait", "P3D", "n2"), send("n2", "two", "")), "m2", "n2"},
		"gone: the step behind it":             {doc(wait("a", "Wait", "P1D", "m1"), send("m1", "one", "m2"), send("m2", "two", "")), "b", "m2"},
		"gone, and nothing behind it":          {doc(wait("a", "Wait", "P1D", "m1"), send("m1", "one", "")), "m2", ""},
		"gone, and another far behind it":      {doc(wait("a", "Wait", "P1D", "m1"), send("m1", "one", "m2"), send("m2", "two", "n"), wait("n", "Wait", "P30D", "m3"), send("m3", "three", "")), "b", "m2"},
		"two that fit alike: neither":          {doc(wait("p", "Wait", "P3D", "m2"), wait("q", "Wait", "P3D", "m2"), send("m2", "two", "")), "b", ""},
		"not a step at all":                    {old, "nope", ""},
	} {
		if got := journey.SuggestStep(old, c.to, c.at); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
