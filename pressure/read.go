package pressure

import (
	"time"

	"sojourn/consent"
)

// Counted are the classes of messages that caps count.
func Counted() []consent.Class {
	var out []consent.Class
	for _, c := range consent.Classes {
		if applies(ReasonCap, c) {
			out = append(out, c)
		}
	}
	return out
}

// Covers reports whether a cap is about messages of this channel and purpose.
func (c Cap) Covers(channel, purpose string) bool { return c.covers(channel, purpose) }

// Since is from when on hand-overs count at now; loc is where the calendar hangs.
func (c Cap) Since(now time.Time, loc *time.Location) time.Time {
	w, err := c.span()
	if err != nil {
		return now
	}
	if w.unit != 0 {
		start, _ := period(now, loc, w.unit)
		return start
	}
	return now.Add(-w.length)
}
