package content

import (
	"fmt"
	"html"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/osteele/liquid/expressions"
	"github.com/osteele/liquid/values"
)

// filter is one filter of the allow-list: the value on its left, then its arguments.
type filter func(b *budget, in any, args []any) (any, error)

// filters is the allow-list. safe and raw are missing on purpose: nothing switches the escaping off.
var filters = map[string]filter{
	"default": func(_ *budget, in any, args []any) (any, error) {
		if in == nil || in == false || in == "" {
			return arg(args, 0), nil
		}
		if l, ok := in.([]any); ok && len(l) == 0 {
			return arg(args, 0), nil
		}
		return in, nil
	},
	// text
	"upcase":     mapText(strings.ToUpper),
	"downcase":   mapText(strings.ToLower),
	"capitalize": mapText(capitalise),
	"strip":      mapText(strings.TrimSpace),
	"lstrip":     mapText(func(s string) string { return strings.TrimLeftFunc(s, unicode.IsSpace) }),
	"rstrip":     mapText(func(s string) string { return strings.TrimRightFunc(s, unicode.IsSpace) }),
	"strip_newlines": mapText(func(s string) string {
		return strings.NewReplacer("\r", "", "\n", "").Replace(s)
	}),
	"strip_html": mapText(stripTags),
	"url_encode": mapText(url.QueryEscape),
	"append":     joinText(func(s, a string) []string { return []string{s, a} }),
	"prepend":    joinText(func(s, a string) []string { return []string{a, s} }),
	"remove": func(b *budget, in any, args []any) (any, error) {
		return replaceText(b, text(in), text(arg(args, 0)), "", -1)
	},
	"replace": func(b *budget, in any, args []any) (any, error) {
		return replaceText(b, text(in), text(arg(args, 0)), text(arg(args, 1)), -1)
	},
	"replace_first": func(b *budget, in any, args []any) (any, error) {
		return replaceText(b, text(in), text(arg(args, 0)), text(arg(args, 1)), 1)
	},
	"truncate":      truncate,
	"truncatewords": truncateWords,
	"slice":         slice,
	"split": func(b *budget, in any, args []any) (any, error) {
		s, sep := text(in), text(arg(args, 0))
		if s == "" {
			return []any{}, nil
		}
		if err := b.grow(16 * min(len(s), maxItems)); err != nil {
			return nil, err
		}
		parts := strings.SplitN(s, sep, maxItems+1)
		if len(parts) > maxItems {
			return nil, fmt.Errorf("%w: more than %d parts", errBudget, maxItems)
		}
		out := make([]any, len(parts))
		for i, p := range parts {
			out[i] = p
		}
		return out, nil
	},
	// escaping: the result is marked, so that it is not escaped a second time
	"escape":      func(b *budget, in any, _ []any) (any, error) { return escaped(b, text(in)) },
	"escape_once": func(b *budget, in any, _ []any) (any, error) { return escaped(b, html.UnescapeString(text(in))) },
	"newline_to_br": func(b *budget, in any, _ []any) (any, error) {
		s := text(in)
		if _, marked := in.(values.SafeValue); !marked {
			s = html.EscapeString(s)
		}
		s = strings.ReplaceAll(s, "\n", "<br>\n")
		return values.SafeValue{Value: s}, b.grow(len(s))
	},
	// numbers
	"plus":       arithmetic(func(a, b float64) float64 { return a + b }),
	"minus":      arithmetic(func(a, b float64) float64 { return a - b }),
	"times":      arithmetic(func(a, b float64) float64 { return a * b }),
	"at_least":   arithmetic(math.Max),
	"at_most":    arithmetic(math.Min),
	"divided_by": divide,
	"modulo": func(_ *budget, in any, args []any) (any, error) {
		a, b := float(in), float(arg(args, 0))
		if b == 0 {
			return nil, fmt.Errorf("modulo by zero")
		}
		return tidy(math.Mod(a, b), in, arg(args, 0)), nil
	},
	"abs":   func(_ *budget, in any, _ []any) (any, error) { return tidy(math.Abs(float(in)), in, 0), nil },
	"ceil":  func(_ *budget, in any, _ []any) (any, error) { return tidy(math.Ceil(float(in)), 0, 0), nil },
	"floor": func(_ *budget, in any, _ []any) (any, error) { return tidy(math.Floor(float(in)), 0, 0), nil },
	"round": func(_ *budget, in any, args []any) (any, error) {
		places, _ := number(arg(args, 0))
		p := math.Pow10(int(min(max(places, 0), 12)))
		rounded := math.Round(float(in)*p) / p
		if places <= 0 {
			return tidy(rounded, 0, 0), nil
		}
		return rounded, nil
	},
	// money: minor units to a plain decimal, e.g. 1995 | money: 2 -> 19.95
	"money": func(_ *budget, in any, args []any) (any, error) {
		digits := int64(2)
		if n, ok := number(arg(args, 0)); ok {
			digits = min(max(n, 0), 4)
		}
		return strconv.FormatFloat(float(in)/math.Pow10(int(digits)), 'f', int(digits), 64), nil
	},
	// lists
	"size": func(_ *budget, in any, _ []any) (any, error) {
		switch v := in.(type) {
		case string:
			return len([]rune(v)), nil
		case map[string]any:
			return len(v), nil
		}
		return iterate(in).n, nil
	},
	"first": func(_ *budget, in any, _ []any) (any, error) { return edge(in, func(n int) int { return 0 }), nil },
	"last":  func(_ *budget, in any, _ []any) (any, error) { return edge(in, func(n int) int { return n - 1 }), nil },
	"join": func(b *budget, in any, args []any) (any, error) {
		sep := " "
		if len(args) > 0 {
			sep = text(args[0])
		}
		return joinList(b, in, sep)
	},
	"reverse": onList(func(l []any, _ []any) []any { slices.Reverse(l); return l }),
	"compact": onList(func(l []any, _ []any) []any { return slices.DeleteFunc(l, func(v any) bool { return v == nil }) }),
	"sort":    onList(sortBy),
	"map": onList(func(l []any, args []any) []any {
		for i := range l {
			l[i] = property(l[i], text(arg(args, 0)))
		}
		return l
	}),
	"where": onList(func(l []any, args []any) []any {
		return slices.DeleteFunc(l, func(v any) bool {
			p := property(v, text(arg(args, 0)))
			if len(args) < 2 {
				return p == nil || p == false
			}
			return !values.Equal(p, args[1])
		})
	}),
	"uniq": onList(func(l []any, _ []any) []any {
		seen := map[string]bool{}
		return slices.DeleteFunc(l, func(v any) bool {
			k := text(v)
			old := seen[k]
			seen[k] = true
			return old
		})
	}),
	"date": date,
}

