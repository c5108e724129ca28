package workflows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sojourn/contract"
)

const offersBreakfast, hasBreakfast = "Breakfast is not part of your booking yet", "Breakfast is booked"

// Two stays of one guest. The first is moved nine days earlier while its first wait sleeps, the other is cancelled: one
// letter before and one after in all, whatever the guest's own zone in the hotel's time; breakfast is offered only to who
// has not booked it by then, and nobody is asked about a stay he did not come to.
func TestTwoStaysOfOneGuest(t *testing.T) {
	t.Parallel()
	before := []string{"week_before#1:next@Jun 6 08:00", "not_there_yet#1:otherwise@Jun 6 08:00", "before#1:sent@Jun 6 08:00"}
	asked := []string{"day_after#1:next@Jun 16 09:00", "came#1:otherwise@Jun 16 09:00", "after#1:sent@Jun 16 09:00", "done#1:next@Jun 16 09:00"}
	missed := []string{"day_after#1:next@Jun 16 09:00", "came#1:no_show@Jun 16 09:00", "no_show#1:next@Jun 16 09:00"}
	for name, c := range map[string]struct {
		breakfast, noShow bool
		want              told
	}{
		"came":              {false, false, told{append(before[:3:3], asked...), []string{"before#1", "after#1"}, "done"}},
		"breakfast booked":  {true, false, told{append(before[:3:3], asked...), []string{"before#1", "after#1"}, "done"}},
		"did not come":      {false, true, told{append(before[:3:3], missed...), []string{"before#1"}, "no_show"}},
		"breakfast, absent": {true, true, told{append(before[:3:3], missed...), []string{"before#1"}, "no_show"}},
	} {
		for _, every := range []int{0, 1, 2, 3, 5, 7} {
			t.Run(fmt.Sprintf("%s, continue as new every %d", name, every), func(t *testing.T) {
				t.Parallel()
				w := booked(t)
				w.stay("eva", "b2", "booked", "2026-07-06", "2026-07-08")
				w.enterDates()
				if len(w.starts) != 2 {
					t.Fatalf("%d runs are owed, want one for each booking", len(w.starts))
				}
				first, second := w.starts[0], w.starts[1]
				at := func(day int) time.Time { return time.Date(2026, 6, day, 9, 0, 0, 0, time.UTC) }
				w.plan(at(2), func() { w.stay("eva", "b2", "cancelled", "2026-07-06", "2026-07-08") })
				w.plan(at(3), func() { w.stay("eva", "b1", "changed", "2026-06-13", "2026-06-15") })
				if c.breakfast {
					w.plan(at(4), func() {
						w.says("eva", "Object Changed", map[string]any{"object_type": "booking", "object_key": "b1", "properties": map[string]any{"breakfast": true}})
					})
				}
				if c.noShow {
					w.plan(at(14), func() { w.stay("eva", "b1", "no_show", "2026-06-13", "2026-06-15") })
				}

				// The test environment plays one workflow at a time: the second booking to its cancellation, then, from
				// that moment on, the first.
				w.starts = []contract.JourneyInput{second}
				w.must(w.walk(every))
				cancelled := told{w.visits(w.runID), w.sent(), w.run(w.runID).Outcome}
				if d := cmp.Diff(told{[]string{"week_before#1:(ended)@Jun 2 09:00"}, nil, "cancelled"}, cancelled); d != "" {
					t.Errorf("the cancelled stay (-want +got):\n%s", d)
				}
				w.starts = append(w.starts, first)
				w.must(w.walk(every))
				if d := cmp.Diff(c.want, told{w.visits(w.runID), w.sent(), w.run(w.runID).Outcome}); d != "" {
					t.Errorf("the moved stay (-want +got):\n%s", d)
				}
				if text := w.letter("We look forward to your stay"); strings.Contains(text, offersBreakfast) == c.breakfast || strings.Contains(text, hasBreakfast) != c.breakfast {
					t.Errorf("breakfast booked: %v, and the letter says\n%s", c.breakfast, text)
				}
			})
		}
	}
}

// letter is the text of the one message whose subject begins like this.
func (w *world) letter(subject string) string {
	w.t.Helper()
	var html string
	w.must(w.s.SQL().QueryRow("SELECT html FROM inbox_messages WHERE workspace_id = ? AND subject LIKE ?", w.ws.ID, subject+"%").Scan(&html))
	return html
}
