package sqlstore

import (
	"testing"
	"time"

	"sojourn/ids"
)

// A thousand events at once are a flood but for the first ones; another journey is not held up by it, and later events
// are none again.
func TestOneJourneysFloodIsNobodyElses(t *testing.T) {
	t.Parallel()
	var f floods
	now, flooded, other := time.Unix(1_800_000_000, 0), ids.New(), ids.New()
	over := 0
	for range 1000 {
		if f.over(flooded, now) {
			over++
		}
	}
	if over != 1000-floodAtOnce {
		t.Errorf("%d of 1000 belong to the flood, want %d", over, 1000-floodAtOnce)
	}
	if f.over(other, now) {
		t.Error("another journey stands behind the flood")
	}
	if f.over(flooded, now.Add(time.Second)) {
		t.Error("it is still a flood a second later")
	}
}
