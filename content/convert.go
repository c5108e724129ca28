package content

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// text shows a value as a template would print it.
func text(v any) string {
	switch v := unsafe(v).(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		return v.Format(time.RFC3339)
	case []any, map[string]any:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

// number reads a whole number.
func number(v any) (int64, bool) {
	switch v := unsafe(v).(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	}
	return 0, false
}

func float(v any) float64 {
	switch v := unsafe(v).(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case float64:
		return v
	case string:
		f, _ := strconv.ParseFloat(v, 64)
		return f
	}
	return 0
}

// tidy keeps a result whole when both operands were.
func tidy(f float64, a, b any) any {
	_, aWhole := number(a)
	_, bWhole := number(b)
	if aWhole && bWhole && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return int(f)
	}
	return f
}

func property(v any, key string) any {
	if m, ok := v.(map[string]any); ok {
		return m[key]
	}
	return nil
}

// list copies a list for a filter, never more than maxItems.
func list(b *budget, v any) ([]any, error) {
	l := iterate(v)
	if l.n > maxItems {
		return nil, fmt.Errorf("%w: a list of more than %d items", errBudget, maxItems)
	}
	if err := b.grow(16 * l.n); err != nil {
		return nil, err
	}
	out := make([]any, l.n)
	for i := range out {
		out[i] = l.at(i)
	}
	return out, nil
}

func onList(f func(l []any, args []any) []any) filter {
	return func(b *budget, in any, args []any) (any, error) {
		l, err := list(b, in)
		if err != nil {
			return nil, err
		}
		return f(l, args), nil
	}
}

func joinList(b *budget, in any, sep string) (any, error) {
	l, err := list(b, in)
	if err != nil {
		return nil, err
	}
	parts := make([]string, len(l))
	size := 0
	for i, v := range l {
		parts[i] = text(v)
		size += len(parts[i]) + len(sep)
	}
	if err := b.grow(size); err != nil {
		return nil, err
	}
	return strings.Join(parts, sep), nil
}

func sortBy(l []any, args []any) []any {
	key := func(v any) any {
		if len(args) > 0 {
			return property(v, text(args[0]))
		}
		return v
	}
	slices.SortStableFunc(l, func(a, b any) int {
		x, y := key(a), key(b)
		if _, ok := x.(string); ok {
			return strings.Compare(text(x), text(y))
		}
		return cmp.Compare(float(x), float(y))
	})
	return l
}

func truncate(b *budget, in any, args []any) (any, error) {
	n, ok := number(arg(args, 0))
	if !ok {
		n = 50
	}
	end := "..."
	if len(args) > 1 {
		end = text(args[1])
	}
	r := []rune(text(in))
	if int64(len(r)) <= n {
		return string(r), nil
	}
	out := string(r[:max(0, min(len(r), int(n)-len([]rune(end))))]) + end
	return out, b.grow(len(out))
}

func truncateWords(b *budget, in any, args []any) (any, error) {
	n, ok := number(arg(args, 0))
	if !ok || n < 1 {
		n = 15
	}
	end := "..."
	if len(args) > 1 {
		end = text(args[1])
	}
	s := text(in)
	words := strings.Fields(s)
	if int64(len(words)) <= n {
		return s, nil
	}
	out := strings.Join(words[:n], " ") + end
	return out, b.grow(len(out))
}

func slice(b *budget, in any, args []any) (any, error) {
	from, _ := number(arg(args, 0))
	n, ok := number(arg(args, 1))
	if !ok {
		n = 1
	}
	bounds := func(length int) (int, int) {
		start := from
		if start < 0 {
			start += int64(length)
		}
		start = min(max(start, 0), int64(length))
		return int(start), int(min(start+max(n, 0), int64(length)))
	}
	if s, ok := in.(string); ok {
		r := []rune(s)
		i, j := bounds(len(r))
		return string(r[i:j]), b.grow(len(s))
	}
	l, err := list(b, in)
	if err != nil {
		return nil, err
	}
	i, j := bounds(len(l))
	return l[i:j], nil
}

// stripTags drops everything between angle brackets, and an unclosed rest.
func stripTags(s string) string {
	var out strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i])
		j := strings.IndexByte(s[i:], '>')
		if j < 0 {
			return out.String()
		}
		s = s[i+j+1:]
	}
}

var strftimeLayouts = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'B': "January", 'b': "Jan", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'l': "3", 'M': "04", 'S': "05",
	'p': "PM", 'A': "Monday", 'a': "Mon", 'j': "002", 'Z': "MST", 'z': "-0700", 'F': "2006-01-02", 'T': "15:04:05", 'R': "15:04", 'D': "01/02/06",
}

// strftime knows the common directives without widths or flags; %-d and %-m drop the leading zero. What it does not
// know it prints as it is.
func strftime(t time.Time, format string) string {
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out.WriteByte(format[i])
			continue
		}
		i++
		bare := format[i] == '-' && i+1 < len(format)
		if bare {
			i++
		}
		layout, known := strftimeLayouts[format[i]]
		switch {
		case format[i] == '%':
			out.WriteByte('%')
		case !known:
			out.WriteByte('%')
			out.WriteByte(format[i])
		case bare:
			out.WriteString(strings.TrimLeft(t.Format(layout), "0 "))
		default:
			out.WriteString(t.Format(layout))
		}
	}
	return out.String()
}
