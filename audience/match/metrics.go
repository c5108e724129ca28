package match

import (
	"time"

	"sojourn/audience"
)

// Number is the value of a metric, if it is known.
func (m Metrics) Number(id audience.FieldID) (float64, bool) { return m.values[id], m.known[id] }

// Instant is the value of a metric that is a moment; the zero time if it is not known.
func (m Metrics) Instant(id audience.FieldID) time.Time {
	if !m.known[id] {
		return time.Time{}
	}
	return time.UnixMicro(int64(m.values[id])).UTC()
}
