package adminapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/audience"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/storage"
)

func nap(id, length, next string) journey.Step {
	return journey.Step{ID: id, Kind: journey.StepWait, Wait: &journey.WaitStep{For: length}, Next: next}
}

// tour is a published journey with people in it.
func (w *world) tour(people int) (*browser, journey.Document) {
	w.t.Helper()
	ann := w.as(access.Marketer)
	doc := journey.Document{Key: "tour", Name: "Tour", Purpose: "offers", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Signed Up"}, Steps: []journey.Step{nap("first", "P3D", "second"), nap("second", "P3D", "")}}
	if got := ann.do("POST", "/journeys", map[string]any{"document": doc}); got.status != 201 {
		w.t.Fatal(got.body)
	}
	if got := ann.do("POST", "/journeys/tour/publish", map[string]any{}, "If-Match", `"1"`); got.status != 201 {
		w.t.Fatal(got.body)
	}
	for i := range people {
		c := models.Customer{ID: w.s.NewID(), WorkspaceID: w.acme.Workspace.ID, ExternalID: models.Text(fmt.Sprintf("guest-%d", i)), Grp: w.s.NewID(), Attributes: models.JSON("{}"), CreatedAt: models.At(time.Now()), UpdatedAt: models.At(time.Now())}
		if err := w.s.Tx(context.Background(), func(tx *gorm.DB) error { return tx.Create(&c).Error }); err != nil {
			w.t.Fatal(err)
		}
	}
	var names []string
	for i := range people {
		names = append(names, fmt.Sprintf("guest-%d", i))
	}
	if people > 0 {
		var added adminapi.PeopleAdded
		ann.do("POST", "/journeys/tour/people", map[string]any{"customers": append(names, "stranger")}).into(w.t, 200, &added)
		for i, p := range added.Items {
			if p.Entered != (i < people) {
				w.t.Errorf("%s: %+v", p.Customer, p)
			}
		}
	}
	return ann, doc
}

// Two versions: what differs, where people would land, a move that is handed out, taken back, and a roll-back.
func TestVersionsInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, doc := w.tour(5)
	doc.Steps = []journey.Step{nap("early", "P1D", "second"), nap("second", "P5D", "")}
	if got := ann.do("PUT", "/journeys/tour/draft", doc, "If-Match", `"1"`); got.status != 200 {
		t.Fatal(got.body)
	}
	var d adminapi.VersionDiff
	ann.do("GET", "/journeys/tour/diff?from=1&to=0", nil).into(t, 200, &d)
	if d.Difference.Same || len(d.Difference.Steps) != 3 || len(d.Before.Steps) != 2 {
		t.Errorf("the difference: %+v", d.Difference)
	}
	var p adminapi.MovePreview
	ann.do("POST", "/journeys/tour/moves/preview", map[string]any{"to": 0}).into(t, 200, &p)
	if p.Total != 5 || len(p.Steps) != 1 || p.Steps[0].Landing != "stays" || p.Steps[0].Issue == "" || p.Steps[0].Suggestion != "early" {
		t.Errorf("a dry run without a mapping: %+v", p)
	}
	ann.do("POST", "/journeys/tour/moves/preview", map[string]any{"to": 0, "mapping": map[string]string{"first": "early"}}).into(t, 200, &p)
	if p.Steps[0].Landing != "waits" || p.Steps[0].To != "early" || p.Steps[0].Issue != "" {
		t.Errorf("a dry run with a mapping: %+v", p)
	}
	if got := ann.do("POST", "/journeys/tour/publish", map[string]any{"in_flight": map[string]any{"mode": "move", "mapping": map[string]string{"first": "early"}}}, "If-Match", `"2"`); got.status != 201 {
		t.Fatal(got.body)
	}
	var list adminapi.Page[adminapi.OperationSummary]
	ann.do("GET", "/journeys/tour/operations", nil).into(t, 200, &list)
	if len(list.Items) != 1 || list.Items[0].Kind != "move" || list.Items[0].Total != 5 || list.Items[0].State != "running" || list.Items[0].To != 2 {
		t.Fatalf("operations: %+v", list.Items)
	}
	move, _ := ids.Parse(list.Items[0].ID)
	for done := false; !done; {
		var err error
		if _, done, err = w.s.HandOut(context.Background(), move, 2, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	ann.do("GET", "/journeys/tour/operations", nil).into(t, 200, &list)
	if o := list.Items[0]; o.State != "done" || o.Handed != 5 || o.Runs["owed"] != 5 {
		t.Errorf("after handing out: %+v", o)
	}
	// Nobody has moved yet: there is nothing that could be taken back, but asking is no error.
	if got := ann.do("POST", "/operations/"+list.Items[0].ID+"/reverse", map[string]any{}); got.status != 201 {
		t.Errorf("taking back: %d %s", got.status, got.body)
	}
	if got := ann.do("POST", "/operations/"+list.Items[0].ID+"/reverse", map[string]any{}); got.status != 409 {
		t.Errorf("taking back twice: %d", got.status)
	}
	var v adminapi.VersionSummary
	ann.do("POST", "/journeys/tour/rollback", map[string]any{"version": 1}).into(t, 201, &v)
	var j adminapi.JourneyDetail
	ann.do("GET", "/journeys/tour", nil).into(t, 200, &j)
	if v.Number != 3 || !v.Live || j.LiveVersion != 3 || j.DraftChanged {
		t.Errorf("rolled back: %+v, draft changed %v", v, j.DraftChanged)
	}
	for what, body := range map[string]map[string]any{"a move to nowhere": {"kind": "move"}, "a hold to a version": {"kind": "hold", "to": 1}} {
		if got := ann.do("POST", "/journeys/tour/operations", body); got.status != 422 {
			t.Errorf("%s: %d", what, got.status)
		}
	}
	if got := ann.do("POST", "/journeys/tour/operations", map[string]any{"kind": "move", "to": 99}); got.status != 404 {
		t.Errorf("a move to a version that is not there: %d", got.status)
	}
}

// A staged version: a share gets it, the others what was live; the share only grows; the first version keeps them out.
func TestStagedRollout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, doc := w.tour(0)
	doc.Steps[1] = nap("second", "P9D", "")
	ann.do("PUT", "/journeys/tour/draft", doc, "If-Match", `"1"`)
	if got := ann.do("POST", "/journeys/tour/publish", map[string]any{"rollout": 10}, "If-Match", `"2"`); got.status != 201 {
		t.Fatal(got.body)
	}
	var j adminapi.JourneyDetail
	ann.do("GET", "/journeys/tour", nil).into(t, 200, &j)
	if j.RolloutPercent != 10 {
		t.Fatalf("share %d", j.RolloutPercent)
	}
	if got := ann.do("PUT", "/journeys/tour/rollout", map[string]any{"percent": 1}); got.status != 409 {
		t.Errorf("a smaller share: %d", got.status)
	}
	if got := ann.do("PUT", "/journeys/tour/rollout", map[string]any{"percent": 100}); got.status != 200 {
		t.Errorf("everybody: %d %s", got.status, got.body)
	}
	if got := ann.do("PUT", "/journeys/tour/rollout", map[string]any{"percent": 50}); got.status != 409 {
		t.Errorf("after the stage: %d", got.status)
	}
}

// A journey that pauses by itself is seen at home and never resumes by itself.
func TestGuardIsSeenAtHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, _ := w.tour(0)
	j, err := w.s.JourneyByKey(context.Background(), w.acme.Workspace.ID, "tour")
	if err != nil {
		t.Fatal(err)
	}
	if paused, err := w.s.PauseByGuard(context.Background(), w.acme.Workspace.ID, j.ID, "bounce", 30, 400, time.Now()); err != nil || !paused {
		t.Fatal(paused, err)
	}
	if paused, err := w.s.PauseByGuard(context.Background(), w.acme.Workspace.ID, j.ID, "bounce", 30, 400, time.Now()); err != nil || paused {
		t.Errorf("pausing twice: %v %v", paused, err)
	}
	var o adminapi.Overview
	ann.do("GET", "/overview", nil).into(t, 200, &o)
	found := false
	for _, a := range o.Attention {
		found = found || a.Kind == "journey_guard" && a.Facts["journey"] == "tour"
	}
	if !found {
		t.Errorf("attention: %+v", o.Attention)
	}
	var rows []models.AuditEntry
	if rows, err = w.s.AuditPage(context.Background(), w.acme.Workspace.ID, storage.PageAsk{Limit: 1}); err != nil || rows[0].Actor != storage.GuardActor {
		t.Errorf("audit: %+v %v", rows, err)
	}
}

