package match

import (
	"time"

	"sojourn/audience"
)

// Prepared is a checked condition, ready to be asked many times. It is immutable and safe for concurrent use.
type Prepared struct {
	expr *audience.Expr
}

// Prepare checks a condition once. The error is a fault of kind Invalid that lists all issues.
func Prepare(c audience.Condition) (Prepared, error) {
	e, err := audience.Checked(c, audience.ScopeAll)
	return Prepared{e}, err
}

// Of prepares a condition that was checked elsewhere.
func Of(e *audience.Expr) Prepared { return Prepared{e} }

// Expr is the checked form.
func (p Prepared) Expr() *audience.Expr { return p.expr }

// Eval answers a condition for one subject. An unsound condition is an error, never an answer.
func Eval(c audience.Condition, s Subject, now time.Time) (bool, error) {
	p, err := Prepare(c)
	if err != nil {
		return false, err
	}
	return p.Holds(&s, now), nil
}

// Holds answers the prepared condition. The zero Prepared (no condition) holds for everybody.
func (p Prepared) Holds(s *Subject, now time.Time) bool {
	if p.expr == nil {
		return true
	}
	return holds(p.expr, s, now)
}

func holds(e *audience.Expr, s *Subject, now time.Time) bool {
	switch e.Kind {
	case audience.KindAnd:
		for _, c := range e.Children {
			if !holds(c, s, now) {
				return false
			}
		}
		return true
	case audience.KindOr:
		for _, c := range e.Children {
			if holds(c, s, now) {
				return true
			}
		}
		return false
	case audience.KindNot:
		return !holds(e.Children[0], s, now)
	case audience.KindMember:
		return member(s, e.Name) == e.Want
	}
	return compare(e, read(e, s, now), now)
}

func member(s *Subject, key string) bool {
	for _, k := range s.Audiences {
		if k == key {
			return true
		}
	}
	return false
}

// read fetches what a leaf looks at.
func read(e *audience.Expr, s *Subject, now time.Time) value {
	switch e.Kind {
	case audience.KindField:
		return field(e.Field.ID, &s.Customer)
	case audience.KindMetric:
		v, ok := s.Metrics.get(e.Field)
		if !ok {
			return value{}
		}
		if e.Type == audience.Instant {
			return value{kind: audience.Instant, micros: int64(v)}
		}
		return value{kind: audience.Number, num: v}
	case audience.KindAttribute:
		return dig(s.Attributes, e.Keys)
	case audience.KindProperty:
		if s.Event == nil {
			return value{}
		}
		return dig(s.Event.Data, e.Keys)
	case audience.KindContext:
		return dig(s.Context, e.Keys)
	case audience.KindResult:
		return text(s.Results[e.Name])
	case audience.KindConsent:
		for i := range s.Permissions {
			if p := &s.Permissions[i]; p.Purpose == e.Name && p.Channel == e.Channel {
				return text(p.State)
			}
		}
		return text("none")
	case audience.KindEvent:
		return aggregate(e, s, now)
	case audience.KindObject:
		return objects(e, s, now)
	}
	return value{}
}

// objects counts those of a type for which the filter holds.
func objects(e *audience.Expr, s *Subject, now time.Time) value {
	n, inside := 0, Subject{} // where may only ask properties
	for i := range s.Objects {
		if s.Objects[i].Type != e.Name {
			continue
		}
		if inside.Event = (&Event{Data: s.Objects[i].Data}); e.Where == nil || holds(e.Where, &inside, now) {
			n++
		}
	}
	return value{kind: audience.Number, num: float64(n)}
}

func field(id audience.FieldID, c *Customer) value {
	switch id {
	case audience.FieldExternalID:
		return text(c.ExternalID)
	case audience.FieldEmail:
		return text(c.Email)
	case audience.FieldPhone:
		return text(c.Phone)
	case audience.FieldLocale:
		return text(c.Locale)
	case audience.FieldTimezone:
		return text(c.Timezone)
	case audience.FieldCountry:
		return text(c.Country)
	case audience.FieldBirthday:
		return text(c.Birthday)
	case audience.FieldCreatedAt:
		return instant(c.CreatedAt)
	case audience.FieldPausedUntil:
		return instant(c.PausedUntil)
	case audience.FieldNoProfiling:
		return value{kind: audience.Boolean, bool: c.NoProfiling}
	case audience.FieldRestricted:
		return value{kind: audience.Boolean, bool: c.Restricted}
	}
	return value{}
}
