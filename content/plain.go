package content

import (
	"encoding/json"
	"time"
)

// Plain brings a value into the shape that templates may see: maps, lists, strings, numbers, booleans, times, nothing
// with methods or fields. What cannot be brought into it becomes nil.
func Plain(v any) any {
	switch v := v.(type) {
	case nil, string, bool, int, float64, time.Time:
		return v
	case int64:
		return int(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = Plain(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = Plain(e)
		}
		return out
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	if json.Unmarshal(b, &out) != nil {
		return nil
	}
	return out
}

// Locales is the order in which bodies are looked for: fr-BE, fr, the workspace's, its language, en.
func Locales(customer, workspace string) []string {
	var out []string
	add := func(l string) {
		for _, have := range out {
			if have == l {
				return
			}
		}
		if l != "" {
			out = append(out, l)
		}
	}
	for _, l := range []string{customer, workspace, "en"} {
		add(l)
		for i := range l {
			if l[i] == '-' || l[i] == '_' {
				add(l[:i])
				break
			}
		}
	}
	return out
}