// addFilters gives one render its filters, tied to its budget. The library calls them with converted arguments; taking
// everything as it is keeps it from building a list out of a range of a billion numbers.
func addFilters(c *expressions.Config, b *budget) {
	for name, f := range filters {
		c.AddFilter(name, func(in any, args ...any) (any, error) {
			if err := b.step(); err != nil {
				return nil, err
			}
			marked := in
			for i := range args {
				args[i] = unsafe(args[i])
			}
			if name != "newline_to_br" {
				marked = unsafe(in)
			}
			return f(b, marked, args)
		})
	}
	c.AddFilter("safe", func(any) (any, error) { return nil, expressions.UndefinedFilter("safe") })
}

func arg(args []any, i int) any {
	if i < len(args) {
		return args[i]
	}
	return nil
}

func mapText(f func(string) string) filter {
	return func(b *budget, in any, _ []any) (any, error) {
		s := text(in)
		if err := b.grow(len(s)); err != nil {
			return nil, err
		}
		return f(s), nil
	}
}

func joinText(order func(s, a string) []string) filter {
	return func(b *budget, in any, args []any) (any, error) {
		parts := order(text(in), text(arg(args, 0)))
		if err := b.grow(len(parts[0]) + len(parts[1])); err != nil {
			return nil, err
		}
		return parts[0] + parts[1], nil
	}
}

func replaceText(b *budget, s, from, to string, n int) (any, error) {
	if from == "" {
		return s, nil
	}
	count := strings.Count(s, from)
	if n >= 0 {
		count = min(count, n)
	}
	if err := b.grow(len(s) + count*max(len(to)-len(from), 0)); err != nil {
		return nil, err
	}
	return strings.Replace(s, from, to, n), nil
}

func escaped(b *budget, s string) (any, error) {
	out := html.EscapeString(s)
	return values.SafeValue{Value: out}, b.grow(len(out))
}

func capitalise(s string) string {
	r := []rune(strings.ToLower(s))
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}

func arithmetic(f func(a, b float64) float64) filter {
	return func(_ *budget, in any, args []any) (any, error) {
		return tidy(f(float(in), float(arg(args, 0))), in, arg(args, 0)), nil
	}
}

func divide(_ *budget, in any, args []any) (any, error) {
	a, b := float(in), float(arg(args, 0))
	if b == 0 {
		return nil, fmt.Errorf("division by zero")
	}
	switch arg(args, 0).(type) { // as in Liquid the divisor says which division: 100 or 100.0
	case int, int64:
		return int(math.Floor(a / b)), nil
	}
	return a / b, nil
}

func edge(in any, at func(n int) int) any {
	l := iterate(in)
	if l.n == 0 {
		return nil
	}
	return l.at(at(l.n))
}

func date(b *budget, in any, args []any) (any, error) {
	format := text(arg(args, 0))
	if format == "" {
		format = "%Y-%m-%d"
	}
	var t time.Time
	switch v := in.(type) {
	case time.Time:
		t = v
	case string:
		var err error
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01-02T15:04", time.DateTime} {
			if t, err = time.Parse(layout, v); err == nil {
				break
			}
		}
		if err != nil {
			return v, nil // as it is: a text that is no date is not worth losing a message
		}
	default:
		return in, nil
	}
	out := strftime(t, format)
	return out, b.grow(len(out))
}
