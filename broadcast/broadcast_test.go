package broadcast_test

import (
	"strings"
	"testing"
	"time"

	"sojourn/audience"
	"sojourn/broadcast"
)

var noon = time.Date(2026, 3, 4, 11, 0, 0, 0, time.UTC) // a Wednesday

func TestDueByEachPersonsClock(t *testing.T) {
	t.Parallel()
	s := broadcast.Schedule{Kind: broadcast.At, At: "2026-03-29T02:30", Timezone: "Europe/Amsterdam", Local: true}
	planned, err := s.Next(noon, "")
	if err != nil {
		t.Fatal(err)
	}
	for zone, want := range map[string]string{
		"Europe/Amsterdam":   "2026-03-29T01:30:00Z", // 02:30 is in the gap: an hour later on the wall
		"Pacific/Kiritimati": "2026-03-28T12:30:00Z", // +14
		"Pacific/Tongatapu":  "2026-03-28T13:30:00Z", // +13
		"Etc/GMT+12":         "2026-03-29T14:30:00Z", // -12
		"Asia/Kolkata":       "2026-03-28T21:00:00Z", // half an hour
		"America/New_York":   "2026-03-29T06:30:00Z",
		"":                   planned.UTC().Format(time.RFC3339),
		"Local":              planned.UTC().Format(time.RFC3339),
	} {
		if got := s.Due(planned, zone, "").UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", zone, got, want)
		}
		if due := s.Due(planned, zone, ""); due.Before(s.Begin(planned, "")) {
			t.Errorf("%s: due %s, before work begins at %s", zone, due, s.Begin(planned, ""))
		}
	}
}

func TestRecurring(t *testing.T) {
	t.Parallel()
	s := broadcast.Schedule{Kind: broadcast.Cron, Cron: "0 9 * * tue", Timezone: "Europe/Amsterdam", CatchUp: "PT6H"}
	coming, err := s.Coming(time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC), "", 3)
	if err != nil || len(coming) != 3 {
		t.Fatal(coming, err)
	}
	for i, want := range []string{"2026-03-24T08:00:00Z", "2026-03-31T07:00:00Z", "2026-04-07T07:00:00Z"} { // summer time begins on the 29th
		if got := coming[i].UTC().Format(time.RFC3339); got != want {
			t.Errorf("issue %d: %s, want %s", i, got, want)
		}
	}
	d := broadcast.Definition{Schedule: s, Expires: "P1D"}
	if d.Missed(coming[0], coming[0].Add(6*time.Hour)) || !d.Missed(coming[0], coming[0].Add(6*time.Hour+1)) {
		t.Error("the catch-up window is six hours long")
	}
	if d.Schedule.Kind = broadcast.At; d.Missed(noon, noon.Add(24*time.Hour)) || !d.Missed(noon, noon.Add(24*time.Hour+1)) {
		t.Error("what goes out once may be as late as its message may be")
	}
	if d.Schedule.Kind = broadcast.Now; d.Missed(noon, noon.AddDate(1, 0, 0)) {
		t.Error("now is never too late")
	}
	// Away for two weeks and three hours: the third issue is late by three hours, which is in time.
	next, err := s.AfterGap(coming[0], coming[2].Add(3*time.Hour), "")
	if err != nil || !next.Equal(coming[2]) {
		t.Errorf("after the gap: %s, %v; want %s", next, err, coming[2])
	}
	if next, _ = s.AfterGap(coming[0], coming[2].Add(7*time.Hour), ""); !next.After(coming[2]) {
		t.Errorf("after the longer gap: %s", next)
	}
}

func TestValidateTellsEverything(t *testing.T) {
	t.Parallel()
	known := broadcast.Known{Channels: []string{"email"}, Zone: "Europe/Amsterdam",
		Template: func(key, _ string) (bool, bool) { return key != "gone", key != "sms-only" }, Journey: func(key string) bool { return key == "winback" }}
	sound := broadcast.Definition{Purpose: "news", Template: "letter"}
	if issues := broadcast.Validate(sound, known, noon); issues != nil {
		t.Fatalf("a sound one: %v", issues)
	}
	bad := audience.Condition{Metric: "no_such", Op: audience.Gte, Value: 1}
	for path, change := range map[string]func(d *broadcast.Definition){
		"purpose":               func(d *broadcast.Definition) { d.Purpose = "" },
		"template":              func(d *broadcast.Definition) { d.Template = "gone" },
		"channel":               func(d *broadcast.Definition) { d.Channel = "smoke" },
		"priority":              func(d *broadcast.Definition) { d.Priority = 101 },
		"rate_per_hour":         func(d *broadcast.Definition) { d.RatePerHour = -1 },
		"audience":              func(d *broadcast.Definition) { d.Audience = &bad },
		"exclude.conditions[0]": func(d *broadcast.Definition) { d.Exclude.Conditions = []audience.Condition{bad} },
		"exclude.journeys[0]":   func(d *broadcast.Definition) { d.Exclude.Journeys = []string{"nowhere"} },
		"exclude.mailed_within": func(d *broadcast.Definition) { d.Exclude.MailedWithin = "3 days" },
		"expires":               func(d *broadcast.Definition) { d.Expires = "P0D" },
		"schedule.kind":         func(d *broadcast.Definition) { d.Schedule.Kind = "soon" },
		"schedule.at": func(d *broadcast.Definition) {
			d.Schedule = broadcast.Schedule{Kind: broadcast.At, At: "2026-03-04T11:59"}
		},
		"schedule.local":    func(d *broadcast.Definition) { d.Schedule.Local = true },
		"schedule.timezone": func(d *broadcast.Definition) { d.Schedule.Timezone = "Mars/Base" },
		"schedule.cron": func(d *broadcast.Definition) {
			d.Schedule = broadcast.Schedule{Kind: broadcast.Cron, Cron: "*/5 * * * *"}
		},
		"schedule.catch_up": func(d *broadcast.Definition) {
			d.Schedule = broadcast.Schedule{Kind: broadcast.Cron, Cron: "0 9 * * *", CatchUp: "soon"}
		},
	} {
		d := sound
		change(&d)
		issues := broadcast.Validate(d, known, noon)
		if len(issues) != 1 || !strings.HasPrefix(issues[0].Path, path) {
			t.Errorf("%s: %v", path, issues)
		}
	}
	if !broadcast.ValidKey("news-2026_03") || broadcast.ValidKey("News") || broadcast.ValidKey("") {
		t.Error("keys")
	}
}
