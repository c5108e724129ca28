package auditor_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sojourn/chaos/auditor"
	"sojourn/storage/dbtest"
)

// small is a world in which everything went well: one customer, one journey with one letter, one order, one consent.
func small(t *testing.T, db *sql.DB) auditor.World {
	t.Helper()
	id := func(n int) string { return fmt.Sprintf("X'%032d'", n) }
	for _, q := range []string{
		"INSERT INTO workspaces (id, workspace_key, name, timezone, currency, locale, settings, created_at) VALUES (7, 'w', 'W', 'UTC', 'EUR', 'en', '{}', 1)",
		"INSERT INTO customers (id, workspace_id, external_id, email, attributes, grp, created_at, updated_at) VALUES (" + id(1) + ", 7, 'u1', 'ann@example.com', '{}', " + id(2) + ", 1, 1)",
		"INSERT INTO events (id, workspace_id, source_id, message_id, content_hash, type, name, user_id, customer_id, data, context, occurred_at, received_at, routed_at) VALUES (" + id(10) + ", 7, 's', 'm1', " + id(0) + ", 'track', 'Joined', 'u1', " + id(1) + ", '{}', '{}', 1, 1, 2)",
		"INSERT INTO events (id, workspace_id, source_id, message_id, content_hash, type, name, user_id, customer_id, data, context, occurred_at, received_at, routed_at) VALUES (" + id(11) + ", 7, 's', 'm2', " + id(0) + ", 'track', 'Order Completed', 'u1', " + id(1) + ", '{}', '{}', 1, 1, 2)",
		"INSERT INTO orders (id, workspace_id, order_key, customer_id, placed_at, value_minor, currency, status, source, created_at) VALUES (" + id(12) + ", 7, 'o1', " + id(1) + ", 1, 1250, 'EUR', 'completed', 's', 1)",
		"INSERT INTO customer_metrics (customer_id, workspace_id, orders_count, orders_value, events_count, updated_at) VALUES (" + id(1) + ", 7, 1, 1250, 2, 1)",
		"INSERT INTO contact_points (id, workspace_id, channel, address, created_at) VALUES (" + id(3) + ", 7, 'email', 'ann@example.com', 1)",
		"INSERT INTO consents (id, workspace_id, seq, customer_id, channel, purpose, state, legal_basis, source, source_kind, proof, proof_hash, actor, occurred_at, recorded_at, prev_hash, hash) VALUES (" + id(4) + ", 7, 1, " + id(1) + ", 'email', 'marketing', 'granted', 'consent', 'form', 'person', '{}', " + id(0) + ", 'customer', 1, 1, " + id(0) + ", " + id(0) + ")",
		"INSERT INTO permissions (workspace_id, customer_id, channel, purpose, state, legal_basis, occurred_at, consent_id) VALUES (7, " + id(1) + ", 'email', 'marketing', 'granted', 'consent', 1, " + id(4) + ")",
		"INSERT INTO journeys (id, workspace_id, journey_key, name, state, draft, created_at, updated_at) VALUES (" + id(20) + ", 7, 'walk', 'Walk', 'published', '{}', 1, 1)",
		"INSERT INTO templates (id, workspace_id, template_key, name, class, version, created_at, updated_at) VALUES (" + id(21) + ", 7, 'hello', 'Hello', 'marketing', 1, 1, 1)",
		"INSERT INTO runs (id, workspace_id, journey_id, version_id, customer_id, entry_key, entry_event_id, state, outcome, step_since, machine, partition_no, started_at, ended_at) VALUES (" + id(30) + ", 7, " + id(20) + ", " + id(22) + ", " + id(1) + ", 'k', " + id(10) + ", 'ended', 'completed', 1, '{}', 0, 1, 2)",
		"INSERT INTO step_visits (run_id, seq, workspace_id, version_id, step_id, visit, exit_name, next_step_id, entered_at, left_at) VALUES (" + id(30) + ", 1, 7, " + id(22) + ", 'hello', 1, 'sent', '', 1, 2)",
		"INSERT INTO sends (id, workspace_id, send_key, run_id, journey_id, step_id, visit, customer_id, contact_point_id, channel, class, purpose, state, template_id, planned_at) VALUES (" + id(40) + ", 7, 'r|7|30|hello|1|email', " + id(30) + ", " + id(20) + ", 'hello', 1, " + id(1) + ", " + id(3) + ", 'email', 'marketing', 'marketing', 'accepted', " + id(21) + ", 1)",
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	events := map[string]auditor.Event{"m1": {Type: "track", Name: "Joined", User: "u1"}, "m2": {Type: "track", Name: "Order Completed", User: "u1"}}
	return auditor.World{
		Workspace: 7, Said: events, Acked: events, People: map[string]string{"ann@example.com": "u1"}, Withdrawn: map[string]time.Time{}, Price: 1250,
		Mails:     []auditor.Mail{{To: "ann@example.com", Subject: "Hello", MessageID: "<1@x>", Body: "b", At: time.Unix(100, 0)}},
		Workflows: []auditor.Workflow{{Run: "00000000-0000-0000-0000-000000000030", Status: "Completed"}},
		Journeys:  []auditor.Journey{{Key: "walk", Entry: "Joined", Sends: map[string]string{"hello": "hello"}, Due: []string{"hello"}}},
		Letters:   map[string]auditor.Letter{"hello": {Subject: "Hello", Marketing: true}},
	}
}

// Every promise is broken once, and the auditor names it.
func TestEveryBrokenPromiseIsNamed(t *testing.T) {
	t.Parallel()
	more := func(w *auditor.World, id string, e auditor.Event, acked bool) {
		w.Said = map[string]auditor.Event{"m1": w.Said["m1"], "m2": w.Said["m2"], id: e}
		if acked {
			w.Acked = w.Said
		}
	}
	cases := []struct {
		name, invariant string // "" = nothing to find
		sql             string
		outside         func(*auditor.World)
	}{
		{name: "all is well"},
		{name: "an event that was not acknowledged is lost", outside: func(w *auditor.World) { more(w, "m3", auditor.Event{Type: "track", Name: "Joined", User: "u2"}, false) }},
		{name: "an acknowledged event is lost", invariant: "I1", outside: func(w *auditor.World) { more(w, "m3", auditor.Event{Type: "track", Name: "X", User: "u1"}, true) }},
		{name: "an event is invented", invariant: "I1", outside: func(w *auditor.World) {
			w.Said = map[string]auditor.Event{"m2": w.Said["m2"]}
			w.Acked = w.Said
		}},
		{name: "an event has another name", invariant: "I1", sql: "UPDATE events SET name = 'Left' WHERE message_id = 'm1'"},
		{name: "an event was never applied", invariant: "I2", sql: "UPDATE events SET routed_at = NULL WHERE message_id = 'm1'"},
		{name: "an event was counted twice", invariant: "I2", sql: "UPDATE customer_metrics SET events_count = 3"},
		{name: "an order was counted twice", invariant: "I2", sql: "UPDATE customer_metrics SET orders_value = 2500"},
		{name: "a run that should be is not", invariant: "I9", sql: "DELETE FROM runs"},
		{name: "a customer walks twice", invariant: "I9", sql: "INSERT INTO runs SELECT X'00000000000000000000000000000031', workspace_id, journey_id, version_id, customer_id, entry_key, entry_event_id, state, outcome, step_id, step_since, wake_at, machine, machine_seq, context_revision, goal_at, control, partition_no, started_at, ended_at, checked_at, waiting FROM runs"},
		{name: "a run is open", invariant: "I24", sql: "UPDATE runs SET state = 'open'"},
		{name: "a step was skipped", invariant: "I2", sql: "DELETE FROM step_visits"},
		{name: "a letter has no row", invariant: "I3", sql: "DELETE FROM sends"},
		{name: "a logical send has two rows", invariant: "I3", sql: "INSERT INTO sends (id, workspace_id, send_key, run_id, step_id, visit, customer_id, channel, class, purpose, state, planned_at) SELECT X'00000000000000000000000000000041', 7, 'other', run_id, step_id, visit, customer_id, channel, class, purpose, 'skipped', 1 FROM sends"},
		{name: "a send has no outcome", invariant: "I3", sql: "UPDATE sends SET state = 'deferred'"},
		{name: "a send is stuck", invariant: "I5", sql: "UPDATE sends SET state = 'claimed', lease_until = 1"},
		{name: "accepted by nobody", invariant: "I3", outside: func(w *auditor.World) { w.Mails = nil }},
		{name: "an answer was lost, the mail is there", sql: "UPDATE sends SET state = 'unknown'"},
		{name: "an answer was lost, the mail is not there", sql: "UPDATE sends SET state = 'unknown'", outside: func(w *auditor.World) { w.Mails = nil }},
		{name: "skipped, and mailed", invariant: "I3", sql: "UPDATE sends SET state = 'skipped'"},
		{name: "a second copy", invariant: "I7", outside: func(w *auditor.World) { w.Mails = append(w.Mails, w.Mails[0]) }},
		{name: "a second copy of a service letter", invariant: "I7", outside: func(w *auditor.World) {
			w.Mails = append(w.Mails, w.Mails[0])
			w.Letters = map[string]auditor.Letter{"hello": {Subject: "Hello"}}
		}},
		{name: "a second copy of a service letter after a lost answer", sql: "UPDATE sends SET unknowns = 1", outside: func(w *auditor.World) {
			w.Mails = append(w.Mails, w.Mails[0])
			w.Letters = map[string]auditor.Letter{"hello": {Subject: "Hello"}}
		}},
		{name: "and it is another message", invariant: "I7", sql: "UPDATE sends SET unknowns = 1", outside: func(w *auditor.World) {
			w.Mails = append(w.Mails, auditor.Mail{To: "ann@example.com", Subject: "Hello", MessageID: "<2@x>", Body: "b"})
			w.Letters = map[string]auditor.Letter{"hello": {Subject: "Hello"}}
		}},
		{name: "a letter that the ledger does not know", invariant: "I7", outside: func(w *auditor.World) {
			w.Mails = append(w.Mails, auditor.Mail{To: "bob@example.com", Subject: "Hello"})
		}},
		{name: "a run without a workflow", invariant: "I4", outside: func(w *auditor.World) { w.Workflows = nil }},
		{name: "a workflow that outlives its run", invariant: "I4", outside: func(w *auditor.World) { w.Workflows[0].Open = true }},
		{name: "an unsubscribe that is not in the ledger", invariant: "I12", outside: func(w *auditor.World) { w.Withdrawn["ann@example.com"] = time.Unix(200, 0) }},
		{name: "mailed after the unsubscribe", invariant: "I12", sql: "UPDATE permissions SET state = 'withdrawn'", outside: func(w *auditor.World) { w.Withdrawn["ann@example.com"] = time.Unix(50, 0) }},
		{name: "a permission that the ledger does not give", invariant: "I19", sql: "UPDATE consents SET state = 'withdrawn'"},
		{name: "an event is left", invariant: "I6", sql: "INSERT INTO outbox (workspace_id, partition_no, grp, event_id, created_at) VALUES (7, 0, X'02', X'10', 1)"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := dbtest.SQLite(t).SQL()
			w := small(t, db)
			if c.sql != "" {
				if _, err := db.Exec(c.sql); err != nil {
					t.Fatal(err)
				}
			}
			if c.outside != nil {
				c.outside(&w)
			}
			findings, err := auditor.Check(context.Background(), db, w)
			if err != nil {
				t.Fatal(err)
			}
			if c.invariant == "" {
				if len(findings) > 0 {
					t.Errorf("nothing is wrong, and the auditor says %q", findings)
				}
				return
			}
			if !slices.ContainsFunc(findings, func(f string) bool { return strings.HasPrefix(f, c.invariant+":") }) {
				t.Errorf("want a finding of %s, got %q", c.invariant, findings)
			}
		})
	}
}
