package journey

import "time"

// DefaultAt is the time of day of a date rule that names none, on a date that has none.
var DefaultAt = Clock{Hour: 9}

// Occurrence is the first moment of a date rule that lies strictly after a moment; ok is false when there is none any
// more. It asks nothing about lateness: a date entry calls it to find the moment that follows the one it has handled.
// loc is the zone of the document for this customer; a zone of the rule goes before it (see ResolveZone).
//
// Days are counted on the calendar, so that a week before is the same weekday whatever the clocks do. A time of day that
// the clocks skip is as many minutes later as the gap is long, one that they show twice is the first (RFC 5545 section
// 3.3.5). An anniversary begins in the year after the date; 29 February is celebrated as the rule says.
func Occurrence(r DateRule, date DateValue, loc *time.Location, after time.Time) (at time.Time, ok bool, err error) {
	c, err := r.calendar(date, loc)
	if err != nil || date.IsZero() {
		return time.Time{}, false, err
	}
	o, ok := c.first(after, func(o occasion) bool { return o.at.After(after) })
	return o.at, ok, nil
}

// Joining is what a date rule means for somebody whose date becomes known, or changes, at now: when he is to enter. late
// says that the moment has passed already and that the rule lets him in nevertheless, at once (LateNow) or at the next
// such time of day (LateNext; on an anniversary that is next year, and not late). An occasion is over when both its day
// and the day of its moment are: nobody enters late for a stay of two years ago.
func Joining(r DateRule, date DateValue, loc *time.Location, now time.Time) (at time.Time, late, ok bool, err error) {
	c, err := r.calendar(date, loc)
	if err != nil || date.IsZero() {
		return time.Time{}, false, false, err
	}
	o, ok := c.first(now, func(o occasion) bool { return o.over.After(now) })
	switch {
	case !ok:
		return time.Time{}, false, false, nil
	case !o.at.Before(now):
		return o.at, false, true, nil
	case r.Late == LateNow:
		return now, true, true, nil
	case r.Late == LateNext && !r.Anniversary:
		return c.nextTime(now), true, true, nil
	}
	at, ok, err = Occurrence(r, date, loc, now)
	return at, false, ok, err
}

// Waited is how a wait for a date ends.
type Waited struct {
	At   time.Time
	Skip bool // the moment has passed (at), and what follows is to be skipped
}

// WaitDate is when a wait for a date ends that is judged at a moment, on the visit-th visit of its step. ok is false when
// there is no such date. A moment that has passed follows the rule's Late: skip, now, or the next such time of day; an
// anniversary that has passed today waits for the next one in the last case, and always on a later visit.
func WaitDate(r DateRule, date DateValue, loc *time.Location, judged time.Time, visit int) (w Waited, ok bool, err error) {
	c, err := r.calendar(date, loc)
	if err != nil || date.IsZero() {
		return Waited{}, false, err
	}
	wanted := func(occasion) bool { return true }
	switch {
	case r.Anniversary && visit > 1:
		wanted = func(o occasion) bool { return o.at.After(judged) }
	case r.Anniversary:
		wanted = func(o occasion) bool { return o.over.After(judged) }
	}
	o, ok := c.first(judged, wanted)
	switch {
	case !ok:
		return Waited{}, false, nil
	case !o.at.Before(judged):
		return Waited{At: o.at}, true, nil
	case r.Late == LateNow:
		return Waited{At: judged}, true, nil
	case r.Late == LateNext && r.Anniversary:
		o, ok = c.first(judged, func(o occasion) bool { return o.at.After(judged) })
		return Waited{At: o.at}, ok, nil
	case r.Late == LateNext:
		return Waited{At: c.nextTime(judged)}, true, nil
	}
	return Waited{At: judged, Skip: true}, true, nil
}

// occasion is one day that a rule speaks of.
type occasion struct {
	at   time.Time // the moment: offset and time of day are in it
	over time.Time // the end of the later one of its day and the day of its moment
}

