package ingest

import (
	"strconv"
	"strings"
	"time"
)

// Occurred corrects the sender's clock: receivedAt - (sentAt - timestamp), as the tracking API defines it. Without
// sentAt the timestamp is believed; without a timestamp the receipt is the moment. Nothing occurs after its receipt:
// what a wrong clock puts there is moved to the receipt, or "last seen" would lie in the future.
func Occurred(timestamp, sentAt, receivedAt time.Time) time.Time {
	receivedAt = receivedAt.UTC().Truncate(time.Microsecond)
	if timestamp.IsZero() {
		return receivedAt
	}
	t := timestamp
	if !sentAt.IsZero() {
		t = receivedAt.Add(-sentAt.Sub(timestamp))
	}
	if t.After(receivedAt) {
		return receivedAt
	}
	return t.UTC().Truncate(time.Microsecond)
}

// Layouts without a zone are UTC.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04Z07:00", "2006-01-02"}

// ParseTime reads ISO 8601 as sources write it, or seconds or milliseconds since 1970 in digits. The years 1970 to
// 9999 are known.
func ParseTime(s string) (time.Time, bool) {
	if len(s) > 40 {
		return time.Time{}, false
	}
	if strings.Trim(s, "0123456789") == "" {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return time.Time{}, false
		}
		return epoch(n)
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			t = t.UTC()
			return t, t.Year() >= 1970 && t.Year() <= 9999
		}
	}
	return time.Time{}, false
}

// epoch tells seconds from milliseconds by size: 10^11 seconds is the year 5138, 10^11 milliseconds is 1973.
func epoch(n int64) (time.Time, bool) {
	switch {
	case n <= 0 || n > 253402300799999:
		return time.Time{}, false
	case n >= 100_000_000_000:
		return time.UnixMilli(n).UTC(), true
	}
	return time.Unix(n, 0).UTC(), true
}

// moment accepts a string or a number; null is the zero time.
func (d *decoder) moment(i int32, path string) time.Time {
	n := &d.p.nodes[i]
	if n.kind == 'n' {
		return time.Time{}
	}
	if n.kind == '"' || n.kind == '0' {
		if t, ok := ParseTime(string(d.p.bytesOf(i))); ok {
			return t
		}
	}
	d.issue(path, "must be a moment in ISO 8601, e.g. 2026-03-01T09:30:00.000Z")
	return time.Time{}
}
