package audience_test

import (
	"testing"
	"time"

	"sojourn/audience"
)

func TestPeriods(t *testing.T) {
	t.Parallel()
	amsterdam, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ period, from, want string }{
		{"P1D", "2026-03-28T12:00:00+01:00", "2026-03-29T12:00:00+02:00"},
		{"PT24H", "2026-03-28T12:00:00+01:00", "2026-03-29T13:00:00+02:00"},
		{"-P1M", "2026-03-31T09:00:00+02:00", "2026-02-28T09:00:00+01:00"},
		{"P1M", "2028-01-31T09:00:00+01:00", "2028-02-29T09:00:00+01:00"},
		{"-P1Y", "2028-02-29T09:00:00+01:00", "2027-02-28T09:00:00+01:00"},
		{"-P13M", "2026-01-15T09:00:00+01:00", "2024-12-15T09:00:00+01:00"},
		{"P2W", "2026-01-01T00:00:00+01:00", "2026-01-15T00:00:00+01:00"},
		{"P1Y2M3W4DT5H6M7S", "2026-01-01T00:00:00+01:00", "2027-03-26T05:06:07+01:00"},
		{"-PT90M", "2026-01-01T00:00:00+01:00", "2025-12-31T22:30:00+01:00"},
		{"P0D", "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00+01:00"},
	} {
		p, err := audience.ParsePeriod(tc.period)
		if err != nil {
			t.Errorf("%s: %v", tc.period, err)
			continue
		}
		from, _ := time.Parse(time.RFC3339, tc.from)
		if got := p.From(from.In(amsterdam)).Format(time.RFC3339); got != tc.want {
			t.Errorf("%s from %s: got %s, want %s", tc.period, tc.from, got, tc.want)
		}
	}
	for _, bad := range []string{"", "P", "PT", "30D", "P3", "P1DT", "PD", "P1H", "PT1D", "P1D1D", "P1D2Y", "P1.5D", "3 days", "P1DT1H1H", "--P1D", "P9999999D", "P300Y", "p1d"} {
		if p, err := audience.ParsePeriod(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, p)
		}
	}
}

func TestStartOfDay(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ zone, day, want string }{
		{"UTC", "2026-03-15", "2026-03-15T00:00:00Z"},
		{"Europe/Amsterdam", "2026-03-29", "2026-03-28T23:00:00Z"},
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},      // the clock goes from 0:00 to 1:00
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"}, // the same
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"},    // midnight to one happens twice
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},      // the day before did not exist
		{"Pacific/Kiritimati", "2026-03-15", "2026-03-14T10:00:00Z"},
	} {
		zone, err := time.LoadLocation(tc.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, ok := audience.ParseDay(tc.day)
		if !ok {
			t.Fatal(tc.day)
		}
		start := day.Start(zone)
		if got := start.UTC().Format(time.RFC3339); got != tc.want {
			t.Errorf("%s in %s: got %s, want %s", tc.day, tc.zone, got, tc.want)
		}
		if before := audience.DayOf(start.Add(-time.Microsecond)); before == day {
			t.Errorf("%s in %s: the day had begun before its start", tc.day, tc.zone)
		}
	}
}
