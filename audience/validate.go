package audience

import (
	"fmt"
	"slices"
	"strings"

	"sojourn/fault"
)

// Issue is one thing that is wrong with a condition. Path points at it as in and[1].where.value; "" is the whole.
type Issue struct {
	Path    string `json:"path"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Scope says what may be at hand where a condition stands.
type Scope uint8

// The scopes; they add up.
const (
	ScopeCustomer Scope = 1 << iota // the customer, metrics, consent, membership, events
	ScopeEvent                      // properties of the event at hand
	ScopeRun                        // the run's context and step results

	ScopeAudience = ScopeCustomer
	ScopeTrigger  = ScopeCustomer | ScopeEvent
	ScopeBranch   = ScopeCustomer | ScopeRun
	ScopeAll      = ScopeCustomer | ScopeEvent | ScopeRun
)

// Validate returns everything that is wrong with a condition wherever it may stand; nil when it is sound.
func Validate(c Condition) []Issue {
	_, issues := Check(c, ScopeAll)
	return issues
}

// ValidateIn is Validate for a condition that stands where only some things are at hand.
func ValidateIn(c Condition, s Scope) []Issue {
	_, issues := Check(c, s)
	return issues
}

// Check returns the checked form, or all issues.
func Check(c Condition, s Scope) (*Expr, []Issue) {
	k := checker{}
	e := k.node(&c, "", 1, s)
	if len(k.issues) > 0 {
		return nil, k.issues
	}
	return e, nil
}

// MustCheck is Check for conditions that are constants of the program; it panics on the first issue.
func MustCheck(c Condition, s Scope) *Expr {
	e, issues := Check(c, s)
	if len(issues) > 0 {
		panic(fmt.Sprintf("condition at %q: %s", issues[0].Path, issues[0].Message))
	}
	return e
}

// Checked is Check with the issues as one fault of kind Invalid.
func Checked(c Condition, s Scope) (*Expr, error) {
	e, issues := Check(c, s)
	if len(issues) == 0 {
		return e, nil
	}
	err := fault.New(fault.Invalid, "the condition is not sound: %s", issues[0].Message)
	for _, i := range issues {
		err = err.WithFields(fault.Field{Path: i.Path, Message: i.Message})
	}
	return nil, err
}

type checker struct {
	issues []Issue
	nodes  int
}

func (k *checker) add(path, code, format string, args ...any) {
	k.issues = append(k.issues, Issue{path, code, fmt.Sprintf(format, args...)})
}

func join(path, part string) string {
	if path == "" {
		return part
	}
	return path + "." + part
}

// node checks one condition; s is 0 inside where, where only properties may be asked.
func (k *checker) node(c *Condition, path string, depth int, s Scope) *Expr {
	k.nodes++
	if k.nodes > MaxNodes {
		if k.nodes == MaxNodes+1 {
			k.add(path, "too_large", "a condition has at most %d parts", MaxNodes)
		}
		return nil
	}
	if depth > MaxDepth {
		k.add(path, "too_deep", "and, or, not and where nest at most %d deep", MaxDepth)
		return nil
	}
	subjects := subjectsOf(c)
	switch len(subjects) {
	case 0:
		k.add(path, "empty", "the condition asks nothing: name an attribute, metric, event, property, context, consent, audience, object or result, or use and, or, not")
		return nil
	case 1:
	default:
		k.add(path, "several_subjects", "a condition asks one thing; this one names %s: use and or or", strings.Join(subjects, " and "))
		return nil
	}
	k.strays(c, path, subjects[0])
	e := &Expr{Path: path}
	switch subjects[0] {
	case "and":
		e.Kind = KindAnd
		k.children(e, c.And, path, "and", depth, s)
	case "or":
		e.Kind = KindOr
		k.children(e, c.Or, path, "or", depth, s)
	case "not":
		e.Kind = KindNot
		e.Children = []*Expr{k.node(c.Not, join(path, "not"), depth+1, s)}
	default:
		k.leaf(e, c, path, depth, s)
	}
	return e
}

func (k *checker) children(e *Expr, list []Condition, path, word string, depth int, s Scope) {
	for i := range list {
		e.Children = append(e.Children, k.node(&list[i], join(path, fmt.Sprintf("%s[%d]", word, i)), depth+1, s))
	}
}

func subjectsOf(c *Condition) (out []string) {
	for _, s := range []struct {
		name string
		set  bool
	}{
		{"and", len(c.And) > 0}, {"or", len(c.Or) > 0}, {"not", c.Not != nil}, {"attribute", c.Attribute != ""}, {"metric", c.Metric != ""},
		{"event", c.Event != ""}, {"property", c.Property != ""}, {"context", c.Context != ""}, {"consent", c.Consent != ""},
		{"audience", c.Audience != ""}, {"object", c.Object != ""}, {"result", c.Result != ""},
	} {
		if s.set {
			out = append(out, s.name)
		}
	}
	return out
}

// strays reports settings that belong to another kind of condition, so that a slip is not silently without effect.
func (k *checker) strays(c *Condition, path, subject string) {
	for _, s := range []struct {
		name string
		set  bool
		with []string
	}{
		{"channel", c.Channel != "", []string{"consent"}},
		{"agg", c.Agg != "", []string{"event"}},
		{"of", c.Of != "", []string{"event"}},
		{"where", c.Where != nil, []string{"event", "object"}},
		{"within", c.Within != "", []string{"event"}},
		{"since", c.Since != "", []string{"event"}},
	} {
		if s.set && !slices.Contains(s.with, subject) {
			k.add(join(path, s.name), "unexpected", "%s belongs to a condition on %s, not on %s", s.name, s.with[0], subject)
		}
	}
	if subject == "and" || subject == "or" || subject == "not" {
		if c.Op != "" || c.Value != nil {
			k.add(join(path, "op"), "unexpected", "%s takes conditions, no operator and no value", subject)
		}
	}
}
