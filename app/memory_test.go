package app

import "testing"

func TestASmallHeapIsCollectedRarely(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: percentMost, 10 << 20: percentMost, 24 << 20: 400, 48 << 20: 200, 96 << 20: 100, 1 << 30: 100} {
		if got := garbagePercent(live); got != want {
			t.Errorf("%d bytes live: %d %%, want %d", live, got, want)
		}
	}
}
