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
	costsLongest = 2 * time.Minute  // a count that nobody waits for any more may take so long
)

// costly keeps the last answers to questions that take long, by what was asked.
type costly[K comparable, V any] struct {
	mu   sync.Mutex
	kept map[K]*answer[V]
}

type answer[V any] struct {
	mu    sync.Mutex // held while it is worked out: who asks meanwhile waits for it, if there is none yet
	value V
	at    time.Time
	took  time.Duration // 0: there is none yet
	busy  bool          // worked out anew behind the back of those who ask
}

// ask gives the answer that is there if it is young enough for what it costs, else works it out. Only who asks first waits:
// for others an old one is worked out anew while they go on with it.
func (c *costly[K, V]) ask(ctx context.Context, key K, now func() time.Time, work func(context.Context) (V, error)) (V, error) {
	a := c.of(key, now())
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.took > costsLittle {
		if now().Sub(a.at) >= costShare*a.took && !a.busy {
			a.busy = true
			go func() {
				ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), costsLongest)
				defer cancel()
				began := now()
				value, err := work(ctx)
				a.mu.Lock()
				defer a.mu.Unlock()
				if a.busy = false; err == nil {
					a.value, a.at, a.took = value, now(), max(now().Sub(began), 1)
				} else {
					a.at = now() // not again at once
				}
			}()
		}
		return a.value, nil
	}
	began := now()
	value, err := work(ctx)
	if err == nil {
		a.value, a.at, a.took = value, now(), max(now().Sub(began), 1)
	}
	return value, err
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
				if !old.busy && now.Sub(old.at) > costsKept {
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
