package storagetest

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// routingWorld is a workspace whose events go in as a source sends them and are routed as the router does it.
type routingWorld struct {
	*testing.T
	s   *sqlstore.Store
	ws  int64
	now time.Time
	n   int
}

func newRoutingWorld(t *testing.T, s *sqlstore.Store, key string) *routingWorld {
	t.Helper()
	return &routingWorld{T: t, s: s, ws: AddWorkspace(t, s, key).ID, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
}

// who names the identities of an event.
type who struct{ user, device, previous string }

func user(id string) who   { return who{user: id} }
func device(id string) who { return who{device: id} }

// event takes one event in, now, and returns its id. props are alternating keys and values.
func (w *routingWorld) event(kind ingest.Type, name string, by who, props ...any) ids.ID {
	w.Helper()
	return w.eventAt(w.now, kind, name, by, props...)
}

func (w *routingWorld) eventAt(at time.Time, kind ingest.Type, name string, by who, props ...any) ids.ID {
	w.Helper()
	w.n++
	data := map[string]any{}
	for i := 0; i < len(props); i += 2 {
		data[props[i].(string)] = props[i+1]
	}
	body, err := json.Marshal(data)
	if err != nil {
		w.Fatal(err)
	}
	if name == "" {
		name = string(kind)
	}
	message := fmt.Sprintf("%s-%d", w.Name(), w.n)
	e := ingest.Event{MessageID: message, Type: kind, Name: name, UserID: by.user, AnonymousID: by.device, PreviousID: by.previous,
		Data: body, Context: []byte("{}"), OccurredAt: at, Hash: sha256.Sum256([]byte(message + string(body)))}
	if _, err := w.s.AcceptEvents(context.Background(), []storage.Intake{{Workspace: w.ws, Source: "test", Events: []ingest.Event{e}, ReceivedAt: w.now}}); err != nil {
		w.Fatal(err)
	}
	var row models.Event
	query(w, w.s, &row, "SELECT id FROM events WHERE workspace_id = ? AND message_id = ?", w.ws, message)
	return row.ID
}

func (w *routingWorld) identify(by who, traits ...any) ids.ID {
	w.Helper()
	return w.event(ingest.Identify, "", by, traits...)
}

func (w *routingWorld) track(by who, name string, props ...any) ids.ID {
	w.Helper()
	return w.event(ingest.Track, name, by, props...)
}

// route runs a router over all partitions until nothing moves any more.
func (w *routingWorld) route() {
	w.Helper()
	var epochs [contract.Partitions]int64
	for p := range contract.Partitions {
		epoch, err := w.s.TakePartition(context.Background(), p, "test", w.now)
		if err != nil {
			w.Fatal(err)
		}
		epochs[p] = epoch
	}
	for moved := true; moved; {
		moved = false
		for p := range contract.Partitions {
			n, err := w.routePartition(p, epochs[p])
			if err != nil {
				w.Fatal(err)
			}
			moved = moved || n > 0
		}
	}
}

// maxAttempts of the router of these tests.
const maxAttempts = 2

// routePartition makes one pass, as the activity does: all rows at once, and one by one when one of them fails.
func (w *routingWorld) routePartition(p int, epoch int64) (moved int, err error) {
	ctx := context.Background()
	rows, err := w.s.PendingEvents(ctx, p, 0, 1000)
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	done, err := w.s.RouteEvents(ctx, p, epoch, rows, w.now)
	var poison *storage.EventError
	if err == nil || !errors.As(err, &poison) || fault.Is(err, fault.Unavailable) {
		return done.Applied, err
	}
	skip := map[ids.ID]bool{}
	for _, row := range rows {
		if skip[row.Grp] {
			continue
		}
		done, err := w.s.RouteEvents(ctx, p, epoch, []models.OutboxEntry{row}, w.now)
		moved += done.Applied
		if errors.As(err, &poison) {
			skip[row.Grp] = true
			if _, err := w.s.EventFailed(ctx, p, epoch, row, err.Error(), maxAttempts, w.now, w.now); err != nil {
				return moved, err
			}
			moved++ // an attempt was counted
		} else if err != nil {
			return moved, err
		}
		if len(done.Blocked) > 0 {
			skip[row.Grp] = true
		}
	}
	return moved, nil
}

// customer finds the live customer of an identity.
func (w *routingWorld) customer(by who) models.Customer {
	w.Helper()
	kind, value := storage.IdentityUser, by.user
	if value == "" {
		kind, value = storage.IdentityAnonymous, by.device
	}
	var c models.Customer
	query(w, w.s, &c, "SELECT c.* FROM customers c JOIN identities i ON i.customer_id = c.id WHERE i.workspace_id = ? AND i.kind = ? AND i.value = ?", w.ws, kind, value)
	if c.ID.IsZero() || !c.MergedInto.IsZero() {
		w.Fatalf("identity %s %s names customer %v, merged into %v", kind, value, c.ID, c.MergedInto)
	}
	return c
}

func (w *routingWorld) metrics(customer ids.ID) models.CustomerMetrics {
	w.Helper()
	var m models.CustomerMetrics
	query(w, w.s, &m, "SELECT * FROM customer_metrics WHERE customer_id = ?", customer)
	return m
}

func (w *routingWorld) count(want int, what, q string, args ...any) {
	w.Helper()
	var got int
	query(w, w.s, &got, q, args...)
	if got != want {
		w.Errorf("%s: %d, want %d", what, got, want)
	}
}

// decision returns the reason of the newest decision of a kind for a customer.
func (w *routingWorld) decision(customer ids.ID, kind string) string {
	w.Helper()
	var d models.Decision
	query(w, w.s, &d, "SELECT * FROM decisions WHERE customer_id = ? AND kind = ? ORDER BY at DESC, id DESC LIMIT 1", customer, kind)
	return d.Outcome + " " + d.Reason
}

func (w *routingWorld) publish(doc journey.Document) models.Journey {
	w.Helper()
	ctx := context.Background()
	j, err := w.s.CreateJourney(ctx, w.ws, doc, w.now)
	if err != nil {
		w.Fatal(err)
	}
	if _, err := w.s.Publish(ctx, w.ws, j.ID, 0, "test", w.now); err != nil {
		w.Fatal(err)
	}
	return journeyRow(w.T, w.s, w.ws, j.ID)
}

func (w *routingWorld) runs(journeyID ids.ID) []models.Run {
	w.Helper()
	var rows []models.Run
	query(w, w.s, &rows, "SELECT * FROM runs WHERE journey_id = ? ORDER BY started_at, id", journeyID)
	return rows
}

func (w *routingWorld) dispatches(run ids.ID) []models.Dispatch {
	w.Helper()
	var rows []models.Dispatch
	query(w, w.s, &rows, "SELECT * FROM dispatches WHERE run_id = ? ORDER BY id", run)
	return rows
}

// end closes a run as its workflow would.
func (w *routingWorld) end(run ids.ID) {
	w.Helper()
	exec(w, w.s, "UPDATE runs SET state = ?, outcome = 'completed', ended_at = ? WHERE id = ?", models.RunEnded, models.At(w.now), run)
	exec(w, w.s, "UPDATE entry_guards SET open_run_id = NULL WHERE open_run_id = ?", run)
}

func eventJourney(key, event string) journey.Document {
	return journey.Document{
		Key: key, Name: key, Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: event},
		Steps: []journey.Step{{ID: "hold", Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P1D"}}},
	}
}
