package sqlstore

import (
	"context"
	"slices"

	"sojourn/ids"
	"sojourn/storage"
)

// A page of a long list is found in two steps: first which rows are on it, then what the page shows of them. Sorting the
// full rows of a journey with a million runs, with all that is joined to them, takes half a minute.
//
// Most filters hold for a good share of the newest rows, so the newest few thousand are looked through first, along the
// index that has them in order. What is rare among them is found by the filter's own index, and only ids are sorted.

// newestWindows are how many of the newest rows are looked through before the filter's own index is asked.
var newestWindows = []int{1_000, 20_000}

// listing is a list in the order of at, the newest first.
type listing struct {
	table, alias string // alias is what the conditions call the table
	at           string
	scope        string // column that, with at, is an index: journey_id or workspace_id
	value        any    // of scope
	which        *query // all conditions, each beginning with AND; the workspace is one of them
	few          bool   // the conditions name a person, run or issue, whose rows are few: there is nothing to look through first
}

// page returns the ids of one page in its order.
func (s *Store) page(ctx context.Context, l listing, p storage.PageAsk) ([]ids.ID, error) {
	at, id := l.alias+"."+l.at, l.alias+".id"
	var behind, within string
	var cursor []any
	if p.After.At != 0 {
		behind = " AND " + at + " <= ? AND (" + at + " < ? OR " + id + " < ?)"
		within = " AND w." + l.at + " <= ? AND (w." + l.at + " < ? OR w.id < ?)"
		cursor = []any{p.After.At, p.After.At, p.After.ID}
	}
	read := func(sql string, args ...[]any) ([]ids.ID, error) {
		var rows []struct{ ID ids.ID }
		err := s.read(ctx).Raw(sql, slices.Concat(args...)...).Scan(&rows).Error
		found := make([]ids.ID, len(rows))
		for i, r := range rows {
			found[i] = r.ID
		}
		return found, translate(err)
	}
	for _, window := range newestWindows {
		if l.few {
			break
		}
		found, err := read("SELECT "+id+" AS id FROM (SELECT w.id FROM "+l.table+" w WHERE w."+l.scope+" = ?"+within+" ORDER BY w."+l.at+" DESC, w.id DESC LIMIT ?) n JOIN "+l.table+" "+l.alias+" ON "+id+" = n.id WHERE 1 = 1"+l.which.sql+
			" ORDER BY "+at+" DESC, "+id+" DESC LIMIT ?", []any{l.value}, cursor, []any{window}, l.which.args, []any{p.Limit})
		if err != nil || len(found) == p.Limit {
			return found, err
		}
	}
	// The sum keeps the order from being taken for a reason to walk along it.
	return read("SELECT "+id+" AS id FROM "+l.table+" "+l.alias+" WHERE 1 = 1"+l.which.sql+behind+" ORDER BY "+at+" + 0 DESC, "+id+" DESC LIMIT ?", l.which.args, cursor, []any{p.Limit})
}
