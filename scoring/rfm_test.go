package scoring_test

import (
	"math"
	"testing"

	"sojourn/fault"
	"sojourn/scoring"
)

func TestRFMOfOnlineRetail(t *testing.T) {
	t.Parallel()
	day := retailDay(2011, 12, 10)
	var all []scoring.RFM
	last := 0
	for _, i := range onlineRetail() {
		if i.customer != last {
			all, last = append(all, scoring.RFM{}), i.customer
		}
		c := &all[len(all)-1]
		c.Recency, c.Frequency, c.Monetary = float64(day-i.day), c.Frequency+1, c.Monetary+i.amount
	}
	b, err := scoring.QuantileBreaks(all, 5)
	if err != nil {
		t.Fatal(err)
	}
	for name, d := range map[string]struct{ got, want []float64 }{
		"R": {b.Recency, []float64{13.8, 33, 72, 180}},
		"F": {b.Frequency, []float64{1, 2, 3, 6}},
		"M": {b.Monetary, []float64{250.194, 490.096, 942.276, 2058.426}},
	} {
		for i := range d.want {
			near(t, name, d.got[i], d.want[i], 1e-9)
		}
	}
	cells, revenue, total := map[string]int{}, map[string]float64{}, 0.0
	for _, c := range all {
		cell := b.Score(c).String()
		cells[cell]++
		revenue[cell] += c.Monetary
		total += c.Monetary
	}
	if cells["555"] != 324 || cells["111"] != 330 || len(cells) != 112 || len(all) != 4338 {
		t.Errorf("555: %d, 111: %d, %d cells, %d customers", cells["555"], cells["111"], len(cells), len(all))
	}
	near(t, "revenue", total, 8911407.904, 1e-12)
	digits(t, "share of 555", 100*revenue["555"]/total, 42.9875, 4)
}

func TestRFMFixedLimits(t *testing.T) {
	t.Parallel()
	b := scoring.RFMBreaks{Recency: []float64{30, 90}, Frequency: []float64{1, 5}, Monetary: []float64{100, 100}}
	for _, c := range []struct {
		in   scoring.RFM
		want string
	}{
		{scoring.RFM{Recency: 30, Frequency: 1, Monetary: 100}, "311"}, // on a limit is not above it
		{scoring.RFM{Recency: 31, Frequency: 2, Monetary: 101}, "223"}, // equal limits skip a score
		{scoring.RFM{Recency: 91, Frequency: 6, Monetary: 0}, "131"},
	} {
		if got := b.Score(c.in).String(); got != c.want {
			t.Errorf("%+v is %s, want %s", c.in, got, c.want)
		}
	}
	if s := (scoring.RFMScore{R: 10, F: 3, M: 7}).String(); s != "10-3-7" {
		t.Errorf("deciles are written %s", s)
	}
}

func TestRFMRefusesWhatItCannotCut(t *testing.T) {
	t.Parallel()
	four := []scoring.RFM{{Recency: 1}, {Recency: 2}, {Recency: 3}, {Recency: 4}}
	_, few := scoring.QuantileBreaks(four, 5)
	_, one := scoring.QuantileBreaks(four, 1)
	_, nan := scoring.QuantileBreaks([]scoring.RFM{{Monetary: math.NaN()}, {}, {}, {}, {}}, 2)
	falling := scoring.RFMBreaks{Recency: []float64{3, 1}}.Validate()
	for name, err := range map[string]error{"too few": few, "one part": one, "not a number": nan, "falling": falling} {
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
