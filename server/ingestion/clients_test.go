package ingestion_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segmentio/analytics-go/v3"

	"sojourn/fault"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/server/ingestion"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// The published Segment clients, unmodified: only their host points here.

var sentAt = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

func summary(list []models.Event) string {
	var b strings.Builder
	for _, e := range list {
		fmt.Fprintf(&b, "%s %q user=%s anonymous=%s previous=%s group=%s %s\n", e.Type, e.Name, e.UserID, e.AnonymousID, e.PreviousID, e.GroupID, e.Data)
	}
	return b.String()
}

const wantSummary = `identify "identify" user=ann anonymous= previous= group= {"email":"ann@example.com","name":"Ann 👩‍🚀"}
track "Order Completed" user=ann anonymous= previous= group= {"currency":"EUR","order_id":"o-1","products":[{"quantity":2,"sku":"A"}],"total":19.9}
page "page" user= anonymous=visitor previous= group= {"category":"Shop","name":"Home","url":"https://shop.example/"}
screen "screen" user=ann anonymous= previous= group= {"name":"Start"}
group "group" user=ann anonymous= previous= group=club {"plan":"pro"}
alias "alias" user=ann anonymous= previous=visitor group= {}
`

func TestSegmentGoClient(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		w := newWorld(t, s)
		said := &outcome{}
		client, err := analytics.NewWithConfig(writeKey, analytics.Config{Endpoint: w.url, BatchSize: 20, Interval: 100 * time.Millisecond, Callback: said, Logger: said})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []analytics.Message{
			analytics.Identify{UserId: "ann", Traits: analytics.NewTraits().SetEmail("ann@example.com").SetName("Ann 👩‍🚀"), Timestamp: sentAt},
			analytics.Track{UserId: "ann", Event: "Order Completed", Timestamp: sentAt, Properties: analytics.NewProperties().Set("order_id", "o-1").Set("total", 19.9).
				Set("currency", "EUR").Set("products", []map[string]any{{"sku": "A", "quantity": 2}})},
			analytics.Page{AnonymousId: "visitor", Name: "Home", Properties: analytics.NewProperties().SetURL("https://shop.example/").SetCategory("Shop"), Timestamp: sentAt},
			analytics.Screen{UserId: "ann", Name: "Start", Timestamp: sentAt},
			analytics.Group{UserId: "ann", GroupId: "club", Traits: analytics.NewTraits().Set("plan", "pro"), Timestamp: sentAt},
			analytics.Alias{UserId: "ann", PreviousId: "visitor", Timestamp: sentAt},
		} {
			if err := client.Enqueue(m); err != nil {
				t.Fatal(err)
			}
		}
		if err := client.Close(); err != nil {
			t.Fatal(err)
		}
		if said.ok != 6 || said.failed != 0 {
			t.Errorf("the client counts %d delivered, %d failed: %v", said.ok, said.failed, said.log)
		}
		checkClient(t, w.events(), "analytics-go")
	})
}

func checkClient(t *testing.T, got []models.Event, library string) {
	t.Helper()
	if s := summary(got); s != wantSummary {
		t.Errorf("stored\n%s\nwant\n%s", s, wantSummary)
	}
	for _, e := range got {
		if e.OccurredAt.Time().Sub(sentAt).Abs() > 5*time.Second {
			t.Errorf("%s occurred at %v, want about %v", e.Name, e.OccurredAt.Time(), sentAt)
		}
		if !strings.Contains(string(e.Context), library) {
			t.Errorf("%s: context %s", e.Name, e.Context)
		}
	}
}

// outcome hears what the Go client says.
type outcome struct {
	mu         sync.Mutex
	ok, failed int
	log        []string
}

func (o *outcome) Success(analytics.Message)        { o.mu.Lock(); o.ok++; o.mu.Unlock() }
func (o *outcome) Failure(analytics.Message, error) { o.mu.Lock(); o.failed++; o.mu.Unlock() }
func (o *outcome) Logf(string, ...any)              {}
func (o *outcome) Errorf(f string, a ...any) {
	o.mu.Lock()
	o.log = append(o.log, fmt.Sprintf(f, a...))
	o.mu.Unlock()
}

// troubled refuses the first requests, and loses the answer of one that it stored.
type troubled struct {
	ingestion.Intake
	mu    sync.Mutex
	calls int
}

func (i *troubled) Accept(ctx context.Context, ws int64, source string, events []ingest.Event, at time.Time) ([]storage.Receipt, error) {
	i.mu.Lock()
	i.calls++
	n := i.calls
	i.mu.Unlock()
	switch n {
	case 1:
		return nil, fault.New(fault.Unavailable, "down")
	case 2:
		return nil, fault.New(fault.Busy, "full")
	case 3:
		_, _ = i.Intake.Accept(ctx, ws, source, events, at)
		return nil, fault.New(fault.Unavailable, "stored, but the answer got lost")
	}
	return i.Intake.Accept(ctx, ws, source, events, at)
}

// The clients try again on 503 and 429, and what was stored before the answer got lost is stored once.
func TestSegmentGoClientTriesAgain(t *testing.T) {
	t.Parallel()
	trouble := &troubled{}
	w := sqliteWorld(t, func(d *ingestion.Deps) { trouble.Intake = d.Intake; d.Intake = trouble })
	said := &outcome{}
	client, err := analytics.NewWithConfig(writeKey, analytics.Config{Endpoint: w.url, BatchSize: 3, Callback: said, Logger: said, RetryAfter: func(int) time.Duration { return time.Millisecond }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := client.Enqueue(analytics.Track{UserId: "ann", Event: fmt.Sprint("Event ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	deadline := time.Now().Add(20 * time.Second)
	for {
		said.mu.Lock()
		done := said.ok + said.failed
		said.mu.Unlock()
		if done == 3 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the client did not finish")
		}
		time.Sleep(time.Millisecond)
	}
	_ = client.Close()
	if got := w.events(); said.ok != 3 || len(got) != 3 || trouble.calls != 4 {
		t.Errorf("delivered %d, stored %d in %d calls: %v", said.ok, len(got), trouble.calls, said.log)
	}
}

func nodeClient(t *testing.T, w *world, scenario string) {
	t.Helper()
	dir, err := filepath.Abs("../../e2e/segment-node")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@segment", "analytics-node")); err != nil {
		t.Fatalf("the Segment client for Node is not installed; run `make e2e-deps`: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "send.mjs", w.url, writeKey, scenario)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node send.mjs: %v\n%s", err, stderr.String())
	}
	var said struct {
		Delivered int
		Failures  []string
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(said.Failures) > 0 || said.Delivered != len(w.events()) {
		t.Errorf("the client counts %d delivered (%d are stored), failures %v", said.Delivered, len(w.events()), said.Failures)
	}
}

func TestSegmentNodeClient(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	nodeClient(t, w, "all")
	got := w.events()
	checkClient(t, got, "@segment/analytics-node")
}

// 429 with Retry-After: the client waits as long as it is told and loses nothing.
func TestSegmentNodeClientIsSlowedDown(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t, func(d *ingestion.Deps) { d.RequestRate = 1 })
	nodeClient(t, w, "too-fast")
	if n := len(w.events()); n != 3 {
		t.Errorf("%d events, want 3", n)
	}
}
