package pressure

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sojourn/consent"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) // a Wednesday

// clear is a message that every rule lets pass.
func clear(class consent.Class, channel string) Facts {
	state := consent.Granted
	if class == consent.Confirmation {
		state = consent.Pending
	}
	return Facts{Class: class, Channel: channel, Purpose: "marketing", HasAddress: true, CustomerZone: "UTC", WorkspaceZone: "UTC",
		Permissions: consent.Permissions{{Channel: channel, Purpose: "marketing"}: {State: state, Basis: consent.ByConsent, At: noon.Add(-time.Hour)}}}
}

// trip makes one rule hit; the second value is what it then says.
var trip = map[Reason]func(*Facts) Action{
	ReasonControl:    func(f *Facts) Action { f.Control = true; return Skip },
	ReasonErased:     func(f *Facts) Action { f.Erased = true; return Skip },
	ReasonLegalHold:  func(f *Facts) Action { f.LegalHold = true; return Skip },
	ReasonRestricted: func(f *Facts) Action { f.Restricted = true; return Skip },
	ReasonNoAddress:  func(f *Facts) Action { f.HasAddress = false; return Skip },
	ReasonHardBounce: func(f *Facts) Action { f.Suppressed = ReasonHardBounce; return Skip },
	ReasonManual:     func(f *Facts) Action { f.Suppressed = ReasonManual; return Skip },
	ReasonStop:       func(f *Facts) Action { f.Suppressed = ReasonStop; return Skip },
	ReasonComplaint:  func(f *Facts) Action { f.Suppressed = ReasonComplaint; return Skip },
	ReasonChannelOptOut: func(f *Facts) Action {
		f.Permissions = consent.Permissions{{Channel: f.Channel, Purpose: consent.Any}: {State: consent.Withdrawn, At: noon}}
		return Skip
	},
	ReasonTopicOptOut: func(f *Facts) Action {
		f.Permissions = consent.Permissions{{Channel: f.Channel, Purpose: f.Purpose}: {State: consent.Withdrawn, At: noon}}
		return Skip
	},
	ReasonNoConsent:        func(f *Facts) Action { f.Permissions = nil; return Skip },
	ReasonCustomerPaused:   func(f *Facts) Action { f.PausedUntil = noon.AddDate(0, 0, 20); return Defer },
	ReasonJourneyStopped:   func(f *Facts) Action { f.JourneyStopped = true; return Cancel },
	ReasonJourneyPaused:    func(f *Facts) Action { f.JourneyPaused = true; return Defer },
	ReasonBroadcastEnded:   func(f *Facts) Action { f.BroadcastEnded = true; return Cancel },
	ReasonBroadcastPaused:  func(f *Facts) Action { f.BroadcastPaused = true; return Defer },
	ReasonDuplicate:        func(f *Facts) Action { f.Duplicate = true; return Skip },
	ReasonSenderPaused:     func(f *Facts) Action { f.SenderPaused = true; return Defer },
	ReasonWorkspaceStopped: func(f *Facts) Action { f.WorkspaceStopped = true; return Defer },
	ReasonExpired:          func(f *Facts) Action { f.ExpiresAt = noon; return Expire },
	ReasonQuietHours: func(f *Facts) Action {
		f.Policy.QuietHours = &QuietHours{From: "11:00", To: "13:00"}
		return Defer
	},
	ReasonCap: func(f *Facts) Action {
		f.Policy.Caps = []Cap{{Max: 1, Window: "P7D"}}
		f.Past = []Past{{Channel: f.Channel, Purpose: f.Purpose, Class: consent.Marketing, HandedAt: noon.Add(-time.Hour)}}
		return Defer
	},
	ReasonProviderLimit: func(f *Facts) Action { f.ProviderRestsUntil = noon.Add(time.Minute); return Defer },
}

// Every cell of rule x class, for e-mail and for SMS, against a table that was written by hand from the design.
func TestEveryCell(t *testing.T) {
	t.Parallel()
	for _, channel := range []string{"email", "sms"} {
		want := readTable(t, "testdata/table_"+channel+".txt")
		if len(want) != len(table) {
			t.Fatalf("%s: %d rules in the test's table, %d in the code's", channel, len(want), len(table))
		}
		for _, row := range table {
			for i, class := range consent.Classes {
				f := clear(class, channel)
				if v := Decide(f, noon); v.Action != Send {
					t.Fatalf("%s %s: a message that nothing speaks against: %+v", channel, class, v)
				}
				action := trip[row.reason](&f)
				v := Decide(f, noon)
				switch want[row.reason][i] {
				case "stops":
					if v.Reason != row.reason || v.Action != action {
						t.Errorf("%s, %s, %s: %s (%s), want %s", channel, row.reason, class, v.Action, v.Reason, action)
					}
				case "-":
					if v.Action != Send {
						t.Errorf("%s, %s, %s: %s (%s), want send", channel, row.reason, class, v.Action, v.Reason)
					}
				default:
					t.Fatalf("%s: %q in the test's table", row.reason, want[row.reason][i])
				}
			}
		}
	}
}

