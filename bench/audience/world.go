package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"sojourn/audience"
	"sojourn/audience/sqlgen"
	"sojourn/ids"
	"sojourn/storage/sqlstore"
)

const workspace = 1

func customerID(i int) (id ids.ID) {
	id[0], id[6], id[8] = 1, 0x70, 0x80
	binary.BigEndian.PutUint32(id[12:], uint32(i))
	return id
}

// question is a condition and how an expert would ask it.
type question struct {
	name      string
	condition audience.Condition
	sql       map[sqlgen.Dialect]string // ? in order of args
	args      []any
}

func (q question) expert(d sqlgen.Dialect) (string, []any) { return q.sql[d], q.args }

func both(sql string) map[sqlgen.Dialect]string {
	return map[sqlgen.Dialect]string{sqlgen.SQLite: sql, sqlgen.MySQL: sql}
}

var (
	monthAgo   = now.AddDate(0, 0, -30).UnixMicro()
	halfAgo    = now.AddDate(0, -6, 0).UnixMicro()
	live       = "c.workspace_id = 1 AND c.erased_at IS NULL AND c.merged_into IS NULL"
	lastMonth  = audience.Condition{Event: "Product Viewed", Within: "P30D"}
	longViewed = audience.Condition{Event: "Product Viewed", Within: "P30D", Where: &audience.Condition{Property: "seconds", Op: audience.Gt, Value: 20}}
)

var questions = []question{
	{
		"orders and value", audience.Condition{And: []audience.Condition{{Metric: "orders_count", Op: audience.Gte, Value: 2}, {Metric: "orders_value", Op: audience.Gt, Value: 5000}}},
		both("SELECT COUNT(*) FROM customer_metrics m JOIN customers c ON c.id = m.customer_id WHERE " + live + " AND m.orders_count >= 2 AND m.orders_value > 5000"), nil,
	},
	{
		"win-back due", audience.Condition{And: []audience.Condition{{Metric: "winback_due_at", Op: audience.Lte, Value: map[string]any{"now": "P0D"}}, {Metric: "p_order", Op: audience.Gte, Value: 0.9}}},
		both("SELECT COUNT(*) FROM customer_metrics m JOIN customers c ON c.id = m.customer_id WHERE " + live + " AND m.workspace_id = 1 AND m.winback_due_at <= ? AND m.p_order >= 0.9"), []any{now.UnixMicro()},
	},
	{
		"an attribute", audience.Condition{Attribute: "attributes.plan", Op: audience.Eq, Value: "gold"},
		map[sqlgen.Dialect]string{
			sqlgen.SQLite: "SELECT COUNT(*) FROM customers c WHERE " + live + " AND json_extract(c.attributes, '$.plan') = 'gold'",
			sqlgen.MySQL:  "SELECT COUNT(*) FROM customers c WHERE " + live + " AND JSON_VALUE(c.attributes, '$.plan') = 'gold'",
		}, nil,
	},
	{
		"viewed in 30 days", lastMonth,
		both("SELECT COUNT(*) FROM customers c WHERE " + live + " AND EXISTS (SELECT 1 FROM events e WHERE e.customer_id = c.id AND e.name = 'Product Viewed' AND e.occurred_at >= ?)"), []any{monthAgo},
	},
	{
		"viewed three times in 30 days", audience.Condition{Event: "Product Viewed", Within: "P30D", Op: audience.Gte, Value: 3},
		both("SELECT COUNT(*) FROM customers c WHERE " + live + " AND (SELECT COUNT(*) FROM events e WHERE e.customer_id = c.id AND e.name = 'Product Viewed' AND e.occurred_at >= ?) >= 3"), []any{monthAgo},
	},
	{
		"no order in 6 months, viewed longer than 20 s", audience.Condition{And: []audience.Condition{{Not: &audience.Condition{Metric: "last_order_at", Op: audience.Gte, Value: map[string]any{"now": "-P6M"}}}, longViewed}},
		map[sqlgen.Dialect]string{
			sqlgen.SQLite: "SELECT COUNT(*) FROM customers c LEFT JOIN customer_metrics m ON m.customer_id = c.id WHERE " + live + " AND (m.last_order_at IS NULL OR m.last_order_at < ?) AND EXISTS (SELECT 1 FROM events e WHERE e.customer_id = c.id AND e.name = 'Product Viewed' AND e.occurred_at >= ? AND json_extract(e.data, '$.seconds') > 20)",
			sqlgen.MySQL:  "SELECT COUNT(*) FROM customers c LEFT JOIN customer_metrics m ON m.customer_id = c.id WHERE " + live + " AND (m.last_order_at IS NULL OR m.last_order_at < ?) AND EXISTS (SELECT 1 FROM events e WHERE e.customer_id = c.id AND e.name = 'Product Viewed' AND e.occurred_at >= ? AND JSON_VALUE(e.data, '$.seconds') > 20)",
		}, []any{halfAgo, monthAgo},
	},
}

