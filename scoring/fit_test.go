package scoring_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/scoring"
)

// simulate draws customers from a known BG/NBD world, in whole days.
func simulate(rnd *rand.Rand, n int, rate func() float64, drop func() float64) []scoring.History {
	out := make([]scoring.History, n)
	for i := range out {
		total := 180 + rnd.IntN(540)
		lambda, p, at := rate(), drop(), 0.0
		h := scoring.History{T: float64(total) / 7}
		last := 0
		for {
			if h.X > 0 && rnd.Float64() < p {
				break
			}
			at += rnd.ExpFloat64() / lambda * 7
			if at > float64(total) {
				break
			}
			if day := int(math.Ceil(at)); day > last && day <= total {
				gap := float64(day-last) / 7
				h.X, h.Tx, h.GapSq, last = h.X+1, float64(day)/7, h.GapSq+gap*gap, day
			}
		}
		out[i] = h
	}
	return out
}

func TestFitFindsASimulatedPopulationAgain(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(11, 1))
	// Gamma(2, 20) rates; Beta(1, 3) as the smallest of three uniform numbers.
	all := simulate(rnd, 40000, func() float64 { return gamma2(rnd) / 20 },
		func() float64 { return min(rnd.Float64(), rnd.Float64(), rnd.Float64()) })
	m, err := scoring.Fit(all, scoring.DefaultSettings(), asOf)
	if err != nil || m.Kind != scoring.KindBGNBD {
		t.Fatalf("%s %q %v", m.Kind, m.Reason, err)
	}
	near(t, "r", m.R, 2, .1)
	near(t, "alpha", m.Alpha, 20, .1)
	near(t, "a", m.A, 1, .15)
	near(t, "b", m.B, 3, .15)
}

func TestFitSaysWhenThereIsTooLittle(t *testing.T) {
	t.Parallel()
	once := make([]scoring.History, 500)
	for i := range once {
		once[i].T = float64(i % 50)
	}
	for name, all := range map[string][]scoring.History{
		"nobody": nil, "ten people": simulate(rand.New(rand.NewPCG(1, 1)), 10, one, half), "only one-time buyers": once,
		"all bought today": make([]scoring.History, 1000),
	} {
		m, err := scoring.Fit(all, scoring.DefaultSettings(), asOf)
		if err != nil || m.Kind != scoring.KindNone || !strings.Contains(m.Reason, "too little data") || m.Version == "" {
			t.Errorf("%s: %s %q %v", name, m.Kind, m.Reason, err)
		}
		if _, err := scoring.Evaluate(m, nil, nil, 4); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: a model without numbers was evaluated: %v", name, err)
		}
	}
}

func one() float64  { return 1 }
func half() float64 { return .5 }

func TestFitWithoutSpread(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 5))
	same := make([]scoring.History, 300)
	for i := range same {
		same[i] = scoring.History{X: 3, Tx: 10, T: 14, GapSq: 40}
	}
	for name, all := range map[string][]scoring.History{
		"identical customers":     same,
		"one rate, nobody leaves": simulate(rnd, 3000, func() float64 { return .2 }, func() float64 { return 0 }),
		"one rate, one drop-out":  simulate(rnd, 3000, func() float64 { return .4 }, func() float64 { return .3 }),
	} {
		m, err := scoring.Fit(all, scoring.DefaultSettings(), asOf)
		if err != nil || m.Kind != scoring.KindNBD || m.Reason == "" {
			t.Errorf("%s: %s %q %v (%v %v %v %v)", name, m.Kind, m.Reason, err, m.R, m.Alpha, m.A, m.B)
		}
		if math.Max(m.R, m.A) > 1e4 {
			t.Errorf("%s: parameters ran away: %+v", name, m)
		}
		sane(t, name, m, all)
	}
}

// Whatever the base looks like: finite parameters, probabilities in [0, 1], the same again.
func TestFitNeverGivesNonsense(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		rnd := rand.New(rand.NewPCG(seed, 99))
		all := strangeBase(rnd)
		m, err := scoring.Fit(all, scoring.DefaultSettings(), asOf)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		sane(t, "", m, all)
		rnd.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		again, _ := scoring.Fit(all, scoring.DefaultSettings(), asOf)
		if again.R != m.R || again.A != m.A || again.Kind != m.Kind {
			t.Fatalf("seed %d: the order of the customers decides: %+v, %+v", seed, m, again)
		}
		if t.Failed() {
			t.Fatalf("seed %d: %+v", seed, m)
		}
	}
}

