package blueprints_test

import (
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
		locales = append(locales, b.Locale)
		src := content.Source{Channel: b.Channel, Subject: b.Subject, Preheader: b.Preheader, Body: b.HTML}
		for _, i := range engine.Lint(src, consent.Class(tpl.Class)) {
			t.Errorf("%s %s: %+v", tpl.Key, b.Locale, i)
		}
		parsed, err := content.Compile(src)
		if err != nil {
			t.Errorf("%s %s: %v", tpl.Key, b.Locale, err)
			continue
		}
		for _, data := range []map[string]any{content.Sample(), nameless()} {
			m, err := engine.Message(parsed, data, tpl.Class != string(consent.Service))
			if err != nil {
				t.Errorf("%s %s: %v", tpl.Key, b.Locale, err)
			}
			for _, part := range []string{m.Subject, m.HTML, m.Text} {
				if part == "" || strings.Contains(part, "[[") || strings.Contains(part, "{{") || strings.Contains(part, " ,") {
					t.Errorf("%s %s came out as %q", tpl.Key, b.Locale, part)
				}
			}
		}
	}
	if !slices.Equal(locales, []string{"en", "nl", "fr"}) {
		t.Errorf("%s is written in %v", tpl.Key, locales)
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

func (c catalogue) TemplateChannels(key string) ([]string, bool) {
	for _, t := range c.b.Templates {
		if t.Key == key {
			return []string{"email"}, true
		}
	}
	return nil, false
}
func (catalogue) HasAudience(string) bool     { return false }
func (catalogue) HasEvent(string) bool        { return true }
func (catalogue) HasChannel(name string) bool { return name == "email" }
