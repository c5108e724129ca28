package scoring

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// The series, and the integral it stands for, are two ways to one number.
func TestDropoutShareAgreesWithItsIntegral(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 3000 {
		rr, aa := math.Exp(rnd.NormFloat64()*1.5), math.Exp(1+rnd.NormFloat64())
		a, bb := math.Exp(rnd.NormFloat64()), math.Exp(rnd.NormFloat64())
		x, tt := float64(rnd.IntN(40)), rnd.Float64()*60
		if tt/(aa+tt) > .98 {
			continue
		}
		got, want := dropoutShare(rr+x, aa, a, bb+x, tt), integrateDropout(rr+x, aa, a, bb+x, tt)
		if !(math.Abs(got-want) <= 1e-10*want) {
			t.Fatalf("r %v alpha %v a %v b %v t %v: series %v, integral %v", rr+x, aa, a, bb+x, tt, got, want)
		}
	}
}

// a = 1 and a+b = 1 are holes in the formula as printed, not in the mean.
func TestDropoutShareWhereThePrintedFormulaFails(t *testing.T) {
	t.Parallel()
	for _, p := range [][2]float64{{1, 2}, {.4, .6}, {1 + 1e-13, 1}, {.5, .5 + 1e-14}, {1, 1e-9}} {
		got, want := dropoutShare(.3, 5, p[0], p[1], 20), integrateDropout(.3, 5, p[0], p[1], 20)
		if !(math.Abs(got-want) <= 1e-9*want) {
			t.Errorf("a %v b %v: %v, want %v", p[0], p[1], got, want)
		}
	}
	near, far := dropoutShare(.24, 4, .8, 2.4, 195.9), dropoutShare(.24, 4, .8, 2.4, 196.1) // where the method changes
	if !(far > near && far-near < .01) {
		t.Errorf("a step between the two methods: %v, %v", near, far)
	}
	// Rate of shape 1, drop-out ~ Beta(1/2, 1): the mean is atan(1/√c)/√c, c = α/t, in closed form, also when t is so
	// long that the series would need a hundred thousand terms.
	for _, weeks := range []float64{1, 50, 200, 300, 1e4, 1e7} {
		c := math.Sqrt(5 / weeks)
		if got, want := dropoutShare(1, 5, .5, 1, weeks), math.Atan(1/c)/c; math.Abs(got-want) > 1e-11*want {
			t.Errorf("in %v weeks %v purchases, want %v", weeks, got, want)
		}
	}
	if v := dropoutShare(.24, 4, .8, 2.4, 0); v != 0 {
		t.Errorf("in no time %v purchases", v)
	}
}

func TestDigamma(t *testing.T) {
	t.Parallel()
	for z, want := range map[float64]float64{ // Abramowitz and Stegun, table 6.1, and -γ - 2 ln 2
		1: -.5772156649015329, .5: -1.9635100260214235, 2: .42278433509846714, 1e-3: -1000.5755719318103, 100: 4.600161852738087,
	} {
		if got := digamma(z); math.Abs(got-want) > 1e-12*math.Max(1, math.Abs(want)) {
			t.Errorf("digamma(%v) = %.16g, want %.16g", z, got, want)
		}
	}
}

func TestRisingWalksAndLeaps(t *testing.T) {
	t.Parallel()
	var s rising
	xs := []float64{0, 1, 5, 200, 5000, 5001}
	s.fill(.37, xs)
	for i, x := range xs {
		hi, _ := math.Lgamma(.37 + x)
		lo, _ := math.Lgamma(.37)
		if d := s.ln[i] - (hi - lo); math.Abs(d) > 1e-9*math.Max(1, hi) {
			t.Errorf("ln (p)_%v off by %g", x, d)
		}
		if d := s.d[i] - (digamma(.37+x) - digamma(.37)); math.Abs(d) > 1e-10 {
			t.Errorf("derivative at %v off by %g", x, d)
		}
	}
}

// The gradients against central differences, at random parameters.
func TestGradients(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 9))
	var all []History
	for range 300 {
		all = append(all, randomHistory(rnd))
	}
	b := merge(all)
	l := newLikelihood(&b)
	for range 50 {
		p := [4]float64{}
		for i := range p {
			p[i] = math.Exp(rnd.NormFloat64())
		}
		var g, skip [4]float64
		l.bgnbd(BGNBD{p[0], p[1], p[2], p[3]}, &g)
		var g2, skip2 [2]float64
		l.nbd(NBD{p[0], p[1]}, &g2)
		for i := range p {
			up, down := p, p
			h := 1e-5 * p[i]
			up[i] += h
			down[i] -= h
			num := (l.bgnbd(BGNBD{up[0], up[1], up[2], up[3]}, &skip) - l.bgnbd(BGNBD{down[0], down[1], down[2], down[3]}, &skip)) / (2 * h)
			if math.Abs(num-g[i]) > 1e-4*math.Max(1, math.Abs(num)) {
				t.Fatalf("bgnbd at %v: derivative %d is %v, difference says %v", p, i, g[i], num)
			}
			if i < 2 {
				num = (l.nbd(NBD{up[0], up[1]}, &skip2) - l.nbd(NBD{down[0], down[1]}, &skip2)) / (2 * h)
				if math.Abs(num-g2[i]) > 1e-4*math.Max(1, math.Abs(num)) {
					t.Fatalf("nbd at %v: derivative %d is %v, difference says %v", p, i, g2[i], num)
				}
			}
		}
	}
}

