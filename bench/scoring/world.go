package main

import (
	"math"
	"math/rand/v2"
	"time"

	"sojourn/devmode/demodata"
	"sojourn/scoring"
)

const (
	million = 1_000_000
	day     = 24 * time.Hour
)

var (
	now      = time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	original = scoring.BGNBD{R: .24259, Alpha: 4.41360, A: .79292, B: 2.42591}
)

// sample is the CDNOW base at the end of its calibration period (272 days after the first day).
func sample() ([]scoring.History, error) {
	d, err := demodata.Load(now)
	if err != nil {
		return nil, err
	}
	end := d.FirstDay.Add(273*day - time.Second)
	at := make(map[string][]time.Time)
	for _, o := range d.Orders {
		if !o.PlacedAt.After(end) {
			at[o.Customer] = append(at[o.Customer], o.PlacedAt)
		}
	}
	var out []scoring.History
	for _, c := range d.Customers {
		out = append(out, scoring.PurchasesOf(at[c.Key], nil).History(end, nil))
	}
	return out, nil
}

// resampled repeats base up to n customers.
func resampled(base []scoring.History, n int) []scoring.History {
	out := make([]scoring.History, n)
	for i := range out {
		out[i] = base[i%len(base)]
	}
	return out
}

// simulated draws n customers of the published model whose first purchases lie in the last two years.
func simulated(n int) []scoring.Purchases {
	rnd := rand.New(rand.NewPCG(2005, 24))
	out := make([]scoring.Purchases, n)
	for i := range out {
		lambda, p := gamma(rnd, original.R)/original.Alpha, beta(rnd, original.A, original.B)
		age := 1 + rnd.IntN(730)
		first := now.Add(-time.Duration(age) * day)
		pu := scoring.Purchases{Days: 1, First: first, Last: first}
		for at := 0.0; ; {
			at += rnd.ExpFloat64() / lambda * 7
			if at > float64(age) {
				break
			}
			pu, _ = pu.Add(first.Add(time.Duration(math.Ceil(at))*day), nil)
			if rnd.Float64() < p {
				break
			}
		}
		out[i] = pu
	}
	return out
}

func histories(all []scoring.Purchases) []scoring.History {
	out := make([]scoring.History, len(all))
	for i, p := range all {
		out[i] = p.History(now, nil)
	}
	return out
}

// gamma draws Gamma(shape, 1) (Marsaglia and Tsang 2000; below 1 by a power of a uniform number).
func gamma(rnd *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(rnd, shape+1) * math.Pow(rnd.Float64(), 1/shape)
	}
	d := shape - 1./3
	for {
		x := rnd.NormFloat64()
		v := math.Pow(1+x/math.Sqrt(9*d), 3)
		if v > 0 && math.Log(1-rnd.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func beta(rnd *rand.Rand, a, b float64) float64 {
	x := gamma(rnd, a)
	return x / (x + gamma(rnd, b))
}

// textbook is equation 6 of the paper as one would write it first; the unit of the ratio column.
func textbook(m scoring.BGNBD, all []scoring.History) float64 {
	ln := func(v float64) float64 { l, _ := math.Lgamma(v); return l }
	sum := 0.0
	for _, h := range all {
		x := float64(h.X)
		a1 := ln(m.R+x) - ln(m.R) + m.R*math.Log(m.Alpha)
		a2 := ln(m.A+m.B) + ln(m.B+x) - ln(m.B) - ln(m.A+m.B+x)
		v := math.Pow(1/(m.Alpha+h.T), m.R+x)
		if h.X > 0 {
			v += m.A / (m.B + x - 1) * math.Pow(1/(m.Alpha+h.Tx), m.R+x)
		}
		if v == 0 { // a heavy buyer underflows
			v = math.SmallestNonzeroFloat64
		}
		sum += a1 + a2 + math.Log(v)
	}
	return sum
}
