package harness

import (
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"time"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

//go:embed journeys
var journeys embed.FS

// letters are the templates: one per send step, with a subject of its own. Each greets by name and tells a room, so that
// personal data goes all the way through.
var letters = []struct{ key, class, subject string }{
	{"hello", "marketing", "Hello"}, {"again", "marketing", "Hello again"},
	{"question", "marketing", "A question"}, {"thanks", "marketing", "Thanks"},
	{"receipt", "service", "Your receipt"},
}

// SubjectOf is the subject under which a template's letters arrive.
func SubjectOf(template string) string {
	for _, l := range letters {
		if l.key == template {
			return l.subject
		}
	}
	return ""
}

// seed makes a workspace with a write key, a sender, templates and published journeys. Customers, orders and consents
// come the long way, as events over HTTP.
func (w *World) seed(ctx context.Context) {
	w.t.Helper()
	must := func(err error) {
		if err != nil {
			w.t.Helper()
			w.t.Fatalf("seed world %s: %v", w.Name, err)
		}
	}
	now := time.Now()
	ws, err := w.Store.CreateOwner(ctx, models.Workspace{
		WorkspaceKey: w.Name, Name: "Chaos " + w.Name, Timezone: "Europe/Amsterdam", Currency: "EUR", Locale: "en",
		Settings: models.ToJSON(map[string]any{"public_url": w.URL}), CreatedAt: models.At(now),
	}, models.User{Email: "owner@" + w.Name + ".example", Name: "Owner", PasswordHash: "-", CreatedAt: models.At(now), PasswordChangedAt: models.At(now)})
	must(err)
	w.Workspace = ws.ID
	w.WriteKey = "chaos-write-key-" + w.Name
	must(w.Store.CreateKey(ctx, models.APIKey{ID: ids.New(), WorkspaceID: ws.ID, Kind: storage.KeyIngest, Name: "generator", Prefix: "chaos",
		SecretHash: sha256.Sum256([]byte(w.WriteKey)), Scopes: models.JSON("[]"), CreatedAt: models.At(now)}))
	_, err = w.Store.PutSender(ctx, models.Sender{WorkspaceID: ws.ID, SenderKey: "default", Channel: "email", FromName: "Chaos", FromAddress: "news@sender.example",
		PostalAddress: "1 Storm Street"}, now)
	must(err)
	for _, l := range letters {
		body := models.TemplateBody{Channel: "email", Locale: "en", Subject: l.subject,
			Body: `<p>Dear {{ customer.first_name }} {{ customer.last_name }} of {{ customer.room }}</p>`}
		if l.class == "marketing" {
			body.Body += `<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>`
		}
		_, err = w.Store.PutTemplate(ctx, ws.ID, storage.TemplateInput{Key: l.key, Name: l.subject, Class: l.class, Bodies: []models.TemplateBody{body}}, now)
		must(err)
	}
	files, err := journeys.ReadDir("journeys")
	must(err)
	for _, f := range files {
		text, err := journeys.ReadFile("journeys/" + f.Name())
		must(err)
		doc, err := journey.Parse(text)
		must(err)
		if issues := journey.Validate(doc, nil); len(issues) > 0 {
			w.t.Logf("journey %s: %v", f.Name(), issues)
		}
		row, err := w.Store.CreateJourney(ctx, ws.ID, doc, now)
		must(err)
		_, err = w.Store.Publish(ctx, ws.ID, row.ID, 0, "chaos", now)
		must(err)
	}
}

// Person is a customer of the world, as the generator knows him.
type Person struct {
	User, Email string
	First, Last string
	Room        string
}

// People makes customers with an address and consent. Whoever asks first gets the canary among them.
func (w *World) People(ctx context.Context, n int) []Person {
	w.t.Helper()
	people := make([]Person, n)
	var events []Event
	for i := range people {
		serial := w.people.Add(1)
		p := Person{User: fmt.Sprintf("u-%s-%d", w.Name, serial), Email: fmt.Sprintf("p%d@%s.example", serial, w.Name), First: "Pat", Last: fmt.Sprintf("Nr%d", serial), Room: "none"}
		if serial == 1 {
			p.Email, p.First, p.Last, p.Room = TheCanary.Email, TheCanary.First, TheCanary.Last, TheCanary.Room
		}
		people[i] = p
		events = append(events,
			Event{Type: "identify", User: p.User, Properties: map[string]any{"email": p.Email, "first_name": p.First, "last_name": p.Last, "room": p.Room}},
			Event{Type: "track", Name: "Consent Granted", User: p.User, Properties: map[string]any{"channel": "email", "purpose": "marketing", "source": "form", "source_kind": "person", "legal_basis": "consent",
				"proof": map[string]any{"wording": "v1"}}})
	}
	if err := w.Batch(ctx, events); err != nil {
		w.t.Error(err) // not fatal: generators call this beside the test
	}
	return people
}

// Bought is the event of an order, worth Price each time.
const (
	Bought = "Order Completed"
	Price  = 1250 // cents
)

// NewEvent is a track of a person; orders have a number of their own.
func (w *World) NewEvent(name string, p Person) Event {
	e := Event{MessageID: w.NewMessageID(), Type: "track", Name: name, User: p.User, Properties: map[string]any{"room": p.Room}}
	if name == Bought {
		e.Properties["order_id"], e.Properties["total_minor"], e.Properties["currency"] = "o-"+e.MessageID, Price, "EUR"
	}
	return e
}

// Track says that something happened to each of the people, until it is acknowledged.
func (w *World) Track(ctx context.Context, name string, people []Person) {
	w.t.Helper()
	for _, p := range people {
		if err := w.Say(ctx, w.NewEvent(name, p)); err != nil {
			w.t.Error(err)
		}
	}
}
