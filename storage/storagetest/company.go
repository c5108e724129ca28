package storagetest

import (
	"fmt"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Company is a small workspace for tests of what reads.
type Company struct {
	Workspace     models.Workspace
	Journey       models.Journey
	Version       models.JourneyVersion
	Customers     []models.Customer
	Runs          []models.Run
	Send          models.Send
	Inbox         models.InboxMessage
	Routed, Stuck models.Event
	Operation     models.Operation      // a hold of nobody, done
	Task          models.Task           // to call the third customer; an offer has the journey's key
	Comment       models.JourneyComment // on the journey, by nobody in particular
}

var companyJourney = journey.Document{
	Key: "win-back", Name: "Win-back", Purpose: "offers", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Order Completed"},
	Steps: []journey.Step{
		{ID: "morning", Kind: journey.StepWait, Name: "Their morning", Wait: &journey.WaitStep{Until: &journey.LocalTime{Time: "09:00"}}, Next: "mail"},
		{ID: "mail", Kind: journey.StepSend, Send: &journey.SendStep{Template: "hello", Channel: "email"}},
	},
}

// FillCompany gives a workspace a bit of everything: a live journey with three runs, messages, a parked event.
func FillCompany(t testing.TB, s *sqlstore.Store, ws models.Workspace) Company {
	t.Helper()
	w := Company{Workspace: ws}
	document, err := journey.Canonical(companyJourney)
	if err != nil {
		t.Fatal(err)
	}
	at := func(d time.Duration) models.Instant { return models.At(noon.Add(d)) }
	w.Journey = models.Journey{ID: s.NewID(), WorkspaceID: ws.ID, JourneyKey: "win-back", Name: "Win-back", State: storage.JourneyPublished, Draft: document, DraftRevision: 1, CreatedAt: at(0), UpdatedAt: at(0)}
	w.Version = models.JourneyVersion{ID: s.NewID(), WorkspaceID: ws.ID, JourneyID: w.Journey.ID, Number: 3, Document: document, Hash: journey.Hash(companyJourney), PublishedAt: at(0), PublishedBy: "x"}
	w.Journey.LiveVersionID = w.Version.ID
	tx(t, s, func(tx *gorm.DB) error {
		w.Customers, w.Runs = nil, nil
		rows := []any{&w.Journey, &w.Version}
		for i := range 4 {
			c := models.Customer{ID: s.NewID(), WorkspaceID: ws.ID, ExternalID: models.Text(fmt.Sprintf("c-%d", i)), Email: models.Text(fmt.Sprintf("person%d@example.com", i)),
				Attributes: models.JSON(`{"first_name":"Ann"}`), Grp: s.NewID(), CreatedAt: at(time.Duration(i) * time.Minute), UpdatedAt: at(0)}
			w.Customers = append(w.Customers, c)
			rows = append(rows, &c, &models.CustomerMetrics{CustomerID: c.ID, WorkspaceID: ws.ID, OrdersCount: i, OrdersValue: int64(i) * 1000, LastOrderAt: at(-time.Hour), UpdatedAt: at(0)})
		}
		for i, state := range []string{models.RunOpen, models.RunOpen, models.RunEnded} {
			run := models.Run{ID: s.NewID(), WorkspaceID: ws.ID, JourneyID: w.Journey.ID, VersionID: w.Version.ID, CustomerID: w.Customers[i].ID, EntryKey: w.Customers[i].ID.String(),
				State: state, StepID: "morning", StepSince: at(0), WakeAt: at(time.Hour), StartedAt: at(time.Duration(i) * time.Hour), Control: i == 1}
			if state == models.RunEnded {
				run.Outcome, run.EndedAt, run.WakeAt = "failed", at(3*time.Hour), 0
			}
			w.Runs = append(w.Runs, run)
			rows = append(rows, &run)
		}
		ended := w.Runs[2]
		rows = append(rows,
			&models.StepVisit{RunID: ended.ID, Seq: 1, WorkspaceID: ws.ID, VersionID: w.Version.ID, StepID: "morning", Visit: 1, ExitName: "next", NextStepID: "mail", EnteredAt: at(0), LeftAt: at(time.Hour)},
			&models.Decision{ID: s.NewID(), WorkspaceID: ws.ID, CustomerID: ended.CustomerID, RunID: ended.ID, JourneyID: w.Journey.ID, Kind: "entry", Outcome: "entered", Reason: "audience", At: at(2 * time.Hour)},
			&models.Decision{ID: s.NewID(), WorkspaceID: ws.ID, CustomerID: ended.CustomerID, JourneyID: w.Journey.ID, Kind: "entry", Outcome: "not_entered", Reason: "reentry", At: at(2*time.Hour + 1)},
			&models.RunContext{RunID: ended.ID, Revision: 1, WorkspaceID: ws.ID, Data: models.JSON(`{"order_id":"7"}`), CreatedAt: at(0)},
			&models.Conversion{RunID: ended.ID, WorkspaceID: ws.ID, JourneyID: w.Journey.ID, VersionID: w.Version.ID, CustomerID: ended.CustomerID, EventID: s.NewID(), ValueMinor: 1250, Currency: "EUR", At: at(4 * time.Hour)},
			&models.Repair{ID: s.NewID(), WorkspaceID: ws.ID, RunID: ended.ID, Kind: "restarted", At: at(time.Hour)},
			&models.Order{ID: s.NewID(), WorkspaceID: ws.ID, OrderKey: "o1", CustomerID: ended.CustomerID, PlacedAt: at(4 * time.Hour), ValueMinor: 1250, Currency: "EUR", Status: "placed", Source: "api", CreatedAt: at(0)},
			&models.Sender{ID: s.NewID(), WorkspaceID: ws.ID, SenderKey: "default", Channel: "email", FromName: "A", FromAddress: "a@example.com", State: storage.SenderPaused, CreatedAt: at(0)},
		)
		cp := models.ContactPoint{ID: s.NewID(), WorkspaceID: ws.ID, Channel: "email", Address: string(w.Customers[2].Email), CreatedAt: at(0)}
		w.Send = models.Send{ID: s.NewID(), WorkspaceID: ws.ID, SendKey: fmt.Sprintf("r|%d|1", ws.ID), RunID: ended.ID, JourneyID: w.Journey.ID, VersionID: w.Version.ID, StepID: "mail", Visit: 1,
			CustomerID: ended.CustomerID, ContactPointID: cp.ID, Channel: "email", Class: "marketing", Purpose: "offers", State: "accepted", PlannedAt: at(time.Hour), HandedAt: at(time.Hour)}
		w.Inbox = models.InboxMessage{ID: s.NewID(), WorkspaceID: ws.ID, SendID: w.Send.ID, CustomerID: ended.CustomerID, Channel: "email", Sender: "a@example.com", Recipient: "person2@example.com",
			Subject: "Hello", HTML: "<p>Hello</p>", TextBody: "Hello", ReceivedAt: at(time.Hour)}
		w.Routed = models.Event{ID: s.NewID(), WorkspaceID: ws.ID, SourceID: "s", MessageID: "m1", Type: "track", Name: "Order Completed", CustomerID: ended.CustomerID, ContentHash: models.Hash{1}, OccurredAt: at(4 * time.Hour), ReceivedAt: at(4 * time.Hour), RoutedAt: at(4 * time.Hour)}
		w.Stuck = models.Event{ID: s.NewID(), WorkspaceID: ws.ID, SourceID: "s", MessageID: "m2", Type: "track", Name: "Broken", ContentHash: models.Hash{1}, OccurredAt: at(5 * time.Hour), ReceivedAt: at(5 * time.Hour)}
		w.Operation = models.Operation{ID: s.NewID(), WorkspaceID: ws.ID, JourneyID: w.Journey.ID, Kind: storage.OperationHold, State: storage.OperationDone, Filter: models.JSON("{}"), Mapping: models.JSON("{}"), PerSecond: 1, CreatedBy: "ann", CreatedAt: at(6 * time.Hour)}
		rows = append(rows, &w.Operation, &cp, &w.Send, &w.Inbox, &w.Routed, &w.Stuck,
			&models.OutboxEntry{WorkspaceID: ws.ID, Partition: -1, Grp: s.NewID(), EventID: w.Stuck.ID, ParkedAt: at(5 * time.Hour), LastError: "x", CreatedAt: at(5 * time.Hour)},
			&models.Consent{ID: s.NewID(), WorkspaceID: ws.ID, Seq: 1, CustomerID: ended.CustomerID, Channel: "email", Purpose: "offers", State: "granted", LegalBasis: "consent", Source: "form", SourceKind: "person", Actor: "customer",
				OccurredAt: at(-time.Hour), RecordedAt: at(0), PrevHash: models.Hash{1}, Hash: models.Hash{byte(ws.ID)}, ProofHash: models.Hash{1}})
		for _, r := range rows {
			if err := tx.Create(r).Error; err != nil {
				return fmt.Errorf("%T: %w", r, err)
			}
		}
		return nil
	})
	w.Task = models.Task{ID: s.NewID(), WorkspaceID: ws.ID, Type: "call", Title: "Call", Role: "marketer", Fields: models.JSON(`["email"]`), Outcomes: models.JSON(`["done"]`),
		CustomerID: w.Customers[2].ID, State: storage.TaskOpen, DueAt: at(24 * time.Hour), CreatedAt: at(0)}
	insertRow(t, s, &w.Task)
	w.Comment = models.JourneyComment{ID: s.NewID(), WorkspaceID: ws.ID, JourneyID: w.Journey.ID, Author: "user:gone", Body: "Too early?", CreatedAt: at(0)}
	insertRow(t, s, &w.Comment)
	insertRow(t, s, &models.Offer{ID: s.NewID(), WorkspaceID: ws.ID, OfferKey: w.Journey.JourneyKey, Name: "Ten", CodeKind: storage.CodePool, BenefitKind: storage.BenefitOther, Texts: models.JSON("{}"),
		State: storage.OfferActive, CreatedAt: at(0), UpdatedAt: at(0)})
	return w
}
