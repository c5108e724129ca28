package adminapi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/storage"
)

var hello = adminapi.Finished{
	Document: journey.Document{
		Key: "hello", Name: "Hello", Description: "Says hello", Purpose: "offers", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Signed Up"},
		Steps: []journey.Step{{ID: "mail", Kind: journey.StepSend, Send: &journey.SendStep{Template: "hello", Channel: "email"}}},
	},
	Templates: []storage.TemplateInput{{Key: "hello", Name: "Hello", Class: "marketing", Bodies: []models.TemplateBody{{Channel: "email", Locale: "en", Subject: "Hi", Body: "<p>Hi</p>", TextBody: "Hi"}}}},
}

// A journey's life: from the blueprint to the archive, with two editors who meet.
func TestLifeOfAJourney(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(d *adminapi.Deps) { d.Blueprints = []adminapi.Finished{hello} })
	ann, bob := w.as(access.Marketer), w.as(access.Admin)
	var prints adminapi.Page[adminapi.Blueprint]
	ann.do("GET", "/blueprints", nil).into(t, 200, &prints)
	if len(prints.Items) != 1 || prints.Items[0].Key != "hello" {
		t.Fatalf("blueprints: %+v", prints)
	}
	var j adminapi.JourneyDetail
	ann.do("POST", "/journeys", map[string]any{"blueprint": "hello", "key": "welcome", "name": "Welcome"}).into(t, 201, &j)
	if j.Key != "welcome" || j.State != "draft" || j.DraftRevision != 1 || hasError(j.Issues) || !j.DraftChanged || j.Draft.Steps[0].Send.Template != "hello" {
		t.Fatalf("from the blueprint: %+v", j)
	}
	if got := ann.do("POST", "/journeys", map[string]any{"blueprint": "hello", "key": "welcome"}); got.status != 409 {
		t.Errorf("the same key twice: %d", got.status)
	}
	for what, body := range map[string]any{"nothing": map[string]any{}, "unknown": map[string]any{"blueprint": "x"}, "bad key": map[string]any{"blueprint": "hello", "key": "Not A Key"}} {
		if got := ann.do("POST", "/journeys", body); got.status != 422 || !strings.Contains(got.body, `"errors"`) {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
	// Two editors: the second one is told.
	doc := j.Draft
	doc.Description = "Says hello, warmly"
	if got := ann.do("PUT", "/journeys/welcome/draft", doc); got.status != 422 {
		t.Errorf("saving without saying on what: %d", got.status)
	}
	saved := ann.do("PUT", "/journeys/welcome/draft", doc, "If-Match", `"1"`)
	if saved.status != 200 || saved.header.Get("ETag") != `"2"` {
		t.Fatalf("save: %d %s %s", saved.status, saved.header.Get("ETag"), saved.body)
	}
	if got := bob.do("PUT", "/journeys/welcome/draft", doc, "If-Match", `"1"`); got.status != 412 || !strings.Contains(got.body, "urn:sojourn:problem:stale") {
		t.Errorf("the second editor: %d %s", got.status, got.body)
	}
	// Nothing broken is published, and everything that is broken is told.
	broken := doc
	broken.Steps = []journey.Step{{ID: "mail", Kind: journey.StepSend, Send: &journey.SendStep{Template: "missing", Channel: "pigeon"}, Next: "nowhere"}}
	var verdict adminapi.ValidateResult
	ann.do("POST", "/journeys/validate", map[string]any{"document": broken}).into(t, 200, &verdict)
	if verdict.Valid || len(verdict.Issues) < 3 {
		t.Errorf("issues of a broken journey: %+v", verdict)
	}
	if got := ann.do("PUT", "/journeys/welcome/draft", broken, "If-Match", `"2"`); got.status != 200 {
		t.Fatalf("a draft may be broken: %d %s", got.status, got.body)
	}
	if got := ann.do("POST", "/journeys/welcome/publish", map[string]any{}, "If-Match", `"3"`); got.status != 422 || strings.Count(got.body, `"location"`) < 3 {
		t.Errorf("publishing it: %d %s", got.status, got.body)
	}
	if got := ann.do("PUT", "/journeys/welcome/draft", doc, "If-Match", `"3"`); got.status != 200 {
		t.Fatal(got.body)
	}
	var preview adminapi.PublishPreview
	ann.do("GET", "/journeys/welcome/publish", nil).into(t, 200, &preview)
	if !preview.FirstPublish || preview.NextVersion != 1 || hasError(preview.Issues) {
		t.Errorf("preview: %+v", preview)
	}
	var v adminapi.VersionSummary
	ann.do("POST", "/journeys/welcome/publish", map[string]any{}, "If-Match", `"4"`).into(t, 201, &v)
	if v.Number != 1 || !v.Live || v.PublishedBy != "marketer@acme.example" {
		t.Errorf("version: %+v", v)
	}
	for _, c := range []struct{ op, body, state string }{{"pause", "", "paused"}, {"resume", `{"clock":"hold"}`, "published"}, {"stop", "", "stopped"}, {"archive", "", "archived"}} {
		var body any
		if c.body != "" {
			body = c.body
		}
		bob.do("POST", "/journeys/welcome/"+c.op, body).into(t, 200, &j)
		if j.State != c.state {
			t.Errorf("after %s it is %s", c.op, j.State)
		}
	}
	if len(j.Pauses) != 1 || j.Pauses[0].Clock != "hold" || j.Pauses[0].ResumedAt == nil {
		t.Errorf("pauses: %+v", j.Pauses)
	}
	var list adminapi.Page[adminapi.JourneySummary]
	ann.do("GET", "/journeys", nil).into(t, 200, &list)
	if len(list.Items) != 1 || list.Items[0].Key != "win-back" || list.Items[0].OpenRuns != 2 || len(list.Items[0].EntriesDaily) != 14 {
		t.Errorf("archived journeys are out of sight: %+v", list.Items)
	}
	var log adminapi.Page[adminapi.AuditEntry]
	bob.do("GET", "/audit?page_size=2", nil).into(t, 200, &log)
	if len(log.Items) != 2 || log.Items[0].Action != "archive-journey" || log.Items[0].Actor != "admin@acme.example" || log.Items[0].Subject != "welcome" || log.NextPageToken == "" {
		t.Errorf("audit: %+v", log)
	}
	bob.do("GET", "/audit?page_size=2&page_token="+log.NextPageToken, nil).into(t, 200, &log)
	if len(log.Items) != 2 || log.Items[0].Action != "resume-journey" {
		t.Errorf("second page: %+v", log)
	}
	if got := bob.do("GET", "/api-keys?page_token="+log.NextPageToken, nil); got.status != 422 {
		t.Errorf("a token of another list: %d", got.status)
	}
}

func hasError(issues []adminapi.Issue) bool {
	for _, i := range issues {
		if i.Severity == "error" {
			return true
		}
	}
	return false
}

// What happened to one customer, from every side.
func TestOneCustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(access.Marketer)
	id := w.acme.Customers[2].ID.String()
	var c adminapi.CustomerDetail
	b.do("GET", "/customers/"+id, nil).into(t, 200, &c)
	if c.Name != "Ann" || c.Email != "person2@example.com" || len(c.Runs) != 1 || len(c.Consents) != 1 || len(c.ContactPoints) != 1 || c.Runs[0].StepName != "Their morning" {
		t.Errorf("customer: %+v", c)
	}
	var run adminapi.RunDetail
	b.do("GET", "/runs/"+c.Runs[0].ID, nil).into(t, 200, &run)
	var told []string
	for _, e := range run.Timeline {
		told = append(told, e.Kind)
	}
	if got := strings.Join(told, " "); got != "context step send repair run_started run_ended conversion" || run.Temporal.State != "unreachable" || run.Goal == nil || run.Sends[0].InboxID == "" {
		t.Errorf("run: %s, %+v", got, run.Temporal)
	}
	var timeline adminapi.Page[adminapi.TimelineEntry]
	b.do("GET", "/customers/"+id+"/timeline?kinds=send,event", nil).into(t, 200, &timeline)
	if len(timeline.Items) != 2 || timeline.Items[1].Title != "Message (email) sent" || timeline.Items[1].Journey.Key != "win-back" {
		t.Errorf("timeline: %+v", timeline.Items)
	}
	var why adminapi.WhyAnswer
	b.do("GET", "/customers/"+id+"/why?journey=win-back", nil).into(t, 200, &why)
	if len(why.Entries) != 2 || !strings.HasPrefix(why.Entries[0].Sentence, "Did not enter the journey") || !strings.HasPrefix(why.Summary, "Did not enter") {
		t.Errorf("why: %+v", why)
	}
	b.do("GET", "/customers/"+w.acme.Customers[3].ID.String()+"/why?journey=win-back", nil).into(t, 200, &why)
	if len(why.Entries) != 0 || !strings.Contains(why.Summary, "Nothing has happened") {
		t.Errorf("why of somebody whom nothing concerned: %+v", why)
	}
	if got := b.do("GET", "/customers/not-an-id", nil); got.status != 404 {
		t.Errorf("no id at all: %d", got.status)
	}
}

