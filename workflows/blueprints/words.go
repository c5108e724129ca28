package blueprints

import (
	"slices"

	"sojourn/journey"
)

// words are what a blueprint says inside the workspace, by language; in English it stands in the document.
type words struct {
	Description map[string]string `yaml:"description"`
	Steps       map[string]struct {
		Name         map[string]string `yaml:"name"`
		Title        map[string]string `yaml:"title"`        // of a task
		Instructions map[string]string `yaml:"instructions"` // of a task
	} `yaml:"steps"`
}

// In is the journey in the language of those who work with it: its name, its description, its steps and tasks. What is not
// written in a language stays English; the steps of a journey in Go are called what their code calls them. Ids, labels and
// the names of exits are the same everywhere.
func (b Blueprint) In(locale string) journey.Document {
	d := b.Document
	lang := locale[:min(2, len(locale))]
	say := func(into *string, texts map[string]string) {
		if text := texts[lang]; text != "" && lang != Locales[0] {
			*into = typeset(lang, text)
		}
	}
	say(&d.Name, b.Card.Name)
	if b.words.Description == nil {
		say(&d.Description, b.Card.What)
	}
	say(&d.Description, b.words.Description)
	d.Steps = slices.Clone(d.Steps)
	for i := range d.Steps {
		s := &d.Steps[i]
		w := b.words.Steps[s.ID]
		say(&s.Name, w.Name)
		if s.Task != nil {
			task := *s.Task
			say(&task.Title, w.Title)
			say(&task.Instructions, w.Instructions)
			s.Task = &task
		}
	}
	return d
}