func randomHistory(rnd *rand.Rand) History {
	h := History{T: float64(rnd.IntN(400)) / 7}
	if days := int(math.Round(h.T * 7)); days > 0 && rnd.IntN(3) > 0 {
		h.X = 1 + rnd.IntN(min(days, 30))
		h.Tx = float64(max(h.X, 1+rnd.IntN(days))) / 7
		h.Tx = math.Min(h.Tx, h.T)
	}
	return h
}

func TestMergeKeepsEveryCustomerOnceInOneOrder(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(4, 2))
	all := make([]History, 20000)
	repeats := 0.0
	for i := range all {
		all[i] = randomHistory(rnd)
		repeats += float64(all[i].X)
	}
	a := merge(all)
	rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	b := merge(all)
	total, x := 0.0, 0.0
	for i, w := range a.xWeight {
		total += w
		x += w * a.xs[i]
	}
	if total != 20000 || x != repeats || a.repeats != repeats {
		t.Errorf("%v customers with %v repeats, want 20000 with %v", total, x, repeats)
	}
	var ga, gb [4]float64
	m := BGNBD{.3, 5, .7, 2}
	if va, vb := newLikelihood(&a).bgnbd(m, &ga), newLikelihood(&b).bgnbd(m, &gb); va != vb || ga != gb {
		t.Errorf("the order of the customers changes the likelihood: %v, %v", va, vb)
	}
	one := newLikelihood(&a)
	one.goroutines = 1
	if v := one.bgnbd(m, &gb); v != newLikelihood(&a).bgnbd(m, &ga) || ga != gb {
		t.Error("the number of processors changes the likelihood")
	}
	// And without merging at all, customer by customer.
	var sum float64
	for _, h := range all {
		sum += m.LogLikelihood([]History{h})
	}
	if v := one.bgnbd(m, &gb); math.Abs(sum-v) > 1e-9*math.Abs(v) {
		t.Errorf("merged %v, one by one %v", v, sum)
	}
}

func TestMinimiseOnRosenbrock(t *testing.T) {
	t.Parallel()
	o := minimise(func(x, g []float64) float64 {
		u, v := 1-x[0], x[1]-x[0]*x[0]
		g[0], g[1] = -2*u-400*x[0]*v, 200*v
		return u*u + 100*v*v
	}, []float64{-1.2, 1}, 10, 1e-9)
	if math.Abs(o.x[0]-1) > 1e-7 || math.Abs(o.x[1]-1) > 1e-7 {
		t.Errorf("stopped at %v after %d iterations", o.x, o.iterations)
	}
	away := minimise(func(x, g []float64) float64 { g[0] = -1 / (1 + x[0]*x[0]); return -math.Atan(x[0]) }, []float64{0}, 14, 1e-12)
	if away.x[0] < 14 {
		t.Errorf("a function that falls for ever was followed to %v only", away.x[0])
	}
}

// Two counts that share a slot of ScoreAll's memory must not share an answer.
func TestScoreAllTellsHistoriesOfOneSlotApart(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	m := Model{Kind: KindBGNBD, R: .3, Alpha: 5, A: .8, B: 2.4, Rhythm: Rhythm{Shape: .4, Scale: 12, CVSq: 1}, Settings: DefaultSettings()}
	slotOf := func(x int) uint64 { return hash(1000, 0, int32(x)) & (memoSize - 1) }
	x := 4
	for slotOf(x) != slotOf(3) {
		x++
	}
	first := now.AddDate(0, 0, -7000)
	var people []Purchases
	for _, n := range []int{3, x, 3} {
		people = append(people, Purchases{Days: n + 1, First: first, Last: now.AddDate(0, 0, -10)})
	}
	out := make([]CustomerScore, len(people))
	ScoreAll(m, people, now, nil, out)
	for i, p := range people {
		if want := ScoreCustomer(m, p, now, nil); out[i] != want {
			t.Errorf("%d purchase days: in the batch %+v, alone %+v", p.Days, out[i], want)
		}
	}
}