// Consent on somebody's behalf needs evidence, and ends in the ledger with who did it.
func TestConsentByStaff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(access.Marketer)
	path := "/customers/" + w.acme.Customers[2].ID.String()
	if got := b.do("POST", path+"/consents", map[string]any{"channel": "email", "purpose": "news", "state": "granted"}); got.status != 422 || !strings.Contains(got.body, "body.evidence") {
		t.Errorf("granting without evidence: %d %s", got.status, got.body)
	}
	var c adminapi.CustomerDetail
	b.do("POST", path+"/consents", map[string]any{"channel": "email", "purpose": "news", "state": "granted", "evidence": "on the phone, 2 March"}).into(t, 200, &c)
	if len(c.Consents) != 2 || c.Consents[0].Source != "admin" || c.Consents[0].Actor != "marketer@acme.example" || c.Consents[0].Proof["evidence"] != "on the phone, 2 March" || c.Consents[0].SourceKind != "person" {
		t.Errorf("ledger: %+v", c.Consents)
	}
	b.do("POST", path+"/consents", map[string]any{"channel": "email", "purpose": "news", "state": "withdrawn"}).into(t, 200, &c)
	state := ""
	for _, p := range c.Permissions {
		if p.Purpose == "news" {
			state = p.State
		}
	}
	if state != "withdrawn" {
		t.Errorf("permission is %q", state)
	}
	b.do("POST", path+"/suppress", map[string]any{"channel": "email"}).into(t, 200, &c)
	if len(c.ContactPoints) != 1 || c.ContactPoints[0].SuppressedReason != string(storage.ManualStop) {
		t.Errorf("address: %+v", c.ContactPoints)
	}
	if got := b.do("POST", path+"/suppress", map[string]any{"channel": "sms"}); got.status != 409 {
		t.Errorf("suppressing what is not there: %d", got.status)
	}
}

