package audience

// Condition is the one condition language of Sojourn, as a JSON-shaped tree (and/or/not to depth 8). Exactly one of the
// subject fields is set per node. Two back ends read it and must agree: match/ in memory, sqlgen/ as SQL.
//
//	{"and":[{"metric":"orders_count","op":"gte","value":2},{"event":"Product Viewed","agg":"count","within":"P30D","op":"gte","value":1,
//	         "where":{"property":"seconds","op":"gt","value":20}}]}
type Condition struct {
	And []Condition `json:"and,omitempty" yaml:"and,omitempty"`
	Or  []Condition `json:"or,omitempty" yaml:"or,omitempty"`
	Not *Condition  `json:"not,omitempty" yaml:"not,omitempty"`

	Attribute string `json:"attribute,omitempty" yaml:"attribute,omitempty"` // a field or attribute of the customer
	Metric    string `json:"metric,omitempty" yaml:"metric,omitempty"`       // a column of customer_metrics
	Event     string `json:"event,omitempty" yaml:"event,omitempty"`         // an event aggregate over this event name
	Property  string `json:"property,omitempty" yaml:"property,omitempty"`   // a property of the event at hand (inside where)
	Context   string `json:"context,omitempty" yaml:"context,omitempty"`     // a field of the run's context
	Consent   string `json:"consent,omitempty" yaml:"consent,omitempty"`     // a purpose; state granted, withdrawn, pending, none
	Audience  string `json:"audience,omitempty" yaml:"audience,omitempty"`   // membership in an audience by key
	Object    string `json:"object,omitempty" yaml:"object,omitempty"`       // a type of object: how many of them the customer has
	Result    string `json:"result,omitempty" yaml:"result,omitempty"`       // the last result of a step of this run

	Channel string     `json:"channel,omitempty" yaml:"channel,omitempty"` // with consent
	Agg     Aggregate  `json:"agg,omitempty" yaml:"agg,omitempty"`         // with event; default count
	Of      string     `json:"of,omitempty" yaml:"of,omitempty"`           // with event: the property that is aggregated
	Where   *Condition `json:"where,omitempty" yaml:"where,omitempty"`     // with event: filter over its properties; with object: over status, product, key, dates.NAME, days.NAME, properties.NAME
	Within  string     `json:"within,omitempty" yaml:"within,omitempty"`   // with event: ISO 8601 duration back from now
	Since   string     `json:"since,omitempty" yaml:"since,omitempty"`     // with event: since the last event of this name

	Op    Op  `json:"op,omitempty" yaml:"op,omitempty"`
	Value any `json:"value,omitempty" yaml:"value,omitempty"` // scalar, or list for in/nin/between; {"now":"-P30D"} for a moving instant, {"today":"P7D"} for a day
}

// Op compares. Absent values never match, except for exists/not_exists, neq and nin (see the truth table).
type Op string

// The operators.
const (
	Eq        Op = "eq"
	Neq       Op = "neq"
	Gt        Op = "gt"
	Gte       Op = "gte"
	Lt        Op = "lt"
	Lte       Op = "lte"
	In        Op = "in"
	Nin       Op = "nin"
	Between   Op = "between" // inclusive
	Contains  Op = "contains"
	Starts    Op = "starts_with"
	Exists    Op = "exists"
	NotExists Op = "not_exists"

	Anniversary Op = "anniversary" // of a date: the day returns in Value days (0 is today)
)

// Aggregate reduces the events of a window to one value.
type Aggregate string

// The aggregates.
const (
	Count    Aggregate = "count"
	Sum      Aggregate = "sum"
	Min      Aggregate = "min"
	Max      Aggregate = "max"
	First    Aggregate = "first"
	Last     Aggregate = "last"
	Distinct Aggregate = "distinct"
)
