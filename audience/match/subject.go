package match

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"sojourn/audience"
	"sojourn/ids"
)

// Subject is everything a condition may look at, already loaded. What a condition does not need may stay empty (see
// audience.Expr.Needs).
type Subject struct {
	Customer    Customer
	Attributes  map[string]any // as encoding/json decodes an object
	Metrics     Metrics
	Permissions []Permission
	Audiences   []string // keys of the audiences the customer is a member of
	Events      []Event  // routed events, ascending by (At, ID); see SortEvents
	Objects     []Object
	Event       *Event // the event at hand, or nil
	Context     map[string]any
	Results     map[string]string // last result by step id
}

// Customer holds the customer's own fields; empty means absent.
type Customer struct {
	ExternalID, Email, Phone, Locale, Timezone, Country string
	Birthday                                            string // YYYY-MM-DD
	CreatedAt, PausedUntil                              time.Time
	NoProfiling, Restricted                             bool
}

// Permission is the current state of one channel and purpose.
type Permission struct{ Channel, Purpose, State string }

// Event is one routed event.
type Event struct {
	ID   ids.ID
	Name string
	At   time.Time
	Data map[string]any
}

// Object is one object of the customer's; Data is what conditions see of it (catalogue.Object).
type Object struct {
	Type string
	Data map[string]any
}

// SortEvents puts events into the order in which first, last and ties are decided.
func SortEvents(events []Event) {
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(a.At.Compare(b.At), bytes.Compare(a.ID[:], b.ID[:]))
	})
}

// Metrics are the values of customer_metrics by number. The zero value is a customer without a metrics row.
type Metrics struct {
	known  [audience.MetricsLen]bool
	values [audience.MetricsLen]float64 // instants in microseconds: exact below 2^53
}

// Set stores a number.
func (m *Metrics) Set(id audience.FieldID, v float64) { m.known[id], m.values[id] = true, v }

// SetInstant stores an instant; the zero time is absent.
func (m *Metrics) SetInstant(id audience.FieldID, t time.Time) {
	if !t.IsZero() {
		m.Set(id, float64(t.UnixMicro()))
	}
}

func (m *Metrics) get(f audience.Field) (float64, bool) {
	if f.Counter {
		return m.values[f.ID], true
	}
	return m.values[f.ID], m.known[f.ID]
}
