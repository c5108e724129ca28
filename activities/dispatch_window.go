package activities

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/storage"
)

// Starts outrun what they start: Temporal takes hundreds a second, and then every other journey's people stand behind the
// first tasks of those. So of the starts in bulk only a few per journey and partition are on their way at a time.
const (
	windowSize = 6
	windowMost = time.Minute // a run that has not begun by then waits for something else: a slow call, or better code
)

// window holds the runs that were started in bulk and have not written anything yet, by version of a journey.
type window struct {
	runs map[ids.ID]windowed
}

type windowed struct {
	version string
	at      time.Time
}

// begun lets go of the runs that have begun, have ended, or have taken too long.
func (w *window) begun(ctx context.Context, store storage.Dispatching, now time.Time) error {
	if len(w.runs) == 0 {
		return nil
	}
	asked := make([]ids.ID, 0, len(w.runs))
	for id, r := range w.runs {
		if now.Sub(r.at) > windowMost {
			delete(w.runs, id)
			continue
		}
		asked = append(asked, id)
	}
	still, err := store.NotBegun(ctx, asked)
	if err != nil {
		return err
	}
	left := make(map[ids.ID]windowed, len(still))
	for _, id := range still {
		left[id] = w.runs[id]
	}
	w.runs = left
	return nil
}

// full says whether a start has to wait because enough of its journey are on their way. A code journey has a queue, and
// workers, of its own: it keeps nobody waiting, and may have to wait for its worker.
func (w *window) full(row *storage.DueDispatch) bool {
	if !counted(row) {
		return false
	}
	if _, again := w.runs[row.RunID]; again {
		return false
	}
	n := 0
	for _, r := range w.runs {
		if r.version == row.Launch.Input.VersionID {
			n++
		}
	}
	return n >= windowSize
}

// add counts a start.
func (w *window) add(row *storage.DueDispatch, now time.Time) {
	if !counted(row) {
		return
	}
	if w.runs == nil {
		w.runs = map[ids.ID]windowed{}
	}
	w.runs[row.RunID] = windowed{version: row.Launch.Input.VersionID, at: now}
}

func counted(row *storage.DueDispatch) bool {
	return row.Kind == storage.DispatchBulk && row.Launch.Input.Code == ""
}
