package sqlgen

import (
	"time"

	"sojourn/audience"
	"sojourn/fault"
)

// Dialect is one of the two SQL languages. The values are those of sqlstore.Dialect.
type Dialect string

// The dialects.
const (
	SQLite Dialect = "sqlite"
	MySQL  Dialect = "mysql"
)

// Query is a compiled condition over the customers of one workspace. Customers are alias c; erased customers and those
// merged into another one are never in it.
type Query struct {
	from, where frag
}

// Compile gives a statement that selects the ids of all customers of a workspace for whom the condition holds at now,
// whose zone is the one days are counted in. A condition about an event or a run at hand is refused as Invalid.
func Compile(c audience.Condition, d Dialect, workspace int64, now time.Time) (string, []any, error) {
	e, err := audience.Checked(c, audience.ScopeAudience)
	if err != nil {
		return "", nil, err
	}
	q, err := Build(e, d, workspace, now)
	if err != nil {
		return "", nil, err
	}
	sql, args := q.Select("c.id", "")
	return sql, args, nil
}

// Build compiles a checked condition; nil means every customer.
func Build(e *audience.Expr, d Dialect, workspace int64, now time.Time) (Query, error) {
	if d != SQLite && d != MySQL {
		return Query{}, fault.New(fault.Invalid, "no SQL dialect %q", string(d))
	}
	g := gen{d: d, workspace: workspace, now: now}
	q := Query{from: lit("customers c"), where: raw("c.workspace_id = ? AND c.erased_at IS NULL AND c.merged_into IS NULL", workspace)}
	if e == nil {
		return q, nil
	}
	need := e.Needs()
	if need.AtHand || need.Run {
		return Query{}, fault.New(fault.Invalid, "a condition about the event or the run at hand can't be asked of a whole audience")
	}
	if need.Metrics {
		q.from = lit("customers c LEFT JOIN customer_metrics m ON m.customer_id = c.id AND m.workspace_id = c.workspace_id")
	}
	q.where = cat(q.where, " AND ", g.node(e))
	return q, nil
}

// Select gives a whole statement. columns and tail are constants of the caller; tail comes after the condition, for
// example " AND c.id > ? ORDER BY c.id LIMIT ?" with its parameters.
func (q Query) Select(columns, tail string, tailArgs ...any) (string, []any) {
	f := cat("SELECT "+columns+" FROM ", q.from, " WHERE ", q.where, raw(tail, tailArgs...))
	return f.sql, f.args
}

type gen struct {
	d         Dialect
	workspace int64
	now       time.Time
}

// node compiles a node; the result may be NULL, which counts as false.
func (g gen) node(e *audience.Expr) frag {
	switch e.Kind {
	case audience.KindAnd, audience.KindOr:
		word := " AND "
		if e.Kind == audience.KindOr {
			word = " OR "
		}
		list := make([]frag, len(e.Children))
		for i, c := range e.Children {
			list[i] = g.node(c)
		}
		return cat("(", joined(word, list), ")")
	case audience.KindNot:
		return not(g.node(e.Children[0]))
	}
	op, negated := positive(e.Op)
	f := g.leaf(e, op)
	if negated {
		return not(f)
	}
	return f
}

func not(f frag) frag { return cat("((", f, ") IS NOT TRUE)") }

// positive splits an operator into one that is false for absent values and whether it is turned around.
func positive(op audience.Op) (audience.Op, bool) {
	switch op {
	case audience.Neq:
		return audience.Eq, true
	case audience.Nin:
		return audience.In, true
	case audience.NotExists:
		return audience.Exists, true
	}
	return op, false
}

