package journey_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sojourn/journey"
)

func TestDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]journey.Duration{
		"P1D":        {Days: 1},
		"P2W":        {Days: 14},
		"P1Y6M":      {Years: 1, Months: 6},
		"PT36H":      {Clock: 36 * time.Hour},
		"P1DT12H":    {Days: 1, Clock: 12 * time.Hour},
		"PT1M":       {Clock: time.Minute},
		"P1M":        {Months: 1},
		"PT0.25S":    {Clock: 250 * time.Millisecond},
		"PT1,5H":     {Clock: 90 * time.Minute},
		"-P30D":      {Days: -30},
		"-PT90S":     {Clock: -90 * time.Second},
		"P1Y2M3DT4S": {Years: 1, Months: 2, Days: 3, Clock: 4 * time.Second},
	} {
		got, err := journey.ParseDuration(text)
		if err != nil || got != want {
			t.Errorf("%s = %+v, %v; want %+v", text, got, err, want)
		}
		if again, err := journey.ParseDuration(got.String()); err != nil || again != got {
			t.Errorf("%s is written as %s, which reads %+v, %v", text, got, again, err)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "1D", "P1", "P1H", "PT1D", "P1D2W", "P1.5D", "P-1D", "PD", "P1D ", "3 days", "P1D1D", "PT9999999999H", "P99999999Y", "P1..5D", "PT1.2.3S", "--P1D"} {
		if got, err := journey.ParseDuration(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func at(t *testing.T, zone, local string) time.Time {
	t.Helper()
	loc, err := journey.Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04:05 -0700", local, loc)
	if err != nil {
		t.Fatal(err)
	}
	return when.In(loc)
}

func TestADayIsACalendarDayWhereTheCustomerLives(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, zone, from, duration, want string }{
		{"plain", "Europe/Amsterdam", "2026-06-01 10:00:00 +0200", "P1D", "2026-06-02 10:00:00 +0200"},
		{"a day of 23 hours", "Europe/Amsterdam", "2026-03-28 10:00:00 +0100", "P1D", "2026-03-29 10:00:00 +0200"},
		{"24 hours over it", "Europe/Amsterdam", "2026-03-28 10:00:00 +0100", "PT24H", "2026-03-29 11:00:00 +0200"},
		{"a day of 25 hours", "Europe/Amsterdam", "2026-10-24 10:00:00 +0200", "P1D", "2026-10-25 10:00:00 +0100"},
		{"into the gap", "Europe/Amsterdam", "2026-03-28 02:30:00 +0100", "P1D", "2026-03-29 03:30:00 +0200"},
		{"into the overlap: the first", "Europe/Amsterdam", "2026-10-24 02:30:00 +0200", "P1D", "2026-10-25 02:30:00 +0200"},
		{"half-hour zone", "Asia/Kolkata", "2026-01-31 23:45:00 +0530", "P1D", "2026-02-01 23:45:00 +0530"},
		{"half-hour change", "Australia/Lord_Howe", "2026-10-03 02:15:00 +1030", "P1D", "2026-10-04 02:45:00 +1100"},
		{"plus 14", "Pacific/Kiritimati", "2026-12-31 23:00:00 +1400", "P1D", "2027-01-01 23:00:00 +1400"},
		{"minus 12", "Etc/GMT+12", "2026-12-31 23:00:00 -1200", "P1D", "2027-01-01 23:00:00 -1200"},
		{"plus 13 with summer", "Pacific/Auckland", "2026-09-26 12:00:00 +1200", "P1D", "2026-09-27 12:00:00 +1300"},
		{"a day that never was", "Pacific/Apia", "2011-12-29 12:00:00 -1000", "P1D", "2011-12-31 12:00:00 +1400"},
		{"month ends", "UTC", "2027-01-31 08:00:00 +0000", "P1M", "2027-02-28 08:00:00 +0000"},
		{"leap month", "UTC", "2028-01-31 08:00:00 +0000", "P1M", "2028-02-29 08:00:00 +0000"},
		{"29 February in a year", "UTC", "2028-02-29 08:00:00 +0000", "P1Y", "2029-02-28 08:00:00 +0000"},
		{"29 February in four", "UTC", "2028-02-29 08:00:00 +0000", "P4Y", "2032-02-29 08:00:00 +0000"},
		{"back over the year", "UTC", "2026-01-15 08:00:00 +0000", "-P1M", "2025-12-15 08:00:00 +0000"},
		{"date, then clock", "Europe/Amsterdam", "2026-03-28 10:00:00 +0100", "P1DT1H", "2026-03-29 11:00:00 +0200"},
	} {
		d, err := journey.ParseDuration(c.duration)
		if err != nil {
			t.Fatal(err)
		}
		from, want := at(t, c.zone, c.from), at(t, c.zone, c.want)
		if got := d.AddTo(from, from.Location()); !got.Equal(want) {
			t.Errorf("%s: %s + %s = %s, want %s", c.name, c.from, c.duration, got, want)
		}
	}
}

func TestUntilALocalTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, zone, from string
		wait             journey.WaitStep
		visit            int
		want             string
	}{
		{"later today", "Europe/Amsterdam", "2026-06-01 08:00:00 +0200", until("09:30"), 1, "2026-06-01 09:30:00 +0200"},
		{"tomorrow", "Europe/Amsterdam", "2026-06-01 10:00:00 +0200", until("09:30"), 1, "2026-06-02 09:30:00 +0200"},
		{"this very moment", "Europe/Amsterdam", "2026-06-01 09:30:00 +0200", until("09:30"), 1, "2026-06-01 09:30:00 +0200"},
		{"this very moment in a loop", "Europe/Amsterdam", "2026-06-01 09:30:00 +0200", until("09:30"), 2, "2026-06-02 09:30:00 +0200"},
		{"on a weekday", "Europe/Amsterdam", "2026-06-05 10:00:00 +0200", until("09:30", "mon"), 1, "2026-06-08 09:30:00 +0200"},
		{"over the change", "Europe/Amsterdam", "2026-03-28 10:00:00 +0100", until("09:30"), 1, "2026-03-29 09:30:00 +0200"},
		{"in the gap", "Europe/Amsterdam", "2026-03-28 23:00:00 +0100", until("02:30"), 1, "2026-03-29 03:30:00 +0200"},
		{"in the gap at midnight", "America/Asuncion", "2023-09-30 12:00:00 -0400", until("00:00"), 1, "2023-10-01 01:00:00 -0300"},
		{"twice: the first", "Europe/Amsterdam", "2026-10-25 01:00:00 +0200", until("02:30"), 1, "2026-10-25 02:30:00 +0200"},
		{"twice: after the first", "Europe/Amsterdam", "2026-10-25 02:45:00 +0200", until("02:30"), 1, "2026-10-26 02:30:00 +0100"},
		{"the skipped day", "Pacific/Apia", "2011-12-29 10:00:00 -1000", until("09:30"), 1, "2011-12-31 09:30:00 +1400"},
		{"the skipped weekday", "Pacific/Apia", "2011-12-29 10:00:00 -1000", until("09:30", "sun"), 1, "2012-01-01 09:30:00 +1400"},
		{"quarter-hour zone", "Asia/Kathmandu", "2026-06-01 10:00:00 +0545", until("09:30"), 1, "2026-06-02 09:30:00 +0545"},
		{"two days, then morning", "Pacific/Kiritimati", "2026-06-01 10:00:00 +1400", journey.WaitStep{For: "P2D", Until: &journey.LocalTime{Time: "09:30"}}, 1, "2026-06-04 09:30:00 +1400"},
		{"its own zone", "Asia/Tokyo", "2026-06-01 10:00:00 +0900", journey.WaitStep{Until: &journey.LocalTime{Time: "09:30", Timezone: "Europe/London"}}, 1, "2026-06-01 17:30:00 +0900"},
	} {
		from, want := at(t, c.zone, c.from), at(t, c.zone, c.want)
		got, err := journey.WaitUntil(c.wait, from, c.visit, from.Location(), named)
		if err != nil || !got.Equal(want) {
			t.Errorf("%s: from %s until %s = %s, %v; want %s", c.name, c.from, c.wait.Until.Time, got.In(from.Location()), err, want)
		}
	}
}

