package pressure

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"sojourn/consent"
	"sojourn/fault"
)

func handed(times ...time.Time) []Past {
	var out []Past
	for _, t := range times {
		out = append(out, Past{Channel: "email", Purpose: "marketing", Class: consent.Marketing, HandedAt: t})
	}
	return out
}

func TestCaps(t *testing.T) {
	t.Parallel()
	ams := load(t, "Europe/Amsterdam")
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	openClaim := Past{Channel: "email", Purpose: "marketing", Class: consent.Marketing, Open: true}
	for _, c := range []struct {
		name string
		cap  Cap
		past []Past
		want time.Time
	}{
		{"nothing yet", Cap{Max: 1, Window: "P7D"}, nil, noon},
		{"two of three", Cap{Max: 3, Window: "P7D"}, handed(ago(time.Hour), ago(2*time.Hour)), noon},
		{"full: until the oldest of the three is a week ago", Cap{Max: 3, Window: "P7D"}, handed(ago(6*dayLength), ago(time.Hour), ago(2*dayLength)), noon.Add(dayLength)},
		{"exactly a week ago does not count", Cap{Max: 1, Window: "P7D"}, handed(ago(7 * dayLength)), noon},
		{"more than allowed (the cap was lowered)", Cap{Max: 1, Window: "P7D"}, handed(ago(6*dayLength), ago(dayLength)), noon.Add(6 * dayLength)},
		{"an open claim counts, and is looked at again soon", Cap{Max: 1, Window: "P7D"}, []Past{openClaim}, noon.Add(recheck)},
		{"an open claim beside an old message", Cap{Max: 2, Window: "P7D"}, append(handed(ago(6*dayLength)), openClaim), noon.Add(dayLength)},
		{"another channel", Cap{Max: 1, Window: "P7D", Channels: []string{"sms"}}, handed(ago(time.Hour)), noon},
		{"another purpose", Cap{Max: 1, Window: "P7D", Purposes: []string{"surveys"}}, handed(ago(time.Hour)), noon},
		{"service mail is not counted", Cap{Max: 1, Window: "P7D"}, []Past{{Channel: "email", Purpose: "marketing", Class: consent.Service, HandedAt: ago(time.Hour)}}, noon},
		{"hours", Cap{Max: 1, Window: "PT12H"}, handed(ago(11 * time.Hour)), noon.Add(time.Hour)},
		{"calendar day, yesterday evening", Cap{Max: 1, Window: "P1D", Kind: Calendar}, handed(at(t, "2026-03-03T23:59:00+01:00")), noon},
		{"calendar day, this morning", Cap{Max: 1, Window: "P1D", Kind: Calendar}, handed(at(t, "2026-03-04T00:00:00+01:00")), at(t, "2026-03-05T00:00:00+01:00")},
		{"calendar week begins on Monday", Cap{Max: 1, Window: "P1W", Kind: Calendar}, handed(at(t, "2026-03-02T00:00:00+01:00")), at(t, "2026-03-09T00:00:00+01:00")},
		{"Sunday was another week", Cap{Max: 1, Window: "P7D", Kind: Calendar}, handed(at(t, "2026-03-01T23:00:00+01:00")), noon},
		{"calendar month, across the change of the clock", Cap{Max: 1, Window: "P1M", Kind: Calendar}, handed(ago(time.Hour)), at(t, "2026-04-01T00:00:00+02:00")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := c.cap.Free(noon, ams, c.past); !got.Equal(c.want) {
				t.Errorf("free at %v, want %v", got, c.want)
			}
		})
	}
}

// Whoever sends only when the cap says so never has more than max in any window, and is never made to wait too long.
func TestSlidingCapHoldsEverywhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := Cap{Max: rapid.IntRange(1, 4).Draw(t, "max"), Window: "PT12H"}
		var sent []time.Time
		now := noon
		for range 40 {
			now = now.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "minutes")) * time.Minute)
			free := c.Free(now, time.UTC, handed(sent...))
			if free.After(now) {
				if c.Free(free, time.UTC, handed(sent...)).After(free) || !c.Free(free.Add(-time.Second), time.UTC, handed(sent...)).After(free.Add(-time.Second)) {
					t.Fatalf("at %v free at %v, which is not the first moment", now, free)
				}
				continue
			}
			sent = append(sent, now)
			for _, end := range sent {
				n := 0
				for _, s := range sent {
					if s.After(end.Add(-12*time.Hour)) && !s.After(end) {
						n++
					}
				}
				if n > c.Max {
					t.Fatalf("%d in the 12 h before %v, cap %d", n, end, c.Max)
				}
			}
		}
	})
}

func TestMidnight(t *testing.T) {
	t.Parallel()
	beirut, cairo := load(t, "Asia/Beirut"), load(t, "Africa/Cairo")
	// Beirut went from 00:00 to 01:00 on 26 March 2022: the day began at 01:00.
	if got := midnight(2022, 3, 26, beirut); !got.Equal(at(t, "2022-03-26T01:00:00+03:00")) {
		t.Errorf("skipped midnight: %v", got)
	}
	// Cairo went back from 24:00 to 23:00 on 26 October 2023: Friday began once, an hour later than the clock first said.
	if got := midnight(2023, 10, 27, cairo); !got.Equal(at(t, "2023-10-27T00:00:00+02:00")) {
		t.Errorf("midnight after a repeated hour: %v", got)
	}
	rapid.Check(t, func(rt *rapid.T) {
		zones := []*time.Location{beirut, cairo, load(t, "Europe/Amsterdam"), load(t, "America/Asuncion"), time.UTC}
		loc := zones[rapid.IntRange(0, len(zones)-1).Draw(rt, "zone")]
		when := time.Unix(rapid.Int64Range(1_500_000_000, 1_800_000_000).Draw(rt, "when"), 0).In(loc)
		y, m, d := when.Date()
		start := midnight(y, m, d, loc)
		if start.After(when) || start.In(loc).Day() != d || start.Add(-time.Second).In(loc).Day() == d {
			rt.Fatalf("%v begins at %v", when, start)
		}
	})
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	p, err := ParsePolicy([]byte(`{"caps":[{"max":3,"window":"P7D","kind":"sliding","channels":["email","sms"],"purposes":["marketing"]},{"max":1,"window":"P1D","kind":"calendar"}],
		"quiet_hours":{"from":"21:00","to":"08:00"},"public_url":"http://127.0.0.1:8080","brand":{"colour":"red"}}`))
	if err != nil || len(p.Caps) != 2 || p.QuietHours.To != "08:00" || p.Longest() != 7*dayLength {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err := ParsePolicy(nil); err != nil || p.Longest() != 0 {
		t.Errorf("no settings: %+v, %v", p, err)
	}
	for _, bad := range []string{
		`{"caps":[{"max":0,"window":"P7D"}]}`, `{"caps":[{"max":1,"window":"a week"}]}`, `{"caps":[{"max":1,"window":"P1M"}]}`, `{"caps":[{"max":1,"window":"P2D","kind":"calendar"}]}`,
		`{"caps":[{"max":1,"window":"P7D","kind":"rolling"}]}`, `{"caps":[{"max":1,"window":"P0D"}]}`, `{"quiet_hours":{"from":"21:00","to":"25:00"}}`, `{"quiet_hours":{"from":"21:00","to":"21:00"}}`,
		`{"zones":["Mars/Olympus"]}`, `{"public_url":"javascript:alert(1)"}`, `{"public_url":"mail.example.org"}`, `[]`,
	} {
		if _, err := ParsePolicy([]byte(bad)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
