package sqlstore

import (
	"fmt"
	"slices"
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
	page string // from before a resend narrowed it: what a page is counted by
	pgA  []any
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
	p.page, p.pgA = p.from, args
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
	if err := s.withoutBroadcasts(db, workspace, d.Exclude.Broadcasts, &p); err != nil {
		return people{}, err
	}
	if err := s.onlySilent(db, workspace, d.Resend, &p); err != nil {
		return people{}, err
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

// issuesOf are the issues of broadcasts by their keys; number 0 is all of them.
func issuesOf(db *gorm.DB, workspace int64, keys []string, number int) ([]ids.ID, error) {
	var out []ids.ID
	err := db.Raw("SELECT i.id FROM broadcast_issues i JOIN broadcasts b ON b.id = i.broadcast_id WHERE b.workspace_id = ? AND b.broadcast_key IN ? AND (? = 0 OR i.number = ?)",
		workspace, keys, number, number).Scan(&out).Error
	return out, err
}

// withoutBroadcasts leaves out whoever got one of these broadcasts, may have got it, or is still to get it.
func (s *Store) withoutBroadcasts(db *gorm.DB, workspace int64, keys []string, p *people) error {
	if len(keys) == 0 {
		return nil
	}
	issues, err := issuesOf(db, workspace, keys, 0)
	if err != nil || len(issues) == 0 {
		return err
	}
	states := []string{storage.SendClaimed, storage.SendHanding, storage.SendDeferred, storage.SendAccepted, storage.SendUnknown, storage.SendResolvedAccepted}
	cond := "NOT EXISTS (SELECT 1 FROM broadcast_recipients q JOIN broadcast_issues i ON i.id = q.issue_id LEFT JOIN sends s ON s.customer_id = q.customer_id AND s.issue_id = q.issue_id" +
		" WHERE q.issue_id IN (" + marks(len(issues)) + ") AND q.customer_id = x.id AND (s.state IN (" + marks(len(states)) + ") OR (s.id IS NULL AND i.state IN (?, ?))))"
	args := append(append(list(issues), list(states)...), broadcast.IssueCollecting, broadcast.IssueSending)
	p.without(cond, args...)
	return nil
}

// onlySilent keeps only those who got an issue of another broadcast and did not open it, or did not click in it.
func (s *Store) onlySilent(db *gorm.DB, workspace int64, r *broadcast.Resend, p *people) error {
	if r == nil {
		return nil
	}
	issues, err := issuesOf(db, workspace, []string{r.Broadcast}, r.Issue)
	if err != nil {
		return err
	}
	if len(issues) != 1 || r.Issue < 1 {
		return fault.New(fault.Invalid, "there is no issue %d of broadcast %q", r.Issue, r.Broadcast)
	}
	link := "e.link_no = 0"
	if r.Unless == broadcast.Clicked {
		link = "e.link_no > 0"
	}
	// The audience itself is narrowed: whoever did not get the first letter is no matter of exclusions.
	p.from = "(SELECT y.* FROM " + strings.TrimSuffix(p.from, " x") + " y WHERE EXISTS (SELECT 1 FROM sends s WHERE s.issue_id = ? AND s.customer_id = y.id AND s.state IN (?, ?)" +
		" AND NOT EXISTS (SELECT 1 FROM engagement e WHERE e.send_id = s.id AND " + link + " AND e.hits > 0))) x"
	p.args = append(slices.Clone(p.args), issues[0], storage.SendAccepted, storage.SendResolvedAccepted)
	return nil
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

func list[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}
