package importer

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"sojourn/catalogue"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/journey"
	"sojourn/storage"
)

// sourceOfObjects is who tells of the objects of a file.
const sourceOfObjects = "import"

// objectColumn is what one column of an objects file means.
type objectColumn struct{ name, kind string } // kind: "user_id", "object_type", "object_key", "status", "product", "changed_at", "date", "property"

// objectColumns understands the header of an objects file.
func objectColumns(header []string) ([]objectColumn, error) {
	out := make([]objectColumn, len(header))
	var wrong []fault.Field
	seen := map[string]bool{}
	for i, h := range header {
		c := objectColumn{name: h, kind: "property"}
		switch known := strings.ToLower(h); known {
		case "user_id", "object_type", "object_key", "status", "product", "changed_at":
			c = objectColumn{known, known}
		default:
			if strings.HasPrefix(known, "date_") {
				c = objectColumn{h[len("date_"):], "date"}
			}
		}
		switch {
		case c.name == "" || len(c.name) > catalogue.MaxName:
			wrong = append(wrong, fault.Field{Path: fmt.Sprintf("column %d %q", i+1, h), Message: fmt.Sprintf("a name has 1 to %d bytes", catalogue.MaxName)})
		case seen[c.kind+"/"+c.name]:
			wrong = append(wrong, fault.Field{Path: fmt.Sprintf("column %d %q", i+1, h), Message: "this column is there twice"})
		}
		seen[c.kind+"/"+c.name] = true
		out[i] = c
	}
	for _, name := range []string{"user_id", "object_type", "object_key"} {
		if !seen[name+"/"+name] {
			wrong = append(wrong, fault.Field{Path: name, Message: "this column is missing"})
		}
	}
	if len(wrong) > 0 {
		return nil, fault.New(fault.Invalid, "the header of the file is not right").WithFields(wrong...)
	}
	return out, nil
}

// objectRow reads one object as the event that tells of it. The id of the event is the line of the file, so a row that is
// read twice is one event. since is the moment for rows that name none: when the import began.
func objectRow(columns []objectColumn, values []string, line int64, job ids.ID, zone *time.Location, since, now time.Time) (ingest.Event, []storage.RowError) {
	var bad []storage.RowError
	wrong := func(name, format string, args ...any) {
		bad = append(bad, storage.RowError{Line: line, Column: name, Message: fmt.Sprintf(format, args...)})
	}
	object, dates, properties := map[string]any{}, map[string]any{}, map[string]any{}
	user, at := "", since
	for i, c := range columns {
		v := strings.TrimSpace(values[i])
		if v == "" && c.kind != "user_id" {
			continue // an empty cell says nothing
		}
		switch c.kind {
		case "user_id":
			if user = v; v == "" || len(v) > maxIDBytes {
				wrong(c.name, "1 to %d bytes", maxIDBytes)
			}
		case "changed_at":
			var ok bool
			if at, ok = moment(v, zone); !ok || at.After(now) {
				wrong(c.name, "not a moment in the past, such as 2026-03-01T09:30:00Z or 2026-03-01")
			}
		case "date":
			if _, err := journey.ParseDate(v); err != nil {
				wrong("date_"+c.name, "not a date such as 2026-05-03, 2026-05-03T15:00 or 2026-05-03T13:00:00Z")
			}
			dates[c.name] = v
		case "property":
			raw, _ := attribute("auto", v)
			properties[c.name] = raw
		default:
			object[c.kind] = v
		}
	}
	if len(dates) > 0 {
		object["dates"] = dates
	}
	if len(properties) > 0 {
		object["properties"] = properties
	}
	if len(bad) > 0 {
		return ingest.Event{}, bad
	}
	e, err := objectEvent(object, user, fmt.Sprintf("%s/%d", job, line), at, now)
	if err != nil {
		wrong("", "%s", err)
	}
	return e, bad
}

func objectEvent(object map[string]any, user, id string, at, now time.Time) (ingest.Event, error) {
	raw, err := json.Marshal(object)
	if err != nil {
		return ingest.Event{}, err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return ingest.Event{}, err
	}
	_, unusable, err := catalogue.ParseChange(fields)
	if err != nil {
		return ingest.Event{}, err
	}
	if len(unusable) > 0 {
		return ingest.Event{}, fmt.Errorf("%s: can't be read", strings.Join(unusable, ", "))
	}
	body, err := json.Marshal(map[string]any{"messageId": id, "userId": user, "event": catalogue.EventChanged, "properties": object, "timestamp": at.UTC().Format(time.RFC3339Nano)})
	if err != nil {
		return ingest.Event{}, err
	}
	d, err := ingest.Decode(ingest.Track, body, ingest.Options{ReceivedAt: now, Backfill: true})
	if err != nil {
		return ingest.Event{}, err
	}
	return d.Events[0], nil
}
