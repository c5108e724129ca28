package audience

import (
	"strconv"
	"strings"
)

// Sentence renders a condition as plain English, e.g. "number of orders is at least 2 and did “Product Viewed” at least
// once in the last 30 days where seconds is more than 20". An unsound condition is rendered as far as it goes.
func Sentence(c Condition) string {
	e, issues := Check(c, ScopeAll)
	if len(issues) > 0 {
		return "a condition that can't be read yet: " + issues[0].Message
	}
	return e.Sentence()
}

// Sentence renders the checked condition.
func (e *Expr) Sentence() string {
	switch e.Kind {
	case KindAnd:
		return e.joined(" and ")
	case KindOr:
		return e.joined(" or ")
	case KindNot:
		return "not (" + e.Children[0].Sentence() + ")"
	case KindConsent:
		return "permission for " + e.Name + " by " + e.Channel + e.comparison()
	case KindMember:
		if e.Want {
			return "is in audience " + e.Name
		}
		return "is not in audience " + e.Name
	case KindEvent:
		return e.eventSentence()
	case KindObject:
		return e.objectSentence()
	case KindResult:
		return "the result of step " + e.Name + e.comparison()
	}
	return e.Subject() + e.comparison()
}

func (e *Expr) joined(word string) string {
	parts := make([]string, len(e.Children))
	for i, c := range e.Children {
		parts[i] = c.Sentence()
		if (c.Kind == KindAnd || c.Kind == KindOr) && c.Kind != e.Kind && len(c.Children) > 1 {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, word)
}

// Subject names what a leaf looks at.
func (e *Expr) Subject() string {
	switch e.Kind {
	case KindField, KindMetric:
		return e.Field.Label
	case KindContext:
		return "the run's " + strings.Join(e.Keys, ".")
	case KindAttribute, KindProperty:
		return strings.Join(e.Keys, ".")
	}
	return e.Name
}

func (e *Expr) objectSentence() string {
	out := "the number of objects of type " + e.Name + e.comparison()
	switch {
	case e.Op == Gte && e.Values[0].Number == 1:
		out = "has an object of type " + e.Name
	case e.Op == Eq && e.Values[0].Number == 0, e.Op == Lt && e.Values[0].Number == 1:
		out = "has no object of type " + e.Name
	}
	if e.Where != nil {
		out += ", where " + e.Where.Sentence()
	}
	return out
}

func (e *Expr) eventSentence() string {
	name := "“" + e.Name + "”"
	var b strings.Builder
	of := strings.Join(e.Of, ".")
	switch e.Agg {
	case Count:
		switch {
		case e.Op == Gte && e.Values[0].Number == 1:
			b.WriteString("did " + name + " at least once")
		case e.Op == Eq && e.Values[0].Number == 0, e.Op == Lt && e.Values[0].Number == 1:
			b.WriteString("did not do " + name)
		default:
			b.WriteString("the number of " + name + e.comparison())
		}
	case Distinct:
		b.WriteString("the number of different " + of + " of " + name + e.comparison())
	case First, Last:
		if e.Of == nil {
			of = "time"
		}
		b.WriteString("the " + of + " of the " + string(e.Agg) + " " + name + e.comparison())
	default:
		word := map[Aggregate]string{Sum: "sum", Min: "lowest", Max: "highest"}[e.Agg]
		if e.Agg == Sum {
			word = "sum of"
		}
		b.WriteString("the " + word + " " + of + " of " + name + e.comparison())
	}
	if e.Windowed {
		b.WriteString(" in the last " + e.Within.words())
	}
	if e.Since != "" {
		b.WriteString(" since the last “" + e.Since + "”")
	}
	if e.Where != nil {
		b.WriteString(", where " + e.Where.Sentence())
	}
	return b.String()
}

var opWords = map[Op]string{
	Eq: " is ", Neq: " is not ", Gt: " is more than ", Gte: " is at least ", Lt: " is less than ", Lte: " is at most ",
	In: " is one of ", Nin: " is none of ", Between: " is between ", Contains: " contains ", Starts: " starts with ",
	Exists: " is known", NotExists: " is not known",
}

var timeWords = map[Op]string{Gt: " is after ", Gte: " is no earlier than ", Lt: " is before ", Lte: " is no later than ", Eq: " is on ", Neq: " is not on "}

func (e *Expr) comparison() string {
	word := opWords[e.Op]
	if len(e.Values) > 0 && (e.Values[0].Kind == Date || e.Values[0].Kind == Instant) {
		if w, ok := timeWords[e.Op]; ok {
			word = w
		}
	}
	switch e.Op {
	case Exists, NotExists:
		return word
	case Anniversary:
		return " returns " + dayWord(int(e.Values[0].Number))
	case Between:
		return word + e.value(0) + " and " + e.value(1)
	}
	parts := make([]string, len(e.Values))
	for i := range e.Values {
		parts[i] = e.value(i)
	}
	return word + strings.Join(parts, ", ")
}

func dayWord(n int) string {
	switch {
	case n == 0:
		return "today"
	case n == 1:
		return "tomorrow"
	case n == -1:
		return "yesterday"
	case n < 0:
		return strconv.Itoa(-n) + " days ago"
	}
	return "in " + strconv.Itoa(n) + " days"
}

func (e *Expr) value(i int) string {
	l := e.Values[i]
	switch l.Kind {
	case Text:
		if e.Type == Choice {
			return l.Text
		}
		return "“" + l.Text + "”"
	case Number:
		s := strconv.FormatFloat(l.Number, 'f', -1, 64)
		switch e.Field.Unit {
		case Money:
			return strconv.FormatFloat(l.Number/100, 'f', 2, 64)
		case Days:
			return s + " days"
		}
		return s
	case Boolean:
		if l.Bool {
			return "yes"
		}
		return "no"
	case Date:
		if !l.Moving {
			return l.Day.String()
		}
		return l.By.ago("today")
	case Instant:
		if !l.Moving {
			return l.At.UTC().Format("2006-01-02 15:04 UTC")
		}
		return l.By.ago("now")
	}
	return ""
}

func (p Period) ago(zero string) string {
	switch {
	case p.IsZero():
		return zero
	case p.Negative:
		return p.words() + " ago"
	}
	return p.words() + " from " + zero
}

// words is the length of the period: "2 years 3 days".
func (p Period) words() string {
	var parts []string
	add := func(n int, word string) {
		if n == 1 {
			parts = append(parts, "1 "+word)
		} else if n > 1 {
			parts = append(parts, strconv.Itoa(n)+" "+word+"s")
		}
	}
	add(p.Years, "year")
	add(p.Months, "month")
	add(p.Days, "day")
	secs := int(p.Clock.Seconds())
	add(secs/3600, "hour")
	add(secs/60%60, "minute")
	add(secs%60, "second")
	return strings.Join(parts, " ")
}
