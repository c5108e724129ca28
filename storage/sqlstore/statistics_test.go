package sqlstore_test

import (
	"context"
	"strings"
	"testing"

	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// What is asked about one person, run or journey is found by its own index, not by walking through the workspace. This
// must hold of an empty database already: that is when statements are prepared.
func TestSQLiteFindsOnePersonByTheirOwnIndex(t *testing.T) {
	t.Parallel()
	s := dbtest.SQLite(t)
	for query, want := range map[string]string{
		"SELECT state, handed_at FROM sends WHERE customer_id = ? AND workspace_id = ? AND id <> ? AND (state IN (?, ?) OR (state IN (?, ?, ?) AND handed_at >= ?))": "sends_customer",
		"SELECT state FROM sends WHERE workspace_id = ? AND (state IN (?, ?) OR (state IN (?, ?) AND handed_at >= ?)) AND customer_id IN (?, ?, ?)":                  "sends_customer",
		"SELECT x.* FROM sends x WHERE x.workspace_id = ? AND x.customer_id = ? ORDER BY x.planned_at DESC, x.id DESC LIMIT ?":                                       "sends_customer",
		"SELECT x.* FROM orders x WHERE x.workspace_id = ? AND x.customer_id = ? ORDER BY x.placed_at DESC, x.id DESC LIMIT ?":                                       "orders_customer",
		"SELECT x.* FROM runs x WHERE x.workspace_id = ? AND x.customer_id = ? ORDER BY x.started_at DESC, x.id DESC LIMIT ?":                                        "runs_customer",
		"SELECT x.* FROM events x WHERE x.workspace_id = ? AND x.customer_id = ? ORDER BY x.occurred_at DESC, x.id DESC LIMIT ?":                                     "events_customer",
		"SELECT version_id, COUNT(*) FROM runs WHERE workspace_id = ? AND journey_id = ? AND state = ? GROUP BY version_id":                                          "runs_journey",
		"SELECT step_id, COUNT(*) FROM sends WHERE workspace_id = ? AND version_id IN (?, ?) GROUP BY step_id":                                                       "sends_version",
		"SELECT journey_id, COUNT(*) FROM sends WHERE workspace_id = ? AND planned_at >= ? AND state = ? GROUP BY journey_id":                                        "sends_time",
	} {
		if plan := planOf(t, s, query); !strings.Contains(plan, " INDEX "+want+" ") {
			t.Errorf("%s\nis answered by %s, want %s", query, plan, want)
		}
	}
	for query, want := range map[string]string{ // numbers and lists of a journey with very many runs: from the index alone, or along it
		"SELECT version_id, state, step_id, control, outcome, COUNT(*) AS count FROM runs WHERE version_id IN (?, ?) GROUP BY version_id, state, step_id, control, outcome":                                "COVERING INDEX runs_version",
		"SELECT s.step_id, COUNT(DISTINCT s.run_id) FROM sends s JOIN engagement e ON e.send_id = s.id AND e.hits > 0 WHERE s.version_id IN (?) AND s.state IN ('accepted') GROUP BY s.step_id":            "COVERING INDEX sends_version",
		"SELECT w.id FROM runs w WHERE w.journey_id = ? AND w.started_at <= ? AND (w.started_at < ? OR w.id < ?) ORDER BY w.started_at DESC, w.id DESC LIMIT ?":                                            "COVERING INDEX runs_newest",
		"SELECT d.id, d.at FROM decisions d WHERE d.journey_id = ? AND d.kind = 'entry' AND d.outcome = ? AND d.reason = ? AND d.at <= ? AND (d.at < ? OR d.id < ?) ORDER BY d.at DESC, d.id DESC LIMIT ?": "COVERING INDEX decisions_entry",
		"SELECT r.id FROM runs r WHERE r.workspace_id = ? AND r.journey_id = ? AND r.state = ? AND r.id > ? AND r.started_at + 0 <= ? ORDER BY r.id LIMIT ?":                                               "INDEX sqlite_autoindex_runs_1",
		"SELECT r.version_id, r.step_id, COUNT(*) FROM runs r WHERE r.version_id IN (SELECT v.id FROM journey_versions v WHERE v.workspace_id = ? AND v.journey_id = ?) AND r.state = ? GROUP BY 1, 2":     "COVERING INDEX runs_version",
		"SELECT r.id FROM journeys j CROSS JOIN runs r ON r.journey_id = j.id WHERE j.state = ? AND r.state = ? LIMIT ?":                                                                                   "INDEX runs_journey",
	} {
		if plan := planOf(t, s, query); !strings.Contains(plan, want+" ") || strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") || strings.Contains(plan, "SCAN runs") {
			t.Errorf("%s\nis answered by %s, want %s without sorting", query, plan, want)
		}
	}
	if again, err := s.Migrate(context.Background()); err != nil || len(again) != 0 {
		t.Errorf("migrating twice: applied %v, %v", again, err)
	}
}

func planOf(t *testing.T, s *sqlstore.Store, query string) string {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	rows, err := s.SQL().Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	return strings.Join(plan, "; ")
}
