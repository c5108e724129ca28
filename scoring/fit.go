package scoring

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// The least data a fit is worth the name for; below it a model says so instead of giving numbers.
const (
	MinCustomers = 50
	MinRepeats   = 20
)

// Limits beyond which a parameter counts as having run away. With a or b at 10,000 the drop-out probability is one
// number for all customers (or none), with r there all rates are equal: the data don't hold a distribution.
const (
	runaway = 1e4
	vanish  = 1e-4
	bound   = 14.0  // of the logarithms, where the search is stopped
	flat    = 0.01  // gain in log-likelihood over NBD below which the optimum is at infinity
	gain    = 2.0   // gain that two more parameters must be worth (Akaike)
	tol     = 1e-9  // gradient per customer
	several = 20000 // distinct histories up to which a second start is affordable
)

// Fit estimates the purchase model and the rhythm of a base by maximum likelihood. asOf is the moment the histories
// were observed at; it is stored, not used.
//
// BG/NBD is tried first. Where its likelihood has no finite optimum, or drop-out explains nothing, the answer is NBD
// with the reason; where there is too little data it is KindNone with the reason. The only errors are of kind
// Invalid: an impossible history or settings.
func Fit(all []History, s Settings, asOf time.Time) (Model, error) {
	if err := s.Validate(); err != nil {
		return Model{}, err
	}
	if err := Validate(all); err != nil {
		return Model{}, fmt.Errorf("fit purchase model: %w", err)
	}
	b := merge(all)
	m := Model{Kind: KindNone, AsOf: asOf.UTC(), Settings: s}
	m.Quality = Quality{
		Customers: b.n, Distinct: b.distinct(), RepeatPurchases: int(b.repeats), Repeaters: b.repeaters(),
	}
	m.Rhythm.fitRegularity(all)
	if b.n < MinCustomers || b.repeats < MinRepeats {
		m.Reason = fmt.Sprintf("too little data: %d customers with %d repeat purchases; at least %d with %d are needed",
			b.n, int(b.repeats), MinCustomers, MinRepeats)
		m.seal()
		return m, nil
	}
	l := newLikelihood(&b)
	nbd, nbdAt, same := fitNBD(l)
	m.Rhythm.Shape, m.Rhythm.Scale = nbd.R, nbd.Alpha
	bg, bgAt, why := fitBGNBD(l, nbdAt.f)
	at := bgAt
	if why == "" {
		m.Kind, m.R, m.Alpha, m.A, m.B = KindBGNBD, bg.R, bg.Alpha, bg.A, bg.B
	} else {
		at = nbdAt
		m.Kind, m.R, m.Alpha, m.Reason = KindNBD, nbd.R, nbd.Alpha, why
		if same {
			m.Reason += "; purchase rates hardly differ between customers, so all are given nearly the same one"
		}
	}
	m.Quality.LogLikelihood = -at.f * float64(b.n)
	m.Quality.Iterations, m.Quality.Evaluations, m.Quality.Gradient = at.iterations, at.evaluations, at.gradient
	m.Quality.Calibration = calibrate(m, all)
	m.seal()
	return m, nil
}

