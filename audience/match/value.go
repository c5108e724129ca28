package match

import (
	"encoding/json"
	"time"

	"sojourn/audience"
)

// value is what a leaf found. The empty kind is absent; audience.Any is an object, which is present and equals nothing.
type value struct {
	kind   audience.Type
	text   string
	num    float64
	micros int64
	bool   bool
	list   []any // kind Any with a list
}

func (v value) present() bool { return v.kind != "" }

// text makes a value of a field whose empty text is absent.
func text(s string) value {
	if s == "" {
		return value{}
	}
	return value{kind: audience.Text, text: s}
}

func instant(t time.Time) value {
	if t.IsZero() {
		return value{}
	}
	return value{kind: audience.Instant, micros: t.UnixMicro()}
}

// dig follows a path through decoded JSON.
func dig(m map[string]any, keys []string) value {
	for i, k := range keys {
		v, ok := m[k]
		if !ok {
			return value{}
		}
		if i == len(keys)-1 {
			return ofJSON(v)
		}
		if m, ok = v.(map[string]any); !ok {
			return value{}
		}
	}
	return value{}
}

func ofJSON(v any) value {
	switch x := v.(type) {
	case nil:
		return value{}
	case string:
		return value{kind: audience.Text, text: x}
	case float64:
		return value{kind: audience.Number, num: x}
	case bool:
		return value{kind: audience.Boolean, bool: x}
	case []any:
		return value{kind: audience.Any, list: x}
	case json.Number:
		if n, err := x.Float64(); err == nil {
			return value{kind: audience.Number, num: n}
		}
		return value{}
	case int:
		return value{kind: audience.Number, num: float64(x)}
	case int64:
		return value{kind: audience.Number, num: float64(x)}
	}
	return value{kind: audience.Any}
}
