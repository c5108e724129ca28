package harness

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// unfinished is what a world still has to do: events to route, calls owed to Temporal, messages under way, open runs.
var unfinished = []struct{ what, query string }{
	{"events to route", "SELECT COUNT(*) FROM outbox"},
	{"calls owed to Temporal", "SELECT COUNT(*) FROM dispatches"},
	{"messages under way", "SELECT COUNT(*) FROM sends WHERE state IN ('planned', 'claimed', 'handing_over', 'deferred')"},
	{"open runs", "SELECT COUNT(*) FROM runs WHERE state = 'open'"},
}

// Quiet says what is left to do; nil when the world has come to rest.
func (w *World) Quiet(ctx context.Context) error {
	var left []string
	for _, u := range unfinished {
		var n int
		if err := w.Store.SQL().QueryRowContext(ctx, u.query).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			left = append(left, fmt.Sprintf("%d %s", n, u.what))
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("there are %s", strings.Join(left, ", "))
	}
	return nil
}

// SettleWithin is how long a world may take to come to rest after its last fault: the lease, the time after which a
// sweep mends what nobody drives, and Temporal's ten seconds for a lost workflow task.
const SettleWithin = Lease + 60*time.Second

// Settle waits until the world has come to rest, and fails the test with what is left.
func (w *World) Settle(ctx context.Context) {
	w.t.Helper()
	if err := Until(SettleWithin, func() error { return w.Quiet(ctx) }); err != nil {
		w.t.Fatalf("world %s did not come to rest within %s: %v\n%s", w.Name, SettleWithin, err, w.describe(ctx))
	}
}

// describe lists open sends and runs for a message about a failure; ids and states only.
func (w *World) describe(ctx context.Context) string {
	var b strings.Builder
	for _, q := range []string{
		"SELECT 'send', HEX(id), step_id, state, reason, attempts FROM sends WHERE state IN ('planned', 'claimed', 'handing_over', 'deferred') LIMIT 10",
		"SELECT 'run', HEX(id), step_id, state, outcome, machine_seq FROM runs WHERE state = 'open' LIMIT 10",
		"SELECT 'outbox', HEX(event_id), partition_no, attempts, last_error, id FROM outbox LIMIT 10",
		"SELECT 'dispatch', HEX(run_id), kind, attempts, last_error, id FROM dispatches LIMIT 10",
	} {
		rows, err := w.Store.SQL().QueryContext(ctx, q)
		if err != nil {
			fmt.Fprintf(&b, "%v\n", err)
			continue
		}
		for rows.Next() {
			f := make([]string, 6)
			if err := rows.Scan(&f[0], &f[1], &f[2], &f[3], &f[4], &f[5]); err != nil {
				fmt.Fprintf(&b, "%v\n", err)
				break
			}
			fmt.Fprintln(&b, strings.Join(f, " "))
		}
		if err := rows.Err(); err != nil {
			fmt.Fprintln(&b, err)
		}
		rows.Close()
	}
	return b.String()
}