// ruleCalendar is a rule read for one date and zone.
type ruleCalendar struct {
	r      DateRule
	day    time.Time // what the calendar in loc shows, in UTC
	offset Duration
	clock  time.Duration // time of day since midnight on the wall
	loc    *time.Location
}

func (r DateRule) calendar(date DateValue, loc *time.Location) (ruleCalendar, error) {
	shown := date.shown(loc)
	c := ruleCalendar{r: r, loc: loc, day: time.Date(shown.Year(), shown.Month(), shown.Day(), 0, 0, 0, 0, time.UTC)}
	if r.Offset != "" {
		var err error
		if c.offset, err = ParseDuration(r.Offset); err != nil {
			return c, err
		}
	}
	switch {
	case r.At != "":
		at, err := ParseClock(r.At)
		if err != nil {
			return c, err
		}
		c.clock = at.sinceMidnight()
	case date.timed:
		c.clock = time.Duration(shown.Hour())*time.Hour + time.Duration(shown.Minute())*time.Minute +
			time.Duration(shown.Second())*time.Second + time.Duration(shown.Nanosecond())
	default:
		c.clock = DefaultAt.sinceMidnight()
	}
	return c, nil
}

// first is the first occasion that is wanted, among those near a moment and later.
func (c ruleCalendar) first(near time.Time, wanted func(occasion) bool) (occasion, bool) {
	if !c.r.Anniversary {
		o := c.occasion(c.day.Year(), c.day.Month(), c.day.Day())
		return o, wanted(o)
	}
	reach := 2 + int(c.offset.Approx().Abs()/(365*24*time.Hour))
	from := max(c.day.Year()+1, near.Year()-reach)
	for y := from; y <= from+2*reach+4; y++ {
		m, day := c.day.Month(), c.day.Day()
		if m == time.February && day == 29 && daysIn(y, m) == 28 {
			if m, day = time.February, 28; c.r.Feb29 == Mar1 {
				m, day = time.March, 1
			}
		}
		if o := c.occasion(y, m, day); wanted(o) {
			return o, true
		}
	}
	return occasion{}, false
}

// occasion works out the moment of one day: first years and months (a month that lacks the day ends on its last one),
// then days, then the time of day, and at last the exact part of the offset.
func (c ruleCalendar) occasion(y int, m time.Month, day int) occasion {
	months := (y+c.offset.Years)*12 + int(m) - 1 + c.offset.Months
	my := floorDiv(months, 12)
	mm := time.Month(months - my*12 + 1)
	md := day
	if c.offset.Years != 0 || c.offset.Months != 0 {
		md = min(day, daysIn(my, mm))
	}
	md += c.offset.Days
	h, mi, s := int(c.clock/time.Hour), int(c.clock/time.Minute)%60, int(c.clock/time.Second)%60
	o := occasion{at: wall(my, mm, md, h, mi, s, int(c.clock%time.Second), c.loc).Add(c.offset.Clock)}
	o.over = wall(y, m, day+1, 0, 0, 0, 0, c.loc)
	ay, am, ad := o.at.In(c.loc).Date()
	if end := wall(ay, am, ad+1, 0, 0, 0, 0, c.loc); end.After(o.over) {
		o.over = end
	}
	return o
}

// nextTime is the next moment at which the clocks show the time of day of the rule.
func (c ruleCalendar) nextTime(from time.Time) time.Time {
	clock := c.clock + c.offset.Clock%(24*time.Hour)
	clock = (clock%(24*time.Hour) + 24*time.Hour) % (24 * time.Hour)
	return NextLocal(from, Clock{Hour: int(clock / time.Hour), Minute: int(clock/time.Minute) % 60}, everyDay, c.loc, false)
}

func (c Clock) sinceMidnight() time.Duration {
	return time.Duration(c.Hour)*time.Hour + time.Duration(c.Minute)*time.Minute
}
