package storagetest

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Noon is a Wednesday at noon in Amsterdam, outside of all quiet hours.
var Noon = time.Date(2026, 3, 4, 11, 0, 0, 0, time.UTC)

// SendWorld is a workspace that may send: a sender, a live journey, and customers who gave consent.
type SendWorld struct {
	S         *sqlstore.Store
	Workspace models.Workspace
	Sender    models.Sender
	Journey   models.Journey
	Version   ids.ID
}

// NewSendWorld builds one; settings is the JSON of workspaces.settings.
func NewSendWorld(t testing.TB, s *sqlstore.Store, key, settings string) SendWorld {
	t.Helper()
	w := SendWorld{S: s, Workspace: AddWorkspace(t, s, key), Version: s.NewID()}
	exec(t, s, "UPDATE workspaces SET settings = ? WHERE id = ?", settings, w.Workspace.ID)
	var err error
	w.Sender, err = s.PutSender(context.Background(), models.Sender{WorkspaceID: w.Workspace.ID, SenderKey: "default", Channel: "email", FromName: "Café Noir", FromAddress: "news@shop.example"}, Noon)
	if err != nil {
		t.Fatal(err)
	}
	w.Journey = models.Journey{ID: s.NewID(), WorkspaceID: w.Workspace.ID, JourneyKey: "winback", Name: "Win-back", State: storage.JourneyPublished, LiveVersionID: w.Version,
		CreatedAt: models.At(Noon), UpdatedAt: models.At(Noon)}
	tx(t, s, func(tx *gorm.DB) error { return tx.Create(&w.Journey).Error })
	return w
}

// AddCustomer inserts a customer with an address, and consent to marketing unless told otherwise.
func (w SendWorld) AddCustomer(t testing.TB, email string, consented bool) models.Customer {
	t.Helper()
	c := models.Customer{ID: w.S.NewID(), WorkspaceID: w.Workspace.ID, ExternalID: models.Text("x-" + w.S.NewID().String()), Email: models.Text(email), Locale: "nl-BE", Timezone: "Europe/Amsterdam", Grp: w.S.NewID(),
		Attributes: models.JSON(`{"first_name":"Zoë"}`), CreatedAt: models.At(Noon), UpdatedAt: models.At(Noon)}
	tx(t, w.S, func(tx *gorm.DB) error { return tx.Create(&c).Error })
	if email != "" {
		w.AddContactPoint(t, "email", email)
	}
	if consented {
		w.Consent(t, c.ID, consent.Granted, Noon.Add(-time.Hour))
	}
	return c
}

// AddContactPoint inserts the row of an address unless it is there.
func (w SendWorld) AddContactPoint(t testing.TB, channel, address string) models.ContactPoint {
	t.Helper()
	var p models.ContactPoint
	query(t, w.S, &p, "SELECT * FROM contact_points WHERE workspace_id = ? AND channel = ? AND address = ?", w.Workspace.ID, channel, address)
	if p.ID.IsZero() {
		p = models.ContactPoint{ID: w.S.NewID(), WorkspaceID: w.Workspace.ID, Channel: channel, Address: address, CreatedAt: models.At(Noon)}
		tx(t, w.S, func(tx *gorm.DB) error { return tx.Create(&p).Error })
	}
	return p
}

// Consent records a person's act for marketing by e-mail.
func (w SendWorld) Consent(t testing.TB, customer ids.ID, state consent.State, at time.Time) {
	t.Helper()
	err := w.S.RecordConsent(context.Background(), storage.ConsentRecord{Workspace: w.Workspace.ID, Customer: customer, Actor: "customer", Proof: map[string]any{"wording": "v1"},
		Entry: consent.Entry{Channel: "email", Purpose: "marketing", State: state, Basis: consent.ByConsent, Source: "form", SourceKind: consent.Person, OccurredAt: at, RecordedAt: at}})
	if err != nil {
		t.Fatal(err)
	}
}

// Request is a marketing message of a run of the world's journey, as Prepare left it.
func (w SendWorld) Request(t testing.TB, c models.Customer, run ids.ID, step string) storage.SendRequest {
	t.Helper()
	r := storage.SendRequest{ID: w.S.NewID(), Token: w.S.NewID(), Workspace: w.Workspace.ID, Key: storage.RunSendKey(w.Workspace.ID, run, step, 1, "email"), Customer: c.ID,
		Run: run, Journey: w.Journey.ID, Version: w.Version, Step: step, Visit: 1, Channel: "email", Class: string(consent.Marketing), Purpose: "marketing", Priority: 50, SenderKey: "default",
		Template: w.S.NewID(), TemplateVer: 1, MessageID: "<" + w.S.NewID().String() + "@shop.example>", PlannedAt: Noon, ExpiresAt: Noon.AddDate(0, 0, 7), Lease: time.Minute, Now: Noon,
		Content: &models.SendContent{Subject: "Hoi Zoë", HTML: "<p>Hoi</p>", TextBody: "Hoi", Headers: models.JSON(`{"Date":"x"}`)}, ContentHash: models.Hash{1}}
	return w.Prepared(t, r)
}

// Prepared fills in what Prepare says about the contact point and an existing row.
func (w SendWorld) Prepared(t testing.TB, r storage.SendRequest) storage.SendRequest {
	t.Helper()
	subject, err := w.S.Prepare(context.Background(), storage.SendAsk{Workspace: r.Workspace, Key: r.Key, Customer: r.Customer, Run: r.Run, Channel: r.Channel})
	if err != nil {
		t.Fatal(err)
	}
	r.Customer, r.ContactPoint = subject.Customer.ID, subject.ContactPoint.ID
	if !subject.Row.ID.IsZero() {
		r.ID = subject.Row.ID
	}
	return r
}

// Claim runs the gate and fails the test on an error.
func (w SendWorld) Claim(t testing.TB, r storage.SendRequest) storage.Claim {
	t.Helper()
	c, err := w.S.Claim(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Fence runs the fence of a claim.
func (w SendWorld) Fence(t testing.TB, c storage.Claim) storage.FenceResult {
	t.Helper()
	got, err := w.S.Fence(context.Background(), storage.FenceRequest{Workspace: w.Workspace.ID, Send: c.Send.ID, Token: c.Send.Token, ContactPoint: c.Send.ContactPointID, Lease: time.Minute, Now: Noon})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// Settle records an outcome of a claim.
func (w SendWorld) Settle(t testing.TB, c storage.Claim, st storage.Settlement) bool {
	t.Helper()
	st.Workspace, st.Send, st.Token = w.Workspace.ID, c.Send.ID, c.Send.Token
	if st.Now.IsZero() {
		st.Now = Noon
	}
	applied, err := w.S.Settle(context.Background(), st)
	if err != nil {
		t.Fatal(err)
	}
	return applied
}

// EndLease makes the lease of a send run out, by the clock of the database.
func (w SendWorld) EndLease(t testing.TB, send ids.ID) {
	t.Helper()
	exec(t, w.S, "UPDATE sends SET lease_until = 1 WHERE id = ?", send)
}

// Row reads a send.
func (w SendWorld) Row(t testing.TB, key string) models.Send {
	t.Helper()
	row, err := w.S.SendByKey(context.Background(), w.Workspace.ID, key)
	if err != nil {
		t.Fatal(err)
	}
	return row
}
