package sqlgen

import (
	"strings"

	"sojourn/audience"
)

// source is a value whose type shows only when it is read: a JSON value, or a text column (typ is empty then).
type source struct {
	typ   frag // its JSON type; empty for a text column
	text  frag // compares byte by byte
	plain frag // the same as characters, for patterns
	num   frag
	list  func(element func(source) frag) frag // EXISTS over the elements; nil for a text column
}

// path is a JSON path; the checker refused every character that would need an escape.
func path(keys []string) string { return `$."` + strings.Join(keys, `"."`) + `"` }

// json reads a path of a JSON column.
func (g gen) json(col string, keys []string) source {
	p := arg(path(keys))
	if g.d == SQLite {
		x := cat("json_extract("+col+", ", p, ")")
		return source{
			typ: cat("json_type("+col+", ", p, ")"), text: x, plain: x, num: cat("CAST(", x, " AS REAL)"),
			list: func(el func(source) frag) frag {
				return cat("EXISTS (SELECT 1 FROM json_each("+col+", ", p, ") j WHERE ",
					el(source{typ: lit("j.type"), text: lit("j.value"), plain: lit("j.value"), num: lit("CAST(j.value AS REAL)")}), ")")
			},
		}
	}
	x := cat("JSON_EXTRACT("+col+", ", p, ")")
	s := mysqlSource(x)
	s.list = func(el func(source) frag) frag {
		return cat("EXISTS (SELECT 1 FROM JSON_TABLE(", x, ", '$[*]' COLUMNS (v JSON PATH '$')) j WHERE ", el(mysqlSource(lit("j.v"))), ")")
	}
	return s
}

func mysqlSource(x frag) source {
	plain := cat("JSON_UNQUOTE(", x, ")")
	return source{typ: cat("JSON_TYPE(", x, ")"), plain: plain, text: cat("CAST(", plain, " AS BINARY)"), num: cat("CAST(", plain, " AS DOUBLE)")}
}

func (g gen) isText(s source) frag {
	if s.typ.sql == "" {
		return cat(s.text, " IS NOT NULL")
	}
	if g.d == SQLite {
		return cat(s.typ, " = 'text'")
	}
	return cat(s.typ, " = 'STRING'")
}

func (g gen) isNumber(s source) frag {
	if s.typ.sql == "" {
		return lit(never)
	}
	if g.d == SQLite {
		return cat(s.typ, " IN ('integer', 'real')")
	}
	return cat(s.typ, " IN ('INTEGER', 'DOUBLE', 'UNSIGNED INTEGER', 'DECIMAL')")
}

func (g gen) isBool(s source, b bool) frag {
	switch {
	case s.typ.sql == "":
		return lit(never)
	case g.d == SQLite && b:
		return cat(s.typ, " = 'true'")
	case g.d == SQLite:
		return cat(s.typ, " = 'false'")
	case b:
		return cat("(", s.typ, " = 'BOOLEAN' AND ", s.plain, " = 'true')")
	}
	return cat("(", s.typ, " = 'BOOLEAN' AND ", s.plain, " = 'false')")
}

func (g gen) present(s source) frag {
	switch {
	case s.typ.sql == "":
		return cat(s.plain, " IS NOT NULL")
	case g.d == SQLite:
		return cat(s.typ, " <> 'null'")
	}
	return cat(s.typ, " <> 'NULL'")
}

// mistakable reports whether the unquoted text of a JSON value that is no text could equal s.
func (g gen) mistakable(s string) bool {
	if s == "" {
		return false
	}
	if g.d == SQLite { // only lists and objects come as text
		return s[0] == '{' || s[0] == '['
	}
	return strings.ContainsRune("{[-0123456789", rune(s[0])) || s == "true" || s == "false" || s == "null"
}

// dynamic compares a source; op is positive.
func (g gen) dynamic(s source, op audience.Op, v []audience.Literal) frag {
	switch op {
	case audience.Exists:
		return g.present(s)
	case audience.Eq:
		return g.equal(s, v[0])
	case audience.In:
		return g.in(s, v)
	case audience.Between:
		return cat("(", g.ordered(s, audience.Gte, v[0]), " AND ", g.ordered(s, audience.Lte, v[1]), ")")
	case audience.Contains:
		var list []frag
		if v[0].Kind == audience.Text {
			list = append(list, cat("(", g.isText(s), " AND INSTR(", s.text, ", ", arg(v[0].Text), ") > 0)"))
		}
		if s.list != nil {
			isList := cat(s.typ, " = 'ARRAY'")
			if g.d == SQLite {
				isList = cat(s.typ, " = 'array'")
			}
			list = append(list, cat("(", isList, " AND ", s.list(func(el source) frag { return g.equal(el, v[0]) }), ")"))
		}
		return cat("(", joined(" OR ", list), ")")
	case audience.Starts:
		if g.d == SQLite {
			return cat("(", g.isText(s), " AND substr(", s.text, ", 1, length(", arg(v[0].Text), ")) = ", arg(v[0].Text), ")")
		}
		return cat("(", g.isText(s), " AND LEFT(", s.text, ", ", arg(len(v[0].Text)), ") = ", arg(v[0].Text), ")")
	case audience.Anniversary:
		own, leap := audience.DayOf(g.now).PlusDays(int(v[0].Number)).Anniversaries()
		return cat("(", g.day(s), " AND SUBSTR(", s.text, ", 6) IN (", arg(string(own[:])), ", ", arg(string(leap[:])), "))")
	}
	return g.ordered(s, op, v[0])
}

