package pressure

import (
	"fmt"
	"time"
)

// QuietHours are hours of the wall clock in which nothing commercial goes out, e.g. 21:00 to 08:00.
type QuietHours struct {
	From string `json:"from"` // "21:00"; this minute is quiet
	To   string `json:"to"`   // "08:00"; this minute is not
}

const dayLength = 24 * time.Hour

// clock reads "21:00" as the time since midnight.
func clock(text string) (time.Duration, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time such as 21:00", text)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// wall is the time since midnight that a clock on the wall shows.
func wall(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
}

// Until returns the first moment, not before now, that is not quiet in any of the zones; now itself when it is not quiet.
// Hours are judged by the wall clock alone: an hour that a change of the clock skips does not exist, one that it repeats
// is quiet both times. When the zones leave no common moment within two weeks, the first zone decides alone.
func (q QuietHours) Until(now time.Time, zones []*time.Location) time.Time {
	t := now
	for range 64 {
		before := t
		for _, loc := range zones {
			t = q.end(t, loc)
		}
		if t.Equal(before) {
			return t
		}
		if t.Sub(now) > 14*dayLength {
			break
		}
	}
	return q.end(now, zones[0])
}

// Begins returns the first moment after now that is quiet in any of the zones; now must not be quiet.
func (q QuietHours) Begins(now time.Time, zones []*time.Location) time.Time {
	inverse := QuietHours{From: q.To, To: q.From}
	var first time.Time
	for _, loc := range zones {
		if t := inverse.end(now, loc); first.IsZero() || t.Before(first) {
			first = t
		}
	}
	return first
}

func (q QuietHours) quiet(t time.Time) bool {
	from, err := clock(q.From)
	to, err2 := clock(q.To)
	if err != nil || err2 != nil || from == to {
		return false
	}
	w := wall(t)
	if from < to {
		return w >= from && w < to
	}
	return w >= from || w < to
}

// end returns the first moment, not before t, that is not quiet in one zone. Between two changes of the clock the wall
// moves evenly, so the end is found by subtraction; at a change it is looked at again.
func (q QuietHours) end(t time.Time, loc *time.Location) time.Time {
	to, _ := clock(q.To)
	for range 16 {
		local := t.In(loc)
		if !q.quiet(local) {
			return t
		}
		candidate := t.Add((to - wall(local) + dayLength) % dayLength)
		_, change := local.ZoneBounds()
		if change.IsZero() || candidate.Before(change) {
			return candidate
		}
		t = change
	}
	return t
}