// A mapping to a step that the version does not have is a mistake, wherever it is given; nothing is done.
func TestAMappingThatLeadsNowhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann, doc := w.tour(1)
	doc.Steps = []journey.Step{nap("early", "P1D", "")}
	ann.do("PUT", "/journeys/tour/draft", doc, "If-Match", `"1"`)
	typo := map[string]any{"mode": "move", "mapping": map[string]string{"first": "earlie", "second": "(end)"}}
	if got := ann.do("POST", "/journeys/tour/publish", map[string]any{"in_flight": typo}, "If-Match", `"2"`); got.status != 422 || !strings.Contains(got.body, "body.in_flight.mapping.first") {
		t.Errorf("publish: %d %s", got.status, got.body)
	}
	if got := ann.do("POST", "/journeys/tour/publish", map[string]any{}, "If-Match", `"2"`); got.status != 201 {
		t.Fatal(got.body)
	}
	if got := ann.do("POST", "/journeys/tour/operations", map[string]any{"kind": "move", "to": 2, "mapping": map[string]string{"first": "(stay)", "second": "first"}}); got.status != 422 || !strings.Contains(got.body, "body.mapping.second") {
		t.Errorf("move: %d %s", got.status, got.body)
	}
	if got := ann.do("POST", "/journeys/tour/rollback", map[string]any{"version": 1, "in_flight": map[string]any{"mode": "move", "mapping": map[string]string{"early": "nowhere"}}}); got.status != 422 {
		t.Errorf("roll back: %d %s", got.status, got.body)
	}
	var list adminapi.Page[adminapi.OperationSummary]
	ann.do("GET", "/journeys/tour/operations", nil).into(t, 200, &list)
	if len(list.Items) != 0 {
		t.Errorf("operations: %+v", list.Items)
	}
}

