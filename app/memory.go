package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A process whose live heap is 15 MB would be collected every 15 MB, hundreds of times a minute under load. It may use
// spareHeap instead before each collection; a process that keeps more than that alive is collected as Go does it by
// default.
const (
	spareHeap    = 96 << 20
	percentLeast = 100 // Go's default
	percentMost  = 800
	collectLook  = 5 * time.Second
)

// spaceForGarbage keeps the collector's percentage in step with the live heap, until ctx ends. Who sets GOGC decides.
func spaceForGarbage(ctx context.Context) {
	if os.Getenv("GOGC") != "" {
		return
	}
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	at := percentLeast
	every(ctx, collectLook, func() {
		metrics.Read(live)
		if percent := garbagePercent(live[0].Value.Uint64()); percent*10 < at*9 || percent*9 > at*10 {
			at = percent
			debug.SetGCPercent(percent)
		}
	})
}

// garbagePercent is how much of the live heap may be added to it before the next collection.
func garbagePercent(live uint64) int {
	return int(min(percentMost, max(percentLeast, 100*spareHeap/max(1, live))))
}
