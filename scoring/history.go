package scoring

import (
	"math"
	"slices"
	"time"

	"sojourn/fault"
)

// History is what the purchase models know of a customer, in the notation of the literature. Time is in weeks of
// seven days, counted in whole days from the day of the first purchase.
type History struct {
	X     int     // purchase days after the first one
	Tx    float64 // weeks from the first purchase day to the last one; 0 when X is 0
	T     float64 // weeks from the first purchase day to the day of observation
	GapSq float64 // sum of the squared gaps between purchase days, weeks²; only regularity reads it, 0 = unknown
}

// check returns what makes the history impossible, or "".
func (h History) check() string {
	switch {
	case h.X < 0:
		return "the number of repeat purchases is negative"
	case !(h.T >= 0) || math.IsInf(h.T, 0):
		return "the observed time is negative or not a number"
	case !(h.Tx >= 0) || h.Tx > h.T:
		return "the last purchase lies outside the observed time"
	case (h.X == 0) != (h.Tx == 0):
		return "repeat purchases and the time of the last one contradict each other"
	case !(h.GapSq >= 0) || math.IsInf(h.GapSq, 0):
		return "the sum of squared gaps is negative or not a number"
	}
	return ""
}

// Validate reports the first impossible history as a fault of kind Invalid that names its index.
func Validate(all []History) error {
	for i, h := range all {
		if msg := h.check(); msg != "" {
			return fault.New(fault.Invalid, "history %d: %s", i, msg)
		}
	}
	return nil
}

// Purchases is the running summary of a customer's purchases that a store keeps: four columns from which the
// History at any later moment follows. Its zero value is "has never bought".
type Purchases struct {
	Days  int       // days with at least one purchase
	First time.Time // first purchase
	Last  time.Time // latest purchase
	GapSq float64   // sum of the squared gaps between consecutive purchase days, days²
}

// PurchasesOf summarises purchase instants in any order; those of one calendar day in zone count once. A nil zone
// is UTC. The slice is sorted in place.
func PurchasesOf(at []time.Time, zone *time.Location) Purchases {
	slices.SortFunc(at, time.Time.Compare)
	var p Purchases
	for _, t := range at {
		p, _ = p.Add(t, zone)
	}
	return p
}

// Add takes in one purchase that is not earlier than the latest one. It returns false, and p unchanged, for an
// earlier one: the gaps then have to be summed up again with PurchasesOf.
func (p Purchases) Add(at time.Time, zone *time.Location) (Purchases, bool) {
	if p.Days == 0 {
		return Purchases{Days: 1, First: at, Last: at}, true
	}
	if at.Before(p.Last) {
		return p, false
	}
	if gap := float64(dayNumber(at, zone) - dayNumber(p.Last, zone)); gap > 0 {
		p.Days++
		p.GapSq += gap * gap
	}
	p.Last = at
	return p, true
}

// History is the state of knowledge at now, in whole days of zone. A now before the last purchase (clocks differ)
// counts as the day of the last purchase. The zero Purchases gives the zero History.
func (p Purchases) History(now time.Time, zone *time.Location) History {
	if p.Days <= 0 {
		return History{}
	}
	first, last := dayNumber(p.First, zone), dayNumber(p.Last, zone)
	today := max(last, dayNumber(now, zone))
	h := History{X: p.Days - 1, Tx: float64(last-first) / 7, T: float64(today-first) / 7, GapSq: p.GapSq / 49}
	if h.X == 0 || last <= first { // a summary that was put together by hand
		h.X, h.Tx, h.GapSq = 0, 0, 0
	}
	return h
}

// HistoryOfDays builds the history at day `until` from ascending day numbers (any epoch), leaving out later ones
// and counting equal ones once. ok is false when the first purchase is after until.
func HistoryOfDays(days []int, until int) (h History, ok bool) {
	if len(days) == 0 || days[0] > until {
		return History{}, false
	}
	last := days[0]
	for _, d := range days[1:] {
		if d > until {
			break
		}
		if gap := float64(d - last); gap > 0 {
			h.X++
			h.GapSq += gap * gap
			last = d
		}
	}
	h.Tx, h.T, h.GapSq = float64(last-days[0])/7, float64(until-days[0])/7, h.GapSq/49
	return h, true
}

// dayNumber counts calendar days of zone since 1970-01-01.
func dayNumber(t time.Time, zone *time.Location) int {
	sec := t.Unix()
	if zone != nil && zone != time.UTC {
		_, off := t.In(zone).Zone()
		sec += int64(off)
	}
	day := sec / 86400
	if sec%86400 < 0 {
		day--
	}
	return int(day)
}