// Rolling back lets as many people in as publishing does, and asks as publishing does.
func TestRollingBackIsGuarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.as(access.Marketer)
	var many []models.Customer
	for range 250 {
		many = append(many, models.Customer{ID: w.s.NewID(), WorkspaceID: w.acme.Workspace.ID, Grp: w.s.NewID(), Attributes: models.JSON("{}"), CreatedAt: models.At(time.Now()), UpdatedAt: models.At(time.Now())})
	}
	if err := w.s.Tx(context.Background(), func(tx *gorm.DB) error { return tx.Create(&many).Error }); err != nil {
		t.Fatal(err)
	}
	everybody, nobody := audience.Condition{Attribute: "attributes.nothing", Op: audience.NotExists}, audience.Condition{Attribute: "attributes.nothing", Op: audience.Exists}
	doc := journey.Document{Key: "all", Name: "All", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryAudience, Condition: &everybody, IncludePresent: true},
		Steps: []journey.Step{{ID: "mail", Kind: journey.StepSend, Send: &journey.SendStep{Template: "hello", Channel: "email"}}}}
	if _, err := w.s.PutTemplate(context.Background(), w.acme.Workspace.ID, storage.TemplateInput{Key: "hello", Name: "Hello", Class: "marketing", Bodies: []models.TemplateBody{{Channel: "email", Locale: "en", Subject: "Hi", Body: "<p>Hi</p>"}}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	ann.do("POST", "/journeys", map[string]any{"document": doc}).into(t, 201, &adminapi.JourneyCreated{})
	if got := ann.do("POST", "/journeys/all/publish", map[string]any{"confirm": true}, "If-Match", `"1"`); got.status != 201 {
		t.Fatal(got.body)
	}
	doc.Entry.Condition = &nobody
	ann.do("PUT", "/journeys/all/draft", doc, "If-Match", `"1"`)
	if got := ann.do("POST", "/journeys/all/publish", map[string]any{}, "If-Match", `"2"`); got.status != 201 {
		t.Fatal(got.body)
	}
	if got := ann.do("POST", "/journeys/all/rollback", map[string]any{"version": 1}); got.status != 409 || !strings.Contains(got.body, "body.confirm") {
		t.Errorf("unasked: %d %s", got.status, got.body)
	}
	if got := ann.do("POST", "/journeys/all/rollback", map[string]any{"version": 1, "confirm": true}); got.status != 201 {
		t.Errorf("meant: %d %s", got.status, got.body)
	}
}
