package sqlstore

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sojourn/ids"
)

// A journey may start this many runs a second by events as if it were alone. What goes beyond, a flood of ten thousand
// events at once, goes with the starts of audiences, in the bulk lane: other journeys' people don't stand behind it.
const (
	floodPerSecond = 60
	floodAtOnce    = 60
)

// floods remembers how fast each journey lets people in by events, in this process.
type floods struct {
	mu        sync.Mutex
	byJourney map[ids.ID]*rate.Limiter
}

// over reports that one more entry into the journey belongs to a flood.
func (f *floods) over(journey ids.ID, now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.byJourney[journey]
	if l == nil {
		if f.byJourney == nil {
			f.byJourney = map[ids.ID]*rate.Limiter{}
		}
		l = rate.NewLimiter(floodPerSecond, floodAtOnce)
		f.byJourney[journey] = l
	}
	return !l.AllowN(now, 1)
}
