package scoring

import (
	"runtime"
	"sync"
	"time"
)

// CustomerScore is what a night, or a run, knows of one customer. Store it with Model.Version and the moment.
// Durations are days, probabilities refer to Settings.HorizonWeeks.
type CustomerScore struct {
	Known       bool    // the four model numbers mean something; false: store nothing (NULL), not 0
	PAlive      float64 // not a churn score: it is 1 for every one-time buyer under BG/NBD
	Expected    float64 // purchases in the horizon
	PAtLeastOne float64 // P(at least one purchase in the horizon)
	ChurnScore  float64 // 1 − PAtLeastOne

	GapKnown     bool      // the rhythm below means something
	OwnGap       float64   // expected gap, the customer's own shrunk towards the population's
	GapSD        float64   // expected spread of that gap
	Regularity   float64   // 1/(1+CV²): 1 clockwork, 0.5 at random, towards 0 in bursts
	SilenceRatio float64   // days since the last purchase / OwnGap
	NextExpected time.Time // last purchase + OwnGap; in the past for somebody who is late
	WinbackDueAt time.Time // when the silence passes WinbackRatio × OwnGap, within the limits
}

// ScoreCustomer scores one customer at now; calendar days are those of zone, nil = UTC. A customer who never bought
// gets the zero score.
func ScoreCustomer(m Model, p Purchases, now time.Time, zone *time.Location) CustomerScore {
	s := scorer{m: &m, now: now, zone: zone}
	return s.score(&p)
}

// ScoreAll scores customers into out, which must be as long, on all processors. It allocates a fixed amount per
// call, nothing per customer.
func ScoreAll(m Model, customers []Purchases, now time.Time, zone *time.Location, out []CustomerScore) {
	out = out[:len(customers)]
	const block = 4096
	blocks := (len(customers) + block - 1) / block
	workers := min(runtime.GOMAXPROCS(0), blocks)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			s := scorer{m: &m, now: now, zone: zone, memo: make([]memo, memoSize)}
			for b := w; b < blocks; b += workers {
				for i := b * block; i < min(len(customers), (b+1)*block); i++ {
					out[i] = s.score(&customers[i])
				}
			}
		})
	}
	wg.Wait()
}

// memoSize is a power of two; 16,384 entries of 24 bytes.
const memoSize = 1 << 14

// memo remembers what depends on (x, T) only, which a big base repeats thousands of times.
type memo struct {
	t     float64
	x     int32
	used  bool
	share float64 // purchases in the horizon of somebody alive
	once  float64 // P(at least one) of somebody alive
}

type scorer struct {
	m    *Model
	now  time.Time
	zone *time.Location
	memo []memo
}

func (s *scorer) score(p *Purchases) CustomerScore {
	var c CustomerScore
	if p.Days <= 0 {
		return c
	}
	h := p.History(s.now, s.zone)
	m := s.m
	if m.Known() {
		share, once := s.alive(h)
		c.Known = true
		c.PAlive = m.PAlive(h)
		c.Expected = c.PAlive * share
		c.PAtLeastOne = c.PAlive * once
		c.ChurnScore = 1 - c.PAtLeastOne
	}
	if gap, ok := m.Rhythm.Gap(h); ok && gap > 0 {
		cv := m.Rhythm.CV(h)
		c.GapKnown = true
		c.OwnGap = gap * 7
		c.GapSD = c.OwnGap * cv
		c.Regularity = 1 / (1 + cv*cv)
		c.SilenceRatio = (h.T - h.Tx) / gap
		c.NextExpected = addDays(p.Last, c.OwnGap)
		c.WinbackDueAt = WinbackDue(p.Last, c.OwnGap, m.Settings)
	}
	return c
}

// alive returns the expected purchases and P(at least one) in the horizon of a customer who has not dropped out.
func (s *scorer) alive(h History) (share, once float64) {
	m := s.m
	var e *memo
	if s.memo != nil {
		e = &s.memo[hash(h.T, 0, int32(h.X))&(memoSize-1)]
		if e.used && e.t == h.T && int(e.x) == h.X {
			return e.share, e.once
		}
	}
	shape, rate, t := m.R+float64(h.X), m.Alpha+h.T, m.Settings.HorizonWeeks
	once = waitEnds(shape, rate, t)
	if m.Kind == KindBGNBD {
		share = dropoutShare(shape, rate, m.A, m.B+float64(h.X), t)
	} else {
		share = shape / rate * t
	}
	if e != nil {
		*e = memo{t: h.T, x: int32(h.X), used: true, share: share, once: once}
	}
	return share, once
}
