package journey

import (
	"fmt"
	"strings"
	"time"
)

// DateValue is what a date of a customer, an object or a run's context holds: a calendar day (2026-05-03), a time on the
// wall wherever it is read (2026-05-03T15:00), or an instant (2026-05-03T15:00:00Z). The zero value is no date.
type DateValue struct {
	at      time.Time // a day and a time on the wall are kept in UTC
	timed   bool      // it has a time of day
	instant bool      // at is a moment, not what a clock shows
}

var dateLayouts = []struct {
	layout         string
	timed, instant bool
}{
	{time.DateOnly, false, false},
	{time.RFC3339Nano, true, true},
	{"2006-01-02T15:04:05.999999999", true, false},
	{"2006-01-02T15:04", true, false},
	{"2006-01-02 15:04:05", true, false},
	{"2006-01-02 15:04", true, false},
}

// ParseDate reads one of the three forms.
func ParseDate(text string) (DateValue, error) {
	text = strings.TrimSpace(text)
	for _, l := range dateLayouts {
		if at, err := time.Parse(l.layout, text); err == nil {
			if y := at.Year(); y < 1 || y > 9998 {
				break
			}
			return DateValue{at: at.UTC(), timed: l.timed, instant: l.instant}, nil
		}
	}
	return DateValue{}, fmt.Errorf("%q is not a date; write for example 2026-05-03 or 2026-05-03T15:00:00Z", text)
}

// DateOf reads a date from a JSON value. Nothing and the empty text are no date; anything else that can't be read is an
// error.
func DateOf(v any) (DateValue, error) {
	switch t := v.(type) {
	case nil:
		return DateValue{}, nil
	case string:
		if strings.TrimSpace(t) == "" {
			return DateValue{}, nil
		}
		return ParseDate(t)
	case time.Time:
		return InstantDate(t), nil
	}
	return DateValue{}, fmt.Errorf("%v is not a date", v)
}

// DayDate is a calendar day.
func DayDate(year int, month time.Month, day int) DateValue {
	return DateValue{at: time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// InstantDate is a moment; the zero time is no date.
func InstantDate(t time.Time) DateValue {
	if t.IsZero() {
		return DateValue{}
	}
	return DateValue{at: t.UTC(), timed: true, instant: true}
}

// IsZero reports that there is no date.
func (d DateValue) IsZero() bool { return d == DateValue{} }

// shown is what a calendar and a clock in loc show at the date.
func (d DateValue) shown(loc *time.Location) time.Time {
	if d.instant {
		return d.at.In(loc)
	}
	return d.at
}

// String is the form that ParseDate reads.
func (d DateValue) String() string {
	switch {
	case d.IsZero():
		return ""
	case d.instant:
		return d.at.Format(time.RFC3339Nano)
	case d.timed:
		return d.at.Format("2006-01-02T15:04:05")
	}
	return d.at.Format(time.DateOnly)
}
