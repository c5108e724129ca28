package sqlstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

// Whatever the database: what is due and what has changed is found by an index, and nothing is sorted that is not small.
func TestDatesAreFoundByIndexes(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		ws := storagetest.AddWorkspace(t, s, "plans").ID
		now, journeyID := time.Now().UnixMicro(), s.NewID()
		tx, err := s.SQL().Begin()
		if err != nil {
			t.Fatal(err)
		}
		for block := range 10 {
			var people, objects, checks []string
			var a, b, c []any
			for i := range 300 {
				id := s.NewID()
				at := now - int64(block*300+i)*1e6*3600
				people, a = append(people, "(?, ?, ?, ?, ?, ?)"), append(a, id, ws, `{"renews_on":"2026-05-01"}`, id, at, at)
				objects, b = append(objects, "(?, ?, ?, 'booking', ?, '{}', '{}', 1, ?, ?, ?)"), append(b, id, ws, id, fmt.Sprint(block, "-", i), at, at, at)
				checks, c = append(checks, "(?, ?, ?, ?, '2026', ?, ?)"), append(c, journeyID, id.String(), ws, id, at+1e12, at+1e12)
			}
			for statement, args := range map[string][]any{
				"INSERT INTO customers (id, workspace_id, attributes, grp, created_at, updated_at) VALUES " + strings.Join(people, ","):                                                          a,
				"INSERT INTO objects (id, workspace_id, customer_id, object_type, object_key, data, stamps, revision, occurred_at, created_at, updated_at) VALUES " + strings.Join(objects, ","): b,
				"INSERT INTO date_checks (journey_id, entry_key, workspace_id, customer_id, occurrence, due_at, next_check) VALUES " + strings.Join(checks, ","):                                 c,
			} {
				if _, err := tx.Exec(statement, args...); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		mysql, objectsKey := strings.Contains(t.Name(), "mysql"), "sqlite_autoindex_objects_2"
		if mysql {
			objectsKey = "objects_key"
			if _, err := s.SQL().Exec("ANALYZE TABLE customers, objects, date_checks"); err != nil {
				t.Fatal(err)
			}
		}
		for rule, indexes := range map[journey.DateRef]map[string]string{
			{Attribute: "birthday"}:                {"due": "date_checks_next", "changed": "customers_updated", "everybody": "customers_created"},
			{Attribute: "renews_on"}:               {"due": "date_checks_next", "changed": "customers_updated", "everybody": "customers_created"},
			{Object: "booking", Field: "start"}:    {"due": "date_checks_next", "changed": "objects_updated", "everybody": objectsKey},
			{Attribute: "attributes.contract.end"}: {"due": "date_checks_next", "changed": "customers_updated", "everybody": "customers_created"},
		} {
			for name, statement := range sqlstore.DateStatements(journey.DateRule{DateRef: rule}) {
				plan := explain(t, s, mysql, fill(statement, name, ws, journeyID, now))
				if want := indexes[name]; want != "" && !strings.Contains(plan, want) {
					t.Errorf("%+v, %s is not found by %s:\n%s\n%s", rule, name, want, statement, plan)
				}
				if strings.Contains(plan, "TEMP B-TREE FOR ORDER BY") || strings.Contains(plan, "filesort") {
					t.Errorf("%+v: %s is sorted:\n%s\n%s", rule, name, statement, plan)
				}
			}
		}
	})
}

// fill writes values into a statement: what the optimiser of MariaDB does depends on them.
func fill(statement, name string, ws int64, journeyID ids.ID, now int64) string {
	hex := fmt.Sprintf("X'%x'", journeyID[:])
	var values []string
	switch name {
	case "due":
		values = []string{hex, fmt.Sprint(now), "200"}
	case "changed":
		at := fmt.Sprint(now - 600e6)
		values = []string{fmt.Sprint(ws), at, at, "X'00000000000000000000000000000000'"}
	default:
		at := fmt.Sprint(now - 500*3600e6)
		values = []string{fmt.Sprint(ws), at, at, "X'00000000000000000000000000000000'"}
		if strings.Contains(statement, "FROM objects") {
			values = []string{fmt.Sprint(ws), "'5'"}
		}
	}
	for _, v := range values {
		statement = strings.Replace(statement, "?", v, 1)
	}
	statement = strings.Replace(statement, "object_type = ?", "object_type = 'booking'", 1)
	statement = strings.Replace(statement, "LIKE ?", `LIKE '%"renews_on"%'`, 1)
	statement = strings.Replace(statement, "journey_id = ?", "journey_id = "+hex, 1)
	return strings.Replace(statement, "LIMIT ?", "LIMIT 500", 1)
}

func explain(t *testing.T, s *sqlstore.Store, mysql bool, statement string) string {
	t.Helper()
	verb := "EXPLAIN QUERY PLAN "
	if mysql {
		verb = "EXPLAIN FORMAT=JSON "
	}
	rows, err := s.SQL().Query(verb + statement)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		last := *cells[len(cells)-1].(*any)
		if b, ok := last.([]byte); ok {
			last = string(b)
		}
		fmt.Fprintln(&plan, last)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
