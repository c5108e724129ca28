package scoring_test

import (
	"math"
	"testing"
	"time"

	"sojourn/scoring"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	must(err)
	return t
}

func TestPurchasesCountDaysOnce(t *testing.T) {
	t.Parallel()
	auckland, err := time.LoadLocation("Pacific/Auckland")
	must(err)
	list := func() []time.Time {
		return []time.Time{at("2026-01-11T09:00:00Z"), at("2026-01-01T23:30:00Z"), at("2026-01-01T20:00:00Z"), at("2026-01-02T01:00:00Z")}
	}
	p := scoring.PurchasesOf(list(), nil)
	if p.Days != 3 || p.GapSq != 1+81 || !p.First.Equal(at("2026-01-01T20:00:00Z")) {
		t.Errorf("in UTC %+v, want 3 days, gaps 1 and 9", p)
	}
	if z := scoring.PurchasesOf(list(), auckland); z.Days != 2 || z.GapSq != 81 {
		t.Errorf("in Auckland %+v, want 2 days, gap 9: the first three are one day there", z)
	}
	h := p.History(at("2026-01-15T00:10:00Z"), nil)
	if h != (scoring.History{X: 2, Tx: 10. / 7, T: 2, GapSq: 82. / 49}) {
		t.Errorf("history %+v", h)
	}
	if early := p.History(at("2025-12-01T00:00:00Z"), nil); early.T != early.Tx {
		t.Errorf("a clock that lags gives %+v", early)
	}
	if _, ok := p.Add(at("2026-01-05T00:00:00Z"), nil); ok {
		t.Error("an earlier purchase can't be appended")
	}
	if (scoring.Purchases{}).History(at("2026-01-05T00:00:00Z"), nil) != (scoring.History{}) {
		t.Error("who never bought has a history")
	}
	fromDays, ok := scoring.HistoryOfDays([]int{100, 101, 101, 110, 130}, 114)
	if !ok || fromDays != h {
		t.Errorf("from day numbers %+v, want %+v", fromDays, h)
	}
	if _, ok := scoring.HistoryOfDays([]int{5}, 4); ok {
		t.Error("a customer of tomorrow has a history today")
	}
}

func TestScoreCustomer(t *testing.T) {
	t.Parallel()
	all, _ := cdnow()
	m, err := scoring.Fit(all, scoring.DefaultSettings(), asOf)
	must(err)
	now := at("2026-06-30T08:00:00Z")
	p := scoring.PurchasesOf([]time.Time{at("2026-01-01T10:00:00Z"), at("2026-02-01T18:00:00Z"), at("2026-03-04T12:30:00Z")}, nil)
	c := scoring.ScoreCustomer(m, p, now, nil)
	h := p.History(now, nil)
	if !c.Known || c.PAlive != m.PAlive(h) || c.ChurnScore != 1-m.PAtLeastOne(h, 13) {
		t.Errorf("model part %+v", c)
	}
	near(t, "expected", c.Expected, m.ExpectedNext(h, 13), 1e-12)
	gap, _ := m.Rhythm.Gap(h)
	near(t, "own gap in days", c.OwnGap, gap*7, 1e-12)
	near(t, "silence", c.SilenceRatio, 118/c.OwnGap, 1e-12)
	if d := c.WinbackDueAt.Sub(p.Last).Hours() / 24; math.Abs(d-2*c.OwnGap) > 1e-4 {
		t.Errorf("win-back due %.3f days after the last purchase, own gap %.3f", d, c.OwnGap)
	}
	if !c.NextExpected.Before(c.WinbackDueAt) {
		t.Errorf("next expected %s, win-back %s", c.NextExpected, c.WinbackDueAt)
	}
	// He buys this morning: nothing is due any more.
	bought, _ := p.Add(now, nil)
	after := scoring.ScoreCustomer(m, bought, now, nil)
	if !after.WinbackDueAt.After(now) || after.ChurnScore >= c.ChurnScore || after.SilenceRatio != 0 {
		t.Errorf("after a purchase %+v, before %+v", after, c)
	}
	if (scoring.ScoreCustomer(m, scoring.Purchases{}, now, nil) != scoring.CustomerScore{}) {
		t.Error("who never bought has a score")
	}
}

func TestScoreWithoutAModelSaysSo(t *testing.T) {
	t.Parallel()
	m, err := scoring.Fit(nil, scoring.DefaultSettings(), asOf)
	must(err)
	now := at("2026-06-30T08:00:00Z")
	once := scoring.ScoreCustomer(m, scoring.PurchasesOf([]time.Time{at("2026-06-01T08:00:00Z")}, nil), now, nil)
	if once != (scoring.CustomerScore{}) {
		t.Errorf("numbers were made up: %+v", once)
	}
	twice := scoring.PurchasesOf([]time.Time{at("2026-05-01T08:00:00Z"), at("2026-05-31T08:00:00Z")}, nil)
	if c := scoring.ScoreCustomer(m, twice, now, nil); c.Known || !c.GapKnown || c.OwnGap != 30 {
		t.Errorf("his own gap is known all the same: %+v", c)
	}
}

func TestScoreAllEqualsOneByOneAndAllocatesNothingPerCustomer(t *testing.T) {
	t.Parallel()
	all, _ := cdnow()
	retail, _ := scoring.Split(onlineRetailDays(), 365, 365)
	for _, base := range [][]scoring.History{all, retail} {
		m, err := scoring.Fit(base, scoring.DefaultSettings(), asOf)
		must(err)
		var people []scoring.Purchases
		for _, h := range base {
			first := asOf.Add(-time.Duration(math.Round(h.T*7)) * 24 * time.Hour)
			people = append(people, scoring.Purchases{
				Days: h.X + 1, First: first, Last: first.Add(time.Duration(math.Round(h.Tx*7)) * 24 * time.Hour), GapSq: h.GapSq * 49,
			})
		}
		for len(people) < 10000 {
			people = append(people, people...)
		}
		out := make([]scoring.CustomerScore, len(people))
		scoring.ScoreAll(m, people, asOf, nil, out)
		for i, p := range people {
			if want := scoring.ScoreCustomer(m, p, asOf, nil); out[i] != want {
				t.Fatalf("%s: in the batch %+v, alone %+v", m.Kind, out[i], want)
			}
		}
	}
}

func TestAUC(t *testing.T) {
	t.Parallel()
	got, _ := scoring.AUC([]float64{1, 2, 2, 3}, []bool{false, true, false, true})
	if got != .875 {
		t.Errorf("ties count half: %v", got)
	}
	if _, ok := scoring.AUC([]float64{1, 2}, []bool{true, true}); ok {
		t.Error("an AUC without negatives")
	}
}
