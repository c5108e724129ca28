package adminapi

import (
	"context"
	"sync"
	"time"

	"sojourn/ids"
	"sojourn/storage"
)

// Numbers of a large journey take seconds to count, and every open page asks for them every few seconds. They are counted
// at most a tenth of the time: whoever asks sooner gets the last ones, which say when they were counted. What takes no time
// is always counted anew.
const (
	costShare    = 10
	costsLittle  = 100 * time.Millisecond
	costsKept    = 10 * time.Minute // numbers nobody has asked for since are forgotten
	costsLongest = 10 * time.Minute // a count that nobody waits for any more may take so long
)

// costly keeps the last answers to questions that take long, by what was asked.
type costly[K comparable, V any] struct {
	mu   sync.Mutex
	kept map[K]*answer[V]
}

type answer[V any] struct {
	mu    sync.Mutex
	value V
	err   error
	at    time.Time
	took  time.Duration // 0: there is none yet
	done  chan struct{} // closed when the one that is being worked out is there; nil: none is
}

// ask gives the answer that is there if it is young enough for what it costs. Else it is worked out anew, whoever goes away
// meanwhile, and only those wait for it who would have none.
func (c *costly[K, V]) ask(ctx context.Context, key K, now func() time.Time, work func(context.Context) (V, error)) (V, error) {
	a := c.of(key, now())
	a.mu.Lock()
	value, long := a.value, a.took > costsLittle
	if long && now().Sub(a.at) < costShare*a.took {
		a.mu.Unlock()
		return value, nil
	}
	if a.done == nil {
		a.done = make(chan struct{})
		go a.work(context.WithoutCancel(ctx), now, work)
	}
	done := a.done
	a.mu.Unlock()
	if long {
		return value, nil
	}
	select {
	case <-done:
	case <-ctx.Done():
		return value, ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.value, a.err
}

func (a *answer[V]) work(ctx context.Context, now func() time.Time, work func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(ctx, costsLongest)
	defer cancel()
	began := now()
	value, err := work(ctx)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.at, a.err = now(), err; err == nil {
		a.value, a.took = value, max(now().Sub(began), 1)
	}
	close(a.done)
	a.done = nil
}

func (c *costly[K, V]) of(key K, now time.Time) *answer[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil {
		c.kept = map[K]*answer[V]{}
	}
	a := c.kept[key]
	if a == nil {
		for k, old := range c.kept {
			if old.mu.TryLock() {
				if old.done == nil && now.Sub(old.at) > costsKept {
					delete(c.kept, k)
				}
				old.mu.Unlock()
			}
		}
		a = &answer[V]{}
		c.kept[key] = a
	}
	return a
}

// counted are the numbers that may take long. What decides whose they are is in each key.
type counted struct {
	versions costly[versionKey, versionCount]
	journeys costly[sinceKey, map[ids.ID]storage.JourneyNumbers]
	pulses   costly[sinceKey, storage.Pulse]
}

type versionKey struct{ journey, version ids.ID }

type sinceKey struct{ workspace, since int64 }

// versionCount is what is counted for a canvas, and when.
type versionCount struct {
	numbers storage.VersionNumbers
	funnel  []storage.GroupCount
	at      time.Time
}

func (a *API) versionCount(ctx context.Context, workspace int64, journey, version ids.ID) (versionCount, error) {
	return a.counted.versions.ask(ctx, versionKey{journey, version}, a.now, func(ctx context.Context) (out versionCount, err error) {
		out.at = a.now()
		if out.numbers, err = a.deps.Store.VersionNumbers(ctx, workspace, journey, version); err == nil {
			out.funnel, err = a.deps.Store.EntryFunnel(ctx, workspace, journey)
		}
		return out, err
	})
}

func (a *API) journeyPulse(ctx context.Context, workspace int64, since time.Time) (map[ids.ID]storage.JourneyNumbers, error) {
	return a.counted.journeys.ask(ctx, sinceKey{workspace, since.UnixMicro()}, a.now, func(ctx context.Context) (map[ids.ID]storage.JourneyNumbers, error) {
		return a.deps.Store.JourneyNumbers(ctx, workspace, since)
	})
}

func (a *API) pulse(ctx context.Context, workspace int64, since time.Time) (storage.Pulse, error) {
	return a.counted.pulses.ask(ctx, sinceKey{workspace, since.UnixMicro()}, a.now, func(ctx context.Context) (storage.Pulse, error) {
		return a.deps.Store.Pulse(ctx, workspace, since, a.now())
	})
}