func strangeBase(rnd *rand.Rand) []scoring.History {
	n := []int{0, 1, 49, 50, 60, 200, 1000}[rnd.IntN(7)]
	scale := math.Exp(rnd.NormFloat64() * 3) // from minutes to centuries
	maxX := 1 + int(math.Exp(rnd.Float64()*11))
	zero, exact := rnd.Float64(), rnd.IntN(2) == 0
	out := make([]scoring.History, n)
	for i := range out {
		h := scoring.History{T: scale * rnd.Float64()}
		if exact {
			h.T = scale
		}
		if rnd.IntN(20) == 0 {
			h.T = 0
		}
		if h.T > 0 && rnd.Float64() > zero {
			h.X = 1 + rnd.IntN(maxX)
			switch rnd.IntN(4) {
			case 0:
				h.Tx = h.T
			case 1:
				h.Tx = h.T * 1e-9
			default:
				h.Tx = h.T * (1e-3 + .99*rnd.Float64())
			}
			h.GapSq = h.Tx * h.Tx / float64(h.X) * (1 + rnd.Float64())
		}
		out[i] = h
	}
	return out
}

// sane checks every number a caller could read.
func sane(t *testing.T, name string, m scoring.Model, all []scoring.History) {
	t.Helper()
	text, err := json.Marshal(m) // refuses NaN and Inf
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	back, err := scoring.Decode(text)
	if err != nil || !reflect.DeepEqual(back, m) {
		t.Errorf("%s: stored and read again it differs: %v\n%+v\n%+v", name, err, back, m)
	}
	if m.Known() == (m.Kind == scoring.KindNone) || (m.Kind != scoring.KindBGNBD) != (m.Reason != "") {
		t.Errorf("%s: kind %s with reason %q", name, m.Kind, m.Reason)
	}
	for _, h := range all[:min(len(all), 60)] {
		for _, weeks := range []float64{0, 1. / 7, 13, 520, 1e6} {
			alive, once, e := m.PAlive(h), m.PAtLeastOne(h, weeks), m.ExpectedNext(h, weeks)
			if !(alive >= 0 && alive <= 1) || !(once >= 0 && once <= alive+1e-15) || !(e >= 0) || math.IsInf(e, 0) {
				t.Errorf("%s: %+v in %v weeks: alive %v, at least one %v, expected %v", name, h, weeks, alive, once, e)
				return
			}
			if once > e*(1+1e-6)+1e-12 { // P(N >= 1) <= E[N]
				t.Errorf("%s: %+v in %v weeks: P(at least one) %v above the mean %v", name, h, weeks, once, e)
				return
			}
		}
	}
}

func TestFitRefusesImpossibleInput(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]scoring.History{
		"last after the end": {X: 1, Tx: 3, T: 2}, "not a number": {X: 1, Tx: math.NaN(), T: 2}, "endless": {T: math.Inf(1)},
		"repeat without a time": {X: 1, T: 2}, "time without a repeat": {Tx: 1, T: 2}, "negative": {X: -1, T: 1},
		"gaps": {X: 1, Tx: 1, T: 2, GapSq: -1},
	} {
		_, err := scoring.Fit([]scoring.History{{T: 1}, h}, scoring.DefaultSettings(), asOf)
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "history 1") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := scoring.DefaultSettings()
	s.WinbackRatio = math.NaN()
	if _, err := scoring.Fit(nil, s, asOf); !fault.Is(err, fault.Invalid) {
		t.Errorf("settings: %v", err)
	}
}

func TestModelVersionNamesEverythingThatDecidesAScore(t *testing.T) {
	t.Parallel()
	all, _ := cdnow()
	m, _ := scoring.Fit(all, scoring.DefaultSettings(), asOf)
	same, _ := scoring.Fit(slices.Clone(all), scoring.DefaultSettings(), asOf.In(time.FixedZone("", 3600)))
	if m.Version != same.Version || !strings.HasPrefix(m.Version, "bgnbd-") {
		t.Errorf("versions %s and %s of one base", m.Version, same.Version)
	}
	s := scoring.DefaultSettings()
	s.HorizonWeeks = 26
	other, err := m.WithSettings(s)
	if err != nil || other.Version == m.Version || other.R != m.R {
		t.Errorf("another horizon must be another version: %s %v", other.Version, err)
	}
	for _, text := range []string{`{`, `{"kind":"magic"}`, `{"kind":"nbd","r":-1,"alpha":2}`} {
		if _, err := scoring.Decode([]byte(text)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s was read: %v", text, err)
		}
	}
}
