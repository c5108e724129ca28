package pressure

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"sojourn/consent"
)

// Kinds of cap.
const (
	Sliding  = "sliding"  // any stretch of that length
	Calendar = "calendar" // a day, week (from Monday) or month on the customer's wall calendar
)

// Cap is the most messages one customer gets in a window. Channels and purposes are counted together; an empty list
// means all. Only classes that caps apply to are counted: marketing, soft opt-in, check-in.
type Cap struct {
	Max      int      `json:"max"`
	Window   string   `json:"window"`         // P7D, P1D, PT12H…; calendar: P1D, P7D, P1W or P1M
	Kind     string   `json:"kind,omitempty"` // sliding (default) or calendar
	Channels []string `json:"channels,omitempty"`
	Purposes []string `json:"purposes,omitempty"`
}

// Past is an earlier message of the customer, as far as caps care.
type Past struct {
	Channel, Purpose string
	Class            consent.Class
	Open             bool      // claimed or being handed over: counts now, whatever becomes of it
	HandedAt         time.Time // otherwise: when it was handed over, or may have been (unknown)
}

// recheck is when to look again while open claims fill a cap: their leases end within a minute.
const recheck = time.Minute

type span struct {
	length time.Duration // sliding
	unit   byte          // calendar: 'D', 'W', 'M'
}

var windowForm = regexp.MustCompile(`^P(?:(\d{1,4})([DWM])|T(\d{1,5})([HM]))$`)

func (c Cap) span() (span, error) {
	m := windowForm.FindStringSubmatch(c.Window)
	if m == nil {
		return span{}, fmt.Errorf("%q is not a window such as P7D, P1W or PT12H", c.Window)
	}
	switch c.Kind {
	case "", Sliding:
		n, _ := strconv.Atoi(m[1] + m[3])
		length := map[string]time.Duration{"D": dayLength, "W": 7 * dayLength, "H": time.Hour, "tM": time.Minute}
		unit := m[2] + m[4]
		if m[4] == "M" {
			unit = "tM"
		}
		if length[unit] == 0 || n == 0 {
			return span{}, fmt.Errorf("a sliding window counts days, weeks, hours or minutes (months have no fixed length)")
		}
		return span{length: time.Duration(n) * length[unit]}, nil
	case Calendar:
		switch c.Window {
		case "P1D":
			return span{unit: 'D'}, nil
		case "P7D", "P1W":
			return span{unit: 'W'}, nil
		case "P1M":
			return span{unit: 'M'}, nil
		}
		return span{}, fmt.Errorf("a calendar window is P1D, P1W or P1M")
	}
	return span{}, fmt.Errorf("kind is sliding or calendar")
}

func (c Cap) covers(channel, purpose string) bool {
	return (len(c.Channels) == 0 || slices.Contains(c.Channels, channel)) && (len(c.Purposes) == 0 || slices.Contains(c.Purposes, purpose))
}

// Free returns the moment from which one more message fits: now when it fits already. loc is where the calendar of the
// customer hangs.
func (c Cap) Free(now time.Time, loc *time.Location, past []Past) time.Time {
	w, err := c.span()
	if err != nil {
		return now
	}
	var counted []time.Time
	open := 0
	start := now.Add(-w.length)
	var next time.Time
	if w.unit != 0 {
		start, next = period(now, loc, w.unit)
	}
	for _, p := range past {
		switch {
		case !c.covers(p.Channel, p.Purpose) || !applies(ReasonCap, p.Class):
		case p.Open:
			open++
		case w.unit == 0 && p.HandedAt.After(start), w.unit != 0 && !p.HandedAt.Before(start):
			counted = append(counted, p.HandedAt)
		}
	}
	over := len(counted) + open - c.Max + 1 // so many have to leave the window first
	switch {
	case over <= 0:
		return now
	case over > len(counted):
		return now.Add(recheck)
	case w.unit != 0:
		return next
	}
	slices.SortFunc(counted, time.Time.Compare)
	return counted[over-1].Add(w.length)
}

// Longest is how far back a policy looks: hand-overs before now minus this count for no cap.
func (p Policy) Longest() time.Duration {
	var longest time.Duration
	for _, c := range p.Caps {
		w, _ := c.span()
		switch w.unit {
		case 'D':
			w.length = 2 * dayLength
		case 'W':
			w.length = 8 * dayLength
		case 'M':
			w.length = 32 * dayLength
		}
		longest = max(longest, w.length)
	}
	return longest
}

// period returns the first moment of the calendar period that holds now, and of the next one.
func period(now time.Time, loc *time.Location, unit byte) (start, next time.Time) {
	y, m, d := now.In(loc).Date()
	switch unit {
	case 'W':
		d -= (int(now.In(loc).Weekday()) + 6) % 7
		return midnight(y, m, d, loc), midnight(y, m, d+7, loc)
	case 'M':
		return midnight(y, m, 1, loc), midnight(y, m+1, 1, loc)
	}
	return midnight(y, m, d, loc), midnight(y, m, d+1, loc)
}

// midnight is the first moment of a local date. Where a change of the clock skips 00:00 that is the moment of the
// change, and where it repeats 00:00 the first of the two; time.Date promises neither.
func midnight(y int, m time.Month, d int, loc *time.Location) time.Time {
	noon := time.Date(y, m, d, 12, 0, 0, 0, loc)
	date := noon.Format(time.DateOnly)
	t := noon.Add(-16 * time.Hour)
	for range 8 {
		local := t.In(loc)
		if local.Format(time.DateOnly) >= date {
			return t
		}
		candidate := t.Add(dayLength - wall(local))
		_, change := local.ZoneBounds()
		if !change.IsZero() && !candidate.Before(change) {
			candidate = change
		}
		t = candidate
	}
	return t
}