// fitBGNBD returns the optimum, or why there is none. least is NBD's negative log-likelihood per customer.
func fitBGNBD(l *likelihood, least float64) (BGNBD, optimum, string) {
	n := float64(l.b.n)
	f := func(x, grad []float64) float64 {
		m := BGNBD{math.Exp(x[0]), math.Exp(x[1]), math.Exp(x[2]), math.Exp(x[3])}
		var g [4]float64
		v := -l.bgnbd(m, &g) / n
		for i, p := range [4]float64{m.R, m.Alpha, m.A, m.B} {
			grad[i] = -g[i] * p / n
		}
		return v
	}
	best := minimise(f, []float64{-1, 1, 0, 1}, bound, tol)
	if l.b.distinct() <= several {
		if other := minimise(f, []float64{0, 2, -1, 0}, bound, tol); other.f < best.f-1e-12 {
			other.evaluations += best.evaluations
			best = other
		}
	}
	m := BGNBD{math.Exp(best.x[0]), math.Exp(best.x[1]), math.Exp(best.x[2]), math.Exp(best.x[3])}
	switch {
	case math.IsNaN(best.f) || !positive(m.R, m.Alpha, m.A, m.B):
		return m, best, "BG/NBD could not be evaluated on these histories; NBD (no drop-out) is used"
	case (least-best.f)*n < flat:
		return m, best, "BG/NBD has no finite optimum: the data show no drop-out; NBD is used"
	case m.A > runaway || m.B > runaway || m.A+m.B < vanish || m.A < vanish*vanish:
		return m, best, "BG/NBD has no finite optimum: its drop-out parameters run away; NBD (no drop-out) is used"
	case m.R > runaway || m.Alpha > bigAlpha(l.b) || m.R < vanish*vanish || m.Alpha < vanish*vanish:
		return m, best, "BG/NBD has no finite optimum: its rate parameters run away; NBD (no drop-out) is used"
	case best.gradient > 1e-5:
		return m, best, "the BG/NBD search did not converge; NBD (no drop-out) is used"
	case (least-best.f)*n < gain:
		return m, best, fmt.Sprintf("drop-out is not identified: BG/NBD gains %.2f in log-likelihood for two more"+
			" parameters, a mean drop-out of %.2g per purchase; NBD (no drop-out) is used",
			(least-best.f)*n, m.A/(m.A+m.B))
	}
	return m, best, ""
}

// fitNBD returns the optimum; same means that the rates don't vary and that r was stopped at the limit, where NBD is
// Poisson for all practical purposes.
func fitNBD(l *likelihood) (m NBD, best optimum, same bool) {
	n := float64(l.b.n)
	f := func(x, grad []float64) float64 {
		m := NBD{math.Exp(x[0]), math.Exp(x[1])}
		var g [2]float64
		v := -l.nbd(m, &g) / n
		grad[0], grad[1] = -g[0]*m.R/n, -g[1]*m.Alpha/n
		return v
	}
	mean := l.b.weeks() / l.b.repeats // weeks per repeat purchase
	best = minimise(f, []float64{-0.5, math.Log(mean) - 0.5}, bound, tol)
	m = NBD{math.Exp(best.x[0]), math.Exp(best.x[1])}
	if !(m.R < runaway) || !positive(m.R, m.Alpha) {
		m, same = NBD{R: runaway, Alpha: runaway * mean}, true
		var g [2]float64
		best.f = -l.nbd(m, &g) / n
		best.gradient = math.Max(math.Abs(g[0]*m.R), math.Abs(g[1]*m.Alpha)) / n
	}
	return m, best, same
}

// bigAlpha is where alpha counts as run away; it has a unit, so the measure is the observed time.
func bigAlpha(b *base) float64 { return runaway * math.Max(1, b.weeks()/float64(b.n)) }

func (b *base) repeaters() int {
	n := 0.0
	for i := range b.groups {
		n += b.groups[i].w
	}
	return int(n)
}

// weeks is the sum of T.
func (b *base) weeks() float64 {
	s := 0.0
	for i := range b.byT {
		s += b.byT[i].w * b.times[b.byT[i].obs]
	}
	return s
}

// calibrate compares, for 0 to 6 and 7 or more repeat purchases, the customers of the data with those the model
// expects of people observed as long.
func calibrate(m Model, all []History) []Calibration {
	const top = 7
	var actual, expected, p [top + 1]float64
	observed := make(map[int]float64)
	for i := range all {
		actual[min(all[i].X, top)]++
		observed[int(math.Round(all[i].T*7))]++
	}
	for _, day := range sortedKeys(observed) {
		m.pCount(float64(day)/7, p[:top])
		rest := 1.0
		for i := range top {
			expected[i] += observed[day] * p[i]
			rest -= p[i]
		}
		expected[top] += observed[day] * math.Max(0, rest)
	}
	out := make([]Calibration, top+1)
	for i := range out {
		out[i] = Calibration{Purchases: strconv.Itoa(i), Actual: actual[i], Expected: expected[i]}
	}
	out[top].Purchases += "+"
	return out
}
