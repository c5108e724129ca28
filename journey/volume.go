package journey

import "time"

// SendsWithin is the largest number of messages that one run can be sent within a time after its start, if every wait of
// a fixed length takes that long and every other wait no time at all: an upper bound for who asks what a publish brings.
func SendsWithin(d Document, within time.Duration) int {
	all := 0
	for _, s := range d.Steps {
		if s.Send != nil && !s.Send.Draft {
			all++
		}
	}
	looks := 0 // paths multiply: a journey with too many of them is counted by all of its messages
	var most func(id string, left time.Duration, seen map[string]bool) int
	most = func(id string, left time.Duration, seen map[string]bool) int {
		s, ok := d.Step(id)
		if looks++; !ok || seen[id] || looks > 10_000 {
			return 0
		}
		if s.Wait != nil && s.Wait.For != "" {
			if p, err := ParseDuration(s.Wait.For); err == nil {
				left -= p.Approx()
			}
		}
		if left < 0 {
			return 0
		}
		seen[id] = true
		best := 0
		for _, next := range s.Successors() {
			best = max(best, most(next, left, seen))
		}
		delete(seen, id)
		if s.Send != nil && !s.Send.Draft {
			best++
		}
		return best
	}
	if len(d.Steps) == 0 {
		return 0
	}
	if best := most(d.Steps[0].ID, within, map[string]bool{}); looks <= 10_000 {
		return best
	}
	return all
}
