package adminapi_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/storage"
)

// A marketer writes a newsletter, sees who gets it, lets it go, pauses, resumes and cancels it.
func TestBroadcastStory(t *testing.T) {
	t.Parallel()
	var woken []storage.BroadcastRef
	w := newWorld(t, func(d *adminapi.Deps) {
		d.Wake = func(_ context.Context, b storage.BroadcastRef) error { woken = append(woken, b); return nil }
	})
	marketer := w.as(access.Marketer)
	schedule := map[string]any{"kind": "cron", "cron": "0 9 * * tue", "timezone": "Europe/Amsterdam"}
	var made, got adminapi.BroadcastDetail
	marketer.do("POST", "/broadcasts", map[string]any{"key": "news", "name": "News", "definition": map[string]any{"schedule": schedule}}).into(t, http.StatusCreated, &made)
	if made.State != "draft" || len(made.Problems) != 2 || len(made.Coming) != 5 {
		t.Fatalf("made: %+v", made)
	}
	if r := marketer.do("POST", "/broadcasts/news/schedule", nil, "If-Match", `"1"`); r.status != http.StatusUnprocessableEntity {
		t.Errorf("schedule what is not finished: %d %s", r.status, r.body)
	}
	if _, err := w.s.PutTemplate(context.Background(), w.acme.Workspace.ID, storage.TemplateInput{Key: "letter", Name: "Letter", Class: "marketing", Bodies: []models.TemplateBody{{Channel: "email", Locale: "en", Subject: "Hi", Body: "x"}}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	definition := map[string]any{"purpose": "offers", "template": "letter", "schedule": schedule, "exclude": map[string]any{"journeys": []string{"win-back"}}}
	if r := marketer.do("PUT", "/broadcasts/news", map[string]any{"name": "News", "definition": definition}, "If-Match", `"7"`); r.status != http.StatusPreconditionFailed {
		t.Errorf("another revision: %d %s", r.status, r.body)
	}
	marketer.do("PUT", "/broadcasts/news", map[string]any{"name": "News", "definition": definition}, "If-Match", `"1"`).into(t, http.StatusOK, &got)
	if len(got.Problems) != 0 || got.Revision != 2 {
		t.Fatalf("saved: %+v", got)
	}
	var f adminapi.BroadcastForecast
	marketer.do("POST", "/broadcasts/forecast", map[string]any{"definition": definition}).into(t, http.StatusOK, &f)
	sum := f.Excluded + f.Reached
	for _, r := range append(f.Later, f.Skipped...) {
		sum += r.Count
	}
	if f.Matched == 0 || sum != f.Matched || len(f.Sample) == 0 || f.Sample[0].ID == "" {
		t.Errorf("forecast: %+v", f)
	}
	// Someone who prepares, but may not send.
	if r := w.as(access.Developer).do("POST", "/broadcasts/news/schedule", nil, "If-Match", `"2"`); r.status != http.StatusForbidden {
		t.Errorf("a developer sends: %d", r.status)
	}
	for _, step := range []struct{ verb, state string }{{"schedule", "scheduled"}, {"pause", "paused"}, {"resume", "scheduled"}, {"cancel", "cancelled"}} {
		var body any
		if step.verb == "cancel" {
			body = map[string]any{"reason": "no longer true"}
		}
		marketer.do("POST", "/broadcasts/news/"+step.verb, body, "If-Match", `"2"`).into(t, http.StatusOK, &got)
		if got.State != step.state {
			t.Errorf("%s: %s", step.verb, got.State)
		}
		if step.verb == "schedule" {
			var c adminapi.Page[adminapi.CalendarEntry]
			marketer.do("GET", "/calendar", nil).into(t, http.StatusOK, &c)
			if len(c.Items) < 4 || c.Items[0].Key != "news" || c.Items[0].State != "planned" {
				t.Errorf("calendar: %+v", c.Items)
			}
		}
	}
	if len(woken) != 4 || woken[0].WorkspaceKey != "acme" || woken[0].BroadcastKey != "news" {
		t.Errorf("woken: %+v", woken)
	}
	var list adminapi.Page[adminapi.BroadcastSummary]
	marketer.do("GET", "/broadcasts?state=cancelled", nil).into(t, http.StatusOK, &list)
	if len(list.Items) != 1 || list.Items[0].Reason != "no longer true" {
		t.Errorf("list: %+v", list.Items)
	}
	if r := marketer.do("DELETE", "/broadcasts/win-back", nil); r.status != http.StatusNoContent {
		t.Errorf("throw a draft away: %d %s", r.status, r.body)
	}
}
