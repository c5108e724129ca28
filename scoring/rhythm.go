package scoring

import (
	"math"
	"time"
)

// Rhythm is the population's knowledge of how long customers wait between purchases: the gaps of one customer are
// exponential with a rate ~ Gamma(Shape, Scale), the gap still open at the end counted as "at least so long"
// (censored). Leaving it out would make everybody look quicker: short gaps are the ones that close in time.
//
// A Shape of 0 means that nothing is known of the population: each customer then stands for himself.
type Rhythm struct {
	Shape float64 `json:"shape"`
	Scale float64 `json:"scale"` // weeks
	CVSq  float64 `json:"cvSq"`  // squared coefficient of variation of a customer's gaps; 1 = exponential
	Gaps  int     `json:"gaps"`  // degrees of freedom behind CVSq
}

// regularityWeight is how many gaps of a customer weigh as much as the population's CVSq.
const regularityWeight = 4

// Gap is the customer's own expected gap in weeks as of his last purchase: (Scale + tx)/(Shape + x), the inverse of
// the posterior mean rate. It leaves out the present silence on purpose: a gap that grew with the silence would never
// be exceeded by it. ok is false for a customer without a gap in a population without one.
func (r Rhythm) Gap(h History) (weeks float64, ok bool) {
	shape := r.Shape + float64(h.X)
	if shape <= 0 {
		return 0, false
	}
	return (r.Scale + h.Tx) / shape, true
}

// Posterior is the Gamma distribution of the customer's rate per week; Next is the distribution of the wait that
// follows from it (Lomax).
type Posterior struct {
	Shape, Rate float64
}

// Posterior of the rate at the end of the observation: silence included, as a censored gap. Use it for what is still
// to come from now on; it takes the customer for alive.
func (r Rhythm) Posterior(h History) Posterior {
	return Posterior{Shape: r.Shape + float64(h.X), Rate: r.Scale + h.T}
}

// AtLastPurchase is the posterior as it was right after the last purchase.
func (r Rhythm) AtLastPurchase(h History) Posterior {
	return Posterior{Shape: r.Shape + float64(h.X), Rate: r.Scale + h.Tx}
}

// Within is P(the next purchase comes within t weeks).
func (p Posterior) Within(t float64) float64 {
	if p.Shape <= 0 || p.Rate <= 0 {
		return 0
	}
	return waitEnds(p.Shape, p.Rate, t)
}

// Quantile is the wait in weeks that is exceeded with probability 1−q, 0 <= q < 1; +Inf where the shape is 0.
func (p Posterior) Quantile(q float64) float64 {
	if p.Shape <= 0 {
		return math.Inf(1)
	}
	return p.Rate * math.Expm1(-math.Log1p(-q)/p.Shape)
}

// MeanGap is the mean of the customer's complete gaps alone, in weeks; 0 without a repeat purchase.
func MeanGap(h History) float64 {
	if h.X == 0 {
		return 0
	}
	return h.Tx / float64(h.X)
}

// cvSq is the squared coefficient of variation of the customer's complete gaps, corrected so that exponential gaps
// give 1 on average: E[s²/m²] = n/(n+1) for n of them. ok needs two gaps and their squares.
func cvSq(h History) (float64, bool) {
	n := float64(h.X)
	if h.X < 2 || h.GapSq <= 0 {
		return 0, false
	}
	m := h.Tx / n
	s2 := math.Max(0, (h.GapSq-n*m*m)/(n-1))
	return s2 / (m * m) * (n + 1) / n, true
}

// fitRegularity pools the customers' spread, weighted by degrees of freedom.
func (r *Rhythm) fitRegularity(all []History) {
	r.CVSq = 1
	sum, weight := 0.0, 0.0
	for i := range all {
		if c, ok := cvSq(all[i]); ok {
			sum += c * float64(all[i].X-1)
			weight += float64(all[i].X - 1)
		}
	}
	if r.Gaps = int(weight); r.Gaps >= MinRepeats {
		r.CVSq = sum / weight
	}
}

// CV is the customer's coefficient of variation, his own drawn towards the population's while his gaps are few.
// Regularity is 1/(1+CV²): near 1 for a clockwork, 0.5 for purchases at random, towards 0 for bursts.
func (r Rhythm) CV(h History) float64 {
	sum, weight := regularityWeight*r.CVSq, float64(regularityWeight)
	if c, ok := cvSq(h); ok {
		sum += c * float64(h.X-1)
		weight += float64(h.X - 1)
	}
	return math.Sqrt(sum / weight)
}

// WinbackDue is the instant at which the silence after last passes ratio times the own gap (days), not before
// MinSilenceDays and not after MaxSilenceDays. A gap that isn't a positive number gives the zero time: never due.
func WinbackDue(last time.Time, gapDays float64, s Settings) time.Time {
	if last.IsZero() || !(gapDays > 0) {
		return time.Time{}
	}
	days := math.Max(s.MinSilenceDays, math.Min(s.MaxSilenceDays, s.WinbackRatio*gapDays))
	return addDays(last, days)
}

// addDays adds days of 24 hours, to the second, and stops at a century so that no duration overflows.
func addDays(t time.Time, days float64) time.Time {
	return t.Add(time.Duration(math.Min(days, 36500)*86400) * time.Second)
}
