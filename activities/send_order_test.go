package activities_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"sojourn/channels/inbox"
	"sojourn/consent"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// publishSends gives the world a journey of these sends, and senders for every channel.
func publishSends(t *testing.T, w *mailWorld, all ...journey.Step) {
	t.Helper()
	w.m.Offers = w.S
	w.m.Senders[""] = &inbox.Sender{Store: w.S, Now: w.now}
	_, err := w.S.PutTemplate(context.Background(), w.Workspace.ID, storage.TemplateInput{Key: "both", Name: "both", Class: string(consent.Service), Bodies: []models.TemplateBody{
		{Channel: "email", Locale: "en", Subject: "Hello", Body: "<p>{{ offer.code }}</p>"}, {Channel: "sms", Locale: "en", Body: "Hello {{ offer.code }}"}, {Channel: "push", Locale: "en", Subject: "Hello", Body: "Hello"}}}, w.now())
	if err != nil {
		t.Fatal(err)
	}
	doc := journey.Document{Key: "sends", Name: "Sends", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Joined"}, Steps: all}
	j, err := w.S.CreateJourney(context.Background(), w.Workspace.ID, doc, w.now())
	if err != nil {
		t.Fatal(err)
	}
	if w.version, err = w.S.Publish(context.Background(), w.Workspace.ID, j.ID, 0, "test", w.now()); err != nil {
		t.Fatal(err)
	}
}

// The next channel is tried when the one before may not or can't be used, and never after something went out.
func TestFallbackOrder(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		publishSends(t, w, journey.Step{ID: "order", Kind: journey.StepSend, Send: &journey.SendStep{Template: "both", Channel: "sms", Fallback: []string{"email", "push"}}})
		c := w.person()
		in := w.ask(c, "order")
		want(t, w.send(in), contract.SendAccepted, "")
		if again := w.send(in); again.State != contract.SendAccepted || len(w.mails(c)) != 1 {
			t.Errorf("again: %+v, %d mails", again, len(w.mails(c)))
		}
		run := ids.MustParse(in.RunID)
		if r := w.Row(t, storage.RunSendKey(in.WorkspaceID, run, "order", 1, "sms")); r.State != storage.SendSkipped || r.Reason != string(pressure.ReasonNoAddress) {
			t.Errorf("sms: %+v", r)
		}
		if _, err := w.S.SendByKey(context.Background(), in.WorkspaceID, storage.RunSendKey(in.WorkspaceID, run, "order", 1, "push")); err == nil {
			t.Error("push was tried after the mail had gone")
		}
		var detail string
		if err := w.S.SQL().QueryRow("SELECT detail FROM decisions WHERE run_id = ? AND kind = 'gate' AND outcome = 'send'", run).Scan(&detail); err != nil || !strings.Contains(detail, "sms: no_address") {
			t.Errorf("the record does not say why: %s, %v", detail, err)
		}
		want(t, w.send(w.ask(w.AddCustomer(t, "", false), "order")), contract.SendAccepted, "") // by push, into the inbox
	})
}

// A draft goes out when somebody has read it, and not otherwise; the offer it shows is given with it.
func TestDraftWithOffer(t *testing.T) {
	both(t, `{}`, func(t *testing.T, w *mailWorld) {
		ctx := context.Background()
		publishSends(t, w, journey.Step{ID: "gift", Kind: journey.StepOffer, Offer: &journey.OfferStep{Offer: "ten"}},
			journey.Step{ID: "draft", Kind: journey.StepSend, Send: &journey.SendStep{Template: "both", Channel: "email", Draft: true, Offer: "gift"}})
		o, err := w.S.PutOffer(ctx, models.Offer{WorkspaceID: w.Workspace.ID, OfferKey: "ten", Name: "Ten", CodeKind: storage.CodePool, BenefitKind: storage.BenefitOther, Texts: models.JSON("{}"), State: storage.OfferActive}, w.now())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.S.AddCodes(ctx, w.Workspace.ID, o.ID, []string{"CODE-1", "CODE-2"}, "", w.now()); err != nil {
			t.Fatal(err)
		}
		for i, outcome := range []string{storage.ReviewApprove, storage.ReviewReject} {
			c := w.person()
			in := w.ask(c, "draft")
			d := models.Decision{ID: w.S.NewID(), WorkspaceID: w.Workspace.ID, CustomerID: c.ID, Kind: "offer", Outcome: "ok", Detail: models.JSON("{}"), At: models.At(w.now())}
			if _, err := w.S.ClaimOffer(ctx, storage.OfferAsk{Workspace: w.Workspace.ID, Offer: "ten", Key: in.RunID, Customer: c.ID, Run: ids.MustParse(in.RunID), Step: "gift", Visit: 1, Now: w.now()}, d); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if res := w.send(in); res.State != contract.SendDeferred || res.Reason != storage.ReasonReview {
					t.Fatalf("a draft: %+v", res)
				}
			}
			tasks, err := w.S.ListTasks(ctx, w.Workspace.ID, storage.TaskFilter{Type: storage.TaskReview}, storage.PageAsk{Limit: 5})
			if err != nil || len(tasks) != 1 || len(w.mails(c)) != 0 {
				t.Fatalf("%d reviews, %d mails, %v", len(tasks), len(w.mails(c)), err)
			}
			if frozen, err := w.S.SendContent(ctx, w.Workspace.ID, tasks[0].SendID); err != nil || !strings.Contains(frozen.HTML, "CODE-") {
				t.Errorf("to be read: %q, %v", frozen.HTML, err)
			}
			if _, err := w.S.CompleteTask(ctx, w.Workspace.ID, tasks[0].ID, storage.TaskEnd{Outcome: outcome, By: "user:x", Now: w.now()}); err != nil {
				t.Fatal(err)
			}
			row, err := w.S.OfferByKey(ctx, w.Workspace.ID, "ten")
			if i == 0 {
				want(t, w.send(in), contract.SendAccepted, "")
				row, err = w.S.OfferByKey(ctx, w.Workspace.ID, "ten")
				if err != nil || row.Confirmed != 1 || len(w.mails(c)) != 1 {
					t.Errorf("approved: %+v, %d mails, %v", row, len(w.mails(c)), err)
				}
				continue
			}
			want(t, w.send(in), contract.SendSkipped, storage.ReasonReviewNo)
			if err != nil || row.Confirmed != 1 || row.Reserved != 1 || len(w.mails(c)) != 0 {
				t.Errorf("rejected: %+v, %v", row, err)
			}
			if _, err := w.S.Sweep(ctx, time.Minute, 100, w.now().AddDate(0, 2, 0)); err != nil {
				t.Fatal(err)
			}
			if row, err = w.S.OfferByKey(ctx, w.Workspace.ID, "ten"); err != nil || row.Released != 1 || row.Free != 1 {
				t.Errorf("not released: %+v, %v", row, err)
			}
		}
	})
}
