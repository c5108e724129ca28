package blueprints_test

import (
	"testing"

	"sojourn/journey"
	"sojourn/kit"
	"sojourn/referral/journeys"
	"sojourn/workflows/blueprints"
)

// The journeys in Go that ship come as finished as the others.
func TestJourneysInGoComeFinished(t *testing.T) {
	t.Parallel()
	var known kit.Registry
	journeys.Register(&known, nil)
	for _, name := range journeys.Types() {
		d, err := known.Document(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := blueprints.Complete(d)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range journey.Validate(b.Document, catalogue{b}) {
			t.Errorf("%s: %+v", name, i)
		}
		for _, l := range blueprints.Locales {
			if b.Card.Name[l] == "" || b.Card.What[l] == "" {
				t.Errorf("%s has no card in %s", name, l)
			}
		}
		if len(b.Templates) == 0 {
			t.Errorf("%s has no messages", name)
		}
		for _, tpl := range b.Templates {
			checkTemplate(t, tpl)
		}
	}
}
