package journey

import "slices"

// Way is one step of a walk: which way out is taken there.
type Way struct {
	Step string `json:"step"`
	Exit string `json:"exit"`
}

// A Walk is a way through a document that was decided beforehand, for a rehearsal: nothing is asked of any customer.
type Walk []Way

// walkLimit bounds a walk: a loop is left in the end.
const walkLimit = 200

// Path is the walk that takes the chosen exit of every step that is named, and the first one elsewhere. Whoever comes to a
// step again takes the next of its exits, so that a loop comes to an end.
func Path(d Document, choices map[string]string) Walk {
	var walk Walk
	visits := map[string]int{}
	at := ""
	if len(d.Steps) > 0 {
		at = d.Steps[0].ID
	}
	for at != "" && len(walk) < walkLimit {
		s, ok := d.Step(at)
		exits := s.Exits()
		if !ok || len(exits) == 0 {
			break
		}
		i := max(0, slices.IndexFunc(exits, func(e Exit) bool { return e.Name == choices[at] }))
		e := exits[(i+visits[at])%len(exits)]
		visits[at]++
		walk, at = append(walk, Way{at, e.Name}), e.To
	}
	return walk
}

// Walks are walks that come by every step that sends and can be reached, in the order of the document: each goes from the
// beginning to the first that was not met yet, and on to further ones as long as one lies ahead.
func Walks(d Document) []Walk {
	met := map[string]bool{}
	var out []Walk
	for {
		walk := Walk{}
		at := ""
		if len(d.Steps) > 0 {
			at = d.Steps[0].ID
		}
		for at != "" && len(walk) < walkLimit {
			part := d.toNextSend(at, met)
			if part == nil {
				break
			}
			walk = append(walk, part...)
			last := part[len(part)-1].Step
			met[last] = true
			s, _ := d.Step(last)
			at = s.Exits()[0].To
		}
		if len(walk) == 0 {
			return out
		}
		out = append(out, walk)
	}
}

// toNextSend is the shortest way from a step to, and out of, a step that sends and was not met; of several equally far the
// first in the document. Nil when there is none.
func (d Document) toNextSend(from string, met map[string]bool) Walk {
	type place struct {
		id   string
		walk Walk
	}
	seen := map[string]bool{from: true}
	for todo := []place{{id: from}}; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		s, ok := d.Step(at.id)
		exits := s.Exits()
		if !ok || len(exits) == 0 {
			continue
		}
		if s.Kind == StepSend && !met[at.id] {
			return append(slices.Clone(at.walk), Way{at.id, exits[0].Name})
		}
		for _, e := range exits {
			if e.To != "" && !seen[e.To] {
				seen[e.To] = true
				todo = append(todo, place{e.To, append(slices.Clone(at.walk), Way{at.id, e.Name})})
			}
		}
	}
	return nil
}
