package audiencetest

import (
	"pgregory.net/rapid"

	"sojourn/audience"
)

// DrawCondition makes a random sound condition about a customer, at most depth deep.
func DrawCondition(t *rapid.T, depth int) audience.Condition {
	for {
		c := drawNode(t, depth)
		if len(audience.ValidateIn(c, audience.ScopeAudience)) == 0 {
			return c
		}
		// Some draws contradict themselves (a lower limit above the upper one): draw again.
	}
}

func drawNode(t *rapid.T, depth int) audience.Condition {
	if depth > 1 {
		switch k := rapid.IntRange(0, 9).Draw(t, "node"); {
		case k < 3:
			return audience.Condition{And: drawChildren(t, depth-1)}
		case k < 5:
			return audience.Condition{Or: drawChildren(t, depth-1)}
		case k < 7:
			n := drawNode(t, depth-1)
			return audience.Condition{Not: &n}
		}
	}
	return drawLeaf(t)
}

func drawChildren(t *rapid.T, depth int) (out []audience.Condition) {
	for range rapid.IntRange(1, 3).Draw(t, "children") {
		out = append(out, drawNode(t, depth))
	}
	return out
}

func drawLeaf(t *rapid.T) audience.Condition {
	cat := audience.NewCatalogue()
	var c audience.Condition
	switch rapid.IntRange(0, 9).Draw(t, "leaf") {
	case 0, 1:
		c.Attribute = "attributes." + pick(t, keys, "key")
		compare(t, &c, audience.Any, cat)
	case 2:
		f := pick(t, cat.Fields, "field")
		c.Attribute = f.Name
		compare(t, &c, f.Type, cat)
	case 3:
		m := pick(t, cat.Metrics, "metric")
		c.Metric = m.Name
		compare(t, &c, m.Type, cat)
	case 4:
		c.Consent, c.Channel = pick(t, purposes, "purpose"), pick(t, []string{"email", "sms"}, "channel")
		if rapid.Bool().Draw(t, "bare") {
			return c
		}
		compare(t, &c, audience.Choice, cat)
	case 5:
		c.Audience = pick(t, lists, "audience")
		if rapid.Bool().Draw(t, "bare") {
			return c
		}
		c.Op, c.Value = pick(t, []audience.Op{audience.Eq, audience.Neq}, "op"), rapid.Bool().Draw(t, "value")
	case 6:
		c.Object = pick(t, objectTypes, "object")
		if rapid.Bool().Draw(t, "where?") {
			w := drawWhere(t, 2, cat)
			c.Where = &w
		}
		if rapid.Bool().Draw(t, "bare") {
			return c
		}
		compare(t, &c, audience.Number, cat)
	default:
		drawEvent(t, &c, cat)
	}
	return c
}

func drawEvent(t *rapid.T, c *audience.Condition, cat audience.Catalogue) {
	c.Event = pick(t, events, "event")
	c.Agg = pick(t, []audience.Aggregate{"", audience.Count, audience.Sum, audience.Min, audience.Max, audience.First, audience.Last, audience.Distinct}, "agg")
	if rapid.Bool().Draw(t, "windowed") {
		c.Within = pick(t, periods, "within")
	}
	if rapid.IntRange(0, 3).Draw(t, "since?") == 0 {
		c.Since = pick(t, events, "since")
	}
	if rapid.IntRange(0, 2).Draw(t, "where?") == 0 {
		w := drawWhere(t, 2, cat)
		c.Where = &w
	}
	typ := audience.Number
	switch c.Agg {
	case "", audience.Count:
		if rapid.Bool().Draw(t, "bare") {
			return
		}
	case audience.First, audience.Last:
		if typ = audience.Instant; rapid.Bool().Draw(t, "of?") {
			typ, c.Of = audience.Any, pick(t, keys, "of")
		}
	default:
		c.Of = pick(t, keys, "of")
	}
	compare(t, c, typ, cat)
}

func drawWhere(t *rapid.T, depth int, cat audience.Catalogue) audience.Condition {
	if depth > 1 {
		switch rapid.IntRange(0, 5).Draw(t, "where") {
		case 0:
			return audience.Condition{And: []audience.Condition{drawWhere(t, depth-1, cat), drawWhere(t, depth-1, cat)}}
		case 1:
			return audience.Condition{Or: []audience.Condition{drawWhere(t, depth-1, cat), drawWhere(t, depth-1, cat)}}
		case 2:
			w := drawWhere(t, depth-1, cat)
			return audience.Condition{Not: &w}
		}
	}
	c := audience.Condition{Property: pick(t, keys, "property")}
	compare(t, &c, audience.Any, cat)
	return c
}

// compare draws an operator that the type allows and a value for it.
func compare(t *rapid.T, c *audience.Condition, typ audience.Type, cat audience.Catalogue) {
	c.Op = pick(t, cat.Ops[typ], "op")
	one := func() any { return drawValue(t, typ, c.Op) }
	switch c.Op {
	case audience.Exists, audience.NotExists:
	case audience.Anniversary:
		c.Value = pick(t, []int{0, 1, -1, 7, 365}, "days")
	case audience.In, audience.Nin:
		list := []any{one()}
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			list = append(list, one())
		}
		c.Value = list
	case audience.Between:
		c.Value = []any{one(), one()}
	default:
		c.Value = one()
	}
}

func drawValue(t *rapid.T, typ audience.Type, op audience.Op) any {
	instant := op != audience.Eq && op != audience.Neq
	switch typ {
	case audience.Text:
		return pick(t, append([]string{"ann@example.com", "nl", "NL", "u1"}, texts...), "text")
	case audience.Number:
		return pick(t, numbers, "number")
	case audience.Boolean:
		return rapid.Bool().Draw(t, "bool")
	case audience.Choice:
		return pick(t, audience.NewCatalogue().States, "state")
	case audience.Date:
		if rapid.Bool().Draw(t, "fixed") {
			return pick(t, []string{"1990-03-22", "2000-02-29", "2026-03-29"}, "day")
		}
	case audience.Instant:
		if v := pick(t, fixed, "time"); rapid.Bool().Draw(t, "fixed") && (instant || len(v) == 10) {
			return v
		}
	default:
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0, 1, 2:
			return pick(t, texts, "text")
		case 3:
			return pick(t, numbers, "number")
		case 4:
			return rapid.Bool().Draw(t, "bool")
		}
	}
	if instant && rapid.Bool().Draw(t, "now") {
		return map[string]any{"now": pick(t, offsets, "offset")}
	}
	return map[string]any{"today": pick(t, days, "day")}
}
