package storagetest

import (
	"context"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Templates is the suite of storage.Templates and storage.Inbox.
func Templates(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	ws, other := AddWorkspace(t, s, "templates").ID, AddWorkspace(t, s, "templates-other").ID
	in := storage.TemplateInput{Key: "hello", Name: "Hello", Class: "marketing", Bodies: []models.TemplateBody{
		{Channel: "email", Locale: "nl", Subject: "Hoi", Body: "<p>Hoi</p>"}, {Channel: "email", Locale: "en", Subject: "Hi", Body: "<p>Hi</p>"}}}
	first, err := s.PutTemplate(ctx, ws, in, Noon)
	if err != nil || first.Version != 1 || first.SenderKey != "default" {
		t.Fatalf("%+v, %v", first, err)
	}
	same, err := s.PutTemplate(ctx, ws, in, Noon.Add(time.Hour))
	if err != nil || same != first {
		t.Errorf("the same again: %+v, %v, want %+v", same, err, first)
	}
	in.Bodies = in.Bodies[1:]
	second, err := s.PutTemplate(ctx, ws, in, Noon.Add(time.Hour))
	if err != nil || second.Version != 2 || second.ID != first.ID {
		t.Errorf("changed: %+v, %v", second, err)
	}
	got, err := s.TemplateByKey(ctx, ws, "hello")
	if err != nil || got.Version != 2 || len(got.Bodies) != 1 || got.Bodies[0].Subject != "Hi" {
		t.Errorf("%+v, %v", got, err)
	}
	var kept int64
	query(t, s, &kept, "SELECT COUNT(*) FROM template_bodies WHERE template_id = ? AND version = 1", first.ID)
	if kept != 2 {
		t.Errorf("%d bodies of version 1 are left, want both", kept)
	}
	if _, err := s.TemplateByKey(ctx, other, "hello"); !fault.Is(err, fault.NotFound) {
		t.Errorf("from another workspace: %v", err)
	}
	if _, err := s.PutTemplate(ctx, ws, storage.TemplateInput{Key: "empty"}, Noon); !fault.Is(err, fault.Invalid) {
		t.Errorf("without bodies: %v", err)
	}
	if list, err := s.ListTemplates(ctx, ws); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}

	sender, err := s.PutSender(ctx, models.Sender{WorkspaceID: ws, SenderKey: "default", Channel: "email", FromName: "A", FromAddress: "a@shop.example"}, Noon)
	must(t, err)
	must(t, s.SetSender(ctx, ws, "default", true, "why"))
	changed, err := s.PutSender(ctx, models.Sender{WorkspaceID: ws, SenderKey: "default", Channel: "email", FromName: "B", FromAddress: "b@shop.example"}, Noon)
	if err != nil || changed.ID != sender.ID || changed.State != storage.SenderPaused || changed.FromName != "B" {
		t.Errorf("%+v, %v", changed, err)
	}

	m := models.InboxMessage{WorkspaceID: ws, SendID: s.NewID(), Channel: "email", Sender: "a@shop.example", Recipient: "x@example.org", Subject: "Hi", HTML: "<p>", TextBody: "Hi", ReceivedAt: models.At(Noon)}
	must(t, s.Deliver(ctx, m))
	if err := s.Deliver(ctx, m); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same send twice: %v", err)
	}
	for ws, want := range map[int64]bool{ws: true, other: false} {
		if got, err := s.Delivered(ctx, ws, m.SendID); err != nil || got != want {
			t.Errorf("delivered: %v, %v", got, err)
		}
	}
}
