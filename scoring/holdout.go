package scoring

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"sojourn/fault"
)

// Holdout is how well a model foretold a period it had not seen. Correlation and AUC are nil where they are
// undefined (everybody, or nobody, bought).
type Holdout struct {
	Customers   int            `json:"customers"`
	Weeks       float64        `json:"weeks"`
	Actual      float64        `json:"actual"`    // purchases
	Predicted   float64        `json:"predicted"` // purchases
	MAE         float64        `json:"mae"`       // always read it beside sum and RMSE: predicting 0 scores well here
	RMSE        float64        `json:"rmse"`
	Correlation *float64       `json:"correlation,omitempty"`
	AUC         *float64       `json:"auc,omitempty"` // of the churn score, for "bought nothing"
	Brier       float64        `json:"brier"`         // of P(at least one)
	Bins        []HoldoutGroup `json:"bins,omitempty"`
}

// HoldoutGroup is a tenth of the customers by P(at least one): what was foretold and what share did buy.
type HoldoutGroup struct {
	Customers int     `json:"customers"`
	Predicted float64 `json:"predicted"`
	Bought    float64 `json:"bought"`
}

// Evaluate compares the model's forecast for the weeks after the histories with the purchase days that followed.
// It fails with Invalid when the lists differ in length or the model gives no probabilities.
func Evaluate(m Model, all []History, bought []int, weeks float64) (Holdout, error) {
	if len(all) != len(bought) {
		return Holdout{}, fault.New(fault.Invalid, "hold-out: %d histories but %d outcomes", len(all), len(bought))
	}
	if !m.Known() {
		return Holdout{}, fault.New(fault.Invalid, "hold-out: %s", m.Reason)
	}
	o := Holdout{Customers: len(all), Weeks: weeks}
	if len(all) == 0 {
		return o, nil
	}
	n := float64(len(all))
	expected, once, churn := make([]float64, len(all)), make([]float64, len(all)), make([]float64, len(all))
	nothing := make([]bool, len(all))
	for i, h := range all {
		e, y := m.ExpectedNext(h, weeks), float64(bought[i])
		expected[i], once[i], nothing[i] = e, m.PAtLeastOne(h, weeks), bought[i] == 0
		churn[i] = 1 - once[i]
		o.Predicted += e
		o.Actual += y
		o.MAE += math.Abs(e-y) / n
		o.RMSE += (e - y) * (e - y) / n
		hit := 1.0
		if nothing[i] {
			hit = 0
		}
		o.Brier += (once[i] - hit) * (once[i] - hit) / n
	}
	o.RMSE = math.Sqrt(o.RMSE)
	o.Correlation = correlation(expected, bought)
	if a, ok := AUC(churn, nothing); ok {
		o.AUC = &a
	}
	o.Bins = tenths(once, nothing)
	return o, nil
}

// Backtest fits on purchase days up to cut and evaluates on those after it, up to and including end. days holds the
// ascending day numbers of each customer; those whose first purchase is after cut are left out.
func Backtest(days [][]int, cut, end int, s Settings, asOf time.Time) (Model, Holdout, error) {
	all, bought := Split(days, cut, end)
	m, err := Fit(all, s, asOf)
	if err != nil {
		return Model{}, Holdout{}, fmt.Errorf("backtest: %w", err)
	}
	o, err := Evaluate(m, all, bought, float64(end-cut)/7)
	return m, o, err
}

// Split returns the histories at day cut and the number of purchase days in (cut, end] of the same customers.
func Split(days [][]int, cut, end int) (all []History, bought []int) {
	for _, d := range days {
		h, ok := HistoryOfDays(d, cut)
		if !ok {
			continue
		}
		n, last := 0, cut
		for _, day := range d {
			if day > last && day <= end {
				n, last = n+1, day
			}
		}
		all, bought = append(all, h), append(bought, n)
	}
	return all, bought
}

// AUC is the probability that a positive case scores higher than a negative one, ties counted half
// (Mann-Whitney). ok is false without both kinds.
func AUC(score []float64, positive []bool) (auc float64, ok bool) {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	rank, pos := 0.0, 0.0
	for i := 0; i < len(order); {
		j, p := i, 0.0
		for ; j < len(order) && score[order[j]] == score[order[i]]; j++ {
			if positive[order[j]] {
				p++
			}
		}
		rank += p * (float64(i+j+1) / 2) // mean rank of the tie, counted from 1
		pos += p
		i = j
	}
	neg := float64(len(score)) - pos
	if pos == 0 || neg == 0 {
		return 0, false
	}
	return (rank - pos*(pos+1)/2) / (pos * neg), true
}

func correlation(x []float64, y []int) *float64 {
	n := float64(len(x))
	var mx, my, sxx, syy, sxy float64
	for i := range x {
		mx += x[i] / n
		my += float64(y[i]) / n
	}
	for i := range x {
		dx, dy := x[i]-mx, float64(y[i])-my
		sxx, syy, sxy = sxx+dx*dx, syy+dy*dy, sxy+dx*dy
	}
	if sxx <= 0 || syy <= 0 {
		return nil
	}
	c := sxy / math.Sqrt(sxx*syy)
	return &c
}

func tenths(once []float64, nothing []bool) []HoldoutGroup {
	order := make([]int, len(once))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(once[a], once[b]) })
	var out []HoldoutGroup
	for k := range 10 {
		part := order[k*len(order)/10 : (k+1)*len(order)/10]
		if len(part) == 0 {
			continue
		}
		g := HoldoutGroup{Customers: len(part)}
		for _, i := range part {
			g.Predicted += once[i] / float64(len(part))
			if !nothing[i] {
				g.Bought += 1 / float64(len(part))
			}
		}
		out = append(out, g)
	}
	return out
}

func sortedKeys[V any](m map[int]V) []int { return slices.Sorted(maps.Keys(m)) }
