package journey

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // the same zones on every machine, also in an empty container
)

// Zone loads an IANA time zone. "Local" and the empty name are refused: they would mean the worker's machine.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not a time zone; write for example Europe/Amsterdam", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not a known time zone; write for example Europe/Amsterdam", name)
	}
	return loc, nil
}

// ResolveZone is the zone that a setting of a document means: nothing and "customer" his own, "workspace" the
// workspace's, else the named one. A name that nobody knows falls back to the workspace's zone, then to UTC: a wrong
// profile must not stop a run.
func ResolveZone(setting, customer, workspace string) *time.Location {
	names := []string{setting, workspace}
	switch setting {
	case "", ZoneCustomer:
		names[0] = customer
	case ZoneWorkspace:
		names = names[1:]
	}
	for _, n := range names {
		if loc, err := Zone(n); err == nil {
			return loc
		}
	}
	return time.UTC
}

// AddTo is the moment d after t: first the calendar parts on the wall clock of loc, then the exact part. A month or year
// that lacks the day ends on its last one (31 January + P1M = 28 or 29 February, 29 February + P1Y = 28 February).
func (d Duration) AddTo(t time.Time, loc *time.Location) time.Time {
	if d.Years != 0 || d.Months != 0 || d.Days != 0 {
		local := t.In(loc)
		y, m, day := local.Date()
		if d.Years != 0 || d.Months != 0 {
			months := y*12 + int(m) - 1 + d.Years*12 + d.Months
			y, m = floorDiv(months, 12), time.Month(months-floorDiv(months, 12)*12+1)
			day = min(day, daysIn(y, m))
		}
		t = wall(y, m, day+d.Days, local.Hour(), local.Minute(), local.Second(), local.Nanosecond(), loc)
	}
	return t.Add(d.Clock)
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && a < 0 {
		q--
	}
	return q
}

func daysIn(y int, m time.Month) int { return time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day() }

// wall is the moment at which the clocks in loc show the given time. Shown twice (clocks go back): the first one. Never
// shown (clocks go forward, or a day is skipped): as many hours later as the gap is long, as RFC 5545 section 3.3.5
// says. time.Date promises neither.
func wall(y int, m time.Month, day, h, mi, s, ns int, loc *time.Location) time.Time {
	utc := time.Date(y, m, day, h, mi, s, ns, time.UTC)
	// Offsets lie between -12 and +14 hours, so these two probes stand before and after any change nearby.
	_, before := utc.Add(-26 * time.Hour).In(loc).Zone()
	_, after := utc.Add(26 * time.Hour).In(loc).Zone()
	for _, offset := range []int{max(before, after), min(before, after)} { // the larger offset comes first in time
		candidate := utc.Add(-time.Duration(offset) * time.Second)
		if _, got := candidate.In(loc).Zone(); got == offset {
			return candidate.In(loc)
		}
	}
	return utc.Add(-time.Duration(before) * time.Second).In(loc)
}

// Clock is a time of day on the wall.
type Clock struct{ Hour, Minute int }

// ParseClock reads "09:30", 00:00 to 23:59.
func ParseClock(text string) (Clock, error) {
	var c Clock
	if len(text) == 5 && text[2] == ':' {
		for i, at := range []int{0, 3} {
			hi, lo := text[at]-'0', text[at+1]-'0'
			if hi > 9 || lo > 9 {
				return Clock{}, notAClock(text)
			}
			*[]*int{&c.Hour, &c.Minute}[i] = int(hi)*10 + int(lo)
		}
		if c.Hour < 24 && c.Minute < 60 {
			return c, nil
		}
	}
	return Clock{}, notAClock(text)
}

func notAClock(text string) error {
	return fmt.Errorf("%q is not a time of day; write for example 09:30", text)
}

var everyDay = [7]bool{true, true, true, true, true, true, true}

var weekdays = map[string]time.Weekday{"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}

// ParseWeekdays reads "mon" … "sun"; none means all. The result is indexed by time.Weekday.
func ParseWeekdays(names []string) ([7]bool, error) {
	var set [7]bool
	for _, n := range names {
		d, ok := weekdays[strings.ToLower(n)]
		if !ok {
			return set, fmt.Errorf("%q is not a weekday; write mon, tue, wed, thu, fri, sat or sun", n)
		}
		set[d] = true
	}
	if len(names) == 0 {
		set = everyDay
	}
	return set, nil
}

// NextLocal is the first moment at or after from (after it, if strict) at which the clocks in loc show c on one of the
// days. On a day on which they show it twice only the first time counts; on a day on which they skip it, the moment
// after the gap.
func NextLocal(from time.Time, c Clock, days [7]bool, loc *time.Location, strict bool) time.Time {
	y, m, day := from.In(loc).Date()
	// One day back, because a gap may push a moment past midnight; a skipped day (Samoa, 30 December 2011) needs one more.
	for i := -1; i < 16; i++ {
		weekday := time.Date(y, m, day+i, 0, 0, 0, 0, time.UTC).Weekday()
		at := wall(y, m, day+i, c.Hour, c.Minute, 0, 0, loc)
		if days[weekday] && (at.After(from) || !strict && at.Equal(from)) {
			return at
		}
	}
	return from // no weekday was chosen: validation refuses that
}

// WaitUntil is the moment at which a wait step for a duration or until a time of day ends that was reached at the given
// time for the visit-th time. fallback is the zone of the document for this customer; named gives the zone that a setting
// means (see ResolveZone). In a loop a bare "until" means the next time, never this very moment.
func WaitUntil(w WaitStep, reached time.Time, visit int, fallback *time.Location, named func(setting string) *time.Location) (time.Time, error) {
	at := reached
	if w.For != "" {
		d, err := ParseDuration(w.For)
		if err != nil {
			return time.Time{}, err
		}
		at = d.AddTo(reached, fallback)
	}
	if w.Until == nil {
		return at, nil
	}
	loc := fallback
	if w.Until.Timezone != "" {
		loc = named(w.Until.Timezone)
	}
	c, err := ParseClock(w.Until.Time)
	if err != nil {
		return time.Time{}, err
	}
	days, err := ParseWeekdays(w.Until.Weekdays)
	if err != nil {
		return time.Time{}, err
	}
	return NextLocal(at, c, days, loc, w.For == "" && visit > 1), nil
}