// fill migrates the database and writes customers, metrics and events.
func fill(ctx context.Context, s *sqlstore.Store, customers, perCustomer int) error {
	if _, err := s.Migrate(ctx); err != nil {
		return err
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	if _, err := s.SQL().ExecContext(ctx, "INSERT INTO workspaces (id, workspace_key, name, timezone, currency, locale, settings, created_at) VALUES (1, 'bench', 'bench', 'UTC', 'EUR', 'en', '{}', 0)"); err != nil {
		return err
	}
	people := table{"customers (id, workspace_id, attributes, grp, created_at, updated_at)", nil}
	metrics := table{"customer_metrics (customer_id, workspace_id, orders_count, orders_value, last_order_at, winback_due_at, p_order, updated_at)", nil}
	events := table{"events (id, workspace_id, source_id, message_id, content_hash, type, name, customer_id, data, context, occurred_at, received_at, routed_at)", nil}
	flush := func() error {
		tx, err := s.SQL().BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }()
		for _, t := range []*table{&people, &metrics, &events} {
			if len(t.rows) == 0 {
				continue
			}
			one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(t.rows[0])), ",") + ")"
			for len(t.rows) > 0 {
				n := min(len(t.rows), 1000)
				var args []any
				for _, r := range t.rows[:n] {
					args = append(args, r...)
				}
				if _, err := tx.ExecContext(ctx, "INSERT INTO "+t.into+" VALUES "+strings.TrimSuffix(strings.Repeat(one+",", n), ","), args...); err != nil {
					return err
				}
				t.rows = t.rows[n:]
			}
			t.rows = nil
		}
		return tx.Commit()
	}
	plans := []string{"gold", "silver", "bronze", "none"}
	hash := make([]byte, 32)
	for i := range customers {
		id := customerID(i)
		people.add(id, workspace, fmt.Sprintf(`{"plan":%q,"city":"Gent","score":%d}`, plans[rnd.IntN(4)], rnd.IntN(100)), id, 0, 0)
		orders := rnd.IntN(6)
		var last, due any
		if orders > 0 {
			at := now.Add(-time.Duration(rnd.IntN(400*24)) * time.Hour)
			last, due = at.UnixMicro(), at.AddDate(0, 0, 60).UnixMicro()
		}
		metrics.add(id, workspace, orders, orders*rnd.IntN(4000), last, due, rnd.Float64(), 0)
		for range rnd.IntN(2*perCustomer + 1) {
			name := "Product Viewed"
			if rnd.IntN(3) == 0 {
				name = "page"
			}
			e := ids.New()
			at := now.Add(-time.Duration(rnd.IntN(365*24*60)) * time.Minute).UnixMicro()
			events.add(e, workspace, "bench", e.String(), hash, "track", name, id, fmt.Sprintf(`{"seconds":%d,"sku":"s-%d"}`, rnd.IntN(60), rnd.IntN(1000)), "{}", at, at, at)
		}
		if len(events.rows) > 20000 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	for _, t := range []string{"customers", "customer_metrics", "events"} {
		analyse := "ANALYZE " + t
		if s.Dialect() == sqlstore.MySQL {
			analyse = "ANALYZE TABLE " + t
		}
		if _, err := s.SQL().ExecContext(ctx, analyse); err != nil {
			return err
		}
	}
	return nil
}

type table struct {
	into string
	rows [][]any
}

func (t *table) add(values ...any) { t.rows = append(t.rows, values) }
