package journey

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"
)

// SettingsSchema describes the settings of registered code: the part of JSON Schema (2020-12) that a form can show. Its
// JSON is valid JSON Schema.
type SettingsSchema struct {
	Type        string                     `json:"type,omitempty"` // object, array, string, integer, number, boolean; empty = anything
	Title       string                     `json:"title,omitempty"`
	Description string                     `json:"description,omitempty"`
	Format      string                     `json:"format,omitempty"`  // of a string: a Format…
	Order       []string                   `json:"x-order,omitempty"` // names of Properties as the code declares them
	Properties  map[string]*SettingsSchema `json:"properties,omitempty"`
	Items       *SettingsSchema            `json:"items,omitempty"`
	Additional  *SettingsSchema            `json:"additionalProperties,omitempty"` // of an object without Properties
	Enum        []string                   `json:"enum,omitempty"`
	Minimum     *float64                   `json:"minimum,omitempty"`
	Maximum     *float64                   `json:"maximum,omitempty"`
	Default     any                        `json:"default,omitempty"`
}

// Formats of text settings. The last three name something of the workspace by its key.
const (
	FormatDuration = "duration" // ISO 8601, P2D
	FormatDate     = "date"     // 2026-06-01
	FormatTime     = "time"     // 09:30
	FormatURL      = "uri"
	FormatTemplate = "template"
	FormatOffer    = "offer"
	FormatAudience = "audience"
)

// Formats lists what Format may be.
var Formats = []string{FormatDuration, FormatDate, FormatTime, FormatURL, FormatTemplate, FormatOffer, FormatAudience}

// Has reports whether the workspace has what a setting of this format names. Nil asks nobody.
type Has func(format, key string) bool

// Check lists everything that is wrong with settings. A setting that is missing has its default, so nothing is required.
func (s *SettingsSchema) Check(settings map[string]any, has Has) []SettingProblem {
	if s == nil {
		return nil
	}
	if settings == nil {
		settings = map[string]any{}
	}
	c := settingsCheck{has: has}
	c.value("", s, settings)
	return c.out
}

type settingsCheck struct {
	has Has
	out []SettingProblem
}

func (c *settingsCheck) bad(path, format string, args ...any) {
	c.out = append(c.out, SettingProblem{path, fmt.Sprintf(format, args...)})
}

func (c *settingsCheck) value(path string, s *SettingsSchema, v any) {
	if s == nil {
		return
	}
	switch s.Type {
	case "object":
		c.object(path, s, v)
	case "array":
		list, ok := v.([]any)
		if !ok && v != nil {
			c.bad(path, "must be a list")
		}
		for i, item := range list {
			c.value(fmt.Sprintf("%s[%d]", path, i), s.Items, item)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			c.bad(path, "must be true or false")
		}
	case "string":
		c.text(path, s, v)
	case "integer", "number":
		c.number(path, s, v)
	}
}

func (c *settingsCheck) object(path string, s *SettingsSchema, v any) {
	m, ok := v.(map[string]any)
	if !ok {
		if v != nil {
			c.bad(path, "must be an object")
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		of := s.Properties[name]
		if of == nil && s.Properties == nil {
			of = s.Additional
		}
		if of == nil {
			c.bad(settingPath(path, name), "there is no such setting")
			continue
		}
		c.value(settingPath(path, name), of, m[name])
	}
}

func (c *settingsCheck) text(path string, s *SettingsSchema, v any) {
	text, ok := v.(string)
	switch {
	case !ok:
		c.bad(path, "must be text")
	case len(s.Enum) > 0:
		if !slices.Contains(s.Enum, text) {
			c.bad(path, "must be one of %s", strings.Join(s.Enum, ", "))
		}
	case text == "": // not set
	case s.Format == FormatDuration:
		if _, err := ParseDuration(text); err != nil {
			c.bad(path, "must be a duration such as P2D or PT6H")
		}
	case s.Format == FormatDate:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			c.bad(path, "must be a date such as 2026-06-01")
		}
	case s.Format == FormatTime:
		if _, err := time.Parse("15:04", text); err != nil {
			c.bad(path, "must be a time such as 09:30")
		}
	case s.Format == FormatURL:
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			c.bad(path, "must be an address that begins with https://")
		}
	case s.Format != "" && c.has != nil && !c.has(s.Format, text):
		c.bad(path, "there is no %s %q", s.Format, text)
	}
}

func (c *settingsCheck) number(path string, s *SettingsSchema, v any) {
	n, ok := asNumber(v)
	switch {
	case !ok:
		c.bad(path, "must be a number")
	case s.Type == "integer" && n != math.Trunc(n):
		c.bad(path, "must be a whole number")
	case s.Minimum != nil && n < *s.Minimum:
		c.bad(path, "must be at least %v", *s.Minimum)
	case s.Maximum != nil && n > *s.Maximum:
		c.bad(path, "must be at most %v", *s.Maximum)
	}
}

// asNumber takes what JSON and YAML make of a number.
func asNumber(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case uint64:
		return float64(n), true
	}
	return 0, false
}

func settingPath(above, name string) string {
	if above == "" {
		return name
	}
	return above + "." + name
}
