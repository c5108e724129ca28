package auditor

import (
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
)

type storedEvent struct {
	times           int
	kind, name      string
	user            string
	routed, carried bool // it was applied; it has a customer
}

type run struct {
	id, journey, user, state, outcome string
	entry                             string // message id of the event that let in
	visited                           map[string]bool
}

type send struct {
	id, run, journey, step, state, reason, user, address, template string
	visit, unknowns                                                int
	lateMicros                                                     int64 // since its lease ended, by the database's clock
}

// read loads what several checks need.
func (a *audit) read() error {
	for _, load := range []func() error{a.readEvents, a.readRuns, a.readVisits, a.readSends} {
		if err := load(); err != nil {
			return err
		}
	}
	return nil
}

// each runs a SELECT over the workspace and hands every row to scan.
func (a *audit) each(query string, scan func(*sql.Rows) error) error {
	rows, err := a.db.QueryContext(a.ctx, query, a.w.Workspace)
	if err != nil {
		return fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
	}
	return rows.Err()
}

func (a *audit) readEvents() error {
	a.events = map[string]storedEvent{}
	return a.each("SELECT message_id, type, name, user_id, routed_at IS NOT NULL, customer_id IS NOT NULL FROM events WHERE workspace_id = ? AND source_id <> 'sojourn'", func(r *sql.Rows) error { // of its own it tells withdrawals
		var id string
		var e storedEvent
		if err := r.Scan(&id, &e.kind, &e.name, &e.user, &e.routed, &e.carried); err != nil {
			return err
		}
		e.times = a.events[id].times + 1
		a.events[id] = e
		return nil
	})
}

func (a *audit) readRuns() error {
	a.runs = map[string]*run{}
	return a.each(`SELECT r.id, j.journey_key, COALESCE(c.external_id, ''), r.state, r.outcome, COALESCE(e.message_id, '') FROM runs r
		JOIN journeys j ON j.id = r.journey_id JOIN customers c ON c.id = r.customer_id LEFT JOIN events e ON e.id = r.entry_event_id WHERE r.workspace_id = ?`, func(rows *sql.Rows) error {
		var id []byte
		r := &run{visited: map[string]bool{}}
		if err := rows.Scan(&id, &r.journey, &r.user, &r.state, &r.outcome, &r.entry); err != nil {
			return err
		}
		r.id = uuidText(id)
		a.runs[r.id] = r
		return nil
	})
}

func (a *audit) readVisits() error {
	return a.each("SELECT run_id, step_id, visit FROM step_visits WHERE workspace_id = ?", func(rows *sql.Rows) error {
		var id []byte
		var step string
		var visit int
		if err := rows.Scan(&id, &step, &visit); err != nil {
			return err
		}
		r := a.runs[uuidText(id)]
		if r == nil {
			a.say("I4", "a step was left by the run %s, which does not exist", uuidText(id))
			return nil
		}
		if key := fmt.Sprintf("%s/%d", step, visit); r.visited[key] {
			a.say("I2", "run %s left step %s twice", r.id, key)
		}
		r.visited[fmt.Sprintf("%s/%d", step, visit)] = true
		return nil
	})
}

func (a *audit) readSends() error {
	now := "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
	var version string
	if err := a.db.QueryRowContext(a.ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		now = "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"
	}
	return a.each(`SELECT s.id, s.run_id, COALESCE(j.journey_key, ''), s.step_id, s.visit, s.state, s.reason, s.unknowns, COALESCE(`+now+` - s.lease_until, 0),
		COALESCE(c.external_id, ''), COALESCE(p.address, ''), COALESCE(t.template_key, '')
		FROM sends s JOIN customers c ON c.id = s.customer_id LEFT JOIN journeys j ON j.id = s.journey_id LEFT JOIN contact_points p ON p.id = s.contact_point_id
		LEFT JOIN templates t ON t.id = s.template_id WHERE s.workspace_id = ?`, func(rows *sql.Rows) error {
		var id, runID []byte
		s := &send{}
		if err := rows.Scan(&id, &runID, &s.journey, &s.step, &s.visit, &s.state, &s.reason, &s.unknowns, &s.lateMicros, &s.user, &s.address, &s.template); err != nil {
			return err
		}
		s.id, s.run, s.address = uuidText(id), uuidText(runID), strings.ToLower(s.address)
		a.sends = append(a.sends, s)
		return nil
	})
}

// uuidText is the usual form of 16 bytes; "" for none.
func uuidText(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
