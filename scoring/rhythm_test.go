package scoring_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"sojourn/scoring"
)

// The 30-day purchase rate by silence/own mean gap on Online Retail: customers with at least two purchase days up to
// 2011-08-31, the silence counted to that day, buying from 2011-09-01 to 2011-09-30; intervals closed on the right.
func TestPurchaseRateByOwnRhythmOnOnlineRetail(t *testing.T) {
	t.Parallel()
	edges := []float64{.5, 1, 1.5, 2, 3, 5, 10}
	want := []float64{.396, .442, .471, .490, .338, .300, .185, .157}
	cut := retailDay(2011, 8, 31)
	all, bought := scoring.Split(onlineRetailDays(), cut, cut+30)
	var people, buyers [8]float64
	for i, h := range all {
		if h.X == 0 {
			continue
		}
		ratio, bin := (h.T-h.Tx)/scoring.MeanGap(h), 0
		for _, e := range edges {
			// Both sides are quotients of small whole numbers: a tie must not fall to rounding.
			if ratio > e*(1+1e-12) {
				bin++
			}
		}
		people[bin]++
		if bought[i] > 0 {
			buyers[bin]++
		}
	}
	for i := range want {
		digits(t, "rate", buyers[i]/people[i], want[i], 3)
	}
}

// Gaps drawn from a known population and cut off at the end of the observation: with the open gap counted as
// censored the population is found again; without it everybody looks quicker than he is.
func TestRhythmRespectsTheOpenGap(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	const shape, scale = 2.0, 20.0
	all, closed := make([]scoring.History, 0, 20000), make([]scoring.History, 0, 20000)
	for range 20000 {
		rate := gamma2(rnd) / scale
		h := scoring.History{T: 20 + float64(rnd.IntN(140))/7}
		for {
			gap := rnd.ExpFloat64() / rate
			if h.Tx+gap > h.T {
				break
			}
			h.X, h.Tx, h.GapSq = h.X+1, h.Tx+gap, h.GapSq+gap*gap
		}
		all = append(all, h)
		if h.X > 0 {
			closed = append(closed, scoring.History{X: h.X, Tx: h.Tx, T: h.Tx, GapSq: h.GapSq})
		}
	}
	m, err := scoring.Fit(all, scoring.DefaultSettings(), asOf)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "shape", m.Rhythm.Shape, shape, .05)
	near(t, "scale", m.Rhythm.Scale, scale, .05)
	if m.Kind != scoring.KindNBD {
		t.Errorf("customers who never drop out were fitted as %s (%+v)", m.Kind, m)
	}
	biased, err := scoring.Fit(closed, scoring.DefaultSettings(), asOf)
	if err != nil {
		t.Fatal(err)
	}
	one := scoring.History{T: 20}
	fair, _ := m.Rhythm.Gap(one)
	quick, _ := biased.Rhythm.Gap(one)
	if quick > .8*fair {
		t.Errorf("without the open gaps the population's gap is %.1f weeks, with them %.1f: expected a clear bias", quick, fair)
	}
	// Calibrated: half of those who have bought buy again before the median of their own posterior.
	late, n := 0.0, 0.0
	for range 20000 {
		rate := gamma2(rnd) / scale
		h := scoring.History{X: 3}
		for range 3 {
			h.Tx += rnd.ExpFloat64() / rate
		}
		h.T = h.Tx + 30 // the silence since then must not matter
		n++
		if rnd.ExpFloat64()/rate > m.Rhythm.AtLastPurchase(h).Quantile(.5) {
			late++
		}
	}
	near(t, "share of waits above the median", late/n, .5, .03)
}

// gamma2 is Gamma(2, 1): the sum of two exponentials.
func gamma2(r *rand.Rand) float64 { return r.ExpFloat64() + r.ExpFloat64() }

func TestOwnGapIsDrawnTowardsThePopulation(t *testing.T) {
	t.Parallel()
	r := scoring.Rhythm{Shape: .4, Scale: 12, CVSq: 1}
	newcomer, _ := r.Gap(scoring.History{T: 10})
	near(t, "gap of a one-time buyer", newcomer, 30, 1e-12)
	few, _ := r.Gap(scoring.History{X: 1, Tx: 2, T: 10})
	many, _ := r.Gap(scoring.History{X: 50, Tx: 100, T: 110})
	if !(few > 5 && few < 30) || math.Abs(many-2) > .3 {
		t.Errorf("own mean gap of 2 weeks: %.2f after one gap, %.2f after fifty", few, many)
	}
	if _, ok := (scoring.Rhythm{}).Gap(scoring.History{T: 3}); ok {
		t.Error("a gap was made up for a one-time buyer in an unknown population")
	}
	if own, ok := (scoring.Rhythm{}).Gap(scoring.History{X: 2, Tx: 6, T: 9}); !ok || own != 3 {
		t.Errorf("without a population the customer's own mean gap counts, got %v", own)
	}
	p := r.Posterior(scoring.History{X: 1, Tx: 2, T: 10})
	near(t, "quantile and probability agree", p.Within(p.Quantile(.8)), .8, 1e-12)
}

func TestRegularity(t *testing.T) {
	t.Parallel()
	r := scoring.Rhythm{CVSq: 1}
	clock := scoring.History{X: 20, Tx: 80, T: 81, GapSq: 20 * 16}
	bursts := scoring.History{X: 20, Tx: 80, T: 81, GapSq: 19*.25 + 75.25*75.25}
	if c, b := r.CV(clock), r.CV(bursts); !(c < .5 && b > 1.5) {
		t.Errorf("cv of a clockwork %.2f, of bursts %.2f", c, b)
	}
	if cv := r.CV(scoring.History{X: 1, Tx: 4, T: 5, GapSq: 16}); cv != 1 {
		t.Errorf("one gap says nothing of spread, got cv %v", cv)
	}
}

func TestWinbackDue(t *testing.T) {
	t.Parallel()
	last := time.Date(2026, 3, 1, 15, 4, 5, 0, time.UTC)
	s := scoring.DefaultSettings()
	for _, c := range []struct {
		gap  float64
		days int
	}{{30, 60}, {2, 14}, {400, 365}, {7.5, 15}} {
		if got, want := scoring.WinbackDue(last, c.gap, s), last.AddDate(0, 0, c.days); !got.Equal(want) {
			t.Errorf("gap of %v days: due %s, want %s", c.gap, got, want)
		}
	}
	for _, gap := range []float64{0, -1, math.NaN()} {
		if !scoring.WinbackDue(last, gap, s).IsZero() {
			t.Errorf("gap %v must never be due", gap)
		}
	}
	if !scoring.WinbackDue(last, math.Inf(1), s).Equal(last.AddDate(0, 0, 365)) {
		t.Error("an endless gap is due at the maximum")
	}
}
