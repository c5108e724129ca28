package journey

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// ChangeOp says what happened to a step, an edge or a field.
type ChangeOp string

// The kinds of change.
const (
	Added   ChangeOp = "added"
	Removed ChangeOp = "removed"
	Changed ChangeOp = "changed"
)

// FieldChange is one field that differs. Path names it inside its step or inside the journey, with dots and indexes.
// Before and After are what the field holds as JSON; one of them is nil when it was not there.
type FieldChange struct {
	Path   string   `json:"path"`
	Op     ChangeOp `json:"op"`
	Before any      `json:"before,omitempty"`
	After  any      `json:"after,omitempty"`
}

// StepChange is one step that differs, matched by its id. Fields is filled for a step that was changed.
type StepChange struct {
	ID     string        `json:"id"`
	Name   string        `json:"name,omitempty"`
	Kind   StepKind      `json:"kind"`
	Op     ChangeOp      `json:"op"`
	Fields []FieldChange `json:"fields,omitempty"`
}

// EdgeChange is one way between steps that differs: From leaves by Exit to To, and to Was before. Empty is the end.
type EdgeChange struct {
	From string   `json:"from"`
	Exit string   `json:"exit"`
	Op   ChangeOp `json:"op"`
	To   string   `json:"to,omitempty"`
	Was  string   `json:"was,omitempty"`
}

// Difference is what turns one document into another.
type Difference struct {
	Same    bool          `json:"same"`              // nothing differs but, perhaps, positions on the canvas
	Journey []FieldChange `json:"journey,omitempty"` // entry, exits, goal, purpose…
	Start   *EdgeChange   `json:"start,omitempty"`   // runs begin at another step
	Steps   []StepChange  `json:"steps,omitempty"`
	Edges   []EdgeChange  `json:"edges,omitempty"`
	Layout  bool          `json:"layout,omitempty"` // positions on the canvas differ
}

// Diff compares two documents by structure: steps by id, edges by step and exit, everything else by field. The order in
// which steps are written does not count, except for the first, where runs begin. A step whose kind was changed counts
// as removed and added, for nothing of it is comparable.
func Diff(before, after Document) Difference {
	d := Difference{Journey: diffFields(head(before), head(after)), Layout: !reflect.DeepEqual(plain(before.Layout), plain(after.Layout))}
	for _, old := range before.Steps {
		if now, ok := after.Step(old.ID); !ok || now.Kind != old.Kind {
			d.Steps = append(d.Steps, StepChange{ID: old.ID, Name: old.Name, Kind: old.Kind, Op: Removed})
		}
	}
	for _, now := range after.Steps {
		old, ok := before.Step(now.ID)
		if !ok || old.Kind != now.Kind {
			d.Steps = append(d.Steps, StepChange{ID: now.ID, Name: now.Name, Kind: now.Kind, Op: Added})
			continue
		}
		if fields := diffFields(plain(old), plain(now)); len(fields) > 0 {
			d.Steps = append(d.Steps, StepChange{ID: now.ID, Name: now.Name, Kind: now.Kind, Op: Changed, Fields: fields})
		}
	}
	d.Edges = diffEdges(before, after)
	if x, y := first(before), first(after); x != y {
		d.Start = &EdgeChange{Op: Changed, Was: x, To: y}
	}
	d.Same = len(d.Journey) == 0 && len(d.Steps) == 0 && len(d.Edges) == 0 && d.Start == nil
	return d
}

func first(d Document) string {
	if len(d.Steps) == 0 {
		return ""
	}
	return d.Steps[0].ID
}

// head is the document without its steps and positions.
func head(d Document) any {
	d.Steps, d.Layout = nil, nil
	m, _ := plain(d).(map[string]any)
	delete(m, "steps")
	return m
}

// plain is the value as JSON sees it.
func plain(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var out any
	_ = json.Unmarshal(b, &out) // what was just written can be read
	return out
}

func diffEdges(before, after Document) []EdgeChange {
	type way struct{ from, exit string }
	edges := func(d Document) (keys []way, to map[way]string) {
		to = map[way]string{}
		for _, s := range d.Steps {
			for _, e := range s.Exits() {
				k := way{s.ID, e.Name}
				if _, twice := to[k]; !twice {
					keys = append(keys, k)
				}
				to[k] = e.To
			}
		}
		return keys, to
	}
	var out []EdgeChange
	oldKeys, was := edges(before)
	newKeys, now := edges(after)
	for _, k := range oldKeys {
		if _, still := now[k]; !still {
			out = append(out, EdgeChange{From: k.from, Exit: k.exit, Op: Removed, Was: was[k]})
		}
	}
	for _, k := range newKeys {
		old, known := was[k]
		switch {
		case !known:
			out = append(out, EdgeChange{From: k.from, Exit: k.exit, Op: Added, To: now[k]})
		case old != now[k]:
			out = append(out, EdgeChange{From: k.from, Exit: k.exit, Op: Changed, Was: old, To: now[k]})
		}
	}
	return out
}

// diffFields walks two JSON values and lists the leaves that differ, by path.
func diffFields(before, after any) []FieldChange {
	var out []FieldChange
	var walk func(path string, x, y any)
	walk = func(path string, x, y any) {
		if reflect.DeepEqual(x, y) {
			return
		}
		if mx, ok := x.(map[string]any); ok {
			if my, ok := y.(map[string]any); ok {
				keys := slices.Collect(maps.Keys(mx))
				for k := range my {
					if _, both := mx[k]; !both {
						keys = append(keys, k)
					}
				}
				slices.Sort(keys)
				for _, k := range keys {
					walk(join(path, k), mx[k], my[k])
				}
				return
			}
		}
		if ax, ok := x.([]any); ok {
			if ay, ok := y.([]any); ok {
				for i := range max(len(ax), len(ay)) {
					var ex, ey any
					if i < len(ax) {
						ex = ax[i]
					}
					if i < len(ay) {
						ey = ay[i]
					}
					walk(fmt.Sprintf("%s[%d]", path, i), ex, ey)
				}
				return
			}
		}
		op := Changed
		if x == nil {
			op = Added
		} else if y == nil {
			op = Removed
		}
		out = append(out, FieldChange{Path: path, Op: op, Before: x, After: y})
	}
	walk("", before, after)
	slices.SortStableFunc(out, func(a, b FieldChange) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
