package app

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"sojourn/config"
	"sojourn/consent"
	"sojourn/devmode/temporalchild"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/kit"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
	"sojourn/worker"
)

const wiredJourney = `
key: wired
name: Wired
purpose: marketing
CONTROL
entry: {kind: event, event: Signed Up, reentry: {rule: always}}
steps:
  - {id: split, kind: split, split: {variants: [{name: only, weight: 1, next: gift}, {name: nobody, weight: 0, next: gift}]}}
  - {id: gift, kind: offer, offer: {offer: ten}, next: mail}
  - {id: mail, kind: send, send: {template: hi, channel: email, fallback: [sms], offer: gift}, next: points}
  - {id: points, kind: reward, reward: {kind: points, amount: 5}, next: change}
  - {id: change, kind: update, update: {set: {tier: gold}, add: {score: 5}, join: [vip]}, next: hook}
  - {id: hook, kind: webhook, webhook: {url: "TARGET", save: {room: room.number}}, next: gather}
  - {id: gather, kind: collect, collect: {events: [{event: Page Viewed}], for: PT2S, max: 2}, next: call}
  - {id: call, kind: task, task: {type: call, title: Call, due: PT3S, on_timeout: rest, outcomes: [{name: reached, next: roomy}]}}
  - {id: rest, kind: wait, wait: {for: PT1S}, next: call}
  - id: roomy
    kind: branch
    branch: {cases: [{name: twelve, when: {context: room, op: eq, value: 12}, next: other}], otherwise: lost}
  - {id: other, kind: enter, enter: {journey: followed}}
  - {id: lost, kind: exit, exit: {label: lost}}
`

const followedJourney = `
key: followed
name: Followed
purpose: marketing
entry: {kind: api}
steps:
  - {id: nap, kind: wait, wait: {for: PT1H}}
`

// wired is the product's worker over a real database and a real Temporal.
type wired struct {
	*testing.T
	s  *sqlstore.Store
	ws int64

	temporal client.Client
	config   *config.Config
}

func wire(t *testing.T) *wired {
	t.Helper()
	w := wireParts(t)
	w.work(&registered)
	return w
}

