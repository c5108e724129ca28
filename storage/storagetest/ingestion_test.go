package storagetest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

func TestIngestion(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, storagetest.Ingestion)
}

// twoProcesses opens the same database twice, as two servers would.
func twoProcesses(t *testing.T, test func(t *testing.T, a, b *sqlstore.Store)) {
	for name, open := range map[string]func(testing.TB) (*sqlstore.Store, string){"sqlite": dbtest.SQLiteURL, "mysql": dbtest.MySQLURL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, url := open(t)
			b, err := sqlstore.Open(context.Background(), url, sqlstore.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			test(t, a, b)
		})
	}
}

// What another process moved is seen before the cache of this one is believed.
func TestGroupsMovedElsewhere(t *testing.T) {
	t.Parallel()
	twoProcesses(t, func(t *testing.T, a, b *sqlstore.Store) {
		ws := storagetest.AddWorkspace(t, a, "acme").ID
		n := 0
		say := func(s *sqlstore.Store, who ...string) models.OutboxEntry {
			n++
			_, err := s.AcceptEvents(context.Background(), []storage.Intake{{Workspace: ws, Source: "web", ReceivedAt: time.Now(),
				Events: []ingest.Event{storagetest.Happened(fmt.Sprint(n), "E", who...)}}})
			if err != nil {
				t.Fatal(err)
			}
			var o models.OutboxEntry
			if err := s.SQL().QueryRow("SELECT grp, barrier_grp FROM outbox ORDER BY id DESC LIMIT 1").Scan(&o.Grp, &o.BarrierGrp); err != nil {
				t.Fatal(err)
			}
			return o
		}
		visitor, ann := say(a, "a:1").Grp, say(a, "u:ann").Grp
		if o := say(b, "u:ann", "a:1"); o.Grp != ann || o.BarrierGrp != visitor {
			t.Errorf("join: %v behind %v", o.Grp, o.BarrierGrp)
		}
		if o := say(a, "a:1"); o.Grp != ann {
			t.Errorf("a joined visitor went to %v, want %v", o.Grp, ann)
		}
		bob := say(b, "u:bob", "a:1")
		if bob.Grp == ann || bob.BarrierGrp != ann {
			t.Errorf("the device in other hands: %v behind %v", bob.Grp, bob.BarrierGrp)
		}
		if o := say(a, "a:1"); o.Grp != bob.Grp {
			t.Errorf("the device's next event went to %v, want %v", o.Grp, bob.Grp)
		}
		if o := say(a, "u:ann"); o.Grp != ann {
			t.Errorf("the first owner went to %v, want %v", o.Grp, ann)
		}
		say(b, "p:ann", "u:bob")
		if o := say(a, "u:ann", "a:1"); o.Grp != bob.Grp || !o.BarrierGrp.IsZero() {
			t.Errorf("after the alias: %v behind %v, want %v", o.Grp, o.BarrierGrp, bob.Grp)
		}
	})
}

// Many people act on two servers at once, each waiting for the answer before the next act, with identities that join
// on the way. Routers that respect partitions and barriers, and are otherwise as unlucky as can be, must apply the acts
// of each person in the order in which they were acknowledged, and all of them.
func TestOrderSurvivesJoins(t *testing.T) {
	t.Parallel()
	twoProcesses(t, func(t *testing.T, a, b *sqlstore.Store) {
		ws := storagetest.AddWorkspace(t, a, "acme").ID
		const people, acts = 24, 30
		stores := []*sqlstore.Store{a, b}
		var wg sync.WaitGroup
		for p := range people {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(p), 7))
				for i := range acts {
					user, device := fmt.Sprintf("u:%d", p), fmt.Sprintf("a:%d-%d", p, r.IntN(1+i/6))
					who := [][]string{{user}, {device}, {user, device}}[r.IntN(3)]
					if i%11 == 10 {
						who = []string{fmt.Sprintf("p:%d-old%d", p, i), user}
					}
					_, err := stores[r.IntN(2)].AcceptEvents(context.Background(), []storage.Intake{{Workspace: ws, Source: "web", ReceivedAt: time.Now(),
						Events: []ingest.Event{storagetest.Happened(fmt.Sprintf("%d/%03d", p, i), "E", who...)}}})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		var rows []outboxRow
		q, err := a.SQL().Query("SELECT o.id, o.partition_no, o.grp, o.barrier_grp, e.message_id, e.user_id, e.anonymous_id FROM outbox o JOIN events e ON e.id = o.event_id ORDER BY o.id")
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		for q.Next() {
			var o outboxRow
			if err := q.Scan(&o.id, &o.partition, &o.grp, &o.barrier, &o.message, &o.user, &o.device); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, o)
		}
		if len(rows) != people*acts {
			t.Fatalf("%d rows, want %d", len(rows), people*acts)
		}
		checkOrder(t, rows)
	})
}

type outboxRow struct {
	id                    int64
	partition             int
	grp, barrier          ids.ID
	message, user, device string
}

// checkOrder applies rows in an order that a set of routers might choose and compares, per identity that became one
// person, with the order of acknowledgement.
func checkOrder(t *testing.T, rows []outboxRow) {
	t.Helper()
	var applied []outboxRow
	pending := slices.Clone(rows)
	r := rand.New(rand.NewPCG(1, 2))
	for len(pending) > 0 {
		start := r.IntN(len(pending))
		chosen := -1
		for i := range pending {
			at := (start + i) % len(pending)
			free := true
			for _, before := range pending[:at] {
				if before.grp == pending[at].grp || before.grp == pending[at].barrier {
					free = false
					break
				}
			}
			if free {
				chosen = at
				break
			}
		}
		if chosen < 0 {
			t.Fatalf("%d rows wait for each other", len(pending))
		}
		applied = append(applied, pending[chosen])
		pending = slices.Delete(pending, chosen, chosen+1)
	}
	// A device is its owner's from the first event that names both; before that it is a stranger, whose order with the
	// owner's other devices means nothing.
	owner := map[string]bool{}
	last := map[string]string{}
	for _, o := range applied {
		person := "person " + o.message[:len(o.message)-4]
		who := []string{}
		if o.user != "" {
			who = append(who, person)
			if o.device != "" {
				owner[o.device] = true
			}
		}
		if o.device != "" {
			who = append(who, "device "+o.device)
			if owner[o.device] {
				who = append(who, person)
			}
		}
		for _, w := range who {
			if o.message < last[w] {
				t.Errorf("%s: %s applied after %s", w, o.message, last[w])
			}
			last[w] = max(last[w], o.message)
		}
	}
}
