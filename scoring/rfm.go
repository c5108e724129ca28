package scoring

import (
	"math"
	"slices"
	"strconv"

	"sojourn/fault"
)

// RFM is the raw triple of a customer.
type RFM struct {
	Recency   float64 // days since the last purchase: less is better
	Frequency float64 // purchases
	Monetary  float64 // value, in any one currency and unit
}

// RFMScore holds the three scores, 1 (worst) to len(breaks)+1 (best).
type RFMScore struct {
	R, F, M int
}

// String is the cell as people write it: "555"; scores of ten and more are set apart, "10-3-7".
func (s RFMScore) String() string {
	sep := ""
	if max(s.R, s.F, s.M) > 9 {
		sep = "-"
	}
	return strconv.Itoa(s.R) + sep + strconv.Itoa(s.F) + sep + strconv.Itoa(s.M)
}

// RFMBreaks are the ascending inner limits per dimension: quantiles of a base (QuantileBreaks) or fixed values. They
// are stored with the scores, so that everybody can see what a 5 means.
type RFMBreaks struct {
	Recency   []float64 `json:"recency"`
	Frequency []float64 `json:"frequency"`
	Monetary  []float64 `json:"monetary"`
}

// Validate reports limits that are not ascending finite numbers, at most 99 per dimension, as Invalid.
func (b RFMBreaks) Validate() error {
	var bad []fault.Field
	for _, d := range []struct {
		name string
		v    []float64
	}{{"recency", b.Recency}, {"frequency", b.Frequency}, {"monetary", b.Monetary}} {
		ok := len(d.v) <= 99 && slices.IsSorted(d.v)
		for _, x := range d.v {
			ok = ok && !math.IsNaN(x) && !math.IsInf(x, 0)
		}
		if !ok {
			bad = append(bad, fault.Field{Path: d.name, Message: "must be at most 99 ascending numbers"})
		}
	}
	if bad != nil {
		return fault.New(fault.Invalid, "RFM limits").WithFields(bad...)
	}
	return nil
}

// QuantileBreaks cuts each dimension into parts (2 to 100; 5 = quintiles) by quantiles of type 7 (Hyndman & Fan
// 1996; the default of R and numpy). Fewer customers than parts, or a value that is no number, is Invalid.
func QuantileBreaks(all []RFM, parts int) (RFMBreaks, error) {
	if parts < 2 || parts > 100 {
		return RFMBreaks{}, fault.New(fault.Invalid, "RFM needs 2 to 100 parts, not %d", parts)
	}
	if len(all) < parts {
		return RFMBreaks{}, fault.New(fault.Invalid, "RFM: %d customers can't be cut into %d parts", len(all), parts)
	}
	r, f, m := make([]float64, len(all)), make([]float64, len(all)), make([]float64, len(all))
	for i, c := range all {
		r[i], f[i], m[i] = c.Recency, c.Frequency, c.Monetary
	}
	b := RFMBreaks{Recency: breaks(r, parts), Frequency: breaks(f, parts), Monetary: breaks(m, parts)}
	return b, b.Validate()
}

func breaks(v []float64, parts int) []float64 {
	slices.Sort(v) // NaNs come first and are caught by Validate
	if math.IsNaN(v[0]) {
		return []float64{math.NaN()}
	}
	out := make([]float64, parts-1)
	for i := range out {
		out[i] = quantile7(v, float64(i+1)/float64(parts))
	}
	return out
}

// quantile7 interpolates between the order statistics around (n−1)·q of a sorted list.
func quantile7(sorted []float64, q float64) float64 {
	at := float64(len(sorted)-1) * q
	lo := int(math.Floor(at + 1e-9)) // (n−1)·q that is whole must not fall just below
	lo = min(lo, len(sorted)-1)
	if lo == len(sorted)-1 {
		return sorted[lo]
	}
	return sorted[lo] + math.Max(0, at-float64(lo))*(sorted[lo+1]-sorted[lo])
}

// Score places a customer: 1 + the limits strictly below the value, recency the other way round.
func (b RFMBreaks) Score(c RFM) RFMScore {
	return RFMScore{
		R: len(b.Recency) + 1 - below(b.Recency, c.Recency),
		F: 1 + below(b.Frequency, c.Frequency),
		M: 1 + below(b.Monetary, c.Monetary),
	}
}

func below(limits []float64, v float64) int {
	n := 0
	for n < len(limits) && limits[n] < v {
		n++
	}
	return n
}
