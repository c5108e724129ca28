package pressure

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func load(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestQuietHours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, zone, from, to, now, until string }{
		{"by day", "Europe/Amsterdam", "21:00", "08:00", "2026-03-04T12:00:00+01:00", "2026-03-04T12:00:00+01:00"},
		{"before midnight", "Europe/Amsterdam", "21:00", "08:00", "2026-03-04T21:00:00+01:00", "2026-03-05T08:00:00+01:00"},
		{"one second before", "Europe/Amsterdam", "21:00", "08:00", "2026-03-04T20:59:59+01:00", "2026-03-04T20:59:59+01:00"},
		{"after midnight", "Europe/Amsterdam", "21:00", "08:00", "2026-03-04T03:00:00+01:00", "2026-03-04T08:00:00+01:00"},
		{"the first minute of the morning", "Europe/Amsterdam", "21:00", "08:00", "2026-03-04T08:00:00+01:00", "2026-03-04T08:00:00+01:00"},
		{"within a day", "Europe/Amsterdam", "12:00", "13:30", "2026-03-04T12:29:59+01:00", "2026-03-04T13:30:00+01:00"},
		{"a night an hour shorter", "Europe/Amsterdam", "21:00", "08:00", "2026-03-28T23:00:00+01:00", "2026-03-29T08:00:00+02:00"},
		{"a night an hour longer", "Europe/Amsterdam", "21:00", "08:00", "2026-10-24T23:00:00+02:00", "2026-10-25T08:00:00+01:00"},
		{"the end falls into the hour that does not exist", "Europe/Amsterdam", "22:00", "02:30", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"the end comes twice: first time", "Europe/Amsterdam", "22:00", "02:30", "2026-10-25T01:00:00+02:00", "2026-10-25T02:30:00+02:00"},
		{"the end comes twice: quiet again before the second", "Europe/Amsterdam", "22:00", "02:30", "2026-10-25T02:10:00+01:00", "2026-10-25T02:30:00+01:00"},
		{"a change of half an hour", "Australia/Lord_Howe", "21:00", "08:00", "2026-04-04T22:00:00+11:00", "2026-04-05T08:00:00+10:30"},
		{"the other side of the date line", "Pacific/Kiritimati", "21:00", "08:00", "2026-03-04T22:00:00+14:00", "2026-03-05T08:00:00+14:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q := QuietHours{From: c.from, To: c.to}
			if got := q.Until(at(t, c.now), []*time.Location{load(t, c.zone)}); !got.Equal(at(t, c.until)) {
				t.Errorf("quiet until %v, want %v", got, c.until)
			}
		})
	}
}

// The zone of the customer decides, not ours; an unknown zone is quiet when any zone of the workspace is.
func TestZones(t *testing.T) {
	t.Parallel()
	p := Policy{QuietHours: &QuietHours{From: "21:00", To: "08:00"}, Zones: []string{"America/New_York"}}
	now := at(t, "2026-03-04T09:00:00+01:00") // 03:00 in New York
	for zone, want := range map[string]string{
		"Europe/Amsterdam": "2026-03-04T09:00:00+01:00",
		"America/New_York": "2026-03-04T08:00:00-05:00",
		"":                 "2026-03-04T08:00:00-05:00",
		"Mars/Olympus":     "2026-03-04T08:00:00-05:00",
		"Local":            "2026-03-04T08:00:00-05:00",
	} {
		if got := p.QuietHours.Until(now, p.zones(zone, "Europe/Amsterdam")); !got.Equal(at(t, want)) {
			t.Errorf("zone %q: quiet until %v, want %v", zone, got, want)
		}
	}
	never := QuietHours{From: "08:00", To: "07:00"} // one hour a day; the two zones have none in common
	if got := never.Until(now, []*time.Location{load(t, "Europe/Amsterdam"), load(t, "America/New_York")}); !got.Equal(at(t, "2026-03-05T07:00:00+01:00")) {
		t.Errorf("without a common hour: %v, want the first zone's", got)
	}
}

// Against the slow way: walk minute by minute and look at the wall.
func TestQuietHoursAgainstWalking(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{load(t, "Europe/Amsterdam"), load(t, "America/New_York"), load(t, "Australia/Lord_Howe"), load(t, "America/Asuncion"), load(t, "Africa/Casablanca")}
	rapid.Check(t, func(t *rapid.T) {
		loc := zones[rapid.IntRange(0, len(zones)-1).Draw(t, "zone")]
		q := QuietHours{From: hhmm(t, "from"), To: hhmm(t, "to")}
		// near a change of the clock as often as not
		_, change := time.Unix(rapid.Int64Range(1_700_000_000, 1_790_000_000).Draw(t, "season"), 0).In(loc).ZoneBounds()
		now := change.Add(time.Duration(rapid.IntRange(-1500, 1500).Draw(t, "minutes")) * time.Minute).Truncate(time.Minute)
		walk := now
		for q.quiet(walk.In(loc)) {
			walk = walk.Add(time.Minute)
		}
		if got := q.Until(now, []*time.Location{loc}); !got.Equal(walk) {
			t.Fatalf("%v in %v, quiet %s-%s: until %v, walking says %v", now.In(loc), loc, q.From, q.To, got.In(loc), walk.In(loc))
		}
		if q.From == q.To || q.quiet(now.In(loc)) {
			return
		}
		walk = now
		for !q.quiet(walk.In(loc)) {
			walk = walk.Add(time.Minute)
		}
		if got := q.Begins(now, []*time.Location{loc}); !got.Equal(walk) {
			t.Fatalf("%v in %v, quiet %s-%s: begins %v, walking says %v", now.In(loc), loc, q.From, q.To, got.In(loc), walk.In(loc))
		}
	})
}
