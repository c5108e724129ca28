package kittest

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sojourn/activities"
	"sojourn/activities/steps"
	"sojourn/channels"
	"sojourn/channels/inbox"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/models"
	"sojourn/outbound"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/workflows"
)

// Day is a day of 24 hours. The calendar of customers has others twice a year; AdvanceTo takes a moment.
const Day = 24 * time.Hour

// Start is when a World begins: a Monday, ten o'clock in Amsterdam, the time zone of the workspace.
var Start = time.Date(2026, 6, 1, 8, 0, 0, 0, time.UTC)

// Props are properties of an event, or traits of a customer.
type Props map[string]any

// World is a workspace of one test, with its own database and its own clock. It is not for use from several goroutines.
type World struct {
	// Store is the database, for what has no expectation of its own.
	Store *sqlstore.Store
	// ContinueEvery makes every run begin a new history after so many wake-ups, as it does in production after some
	// thousands of events or a month: Play then begins again from its start. 0 = as in production.
	ContinueEvery int

	t         testing.TB
	known     kit.Registry
	workspace models.Workspace
	journeys  []*Journey
	customers []*Customer
	log       []string // what the test let happen, for failures

	at     time.Time              // while the test has the word
	ticks  atomic.Pointer[ticker] // of the run that has it
	tracks []*track
	epochs map[int]int64
	owed   atomic.Bool // an action may have left something to be routed or handed over

	documents workflows.Documents
	runs      *activities.Runs
	messaging *activities.Messaging
	steps     *steps.Steps
	scoring   *activities.Scoring
}

type ticker struct{ now func() time.Time }

// New makes a World that knows what is registered, as app.Main does.
func New(t testing.TB, register ...func(*kit.Registry)) *World {
	t.Helper()
	return NewAt(t, Start, register...)
}

// NewAt is New with another beginning of time.
func NewAt(t testing.TB, start time.Time, register ...func(*kit.Registry)) *World {
	t.Helper()
	s := dbtest.SQLite(t)
	w := &World{t: t, Store: s, at: start.UTC(), epochs: map[int]int64{}}
	for _, add := range register {
		add(&w.known)
	}
	var err error
	w.workspace, err = s.CreateOwner(t.Context(), models.Workspace{WorkspaceKey: "test", Name: "The shop", Timezone: "Europe/Amsterdam", Currency: "EUR", Locale: "en", CreatedAt: models.At(start)},
		models.User{ID: ids.New(), Email: "owner@shop.example.com", Name: "Owner", PasswordChangedAt: models.At(start), CreatedAt: models.At(start)})
	w.must(err)
	w.Settings(`{}`)
	_, err = s.PutSender(t.Context(), models.Sender{WorkspaceID: w.workspace.ID, SenderKey: "default", Channel: "email", FromName: "The shop", FromAddress: "shop@example.com", PostalAddress: "1 Main Street"}, start)
	w.must(err)
	w.documents = workflows.NewDocuments(w.fetch)
	engine := &content.Engine{Now: w.now}
	box := &inbox.Sender{Store: s, Now: w.now}
	w.runs = &activities.Runs{Store: s, Documents: s, Subjects: s, Now: w.now}
	w.scoring = &activities.Scoring{Store: s, Now: w.now}
	w.messaging = &activities.Messaging{
		Sends: s, Templates: s, Documents: s, Offers: s, Engine: engine, Now: w.now, IDKey: bytes.Repeat([]byte("i"), 32), Logger: slog.New(slog.DiscardHandler),
		Senders: map[string]channels.Sender{"": box}, Links: consent.Links{Current: 1, Keys: map[byte][]byte{1: bytes.Repeat([]byte("k"), 32)}},
	}
	w.must(w.messaging.Validate())
	_, loopback, err := net.ParseCIDR("127.0.0.0/8")
	w.must(err)
	caller, err := outbound.NewCaller([]string{loopback.String()})
	w.must(err)
	w.steps = &steps.Steps{Store: s, Runs: w.runs, Loyalty: s, Engine: engine, Caller: caller, Notices: box, Now: w.now,
		Secrets: &outbound.Secrets{Store: s, Key: bytes.Repeat([]byte("s"), 32)}}
	w.must(w.steps.Validate())
	for p := range contract.Partitions {
		w.epochs[p], err = s.TakePartition(t.Context(), p, "kittest", start)
		w.must(err)
	}
	t.Cleanup(w.end)
	return w
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// now is the time of whoever has the word. Rows hold microseconds.
func (w *World) now() time.Time {
	if tick := w.ticks.Load(); tick != nil {
		return tick.now().UTC().Truncate(time.Microsecond)
	}
	return w.at.Truncate(time.Microsecond)
}

// Now is the time of this world.
func (w *World) Now() time.Time { return w.at.Truncate(time.Millisecond) }

func (w *World) fetch(ctx context.Context, workspace int64, hash string) (journey.Document, error) {
	raw, err := hex.DecodeString(hash)
	if err != nil || len(raw) != len(models.Hash{}) {
		return journey.Document{}, fmt.Errorf("%q is not the hash of a document", hash)
	}
	p, err := w.Store.DocumentByHash(ctx, workspace, models.Hash(raw))
	if err != nil {
		return journey.Document{}, err
	}
	return *p.Document, nil
}

// Settings sets settings of the workspace, as JSON: {"quiet_hours": {"from": "21:00", "to": "08:00"}}, caps and so on.
// Docs/guides/operator.md lists them. Those that are not named stay.
func (w *World) Settings(text string) {
	w.t.Helper()
	all := map[string]any{"public_url": "https://shop.example.com"}
	if len(w.workspace.Settings) > 0 {
		w.must(json.Unmarshal(w.workspace.Settings, &all))
	}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		w.t.Fatalf("the settings %s are no JSON object: %v", text, err)
	}
	w.workspace.Settings = models.ToJSON(all)
	w.must(w.Store.SaveWorkspace(w.t.Context(), w.workspace))
}

