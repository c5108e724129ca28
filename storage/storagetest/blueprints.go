package storagetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Blueprints holds what Install promises: all or nothing, nobody's text is overwritten, the same text is shared.
func Blueprints(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	ws, other := AddWorkspace(t, s, "shop").ID, AddWorkspace(t, s, "other").ID
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	doc := func(key string) journey.Document {
		return journey.Document{Key: key, Name: key, Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Signed Up"}, Steps: []journey.Step{
			{ID: "one", Kind: journey.StepSend, Send: &journey.SendStep{Template: "one", Channel: "email"}, Next: "two"},
			{ID: "two", Kind: journey.StepSend, Send: &journey.SendStep{Template: "two", Channel: "email"}},
		}}
	}
	messages := func(text string) []storage.TemplateInput {
		var out []storage.TemplateInput
		for _, key := range []string{"one", "two"} {
			out = append(out, storage.TemplateInput{Key: key, Name: key, Class: "marketing", Bodies: []models.TemplateBody{
				{Channel: "email", Locale: "nl", Subject: key, Body: text}, {Channel: "email", Locale: "en", Subject: key, Body: text}}})
		}
		return out
	}
	sends := func(got storage.Installed) []string {
		t.Helper()
		var d journey.Document
		if err := got.Journey.Draft.Into(&d); err != nil {
			t.Fatal(err)
		}
		return []string{d.Steps[0].Send.Template, d.Steps[1].Send.Template}
	}
	install := func(ws int64, key, text string) storage.Installed {
		t.Helper()
		got, err := s.Install(ctx, ws, doc(key), messages(text), now)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}

	first := install(ws, "welcome", "hello")
	if len(first.Renamed) != 0 || len(first.Shared) != 0 || !slices.Equal(sends(first), []string{"one", "two"}) {
		t.Errorf("the first: %+v sends %v", first, sends(first))
	}
	again := install(ws, "welcome-2", "hello")
	if len(again.Renamed) != 0 || !slices.Equal(again.Shared, []string{"one", "two"}) {
		t.Errorf("the same texts: %+v, want them shared", again)
	}
	if elsewhere := install(other, "welcome", "hello"); len(elsewhere.Shared) != 0 {
		t.Errorf("another workspace shares %v", elsewhere.Shared)
	}

	// Somebody has changed one of the two.
	mine := messages("my own words")[0]
	if _, err := s.PutTemplate(ctx, ws, mine, now); err != nil {
		t.Fatal(err)
	}
	third := install(ws, "welcome-3", "hello")
	if third.Renamed["one"] != "one-2" || !slices.Equal(third.Shared, []string{"two"}) || !slices.Equal(sends(third), []string{"one-2", "two"}) {
		t.Errorf("beside somebody's words: %+v sends %v", third, sends(third))
	}
	if kept, err := s.TemplateByKey(ctx, ws, "one"); err != nil || kept.Bodies[0].Body != "my own words" || kept.Version != 2 {
		t.Errorf("somebody's words became %+v, %v", kept, err)
	}
	if fourth := install(ws, "welcome-4", "hello"); fourth.Renamed["one"] != "one-2" || len(fourth.Shared) != 2 {
		t.Errorf("the copy is found again: %+v", fourth)
	}

	// The key of the journey is taken: nothing is left behind, not even the templates.
	if _, err := s.Install(ctx, ws, doc("welcome"), messages("other words"), now); !fault.Is(err, fault.Conflict) {
		t.Errorf("a taken key: %v, want a conflict", err)
	}
	all, err := s.ListTemplates(ctx, ws)
	if err != nil || len(all) != 3 {
		t.Errorf("%d templates after a conflict, %v; want one, one-2 and two", len(all), err)
	}
}
