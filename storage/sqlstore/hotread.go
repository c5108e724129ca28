package sqlstore

import (
	"context"
	"reflect"
	"strings"
	"sync"
)

// one reads the first row of a query into a row type, with a statement that is prepared once for the life of the store and
// without gorm, whose bookkeeping costs more than the lookups of hot paths. found is false when there is no row. Columns
// are found by the names of the gorm tags, or by the field's own name in snake case.
func one[T any](ctx context.Context, s *Store, into *T, query string, args ...any) (found bool, err error) {
	_, err = each(ctx, s, query, args, func(row *T) bool {
		*into, found = *row, true
		return false
	})
	return found, err
}

// each reads the rows of a query one after the other, until next says no.
func each[T any](ctx context.Context, s *Store, query string, args []any, next func(row *T) (more bool)) (n int, err error) {
	st, err := s.statement(ctx, query)
	if err != nil {
		return 0, err
	}
	rows, err := st.QueryContext(s.steady(ctx), args...)
	if err != nil {
		return 0, translate(err)
	}
	defer func() { _ = rows.Close() }()
	l := layoutOf(reflect.TypeFor[T]())
	columns, err := rows.Columns()
	if err != nil {
		return 0, translate(err)
	}
	fields := l.order(query, columns)
	into := make([]any, len(fields))
	for rows.Next() {
		row := new(T)
		value := reflect.ValueOf(row).Elem()
		for i, path := range fields {
			if into[i] = &ignored; path != nil {
				into[i] = value.FieldByIndex(path).Addr().Interface()
			}
		}
		if err := rows.Scan(into...); err != nil {
			return n, translate(err)
		}
		if n++; !next(row) {
			break
		}
	}
	return n, translate(rows.Err())
}

// ignoring is where a column goes that the row type does not have: one of a newer release.
type ignoring struct{}

var ignored ignoring

// Scan implements sql.Scanner.
func (*ignoring) Scan(any) error { return nil }

// layout is where the columns of a row type lie.
type layout struct {
	columns map[string][]int // by column, the way to its field for reflect
	orders  sync.Map         // query text -> [][]int, those ways in the order of its columns
}

var layoutsByType sync.Map

func layoutOf(t reflect.Type) *layout {
	if l, ok := layoutsByType.Load(t); ok {
		return l.(*layout)
	}
	l := &layout{columns: map[string][]int{}}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous {
			continue
		}
		column := snake(f.Name)
		for part := range strings.SplitSeq(f.Tag.Get("gorm"), ";") {
			if name, ok := strings.CutPrefix(part, "column:"); ok {
				column = name
			}
		}
		l.columns[column] = f.Index
	}
	kept, _ := layoutsByType.LoadOrStore(t, l)
	return kept.(*layout)
}

// order gives the ways to the fields of a query's columns, nil for one that the type lacks. A migration that another
// process makes may add columns to SELECT *, at the end; it never changes the order of those that are there.
func (l *layout) order(query string, columns []string) [][]int {
	if o, ok := l.orders.Load(query); ok && len(o.([][]int)) == len(columns) {
		return o.([][]int)
	}
	o := make([][]int, len(columns))
	for i, c := range columns {
		o[i] = l.columns[c]
	}
	l.orders.Store(query, o)
	return o
}

// snake is JourneyID as journey_id.
func snake(name string) string {
	var b strings.Builder
	large := true
	for _, r := range name {
		was := large
		if large = r >= 'A' && r <= 'Z'; large {
			if !was {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}
