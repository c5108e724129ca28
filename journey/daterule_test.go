package journey_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sojourn/journey"
)

func in(t testing.TB, zone string) *time.Location {
	t.Helper()
	loc, err := journey.Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	got, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func dateOf(t testing.TB, text string) journey.DateValue {
	t.Helper()
	d, err := journey.DateOf(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOccurrence(t *testing.T) {
	t.Parallel()
	yearly := func(feb29 string) journey.DateRule { return journey.DateRule{Anniversary: true, Feb29: feb29} }
	for name, c := range map[string]struct {
		rule              journey.DateRule
		date, zone, after string
		want              string // "" = never
	}{
		"a day at nine":                      {journey.DateRule{}, "2026-05-03", "Europe/Amsterdam", "2026-05-01T00:00:00Z", "2026-05-03T07:00:00Z"},
		"a time on the wall":                 {journey.DateRule{}, "2026-05-03T15:00", "Europe/Amsterdam", "2026-05-01T00:00:00Z", "2026-05-03T13:00:00Z"},
		"an instant":                         {journey.DateRule{}, "2026-05-03T15:00:00Z", "Asia/Tokyo", "2026-05-01T00:00:00Z", "2026-05-03T15:00:00Z"},
		"an instant, at another time of day": {journey.DateRule{At: "08:00"}, "2026-05-03T15:00:00Z", "Asia/Tokyo", "2026-05-01T00:00:00Z", "2026-05-03T23:00:00Z"}, // it is the 4th there
		"a week before":                      {journey.DateRule{Offset: "-P7D", At: "10:00"}, "2026-05-03", "Europe/Amsterdam", "2026-01-01T00:00:00Z", "2026-04-26T08:00:00Z"},
		"a week before, over the change":     {journey.DateRule{Offset: "-P7D", At: "10:00"}, "2026-04-01", "Europe/Amsterdam", "2026-01-01T00:00:00Z", "2026-03-25T09:00:00Z"},
		"two hours before":                   {journey.DateRule{Offset: "-PT2H"}, "2026-05-03T15:00:00Z", "Europe/Amsterdam", "2026-01-01T00:00:00Z", "2026-05-03T13:00:00Z"},
		"a month after a long month":         {journey.DateRule{Offset: "P1M"}, "2026-01-31", "UTC", "2026-01-01T00:00:00Z", "2026-02-28T09:00:00Z"},
		"a month before":                     {journey.DateRule{Offset: "-P1M"}, "2026-01-15", "UTC", "2025-01-01T00:00:00Z", "2025-12-15T09:00:00Z"},
		"it has passed":                      {journey.DateRule{}, "2026-05-03", "UTC", "2026-05-03T09:00:00Z", ""},
		"no date":                            {journey.DateRule{}, "", "UTC", "2026-05-03T09:00:00Z", ""},

		"skipped by the clocks":      {journey.DateRule{At: "02:30"}, "2026-03-29", "Europe/Amsterdam", "2026-01-01T00:00:00Z", "2026-03-29T01:30:00Z"}, // shown as 03:30
		"shown twice":                {journey.DateRule{At: "02:30"}, "2026-10-25", "Europe/Amsterdam", "2026-01-01T00:00:00Z", "2026-10-25T00:30:00Z"},
		"half an hour of change":     {journey.DateRule{At: "02:15"}, "2026-10-04", "Australia/Lord_Howe", "2026-01-01T00:00:00Z", "2026-10-03T15:45:00Z"}, // shown as 02:45
		"midnight that is not":       {journey.DateRule{At: "00:00"}, "2026-09-06", "America/Santiago", "2026-01-01T00:00:00Z", "2026-09-06T04:00:00Z"},
		"a day that was skipped":     {journey.DateRule{}, "2011-12-30", "Pacific/Apia", "2011-01-01T00:00:00Z", "2011-12-30T19:00:00Z"},
		"plus thirteen":              {journey.DateRule{}, "2026-05-03", "Pacific/Tongatapu", "2026-01-01T00:00:00Z", "2026-05-02T20:00:00Z"},
		"plus fourteen":              {journey.DateRule{}, "2026-05-03", "Pacific/Kiritimati", "2026-01-01T00:00:00Z", "2026-05-02T19:00:00Z"},
		"minus twelve":               {journey.DateRule{}, "2026-05-03", "Etc/GMT+12", "2026-01-01T00:00:00Z", "2026-05-03T21:00:00Z"},
		"half an hour":               {journey.DateRule{}, "2026-05-03", "Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-05-03T03:30:00Z"},
		"three quarters":             {journey.DateRule{}, "2026-05-03", "Asia/Kathmandu", "2026-01-01T00:00:00Z", "2026-05-03T03:15:00Z"},
		"an instant far to the east": {journey.DateRule{At: "09:00"}, "2026-05-02T11:00:00Z", "Pacific/Kiritimati", "2026-01-01T00:00:00Z", "2026-05-02T19:00:00Z"}, // 3 May, 01:00

		"this year's birthday":           {yearly(""), "1980-05-03", "UTC", "2026-01-01T00:00:00Z", "2026-05-03T09:00:00Z"},
		"next year's":                    {yearly(""), "1980-05-03", "UTC", "2026-05-03T09:00:00Z", "2027-05-03T09:00:00Z"},
		"a week before, over New Year":   {journey.DateRule{Anniversary: true, Offset: "-P7D"}, "1980-01-03", "UTC", "2026-06-01T00:00:00Z", "2026-12-27T09:00:00Z"},
		"after it, over New Year":        {journey.DateRule{Anniversary: true, Offset: "P7D"}, "1980-12-28", "UTC", "2027-01-01T00:00:00Z", "2027-01-04T09:00:00Z"},
		"no anniversary on the day":      {yearly(""), "2026-05-03", "UTC", "2026-05-01T00:00:00Z", "2027-05-03T09:00:00Z"},
		"a date to come":                 {yearly(""), "2030-05-03", "UTC", "2026-05-01T00:00:00Z", "2031-05-03T09:00:00Z"},
		"29 February, a common year":     {yearly(""), "1980-02-29", "UTC", "2026-01-01T00:00:00Z", "2026-02-28T09:00:00Z"},
		"29 February, on 1 March":        {yearly(journey.Mar1), "1980-02-29", "UTC", "2026-01-01T00:00:00Z", "2026-03-01T09:00:00Z"},
		"29 February, a leap year":       {yearly(journey.Mar1), "1980-02-29", "UTC", "2028-01-01T00:00:00Z", "2028-02-29T09:00:00Z"},
		"29 February, 2100 is none":      {yearly(journey.Feb28), "1980-02-29", "UTC", "2100-01-01T00:00:00Z", "2100-02-28T09:00:00Z"},
		"a week before 29 February":      {journey.DateRule{Anniversary: true, Offset: "-P7D", Feb29: journey.Mar1}, "1980-02-29", "UTC", "2026-01-01T00:00:00Z", "2026-02-22T09:00:00Z"},
		"a birthday at plus fourteen":    {yearly(""), "1980-05-03", "Pacific/Kiritimati", "2026-05-02T18:00:00Z", "2026-05-02T19:00:00Z"},
		"a birthday when the clocks go":  {journey.DateRule{Anniversary: true, At: "02:30"}, "1980-03-29", "Europe/Amsterdam", "2026-01-01T00:00:00Z", "2026-03-29T01:30:00Z"},
		"two years after, every year on": {journey.DateRule{Anniversary: true, Offset: "P2Y"}, "2020-05-03", "UTC", "2026-01-01T00:00:00Z", "2026-05-03T09:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok, err := journey.Occurrence(c.rule, dateOf(t, c.date), in(t, c.zone), moment(t, c.after))
			switch {
			case err != nil:
				t.Fatal(err)
			case ok != (c.want != ""):
				t.Fatalf("it happens: %v (%s)", ok, got)
			case ok && !got.Equal(moment(t, c.want)):
				t.Fatalf("%s, want %s", got.UTC().Format(time.RFC3339), c.want)
			}
		})
	}
}

func TestJoiningLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		late              string
		yearly            bool
		offset, date, now string
		want              string
		isLate            bool
	}{
		"in time":                          {"", false, "-P7D", "2026-05-20", "2026-05-01T00:00:00Z", "2026-05-13T09:00:00Z", false},
		"late, skip":                       {"", false, "-P7D", "2026-05-05", "2026-05-01T12:00:00Z", "", false},
		"late, now":                        {journey.LateNow, false, "-P7D", "2026-05-05", "2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z", true},
		"late, next":                       {journey.LateNext, false, "-P7D", "2026-05-05", "2026-05-01T12:00:00Z", "2026-05-02T09:00:00Z", true},
		"on the day itself, now":           {journey.LateNow, false, "-P7D", "2026-05-01", "2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z", true},
		"the stay is over, now":            {journey.LateNow, false, "-P7D", "2026-05-01", "2026-05-02T00:00:00Z", "", false},
		"after the stay, that evening":     {journey.LateNow, false, "P1D", "2026-05-01", "2026-05-02T20:00:00Z", "2026-05-02T20:00:00Z", true},
		"after the stay, two years later":  {journey.LateNow, false, "P1D", "2024-05-01", "2026-05-02T20:00:00Z", "", false},
		"a birthday this afternoon, skip":  {"", true, "", "1980-05-01", "2026-05-01T12:00:00Z", "2027-05-01T09:00:00Z", false},
		"a birthday this afternoon, now":   {journey.LateNow, true, "", "1980-05-01", "2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z", true},
		"a birthday this afternoon, next":  {journey.LateNext, true, "", "1980-05-01", "2026-05-01T12:00:00Z", "2027-05-01T09:00:00Z", false},
		"a birthday in three days, now":    {journey.LateNow, true, "-P7D", "1980-05-04", "2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z", true},
		"a birthday in three days, skip":   {"", true, "-P7D", "1980-05-04", "2026-05-01T12:00:00Z", "2027-04-27T09:00:00Z", false},
		"a birthday yesterday, now":        {journey.LateNow, true, "", "1980-04-30", "2026-05-01T12:00:00Z", "2027-04-30T09:00:00Z", false},
		"exactly at the moment is in time": {"", false, "", "2026-05-01", "2026-05-01T09:00:00Z", "2026-05-01T09:00:00Z", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule := journey.DateRule{Anniversary: c.yearly, Offset: c.offset, Late: c.late}
			got, late, ok, err := journey.Joining(rule, dateOf(t, c.date), time.UTC, moment(t, c.now))
			if err != nil || ok != (c.want != "") || late != c.isLate || ok && !got.Equal(moment(t, c.want)) {
				t.Fatalf("%s late=%v ok=%v %v, want %q late=%v", got, late, ok, err, c.want, c.isLate)
			}
		})
	}
}