// The mail of somebody else is shown where it can do nothing.
func TestInboxHTMLIsHarmless(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(access.Analyst)
	var m adminapi.InboxMessageDetail
	b.do("GET", "/inbox/"+w.acme.Inbox.ID.String(), nil).into(t, 200, &m)
	if !m.HasHTML || m.Send == nil || m.Customer.Name != "Ann" || m.Preview != "Hello" {
		t.Errorf("message: %+v", m)
	}
	got := b.do("GET", m.HTMLURL, nil)
	csp := got.header.Get("Content-Security-Policy")
	if got.status != 200 || got.body != "<p>Hello</p><base target=\"_blank\">" || !strings.HasPrefix(got.header.Get("Content-Type"), "text/html") {
		t.Errorf("html: %d %s %s", got.status, got.header.Get("Content-Type"), got.body)
	}
	for _, rule := range []string{"sandbox", "default-src 'none'", "form-action 'none'", "frame-ancestors 'self'"} {
		if !strings.Contains(csp, rule) {
			t.Errorf("policy lacks %s: %s", rule, csp)
		}
	}
	if strings.Contains(csp, "allow-scripts") || strings.Contains(csp, "allow-same-origin") || strings.Contains(csp, "script-src") {
		t.Errorf("policy lets scripts in: %s", csp)
	}
}

func TestHomeCountsDaysOfTheWorkspace(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 22, 30, 0, 0, time.UTC) // half past eleven in the evening in Amsterdam
	w := newWorld(t, func(d *adminapi.Deps) { d.Now = func() time.Time { return now } })
	// One event at 23:30 of the first of March in Amsterdam, which is still the first in UTC, and one at 0:30 of the second.
	for i, at := range []time.Time{time.Date(2026, 3, 1, 22, 30, 0, 0, time.UTC), time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)} {
		if _, err := w.s.SQL().Exec("UPDATE events SET received_at = ? WHERE id = ?", at.UnixMicro(), []any{w.acme.Routed.ID, w.acme.Stuck.ID}[i]); err != nil {
			t.Fatal(err)
		}
	}
	var o adminapi.Overview
	w.as(access.Analyst).do("GET", "/overview", nil).into(t, 200, &o)
	if o.Events.Today != 1 || o.Events.Daily[12] != 1 || o.Events.Last7Days != 2 || o.OpenRuns != 2 || o.Customers != 4 {
		t.Errorf("events %+v, open %d, customers %d", o.Events, o.OpenRuns, o.Customers)
	}
	var kinds []string
	for _, a := range o.Attention {
		kinds = append(kinds, a.Kind)
	}
	if got := fmt.Sprint(kinds); !strings.Contains(got, "parked_events") || !strings.Contains(got, "sender_paused") || !strings.Contains(got, "no_scores") {
		t.Errorf("attention: %s", got)
	}
}