// Template writes a message. The body is HTML with Liquid; a marketing message needs a link to {{ unsubscribe_url }}.
func (w *World) Template(key, subject, body string) {
	w.t.Helper()
	w.template(key, "marketing", "email", subject, body)
}

// ServiceTemplate writes a message that needs no permission, such as a confirmation of an order.
func (w *World) ServiceTemplate(key, subject, body string) {
	w.t.Helper()
	w.template(key, "service", "email", subject, body)
}

func (w *World) template(key, class, channel, subject, body string) {
	w.t.Helper()
	_, err := w.Store.PutTemplate(w.t.Context(), w.workspace.ID, storage.TemplateInput{Key: key, Name: key, Class: class, SenderKey: "default",
		Bodies: []models.TemplateBody{{Channel: channel, Locale: "en", Subject: subject, Body: body}}}, w.now())
	w.must(err)
}

// plainTexts gives every template that a document names, and nobody has written, a text.
func (w *World) plainTexts(d journey.Document) {
	w.t.Helper()
	known, err := w.Store.JourneyCatalogue(w.t.Context(), w.workspace.ID)
	w.must(err)
	for _, s := range d.Steps {
		if s.Send == nil {
			continue
		}
		if channels, ok := known.TemplateChannels(s.Send.Template); ok && slices.Contains(channels, s.Send.Channel) {
			continue
		}
		w.template(s.Send.Template, "marketing", s.Send.Channel, s.Send.Template,
			`<p>Hello {{ customer.first_name | default: "you" }}.</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>`)
	}
}

// note keeps what the test let happen.
func (w *World) note(format string, args ...any) {
	w.log = append(w.log, w.stamp(w.Now())+"  "+fmt.Sprintf(format, args...))
}

// stamp writes a moment on the clock of the workspace.
func (w *World) stamp(at time.Time) string {
	zone, err := time.LoadLocation(w.workspace.Timezone)
	if err != nil {
		zone = time.UTC
	}
	return at.In(zone).Format("Mon 2 Jan 15:04")
}

func compact(p Props) string {
	if len(p) == 0 {
		return ""
	}
	text, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return " " + strings.TrimSpace(string(text))
}
