package adminapi_test

import (
	"testing"
	"time"

	"sojourn/audience"
	"sojourn/journey"
	"sojourn/server/access"
	"sojourn/server/adminapi"
)

// Whoever publishes an entry by schedule sees beforehand when people would enter, on the clock of the schedule.
func TestPublishPreviewNamesTheNextRuns(t *testing.T) {
	t.Parallel()
	ann := newWorld(t).as(access.Marketer)
	doc := journey.Document{Key: "letter", Name: "Letter", Purpose: "offers", Steps: []journey.Step{nap("first", "P3D", "")},
		Entry: journey.Entry{Kind: journey.EntrySchedule, Cron: "0 9 * * mon", Timezone: "Asia/Kolkata", Condition: &audience.Condition{Attribute: "locale", Op: "eq", Value: "en"}}}
	if got := ann.do("POST", "/journeys", map[string]any{"document": doc}); got.status != 201 {
		t.Fatal(got.body)
	}
	var p adminapi.PublishPreview
	ann.do("GET", "/journeys/letter/publish", nil).into(t, 200, &p)
	zone, err := time.LoadLocation("Asia/Kolkata")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Coming) != 5 {
		t.Fatalf("%d moments: %v", len(p.Coming), p.Coming)
	}
	for i, at := range p.Coming {
		at = at.In(zone)
		if at.Weekday() != time.Monday || at.Hour() != 9 || at.Minute() != 0 || i > 0 && at.Sub(p.Coming[i-1]) != 7*24*time.Hour {
			t.Errorf("moment %d is %s", i, at)
		}
	}
}
