package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// The world: one workspace, one journey with nearly all runs in two versions (four in five have ended), one with a
// thousand, and for each run an event at the door, three steps behind it and one message.
const (
	workspace = 1
	small     = 1000
	perPerson = 5 // runs of one customer
	batch     = 500
)

var (
	now        = time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	steps      = []string{"greet", "wait", "ask", "listen", "remind", "last"}
	large, few = id(9, 1), id(9, 2)
	versions   = []ids.ID{id(8, 1), id(8, 2), id(8, 3)} // two of the large journey, one of the small one
	operation  = id(7, 1)
)

func id(kind byte, i int) (out ids.ID) {
	out[0], out[6], out[8] = kind, 0x70, 0x80
	binary.BigEndian.PutUint32(out[2:6], uint32(i))
	return out
}

type world struct {
	s    *sqlstore.Store
	runs int
}

// started spreads the runs over half a year, the newest last.
func (w *world) started(i int) int64 {
	return now.Add(-180*24*time.Hour + time.Duration(float64(180*24*time.Hour)*float64(i)/float64(w.runs))).UnixMicro()
}

func (w *world) fill(ctx context.Context) error {
	doc := journey.Document{Key: "large", Name: "Large", Purpose: "marketing", Entry: journey.Entry{Kind: journey.EntryEvent, Event: "Signed Up"}}
	for i, s := range steps {
		next := ""
		if i+1 < len(steps) {
			next = steps[i+1]
		}
		doc.Steps = append(doc.Steps, journey.Step{ID: s, Kind: journey.StepWait, Wait: &journey.WaitStep{For: "P1D"}, Next: next})
	}
	text, err := journey.Canonical(doc)
	if err != nil {
		return err
	}
	at := models.At(now.Add(-200 * 24 * time.Hour))
	err = w.s.Tx(ctx, func(tx *gorm.DB) error {
		rows := []any{
			&models.Workspace{ID: workspace, WorkspaceKey: "bench", Name: "Bench", Timezone: "Europe/Amsterdam", Currency: "EUR", Locale: "en", Settings: models.JSON("{}"), CreatedAt: at},
			&models.Journey{ID: large, WorkspaceID: workspace, JourneyKey: "large", Name: "Large", State: storage.JourneyPublished, LiveVersionID: versions[1], Draft: text, DraftRevision: 1, RolloutPercent: 100, CreatedAt: at, UpdatedAt: at},
			&models.Journey{ID: few, WorkspaceID: workspace, JourneyKey: "few", Name: "Few", State: storage.JourneyPublished, LiveVersionID: versions[2], Draft: text, DraftRevision: 1, RolloutPercent: 100, CreatedAt: at, UpdatedAt: at},
		}
		for i, v := range versions {
			j := large
			if i == 2 {
				j = few
			}
			rows = append(rows, &models.JourneyVersion{ID: v, WorkspaceID: workspace, JourneyID: j, Number: i + 1, Document: text, Hash: journey.Hash(doc), PublishedAt: at, PublishedBy: "x"})
		}
		for _, r := range rows {
			if err := tx.Create(r).Error; err != nil {
				return err
			}
		}
		return tx.Create(&models.Operation{ID: operation, WorkspaceID: workspace, JourneyID: large, Kind: "skip_wait", State: storage.OperationRunning, Filter: models.JSON("{}"), Mapping: models.JSON("{}"),
			PerSecond: 50, CreatedBy: "x", CreatedAt: models.At(now.Add(time.Hour))}).Error
	})
	if err != nil {
		return err
	}
	insert := w.inserter(ctx)
	people := w.runs/perPerson + small
	for i := range people {
		insert("customers (id, workspace_id, external_id, email, attributes, grp, created_at, updated_at)", id(1, i), workspace, fmt.Sprint("c", i), fmt.Sprintf("c%d@example.com", i), `{"first_name":"Ann","plan":"gold"}`, id(1, i), w.started(i), w.started(i))
	}
	for i := range w.runs + small {
		if err := w.run(insert, i); err != nil {
			return err
		}
	}
	return insert("")
}

