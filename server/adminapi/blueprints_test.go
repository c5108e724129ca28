package adminapi_test

import (
	"slices"
	"strings"
	"testing"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/storage"
)

// letter is a blueprint in two languages that needs what the world of these tests has, and what it has not.
var letter = adminapi.Finished{
	Document: journey.Document{
		Key: "letter", Name: "Letter", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Signed Up"},
		Steps: []journey.Step{{ID: "mail", Kind: journey.StepSend, Send: &journey.SendStep{Template: "letter", Channel: "email"}}},
	},
	Templates: []storage.TemplateInput{{Key: "letter", Name: "Letter", Class: "marketing", Bodies: []models.TemplateBody{
		{Channel: "email", Locale: "en", Subject: "Hi", Body: "<p>Hi</p>"}, {Channel: "email", Locale: "nl", Subject: "Hoi", Body: "<p>Hoi</p>"}}}},
	Goal: "start", Name: map[string]string{"en": "Letter", "nl": "Brief"}, What: map[string]string{"en": "Says hi.", "nl": "Zegt hoi."},
	In: func(locale string) journey.Document {
		d := journey.Document{
			Key: "letter", Name: "Letter", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Signed Up"},
			Steps: []journey.Step{{ID: "mail", Kind: journey.StepSend, Name: "in " + locale, Send: &journey.SendStep{Template: "letter", Channel: "email"}}},
		}
		return d
	},
	Needs: []adminapi.Need{{Kind: "event", Name: "Never Sent"}, {Kind: "object", Name: "booking", Date: "start"}, {Kind: "permission", Name: "email"}, {Kind: "orders", Orders: 1}, {Kind: "attribute", Name: "email"}},
	Show: func(template, channel, locale string) (adminapi.Shown, error) {
		return adminapi.Shown{Subject: "Hi Emma", Preheader: "soon", HTML: "<head></head><p>" + template + " " + channel + " " + locale + "</p>", Text: "hi"}, nil
	},
}

// What the gallery shows of a blueprint, and how much of what it needs is here.
func TestTheGallery(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *adminapi.Deps) { d.Blueprints = []adminapi.Finished{hello, letter} })
	ann := w.as(access.Analyst)
	var d adminapi.BlueprintDetail
	ann.do("GET", "/blueprints/letter", nil).into(t, 200, &d)
	if d.Goal != "start" || d.Names["nl"] != "Brief" || !slices.Equal(d.Channels, []string{"email"}) || !slices.Equal(d.Locales, []string{"en", "nl"}) || len(d.Messages) != 2 {
		t.Fatalf("%+v", d)
	}
	if got := d.Document.Steps[0].Name; got != "in "+w.acme.Workspace.Locale {
		t.Errorf("without a language the step is called %q", got)
	}
	ann.do("GET", "/blueprints/letter?language=nl", nil).into(t, 200, &d)
	if d.Document.Steps[0].Name != "in nl" {
		t.Errorf("in Dutch the step is called %q", d.Document.Steps[0].Name)
	}
	if m := d.Messages[1]; m.Subject != "Hi Emma" || m.Locale != "nl" || m.HTMLURL == "" {
		t.Errorf("%+v", m)
	}
	html := ann.do("GET", strings.TrimPrefix(d.Messages[1].HTMLURL, adminapi.Prefix), nil)
	if html.status != 200 || !strings.Contains(html.body, "letter email nl") || !strings.Contains(html.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %s %v", html.status, html.body, html.header)
	}
	for _, path := range []string{"/blueprints/none", "/blueprints/letter/messages/letter/html?channel=sms&locale=nl", "/blueprints/hello/messages/hello/html?channel=email&locale=en"} {
		if got := ann.do("GET", path, nil); got.status != 404 {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	var needs adminapi.Page[adminapi.NeedMet]
	ann.do("GET", "/blueprint-needs", nil).into(t, 200, &needs)
	counts := map[string]int64{}
	for _, n := range needs.Items {
		counts[n.Kind] = n.Count
	}
	if len(counts) != 5 || counts["event"] != 0 || counts["object"] != 0 || counts["orders"] != 0 || counts["attribute"] == 0 {
		t.Errorf("needs: %+v", needs.Items)
	}
}

// One uses a blueprint in the languages one wants; a text of one's own that has its key stays.
func TestUsingABlueprint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *adminapi.Deps) { d.Blueprints = []adminapi.Finished{letter} })
	ann := w.as(access.Marketer)
	var made adminapi.JourneyCreated
	ann.do("POST", "/journeys", map[string]any{"blueprint": "letter", "locales": []string{"nl"}, "language": "fr"}).into(t, 201, &made)
	if made.Key != "letter" || made.Draft.Steps[0].Name != "in fr" || len(made.RenamedTemplates) != 0 {
		t.Fatalf("%+v", made)
	}
	made = adminapi.JourneyCreated{}
	ann.do("POST", "/journeys", map[string]any{"blueprint": "letter", "key": "letter-2", "name": "Letter (2)"}).into(t, 201, &made)
	if made.RenamedTemplates["letter"] != "letter-2" || made.Draft.Steps[0].Send.Template != "letter-2" || hasError(made.Issues) {
		t.Errorf("in all languages, beside the Dutch one: %+v", made)
	}
	if letter.Document.Steps[0].Send.Template != "letter" {
		t.Error("the blueprint itself was changed")
	}
	for what, body := range map[string]map[string]any{
		"language": {"blueprint": "letter", "key": "x", "locales": []string{"de"}}, "sender": {"blueprint": "letter", "key": "x", "sender": "nobody"},
	} {
		if got := ann.do("POST", "/journeys", body); got.status != 422 || !strings.Contains(got.body, "errors") {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	if got := w.as(access.Analyst).do("POST", "/journeys", map[string]any{"blueprint": "letter", "key": "y"}); got.status != 403 {
		t.Errorf("an analyst: %d", got.status)
	}
}