func until(clock string, days ...string) journey.WaitStep {
	return journey.WaitStep{Until: &journey.LocalTime{Time: clock, Weekdays: days}}
}

// In any zone, from any moment: the next local time lies ahead, within the days asked for, and the clocks do show it,
// unless they skip it that day.
func TestNextLocalHolds(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham",
		"America/St_Johns", "Africa/Casablanca", "Pacific/Kiritimati", "Etc/GMT+12", "America/Havana", "Asia/Tehran", "UTC"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := journey.Zone(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		from := time.Unix(rapid.Int64Range(946684800, 2082758400).Draw(t, "from"), 0).In(loc)
		c := journey.Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"), Minute: rapid.IntRange(0, 59).Draw(t, "minute")}
		all := [7]bool{true, true, true, true, true, true, true}
		got := journey.NextLocal(from, c, all, loc, false)
		if got.Before(from) || got.Sub(from) > 50*time.Hour {
			t.Fatalf("from %s the next %02d:%02d is %s", from, c.Hour, c.Minute, got)
		}
		if l := got.In(loc); l.Hour() != c.Hour || l.Minute() != c.Minute {
			_, before := got.Add(-25 * time.Hour).In(loc).Zone()
			_, after := got.In(loc).Zone()
			if after <= before {
				t.Fatalf("no clocks went forward, but the next %02d:%02d after %s is %s", c.Hour, c.Minute, from, l)
			}
		}
		if strict := journey.NextLocal(got, c, all, loc, true); !strict.After(got) {
			t.Fatalf("strictly after %s comes %s", got, strict)
		}
	})
}

// named resolves the zone of a setting for a customer in Amsterdam and a workspace in London.
func named(setting string) *time.Location {
	return journey.ResolveZone(setting, "Europe/Amsterdam", "Europe/London")
}
