package storagetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Happened makes a track event of somebody; the content is its name. "u:ann" is a user id, "a:phone" an anonymous id.
func Happened(message, name string, who ...string) ingest.Event {
	e := ingest.Event{MessageID: message, Type: ingest.Track, Name: name, Data: []byte(`{"n":1}`), Context: []byte(`{}`), OccurredAt: noon}
	for _, w := range who {
		switch w[:2] {
		case "u:":
			e.UserID = w[2:]
		case "a:":
			e.AnonymousID = w[2:]
		case "p:":
			e.PreviousID, e.Type = w[2:], ingest.Alias
		}
	}
	e.Hash = sha256.Sum256(fmt.Append(nil, e.Name, e.UserID, e.AnonymousID, e.PreviousID))
	return e
}

func accept(t testing.TB, s *sqlstore.Store, ws int64, events ...ingest.Event) []storage.Receipt {
	t.Helper()
	got, err := s.AcceptEvents(context.Background(), []storage.Intake{{Workspace: ws, Source: "web", Events: events, ReceivedAt: noon}})
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

// Ingestion is the suite of storage.Ingestion.
func Ingestion(t *testing.T, s *sqlstore.Store) {
	ws := AddWorkspace(t, s, "acme").ID
	t.Run("stores an event with its outbox row", func(t *testing.T) { storesEvents(t, s, ws) })
	t.Run("the same message a hundred times at once is one event", func(t *testing.T) { hundredTimes(t, s, ws) })
	t.Run("other content under a known id is counted and changes nothing", func(t *testing.T) { conflicts(t, s, ws) })
	t.Run("several sources and workspaces in one transaction", func(t *testing.T) { mixedIntakes(t, s, ws) })
	t.Run("identities find their groups", func(t *testing.T) { identityGroups(t, s) })
	t.Run("a database that is gone is unavailable", func(t *testing.T) { unavailable(t, s, ws) })
}

func storesEvents(t *testing.T, s *sqlstore.Store, ws int64) {
	e := Happened("m1", "Order Completed", "u:ann")
	e.Backfill, e.GroupID = true, "club"
	if got := accept(t, s, ws, e, Happened("m2", "B", "u:ann"), Happened("m1", "Order Completed", "u:ann")); fmt.Sprint(got) != "[1 1 2]" {
		t.Errorf("receipts %v", got)
	}
	var rows []models.Event
	query(t, s, &rows, "SELECT * FROM events WHERE workspace_id = ? AND user_id = 'ann' ORDER BY message_id", ws)
	if len(rows) != 2 {
		t.Fatalf("%d events", len(rows))
	}
	got := rows[0]
	want := models.Event{ID: got.ID, WorkspaceID: ws, SourceID: "web", MessageID: "m1", ContentHash: e.Hash, Type: "track", Name: "Order Completed", UserID: "ann",
		GroupID: "club", Data: models.JSON(`{"n":1}`), Context: models.JSON(`{}`), Backfill: true, OccurredAt: models.At(noon), ReceivedAt: models.At(noon)}
	if fmt.Sprint(got) != fmt.Sprint(want) || got.ID.IsZero() {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	var out []models.OutboxEntry
	query(t, s, &out, "SELECT * FROM outbox WHERE event_id IN (?, ?) ORDER BY id", rows[0].ID, rows[1].ID)
	if len(out) != 2 || out[0].EventID != rows[0].ID || out[1].EventID != rows[1].ID {
		t.Fatalf("outbox %+v", out)
	}
	if o := out[0]; o.WorkspaceID != ws || o.Partition != contract.PartitionOf(o.Grp) || o.Grp != out[1].Grp || !o.BarrierGrp.IsZero() || o.CreatedAt != models.At(noon) {
		t.Errorf("outbox %+v", o)
	}
	select {
	case <-s.Wakers().C(out[0].Partition):
	default:
		t.Error("the router of the partition was not woken")
	}
}

func hundredTimes(t *testing.T, s *sqlstore.Store, ws int64) {
	var wg sync.WaitGroup
	got := make([]storage.Receipt, 100)
	for i := range got {
		wg.Go(func() { got[i] = accept(t, s, ws, Happened("hundred", "E", "u:bob", "a:bob"))[0] })
	}
	wg.Wait()
	count := map[storage.Receipt]int{}
	for _, r := range got {
		count[r]++
	}
	if count[storage.Accepted] != 1 || count[storage.Duplicate] != 99 {
		t.Errorf("receipts %v", count)
	}
	var events, outbox, identities int64
	query(t, s, &events, "SELECT COUNT(*) FROM events WHERE workspace_id = ? AND message_id = 'hundred'", ws)
	query(t, s, &outbox, "SELECT COUNT(*) FROM outbox o JOIN events e ON e.id = o.event_id WHERE e.message_id = 'hundred'")
	query(t, s, &identities, "SELECT COUNT(*) FROM identities WHERE workspace_id = ? AND value = 'bob'", ws)
	if events != 1 || outbox != 1 || identities != 2 {
		t.Errorf("%d events, %d outbox rows, %d identities", events, outbox, identities)
	}
}

func conflicts(t *testing.T, s *sqlstore.Store, ws int64) {
	accept(t, s, ws, Happened("c1", "First", "u:cleo"))
	other := Happened("c1", "Second", "u:mallory", "a:mallory")
	if got := accept(t, s, ws, Happened("c0", "Fresh", "u:cleo"), other, other, Happened("c2", "Fresh", "u:cleo"), Happened("c2", "Else", "u:cleo")); fmt.Sprint(got) != "[1 3 2 1 3]" {
		t.Errorf("receipts %v", got)
	}
	var rows []models.Event
	query(t, s, &rows, "SELECT * FROM events WHERE workspace_id = ? AND message_id IN ('c1','c2') ORDER BY message_id", ws)
	if len(rows) != 2 || rows[0].Name != "First" || rows[0].Conflicts != 1 || rows[1].Name != "Fresh" || rows[1].Conflicts != 1 {
		t.Errorf("events %+v", rows)
	}
	var strangers int64
	query(t, s, &strangers, "SELECT COUNT(*) FROM identities WHERE workspace_id = ? AND value = 'mallory'", ws)
	if strangers != 0 {
		t.Errorf("a message that was refused left %d identities", strangers)
	}
}

func mixedIntakes(t *testing.T, s *sqlstore.Store, ws int64) {
	other := AddWorkspace(t, s, "other").ID
	e := []ingest.Event{Happened("mix", "E", "u:dora", "a:d")}
	got, err := s.AcceptEvents(context.Background(), []storage.Intake{
		{Workspace: ws, Source: "web", Events: e, ReceivedAt: noon},
		{Workspace: ws, Source: "shop", Events: e, ReceivedAt: noon},
		{Workspace: other, Source: "web", Events: e, ReceivedAt: noon},
		{Workspace: ws, Source: "web", Events: e, ReceivedAt: noon},
		{Workspace: ws, Source: "web", ReceivedAt: noon},
	})
	if err != nil || fmt.Sprint(got) != "[[1] [1] [1] [2] []]" {
		t.Fatalf("receipts %v, %v", got, err)
	}
	var groups []ids.ID
	query(t, s, &groups, "SELECT DISTINCT grp FROM identities WHERE value IN ('dora', 'd')")
	if len(groups) != 2 {
		t.Errorf("%d groups for one person in each of two workspaces", len(groups))
	}
}

// identityGroups tells stories of a few events each. A step names the identities of one event and what is expected:
// the letter of its group in order of appearance, and after a slash the group of its barrier.
func identityGroups(t *testing.T, s *sqlstore.Store) {
	type step struct{ who, want string }
	for name, steps := range map[string][]step{
		"a visitor signs up":              {{"a:1", "A"}, {"u:x a:1", "A"}, {"a:1", "A"}, {"u:x", "A"}},
		"both new at once":                {{"u:x a:1", "A"}, {"a:1", "A"}, {"u:x", "A"}},
		"a new device of a known person":  {{"u:x", "A"}, {"u:x a:1", "A"}, {"a:1", "A"}},
		"a visitor turns out to be known": {{"u:x", "A"}, {"a:1", "B"}, {"u:x a:1", "A/B"}, {"a:1", "A"}, {"u:x a:1", "A"}},
		"two devices, one person":         {{"a:1", "A"}, {"a:2", "B"}, {"u:x a:1", "A"}, {"u:x a:2", "A/B"}, {"a:2", "A"}},
		"a shared device": {{"u:x a:1", "A"}, {"u:y a:1", "B/A"}, {"a:1", "B"}, {"u:x", "A"}, {"u:y", "B"}, {"u:x a:1", "A/B"},
			{"a:1", "A"}, {"u:y", "B"}},
		"a shared device, both known":        {{"u:x a:1", "A"}, {"u:y", "B"}, {"u:y a:1", "B/A"}, {"u:x", "A"}, {"a:1", "B"}},
		"alias of a visitor":                 {{"a:1", "A"}, {"p:1 u:x", "A"}, {"u:x", "A"}},
		"alias of a known person":            {{"u:x", "A"}, {"u:y", "B"}, {"p:x u:y", "B/A"}, {"u:x", "B"}, {"u:y", "B"}},
		"alias before anything else":         {{"p:1 u:x", "A"}, {"a:1", "A"}, {"u:x", "A"}},
		"alias of oneself":                   {{"u:x", "A"}, {"p:x u:x", "A"}},
		"alias to a new id":                  {{"u:x", "A"}, {"p:x u:y", "A"}, {"u:y", "A"}},
		"a chain":                            {{"a:1", "A"}, {"u:x", "B"}, {"u:x a:1", "B/A"}, {"u:y", "C"}, {"p:x u:y", "C/B"}, {"a:1", "C"}},
		"a device changes hands, then joins": {{"u:x a:1", "A"}, {"u:y a:1", "B/A"}, {"p:y u:x", "A/B"}, {"a:1", "A"}, {"u:y", "A"}},
	} {
		for _, batch := range []bool{false, true} {
			ws := AddWorkspace(t, s, fmt.Sprintf("%.40s %v", name, batch)).ID
			var events []ingest.Event
			for i, st := range steps {
				events = append(events, Happened(fmt.Sprint(i), "E", strings.Fields(st.who)...))
			}
			if batch {
				accept(t, s, ws, events...)
			} else {
				for _, e := range events {
					accept(t, s, ws, e)
				}
			}
			var out []models.OutboxEntry
			query(t, s, &out, "SELECT * FROM outbox WHERE workspace_id = ? ORDER BY id", ws)
			letters := map[ids.ID]string{}
			for i, o := range out {
				if letters[o.Grp] == "" {
					letters[o.Grp] = string(rune('A' + len(letters)))
				}
				got := letters[o.Grp]
				if !o.BarrierGrp.IsZero() {
					got += "/" + letters[o.BarrierGrp]
				}
				if got != steps[i].want {
					t.Errorf("%s (one batch: %v), event %d (%s): group %s, want %s", name, batch, i, steps[i].who, got, steps[i].want)
				}
			}
		}
	}
}

func unavailable(t *testing.T, s *sqlstore.Store, ws int64) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := s.AcceptEvents(ctx, []storage.Intake{{Workspace: ws, Source: "web", Events: []ingest.Event{Happened("gone", "E", "u:x")}, ReceivedAt: noon}})
	if err == nil || fault.Is(err, fault.Invalid) {
		t.Errorf("a cancelled call: %v", err)
	}
	var n int64
	query(t, s, &n, "SELECT COUNT(*) FROM events WHERE message_id = 'gone'")
	if n != 0 {
		t.Error("a call that failed left its event")
	}
}