func TestWaitDate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule         journey.DateRule
		date, judged string
		visit        int
		want         string
		skip         bool
	}{
		"it lies ahead":                  {journey.DateRule{Offset: "-P1D"}, "2026-05-20", "2026-05-01T00:00:00Z", 1, "2026-05-19T09:00:00Z", false},
		"passed long ago, skip":          {journey.DateRule{}, "2026-01-20", "2026-05-01T00:00:00Z", 1, "2026-05-01T00:00:00Z", true},
		"passed long ago, now":           {journey.DateRule{Late: journey.LateNow}, "2026-01-20", "2026-05-01T00:00:00Z", 1, "2026-05-01T00:00:00Z", false},
		"passed long ago, next":          {journey.DateRule{Late: journey.LateNext, At: "18:30"}, "2026-01-20", "2026-05-01T00:00:00Z", 1, "2026-05-01T18:30:00Z", false},
		"next, at the date's own time":   {journey.DateRule{Late: journey.LateNext}, "2026-01-20T15:00:00Z", "2026-05-01T16:00:00Z", 1, "2026-05-02T15:00:00Z", false},
		"a birthday ahead":               {journey.DateRule{Anniversary: true}, "1980-05-20", "2026-05-01T00:00:00Z", 1, "2026-05-20T09:00:00Z", false},
		"a birthday just passed, skip":   {journey.DateRule{Anniversary: true}, "1980-05-01", "2026-05-01T10:00:00Z", 1, "2026-05-01T10:00:00Z", true},
		"a birthday just passed, next":   {journey.DateRule{Anniversary: true, Late: journey.LateNext}, "1980-05-01", "2026-05-01T10:00:00Z", 1, "2027-05-01T09:00:00Z", false},
		"a birthday again":               {journey.DateRule{Anniversary: true, Late: journey.LateNow}, "1980-05-01", "2026-05-01T10:00:00Z", 2, "2027-05-01T09:00:00Z", false},
		"a birthday again, at its time":  {journey.DateRule{Anniversary: true}, "1980-05-01", "2026-05-01T09:00:00Z", 2, "2027-05-01T09:00:00Z", false},
		"29 February in a wait, mar1":    {journey.DateRule{Anniversary: true, Feb29: journey.Mar1}, "2024-02-29", "2027-02-28T10:00:00Z", 1, "2027-03-01T09:00:00Z", false},
		"29 February in a wait, feb28":   {journey.DateRule{Anniversary: true}, "2024-02-29", "2027-02-28T08:00:00Z", 1, "2027-02-28T09:00:00Z", false},
		"a birthday moved into the past": {journey.DateRule{Anniversary: true}, "1980-03-01", "2026-05-01T10:00:00Z", 1, "2027-03-01T09:00:00Z", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok, err := journey.WaitDate(c.rule, dateOf(t, c.date), time.UTC, moment(t, c.judged), c.visit)
			if err != nil || !ok || got.Skip != c.skip || !got.At.Equal(moment(t, c.want)) {
				t.Fatalf("%+v ok=%v %v, want %s skip=%v", got, ok, err, c.want, c.skip)
			}
		})
	}
	if _, ok, err := journey.WaitDate(journey.DateRule{}, journey.DateValue{}, time.UTC, time.Now(), 1); ok || err != nil { //nolint:forbidigo // any moment
		t.Fatalf("no date: ok=%v %v", ok, err)
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	office := journey.Window{From: "09:00", To: "18:00", Weekdays: []string{"mon", "tue", "wed", "thu", "fri"}}
	night := journey.Window{From: "22:00", To: "06:00", Weekdays: []string{"fri"}}
	for name, c := range map[string]struct {
		w          journey.Window
		zone, from string
		want       string
	}{
		"inside":                      {office, "UTC", "2026-05-04T10:30:00Z", "2026-05-04T10:30:00Z"},
		"at its beginning":            {office, "UTC", "2026-05-04T09:00:00Z", "2026-05-04T09:00:00Z"},
		"at its end":                  {office, "UTC", "2026-05-04T18:00:00Z", "2026-05-05T09:00:00Z"},
		"before it":                   {office, "UTC", "2026-05-04T03:00:00Z", "2026-05-04T09:00:00Z"},
		"on a Saturday":               {office, "UTC", "2026-05-02T10:00:00Z", "2026-05-04T09:00:00Z"},
		"where he lives":              {office, "Pacific/Kiritimati", "2026-05-04T03:00:00Z", "2026-05-04T03:00:00Z"}, // 17:00
		"over midnight, the same day": {night, "UTC", "2026-05-01T23:00:00Z", "2026-05-01T23:00:00Z"},
		"over midnight, after it":     {night, "UTC", "2026-05-02T05:00:00Z", "2026-05-02T05:00:00Z"},
		"the wrong night":             {night, "UTC", "2026-05-02T23:00:00Z", "2026-05-08T22:00:00Z"},
		"nothing is left of it":       {journey.Window{From: "02:00", To: "03:00"}, "Europe/Amsterdam", "2026-03-28T22:00:00Z", "2026-03-30T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.w.NextInside(moment(t, c.from), in(t, c.zone))
			if err != nil || !got.Equal(moment(t, c.want)) {
				t.Fatalf("%s %v, want %s", got.UTC(), err, c.want)
			}
		})
	}
}

