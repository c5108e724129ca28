package audience

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
	Members     []string    // audience keys
	Events      []EventNeed // one per event name
	AtHand      bool        // an event at hand
	Run         bool        // context or step results
}

// EventNeed is how far back the events of one name matter. Unbounded when Within is zero.
type EventNeed struct {
	Name   string
	Within Period
}

// Needs collects what the whole expression reads. A name that is needed by several aggregates is needed as far back as
// any of them looks; two different windows make it unbounded, which is right and rare.
func (e *Expr) Needs() Needs {
	var n Needs
	inWhere := map[*Expr]bool{}
	e.Walk(func(x *Expr) {
		switch x.Kind {
		case KindMetric:
			n.Metrics = true
		case KindConsent:
			n.Permissions = true
		case KindMember:
			n.Members = append(n.Members, x.Name)
		case KindProperty:
			n.AtHand = n.AtHand || !inWhere[x]
		case KindContext, KindResult:
			n.Run = true
		case KindEvent:
			n.event(x.Name, x.Within)
			if x.Since != "" {
				n.event(x.Since, Period{})
			}
			x.Where.Walk(func(w *Expr) { inWhere[w] = true })
		}
	})
	return n
}

func (n *Needs) event(name string, within Period) {
	for i := range n.Events {
		if n.Events[i].Name == name {
			if n.Events[i].Within != within {
				n.Events[i].Within = Period{}
			}
			return
		}
	}
	n.Events = append(n.Events, EventNeed{name, within})
}
