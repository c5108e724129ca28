package sqlgen

import "sojourn/audience"

// event compares an aggregate over the customer's events. The index events_customer (customer_id, name, occurred_at)
// answers each of these subqueries. They don't name the workspace again: c.workspace_id is fixed by the outer query, and
// reading it from the event would leave the index.
//
// The comparison stands inside the subquery, never as (SELECT …) = 5: see the package comment on MariaDB.
func (g gen) event(e *audience.Expr, op audience.Op) frag {
	rows := g.rows(e)
	prop := source{}
	if e.Of != nil {
		prop = g.json("e.data", e.Of)
	}
	numeric := func() frag { return cat("CASE WHEN ", g.isNumber(prop), " THEN ", prop.num, " END") }
	var x frag
	tail := ")"
	switch e.Agg {
	case audience.Count:
		if f, ok := existence(op, e.Values, rows); ok {
			return f
		}
		x = lit("COUNT(*)")
	case audience.Sum:
		x = cat("ROUND(COALESCE(SUM(", numeric(), "), 0), 6)")
	case audience.Min:
		x = cat("MIN(", numeric(), ")")
	case audience.Max:
		x = cat("MAX(", numeric(), ")")
	case audience.Distinct:
		x = cat("COUNT(DISTINCT ", numeric(), ") + COUNT(DISTINCT CASE WHEN ", g.isText(prop), " THEN ", prop.text,
			" END) + COUNT(DISTINCT CASE WHEN ", g.isBool(prop, true), " THEN 1 WHEN ", g.isBool(prop, false), " THEN 0 END)")
	case audience.First, audience.Last:
		tail = " ORDER BY e.occurred_at, e.id LIMIT 1)"
		if e.Agg == audience.Last {
			tail = " ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1)"
		}
		if e.Of == nil {
			return cat("(SELECT ", g.instant(lit("e.occurred_at"), op, e.Values), rows, tail)
		}
		return cat("(SELECT ", g.dynamic(prop, op, e.Values), rows, tail)
	}
	return cat("(SELECT ", number(x, op, e.Values), rows, tail)
}

// object counts the customer's objects of a type; the index objects_customer (customer_id, object_type) answers it.
func (g gen) object(e *audience.Expr, op audience.Op) frag {
	rows := raw(" FROM objects e WHERE e.customer_id = c.id AND e.object_type = ?", e.Name)
	if e.Where != nil {
		rows = cat(rows, " AND ", g.node(e.Where))
	}
	if f, ok := existence(op, e.Values, rows); ok {
		return f
	}
	return cat("(SELECT ", number(lit("COUNT(*)"), op, e.Values), rows, ")")
}

// existence answers the counts that need no counting.
func existence(op audience.Op, v []audience.Literal, rows frag) (frag, bool) {
	if len(v) != 1 {
		return frag{}, false
	}
	n := v[0].Number
	switch {
	case op == audience.Gte && n == 1, op == audience.Gt && n == 0:
		return cat("EXISTS (SELECT 1", rows, ")"), true
	case op == audience.Eq && n == 0, op == audience.Lt && n == 1, op == audience.Lte && n == 0:
		return cat("NOT EXISTS (SELECT 1", rows, ")"), true
	}
	return frag{}, false
}

// rows is FROM and WHERE of the events an aggregate looks at.
func (g gen) rows(e *audience.Expr) frag {
	until := g.now.UnixMicro()
	f := raw(" FROM events e WHERE e.customer_id = c.id AND e.name = ? AND e.occurred_at <= ?", e.Name, until)
	if e.Windowed {
		f = cat(f, " AND e.occurred_at >= ", arg(e.Within.Neg().From(g.now).UnixMicro()))
	}
	if e.Since != "" {
		f = cat(f, raw(" AND e.occurred_at > (SELECT MAX(s.occurred_at) FROM events s WHERE s.customer_id = c.id AND s.name = ? AND s.occurred_at <= ?)", e.Since, until))
	}
	if e.Where != nil {
		f = cat(f, " AND ", g.node(e.Where))
	}
	return f
}
