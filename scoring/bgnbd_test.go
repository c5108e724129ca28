package scoring_test

import (
	"math"
	"strconv"
	"testing"
	"time"

	"sojourn/scoring"
)

// published are the parameters of Fader, Hardie & Lee (2005) with one more digit.
var published = scoring.BGNBD{R: .24259, Alpha: 4.41360, A: .79292, B: 2.42591}

var asOf = time.Date(1997, 9, 30, 0, 0, 0, 0, time.UTC)

func TestFitReproducesThePublishedCDNOWModel(t *testing.T) {
	t.Parallel()
	all, _ := cdnow()
	m, err := scoring.Fit(all, scoring.DefaultSettings(), asOf)
	if err != nil {
		t.Fatal(err)
	}
	if m.Kind != scoring.KindBGNBD || m.Reason != "" {
		t.Fatalf("kind %s, reason %q; want bgnbd", m.Kind, m.Reason)
	}
	digits(t, "r", m.R, .24259, 5)
	digits(t, "alpha", m.Alpha, 4.41360, 5)
	digits(t, "a", m.A, .79292, 5)
	digits(t, "b", m.B, 2.42591, 5)
	digits(t, "log-likelihood", m.Quality.LogLikelihood, -9582.4292, 4)
	q := m.Quality
	if q.Customers != 2357 || q.Repeaters != 946 || q.RepeatPurchases != 2457 {
		t.Errorf("base counted as %d customers, %d repeaters, %d repeat purchases", q.Customers, q.Repeaters, q.RepeatPurchases)
	}
	if q.Gradient > 1e-8 {
		t.Errorf("stopped at gradient %g", q.Gradient)
	}
	if len(q.Calibration) != 8 || q.Calibration[0].Actual != 1411 {
		t.Fatalf("calibration %+v", q.Calibration)
	}
	for _, c := range q.Calibration { // the paper's figure 2: every bar within a few per cent of the base
		if d := c.Actual - c.Expected; d > 25 || d < -25 {
			t.Errorf("%s purchases: %.0f customers, model %.1f", c.Purchases, c.Actual, c.Expected)
		}
	}
}

func TestPublishedBGNBDValues(t *testing.T) {
	t.Parallel()
	all, _ := cdnow()
	near(t, "log-likelihood", published.LogLikelihood(all), -9582.4292, 1e-6)
	for _, c := range []struct {
		weeks, want float64
		decimals    int
	}{{1. / 7, .0078, 4}, {1, .0532, 4}, {3, .1506, 4}, {31.8571, 1.0405, 4}, {32, 1.0437, 4}, {78, 1.858, 3}} {
		digits(t, "E[X("+strconv.FormatFloat(c.weeks, 'g', 6, 64)+")]", published.Expected(c.weeks), c.want, c.decimals)
	}
	h := scoring.History{X: 2, Tx: 30.43, T: 38.86}
	digits(t, "conditional expectation", published.ExpectedNext(h, 39), 1.226, 3)
	digits(t, "P(alive)", published.PAlive(h), .72661, 5)
	heavy := scoring.History{X: 26, Tx: 30.857, T: 31}
	digits(t, "customer 1516, 52 weeks", published.ExpectedNext(heavy, 52), 25.757, 3)
	digits(t, "customer 1516, P(alive)", published.PAlive(heavy), .96885, 5)
	if p := published.PAlive(scoring.History{T: 300}); p != 1 {
		t.Errorf("P(alive) of a one-time buyer = %v; the model says 1", p)
	}
}

func TestHoldOutPeriodOfCDNOW(t *testing.T) {
	t.Parallel()
	all, bought := cdnow()
	m, err := scoring.Fit(all, scoring.DefaultSettings(), asOf)
	if err != nil {
		t.Fatal(err)
	}
	o, err := scoring.Evaluate(m, all, bought, 39)
	if err != nil {
		t.Fatal(err)
	}
	if o.Actual != 1882 {
		t.Errorf("hold-out purchases %v, want 1882", o.Actual)
	}
	near(t, "hold-out sum", o.Predicted, 1653.41, 6e-6)
	digits(t, "MAE", o.MAE, .78545, 5)
	digits(t, "RMSE", o.RMSE, 1.60798, 5)
	digits(t, "correlation", *o.Correlation, .62565, 5)
	digits(t, "AUC of the churn score", *o.AUC, .757, 3)
	// The trap: 1 − P(alive) ranks worse than a coin.
	notAlive, nothing, buyers := make([]float64, len(all)), make([]bool, len(all)), 0
	for i, h := range all {
		notAlive[i], nothing[i] = 1-m.PAlive(h), bought[i] == 0
		if bought[i] > 0 {
			buyers++
		}
	}
	if buyers != 684 {
		t.Errorf("%d customers bought in the hold-out, want 684", buyers)
	}
	auc, _ := scoring.AUC(notAlive, nothing)
	digits(t, "AUC of 1 − P(alive)", auc, .316, 3)
	off := 0.0
	for _, g := range o.Bins {
		off += math.Abs(g.Predicted-g.Bought) / float64(len(o.Bins))
	}
	if len(o.Bins) != 10 || off > .06 || o.Bins[9].Bought < .75 {
		t.Errorf("tenths by P(at least one) are off by %.3f on average: %+v", off, o.Bins)
	}
}

func TestHistoriesFromRawPurchasesEqualThePublishedTable(t *testing.T) {
	t.Parallel()
	days := cdnowDays(t)
	cut := int(asOf.Unix() / 86400)
	got, bought := scoring.Split(days, cut, cut+39*7)
	want, wantBought := cdnow()
	if len(got) != len(want) {
		t.Fatalf("%d histories, want %d", len(got), len(want))
	}
	for i := range want {
		got[i].GapSq = 0
		if got[i] != want[i] || bought[i] != wantBought[i] {
			t.Fatalf("customer %d: %+v then %d, want %+v then %d", i+1, got[i], bought[i], want[i], wantBought[i])
		}
	}
	m, o, err := scoring.Backtest(days, cut, cut+39*7, scoring.DefaultSettings(), asOf)
	if err != nil || m.Kind != scoring.KindBGNBD {
		t.Fatalf("backtest: %s %v", m.Kind, err)
	}
	digits(t, "backtest MAE", o.MAE, .78545, 5)
}

func TestOnlineRetailHasNoFiniteOptimum(t *testing.T) {
	t.Parallel()
	for _, end := range []int{
		retailDay(2011, 5, 30), retailDay(2011, 8, 31), retailDay(2011, 11, 30), retailDay(2011, 12, 9),
	} {
		all, _ := scoring.Split(onlineRetailDays(), end, end)
		m, err := scoring.Fit(all, scoring.DefaultSettings(), asOf)
		if err != nil {
			t.Fatal(err)
		}
		if m.Kind != scoring.KindNBD || m.Reason == "" || m.A != 0 || m.B != 0 {
			t.Errorf("day %d: kind %s a %v b %v reason %q; want the NBD fallback and why", end, m.Kind, m.A, m.B, m.Reason)
		}
		near(t, "the likelihood said to belong to the parameters",
			scoring.NBD{R: m.R, Alpha: m.Alpha}.LogLikelihood(all), m.Quality.LogLikelihood, 1e-12)
	}
}
