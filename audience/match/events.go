package match

import (
	"math"
	"time"

	"sojourn/audience"
)

// aggregate reduces the events of the window to a value.
func aggregate(e *audience.Expr, s *Subject, now time.Time) value {
	until := now.UnixMicro()
	from, after := int64(math.MinInt64), int64(math.MinInt64) // the window: [from, until], strictly after `after`
	if e.Windowed {
		from = e.Within.Neg().From(now).UnixMicro()
	}
	if e.Since != "" {
		after = lastAt(s.Events, e.Since, until)
	}
	var (
		count    int
		sum      float64
		best     float64
		numbers  int
		found    value
		any      bool
		distinct *distinctValues
	)
	if e.Agg == audience.Distinct {
		distinct = &distinctValues{}
	}
	inside := Subject{} // where may only ask properties
	for i := range s.Events {
		ev := &s.Events[i]
		if ev.Name != e.Name {
			continue
		}
		if at := ev.At.UnixMicro(); at > until || at < from || at <= after {
			continue
		}
		if e.Where != nil {
			inside.Event = ev
			if !holds(e.Where, &inside, now) {
				continue
			}
		}
		count++
		switch e.Agg {
		case audience.Count:
		case audience.First, audience.Last:
			if e.Agg == audience.First && any {
				continue
			}
			any = true
			if e.Of == nil {
				found = instant(ev.At)
			} else {
				found = dig(ev.Data, e.Of)
			}
		case audience.Distinct:
			distinct.add(dig(ev.Data, e.Of))
		default:
			v := dig(ev.Data, e.Of)
			if v.kind != audience.Number {
				continue
			}
			if numbers == 0 || e.Agg == audience.Min && v.num < best || e.Agg == audience.Max && v.num > best {
				best = v.num
			}
			sum += v.num
			numbers++
		}
	}
	switch e.Agg {
	case audience.Count:
		return value{kind: audience.Number, num: float64(count)}
	case audience.Sum:
		return value{kind: audience.Number, num: math.Round(sum*1e6) / 1e6}
	case audience.Distinct:
		return value{kind: audience.Number, num: float64(distinct.len())}
	case audience.First, audience.Last:
		return found
	}
	if numbers == 0 {
		return value{}
	}
	return value{kind: audience.Number, num: best}
}

// lastAt is the time of the latest event of a name, or the end of time when there is none: then nothing comes after it.
func lastAt(events []Event, name string, until int64) int64 {
	for i := len(events) - 1; i >= 0; i-- {
		if ev := &events[i]; ev.Name == name {
			if at := ev.At.UnixMicro(); at <= until {
				return at
			}
		}
	}
	return math.MaxInt64
}

// distinctValues counts different scalars; 1 and "1" differ.
type distinctValues struct {
	texts   map[string]struct{}
	numbers map[float64]struct{}
	bools   [2]bool
}

func (d *distinctValues) add(v value) {
	switch v.kind {
	case audience.Text:
		if d.texts == nil {
			d.texts = map[string]struct{}{}
		}
		d.texts[v.text] = struct{}{}
	case audience.Number:
		if d.numbers == nil {
			d.numbers = map[float64]struct{}{}
		}
		d.numbers[v.num] = struct{}{}
	case audience.Boolean:
		if v.bool {
			d.bools[1] = true
		} else {
			d.bools[0] = true
		}
	}
}

func (d *distinctValues) len() int {
	n := len(d.texts) + len(d.numbers)
	for _, b := range d.bools {
		if b {
			n++
		}
	}
	return n
}
