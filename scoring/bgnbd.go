package scoring

import (
	"math"
	"runtime"
	"sync"
)

// BGNBD holds the four parameters of the beta-geometric/NBD model (Fader, Hardie & Lee, "Counting Your Customers"
// the Easy Way, Marketing Science 24, 2005): while alive a customer buys at a Poisson rate ~ Gamma(R, Alpha), per
// week, and drops out after any repeat purchase with a probability ~ Beta(A, B).
type BGNBD struct {
	R, Alpha, A, B float64
}

// LogLikelihood is the sample's log-likelihood (equation 6 of the paper; constants that depend on the data alone
// are left out, as there and in the R packages).
func (m BGNBD) LogLikelihood(all []History) float64 {
	b := merge(all)
	ll := newLikelihood(&b)
	var g [4]float64
	return ll.bgnbd(m, &g)
}

// Expected is E[X(t)], the mean number of repeat purchases of a new customer in t weeks (equation 9).
func (m BGNBD) Expected(t float64) float64 {
	return dropoutShare(m.R, m.Alpha, m.A, m.B, t)
}

// odds is ln of the odds that the customer has dropped out: ln[a/(b+x−1)] + (r+x)·ln[(α+T)/(α+tx)]; −Inf for a
// one-time buyer, whom the model knows to be alive.
func (m BGNBD) odds(h History) float64 {
	if h.X == 0 {
		return math.Inf(-1)
	}
	x := float64(h.X)
	return math.Log(m.A/(m.B+x-1)) + (m.R+x)*math.Log1p((h.T-h.Tx)/(m.Alpha+h.Tx))
}

// PAlive is P(alive at T). It is 1 for every one-time buyer: it ranks nobody by danger of churn; see the package
// comment.
func (m BGNBD) PAlive(h History) float64 { return sigmoid(-m.odds(h)) }

// ExpectedNext is the mean number of purchases in the next t weeks given the history (equation 10).
func (m BGNBD) ExpectedNext(h History, t float64) float64 {
	x := float64(h.X)
	return m.PAlive(h) * dropoutShare(m.R+x, m.Alpha+h.T, m.A, m.B+x, t)
}

// PAtLeastOne is P(at least one purchase in the next t weeks): the customer is alive and his exponential wait,
// its rate integrated over Gamma(r+x, α+T), ends in time.
func (m BGNBD) PAtLeastOne(h History, t float64) float64 {
	return m.PAlive(h) * waitEnds(m.R+float64(h.X), m.Alpha+h.T, t)
}

// PCount is P(X(t) = x) for x = 0..len(out)-1 of a new customer (equation 8).
func (m BGNBD) PCount(t float64, out []float64) {
	lnB := lnBeta(m.A, m.B)
	z, lnZ1 := t/(m.Alpha+t), -math.Log1p(t/m.Alpha)
	nbd := math.Exp(m.R * lnZ1) // NBD probability of j purchases, walked upwards
	below := 0.0                // and of fewer than x
	for i := range out {
		x := float64(i)
		p := math.Exp(lnBeta(m.A, m.B+x)-lnB) * nbd
		if i > 0 {
			p += math.Exp(lnBeta(m.A+1, m.B+x-1)-lnB) * math.Max(0, 1-below)
		}
		out[i] = p
		below += nbd
		nbd *= (m.R + x) / (x + 1) * z
	}
}

// waitEnds is 1 − (rate/(rate+t))^shape.
func waitEnds(shape, rate, t float64) float64 { return -math.Expm1(-shape * math.Log1p(t/rate)) }

func sigmoid(u float64) float64 {
	if u >= 0 {
		return 1 / (1 + math.Exp(-u))
	}
	e := math.Exp(u)
	return e / (1 + e)
}

// chunk is how many groups are summed as one piece. It is fixed, and pieces are added in order, so that the result
// is the same to the last bit on any number of processors.
const chunk = 16384

// likelihood evaluates log-likelihoods over one base with reused tables.
type likelihood struct {
	b          *base
	r, bb, ab  rising
	lnT, inv   []float64 // ln(α+time), 1/(α+time)
	partial    [][5]float64
	goroutines int
}

