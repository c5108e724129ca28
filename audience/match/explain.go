package match

import (
	"encoding/json"
	"strconv"
	"time"

	"sojourn/audience"
)

// Explain answers the condition part by part with the values it saw. Unlike Holds it looks at every part.
func (p Prepared) Explain(s *Subject, now time.Time) audience.Explanation {
	if p.expr == nil {
		return audience.Explanation{Sentence: "everybody", Holds: true}
	}
	return explain(p.expr, s, now)
}

func explain(e *audience.Expr, s *Subject, now time.Time) audience.Explanation {
	x := audience.Explanation{Path: e.Path, Holds: holds(e, s, now)}
	switch e.Kind {
	case audience.KindAnd:
		x.Join = "and"
	case audience.KindOr:
		x.Join = "or"
	case audience.KindNot:
		x.Join = "not"
	case audience.KindMember:
		x.Sentence, x.Seen = e.Sentence(), "not a member"
		if member(s, e.Name) {
			x.Seen = "a member"
		}
		return x
	default:
		x.Sentence, x.Seen = e.Sentence(), seen(read(e, s, now), now)
		return x
	}
	for _, c := range e.Children {
		x.Parts = append(x.Parts, explain(c, s, now))
	}
	return x
}

func seen(v value, now time.Time) string {
	switch v.kind {
	case "":
		return "nothing"
	case audience.Text:
		return v.text
	case audience.Number:
		return strconv.FormatFloat(v.num, 'f', -1, 64)
	case audience.Boolean:
		return strconv.FormatBool(v.bool)
	case audience.Instant:
		return time.UnixMicro(v.micros).In(now.Location()).Format("2006-01-02 15:04:05 MST")
	}
	if v.list != nil {
		if b, err := json.Marshal(v.list); err == nil && len(b) <= 200 {
			return string(b)
		}
		return "a list"
	}
	return "an object"
}
