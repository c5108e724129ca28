package catalogue

import (
	"encoding/json"
	"time"
)

// Limits of one object.
const (
	MaxType       = 64       // bytes
	MaxKey        = 191      // bytes
	MaxStatus     = 64       // bytes
	MaxName       = 128      // bytes of the name of a date or property
	MaxDates      = 50       // dates
	MaxProperties = 200      // properties
	MaxBytes      = 64 << 10 // JSON of all properties together
)

// Cancelled is the status of an object that is off; "canceled" and other cases are written as this.
const Cancelled = "cancelled"

// Object is something of a customer's, as conditions, runs and templates see it.
type Object struct {
	Type       string                     `json:"type"`
	Key        string                     `json:"key"`
	Status     string                     `json:"status,omitempty"`
	Product    string                     `json:"product,omitempty"` // SKU or key of what it is about
	Dates      map[string]string          `json:"dates,omitempty"`
	Days       map[string]string          `json:"days,omitempty"` // the calendar day of each date, YYYY-MM-DD
	Properties map[string]json.RawMessage `json:"properties,omitempty"`
}

// State is an object and since when each of its fields has its value: microseconds since 1970 by "status", "product",
// "dates.NAME", "properties.NAME". A field that was removed keeps its stamp.
type State struct {
	Object
	Stamps map[string]int64
}

// IsCancelled reports that the object is off.
func (o Object) IsCancelled() bool { return o.Status == Cancelled }

// Names of the events that a change of an object makes. Sources tell us of objects by events of the same names.
const (
	EventCreated   = "Object Created"   // it is known for the first time
	EventChanged   = "Object Changed"   // something of it is different
	EventCancelled = "Object Cancelled" // its status became cancelled
)

// Facts names the events that the step from one state of an object to the next makes; known says that the first one
// was known before. changed are the fields that Merge reports. A cancellation that comes first makes that event alone.
func Facts(before, after Object, known bool, changed []string) []string {
	var out []string
	switch {
	case !known && !after.IsCancelled(): // what is cancelled before we have heard of it never begins
		out = append(out, EventCreated)
	case known && len(changed) > 0:
		out = append(out, EventChanged)
	}
	if after.IsCancelled() && !before.IsCancelled() {
		out = append(out, EventCancelled)
	}
	return out
}

// days is the calendar day of each date; instants are read in zone.
func days(dates map[string]string, zone *time.Location) map[string]string {
	if len(dates) == 0 {
		return nil
	}
	out := make(map[string]string, len(dates))
	for name, text := range dates {
		if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
			out[name] = at.In(zone).Format(time.DateOnly)
			continue
		}
		out[name] = text[:min(len(text), len(time.DateOnly))]
	}
	return out
}
