package journey

import "time"

// SuggestStep proposes where people at a step that another document has no place for go on: a step of the same kind that
// says the same or has the same name, else the first step behind it that both know. Empty when nothing fits.
func SuggestStep(from, to Document, id string) string {
	old, ok := from.Step(id)
	if !ok {
		return ""
	}
	for _, s := range to.Steps {
		if _, taken := from.Step(s.ID); taken || s.Kind != old.Kind {
			continue
		}
		if s.Name != "" && s.Name == old.Name || s.Send != nil && old.Send != nil && s.Send.Template == old.Send.Template {
			return s.ID
		}
	}
	seen, todo := map[string]bool{id: true}, old.Successors()
	for len(todo) > 0 {
		next := todo[0]
		todo = todo[1:]
		s, ok := from.Step(next)
		if !ok || seen[next] {
			continue
		}
		seen[next] = true
		if there, ok := to.Step(next); ok && there.Kind == s.Kind {
			return next
		}
		todo = append(todo, s.Successors()...)
	}
	return ""
}

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
