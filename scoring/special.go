package scoring

import "math"

// rising holds ln (p)_x = ln Γ(p+x) − ln Γ(p) and its derivative in p for a list of counts x that only grows. Summing
// ln(p+k) from the previous count keeps full precision where the difference of two large log-gammas would not.
type rising struct {
	ln, d []float64
}

// maxSteps is the longest walk from one count to the next before log-gamma and digamma take over.
const maxSteps = 256

// fill computes both columns for the ascending counts xs at parameter p > 0, reusing the slices.
func (s *rising) fill(p float64, xs []float64) {
	if cap(s.ln) < len(xs) {
		s.ln, s.d = make([]float64, len(xs)), make([]float64, len(xs))
	}
	s.ln, s.d = s.ln[:len(xs)], s.d[:len(xs)]
	at, ln, d := 0.0, 0.0, 0.0
	for i, x := range xs {
		if x-at > maxSteps {
			hi, _ := math.Lgamma(p + x)
			lo, _ := math.Lgamma(p + at)
			ln, d = ln+hi-lo, d+digamma(p+x)-digamma(p+at)
		} else {
			for k := at; k < x; k++ {
				ln += math.Log(p + k)
				d += 1 / (p + k)
			}
		}
		at = x
		s.ln[i], s.d[i] = ln, d
	}
}

// digamma is the derivative of ln Γ at z > 0, by recurrence to z >= 10 and the asymptotic series (Abramowitz and
// Stegun 6.3.5 and 6.3.18); absolute error below 1e-13.
func digamma(z float64) float64 {
	s := 0.0
	for ; z < 10; z++ {
		s -= 1 / z
	}
	q := 1 / (z * z)
	series := q * (1./12 - q*(1./120-q*(1./252-q*(1./240-q*(1./132-q*(691./32760-q/12))))))
	return s + math.Log(z) - 0.5/z - series
}

// lnBeta is ln B(p, q) for p, q > 0.
func lnBeta(p, q float64) float64 {
	a, _ := math.Lgamma(p)
	b, _ := math.Lgamma(q)
	c, _ := math.Lgamma(p + q)
	return a + b - c
}

// dropoutShare returns, for a customer alive now whose rate is Gamma(shape rr, rate aa) and whose drop-out
// probability after each purchase is Beta(a, bb), the mean number of purchases in t:
//
//	E[(1 − e^(−λpt))/p] = C/(a−1) · [1 − (1−z)^(rr) F(rr, bb; C; z)],  C = a+bb−1, z = t/(aa+t)
//
// (Fader, Hardie & Lee 2005, equations 9 and 10). As printed it divides 0 by 0 at a = 1 and has a pole at a+bb = 1.
// Euler's transformation turns it into (1−z)^(a−1) F(a−1, C−rr; C; z), whose first term cancels the two zeros by hand:
//
//	C·w − (1−z)^(a−1) Σ_{k≥1} (a)_{k−1} (C−rr)_k / ((a+bb)_{k−1} k!) z^k,  w = (1 − (1−z)^(a−1))/(a−1)
//
// which is regular for every a, bb > 0, and needs few terms because the count is only in a denominator. Relative
// error about 1e-11; near z = 1, where the series is slow, and where its terms alternate and cancel (r far above a+b),
// the same mean is integrated over p.
func dropoutShare(rr, aa, a, bb, t float64) float64 {
	z := t / (aa + t)
	if z <= 0 {
		return 0
	}
	if z > 0.98 {
		return integrateDropout(rr, aa, a, bb, t)
	}
	c := a + bb - 1
	d := c - rr
	ln1z := -math.Log1p(t / aa) // ln(1−z)
	eps := a - 1
	pow, w := math.Exp(eps*ln1z), -ln1z
	if math.Abs(eps*ln1z) > 1e-9 {
		w = -math.Expm1(eps*ln1z) / eps
	}
	term := d * z
	sum, peak := term, math.Abs(term)
	ab := a + bb
	for k := 1.0; k < 5000; k++ {
		term *= (a + k - 1) * (d + k) * z / ((ab + k - 1) * (k + 1))
		sum += term
		peak = math.Max(peak, math.Abs(term))
		// The ratio tends to z, so what is left is about term·z/(1−z).
		if math.Abs(term)*z <= 1e-13*(1-z)*math.Abs(sum) {
			break
		}
	}
	mean := c*w - pow*sum
	if !(mean*1e4 > math.Max(math.Abs(c*w), pow*peak)) {
		return integrateDropout(rr, aa, a, bb, t)
	}
	return mean
}

// integrateDropout is the mean of (1 − (aa/(aa+pt))^rr)/p over p ~ Beta(a, bb) by tanh-sinh quadrature, whose nodes
// crowd at both ends where the density may be infinite. It is the slow second way to dropoutShare.
func integrateDropout(rr, aa, a, bb, t float64) float64 {
	const h, span = 1. / 32, 7.0
	norm := lnBeta(a, bb)
	atNought := rr * t / aa // the integrand's limit at p -> 0
	share := func(p float64) float64 {
		if p <= 0 {
			return atNought
		}
		return -math.Expm1(-rr*math.Log1p(p*t/aa)) / p
	}
	sum := 0.0
	for u := -span; u <= span; u += h {
		// p = 1/(1+e^(−2s)) with 2s = π·sinh u; logs of p and 1−p stay exact at the ends.
		s := math.Pi * math.Sinh(u)
		lnP, lnQ := -softplus(-s), -softplus(s)
		w := math.Pi * math.Cosh(u) // dp/du = p·(1−p)·π·cosh u
		if math.Abs(u) == span {
			w /= 2
		}
		sum += w * share(math.Exp(lnP)) * math.Exp(a*lnP+bb*lnQ-norm)
	}
	// With a or bb near 0 much of Beta lies closer to an end than the outermost node (e^−1722); the integrand is
	// constant there.
	edge := -math.Pi * math.Sinh(span)
	return sum*h + atNought*math.Exp(a*edge-norm)/a + share(1)*math.Exp(bb*edge-norm)/bb
}

// softplus is ln(1+e^u) without overflow.
func softplus(u float64) float64 {
	if u > 0 {
		return u + math.Log1p(math.Exp(-u))
	}
	return math.Log1p(math.Exp(u))
}
