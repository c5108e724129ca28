package journey

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Duration is an ISO 8601 duration. Years, months and days are calendar parts: P1D is "the same time tomorrow where the
// customer lives" and may last 23 or 25 hours. Clock is exact: PT24H is 24 hours, whatever the clocks do.
type Duration struct {
	Years, Months, Days int
	Clock               time.Duration
}

// ParseDuration reads an ISO 8601 duration such as P14D, P1Y6M, P2W, PT90M, P1DT12H or PT0.5S; a leading minus turns it
// round. Only time parts may have a fraction. The error says what is wrong and shows the text.
func ParseDuration(text string) (Duration, error) {
	fail := func(why string) (Duration, error) {
		return Duration{}, fmt.Errorf("%q is not a duration: %s; write for example P3D, PT12H or P1DT6H", text, why)
	}
	rest, sign := text, 1
	if strings.HasPrefix(rest, "-") {
		rest, sign = rest[1:], -1
	}
	if !strings.HasPrefix(rest, "P") {
		return fail("it does not start with P")
	}
	date, clock, hasClock := strings.Cut(rest[1:], "T")
	if date == "" && !hasClock || hasClock && clock == "" {
		return fail("nothing follows the " + rest[len(rest)-1:])
	}
	var d Duration
	if why := scanParts(date, "YMWD", func(unit byte, whole int, frac float64) string {
		if frac != 0 {
			return "years, months, weeks and days must be whole"
		}
		switch unit {
		case 'Y':
			d.Years = sign * whole
		case 'M':
			d.Months = sign * whole
		case 'W':
			d.Days += sign * whole * 7
		case 'D':
			d.Days += sign * whole
		}
		return ""
	}); why != "" {
		return fail(why)
	}
	units := map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	if why := scanParts(clock, "HMS", func(unit byte, whole int, frac float64) string {
		u := units[unit]
		if int64(whole) > int64(100*365*24*time.Hour/u) {
			return "it is longer than a hundred years"
		}
		d.Clock += time.Duration(sign) * (time.Duration(whole)*u + time.Duration(frac*float64(u)))
		return ""
	}); why != "" {
		return fail(why)
	}
	return d, nil
}

// scanParts reads number-unit pairs whose units appear in the given order, each at most once.
func scanParts(s, order string, add func(unit byte, whole int, frac float64) string) string {
	for s != "" {
		n := 0
		for n < len(s) && (s[n] >= '0' && s[n] <= '9' || s[n] == '.' || s[n] == ',') {
			n++
		}
		if n == 0 {
			return "a number is missing before " + strconv.Quote(s)
		}
		if n == len(s) {
			return "a unit is missing after " + strconv.Quote(s)
		}
		number, unit := strings.ReplaceAll(s[:n], ",", "."), s[n]
		at := strings.IndexByte(order, unit)
		if at < 0 {
			return fmt.Sprintf("%q is not a unit here, or stands at the wrong place", string(unit))
		}
		whole, fraction, _ := strings.Cut(number, ".")
		w, err := strconv.Atoi(whole)
		if err != nil || w > 1_000_000_000 {
			return strconv.Quote(number) + " is not a usable number"
		}
		frac := 0.0
		if fraction != "" {
			if frac, err = strconv.ParseFloat("0."+fraction, 64); err != nil {
				return strconv.Quote(number) + " is not a usable number"
			}
		}
		if order != "HMS" && w > 36525*100 {
			return strconv.Quote(number) + " is too large"
		}
		if why := add(unit, w, frac); why != "" {
			return why
		}
		order, s = order[at+1:], s[n+1:]
	}
	return ""
}

// IsZero reports that nothing is waited for.
func (d Duration) IsZero() bool { return d == Duration{} }

// Positive reports that every part is zero or more, and one is more.
func (d Duration) Positive() bool {
	return !d.IsZero() && d.Years >= 0 && d.Months >= 0 && d.Days >= 0 && d.Clock >= 0
}

// Negate turns the duration round.
func (d Duration) Negate() Duration {
	return Duration{Years: -d.Years, Months: -d.Months, Days: -d.Days, Clock: -d.Clock}
}

// Approx is a rough exact length (a year of 365.25 days, a month of 30.4375) for sorting and for showing.
func (d Duration) Approx() time.Duration {
	days := float64(d.Years)*365.25 + float64(d.Months)*30.4375 + float64(d.Days)
	return time.Duration(days*float64(24*time.Hour)) + d.Clock
}

// String is the ISO form.
func (d Duration) String() string {
	if d.IsZero() {
		return "PT0S"
	}
	if neg := d.Negate(); neg.Positive() {
		return "-" + neg.String()
	}
	var b strings.Builder
	b.WriteByte('P')
	for _, p := range []struct {
		n    int
		unit byte
	}{{d.Years, 'Y'}, {d.Months, 'M'}, {d.Days, 'D'}} {
		if p.n != 0 {
			fmt.Fprintf(&b, "%d%c", p.n, p.unit)
		}
	}
	if d.Clock != 0 {
		b.WriteByte('T')
		rest := d.Clock
		for _, p := range []struct {
			u    time.Duration
			unit byte
		}{{time.Hour, 'H'}, {time.Minute, 'M'}} {
			if n := rest / p.u; n != 0 {
				fmt.Fprintf(&b, "%d%c", n, p.unit)
				rest -= n * p.u
			}
		}
		if rest != 0 {
			b.WriteString(strconv.FormatFloat(rest.Seconds(), 'f', -1, 64))
			b.WriteByte('S')
		}
	}
	return b.String()
}
