package match

import (
	"cmp"
	"strings"
	"time"

	"sojourn/audience"
)

// compare applies the leaf's operator.
func compare(e *audience.Expr, v value, now time.Time) bool {
	switch e.Op {
	case audience.Exists:
		return v.present()
	case audience.NotExists:
		return !v.present()
	case audience.Neq:
		return !equal(v, &e.Values[0], now)
	case audience.Eq:
		return equal(v, &e.Values[0], now)
	case audience.In, audience.Nin:
		for i := range e.Values {
			if equal(v, &e.Values[i], now) {
				return e.Op == audience.In
			}
		}
		return e.Op == audience.Nin
	case audience.Contains:
		if v.list != nil {
			for _, el := range v.list {
				if equal(ofJSON(el), &e.Values[0], now) {
					return true
				}
			}
			return false
		}
		return v.kind == audience.Text && e.Values[0].Kind == audience.Text && strings.Contains(v.text, e.Values[0].Text)
	case audience.Starts:
		return v.kind == audience.Text && strings.HasPrefix(v.text, e.Values[0].Text)
	case audience.Between:
		return ordered(v, &e.Values[0], now, audience.Gte) && ordered(v, &e.Values[1], now, audience.Lte)
	case audience.Anniversary:
		if v.kind != audience.Text || !audience.LooksLikeDay(v.text) {
			return false
		}
		own, leap := audience.DayOf(now).PlusDays(int(e.Values[0].Number)).Anniversaries()
		return v.text[5:] == string(own[:]) || v.text[5:] == string(leap[:])
	}
	return ordered(v, &e.Values[0], now, e.Op)
}

func equal(v value, l *audience.Literal, now time.Time) bool {
	switch l.Kind {
	case audience.Text:
		return v.kind == audience.Text && v.text == l.Text
	case audience.Number:
		return v.kind == audience.Number && v.num == l.Number
	case audience.Boolean:
		return v.kind == audience.Boolean && v.bool == l.Bool
	}
	return ordered(v, l, now, audience.Gte) && ordered(v, l, now, audience.Lte)
}

// ordered answers gt, gte, lt and lte.
func ordered(v value, l *audience.Literal, now time.Time, op audience.Op) bool {
	switch l.Kind {
	case audience.Text:
		return v.kind == audience.Text && is(op, strings.Compare(v.text, l.Text))
	case audience.Number:
		return v.kind == audience.Number && is(op, cmp.Compare(v.num, l.Number))
	}
	switch {
	case v.kind == audience.Instant && l.Kind == audience.Instant:
		return is(op, cmp.Compare(v.micros, l.InstantAt(now).UnixMicro()))
	case v.kind == audience.Instant:
		from, to := bounds(l, now)
		return within(op, v.micros >= from.UnixMicro(), v.micros >= to.UnixMicro())
	case v.kind != audience.Text:
		return false
	case audience.LooksLikeDay(v.text):
		d := l.DayAt(now).Text()
		return is(op, strings.Compare(v.text, string(d[:])))
	case !audience.LooksLikeInstant(v.text):
		return false
	case l.Kind == audience.Instant:
		at := audience.InstantText(l.InstantAt(now))
		return is(op, strings.Compare(v.text[:19], string(at[:])))
	}
	from, to := bounds(l, now)
	a, b := audience.InstantText(from), audience.InstantText(to)
	return within(op, v.text[:19] >= string(a[:]), v.text[:19] >= string(b[:]))
}

// bounds are the first instant of the literal's day and that of the day after.
func bounds(l *audience.Literal, now time.Time) (from, to time.Time) {
	d := l.DayAt(now)
	return d.Start(now.Location()), d.PlusDays(1).Start(now.Location())
}

// within answers a comparison with a day from where the instant lies: begun = at or after its start, over = at or after
// the start of the next day.
func within(op audience.Op, begun, over bool) bool {
	switch op {
	case audience.Gt:
		return over
	case audience.Gte:
		return begun
	case audience.Lt:
		return !begun
	}
	return !over
}

func is(op audience.Op, c int) bool {
	switch op {
	case audience.Gt:
		return c > 0
	case audience.Gte:
		return c >= 0
	case audience.Lt:
		return c < 0
	}
	return c <= 0
}
