package adminapi_test

import (
	"context"
	"net/http"
	"strings"
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
	if f.Matched == 0 || sum != f.Matched || int64(len(f.Sample)) != f.Reached || f.Asked == 0 {
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

// Why somebody did not get it: it was cancelled before his turn. Why nothing goes out: all sending is stopped.
func TestBroadcastSaysWhatKeepsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, ws, now := context.Background(), w.acme.Workspace.ID, time.Now()
	if _, err := w.s.PutTemplate(ctx, ws, storage.TemplateInput{Key: "letter", Name: "Letter", Class: "marketing", Bodies: []models.TemplateBody{{Channel: "email", Locale: "en", Subject: "Hi", Body: "x"}}}, now); err != nil {
		t.Fatal(err)
	}
	marketer := w.as(access.Marketer)
	var got adminapi.BroadcastDetail
	marketer.do("POST", "/broadcasts", map[string]any{"key": "gone", "name": "Gone", "definition": map[string]any{"purpose": "offers", "template": "letter", "schedule": map[string]any{}}}).into(t, http.StatusCreated, &got)
	marketer.do("POST", "/broadcasts/gone/schedule", nil, "If-Match", `"1"`).into(t, http.StatusOK, &got)
	owner := w.as(access.Owner)
	if r := owner.do("POST", "/sending/stop", map[string]any{"reason": "a test"}); r.status >= 300 {
		t.Fatalf("stop: %d %s", r.status, r.body)
	}
	marketer.do("GET", "/broadcasts/gone", nil).into(t, http.StatusOK, &got)
	if got.Held != "workspace_stopped" {
		t.Errorf("all sending is stopped, and it says %q", got.Held)
	}
	if r := owner.do("POST", "/sending/resume", map[string]any{"reason": "a test"}); r.status >= 300 {
		t.Fatalf("resume: %d %s", r.status, r.body)
	}
	row, err := w.s.BroadcastByKey(ctx, ws, "gone")
	if err != nil {
		t.Fatal(err)
	}
	issue, err := w.s.OpenIssue(ctx, ws, row.ID, row.NextAt.Time(), now)
	for err == nil && issue.State == "collecting" {
		issue, err = w.s.CollectRecipients(ctx, ws, issue.ID, now)
	}
	if err != nil {
		t.Fatal(err)
	}
	var why adminapi.WhyAnswer
	ask := func() string {
		marketer.do("GET", "/customers/"+w.acme.Customers[0].ID.String()+"/why?broadcast=gone", nil).into(t, http.StatusOK, &why)
		return why.Summary
	}
	if s := ask(); !strings.Contains(s, "not been their turn") {
		t.Errorf("on its way: %s", s)
	}
	marketer.do("POST", "/broadcasts/gone/cancel", map[string]any{}).into(t, http.StatusOK, &got)
	if s := ask(); !strings.Contains(s, "cancelled before their turn") {
		t.Errorf("cancelled: %s", s)
	}
}

// mailer makes the same mail for everybody and remembers to whom tests went.
type mailer struct{ asked, sent []string }

func (m *mailer) Preview(_ context.Context, ask adminapi.MailAsk) (adminapi.Mail, error) {
	m.asked = append(m.asked, ask.Subject)
	return adminapi.Mail{From: "shop@example.com", Subject: ask.Subject, HTML: "<p>Hi</p>", Text: "Hi"}, nil
}

func (m *mailer) SendTest(_ context.Context, _ adminapi.MailAsk, to string) error {
	m.sent = append(m.sent, to)
	return nil
}

func (m *mailer) SendCode(context.Context, int64, string, string) error { return nil }

// It is looked at as a customer, tested on colleagues only, copied, put away, and said why somebody did not get it.
func TestBroadcastIsLookedAtAndCopied(t *testing.T) {
	t.Parallel()
	post := &mailer{}
	w := newWorld(t, func(d *adminapi.Deps) { d.Mail = post })
	marketer := w.as(access.Marketer)
	definition := map[string]any{"purpose": "offers", "template": "letter", "schedule": map[string]any{}, "test": map[string]any{"subjects": []string{"One", "Two"}}, "exclude": map[string]any{"broadcasts": []string{"news"}}}
	var made adminapi.BroadcastDetail
	marketer.do("POST", "/broadcasts", map[string]any{"key": "news", "name": "News", "definition": definition}).into(t, http.StatusCreated, &made)
	own := false
	for _, p := range made.Problems {
		own = own || p.Path == "exclude.broadcasts[0]"
	}
	if !own {
		t.Errorf("it leaves out its own recipients: %+v", made.Problems)
	}
	customer := w.acme.Customers[0].ID.String()
	var seen adminapi.BroadcastPreview
	marketer.do("POST", "/broadcasts/preview", map[string]any{"definition": definition, "customer": customer, "arm": 2}).into(t, http.StatusOK, &seen)
	if seen.Subject != "Two" || seen.Customer.ID != customer || seen.Action == "" || !seen.Matched {
		t.Errorf("preview: %+v", seen)
	}
	if r := w.as(access.Developer).do("POST", "/broadcasts/test", map[string]any{"definition": definition, "customer": customer, "to": []string{customer}}); r.status == http.StatusOK {
		t.Error("a test to somebody who is no colleague")
	}
	var colleagues adminapi.Page[adminapi.Colleague]
	marketer.do("GET", "/colleagues", nil).into(t, http.StatusOK, &colleagues)
	if len(colleagues.Items) != 0 {
		t.Errorf("nobody has confirmed an address: %+v", colleagues.Items)
	}
	if _, err := w.s.SQL().Exec("UPDATE users SET email_verified_at = 1 WHERE id = ?", w.users[access.Marketer].ID); err != nil {
		t.Fatal(err)
	}
	marketer.do("GET", "/colleagues", nil).into(t, http.StatusOK, &colleagues)
	if r := marketer.do("POST", "/broadcasts/test", map[string]any{"definition": definition, "customer": customer, "to": []string{customer}}); r.status != http.StatusUnprocessableEntity {
		t.Errorf("a test to a customer: %d %s", r.status, r.body)
	}
	marketer.do("POST", "/broadcasts/test", map[string]any{"definition": definition, "customer": customer, "to": []string{colleagues.Items[0].ID}}).into(t, http.StatusOK, &adminapi.TestsSent{})
	if len(post.sent) != 1 || post.sent[0] != colleagues.Items[0].Email {
		t.Errorf("tests went to %v", post.sent)
	}
	refused := 0
	for range 25 { // a colleague's mailbox is not filled by tests
		if r := marketer.do("POST", "/broadcasts/test", map[string]any{"definition": definition, "customer": customer, "to": []string{colleagues.Items[0].ID}}); r.status == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 5 || len(post.sent) > 21 {
		t.Errorf("%d tests in a row went out, %d were refused", len(post.sent), refused)
	}
	var copied adminapi.BroadcastDetail
	marketer.do("POST", "/broadcasts/news/clone", map[string]any{"key": "copy", "name": "Copy"}).into(t, http.StatusCreated, &copied)
	if copied.State != "draft" || copied.Definition.Test == nil || copied.Name != "Copy" {
		t.Errorf("copy: %+v", copied)
	}
	if r := marketer.do("POST", "/broadcasts/news/resend", map[string]any{"key": "again", "name": "Again", "issue": 1, "unless": "opened"}); r.status != http.StatusNotFound {
		t.Errorf("again, before it went out: %d", r.status)
	}
	marketer.do("POST", "/broadcasts/copy/archive", nil).into(t, http.StatusOK, &copied)
	var list adminapi.Page[adminapi.BroadcastSummary]
	marketer.do("GET", "/broadcasts?archived=true", nil).into(t, http.StatusOK, &list)
	if !copied.Archived || len(list.Items) != 1 || list.Items[0].Key != "copy" {
		t.Errorf("archive: %+v", list.Items)
	}
	var why adminapi.WhyAnswer
	marketer.do("GET", "/customers/"+customer+"/why?broadcast=news", nil).into(t, http.StatusOK, &why)
	if why.Broadcast == nil || why.Broadcast.Key != "news" || !strings.Contains(why.Summary, `"News"`) || len(why.Entries) != 0 {
		t.Errorf("why: %+v", why)
	}
}
