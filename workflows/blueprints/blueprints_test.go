package blueprints_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"sojourn/consent"
	"sojourn/content"
	"sojourn/fault"
	"sojourn/journey"
	"sojourn/workflows/blueprints"
)

func TestEveryBlueprintCanBePublished(t *testing.T) {
	t.Parallel()
	for _, name := range blueprints.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := blueprints.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			if b.Document.Key != name {
				t.Errorf("the file %s.yaml holds the journey %s", name, b.Document.Key)
			}
			for _, i := range journey.Validate(b.Document, catalogue{b}) {
				t.Errorf("issue: %+v", i)
			}
			for _, tpl := range b.Templates {
				checkTemplate(t, tpl)
			}
		})
	}
}

func checkTemplate(t *testing.T, tpl blueprints.Template) {
	engine := &content.Engine{}
	var locales []string
	for _, b := range tpl.Bodies {
		if b.Channel == "email" {
			locales = append(locales, b.Locale)
		}
		src := content.Source{Channel: b.Channel, Subject: b.Subject, Preheader: b.Preheader, Body: b.Text}
		for _, i := range engine.Lint(src, consent.Class(tpl.Class)) {
			t.Errorf("%s %s: %+v", tpl.Key, b.Locale, i)
		}
		parsed, err := content.Compile(src)
		if err != nil {
			t.Errorf("%s %s: %v", tpl.Key, b.Locale, err)
			continue
		}
		for _, data := range []map[string]any{content.Sample(), nameless(), blueprints.Sample(b.Locale)} {
			m, err := engine.Message(parsed, data, b.Channel == "email" && tpl.Class != string(consent.Service))
			if err != nil {
				t.Errorf("%s %s: %v", tpl.Key, b.Locale, err)
			}
			for _, part := range []string{m.Subject, m.HTML + m.Text, m.Text} {
				if part == "" || strings.Contains(part, "[[") || strings.Contains(part, "{{") || strings.Contains(part, " ,") || strings.Contains(part, "  ") && part == m.Subject {
					t.Errorf("%s %s came out as %q", tpl.Key, b.Locale, part)
				}
			}
			if b.Locale == "fr" && loose.MatchString(m.Text) {
				t.Errorf("%s: a sign may begin a line in %q", tpl.Key, m.Text)
			}
		}
	}
	if !slices.Equal(locales, blueprints.Locales) {
		t.Errorf("%s is written in %v", tpl.Key, locales)
	}
}

// loose is a sign that French sets apart, by a space at which a line may end.
var loose = regexp.MustCompile(` [?!;»]`)

// A day is said in the words of the language.
func TestDaysInWords(t *testing.T) {
	t.Parallel()
	b, err := blueprints.Load("guarantee-renewal")
	if err != nil {
		t.Fatal(err)
	}
	engine := &content.Engine{}
	for i, want := range []string{"until 1 August.", "tot 1 augustus.", "jusqu’au 1er août."} {
		body := b.Templates[0].Bodies[i]
		parsed, err := content.Compile(content.Source{Channel: "email", Subject: body.Subject, Body: body.Text})
		if err != nil {
			t.Fatal(err)
		}
		data := content.Sample()
		data["context"] = map[string]any{"object": map[string]any{"dates": map[string]any{"end": "2027-08-01"}}}
		m, err := engine.Message(parsed, data, true)
		if err != nil || !strings.Contains(strings.Join(strings.Fields(m.Text), " "), want) {
			t.Errorf("%s: %v, no %q in %s", body.Locale, err, want, m.Text)
		}
	}
}

// Every blueprint is told of in the gallery, in all languages, and nothing else is.
func TestTheGalleryTellsOfEveryBlueprint(t *testing.T) {
	t.Parallel()
	for _, name := range blueprints.Names() {
		b, err := blueprints.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, locale := range blueprints.Locales {
			if b.Card.Name[locale] == "" || !strings.HasSuffix(b.Card.What[locale], ".") {
				t.Errorf("%s in %s: %q, %q", name, locale, b.Card.Name[locale], b.Card.What[locale])
			}
		}
		if b.Card.Name["en"] != b.Document.Name {
			t.Errorf("%s is called %q and %q", name, b.Card.Name["en"], b.Document.Name)
		}
		if !slices.Contains([]string{"start", "sell", "keep", "serve", "return"}, b.Card.Goal) || len(b.Card.Needs) == 0 {
			t.Errorf("%s: goal %q, needs %v", name, b.Card.Goal, b.Card.Needs)
		}
	}
}

// nameless is somebody of whom only the address is known.
func nameless() map[string]any {
	data := content.Sample()
	data["customer"] = map[string]any{"email": "sample@example.org", "locale": "en", "attributes": map[string]any{}}
	data["metrics"] = map[string]any{}
	return data
}

func TestLoadKnowsItsNames(t *testing.T) {
	t.Parallel()
	if got := strings.Join(blueprints.Names(), " "); got != "abandoned-basket anniversary birthday end-of-life guarantee-renewal holiday-thanks newsletter order-confirmation pre-post-stay replenishment surprise-gift welcome win-back" {
		t.Errorf("blueprints: %s", got)
	}
	if _, err := blueprints.Load("../../go"); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// catalogue is a workspace that has just what the blueprint brings.
type catalogue struct{ b blueprints.Blueprint }

func (c catalogue) TemplateChannels(key string) (channels []string, ok bool) {
	for _, t := range c.b.Templates {
		if t.Key != key {
			continue
		}
		for _, b := range t.Bodies {
			channels = append(channels, b.Channel)
		}
		return channels, true
	}
	return nil, false
}
func (catalogue) HasAudience(string) bool     { return false }
func (catalogue) HasEvent(string) bool        { return true }
func (catalogue) HasChannel(name string) bool { return name == "email" || name == "print" }
