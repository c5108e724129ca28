package sqlstore

import (
	"strings"

	"sojourn/storage"
)

// query is a SELECT under construction. Its text comes from constants of this package only; values are parameters.
type query struct {
	sql  string
	args []any
}

func newQuery(sql string, args ...any) *query { return &query{sql, args} }

// and adds a condition.
func (q *query) and(cond string, args ...any) *query {
	q.sql += " AND " + cond
	q.args = append(q.args, args...)
	return q
}

// when adds a condition if its value was asked for.
func (q *query) when(asked bool, cond string, args ...any) *query {
	if asked {
		q.and(cond, args...)
	}
	return q
}

// after orders newest first and continues behind the cursor. The form a <= x AND (a < x OR b < y) is one that both databases
// turn into an index range; a row comparison is not, on MySQL, and with OR outside SQLite walks through all pages before.
func (q *query) after(at, id string, p storage.PageAsk) *query {
	if p.After.At != 0 {
		q.and(at+" <= ? AND ("+at+" < ? OR "+id+" < ?)", p.After.At, p.After.At, p.After.ID)
	}
	q.sql += " ORDER BY " + at + " DESC, " + id + " DESC LIMIT ?"
	q.args = append(q.args, p.Limit)
	return q
}

// prefixRange gives the half-open range of values that begin with a text, for an index on a binary column.
func prefixRange(prefix string) (from, to string) { return prefix, prefix + "\U0010FFFF" }

// marks is "?, ?, …" for n values.
func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }
