package audience

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// leaf checks a condition on one subject and fills in its type, operator and values.
func (k *checker) leaf(e *Expr, c *Condition, path string, depth int, s Scope) {
	op := c.Op
	switch {
	case c.Attribute != "":
		k.attribute(e, c.Attribute, path)
	case c.Metric != "":
		f, ok := find(metrics, c.Metric)
		if !ok {
			k.add(join(path, "metric"), "unknown_metric", "%q is not a metric; there are %s", clip(c.Metric), names(metrics))
		}
		e.Kind, e.Field, e.Type = KindMetric, f, f.Type
	case c.Property != "":
		e.Kind, e.Type = KindProperty, Any
		e.Keys = k.keys(c.Property, join(path, "property"))
	case c.Context != "":
		e.Kind, e.Type = KindContext, Any
		e.Keys = k.keys(c.Context, join(path, "context"))
	case c.Result != "":
		e.Kind, e.Type, e.Name = KindResult, Text, c.Result
		k.name(c.Result, join(path, "result"))
	case c.Consent != "":
		e.Kind, e.Type, e.Name, e.Channel = KindConsent, Choice, c.Consent, c.Channel
		k.name(c.Consent, join(path, "consent"))
		if c.Channel == "" {
			k.add(join(path, "channel"), "missing", "say for which channel the permission is asked, e.g. email")
		} else {
			k.name(c.Channel, join(path, "channel"))
		}
		if op == "" && c.Value == nil {
			e.Op, e.Values = Eq, []Literal{{Kind: Text, Text: "granted"}}
		}
	case c.Audience != "":
		e.Kind, e.Type, e.Name = KindMember, Boolean, c.Audience
		k.name(c.Audience, join(path, "audience"))
		if op == "" && c.Value == nil {
			e.Op, e.Values = Eq, []Literal{{Kind: Boolean, Bool: true}}
		}
	case c.Event != "":
		k.event(e, c, path, depth)
		if op == "" && c.Value == nil && e.Agg == Count {
			e.Op, e.Values = Gte, []Literal{{Kind: Number, Number: 1}}
		}
	}
	if c.Object != "" {
		k.object(e, c, path, depth)
	}
	k.scope(e, path, s)
	if e.Op == "" && e.Type != "" {
		k.compare(e, c, path)
	}
	if e.Kind == KindMember && len(e.Values) == 1 {
		e.Want = e.Values[0].Bool == (e.Op == Eq)
	}
}

func (k *checker) scope(e *Expr, path string, s Scope) {
	var need Scope
	var what string
	switch e.Kind {
	case KindProperty:
		if s == 0 {
			return
		}
		need, what = ScopeEvent, "no event is at hand here, so its properties can't be asked; use event with where"
	case KindContext, KindResult:
		need, what = ScopeRun, "no run is at hand here, so its context and results can't be asked"
	default:
		need, what = ScopeCustomer, "where filters events by their properties only"
	}
	if s == 0 {
		what = "where filters events by their properties only"
	}
	if s&need == 0 {
		k.add(path, "out_of_scope", "%s", what)
	}
}

func (k *checker) attribute(e *Expr, name, path string) {
	at := join(path, "attribute")
	if rest, ok := strings.CutPrefix(name, "attributes."); ok {
		e.Kind, e.Type, e.Keys = KindAttribute, Any, k.keys(rest, at)
		return
	}
	f, ok := find(fields, name)
	if !ok {
		k.add(at, "unknown_field", "%q is not a field of the customer; for an attribute write attributes.%s; the fields are %s", clip(name), clip(name), names(fields))
		return
	}
	e.Kind, e.Field, e.Type = KindField, f, f.Type
}

// object counts the customer's objects of a type, without op and value whether there is one.
func (k *checker) object(e *Expr, c *Condition, path string, depth int) {
	e.Kind, e.Name, e.Agg, e.Type = KindObject, c.Object, Count, Number
	k.name(c.Object, join(path, "object"))
	if c.Where != nil {
		e.Where = k.node(c.Where, join(path, "where"), depth+1, 0)
	}
	if c.Op == "" && c.Value == nil {
		e.Op, e.Values = Gte, []Literal{{Kind: Number, Number: 1}}
	}
}

func (k *checker) event(e *Expr, c *Condition, path string, depth int) {
	e.Kind, e.Name, e.Agg, e.Since = KindEvent, c.Event, c.Agg, c.Since
	k.name(c.Event, join(path, "event"))
	if c.Of != "" {
		e.Of = k.keys(c.Of, join(path, "of"))
	}
	switch c.Agg {
	case "", Count:
		e.Agg, e.Type = Count, Number
		if c.Of != "" {
			k.add(join(path, "of"), "unexpected", "count counts events; to count only those with a property, filter with where")
		}
	case Sum, Min, Max, Distinct:
		e.Type = Number
		if c.Of == "" {
			k.add(join(path, "of"), "missing", "say of which property the %s is taken", c.Agg)
		}
	case First, Last:
		e.Type = Any
		if c.Of == "" {
			e.Type = Instant
		}
	default:
		k.add(join(path, "agg"), "unknown_aggregate", "%q is not an aggregate; there are count, sum, min, max, first, last, distinct", clip(string(c.Agg)))
	}
	if c.Within != "" {
		p, err := ParsePeriod(c.Within)
		switch {
		case err != nil:
			k.add(join(path, "within"), "bad_period", "%s", err)
		case p.Negative || p.IsZero():
			k.add(join(path, "within"), "bad_period", "within looks back by itself; write a positive duration such as P30D")
		}
		e.Windowed, e.Within = true, p
	}
	if c.Since != "" {
		k.name(c.Since, join(path, "since"))
	}
	if c.Where != nil {
		e.Where = k.node(c.Where, join(path, "where"), depth+1, 0)
	}
}

// compare checks operator and value against the type.
func (k *checker) compare(e *Expr, c *Condition, path string) {
	op := c.Op
	allowed := opsOf[e.Type]
	if e.Kind == KindMember {
		allowed = opsOf[Boolean]
	}
	switch {
	case op == "":
		k.add(join(path, "op"), "missing", "say how to compare: %s", opNames(allowed))
		return
	case !slices.Contains(opsOf[Any], op):
		k.add(join(path, "op"), "unknown_operator", "%q is not an operator; there are %s", clip(string(op)), opNames(allowed))
		return
	case !slices.Contains(allowed, op):
		k.add(join(path, "op"), "wrong_operator", "a %s can't be asked with %s; use %s", e.Type, op, opNames(allowed))
		return
	}
	e.Op = op
	at := join(path, "value")
	raw, many := list(c.Value)
	switch op {
	case Exists, NotExists:
		if c.Value != nil {
			k.add(at, "unexpected", "%s takes no value", op)
		}
		return
	case In, Nin:
		if !many || len(raw) == 0 || len(raw) > MaxValues {
			k.add(at, "wrong_value", "%s takes a list of 1 to %d values", op, MaxValues)
			return
		}
	case Between:
		if !many || len(raw) != 2 {
			k.add(at, "wrong_value", "between takes a list of two values: [from, to], both included")
			return
		}
	default:
		if many {
			k.add(at, "wrong_value", "%s takes one value, not a list", op)
			return
		}
		raw = []any{c.Value}
	}
	want := e.Type
	switch {
	case op == Anniversary:
		want = Number
	case want == Choice:
		want = Text
	}
	for i, r := range raw {
		l, err := literal(r, want)
		if err != nil {
			if many {
				at = join(path, fmt.Sprintf("value[%d]", i))
			}
			k.add(at, "wrong_value", "%s", err)
			continue
		}
		e.Values = append(e.Values, l)
	}
	if len(e.Values) == len(raw) {
		k.sense(e, at)
	}
}

// sense refuses comparisons that could never mean anything.
func (k *checker) sense(e *Expr, at string) {
	v := e.Values[0]
	switch e.Op {
	case Contains, Starts:
		if v.Kind == Text && v.Text == "" {
			k.add(at, "wrong_value", "every text contains the empty one; give at least one letter")
		}
		if e.Op == Starts && v.Kind != Text || v.Kind == Date || v.Kind == Instant {
			k.add(at, "wrong_value", "%s can't look for a %s", e.Op, v.Kind)
		}
	case Gt, Gte, Lt, Lte:
		if v.Kind == Boolean {
			k.add(at, "wrong_value", "true and false have no order; use eq")
		}
	case Between:
		k.between(v, e.Values[1], at)
	case Eq, Neq, In, Nin:
		for _, l := range e.Values {
			if l.Kind == Instant {
				k.add(at, "wrong_value", "nothing happens at exactly one microsecond: compare with a day, or use gte and lt")
				break
			}
			if e.Type == Choice && !slices.Contains(states, l.Text) {
				k.add(at, "wrong_value", "%q is no state of a permission; there are %s", clip(l.Text), strings.Join(states, ", "))
			}
		}
	case Anniversary:
		if v.Number != float64(int(v.Number)) || v.Number < -366 || v.Number > 366 {
			k.add(at, "wrong_value", "anniversary takes a whole number of days from -366 to 366; 0 is today")
		}
	}
}

func (k *checker) between(a, b Literal, at string) {
	timely := func(l Literal) bool { return l.Kind == Date || l.Kind == Instant }
	switch {
	case a.Kind == Boolean || b.Kind == Boolean:
		k.add(at, "wrong_value", "true and false have no order; use eq")
	case a.Kind != b.Kind && !(timely(a) && timely(b)):
		k.add(at, "wrong_value", "the two limits are a %s and a %s", a.Kind, b.Kind)
	case a.Kind == Number && a.Number > b.Number, a.Kind == Text && a.Text > b.Text,
		a.Kind == Date && b.Kind == Date && !a.Moving && !b.Moving && b.Day.before(a.Day):
		k.add(at, "wrong_value", "the lower limit comes first")
	}
}

// keys splits a path at its dots. Quotes and backslashes would need escapes in a JSON path; <, > and & are refused because
// Go's encoder writes them as \\u003c and so on, and MariaDB compares the names of an object without undoing that.
func (k *checker) keys(path, at string) []string {
	parts := strings.Split(path, ".")
	if len(path) > MaxName || len(parts) > 5 {
		k.add(at, "bad_path", "a path has at most five names and %d bytes", MaxName)
		return nil
	}
	for _, p := range parts {
		if p == "" || !utf8.ValidString(p) || strings.ContainsAny(p, "\"\\<>&") || strings.ContainsFunc(p, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
			k.add(at, "bad_path", "%q is not a path: names joined by dots, without quotes, backslashes, <, >, & and control characters", clip(path))
			return nil
		}
	}
	return parts
}

func (k *checker) name(s, at string) {
	if len(s) > MaxName || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		k.add(at, "bad_name", "a name is valid UTF-8 of at most %d bytes", MaxName)
	}
}

func names(list []Field) string {
	out := make([]string, len(list))
	for i, f := range list {
		out[i] = f.Name
	}
	return strings.Join(out, ", ")
}

func opNames(ops []Op) string {
	out := make([]string, len(ops))
	for i, o := range ops {
		out[i] = string(o)
	}
	return strings.Join(out, ", ")
}
