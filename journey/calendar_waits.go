package journey

import (
	"cmp"
	"time"
)

// Defaults of waits that look at the customer's own habits.
const (
	DefaultBestHour     = "10:00"
	DefaultNextPurchase = "P30D"
	MaxNextPurchase     = "P1Y"
)

// NextInside is the first moment at or after from that lies inside the window: from itself, if it does. A window whose
// end is not after its beginning ends on the next day and belongs to the day on which it begins. On a day on which the
// clocks leave nothing of it the window is shut.
func (w Window) NextInside(from time.Time, loc *time.Location) (time.Time, error) {
	begin, err := ParseClock(w.From)
	if err != nil {
		return time.Time{}, err
	}
	end, err := ParseClock(w.To)
	if err != nil {
		return time.Time{}, err
	}
	days, err := ParseWeekdays(w.Weekdays)
	if err != nil {
		return time.Time{}, err
	}
	over := 0
	if end.sinceMidnight() <= begin.sinceMidnight() {
		over = 1
	}
	y, m, day := from.In(loc).Date()
	for i := -2; i < 16; i++ {
		if !days[time.Date(y, m, day+i, 0, 0, 0, 0, time.UTC).Weekday()] {
			continue
		}
		opens := wall(y, m, day+i, begin.Hour, begin.Minute, 0, 0, loc)
		shuts := wall(y, m, day+i+over, end.Hour, end.Minute, 0, 0, loc)
		switch {
		case !shuts.After(opens) || !shuts.After(from):
			continue
		case opens.After(from):
			return opens, nil
		}
		return from, nil
	}
	return from, nil // no weekday was chosen: validation refuses that
}

// NextBest is the next occurrence of the hour (0-23) at which the customer answers best; hour < 0 means that nothing is
// known. On a later visit of the step it lies after from, so that a loop rests for a day.
func (b BestHour) NextBest(hour int, from time.Time, visit int, loc *time.Location) (time.Time, error) {
	c, err := ParseClock(cmp.Or(b.Default, DefaultBestHour))
	if err != nil {
		return time.Time{}, err
	}
	if hour >= 0 && hour < 24 {
		c = Clock{Hour: hour}
	}
	return NextLocal(from, c, everyDay, loc, visit > 1), nil
}

// Until is when the wait ends that was reached at a moment: Offset from the day on which the customer is expected to buy,
// at its time of day; Default after reached when nothing is expected (zero time). Never before reached, and never later
// than Max after it.
func (n NextPurchase) Until(expected, reached time.Time, loc *time.Location) (time.Time, error) {
	longest, err := ParseDuration(cmp.Or(n.Max, MaxNextPurchase))
	if err != nil {
		return time.Time{}, err
	}
	last := longest.AddTo(reached, loc)
	var at time.Time
	if expected.IsZero() {
		d, err := ParseDuration(cmp.Or(n.Default, DefaultNextPurchase))
		if err != nil {
			return time.Time{}, err
		}
		at = d.AddTo(reached, loc)
	} else {
		y, m, day := expected.In(loc).Date()
		rule := DateRule{Offset: n.Offset, At: cmp.Or(n.At, "09:00")}
		c, err := rule.calendar(DayDate(y, m, day), loc)
		if err != nil {
			return time.Time{}, err
		}
		at = c.occasion(y, m, day).at
	}
	switch {
	case at.Before(reached):
		return reached, nil
	case at.After(last):
		return last, nil
	}
	return at, nil
}
