package audience

import "slices"

// Kind says what a checked node does.
type Kind uint8

// The kinds of node.
const (
	KindAnd Kind = iota
	KindOr
	KindNot
	KindField     // Field: one of the customer's own fields
	KindAttribute // Keys: a path into the customer's attributes
	KindMetric    // Field
	KindProperty  // Keys: a path into the properties of the event at hand, or of the aggregated event inside where
	KindContext   // Keys: a path into the run's context
	KindResult    // Name: a step id
	KindConsent   // Name: purpose, Channel
	KindMember    // Name: audience key; Want says which way round
	KindEvent     // Name, Agg, Of, Where, Window, Since
	KindObject    // Name: type of object, Where; a count
)

// Expr is a checked condition: every name looked up, every value in its final type. Both back ends work from it, so a
// rule of the language is written down once. It is immutable.
type Expr struct {
	Kind     Kind
	Path     string // where it stands in the condition, e.g. and[1].not
	Children []*Expr
	Field    Field
	Keys     []string
	Name     string
	Channel  string
	Type     Type // of what is compared: a field's, Any for paths, Number, Instant or Any for aggregates
	Op       Op
	Values   []Literal
	Want     bool // with KindMember
	Agg      Aggregate
	Of       []string // nil = the time of the event (first and last only)
	Where    *Expr
	Windowed bool
	Within   Period // positive; with Windowed
	Since    string
}

// Walk calls f for the node and everything below it, the filters of events included.
func (e *Expr) Walk(f func(*Expr)) {
	if e == nil {
		return
	}
	f(e)
	for _, c := range e.Children {
		c.Walk(f)
	}
	e.Where.Walk(f)
}

// Needs says what has to be loaded to answer a condition.
type Needs struct {
	Metrics     bool
	Permissions bool
	Members     bool
	Objects     []string    // types of object
	Events      []EventNeed // one per event name
	AtHand      bool        // an event at hand
	Run         bool        // context or step results
}

// EventNeed is how far back the events of one name matter, without limit when Within is zero, and whether their
// properties do.
type EventNeed struct {
	Name   string
	Within Period
	Data   bool
}

// Needs collects what the whole expression reads; that of nil is nothing.
func (e *Expr) Needs() Needs {
	var n Needs
	e.needs(&n, false)
	return n
}

func (e *Expr) needs(n *Needs, inWhere bool) {
	if e == nil {
		return
	}
	switch e.Kind {
	case KindMetric:
		n.Metrics = true
	case KindConsent:
		n.Permissions = true
	case KindMember:
		n.Members = true
	case KindProperty:
		n.AtHand = n.AtHand || !inWhere
	case KindContext, KindResult:
		n.Run = true
	case KindObject:
		n.object(e.Name)
	case KindEvent:
		n.event(EventNeed{e.Name, e.Within, e.Of != nil || e.Where != nil})
		if e.Since != "" {
			n.event(EventNeed{Name: e.Since})
		}
	}
	for _, c := range e.Children {
		c.needs(n, inWhere)
	}
	e.Where.needs(n, true)
}

// Add takes in what another condition needs.
func (n *Needs) Add(m Needs) {
	n.Metrics = n.Metrics || m.Metrics
	n.Permissions = n.Permissions || m.Permissions
	n.Members = n.Members || m.Members
	n.AtHand = n.AtHand || m.AtHand
	n.Run = n.Run || m.Run
	for _, t := range m.Objects {
		n.object(t)
	}
	for _, e := range m.Events {
		n.event(e)
	}
}

func (n *Needs) object(t string) {
	if !slices.Contains(n.Objects, t) {
		n.Objects = append(n.Objects, t)
	}
}

// event adds a need. Two different windows on one name are answered by no window: right, and rare.
func (n *Needs) event(need EventNeed) {
	for i := range n.Events {
		if e := &n.Events[i]; e.Name == need.Name {
			if e.Within != need.Within {
				e.Within = Period{}
			}
			e.Data = e.Data || need.Data
			return
		}
	}
	n.Events = append(n.Events, need)
}
