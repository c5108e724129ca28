package journey

import (
	"reflect"
	"slices"
)

// What makes a new step the old one under another id. What it does counts most; a name may be on several steps, and a
// place in the flow tells two of a kind apart.
const (
	sameBody  = 8
	sameName  = 4
	sameTexts = 4 // a message of the same template
	sameNext  = 2
	samePrior = 2
	onlyOne   = 1 // of its kind, one step went and one came
)

// SuggestStep proposes where people at a step that another document has no place for go on: the step of the same kind that
// it became under a new id, by what it does, its name and its place; else the first step behind it that both know. When two
// steps fit equally well, and when nothing fits, it proposes nothing rather than the wrong one.
func SuggestStep(from, to Document, id string) string {
	old, ok := from.Step(id)
	if !ok {
		return ""
	}
	best, tie := "", false
	most := 0
	for _, s := range to.Steps {
		if known, taken := from.Step(s.ID); s.Kind != old.Kind || taken && known.Kind == s.Kind {
			continue
		}
		switch n, placed := likeness(from, to, old, s); {
		case n < sameBody && !placed && (s.Send == nil || n < sameTexts):
			// Neither does it do the same nor stand where the old one stood: of the same kind and name (many are called what
			// their kind is called) it may be anywhere, and people would pass what lies between.
		case n > most:
			best, most, tie = s.ID, n, false
		case n == most && n > 0:
			tie = true
		}
	}
	switch {
	case tie:
		return ""
	case most > 0:
		return best
	}
	return behind(from, to, old)
}

// likeness says how much a step is like an old one, and whether it stands between the same steps.
func likeness(from, to Document, old, s Step) (n int, placed bool) {
	if reflect.DeepEqual(deed(old), deed(s)) {
		n += sameBody
	}
	if s.Name != "" && s.Name == old.Name {
		n += sameName
	}
	if s.Send != nil && old.Send != nil && s.Send.Template == old.Send.Template {
		n += sameTexts
	}
	next, prior := common(old.Successors(), s.Successors()), common(from.before(old.ID), to.before(s.ID))
	if next {
		n += sameNext
	}
	if prior {
		n += samePrior
	}
	if len(from.gone(to, s.Kind)) == 1 && len(to.gone(from, s.Kind)) == 1 {
		n += onlyOne
	}
	return n, next && prior
}

// deed is a step without what it is called and where it leads.
func deed(s Step) any {
	all, _ := plain(s).(map[string]any)
	body, _ := all[string(s.Kind)].(map[string]any)
	out := map[string]any{}
	for k, v := range body {
		out[k] = v
	}
	for _, way := range []string{"timeout_next", "otherwise", "on_skipped", "on_failed", "on_unknown", "on_none_left", "on_refused", "on_empty", "on_timeout", "on"} {
		delete(out, way)
	}
	return out
}

// before are the steps that lead to one.
func (d Document) before(id string) []string {
	var out []string
	for _, s := range d.Steps {
		if slices.Contains(s.Successors(), id) {
			out = append(out, s.ID)
		}
	}
	return out
}

// gone are the steps of a kind that the other document does not have.
func (d Document) gone(other Document, kind StepKind) []string {
	var out []string
	for _, s := range d.Steps {
		if there, ok := other.Step(s.ID); s.Kind == kind && (!ok || there.Kind != kind) {
			out = append(out, s.ID)
		}
	}
	return out
}

// common reports whether two steps share a neighbour, or both have none.
func common(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) == len(b)
	}
	return slices.ContainsFunc(a, func(id string) bool { return slices.Contains(b, id) })
}

// behind is the first step after one that both documents know.
func behind(from, to Document, old Step) string {
	seen, todo := map[string]bool{old.ID: true}, old.Successors()
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
