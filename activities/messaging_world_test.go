package activities_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"mime"
	"sync/atomic"
	"testing"
	"time"

	"sojourn/activities"
	"sojourn/channels"
	"sojourn/channels/smtp"
	"sojourn/chaos/smtpsink"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

// mailWorld is a workspace that really sends: ledger, templates and a published journey in a database, and a mail server
// that lies on request.
type mailWorld struct {
	storagetest.SendWorld
	t       testing.TB
	m       *activities.Messaging
	server  *smtpsink.Server
	smtp    *smtp.Sender
	version models.JourneyVersion
	clock   atomic.Int64 // offset of the product's clock from storagetest.Noon
}

var linkKeys = consent.Links{Current: 1, Keys: map[byte][]byte{1: bytes.Repeat([]byte("k"), 32)}}

func newMailWorld(t testing.TB, s *sqlstore.Store, settings string) *mailWorld {
	t.Helper()
	w := &mailWorld{t: t, SendWorld: storagetest.NewSendWorld(t, s, "mail-"+s.NewID().String(), settings)}
	ctx := context.Background()
	var err error
	if w.server, err = smtpsink.Start(smtpsink.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.server.Close)
	w.smtp, err = smtp.New(smtp.Config{Addr: w.server.Addr(), Security: smtp.Plain, DialTimeout: 2 * time.Second, CommandTimeout: time.Second, ReplyTimeout: 500 * time.Millisecond}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.smtp.Close)
	w.m = &activities.Messaging{
		Logger: slog.New(slog.DiscardHandler),
		Sends:  s, Templates: s, Documents: s, Senders: map[string]channels.Sender{"email": w.smtp}, Engine: &content.Engine{Now: time.Now}, Links: linkKeys,
		IDKey: bytes.Repeat([]byte("i"), 32), PublicURL: "https://mail.example/", Lease: 2 * time.Second, Now: w.now,
	}
	if err := w.m.Validate(); err != nil {
		t.Fatal(err)
	}
	w.template("offer", consent.Marketing, `<p>Hoi {{ customer.first_name }}, {{ metrics.orders_count }}</p><a href="{{ unsubscribe_url }}">x</a>`)
	w.template("receipt", consent.Service, `<p>Thank you {{ customer.first_name }}</p>`)
	w.template("broken", consent.Marketing, `<a href="{{ unsubscribe_url }}">x</a>{% if customer.first_name == "Bug" %}{{ 1 | divided_by: 0 }}{% endif %}`)
	doc := journey.Document{Key: "letters", Name: "Letters", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Joined"}, Steps: []journey.Step{
		{ID: "offer", Kind: journey.StepSend, Send: &journey.SendStep{Template: "offer", Channel: "email"}},
		{ID: "receipt", Kind: journey.StepSend, Send: &journey.SendStep{Template: "receipt", Channel: "email"}},
		{ID: "broken", Kind: journey.StepSend, Send: &journey.SendStep{Template: "broken", Channel: "email"}},
		{ID: "missing", Kind: journey.StepSend, Send: &journey.SendStep{Template: "nowhere", Channel: "email"}},
		{ID: "soon", Kind: journey.StepSend, Send: &journey.SendStep{Template: "offer", Channel: "email", Expires: "PT1H"}},
		{ID: "text", Kind: journey.StepSend, Send: &journey.SendStep{Template: "offer", Channel: "sms"}},
	}}
	j, err := s.CreateJourney(ctx, w.Workspace.ID, doc, storagetest.Noon)
	if err != nil {
		t.Fatal(err)
	}
	if w.version, err = s.Publish(ctx, w.Workspace.ID, j.ID, 0, "test", storagetest.Noon); err != nil {
		t.Fatal(err)
	}
	w.Journey.ID = j.ID
	return w
}

func (w *mailWorld) now() time.Time { return storagetest.Noon.Add(time.Duration(w.clock.Load())) }

func (w *mailWorld) pass(d time.Duration) { w.clock.Add(int64(d)) }

func (w *mailWorld) template(key string, class consent.Class, body string) {
	w.t.Helper()
	_, err := w.S.PutTemplate(context.Background(), w.Workspace.ID, storage.TemplateInput{Key: key, Name: key, Class: string(class), Bodies: []models.TemplateBody{
		{Channel: "email", Locale: "nl", Subject: "Voor {{ customer.first_name }}", Body: body}, {Channel: "email", Locale: "en", Subject: "For {{ customer.first_name }}", Body: body}}}, w.now())
	if err != nil {
		w.t.Fatal(err)
	}
}

// person adds somebody who gave consent, under an address of his own.
func (w *mailWorld) person() models.Customer {
	return w.AddCustomer(w.t, fmt.Sprintf("p%s@people.example", w.S.NewID()), true)
}

// ask is the send of a step for a customer, in a run of its own.
func (w *mailWorld) ask(c models.Customer, step string) contract.SendInput {
	return contract.SendInput{WorkspaceID: w.Workspace.ID, RunID: ids.New().String(), CustomerID: c.ID.String(), VersionID: w.version.ID.String(), DocHash: w.version.Hash.String(),
		StepID: step, Visit: 1, ReachedAt: w.now().UnixMicro()}
}

func (w *mailWorld) send(in contract.SendInput) contract.SendResult {
	w.t.Helper()
	res, err := w.m.SendMessage(context.Background(), in)
	if err != nil {
		w.t.Fatal(err)
	}
	return res
}

func (w *mailWorld) row(in contract.SendInput) models.Send {
	w.t.Helper()
	run, _ := ids.Parse(in.RunID)
	channel := "email"
	if in.StepID == "text" {
		channel = "sms"
	}
	return w.Row(w.t, storage.RunSendKey(in.WorkspaceID, run, in.StepID, in.Visit, channel))
}

// mails are the messages that the server took for an address, or may have.
func (w *mailWorld) mails(c models.Customer) []smtpsink.Message {
	var out []smtpsink.Message
	for _, m := range w.server.Messages() {
		if m.Accepted() && len(m.To) == 1 && m.To[0] == string(c.Email) {
			out = append(out, m)
		}
	}
	return out
}

// aside is a sender around another one: something happens between the gate and the fence.
type aside struct {
	channels.Sender
	before func(channels.Message)
}

func (a aside) Prepare(ctx context.Context, m channels.Message) (channels.HandOver, error) {
	a.before(m)
	return a.Sender.Prepare(ctx, m)
}

// copyOf is a second worker over the same world.
func copyOf(w *mailWorld) *activities.Messaging {
	return &activities.Messaging{Sends: w.m.Sends, Templates: w.m.Templates, Documents: w.m.Documents, Senders: w.m.Senders, Engine: w.m.Engine, Links: w.m.Links, IDKey: w.m.IDKey,
		PublicURL: w.m.PublicURL, Lease: w.m.Lease, Now: w.m.Now, Logger: w.m.Logger}
}

var headerDecoder = new(mime.WordDecoder)