func newLikelihood(b *base) *likelihood {
	return &likelihood{
		b: b, lnT: make([]float64, len(b.times)), inv: make([]float64, len(b.times)),
		partial:    make([][5]float64, (len(b.groups)+chunk-1)/chunk),
		goroutines: runtime.GOMAXPROCS(0),
	}
}

// bgnbd returns the log-likelihood and its gradient in (r, α, a, b).
func (l *likelihood) bgnbd(m BGNBD, grad *[4]float64) float64 {
	b := l.b
	l.logs(m.Alpha)
	l.r.fill(m.R, b.xs)
	l.bb.fill(m.B, b.xs)
	l.ab.fill(m.A+m.B, b.xs)
	n := float64(b.n)
	sum := n * m.R * math.Log(m.Alpha)
	g := [4]float64{n * math.Log(m.Alpha), n * m.R / m.Alpha, 0, 0}
	for i, w := range b.xWeight {
		sum += w * (l.r.ln[i] + l.bb.ln[i] - l.ab.ln[i])
		g[0] += w * l.r.d[i]
		g[2] -= w * l.ab.d[i]
		g[3] += w * (l.bb.d[i] - l.ab.d[i])
	}
	for i := range b.oneTime {
		o := &b.oneTime[i]
		sum -= o.w * m.R * l.lnT[o.obs]
		g[0] -= o.w * l.lnT[o.obs]
		g[1] -= o.w * m.R * l.inv[o.obs]
	}
	l.inPieces(func(lo, hi int) [5]float64 { return l.repeaters(m, b.groups[lo:hi]) })
	for _, p := range l.partial {
		sum += p[4]
		for i := range g {
			g[i] += p[i]
		}
	}
	*grad = g
	return sum
}

// repeaters sums −(r+x)·ln(α+T) + ln(1+e^u) and its gradient over groups with x > 0, u = odds.
func (l *likelihood) repeaters(m BGNBD, groups []group) [5]float64 {
	var s, gr, ga, gaa, gb float64
	lastX, lnA, invB := -1.0, 0.0, 0.0
	for i := range groups {
		o := &groups[i]
		if o.x != lastX { // groups are ordered by x
			lastX, lnA, invB = o.x, math.Log(m.A/(m.B+o.x-1)), 1/(m.B+o.x-1)
		}
		rx := m.R + o.x
		lnT, invT := l.lnT[o.obs], l.inv[o.obs]
		lr := lnT - l.lnT[o.rec]
		u := lnA + rx*lr
		e := math.Exp(-math.Abs(u))
		soft, q := math.Log(1+e), 1/(1+e) // q = sigmoid(|u|)
		if u > 0 {
			soft += u
		} else {
			q = 1 - q
		}
		s += o.w * (soft - rx*lnT)
		gr += o.w * (q*lr - lnT)
		ga += o.w * rx * (q*(invT-l.inv[o.rec]) - invT)
		gaa += o.w * q
		gb -= o.w * q * invB
	}
	return [5]float64{gr, ga, gaa / m.A, gb, s}
}

func (l *likelihood) logs(alpha float64) {
	for i, t := range l.b.times {
		l.lnT[i], l.inv[i] = math.Log(alpha+t), 1/(alpha+t)
	}
}

// inPieces runs f over all chunks, on several processors when there are several chunks.
func (l *likelihood) inPieces(f func(lo, hi int) [5]float64) {
	n := len(l.b.groups)
	one := func(p int) { l.partial[p] = f(p*chunk, min(n, (p+1)*chunk)) }
	if len(l.partial) < 2 || l.goroutines < 2 {
		for p := range l.partial {
			one(p)
		}
		return
	}
	var wg sync.WaitGroup
	for w := 0; w < min(l.goroutines, len(l.partial)); w++ {
		wg.Go(func() {
			for p := w; p < len(l.partial); p += l.goroutines {
				one(p)
			}
		})
	}
	wg.Wait()
}
