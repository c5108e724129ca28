package importer

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ingest"
	"sojourn/storage"
)

const (
	maxIDBytes    = ingest.MaxIDBytes
	maxOrderID    = 191 // width of orders.order_key
	maxNameBytes  = 150
	maxValueBytes = 32 << 10
)

// column is what one column of a customers file means.
type column struct {
	name string
	kind string // "user_id", "created_at", "consent", "consent_at", "field", or the type of an attribute: "auto", "text", "number", "boolean"
	// of a consent column
	channel, purpose string
}

var (
	consentColumn = regexp.MustCompile(`^consent_([a-z]{1,16})_([a-z0-9][a-z0-9_.-]{0,63})$`)
	number        = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?$`) // what a double keeps exactly, and no codes with leading zeros
	fields        = []string{"email", "phone", "locale", "timezone", "country", "birthday"}
	names         = []string{"first_name", "last_name"}
)

// customerColumns understands the header of a customers file.
func customerColumns(header []string) ([]column, error) {
	var out []column
	var wrong []fault.Field
	seen := map[string]bool{}
	for i, h := range header {
		c, problem := customerColumn(h)
		if problem == "" && seen[c.name] {
			problem = "this column is there twice"
		}
		seen[c.name] = true
		if problem != "" {
			wrong = append(wrong, fault.Field{Path: fmt.Sprintf("column %d %q", i+1, h), Message: problem})
		}
		out = append(out, c)
	}
	if !seen["user_id"] {
		wrong = append(wrong, fault.Field{Path: "user_id", Message: "this column is missing"})
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "the header of the file is not right").WithFields(wrong...)
	}
	return out, nil
}

func customerColumn(h string) (column, string) {
	known := strings.ToLower(h)
	switch {
	case h == "":
		return column{}, "a column has no name"
	case known == "user_id", known == "created_at", known == "consent_at":
		return column{name: known, kind: known}, ""
	case slices.Contains(fields, known):
		return column{name: known, kind: "field"}, ""
	case slices.Contains(names, known):
		return column{name: known, kind: "text"}, ""
	}
	if m := consentColumn.FindStringSubmatch(known); m != nil {
		return column{name: known, kind: "consent", channel: m[1], purpose: m[2]}, ""
	}
	c := column{name: h, kind: "auto"}
	if name, kind, typed := strings.Cut(h, ":"); typed {
		if c.name, c.kind = strings.TrimSpace(name), strings.ToLower(strings.TrimSpace(kind)); !slices.Contains([]string{"text", "number", "boolean"}, c.kind) {
			return c, "the type after the colon is text, number or boolean"
		}
	}
	if c.name == "" || len(c.name) > maxNameBytes {
		return c, fmt.Sprintf("the name of an attribute has 1 to %d bytes", maxNameBytes)
	}
	return c, ""
}

// customerRow reads one person. The problems are empty when the row can be used.
func customerRow(columns []column, values []string, line int64, zone *time.Location, now time.Time) (storage.ImportedCustomer, []storage.RowError) {
	row := storage.ImportedCustomer{Line: line, Traits: make(map[string]json.RawMessage, len(columns))}
	var bad []storage.RowError
	wrong := func(name, format string, args ...any) {
		bad = append(bad, storage.RowError{Line: line, Column: name, Message: fmt.Sprintf(format, args...)})
	}
	var consentAt time.Time
	for i, c := range columns {
		v := strings.TrimSpace(values[i])
		switch {
		case c.kind == "user_id":
			if v == "" || len(v) > maxIDBytes {
				wrong(c.name, "1 to %d bytes", maxIDBytes)
			}
			row.UserID = v
		case v == "":
		case len(v) > maxValueBytes:
			wrong(c.name, "%d bytes; at most %d", len(v), maxValueBytes)
		case c.kind == "created_at", c.kind == "consent_at":
			at, ok := moment(v, zone)
			if !ok || at.After(now) {
				wrong(c.name, "not a moment in the past, such as 2026-03-01T09:30:00Z or 2026-03-01")
			}
			if c.kind == "created_at" {
				row.CreatedAt = at
			} else {
				consentAt = at
			}
		case c.kind == "consent":
			state := consent.State(strings.ToLower(v))
			if state != consent.Granted && state != consent.Withdrawn && state != consent.Pending {
				wrong(c.name, "granted, withdrawn or pending")
				break
			}
			row.Consents = append(row.Consents, storage.ImportedConsent{Channel: c.channel, Purpose: c.purpose, State: state})
		default:
			raw, ok := attribute(c.kind, v)
			if !ok {
				wrong(c.name, "not a %s", c.kind)
			}
			row.Traits[c.name] = raw
		}
	}
	for i := range row.Consents {
		row.Consents[i].At = consentAt
	}
	return row, bad
}

// attribute turns a cell into JSON.
func attribute(kind, v string) (json.RawMessage, bool) {
	lower := strings.ToLower(v)
	switch {
	case (kind == "auto" || kind == "number") && number.MatchString(v):
		return json.RawMessage(v), true
	case (kind == "auto" || kind == "boolean") && (lower == "true" || lower == "false"):
		return json.RawMessage(lower), true
	case kind == "number", kind == "boolean":
		return nil, false
	}
	b, err := json.Marshal(v)
	return b, err == nil
}

// orderColumns gives the place of each known column of an orders file; -1 for one that is not there.
func orderColumns(header []string) (map[string]int, error) {
	at := map[string]int{"order_id": -1, "user_id": -1, "placed_at": -1, "value": -1, "currency": -1, "items": -1}
	var wrong []fault.Field
	for i, h := range header {
		name := strings.ToLower(h)
		place, known := at[name]
		switch {
		case !known:
			wrong = append(wrong, fault.Field{Path: fmt.Sprintf("column %d %q", i+1, h), Message: "an orders file has order_id, user_id, placed_at, value, currency, items"})
		case place >= 0:
			wrong = append(wrong, fault.Field{Path: fmt.Sprintf("column %d %q", i+1, h), Message: "this column is there twice"})
		default:
			at[name] = i
		}
	}
	for _, name := range []string{"order_id", "user_id", "placed_at", "value"} {
		if at[name] < 0 {
			wrong = append(wrong, fault.Field{Path: name, Message: "this column is missing"})
		}
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "the header of the file is not right").WithFields(wrong...)
	}
	return at, nil
}

// orderRow reads one order.
func orderRow(at map[string]int, values []string, line int64, currency string, zone *time.Location, now time.Time) (storage.ImportedOrder, []storage.RowError) {
	row := storage.ImportedOrder{Line: line, Currency: currency, Items: 1}
	var bad []storage.RowError
	wrong := func(name, format string, args ...any) {
		bad = append(bad, storage.RowError{Line: line, Column: name, Message: fmt.Sprintf(format, args...)})
	}
	cell := func(name string) string {
		if at[name] < 0 {
			return ""
		}
		return strings.TrimSpace(values[at[name]])
	}
	if row.OrderID = cell("order_id"); row.OrderID == "" || len(row.OrderID) > maxOrderID {
		wrong("order_id", "1 to %d bytes", maxOrderID)
	}
	if row.UserID = cell("user_id"); row.UserID == "" || len(row.UserID) > maxIDBytes {
		wrong("user_id", "1 to %d bytes", maxIDBytes)
	}
	var ok bool
	if row.PlacedAt, ok = moment(cell("placed_at"), zone); !ok || row.PlacedAt.After(now) {
		wrong("placed_at", "not a moment in the past, such as 2026-03-01T09:30:00Z or 2026-03-01")
	}
	if v := cell("currency"); v != "" {
		if row.Currency, ok = ingest.Currency(v); !ok {
			wrong("currency", "not a currency code of three letters")
		}
	}
	if row.ValueMinor, ok = ingest.Minor(cell("value"), row.Currency); !ok || row.ValueMinor < 0 {
		wrong("value", "not an amount such as 29.33")
	}
	if v := cell("items"); v != "" {
		n, err := strconv.ParseInt(v, 10, 32)
		if err != nil || n < 0 {
			wrong("items", "not a number of items")
		}
		row.Items = int(n)
	}
	return row, bad
}

// Layouts of moments that say no zone; they are in the zone of the workspace.
var local = []string{"2006-01-02", "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"}

func moment(v string, zone *time.Location) (time.Time, bool) {
	for _, layout := range local {
		if len(layout) == len(v) {
			if t, err := time.ParseInLocation(layout, v, zone); err == nil {
				return t.UTC(), t.Year() >= 1970
			}
		}
	}
	return ingest.ParseTime(v)
}
