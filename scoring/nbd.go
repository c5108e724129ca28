package scoring

import "math"

// NBD is the model without drop-out: purchases are Poisson with a rate ~ Gamma(R, Alpha) per week (Ehrenberg 1959).
// It is what remains of BG/NBD when the data show no drop-out, and what the own rhythm is built on.
type NBD struct {
	R, Alpha float64
}

// LogLikelihood of the purchase times, comparable with BGNBD's, of which it is the limit a/b -> 0.
func (m NBD) LogLikelihood(all []History) float64 {
	b := merge(all)
	l := newLikelihood(&b)
	var g [2]float64
	return l.nbd(m, &g)
}

// Expected is the mean number of repeat purchases of a new customer in t weeks.
func (m NBD) Expected(t float64) float64 { return m.R / m.Alpha * t }

// ExpectedNext is the mean number of purchases in the next t weeks given the history.
func (m NBD) ExpectedNext(h History, t float64) float64 {
	return (m.R + float64(h.X)) / (m.Alpha + h.T) * t
}

// PAtLeastOne is P(at least one purchase in the next t weeks).
func (m NBD) PAtLeastOne(h History, t float64) float64 {
	return waitEnds(m.R+float64(h.X), m.Alpha+h.T, t)
}

// PCount is P(X(t) = x) for x = 0..len(out)-1.
func (m NBD) PCount(t float64, out []float64) {
	z := t / (m.Alpha + t)
	p := math.Exp(-m.R * math.Log1p(t/m.Alpha))
	for i := range out {
		out[i] = p
		p *= (m.R + float64(i)) / (float64(i) + 1) * z
	}
}

// nbd returns the log-likelihood and its gradient in (r, α).
func (l *likelihood) nbd(m NBD, grad *[2]float64) float64 {
	b := l.b
	l.logs(m.Alpha)
	l.r.fill(m.R, b.xs)
	n := float64(b.n)
	sum := n * m.R * math.Log(m.Alpha)
	g := [2]float64{n * math.Log(m.Alpha), n * m.R / m.Alpha}
	for i, w := range b.xWeight {
		sum += w * l.r.ln[i]
		g[0] += w * l.r.d[i]
	}
	for i := range b.byT {
		o := &b.byT[i]
		rx := m.R + o.x
		sum -= o.w * rx * l.lnT[o.obs]
		g[0] -= o.w * l.lnT[o.obs]
		g[1] -= o.w * rx * l.inv[o.obs]
	}
	*grad = g
	return sum
}
