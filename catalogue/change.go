package catalogue

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sojourn/journey"
)

// Change is what a source says about an object. What is nil or absent is not spoken of; a nil date and a null property
// are removed.
type Change struct {
	Type, Key       string
	Status, Product *string
	Dates           map[string]*string
	Properties      map[string]json.RawMessage
}

// ParseChange reads the properties of an "Object Changed" event: object_type, object_key, and any of status, product,
// dates and properties. unusable names the parts that were left out because they can't be read; the error is about the
// whole: no type or no key.
func ParseChange(data map[string]json.RawMessage) (c Change, unusable []string, err error) {
	var ok bool
	if c.Type, ok = text(data["object_type"]); !ok || !IsType(c.Type) {
		return c, nil, fmt.Errorf("object_type: 1 to %d small letters, digits, - and _", MaxType)
	}
	if c.Key, ok = text(data["object_key"]); !ok || c.Key == "" || len(c.Key) > MaxKey {
		return c, nil, fmt.Errorf("object_key: 1 to %d bytes", MaxKey)
	}
	for _, f := range []struct {
		name string
		into **string
		most int
	}{{"status", &c.Status, MaxStatus}, {"product", &c.Product, MaxKey}} {
		raw, there := data[f.name]
		if !there {
			continue
		}
		v, ok := text(raw)
		if !ok && string(raw) != "null" || len(v) > f.most {
			unusable = append(unusable, f.name)
			continue
		}
		*f.into = &v
	}
	if c.Status != nil {
		if s := strings.ToLower(*c.Status); s == Cancelled || s == "canceled" {
			*c.Status = Cancelled
		}
	}
	var dates map[string]json.RawMessage
	if raw, there := data["dates"]; there && json.Unmarshal(raw, &dates) != nil {
		unusable = append(unusable, "dates")
	}
	c.Dates = map[string]*string{}
	for _, name := range slices.Sorted(maps.Keys(dates)) {
		v, ok := text(dates[name])
		switch date, err := journey.ParseDate(v); {
		case !isName(name):
			unusable = append(unusable, "dates")
		case string(dates[name]) == "null" || ok && v == "":
			c.Dates[name] = nil
		case !ok || err != nil:
			unusable = append(unusable, "dates."+name)
		default:
			canonical := date.String()
			c.Dates[name] = &canonical
		}
	}
	if raw, there := data["properties"]; there && json.Unmarshal(raw, &c.Properties) != nil {
		unusable = append(unusable, "properties")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Properties)) {
		if !isName(name) {
			delete(c.Properties, name)
			unusable = append(unusable, "properties")
		}
	}
	return c, slices.Compact(unusable), nil
}

// Merge folds a change in that holds since at (microseconds since 1970) and names the fields that are different now. A
// field whose value is newer than the change stays as it is. left names the fields for which there is no room. zone is
// the one in which the days of instants are counted. The state itself is not changed.
func (s State) Merge(c Change, at int64, zone *time.Location) (next State, changed, left []string) {
	next = State{Object: s.Object, Stamps: maps.Clone(s.Stamps)}
	next.Type, next.Key = c.Type, c.Key
	next.Dates, next.Properties = maps.Clone(s.Dates), maps.Clone(s.Properties)
	if next.Stamps == nil {
		next.Stamps = map[string]int64{}
	}
	if next.Dates == nil {
		next.Dates = map[string]string{}
	}
	if next.Properties == nil {
		next.Properties = map[string]json.RawMessage{}
	}
	newer := func(field string) bool {
		if stamp, known := next.Stamps[field]; known && stamp > at {
			return false
		}
		next.Stamps[field] = at
		return true
	}
	for _, f := range []struct {
		name string
		v    *string
		into *string
	}{{"status", c.Status, &next.Status}, {"product", c.Product, &next.Product}} {
		if f.v != nil && newer(f.name) && *f.v != *f.into {
			*f.into = *f.v
			changed = append(changed, f.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Dates)) {
		field, v := "dates."+name, c.Dates[name]
		old, had := next.Dates[name]
		switch {
		case v != nil && !had && len(next.Dates) >= MaxDates:
			left = append(left, field)
		case !newer(field):
		case v == nil && had:
			delete(next.Dates, name)
			changed = append(changed, field)
		case v != nil && (!had || *v != old):
			next.Dates[name] = *v
			changed = append(changed, field)
		}
	}
	size := 0
	for name, raw := range next.Properties {
		size += len(name) + len(raw)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Properties)) {
		field, raw := "properties."+name, c.Properties[name]
		old, had := next.Properties[name]
		gone := string(raw) == "null"
		switch {
		case !gone && (!had && len(next.Properties) >= MaxProperties || size-len(old)+len(raw)+len(name) > MaxBytes):
			left = append(left, field)
		case !newer(field):
		case gone && had:
			delete(next.Properties, name)
			size -= len(name) + len(old)
			changed = append(changed, field)
		case !gone && (!had || !sameJSON(old, raw)):
			next.Properties[name] = raw
			size += len(raw) - len(old)
			changed = append(changed, field)
		}
	}
	next.Days = days(next.Dates, zone)
	return next, changed, left
}

// sameJSON compares values, not spellings: a database may have written a value anew.
func sameJSON(a, b json.RawMessage) bool {
	if string(a) == string(b) {
		return true
	}
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	p, err1 := json.Marshal(x)
	q, err2 := json.Marshal(y)
	return err1 == nil && err2 == nil && string(p) == string(q)
}

// text reads a JSON text, or a number as its digits; blanks around it do not count.
func text(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil && string(raw) != "null" {
		return strings.TrimSpace(s), true
	}
	var n json.Number
	if len(raw) > 0 && (raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9') && json.Unmarshal(raw, &n) == nil {
		return n.String(), true
	}
	return "", false
}

// IsType reports whether a text can be a type of object.
func IsType(s string) bool {
	return s != "" && len(s) <= MaxType && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

func isName(s string) bool {
	return s != "" && len(s) <= MaxName && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f })
}
