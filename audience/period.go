package audience

import (
	"fmt"
	"math"
	"time"
)

// Period is a signed ISO 8601 duration with its calendar part kept apart: P1M is a month, P1D a calendar day, PT24H is
// 24 hours.
type Period struct {
	Negative            bool
	Years, Months, Days int // weeks are seven days
	Clock               time.Duration
}

// ParsePeriod reads forms like P30D, -P6M, P1Y2M3DT4H5M6S, P2W; whole numbers only. The error says what to write.
func ParsePeriod(s string) (Period, error) {
	var p Period
	rest := s
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		p.Negative, rest = rest[0] == '-', rest[1:]
	}
	if len(rest) < 3 || rest[0] != 'P' {
		return Period{}, badPeriod(s)
	}
	const order = "YMWD" // units before T, then HMS; each at most once and in this order
	units, at, clock, digits, n, seen := order, 0, false, 0, 0, 0
	for i := 1; i < len(rest); i++ {
		c := rest[i]
		switch {
		case c >= '0' && c <= '9':
			n = n*10 + int(c-'0')
			if digits++; digits > 6 {
				return Period{}, fmt.Errorf("%q is too long a time", s)
			}
		case c == 'T' && !clock && digits == 0:
			units, at, clock = "HMS", 0, true
		default:
			for at < len(units) && units[at] != c {
				at++
			}
			if at == len(units) || digits == 0 {
				return Period{}, badPeriod(s)
			}
			p.set(c, clock, n)
			at, digits, n, seen = at+1, 0, 0, seen+1
		}
	}
	if digits > 0 || seen == 0 || rest[len(rest)-1] == 'T' {
		return Period{}, badPeriod(s)
	}
	if p.Years > 200 || p.Months > 2400 || p.Days > 73000 {
		return Period{}, fmt.Errorf("%q is too long a time: 200 years are the limit", s)
	}
	return p, nil
}

func (p *Period) set(unit byte, clock bool, n int) {
	switch {
	case unit == 'Y':
		p.Years = n
	case unit == 'M' && !clock:
		p.Months = n
	case unit == 'W':
		p.Days += 7 * n
	case unit == 'D':
		p.Days += n
	case unit == 'H':
		p.Clock += time.Duration(n) * time.Hour
	case unit == 'M':
		p.Clock += time.Duration(n) * time.Minute
	case unit == 'S':
		p.Clock += time.Duration(n) * time.Second
	}
}

func badPeriod(s string) error {
	return fmt.Errorf("%q is not a duration; write P30D, P6M, PT12H", s)
}

// IsZero reports a period of no length.
func (p Period) IsZero() bool { return p.Years == 0 && p.Months == 0 && p.Days == 0 && p.Clock == 0 }

// Neg turns the sign.
func (p Period) Neg() Period { p.Negative = !p.Negative; return p }

// From adds the period to t: the calendar part on the wall clock of t's zone, a day that the month lacks becoming its
// last one, then the clock part exactly.
func (p Period) From(t time.Time) time.Time {
	sign := 1
	if p.Negative {
		sign = -1
	}
	if p.Years != 0 || p.Months != 0 || p.Days != 0 {
		y, m, d := t.Date()
		y, m, d = shift(y, m, d, sign*(p.Years*12+p.Months), sign*p.Days)
		t = time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	}
	return t.Add(time.Duration(sign) * p.Clock)
}

// shift moves a day by whole months, clamped to the end of the month, then by days. The day may leave the month;
// time.Date and Day.norm put that right.
func shift(y int, m time.Month, d, months, days int) (int, time.Month, int) {
	if months != 0 {
		total := y*12 + int(m) - 1 + months
		y = int(math.Floor(float64(total) / 12))
		m = time.Month(total-y*12) + 1
		d = min(d, lastOfMonth(y, m))
	}
	return y, m, d + days
}

func lastOfMonth(y int, m time.Month) int { return time.Date(y, m+1, 0, 0, 0, 0, 0, time.UTC).Day() }
