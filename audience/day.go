package audience

import "time"

// Day is a calendar day.
type Day struct {
	Year  int
	Month time.Month
	Date  int
}

// DayOf is the local day of t.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day{y, m, d}
}

// Plus moves the day by the calendar part of p; a clock part counts from midnight and is cut off.
func (d Day) Plus(p Period) Day {
	return DayOf(p.From(time.Date(d.Year, d.Month, d.Date, 0, 0, 0, 0, time.UTC)))
}

// PlusDays moves the day by n days.
func (d Day) PlusDays(n int) Day {
	return DayOf(time.Date(d.Year, d.Month, d.Date+n, 0, 0, 0, 0, time.UTC))
}

// Start is the first instant of the day in a zone: midnight, or where the clock skips midnight, the end of the gap.
func (d Day) Start(zone *time.Location) time.Time {
	t := time.Date(d.Year, d.Month, d.Date, 0, 0, 0, 0, zone)
	for range 48 { // a gap is at most a day long (Samoa, 2011), and begins on a half hour
		if !DayOf(t).before(d) {
			break
		}
		t = t.Add(30 * time.Minute)
	}
	// A gap may also have thrown us past its end: 00:30 when the day began at 00:00.
	for range 48 {
		earlier := t.Add(-30 * time.Minute)
		if DayOf(earlier).before(d) {
			break
		}
		t = earlier
	}
	return t
}

func (d Day) before(e Day) bool {
	if d.Year != e.Year {
		return d.Year < e.Year
	}
	if d.Month != e.Month {
		return d.Month < e.Month
	}
	return d.Date < e.Date
}

// Text is the ten characters YYYY-MM-DD, as an array so that it costs no allocation.
func (d Day) Text() (b [10]byte) {
	put(b[:4], d.Year)
	b[4] = '-'
	put(b[5:7], int(d.Month))
	b[7] = '-'
	put(b[8:], d.Date)
	return b
}

// String is YYYY-MM-DD.
func (d Day) String() string { b := d.Text(); return string(b[:]) }

// InstantText is the nineteen characters of t in UTC to the second: 2026-01-31T09:00:00.
func InstantText(t time.Time) (b [19]byte) {
	t = t.UTC()
	day := DayOf(t).Text()
	copy(b[:], day[:])
	b[10] = 'T'
	put(b[11:13], t.Hour())
	b[13] = ':'
	put(b[14:16], t.Minute())
	b[16] = ':'
	put(b[17:], t.Second())
	return b
}

func put(b []byte, n int) {
	if n < 0 {
		n = 0
	}
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// LooksLikeDay reports the shape 2026-01-31; the calendar is not asked, so that every back end agrees.
func LooksLikeDay(s string) bool { return len(s) == 10 && shaped(s, "0000-00-00") }

// LooksLikeInstant reports the shape 2026-01-31T09:00:00Z or 2026-01-31T09:00:00.123Z.
func LooksLikeInstant(s string) bool {
	return len(s) >= 20 && shaped(s[:19], "0000-00-00T00:00:00") && s[len(s)-1] == 'Z' && (len(s) == 20 || s[19] == '.')
}

func shaped(s, form string) bool {
	for i := range len(form) {
		if form[i] == '0' {
			if s[i] < '0' || s[i] > '9' {
				return false
			}
		} else if s[i] != form[i] {
			return false
		}
	}
	return true
}

// ParseDay reads YYYY-MM-DD and checks the calendar.
func ParseDay(s string) (Day, bool) {
	if !LooksLikeDay(s) {
		return Day{}, false
	}
	t, err := time.Parse("2006-01-02", s)
	return DayOf(t), err == nil
}

// Anniversaries are the month-and-day texts (MM-DD) whose anniversary falls on d: its own, and 02-29 on 28 February of a
// year without that day. Both are the same text when there is only one.
func (d Day) Anniversaries() (own, leap [5]byte) {
	t := d.Text()
	copy(own[:], t[5:])
	leap = own
	if d.Month == time.February && d.Date == 28 && lastOfMonth(d.Year, d.Month) == 28 {
		copy(leap[:], "02-29")
	}
	return own, leap
}
