package blueprints_test

import (
	"testing"

	"sojourn/journey"
	"sojourn/workflows/blueprints"
)

// Whoever makes a draft finds it in his language: every name, description and task. It is the same journey: ids, ways and
// labels, and the messages, stay; and the blueprint itself is not changed by being said otherwise.
func TestEveryBlueprintIsSaidInEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, name := range blueprints.Names() {
		b, err := blueprints.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		before := journey.Hash(b.Document)
		for _, locale := range blueprints.Locales[1:] {
			d := b.In(locale + "-BE")
			if d.Name != b.Card.Name[locale] || d.Description == b.Document.Description || len(d.Description) < 60 {
				t.Errorf("%s in %s: %q, %q", name, locale, d.Name, d.Description)
			}
			for i, s := range d.Steps {
				old := b.Document.Steps[i]
				if s.Name == old.Name || s.Name == "" {
					t.Errorf("%s in %s: step %s is called %q", name, locale, s.ID, s.Name)
				}
				if s.Task != nil && (s.Task.Title == old.Task.Title || s.Task.Instructions == old.Task.Instructions) {
					t.Errorf("%s in %s: the task of %s says %q, %q", name, locale, s.ID, s.Task.Title, s.Task.Instructions)
				}
				if locale == "fr" && loose.MatchString(s.Name) {
					t.Errorf("%s in French: %q", name, s.Name)
				}
			}
			diff := journey.Diff(b.Document, d)
			for _, s := range diff.Steps {
				for _, f := range s.Fields {
					if f.Path != "name" && f.Path != "task.title" && f.Path != "task.instructions" {
						t.Errorf("%s in %s: %s of step %s differs", name, locale, f.Path, s.ID)
					}
				}
			}
			if len(diff.Journey) != 2 || len(diff.Edges) > 0 || diff.Start != nil {
				t.Errorf("%s in %s is another journey: %+v", name, locale, diff)
			}
			for _, issue := range journey.Validate(d, catalogue{b}) {
				t.Errorf("%s in %s: %+v", name, locale, issue)
			}
		}
		for _, locale := range []string{"", "e", "en", "en-GB", "de"} {
			if journey.Hash(b.In(locale)) != before {
				t.Errorf("%s in %q is not the English one", name, locale)
			}
		}
		if journey.Hash(b.Document) != before {
			t.Errorf("%s was changed by being translated", name)
		}
	}
}