func (g gen) equal(s source, l audience.Literal) frag {
	switch l.Kind {
	case audience.Text:
		f := cat(s.text, " = ", arg(l.Text))
		if s.typ.sql != "" && g.mistakable(l.Text) {
			return cat("(", g.isText(s), " AND ", f, ")")
		}
		return f
	case audience.Number:
		return cat("(", g.isNumber(s), " AND ", s.num, " = ", arg(l.Number), ")")
	case audience.Boolean:
		return g.isBool(s, l.Bool)
	}
	return cat("(", g.ordered(s, audience.Gte, l), " AND ", g.ordered(s, audience.Lte, l), ")")
}

// in groups texts and numbers, so that a long list is one search.
func (g gen) in(s source, v []audience.Literal) frag {
	var texts, odd, numbers, list []frag
	for _, l := range v {
		switch {
		case l.Kind == audience.Number:
			numbers = append(numbers, arg(l.Number))
		case l.Kind == audience.Text && s.typ.sql != "" && g.mistakable(l.Text):
			odd = append(odd, arg(l.Text))
		case l.Kind == audience.Text:
			texts = append(texts, arg(l.Text))
		default:
			list = append(list, g.equal(s, l))
		}
	}
	if len(texts) > 0 {
		list = append(list, cat(s.text, " IN (", joined(", ", texts), ")"))
	}
	if len(odd) > 0 {
		list = append(list, cat("(", g.isText(s), " AND ", s.text, " IN (", joined(", ", odd), "))"))
	}
	if len(numbers) > 0 {
		list = append(list, cat("(", g.isNumber(s), " AND ", s.num, " IN (", joined(", ", numbers), "))"))
	}
	return cat("(", joined(" OR ", list), ")")
}

// ordered compares with gt, gte, lt or lte.
func (g gen) ordered(s source, op audience.Op, l audience.Literal) frag {
	switch l.Kind {
	case audience.Text:
		return cat("(", g.isText(s), " AND ", s.text, sign(op), arg(l.Text), ")")
	case audience.Number:
		if s.typ.sql == "" {
			return lit(never)
		}
		return cat("(", g.isNumber(s), " AND ", s.num, sign(op), arg(l.Number), ")")
	}
	second := func(op audience.Op, t [19]byte) frag {
		return cat("(", g.second(s), " AND SUBSTR(", s.text, ", 1, 19)", sign(op), arg(string(t[:])), ")")
	}
	day := l.DayAt(g.now)
	byDay := cat("(", g.day(s), " AND ", s.text, sign(op), arg(day.String()), ")")
	var bySecond frag
	zone := g.now.Location()
	switch {
	case l.Kind == audience.Instant:
		bySecond = second(op, audience.InstantText(l.InstantAt(g.now)))
	case op == audience.Gt:
		bySecond = second(audience.Gte, audience.InstantText(day.PlusDays(1).Start(zone)))
	case op == audience.Gte:
		bySecond = second(audience.Gte, audience.InstantText(day.Start(zone)))
	case op == audience.Lt:
		bySecond = second(audience.Lt, audience.InstantText(day.Start(zone)))
	default:
		bySecond = second(audience.Lt, audience.InstantText(day.PlusDays(1).Start(zone)))
	}
	return cat("(", byDay, " OR ", bySecond, ")")
}

const (
	globDay    = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
	globSecond = globDay + "T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
	rxDay      = "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
	rxSecond   = rxDay + "T[0-9]{2}:[0-9]{2}:[0-9]{2}"
)

// day holds for texts shaped like 2026-01-31. The end is not left to a pattern: $ also matches before a line feed.
func (g gen) day(s source) frag {
	if g.d == SQLite {
		return cat("(", g.isText(s), " AND ", s.plain, " GLOB '"+globDay+"')")
	}
	return cat("(", g.isText(s), " AND LENGTH(", s.text, ") = 10 AND ", s.plain, " REGEXP '"+rxDay+"')")
}

// second holds for texts shaped like 2026-01-31T09:00:00Z, with or without a fraction.
func (g gen) second(s source) frag {
	if g.d == SQLite {
		return cat("(", g.isText(s), " AND (", s.plain, " GLOB '"+globSecond+"Z' OR ", s.plain, " GLOB '"+globSecond+".*Z'))")
	}
	return cat("(", g.isText(s), " AND ", s.plain, " REGEXP '"+rxSecond+"' AND RIGHT(", s.text, ", 1) = 'Z' AND (LENGTH(", s.text, ") = 20 OR SUBSTR(", s.text, ", 20, 1) = '.'))")
}
