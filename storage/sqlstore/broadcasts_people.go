package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/audience"
	"sojourn/audience/sqlgen"
	"sojourn/broadcast"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// people are the recipients of a broadcast as SQL: a derived table x of those in the audience, and what is asked of
// them. Restricted customers are never among them, as with audiences.
type people struct {
	from string // "(SELECT …) x"
	args []any
	out  string // conditions about x that leave people out, each beginning with " AND "
	outA []any
}

// peopleColumns is what the derived table tells of a customer.
const peopleColumns = "c.id, c.email, c.phone, c.timezone, c.legal_hold, c.paused_until"

// broadcastPeople compiles audience and exclusions. tail narrows the audience, e.g. to one page.
func (s *Store) broadcastPeople(db *gorm.DB, workspace int64, d broadcast.Definition, now time.Time, tail string, tailArgs ...any) (people, error) {
	q, err := s.audienceQuery(db, workspace, d.Audience, now)
	if err != nil {
		return people{}, fmt.Errorf("the audience: %w", err)
	}
	var p people
	text, args := q.Select(peopleColumns, " AND c.restricted = 0"+tail, tailArgs...)
	p.from, p.args = "("+text+") x", args
	for i := range d.Exclude.Conditions {
		q, err := s.audienceQuery(db, workspace, &d.Exclude.Conditions[i], now)
		if err != nil {
			return people{}, fmt.Errorf("exclusion %d: %w", i+1, err)
		}
		text, args := q.Select("1", " AND c.id = x.id")
		p.without("NOT EXISTS ("+text+")", args...)
	}
	if keys := d.Exclude.Journeys; len(keys) > 0 {
		p.without(`NOT EXISTS (SELECT 1 FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE r.customer_id = x.id AND r.state = ? AND j.workspace_id = ? AND j.journey_key IN (`+marks(len(keys))+`))`,
			append([]any{models.RunOpen, workspace}, list(keys)...)...)
	}
	if text := d.Exclude.MailedWithin; text != "" {
		period, err := journey.ParseDuration(text)
		if err != nil {
			return people{}, fault.Wrap(fault.Invalid, err, "%s", err)
		}
		origin := time.Unix(0, 0).UTC()
		since := now.Add(-period.AddTo(origin, time.UTC).Sub(origin))
		p.without("NOT EXISTS (SELECT 1 FROM sends s WHERE s.customer_id = x.id AND s.channel = ? AND s.handed_at >= ? AND s.state IN (?, ?, ?, ?))",
			d.Channel, models.At(since), storage.SendHanding, storage.SendAccepted, storage.SendUnknown, storage.SendResolvedAccepted)
	}
	return p, nil
}

func (p *people) without(cond string, args ...any) {
	p.out += " AND " + cond
	p.outA = append(p.outA, args...)
}

// query gives a whole statement; columns and tail speak of x.
func (p people) query(columns, tail string, tailArgs ...any) (string, []any) {
	args := append(append([]any{}, p.args...), p.outA...)
	return "SELECT " + columns + " FROM " + p.from + " WHERE 1 = 1" + p.out + tail, append(args, tailArgs...)
}

// audienceQuery compiles a condition; none is everybody.
func (s *Store) audienceQuery(db *gorm.DB, workspace int64, c *audience.Condition, now time.Time) (sqlgen.Query, error) {
	if c != nil {
		return s.condition(db, workspace, *c, now)
	}
	ws, err := s.workspaceView(db, workspace)
	if err != nil {
		return sqlgen.Query{}, err
	}
	return sqlgen.Build(nil, sqlgen.Dialect(s.dialect), workspace, now.In(ws.zone))
}

// SampleBroadcast implements storage.Broadcasts.
func (s *Store) SampleBroadcast(ctx context.Context, workspace int64, d broadcast.Definition, limit int, now time.Time) ([]ids.ID, error) {
	p, err := s.broadcastPeople(s.read(ctx), workspace, d.Filled(), now, "")
	if err != nil {
		return nil, translate(err)
	}
	text, args := p.query("x.id", " ORDER BY x.id DESC LIMIT ?", limit)
	return s.ids(ctx, text, args)
}

func list[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// repeated joins n conditions with a word.
func repeated(conds []string, word string) string {
	return "(" + strings.Join(conds, " "+word+" ") + ")"
}
