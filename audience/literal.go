package audience

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// Literal is one value a condition compares with, in its final type. Kind is Text, Number, Boolean, Date or Instant.
type Literal struct {
	Kind   Type
	Text   string
	Number float64
	Bool   bool
	Moving bool      // Date and Instant: counted from now by By
	By     Period    // with Moving
	Day    Day       // a fixed Date
	At     time.Time // a fixed Instant
}

// DayAt is the day a Date or Instant literal stands for, in the zone of now.
func (l Literal) DayAt(now time.Time) Day {
	if l.Kind == Instant {
		return DayOf(l.InstantAt(now).In(now.Location()))
	}
	if l.Moving {
		return DayOf(now).Plus(l.By)
	}
	return l.Day
}

// InstantAt is the moment an Instant literal stands for.
func (l Literal) InstantAt(now time.Time) time.Time {
	if l.Moving {
		return l.By.From(now)
	}
	return l.At
}

// Limits of a condition. They bound what one person can make the database do.
const (
	MaxDepth  = 8    // nested and/or/not/where
	MaxNodes  = 200  // conditions in one tree
	MaxValues = 500  // values of one list
	MaxText   = 1000 // bytes of one text value
	MaxName   = 255  // bytes of an event name or a path
)

// literal reads one raw value (JSON, YAML or Go) for a subject of type want. The error is for the person who wrote it.
func literal(raw any, want Type) (Literal, error) {
	l, err := natural(raw)
	if err != nil {
		return Literal{}, err
	}
	switch want {
	case Any:
		return l, nil
	case Date:
		if l.Kind == Text {
			d, ok := ParseDay(l.Text)
			if !ok {
				return Literal{}, fmt.Errorf("%q is not a day; write 2026-01-31, {\"today\":\"P7D\"} or {\"now\":\"-P1Y\"}", clip(l.Text))
			}
			return Literal{Kind: Date, Day: d}, nil
		}
		if l.Kind == Date || l.Kind == Instant {
			return l, nil
		}
	case Instant:
		if l.Kind == Text {
			if d, ok := ParseDay(l.Text); ok {
				return Literal{Kind: Date, Day: d}, nil
			}
			at, err := time.Parse(time.RFC3339Nano, l.Text)
			if err != nil {
				return Literal{}, fmt.Errorf("%q is not a time; write 2026-01-31, 2026-01-31T09:00:00Z, {\"today\":\"-P1D\"} or {\"now\":\"-PT2H\"}", clip(l.Text))
			}
			return Literal{Kind: Instant, At: at.Truncate(time.Microsecond)}, nil
		}
		if l.Kind == Date || l.Kind == Instant {
			return l, nil
		}
	case l.Kind:
		return l, nil
	}
	return Literal{}, fmt.Errorf("a %s can't be compared with a %s", want, l.Kind)
}

// natural gives a raw value its own type.
func natural(raw any) (Literal, error) {
	switch v := raw.(type) {
	case string:
		if len(v) > MaxText {
			return Literal{}, fmt.Errorf("a text of more than %d bytes", MaxText)
		}
		if strings.ContainsRune(v, 0) || strings.ToValidUTF8(v, "") != v {
			return Literal{}, fmt.Errorf("the text is not valid UTF-8 or holds a NUL")
		}
		return Literal{Kind: Text, Text: v}, nil
	case bool:
		return Literal{Kind: Boolean, Bool: v}, nil
	case map[string]any:
		return moving(v)
	case nil:
		return Literal{}, fmt.Errorf("null is no value; use exists or not_exists")
	}
	if n, ok := number(raw); ok {
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return Literal{}, fmt.Errorf("the number is not finite")
		}
		return Literal{Kind: Number, Number: n}, nil
	}
	return Literal{}, fmt.Errorf("a %T is no value of a condition", raw)
}

func moving(m map[string]any) (Literal, error) {
	if len(m) == 1 {
		for key, kind := range map[string]Type{"now": Instant, "today": Date} {
			if text, ok := m[key].(string); ok {
				p, err := ParsePeriod(text)
				if err == nil && kind == Date && p.Clock != 0 {
					err = fmt.Errorf("%q moves a day by hours; use {\"now\":%q}", text, text)
				}
				return Literal{Kind: kind, Moving: true, By: p}, err
			}
		}
	}
	return Literal{}, fmt.Errorf("an object must be {\"now\":\"-P30D\"} or {\"today\":\"P7D\"}")
}

// number accepts every Go number that JSON and YAML decoders hand out.
func number(raw any) (float64, bool) {
	switch v := raw.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case int:
		return float64(v), true
	case int8, int16, int32:
		return float64(asInt(v)), true
	case int64:
		return float64(v), true
	case uint:
		return float64(v), true
	case uint32:
		return float64(v), true
	case uint64:
		return float64(v), true
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	}
	return 0, false
}

func asInt(v any) int64 {
	switch n := v.(type) {
	case int8:
		return int64(n)
	case int16:
		return int64(n)
	case int32:
		return int64(n)
	}
	return 0
}

// list spreads a raw list; a lone value is a list of one where a list is wanted.
func list(raw any) ([]any, bool) {
	switch v := raw.(type) {
	case []any:
		return v, true
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out, true
	case []float64:
		out := make([]any, len(v))
		for i, n := range v {
			out[i] = n
		}
		return out, true
	case []int:
		out := make([]any, len(v))
		for i, n := range v {
			out[i] = n
		}
		return out, true
	}
	return nil, false
}

func clip(s string) string {
	if len(s) > 60 {
		return strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}
