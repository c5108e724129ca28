package broadcast

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"sojourn/journey"
)

// firstOnEarth is by how much the zone in which a day begins first is ahead of Greenwich (Kiritimati).
const firstOnEarth = 14 * time.Hour

// wallForm is how a schedule writes a time on the wall.
const wallForm = "2006-01-02T15:04"

// shortest is the least time between two issues of a recurring broadcast.
const shortest = time.Hour

// Zone is where the schedule's own clock hangs.
func (s Schedule) Zone(workspace string) (*time.Location, error) {
	if s.Timezone != "" {
		return journey.Zone(s.Timezone)
	}
	if workspace == "" {
		return time.UTC, nil
	}
	return journey.Zone(workspace)
}

// Next is the planned moment of the first issue after a moment, by the schedule's own clock; zero when there is none.
// For kind now that is the moment itself, for kind at its one moment even if it has passed: whoever was away sends late.
func (s Schedule) Next(after time.Time, workspace string) (time.Time, error) {
	loc, err := s.Zone(workspace)
	if err != nil {
		return time.Time{}, err
	}
	switch s.Kind {
	case "", Now:
		return after, nil
	case At:
		t, err := time.Parse(wallForm, s.At)
		if err != nil {
			return time.Time{}, fmt.Errorf("%q is not a time such as 2026-11-24T09:00", s.At)
		}
		return journey.Wall(t, loc), nil
	case Cron:
		line, err := cron.ParseStandard(s.Cron)
		if err != nil {
			return time.Time{}, fmt.Errorf("%q is not a cron line: %w", s.Cron, err)
		}
		return line.Next(after.In(loc)), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a kind of schedule", s.Kind)
}

// Coming are the planned moments of the next n issues.
func (s Schedule) Coming(after time.Time, workspace string, n int) ([]time.Time, error) {
	var out []time.Time
	for range n {
		next, err := s.Next(after, workspace)
		if err != nil || next.IsZero() {
			return out, err
		}
		out = append(out, next)
		if s.Kind != Cron {
			return out, nil
		}
		after = next
	}
	return out, nil
}

// Begin is when work on an issue starts that is planned for a moment: with Local, where that time comes first on earth.
func (s Schedule) Begin(planned time.Time, workspace string) time.Time {
	if !s.local() {
		return planned
	}
	return s.onTheWall(planned, workspace).Add(-firstOnEarth)
}

// Due is when a person in a zone gets an issue; a person without a known zone gets it by the schedule's own clock.
func (s Schedule) Due(planned time.Time, zone, workspace string) time.Time {
	if !s.local() {
		return planned
	}
	loc, err := journey.Zone(zone)
	if err != nil {
		return planned
	}
	return journey.Wall(s.onTheWall(planned, workspace), loc)
}

func (s Schedule) local() bool { return s.Local && s.Kind != Now && s.Kind != "" }

// onTheWall is what the schedule's own clock shows, as if it hung in Greenwich.
func (s Schedule) onTheWall(planned time.Time, workspace string) time.Time {
	if t, err := time.Parse(wallForm, s.At); s.Kind == At && err == nil {
		return t // its own clock may skip this time; others need not
	}
	loc, err := s.Zone(workspace)
	if err != nil {
		loc = time.UTC
	}
	y, m, d := planned.In(loc).Date()
	h, mi, sec := planned.In(loc).Clock()
	return time.Date(y, m, d, h, mi, sec, 0, time.UTC)
}

// Missed reports that an issue can't begin any more: the catch-up window of a recurring broadcast is over, or what was to
// go out at one moment would be out of date (Expires).
func (d Definition) Missed(planned, now time.Time) bool {
	switch d.Schedule.Kind {
	case Cron:
		return now.After(planned.Add(d.Schedule.catchUp()))
	case At:
		return now.After(planned.Add(length(d.Expires, DefaultExpires)))
	}
	return false
}

// AfterGap is the first planned moment that is not missed, for a broadcast whose issue of the given moment was.
func (s Schedule) AfterGap(planned, now time.Time, workspace string) (time.Time, error) {
	from := now.Add(-s.catchUp())
	if from.Before(planned) {
		from = planned
	}
	return s.Next(from, workspace)
}

func (s Schedule) catchUp() time.Duration {
	return length(s.CatchUp, DefaultCatchUp)
}

// TestWait is how long a subject test waits for reactions before it is decided.
func (d Definition) TestWait() time.Duration {
	if d.Test == nil {
		return 0
	}
	return length(d.Test.Wait, DefaultWait)
}

// length of a duration in absolute time; what can't be read is the fallback.
func length(text, fallback string) time.Duration {
	d, err := journey.ParseDuration(text)
	if text == "" || err != nil {
		d, _ = journey.ParseDuration(fallback)
	}
	start := time.Unix(0, 0).UTC()
	return d.AddTo(start, time.UTC).Sub(start)
}
