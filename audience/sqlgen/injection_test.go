package sqlgen_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"sojourn/audience"
	"sojourn/audience/sqlgen"
	"sojourn/fault"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

const attack = `x'; DROP TABLE customers; -- " \' OR '1'='1`

// Whatever a person writes is a parameter, or is refused.
func TestNothingWrittenByAPersonIsInTheSQL(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	any := func(v any) []any { return []any{v, v} }
	conditions := []audience.Condition{
		{Attribute: "attributes.plan", Op: audience.Eq, Value: attack},
		{Attribute: "attributes.plan", Op: audience.In, Value: any(attack)},
		{Attribute: "attributes.plan", Op: audience.Contains, Value: attack},
		{Attribute: "attributes.plan", Op: audience.Starts, Value: attack},
		{Attribute: "attributes.plan", Op: audience.Between, Value: any(attack)},
		{Attribute: "attributes.x'; DROP TABLE customers; --", Op: audience.Exists},
		{Attribute: "attributes.$[0]') OR (1=1", Op: audience.Exists},
		{Attribute: "email", Op: audience.Gt, Value: attack},
		{Consent: attack, Channel: attack},
		{Audience: attack},
		{Event: attack, Since: attack, Op: audience.Gte, Value: 2, Where: &audience.Condition{Property: "a' OR 1=1", Op: audience.Eq, Value: attack}},
		{Event: attack, Agg: audience.Last, Of: "b' OR 1=1", Op: audience.Eq, Value: attack},
	}
	for _, d := range []sqlgen.Dialect{sqlgen.SQLite, sqlgen.MySQL} {
		for _, c := range conditions {
			sql, args, err := sqlgen.Compile(c, d, 1, now)
			if err != nil {
				t.Errorf("%s: %v", d, err)
				continue
			}
			if strings.Contains(sql, "DROP") || strings.Contains(sql, "1=1") {
				t.Errorf("%s: the attack is in the text: %s", d, sql)
			}
			if strings.Count(sql, "?") != len(args) {
				t.Errorf("%s: %d marks, %d parameters: %s", d, strings.Count(sql, "?"), len(args), sql)
			}
		}
	}
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		for _, c := range conditions {
			sql, args, err := sqlgen.Compile(c, sqlgen.Dialect(s.Dialect()), 1, now)
			if err != nil {
				t.Fatal(err)
			}
			rows, err := s.SQL().QueryContext(context.Background(), sql, args...)
			if err != nil {
				t.Errorf("%v\n%s", err, sql)
				continue
			}
			_ = rows.Close()
		}
		if _, err := s.SQL().Exec("SELECT 1 FROM customers"); err != nil {
			t.Errorf("the customers are gone: %v", err)
		}
	})
}

func TestIdentifiersComeFromTheCatalogue(t *testing.T) {
	t.Parallel()
	for _, c := range []audience.Condition{
		{Attribute: "email; DROP TABLE customers", Op: audience.Exists},
		{Attribute: "grp", Op: audience.Exists},
		{Metric: "orders_count) OR (1=1", Op: audience.Exists},
		{Metric: "workspace_id", Op: audience.Eq, Value: 1},
		{Attribute: "email", Op: "= '' OR 1=1 --", Value: "x"},
		{Event: "A", Agg: "count(*)", Op: audience.Gt, Value: 0},
	} {
		if _, _, err := sqlgen.Compile(c, sqlgen.MySQL, 1, time.Now()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v was compiled (%v)", c, err)
		}
	}
}

func TestWhatIsAtHandIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []audience.Condition{
		{Property: "total", Op: audience.Exists},
		{Context: "room", Op: audience.Exists},
		{Result: "mail", Op: audience.Exists},
	} {
		_, _, err := sqlgen.Compile(c, sqlgen.SQLite, 1, time.Now())
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "at hand") {
			t.Errorf("%+v: %v", c, err)
		}
		if _, err := sqlgen.Build(audience.MustCheck(c, audience.ScopeAll), sqlgen.SQLite, 1, time.Now()); !fault.Is(err, fault.Invalid) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if _, _, err := sqlgen.Compile(audience.Condition{Audience: "x"}, "oracle", 1, time.Now()); !fault.Is(err, fault.Invalid) {
		t.Errorf("another dialect: %v", err)
	}
}

// A customer of another workspace is never selected, nor one who was erased or merged.
func TestOnlyLiveCustomersOfTheWorkspace(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		insert := func(workspace int64, extra string) {
			id := s.NewID()
			if _, err := s.SQL().Exec("INSERT INTO customers (id, workspace_id, attributes, grp, created_at, updated_at"+strings.SplitN(extra, "=", 2)[0]+") VALUES (?, ?, '{}', ?, 0, 0"+strings.SplitN(extra, "=", 2)[1]+")", id, workspace, id); err != nil {
				t.Fatal(err)
			}
		}
		insert(1, "=")
		insert(2, "=")
		insert(1, ", erased_at=, 5")
		insert(1, ", merged_into=, '0123456789abcdef'")
		for _, c := range []audience.Condition{
			{Metric: "orders_count", Op: audience.Eq, Value: 0},
			{Event: "Bought", Op: audience.Eq, Value: 0},
			{Or: []audience.Condition{{Attribute: "email", Op: audience.NotExists}, {Attribute: "email", Op: audience.Exists}}},
		} {
			sql, args, err := sqlgen.Compile(c, sqlgen.Dialect(s.Dialect()), 1, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			var n int
			if err := s.SQL().QueryRow("SELECT COUNT(*) FROM ("+sql+") x", args...).Scan(&n); err != nil || n != 1 {
				t.Errorf("%s: %d customers (%v), want 1", audience.Sentence(c), n, err)
			}
		}
	})
}
