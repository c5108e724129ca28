package adminapi_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/storage"
)

// add writes rows.
func (w *world) add(rows ...any) {
	w.t.Helper()
	if err := w.s.Tx(context.Background(), func(tx *gorm.DB) error {
		for _, row := range rows {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
}

// A customer's page shows what he has, and the timeline says in words what became of it.
func TestObjectsOfACustomer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ws, owner, now := w.acme.Workspace.ID, w.acme.Customers[2].ID, models.At(time.Now())
	foreign := w.twin.Customers[0]
	data := models.JSON(`{"type":"booking","key":"b1","status":"booked","dates":{"start":"2026-05-03"},"properties":{"nights":2}}`)
	object := func(workspace int64, customer ids.ID) *models.Object {
		return &models.Object{ID: w.s.NewID(), WorkspaceID: workspace, CustomerID: customer, ObjectType: "booking", ObjectKey: "b1", Status: "booked", Data: data, Stamps: models.JSON("{}"), Revision: 1, OccurredAt: now, CreatedAt: now, UpdatedAt: now}
	}
	event := func(source, name, body string, after time.Duration) *models.Event {
		id := w.s.NewID()
		at := models.At(now.Time().Add(after))
		return &models.Event{ID: id, WorkspaceID: ws, SourceID: source, MessageID: id.String(), ContentHash: models.Hash{1}, Type: "track", Name: name, UserID: "person2", CustomerID: owner, Data: models.JSON(body), Context: models.JSON("{}"), OccurredAt: at, ReceivedAt: at, RoutedAt: at}
	}
	w.add(object(ws, owner), object(w.twin.Workspace.ID, foreign.ID),
		event("shop", "Object Changed", `{"object_type":"booking","object_key":1}`, time.Second),
		event(storage.SourceInternal, "Object Changed", `{"object_type":"booking","object_key":"b1","status":"booked","changed":["status","dates.start","properties.nights"]}`, 2*time.Second),
		event(storage.SourceInternal, "Object Cancelled", `{"object_type":"booking","object_key":"b1","status":"cancelled"}`, 3*time.Second),
		event("shop", "Object Changed", `{"nothing":"of ours"}`, 4*time.Second))
	b := w.as(access.Marketer)
	var c adminapi.CustomerDetail
	b.do("GET", "/customers/"+owner.String(), nil).into(t, 200, &c)
	if len(c.Objects) != 1 || c.Objects[0].Dates["start"] != "2026-05-03" || c.Objects[0].Properties["nights"] != 2.0 || c.Objects[0].Status != "booked" {
		t.Errorf("objects: %+v", c.Objects)
	}
	b.do("GET", "/customers/"+w.acme.Customers[0].ID.String(), nil).into(t, 200, &c)
	if c.Objects == nil || len(c.Objects) != 0 {
		t.Errorf("somebody else's: %+v", c.Objects)
	}
	var timeline adminapi.Page[adminapi.TimelineEntry]
	b.do("GET", "/customers/"+owner.String()+"/timeline?kinds=event", nil).into(t, 200, &timeline)
	for i, want := range []string{"Object Changed", "Booking b1 was cancelled", "Booking b1 changed: status is now booked, start, nights", "A source told of booking 1"} {
		if i >= len(timeline.Items) || timeline.Items[i].Title != want {
			t.Errorf("entry %d: %+v, want %q", i, timeline.Items, want)
			break
		}
	}
}

// A call lets one customer in, once however often it is made, and says why it did not.
func TestEntryByACall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ann := w.as(access.Admin)
	doc := journey.Document{Key: "stay", Name: "Stay", Purpose: "offers", Entry: journey.Entry{Kind: journey.EntryAPI, Key: "booking_id"}, Steps: []journey.Step{nap("first", "P3D", "")}}
	if got := ann.do("POST", "/journeys", map[string]any{"document": doc}); got.status != 201 {
		t.Fatal(got.body)
	}
	who := string(w.acme.Customers[2].ExternalID)
	call := func(b *browser, body map[string]any) (out adminapi.EntryAnswered) {
		t.Helper()
		b.do("POST", "/journeys/stay/entries", body).into(t, 200, &out)
		return out
	}
	if got := call(ann, map[string]any{"customer": who, "key": "b1"}); got.Entered || got.Reason != "not_live" {
		t.Errorf("a draft: %+v", got)
	}
	if got := ann.do("POST", "/journeys/stay/publish", map[string]any{}, "If-Match", `"1"`); got.status != 201 {
		t.Fatal(got.body)
	}
	first := call(ann, map[string]any{"customer": who, "data": map[string]any{"booking_id": "b1"}, "idempotency_key": "k1"})
	again := call(ann, map[string]any{"customer": who, "data": map[string]any{"booking_id": "b1"}, "idempotency_key": "k1"})
	if !first.Entered || first.Again || !again.Entered || !again.Again || again.RunID != first.RunID {
		t.Errorf("first %+v, again %+v", first, again)
	}
	for reason, body := range map[string]map[string]any{"open_run": {"customer": who, "key": "b1"}, "no_key": {"customer": who}} {
		if got := call(ann, body); got.Entered || got.Reason != reason {
			t.Errorf("%+v, want %s", got, reason)
		}
	}
	second := call(ann, map[string]any{"customer": string(w.acme.Customers[2].Email), "key": "b2"})
	if !second.Entered || second.RunID == first.RunID {
		t.Errorf("another booking, by address: %+v", second)
	}
	var run adminapi.RunDetail
	ann.do("GET", "/runs/"+first.RunID, nil).into(t, 200, &run)
	if run.State != "open" {
		t.Errorf("run: %+v", run)
	}
	for what, c := range map[string]struct {
		path, customer string
		status         int
	}{"a stranger": {"stay", "nobody@nowhere.example", 404}, "another workspace's journey": {"twins-own", who, 404}, "no customer": {"stay", "", 422}} {
		if got := ann.do("POST", "/journeys/"+c.path+"/entries", map[string]any{"customer": c.customer, "key": "b3"}); got.status != c.status {
			t.Errorf("%s: %d %s", what, got.status, got.body)
		}
	}
}
