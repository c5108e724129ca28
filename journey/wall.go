package journey

import "time"

// Wall is the moment at which the clocks in loc show what t shows. Shown twice (clocks go back): the first one. Never
// shown: as many hours later as the gap is long.
func Wall(t time.Time, loc *time.Location) time.Time {
	y, m, d := t.Date()
	h, mi, s := t.Clock()
	return wall(y, m, d, h, mi, s, t.Nanosecond(), loc)
}