// wireParts is all but the worker.
func wireParts(t *testing.T) *wired {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	server, err := temporalchild.Start(t.Context(), temporalchild.Config{Binary: temporalchild.Find(), DBPath: filepath.Join(t.TempDir(), "temporal.db"), Address: "127.0.0.1:0", Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	temporal, err := client.Dial(client.Options{HostPort: server.Address(), Namespace: server.Namespace(), Logger: sdklog.NewStructuredLogger(quiet)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(temporal.Close)
	w := &wired{T: t, s: dbtest.SQLite(t), temporal: temporal}
	w.ws = storagetest.AddWorkspace(t, w.s, "wired").ID
	w.config = &config.Config{Secret: "0123456789abcdefghijklmnopqrstuvwxyz", PublicURL: "http://127.0.0.1:8080", StopWithin: 10 * time.Second,
		Temporal: config.Temporal{Namespace: server.Namespace()}, Outbound: config.Outbound{Allow: []string{"127.0.0.0/8"}}, Send: config.Send{Lease: 45 * time.Second}, Worker: config.Worker{CachedWorkflows: 1000}}
	return w
}

// work starts a worker that knows this code; it is stopped by what comes back, or with the test.
func (w *wired) work(known *kit.Registry) (stop func()) {
	w.Helper()
	workers, closeSenders, err := workersOf(known, w.config, w.s, w.temporal, prometheus.NewRegistry(), worker.Options{}, slog.New(slog.DiscardHandler))
	w.must(err)
	w.must(workers.Start(w.Context()))
	stop = sync.OnceFunc(func() { workers.Stop(); closeSenders() })
	w.Cleanup(stop)
	return stop
}

func (w *wired) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *wired) publish(document string) models.Journey {
	w.Helper()
	doc, err := journey.Parse([]byte(document))
	if err != nil {
		w.Fatalf("%+v", err)
	}
	if issues := journey.Validate(doc, nil); len(issues) > 0 {
		w.Fatalf("issues: %+v", issues)
	}
	j, err := w.s.CreateJourney(w.Context(), w.ws, doc, time.Now())
	w.must(err)
	_, err = w.s.Publish(w.Context(), w.ws, j.ID, 0, "test", time.Now())
	w.must(err)
	return j
}

func (w *wired) says(user, name string, properties map[string]any) {
	w.Helper()
	msg := map[string]any{"userId": user, "messageId": w.s.NewID().String()}
	kind := ingest.Track
	if name == "identify" {
		kind, msg["traits"] = ingest.Identify, properties
	} else {
		msg["event"], msg["properties"] = name, properties
	}
	body, err := json.Marshal(msg)
	w.must(err)
	decoded, err := ingest.Decode(kind, body, ingest.Options{ReceivedAt: time.Now()})
	w.must(err)
	_, err = w.s.AcceptEvents(w.Context(), []storage.Intake{{Workspace: w.ws, Source: "test", Events: decoded.Events, ReceivedAt: time.Now()}})
	w.must(err)
}

func (w *wired) until(what string, holds func() bool) {
	w.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); {
		if time.Now().After(deadline) {
			w.Fatalf("waited in vain until %s; the visits: %v", what, w.list("SELECT step_id || '#' || visit || ':' || exit_name FROM step_visits ORDER BY run_id, seq"))
		}
		select {
		case <-w.Context().Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (w *wired) list(query string, args ...any) (got []string) {
	w.Helper()
	rows, err := w.s.SQL().Query(query, args...)
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		var v string
		w.must(rows.Scan(&v))
		got = append(got, v)
	}
	w.must(rows.Err())
	return got
}

func (w *wired) want(query, want string) {
	w.Helper()
	if got := strings.Join(w.list(query), " "); got != want {
		w.Errorf("%s: %q, want %q", query, got, want)
	}
}

func (w *wired) messages() {
	w.Helper()
	_, err := w.s.PutTemplate(w.Context(), w.ws, storage.TemplateInput{Key: "hi", Name: "hi", Class: string(consent.Marketing), SenderKey: "default", Bodies: []models.TemplateBody{
		{Channel: "email", Locale: "en", Subject: "Hello", Body: "<p>{{ offer.code }} <a href=\"{{ unsubscribe_url }}\">no more</a></p>"}, {Channel: "sms", Locale: "en", Body: "Hello {{ offer.code }}"}}}, time.Now())
	w.must(err)
	for _, channel := range []string{"email", "sms"} {
		key := map[string]string{"email": "default", "sms": "text"}[channel]
		_, err = w.s.PutSender(w.Context(), models.Sender{WorkspaceID: w.ws, SenderKey: key, Channel: channel, FromName: "Shop", FromAddress: map[string]string{"email": "shop@example.com", "sms": "Shop"}[channel], PostalAddress: "1 Lane"}, time.Now())
		w.must(err)
	}
	offer, err := w.s.PutOffer(w.Context(), models.Offer{WorkspaceID: w.ws, OfferKey: "ten", Name: "Ten", CodeKind: storage.CodePool, BenefitKind: storage.BenefitPercent, BenefitValue: 1000, Texts: models.JSON("{}"), State: storage.OfferActive}, time.Now())
	w.must(err)
	_, _, err = w.s.AddCodes(w.Context(), w.ws, offer.ID, []string{"A", "B"}, "first", time.Now())
	w.must(err)
}

// One customer walks through what acts on our own database and on others', with the product's own worker; a task that is
// completed after its visit is over counts for no later visit. Mail is not allowed, so the text message goes, and only it.
func TestWired(t *testing.T) {
	w := wire(t)
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, `{"room":{"number":12}}`) }))
	t.Cleanup(hook.Close)
	w.messages()
	w.publish(followedJourney)
	j := w.publish(strings.NewReplacer("TARGET", hook.URL, "CONTROL\n", "").Replace(wiredJourney))

	w.says("ann", "identify", map[string]any{"email": "ann@example.com", "phone": "+31612345678", "locale": "en", "timezone": "Europe/Amsterdam"})
	w.says("ann", "Consent Granted", map[string]any{"channel": "sms", "purpose": "marketing", "source": "form", "source_kind": "person"})
	w.says("ann", "Signed Up", nil)
	w.until("the collect step waits", func() bool { return len(w.list("SELECT id FROM runs WHERE step_id = 'gather'")) == 1 })
	w.says("ann", "Page Viewed", map[string]any{"page": 1})
	w.says("ann", "Page Viewed", map[string]any{"page": 2})
	task := func(visit int) ids.ID {
		var id ids.ID
		w.until("the task is asked for", func() bool {
			return w.s.SQL().QueryRow("SELECT id FROM tasks WHERE visit = ?", visit).Scan(&id) == nil
		})
		return id
	}
	complete := func(id ids.ID) {
		if _, err := w.s.CompleteTask(w.Context(), w.ws, id, storage.TaskEnd{Outcome: "reached", By: "user:x", Now: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	first := task(1)
	second := task(2)
	complete(first) // late: the run has gone on without it
	w.until("the second visit is over too, by its due time", func() bool { return len(w.list("SELECT 1 FROM step_visits WHERE step_id = 'call' AND visit = 2")) == 1 })
	w.want("SELECT exit_name FROM step_visits WHERE step_id = 'call' AND visit <= 2 ORDER BY visit", "timeout timeout")
	_ = second
	for visit := 3; len(w.list("SELECT 1 FROM step_visits WHERE step_id = 'call' AND exit_name = 'reached'")) == 0; visit++ {
		complete(task(visit)) // at once; a busy machine may need one visit more
		w.until("the visit is over", func() bool {
			return len(w.list("SELECT 1 FROM step_visits WHERE step_id = 'call' AND visit = ?", visit)) == 1
		})
	}
	w.until("the run has ended", func() bool {
		return len(w.list("SELECT id FROM runs WHERE journey_id = ? AND state = 'ended'", j.ID)) == 1
	})

	w.want("SELECT outcome FROM runs WHERE state = 'ended'", "completed")
	ways := w.list("SELECT step_id || ':' || exit_name FROM step_visits WHERE step_id NOT IN ('call', 'rest') ORDER BY seq")
	if want := []string{"split:only", "gift:ok", "mail:sent", "points:ok", "change:next", "hook:ok", "gather:next", "roomy:twelve", "other:next"}; !slices.Equal(ways, want) {
		t.Errorf("the way: %v, want %v", ways, want)
	}
	w.want("SELECT channel || ':' || state FROM sends ORDER BY channel", "email:skipped sms:accepted")
	w.want("SELECT COUNT(*) FROM inbox_messages", "1")
	w.want("SELECT json_array_length(data, '$.collected') || ' ' || json_extract(data, '$.room') FROM run_contexts ORDER BY revision DESC LIMIT 1", "2 12")
	w.want("SELECT json_extract(attributes, '$.tier') || ' ' || json_extract(attributes, '$.score') FROM customers WHERE external_id = 'ann'", "gold 5")
	w.want("SELECT COUNT(*) FROM audience_members", "1")
	w.want("SELECT state FROM runs WHERE journey_id <> x'"+strings.ReplaceAll(j.ID.String(), "-", "")+"'", "open")
}

// Somebody who is held out walks the same way, and nothing comes of it.
func TestWiredControl(t *testing.T) {
	w := wire(t)
	called := make(chan struct{}, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called <- struct{}{} }))
	t.Cleanup(hook.Close)
	w.messages()
	w.publish(followedJourney)
	text := strings.NewReplacer("TARGET", hook.URL, "CONTROL\n", "control: {percent: 100}\n", "on_timeout: rest", "on_timeout: roomy").Replace(wiredJourney)
	w.publish(strings.Replace(text, "  - {id: rest, kind: wait, wait: {for: PT1S}, next: call}\n", "", 1))
	w.says("bob", "identify", map[string]any{"email": "bob@example.com", "phone": "+31612345679"})
	w.says("bob", "Consent Granted", map[string]any{"channel": "email", "purpose": "marketing", "source": "form", "source_kind": "person"})
	w.says("bob", "Signed Up", nil)
	w.until("the run has ended", func() bool { return len(w.list("SELECT id FROM runs WHERE state = 'ended'")) == 1 })
	w.want("SELECT outcome FROM runs", "lost")
	w.want("SELECT group_concat(step_id || ':' || exit_name, ' ') FROM (SELECT * FROM step_visits ORDER BY seq)",
		"split:only gift:ok mail:skipped points:ok change:next hook:ok gather:empty call:timeout roomy:otherwise lost:next")
	for _, table := range []string{"inbox_messages", "offer_claims", "rewards", "tasks", "audience_members"} {
		w.want("SELECT COUNT(*) FROM "+table, "0")
	}
	if len(called) > 0 {
		t.Error("the webhook of a held-out run was called")
	}
}