func readTable(t *testing.T, path string) map[Reason][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := map[Reason][]string{}
	for sc := bufio.NewScanner(file); sc.Scan(); {
		f := strings.Fields(sc.Text())
		if len(f) == 0 || f[0] == "rule" {
			continue
		}
		out[Reason(f[0])] = f[1:]
	}
	return out
}

// The first rule that hits decides, whatever else hits: all pairs.
func TestFirstHitWins(t *testing.T) {
	t.Parallel()
	permissions := map[Reason]bool{ReasonChannelOptOut: true, ReasonTopicOptOut: true, ReasonNoConsent: true}
	suppressions := map[Reason]bool{ReasonHardBounce: true, ReasonManual: true, ReasonStop: true, ReasonComplaint: true}
	held := map[Reason]bool{ReasonCustomerPaused: true, ReasonJourneyPaused: true, ReasonBroadcastPaused: true, ReasonSenderPaused: true, ReasonWorkspaceStopped: true}
	for i, first := range table {
		for _, second := range table[i+1:] {
			if permissions[first.reason] && permissions[second.reason] || suppressions[first.reason] && suppressions[second.reason] {
				continue // one fact, which has one value
			}
			f := clear(consent.Marketing, "email")
			trip[second.reason](&f)
			trip[first.reason](&f)
			want := first.reason
			if held[first.reason] && second.reason == ReasonExpired {
				want = ReasonExpired // holding back what has expired would be for nothing
			}
			if v := Decide(f, noon); v.Reason != want {
				t.Errorf("%s and %s: %s decides", first.reason, second.reason, v.Reason)
			}
		}
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	f := clear(consent.Marketing, "email")
	f.PausedUntil, f.ExpiresAt = noon.AddDate(0, 1, 0), noon.AddDate(0, 0, 7)
	if v := Decide(f, noon); v.Action != Defer || !v.Until.Equal(f.ExpiresAt) {
		t.Errorf("a deferral past the expiry: %+v, want it to end at the expiry", v)
	}
	f = clear(consent.Marketing, "email")
	f.Policy.QuietHours = &QuietHours{From: "21:00", To: "08:00"}
	f.ExpiresAt = noon.AddDate(0, 0, 7)
	if v := Decide(f, noon); !v.ValidUntil.Equal(noon.Add(9 * time.Hour)) {
		t.Errorf("the hand-over may begin until %v, want the beginning of quiet hours", v.ValidUntil)
	}
	f.Class = consent.Service
	if v := Decide(f, noon); !v.ValidUntil.Equal(f.ExpiresAt) {
		t.Errorf("service mail may go until %v, want its expiry", v.ValidUntil)
	}
}

// A message that an operator holds asks again soon at first, and rarely in the end.
func TestHeldMessagesAskAgain(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]time.Duration{0: 15 * time.Second, 10 * time.Minute: 150 * time.Second, 20 * time.Hour: time.Hour} {
		f := clear(consent.Marketing, "email")
		f.SenderPaused, f.PlannedAt = true, noon.Add(-age)
		if v := Decide(f, noon); v.Until.Sub(noon) != want {
			t.Errorf("held for %v: asks again after %v, want %v", age, v.Until.Sub(noon), want)
		}
	}
}

// A deferral is always for a moment in the future, and whoever asks again then is not held back by the same quiet hours.
func TestDeferralsEnd(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Asia/Kathmandu", "America/Asuncion", "", "no such zone"}
	rapid.Check(t, func(t *rapid.T) {
		f := clear(consent.Marketing, "email")
		f.CustomerZone = rapid.SampledFrom(zones).Draw(t, "zone")
		f.WorkspaceZone = "Europe/Amsterdam"
		f.Policy = Policy{QuietHours: &QuietHours{From: hhmm(t, "from"), To: hhmm(t, "to")}, Zones: []string{"Atlantic/Azores"}}
		now := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "now"), 0).UTC()
		v := Decide(f, now)
		if v.Action == Send {
			return
		}
		if v.Action != Defer || !v.Until.After(now) || v.Until.Sub(now) > 15*24*time.Hour {
			t.Fatalf("%+v at %v", v, now)
		}
		if again := Decide(f, v.Until); f.CustomerZone != "" && f.CustomerZone != "no such zone" && again.Action != Send {
			t.Fatalf("asked again at %v: %+v", v.Until, again)
		}
	})
}

func hhmm(t *rapid.T, label string) string {
	m := rapid.IntRange(0, 24*60-1).Draw(t, label)
	return time.Date(2026, 1, 1, m/60, m%60, 0, 0, time.UTC).Format("15:04")
}
