package audience

// Type is the type of what a condition looks at.
type Type string

// The types. Any is a JSON value whose type shows only when it is read.
const (
	Text    Type = "text"
	Number  Type = "number"
	Boolean Type = "boolean"
	Date    Type = "date"    // a calendar day, YYYY-MM-DD
	Instant Type = "instant" // a moment
	Any     Type = "any"
	Choice  Type = "choice" // one of a few words: permission states
)

// Unit tells a form how to show a number.
type Unit string

// The units.
const (
	NoUnit      Unit = ""
	Times       Unit = "count"
	Money       Unit = "money" // minor units of the workspace's currency
	Days        Unit = "days"
	Probability Unit = "probability" // 0 to 1
	Score       Unit = "score"       // 1 to 5
)

// FieldID numbers the fields and metrics, so that a back end can switch instead of comparing names.
type FieldID uint8

// Field is one entry of the catalogue. Name is the column, too: nothing else ever reaches SQL as an identifier.
type Field struct {
	ID      FieldID `json:"-"`
	Name    string  `json:"name"`
	Label   string  `json:"label"`
	Type    Type    `json:"type"`
	Unit    Unit    `json:"unit,omitempty"`
	Counter bool    `json:"-"` // a metric that is 0, not absent, for a customer without a metrics row
}

// The customer's own fields.
const (
	FieldExternalID FieldID = iota
	FieldEmail
	FieldPhone
	FieldLocale
	FieldTimezone
	FieldCountry
	FieldBirthday
	FieldCreatedAt
	FieldPausedUntil
	FieldNoProfiling
	FieldRestricted
)

// The metrics, numbered for match.Metrics.
const (
	MetricOrdersCount FieldID = iota
	MetricOrdersValue
	MetricOrderDays
	MetricFirstOrderAt
	MetricLastOrderAt
	MetricMeanGapDays
	MetricGapSdDays
	MetricVisitsCount
	MetricEventsCount
	MetricOpensCount
	MetricClicksCount
	MetricFirstSeenAt
	MetricLastSeenAt
	MetricRFMR
	MetricRFMF
	MetricRFMM
	MetricPAlive
	MetricExpectedOrders
	MetricPOrder
	MetricChurnScore
	MetricOwnGapDays
	MetricNextOrderAt
	MetricWinbackDueAt
	MetricScoredAt
	MetricsLen // how many there are
)

var fields = []Field{
	{FieldExternalID, "external_id", "customer number", Text, NoUnit, false},
	{FieldEmail, "email", "e-mail address", Text, NoUnit, false},
	{FieldPhone, "phone", "phone number", Text, NoUnit, false},
	{FieldLocale, "locale", "language", Text, NoUnit, false},
	{FieldTimezone, "timezone", "time zone", Text, NoUnit, false},
	{FieldCountry, "country", "country", Text, NoUnit, false},
	{FieldBirthday, "birthday", "birthday", Date, NoUnit, false},
	{FieldCreatedAt, "created_at", "first known", Instant, NoUnit, false},
	{FieldPausedUntil, "paused_until", "paused until", Instant, NoUnit, false},
	{FieldNoProfiling, "no_profiling", "objects to profiling", Boolean, NoUnit, false},
	{FieldRestricted, "restricted", "processing restricted", Boolean, NoUnit, false},
}

var metrics = []Field{
	{MetricOrdersCount, "orders_count", "number of orders", Number, Times, true},
	{MetricOrdersValue, "orders_value", "value of all orders", Number, Money, true},
	{MetricOrderDays, "order_days", "days with an order", Number, Times, true},
	{MetricFirstOrderAt, "first_order_at", "first order", Instant, NoUnit, false},
	{MetricLastOrderAt, "last_order_at", "last order", Instant, NoUnit, false},
	{MetricMeanGapDays, "mean_gap_days", "mean gap between orders", Number, Days, false},
	{MetricGapSdDays, "gap_sd_days", "spread of the gap between orders", Number, Days, false},
	{MetricVisitsCount, "visits_count", "number of visits", Number, Times, true},
	{MetricEventsCount, "events_count", "number of events", Number, Times, true},
	{MetricOpensCount, "opens_count", "number of messages opened", Number, Times, true},
	{MetricClicksCount, "clicks_count", "number of links clicked in messages", Number, Times, true},
	{MetricFirstSeenAt, "first_seen_at", "first seen", Instant, NoUnit, false},
	{MetricLastSeenAt, "last_seen_at", "last seen", Instant, NoUnit, false},
	{MetricRFMR, "rfm_r", "recency score", Number, Score, false},
	{MetricRFMF, "rfm_f", "frequency score", Number, Score, false},
	{MetricRFMM, "rfm_m", "money score", Number, Score, false},
	{MetricPAlive, "p_alive", "probability of still being a customer", Number, Probability, false},
	{MetricExpectedOrders, "expected_orders", "expected orders", Number, Times, false},
	{MetricPOrder, "p_order", "probability of another order", Number, Probability, false},
	{MetricChurnScore, "churn_score", "churn score", Number, Probability, false},
	{MetricOwnGapDays, "own_gap_days", "own rhythm", Number, Days, false},
	{MetricNextOrderAt, "next_order_at", "expected next order", Instant, NoUnit, false},
	{MetricWinbackDueAt, "winback_due_at", "time to win back", Instant, NoUnit, false},
	{MetricScoredAt, "scored_at", "time of the scores", Instant, NoUnit, false},
}

// Catalogue is what conditions may name: a closed list. Attributes and properties are open, by path.
type Catalogue struct {
	Fields  []Field       `json:"fields"`
	Metrics []Field       `json:"metrics"`
	States  []string      `json:"states"` // of a permission
	Ops     map[Type][]Op `json:"ops"`
}

// NewCatalogue returns the catalogue of this release; the slices are the caller's own.
func NewCatalogue() Catalogue {
	c := Catalogue{Fields: append([]Field(nil), fields...), Metrics: append([]Field(nil), metrics...),
		States: append([]string(nil), states...), Ops: map[Type][]Op{}}
	for t, ops := range opsOf {
		c.Ops[t] = append([]Op(nil), ops...)
	}
	return c
}

// Metric finds a metric by its number.
func Metric(id FieldID) Field { return metrics[id] }

var states = []string{"granted", "withdrawn", "pending", "none"}

// opsOf says which operators a type allows.
var opsOf = map[Type][]Op{
	Text:    {Eq, Neq, In, Nin, Contains, Starts, Gt, Gte, Lt, Lte, Between, Exists, NotExists},
	Number:  {Eq, Neq, Gt, Gte, Lt, Lte, Between, In, Nin, Exists, NotExists},
	Boolean: {Eq, Neq},
	Date:    {Eq, Neq, Gt, Gte, Lt, Lte, Between, Anniversary, Exists, NotExists},
	Instant: {Gt, Gte, Lt, Lte, Between, Eq, Neq, Exists, NotExists},
	Any:     {Eq, Neq, In, Nin, Contains, Starts, Gt, Gte, Lt, Lte, Between, Anniversary, Exists, NotExists},
	Choice:  {Eq, Neq, In, Nin},
}

func find(in []Field, name string) (Field, bool) {
	for _, f := range in {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}