func TestBestHourAndNextPurchase(t *testing.T) {
	t.Parallel()
	from := moment(t, "2026-05-04T10:00:00Z")
	for _, c := range []struct {
		hour, visit int
		want        string
	}{{20, 1, "2026-05-04T20:00:00Z"}, {7, 1, "2026-05-05T07:00:00Z"}, {10, 1, "2026-05-04T10:00:00Z"}, {10, 2, "2026-05-05T10:00:00Z"}, {-1, 1, "2026-05-04T18:30:00Z"}} {
		if got, err := (journey.BestHour{Default: "18:30"}).NextBest(c.hour, from, c.visit, time.UTC); err != nil || !got.Equal(moment(t, c.want)) {
			t.Errorf("hour %d, visit %d: %s %v, want %s", c.hour, c.visit, got, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		n        journey.NextPurchase
		expected time.Time
		want     string
	}{
		"three days before": {journey.NextPurchase{Offset: "-P3D"}, moment(t, "2026-06-10T15:00:00Z"), "2026-06-07T09:00:00Z"},
		"at its hour":       {journey.NextPurchase{At: "18:00"}, moment(t, "2026-06-10T15:00:00Z"), "2026-06-10T18:00:00Z"},
		"overdue":           {journey.NextPurchase{}, moment(t, "2026-05-01T15:00:00Z"), "2026-05-04T10:00:00Z"},
		"too far":           {journey.NextPurchase{Max: "P10D"}, moment(t, "2026-06-10T15:00:00Z"), "2026-05-14T10:00:00Z"},
		"unknown":           {journey.NextPurchase{Default: "P2W"}, time.Time{}, "2026-05-18T10:00:00Z"},
	} {
		if got, err := c.n.Until(c.expected, from, time.UTC); err != nil || !got.Equal(moment(t, c.want)) {
			t.Errorf("%s: %s %v, want %s", name, got, err, c.want)
		}
	}
}

func TestDatesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, v := range []any{"soon", "2026-13-01", "2026-02-30", "03.05.2026", 7.0, true, []any{"2026-05-03"}} {
		if d, err := journey.DateOf(v); err == nil {
			t.Errorf("%v is read as %s", v, d)
		}
	}
	for _, v := range []any{nil, "", " "} {
		if d, err := journey.DateOf(v); err != nil || !d.IsZero() {
			t.Errorf("%v is read as %s, %v", v, d, err)
		}
	}
	for _, text := range []string{"2026-05-03", "2026-05-03T15:00:00", "2026-05-03T15:00:00Z"} {
		if got := dateOf(t, text).String(); got != text {
			t.Errorf("%s comes back as %s", text, got)
		}
	}
}

// Whatever the rule, date and zone: occurrences follow each other, lie after what was asked, and show the wanted time of
// day unless the clocks skip it.
func TestOccurrencesFollowEachOther(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "Europe/Amsterdam", "America/St_Johns", "Pacific/Kiritimati", "Etc/GMT+12", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "Pacific/Apia"}
	rapid.Check(t, func(t *rapid.T) {
		loc, err := journey.Zone(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		day := time.Date(rapid.IntRange(1930, 2040).Draw(t, "year"), 1, rapid.IntRange(1, 366).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
		rule := journey.DateRule{Anniversary: true, Offset: rapid.SampledFrom([]string{"", "-P7D", "P3D", "-P1M", "P1M1D", "-PT36H"}).Draw(t, "offset"),
			Feb29: rapid.SampledFrom([]string{"", journey.Mar1}).Draw(t, "feb29")}
		after := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 10*365*24*60).Draw(t, "minute")) * time.Minute)
		for range 3 {
			next, ok, err := journey.Occurrence(rule, journey.DayDate(day.Year(), day.Month(), day.Day()), loc, after)
			if err != nil || !ok || !next.After(after) {
				t.Fatalf("after %s comes %s, %v %v", after, next, ok, err)
			}
			if day.Year() < 2024 && next.Sub(after) > 368*24*time.Hour {
				t.Fatalf("after %s a year is left out: %s", after, next)
			}
			after = next
		}
	})
}
