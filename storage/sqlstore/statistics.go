package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"sojourn/fault"
)

// SQLite knows nothing of how our rows lie until it is told, and then takes every index for as good as any other with the
// same number of columns: asked for a customer's sends in a workspace it walked through all sends of the workspace.
// Counting (ANALYZE) would have to be done again and again, and on an empty database says nothing. So we declare what is
// true of every installation that is worth a thought: one workspace holds most of a large table, a state or a journey
// many rows, a customer or a run few. MySQL looks into its indexes by itself.

// manyRows is the size of the large tables that the declaration speaks of.
const manyRows = 1_000_000

// largeTables are those that grow with people and events.
var largeTables = []string{"customers", "identities", "events", "orders", "customer_metrics", "objects", "consents", "permissions", "contact_points", "runs", "run_events", "step_visits",
	"conversions", "decisions", "sends", "send_contents", "inbox_messages", "engagement", "audience_members", "entry_guards", "tasks", "offer_claims", "audit_log", "repairs"}

// shares are how many rows with equal values one value of a column leaves, as a divisor; any other column is nearly a key.
var shares = map[string]int{"workspace_id": 1, "state": 2, "status": 4, "kind": 4, "outcome": 4, "reason": 4, "channel": 4, "class": 2, "purpose": 4, "exit_name": 4, "next_step_id": 4, "control": 2,
	"object_type": 4, "step_id": 10, "name": 20, "journey_id": 10, "version_id": 20, "audience_id": 10, "offer_id": 10, "issue_id": 20}

const keyShare = manyRows / 8 // about eight rows per customer, run or moment

// declareStatistics writes sqlite_stat1 for the indexes that are there now. Other connections read it with the schema.
func (s *Store) declareStatistics(ctx context.Context) error {
	if s.dialect != SQLite {
		return nil
	}
	conn, err := s.SQL().Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = conn.Close() }()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return translate(err)
	}
	defer func() { _ = tx.Rollback() }()
	if err := declare(ctx, tx); err != nil {
		return fmt.Errorf("declare the statistics of indexes: %w", translate(err))
	}
	if err := tx.Commit(); err != nil {
		return translate(err)
	}
	_, err = conn.ExecContext(ctx, "ANALYZE sqlite_schema") // this connection has read the schema already
	return translate(err)
}

func declare(ctx context.Context, tx *sql.Tx) error {
	var have bool
	if err := tx.QueryRowContext(ctx, "SELECT COUNT(*) > 0 FROM sqlite_master WHERE name = 'sqlite_stat1'").Scan(&have); err != nil {
		return err
	}
	if !have { // ANALYZE of the empty schema table makes sqlite_stat1 and counts nothing
		if _, err := tx.ExecContext(ctx, "ANALYZE sqlite_schema"); err != nil {
			return err
		}
	}
	var args []any
	for _, t := range largeTables {
		args = append(args, t)
	}
	type index struct {
		table, name string
		unique      bool
		columns     []string
	}
	var found []*index
	err := queryTx(ctx, tx, `SELECT m.name, l.name, l."unique", i.name FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
		WHERE m.type = 'table' AND m.name IN (`+paramList(len(args))+`) ORDER BY m.name, l.name, i.seqno`, args, func(rows *sql.Rows) error {
		var table, name, column string
		var unique bool
		if err := rows.Scan(&table, &name, &unique, &column); err != nil {
			return err
		}
		if len(found) == 0 || found[len(found)-1].name != name {
			found = append(found, &index{table: table, name: name, unique: unique})
		}
		at := found[len(found)-1]
		at.columns = append(at.columns, column)
		return nil
	})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.New(fault.Internal, "no indexes")
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM sqlite_stat1"); err != nil {
		return err
	}
	for _, x := range found {
		if _, err := tx.ExecContext(ctx, "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)", x.table, x.name, statistic(x.columns, x.unique)); err != nil {
			return err
		}
	}
	return nil
}

// statistic is a line of sqlite_stat1: the rows, and how many of them agree in the first column, in the first two…
func statistic(columns []string, unique bool) string {
	b := fmt.Appendf(nil, "%d", manyRows)
	equal := manyRows
	for i, c := range columns {
		share, known := shares[c]
		if !known {
			share = keyShare
		}
		equal = max(2, equal/share)
		if unique && i == len(columns)-1 {
			equal = 1
		}
		b = fmt.Appendf(b, " %d", equal)
	}
	return string(b) + " noskipscan" // jumping from value to value is for tables with few of them
}