func (g gen) leaf(e *audience.Expr, op audience.Op) frag {
	switch e.Kind {
	case audience.KindField:
		return g.field(e, op)
	case audience.KindMetric:
		col := lit("m." + e.Field.Name)
		if e.Field.Counter {
			col = lit("COALESCE(m." + e.Field.Name + ", 0)")
		}
		if e.Type == audience.Instant {
			return g.instant(col, op, e.Values)
		}
		return number(col, op, e.Values)
	case audience.KindAttribute:
		return g.dynamic(g.json("c.attributes", e.Keys), op, e.Values)
	case audience.KindProperty:
		return g.dynamic(g.json("e.data", e.Keys), op, e.Values)
	case audience.KindConsent:
		return consent(e)
	case audience.KindMember:
		f := raw("EXISTS (SELECT 1 FROM audiences a JOIN audience_members am ON am.audience_id = a.id WHERE a.workspace_id = ? AND a.audience_key = ? AND am.customer_id = c.id)", g.workspace, e.Name)
		// leaf is asked for eq; whether neq turns it around is node's affair.
		if !e.Values[0].Bool {
			return not(f)
		}
		return f
	case audience.KindEvent:
		return g.event(e, op)
	case audience.KindObject:
		return g.object(e, op)
	}
	return lit(never)
}

// field compares one of the customer's own columns.
func (g gen) field(e *audience.Expr, op audience.Op) frag {
	col := lit("c." + e.Field.Name)
	switch e.Type {
	case audience.Boolean:
		return cat(col, " = ", arg(e.Values[0].Bool))
	case audience.Instant:
		return g.instant(col, op, e.Values)
	}
	src := source{text: col, plain: col}
	switch e.Field.ID {
	case audience.FieldLocale, audience.FieldTimezone, audience.FieldCountry:
		// These are '' when unknown, and VARCHAR on MySQL, where trailing spaces would not count.
		src.plain = cat("NULLIF(", col, ", '')")
		src.text = src.plain
		if g.d == MySQL {
			src.text = cat("CAST(", src.plain, " AS BINARY)")
		}
	}
	return g.dynamic(src, op, e.Values)
}

// number compares a numeric expression.
func number(x frag, op audience.Op, v []audience.Literal) frag {
	switch op {
	case audience.Exists:
		return cat(x, " IS NOT NULL")
	case audience.Between:
		return cat(x, " BETWEEN ", arg(v[0].Number), " AND ", arg(v[1].Number))
	case audience.In:
		list := make([]frag, len(v))
		for i := range v {
			list[i] = arg(v[i].Number)
		}
		return cat(x, " IN (", joined(", ", list), ")")
	}
	return cat(x, sign(op), arg(v[0].Number))
}

// consent asks for one of some states; no row is the state none.
func consent(e *audience.Expr) frag {
	const rows = "EXISTS (SELECT 1 FROM permissions p WHERE p.customer_id = c.id AND p.channel = ? AND p.purpose = ? AND p.workspace_id = c.workspace_id"
	var states []frag
	none := false
	for _, v := range e.Values {
		none = none || v.Text == "none"
		states = append(states, arg(v.Text))
	}
	f := cat(raw(rows, e.Channel, e.Name), " AND p.state IN (", joined(", ", states), "))")
	if none {
		return cat("(", f, " OR NOT ", raw(rows, e.Channel, e.Name), "))")
	}
	return f
}

func sign(op audience.Op) string {
	switch op {
	case audience.Gt:
		return " > "
	case audience.Gte:
		return " >= "
	case audience.Lt:
		return " < "
	case audience.Lte:
		return " <= "
	}
	return " = "
}

// instant compares a column of microseconds.
func (g gen) instant(col frag, op audience.Op, v []audience.Literal) frag {
	switch op {
	case audience.Exists:
		return cat(col, " IS NOT NULL")
	case audience.Between:
		return cat("(", g.instant(col, audience.Gte, v[:1]), " AND ", g.instant(col, audience.Lte, v[1:]), ")")
	case audience.Eq:
		return g.instant(col, audience.Between, []audience.Literal{v[0], v[0]})
	}
	if v[0].Kind == audience.Instant {
		return cat(col, sign(op), arg(v[0].InstantAt(g.now).UnixMicro()))
	}
	day := v[0].DayAt(g.now)
	zone := g.now.Location()
	switch op { // a day has begun at its start and is over at the start of the next one
	case audience.Gt:
		return cat(col, " >= ", arg(day.PlusDays(1).Start(zone).UnixMicro()))
	case audience.Gte:
		return cat(col, " >= ", arg(day.Start(zone).UnixMicro()))
	case audience.Lt:
		return cat(col, " < ", arg(day.Start(zone).UnixMicro()))
	}
	return cat(col, " < ", arg(day.PlusDays(1).Start(zone).UnixMicro()))
}
