package workflows_test

import (
	"strings"
	"testing"
	"time"

	"sojourn/contract"
	"sojourn/journey"
)

// What a moved booking means under each rule of lateness, and where the clocks show strange times. The stay's own zone
// counts; late = next means the next 18:00 there.
func TestBookingsThatMove(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		zone, late, first, moved string
		post                     string // when the letter after the stay is due; "" = skipped
	}{
		"stays ahead":                       {"Europe/Amsterdam", "skip", "2026-06-24", "2026-06-17", "Jun 19 16:00"},
		"into the past, skip":               {"Europe/Amsterdam", "skip", "2026-06-24", "2026-05-20", ""},
		"into the past, now":                {"Europe/Amsterdam", "now", "2026-06-24", "2026-05-20", "Jun 3 06:00"},
		"into the past, next":               {"Europe/Amsterdam", "next", "2026-06-24", "2026-05-20", "Jun 3 16:00"},
		"at plus fourteen":                  {"Pacific/Kiritimati", "skip", "2026-06-24", "2026-06-20", "Jun 22 04:00"},
		"at plus thirteen":                  {"Pacific/Tongatapu", "skip", "2026-06-24", "2026-06-20", "Jun 22 05:00"},
		"at minus twelve":                   {"Etc/GMT+12", "skip", "2026-06-24", "2026-06-20", "Jun 23 06:00"},
		"in a zone of half an hour":         {"Asia/Kolkata", "skip", "2026-06-24", "2026-06-20", "Jun 22 12:30"},
		"in a zone of a quarter":            {"Asia/Kathmandu", "skip", "2026-06-24", "2026-06-20", "Jun 22 12:15"},
		"over the end of summer time":       {"Europe/Amsterdam", "skip", "2026-06-24", "2026-10-24", "Oct 26 17:00"},
		"over the beginning of summer time": {"Europe/Amsterdam", "skip", "2026-06-24", "2027-03-27", "Mar 29 16:00"},
		"where the clocks skip half hours":  {"Australia/Lord_Howe", "skip", "2026-06-24", "2026-10-03", "Oct 5 07:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.NewReplacer("LATE", c.late, "timezone: Europe/Amsterdam", "timezone: "+c.zone, "at: \"10:00\"", "at: \"10:00\", late: now").Replace(keyedStay)
			w := newWorld(t, monday, text)
			w.says("ann", "Booked", booking("b-1", c.first))
			w.plan(monday.Add(48*time.Hour), func() {
				w.says("ann", "Booking Changed", booking("b-2", "2026-06-05")) // another one's
				w.says("ann", "Booking Changed", booking("b-1", c.moved))
			})
			if err := w.walk(2); err != nil {
				t.Fatal(err)
			}
			exit, at := "skipped", ""
			for _, v := range w.visits(w.runID) {
				if rest, found := strings.CutPrefix(v, "post#1:"); found {
					exit, at, _ = strings.Cut(rest, "@")
				}
			}
			if c.post == "" && exit != "skipped" || c.post != "" && (exit != "sent" || at != c.post) {
				t.Errorf("the letter was %s at %s, want %q; the way: %v", exit, at, c.post, w.visits(w.runID))
			}
		})
	}
}

// A run is held, moved to the next version while it is held, released, tried again and skipped, in whatever histories: it
// counts what it had waited before, and each order has one effect though it is given twice.
func TestHeldMovedReleasedRetriedSkipped(t *testing.T) {
	tell(t, told{Visits: []string{"nap#1:(moved)@Jun 4 06:00", "rest#1:next@Jun 9 06:00", "card#1:sent@Jun 9 12:00"}, Sent: []string{"card#1"}, Outcome: "completed"},
		func(t *testing.T) *world {
			w := newWorld(t, monday, firstVersion)
			next, err := journey.Parse([]byte(secondVersion))
			w.must(err)
			w.says("ann", "Signed Up", nil)
			revision, err := w.s.SaveDraft(ctx(), w.ws.ID, w.j.ID, w.j.DraftRevision, next, monday)
			w.must(err)
			v, err := w.s.Publish(ctx(), w.ws.ID, w.j.ID, revision, "test", monday)
			w.must(err)
			w.move = &mover{to: contract.MoveResult{VersionID: v.ID.String(), Version: v.Number, DocHash: v.Hash.String(), Mapping: map[string]string{"nap": "rest"}}}
			w.mail.answers["card"] = []contract.SendResult{{State: contract.SendDeferred, At: monday.Add(30 * 24 * time.Hour)}}
			day := 24 * time.Hour
			for _, c := range []struct {
				after time.Duration
				contract.ControlSignal
			}{
				{2 * day, contract.ControlSignal{Kind: contract.ControlHold, ID: "h"}},
				{3 * day, contract.ControlSignal{Kind: contract.ControlMove, ID: "m"}},
				{4 * day, contract.ControlSignal{Kind: contract.ControlRetry, ID: "early"}},
				{5 * day, contract.ControlSignal{Kind: contract.ControlRelease, ID: "r"}},
				{6 * day, contract.ControlSignal{Kind: contract.ControlRetry, ID: "t", Step: "rest"}},
				{7 * day, contract.ControlSignal{Kind: contract.ControlSkipWait, ID: "other", Step: "nap"}},
				{8 * day, contract.ControlSignal{Kind: contract.ControlSkipWait, ID: "s", Step: "rest"}},
				{8*day + 6*time.Hour, contract.ControlSignal{Kind: contract.ControlRetry, ID: "now", Step: "card"}},
			} {
				for range 2 { // each is delivered twice
					w.plan(monday.Add(c.after), func() { w.signal(w.runID, contract.SignalControl, c.ControlSignal) })
				}
			}
			return w
		})
}
