package auditor

import (
	"database/sql"
	"fmt"
)

// acknowledged (I1): every acknowledged event is stored once, as it was said, and was applied; nothing is stored that
// nobody said.
func (a *audit) acknowledged() error {
	for id, said := range a.w.Acked {
		got := a.events[id]
		switch {
		case got.times == 0:
			a.say("I1", "event %s (%s) was acknowledged and is lost", id, said.Name)
		case got.times > 1:
			a.say("I1", "event %s is stored %d times", id, got.times)
		case got.user != said.User || got.kind != said.Type || said.Type == "track" && got.name != said.Name:
			a.say("I1", "event %s is stored as something else than was said: %s %s", id, got.kind, got.name)
		case !got.routed || !got.carried:
			a.say("I2", "event %s (%s) was acknowledged and never applied", id, said.Name)
		}
	}
	for id := range a.events {
		if _, said := a.w.Said[id]; !said {
			a.say("I1", "event %s is stored although nobody said it", id)
		}
	}
	return nil
}

// appliedOnce (I2): counters of the customer show every event once, and every order is there once.
func (a *audit) appliedOnce() error {
	type tally struct{ events, orders int64 }
	want := map[string]tally{}
	for _, e := range a.events {
		t := want[e.user]
		t.events++
		if e.kind == "track" && e.name == "Order Completed" {
			t.orders++
		}
		want[e.user] = t
	}
	seen := map[string]bool{}
	err := a.each(`SELECT COALESCE(c.external_id, ''), m.events_count, m.orders_count, m.orders_value,
		(SELECT COUNT(*) FROM orders o WHERE o.customer_id = c.id) FROM customers c LEFT JOIN customer_metrics m ON m.customer_id = c.id
		WHERE c.workspace_id = ? AND c.merged_into IS NULL`, func(rows *sql.Rows) error {
		var user string
		var events, orders, value, placed sql.NullInt64
		if err := rows.Scan(&user, &events, &orders, &value, &placed); err != nil {
			return err
		}
		if seen[user] {
			a.say("I2", "there are two customers %s", user)
		}
		seen[user] = true
		t := want[user]
		if events.Int64 != t.events || orders.Int64 != t.orders || placed.Int64 != t.orders || value.Int64 != t.orders*a.w.Price {
			a.say("I2", "customer %s: %d events, %d orders worth %d counted (%d order rows); said were %d events and %d orders worth %d",
				user, events.Int64, orders.Int64, value.Int64, placed.Int64, t.events, t.orders, t.orders*a.w.Price)
		}
		return nil
	})
	for user := range want {
		if !seen[user] {
			a.say("I2", "nobody is customer %s", user)
		}
	}
	return err
}

// entries (I2, I9): whoever said the event of a journey walks it once, and nobody else does. Every step that is due to
// him was left, and every letter of it has its row.
func (a *audit) entries() error {
	said := map[string]map[string]bool{} // user -> events stored
	for _, e := range a.events {
		if e.kind != "track" {
			continue
		}
		if said[e.user] == nil {
			said[e.user] = map[string]bool{}
		}
		said[e.user][e.name] = true
	}
	rows := map[string]int{} // run/step -> rows of the ledger
	for _, s := range a.sends {
		rows[s.run+"/"+s.step]++
	}
	walks := map[string][]*run{}
	for _, r := range a.runs {
		walks[r.user+"/"+r.journey] = append(walks[r.user+"/"+r.journey], r)
	}
	for _, j := range a.w.Journeys {
		for user, events := range said {
			mine := walks[user+"/"+j.Key]
			delete(walks, user+"/"+j.Key)
			switch {
			case !events[j.Entry] && len(mine) > 0:
				a.say("I2", "%s walks %s without having said %s", user, j.Key, j.Entry)
			case events[j.Entry] && len(mine) != 1:
				a.say("I9", "%s said %s and walks %s %d times", user, j.Entry, j.Key, len(mine))
			}
			for _, r := range mine {
				a.walked(j, r, events, rows)
			}
		}
	}
	for who := range walks {
		a.say("I2", "%s: a run of somebody unknown or of an unknown journey", who)
	}
	return nil
}

func (a *audit) walked(j Journey, r *run, events map[string]bool, rows map[string]int) {
	if r.state != "ended" {
		a.say("I24", "run %s of %s is %s", r.id, j.Key, r.state)
		return
	}
	due := append([]string(nil), j.Due...)
	for event, more := range j.After {
		if events[event] {
			due = append(due, more...)
		}
	}
	if r.outcome != "completed" {
		a.say("I2", "run %s of %s ended as %q", r.id, j.Key, r.outcome)
	}
	for _, step := range due {
		if !r.visited[fmt.Sprintf("%s/1", step)] {
			a.say("I2", "run %s of %s never left its step %s", r.id, j.Key, step)
		}
		if _, sends := j.Sends[step]; sends && rows[r.id+"/"+step] != 1 {
			a.say("I3", "step %s of run %s has %d rows in the ledger, want 1", step, r.id, rows[r.id+"/"+step])
		}
	}
}

// workflows (I4): each run had a workflow and each workflow a run, and both are over.
func (a *audit) workflows() error {
	known := map[string]bool{}
	for _, f := range a.w.Workflows {
		known[f.Run] = true
		r := a.runs[f.Run]
		switch {
		case r == nil:
			a.say("I4", "there is a workflow of run %s, which does not exist", f.Run)
		case f.Open && r.state != "open":
			a.say("I4", "run %s has %s while its workflow is %s", f.Run, r.state, f.Status)
		}
	}
	for id := range a.runs {
		if !known[id] {
			a.say("I4", "run %s has no workflow", id)
		}
	}
	return nil
}

// drained (I6): nothing waits any more, and nothing was put aside.
func (a *audit) drained() error {
	for _, table := range []string{"outbox", "dispatches"} {
		if err := a.each("SELECT COUNT(*) FROM "+table+" WHERE workspace_id = ?", func(rows *sql.Rows) error {
			var n int
			if err := rows.Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				a.say("I6", "%d rows are left in %s", n, table)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}