// The big switch.
func TestStopAllSending(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(access.Owner)
	if _, err := w.s.SQL().Exec("UPDATE sends SET state = 'handing_over' WHERE workspace_id = ?", w.acme.Workspace.ID); err != nil {
		t.Fatal(err)
	}
	var st adminapi.SendingStatus
	b.do("POST", "/sending/stop", nil).into(t, 200, &st)
	if !st.Stopped || st.InFlight != 1 || len(st.Senders) != 1 {
		t.Errorf("%+v", st)
	}
	ws, err := w.s.Workspace(context.Background(), w.acme.Workspace.ID)
	if err != nil || !ws.SendingStopped || ws.SendEpoch != 1 {
		t.Errorf("workspace: %+v, %v", ws, err)
	}
	var me adminapi.Me
	b.do("GET", "/auth/me", nil).into(t, 200, &me)
	if !me.Workspace.SendingStopped {
		t.Error("the page would not know")
	}
	b.do("POST", "/sending/resume", nil).into(t, 200, &st)
	if st.Stopped {
		t.Error("still stopped")
	}
	b.do("POST", "/senders/default/resume", nil).into(t, 200, &st)
	if st.Senders[0].State != "active" {
		t.Errorf("%+v", st)
	}
}

// Settings: what is wrong is told by field, what others keep there stays, and two who save meet.
func TestSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(access.Admin)
	if _, err := w.s.SQL().Exec(`UPDATE workspaces SET settings = '{"zones":["Europe/Paris"],"theme":"dark"}' WHERE id = ?`, w.acme.Workspace.ID); err != nil {
		t.Fatal(err)
	}
	first := b.do("GET", "/settings", nil)
	var s adminapi.Settings
	first.into(t, 200, &s)
	s.Timezone, s.PublicURL = "Mars/Olympus", "not an address"
	s.Caps = []adminapi.Cap{{Max: 3, Window: "a week", Kind: "sliding"}}
	if got := b.do("PUT", "/settings", s); got.status != 422 || !strings.Contains(got.body, "body.timezone") || !strings.Contains(got.body, "body.caps[0].window") || !strings.Contains(got.body, "body.public_url") {
		t.Errorf("bad settings: %d %s", got.status, got.body)
	}
	s.Timezone, s.PublicURL = "Europe/Paris", "https://mail.acme.example"
	s.Caps, s.QuietHours = []adminapi.Cap{{Max: 3, Window: "P7D", Kind: "sliding"}}, &adminapi.QuietHours{From: "21:00", To: "08:00"}
	b.do("PUT", "/settings", s, "If-Match", first.header.Get("ETag")).into(t, 200, &s)
	if len(s.Caps) != 1 || s.QuietHours == nil || s.PublicURL != "https://mail.acme.example" {
		t.Errorf("saved: %+v", s)
	}
	if got := b.do("PUT", "/settings", s, "If-Match", first.header.Get("ETag")); got.status != 412 {
		t.Errorf("saving over somebody: %d", got.status)
	}
	ws, err := w.s.Workspace(context.Background(), w.acme.Workspace.ID)
	if err != nil || !strings.Contains(string(ws.Settings), "dark") || strings.Contains(string(ws.Settings), "zones") == false {
		t.Errorf("settings of others: %s, %v", ws.Settings, err)
	}
}

// Problems have the shape of RFC 9457 wherever they come from.
func TestProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(access.Owner)
	for what, got := range map[string]response{
		"schema": b.do("POST", "/users", `{"email":"x"}`), "not JSON": b.do("POST", "/users", `{`), "missing": b.do("GET", "/runs/"+w.acme.Journey.ID.String(), nil),
		"forbidden": w.as(access.Analyst).do("GET", "/users", nil), "stranger": w.stranger().do("GET", "/users", nil), "media": b.do("POST", "/users", "x", "Content-Type", "text/plain"),
	} {
		var p struct {
			Type, Title, Detail string
			Status              int
		}
		got.into(t, got.status, &p)
		if got.status < 400 || p.Status != got.status || p.Title != http.StatusText(got.status) || !strings.HasPrefix(p.Type, "urn:sojourn:problem:") || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s %s", what, got.status, got.header.Get("Content-Type"), got.body)
		}
	}
}