// run writes one run with all that belongs to it.
func (w *world) run(insert func(string, ...any) error, i int) error {
	run, person, j, version := id(2, i), id(1, i/perPerson), large, versions[i*2/w.runs%2]
	at, state, outcome, step, ended, wake, visits := w.started(i), models.RunEnded, "completed", "", any(nil), any(nil), 5
	if i >= w.runs {
		person, j, version, at = id(1, w.runs/perPerson+i-w.runs), few, versions[2], w.started(i-w.runs)*1
	}
	if i%5 == 0 {
		visits = i / 5 % 5
		state, outcome, step, wake = models.RunOpen, "", steps[visits], now.UnixMicro()+int64(i%700)*3_600_000_000
	} else {
		ended = at + 5*86_400_000_000
	}
	if err := insert("runs (id, workspace_id, journey_id, version_id, customer_id, entry_key, state, outcome, step_id, step_since, wake_at, machine, machine_seq, control, partition_no, started_at, ended_at, checked_at)",
		run, workspace, j, version, person, run.String(), state, outcome, step, at, wake, `{"lv":2,"own":"0197c1d0-0000-7000-8000-000000000000","ph":"wait"}`, visits+1, 0, i%4, at, ended, at); err != nil {
		return err
	}
	for n := range min(visits, 3) {
		next := steps[n+1]
		if err := insert("step_visits (run_id, seq, workspace_id, version_id, step_id, visit, exit_name, next_step_id, entered_at, left_at)", run, n+1, workspace, version, steps[n], 1, "next", next, at+int64(n), at+int64(n)+1); err != nil {
			return err
		}
	}
	if err := insert("decisions (id, workspace_id, customer_id, run_id, journey_id, step_id, kind, outcome, reason, detail, at)", id(3, i), workspace, person, run, j, "", "entry", "entered", "event", "{}", at); err != nil {
		return err
	}
	if i%4 == 0 {
		if err := insert("decisions (id, workspace_id, customer_id, run_id, journey_id, step_id, kind, outcome, reason, detail, at)", id(4, i), workspace, person, nil, j, "", "entry", "not_entered", []string{"filtered", "open_run", "reentry_after"}[i/4%3], "{}", at+1); err != nil {
			return err
		}
	}
	if err := insert("sends (id, workspace_id, send_key, run_id, journey_id, version_id, step_id, visit, customer_id, channel, class, purpose, state, planned_at, handed_at, closed_at)", id(5, i), workspace, run.String(), run, j, version, "greet", 1, person,
		"email", "marketing", "marketing", []string{"accepted", "accepted", "accepted", "skipped"}[i%4], at+2, at+3, at+4); err != nil {
		return err
	}
	if i%3 == 0 {
		if err := insert("engagement (send_id, link_no, workspace_id, hits, first_at, last_at)", id(5, i), i%2, workspace, 1, at+5, at+5); err != nil {
			return err
		}
	}
	if i%20 == 0 {
		if err := insert("conversions (run_id, workspace_id, journey_id, version_id, customer_id, event_id, value_minor, currency, at)", run, workspace, j, version, person, id(6, i), 4995, "EUR", at+6); err != nil {
			return err
		}
	}
	return nil
}

// inserter gathers rows and writes them in batches, per table; an empty table writes what is left.
func (w *world) inserter(ctx context.Context) func(into string, values ...any) error {
	type table struct {
		marks string
		args  []any
		rows  int
	}
	tables := map[string]*table{}
	total := 0
	tx, err := w.s.SQL().BeginTx(ctx, nil)
	flush := func(into string, t *table) error {
		if t.rows == 0 {
			return nil
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO "+into+" VALUES "+strings.TrimSuffix(strings.Repeat(t.marks+",", t.rows), ","), t.args...)
		t.args, t.rows = t.args[:0], 0
		return err
	}
	return func(into string, values ...any) error {
		if err != nil {
			return err
		}
		if into == "" {
			for name, t := range tables {
				if err = flush(name, t); err != nil {
					return err
				}
			}
			err = tx.Commit()
			return err
		}
		t := tables[into]
		if t == nil {
			t = &table{marks: "(" + strings.TrimSuffix(strings.Repeat("?,", len(values)), ",") + ")"}
			tables[into] = t
		}
		t.args, t.rows = append(t.args, values...), t.rows+1
		if t.rows == batch {
			err = flush(into, t)
		}
		if total++; err == nil && total%200_000 == 0 {
			if err = tx.Commit(); err == nil {
				tx, err = w.s.SQL().BeginTx(ctx, nil)
			}
		}
		return err
	}
}
