package audiencetest_test

import (
	"context"
	"slices"
	"testing"

	"sojourn/audience"
	"sojourn/audience/audiencetest"
	"sojourn/audience/match"
	"sojourn/audience/sqlgen"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

func worlds(t *testing.T) []*audiencetest.World {
	t.Helper()
	all, err := audiencetest.Worlds()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTruthTableInMemory(t *testing.T) {
	t.Parallel()
	for _, w := range worlds(t) {
		t.Run(w.Name, func(t *testing.T) {
			now, err := w.Moment()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range w.Cases {
				p, err := match.Prepare(c.If)
				if err != nil {
					t.Errorf("%s: %v", c.That, err)
					continue
				}
				var got []string
				for _, person := range w.People {
					s, err := person.Subject()
					if err != nil {
						t.Fatal(err)
					}
					holds := p.Holds(s, now)
					if holds {
						got = append(got, person.Name)
					}
					if x := p.Explain(s, now); x.Holds != holds || holds != (len(x.Failing()) == 0) {
						t.Errorf("%s: %s: holds is %v, explained as %+v", c.That, person.Name, holds, x)
					}
				}
				compare(t, c, got)
			}
		})
	}
}

func TestTruthTableInSQL(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		for i, w := range worlds(t) {
			workspace := int64(i + 1)
			if err := w.Insert(context.Background(), s.SQL(), workspace); err != nil {
				t.Fatal(err)
			}
			now, err := w.Moment()
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range w.Cases {
				sql, args, err := sqlgen.Compile(c.If, sqlgen.Dialect(s.Dialect()), workspace, now)
				if c.Hand {
					if !fault.Is(err, fault.Invalid) {
						t.Errorf("%s / %s: SQL must refuse what is at hand, got %v", w.Name, c.That, err)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s / %s: %v", w.Name, c.That, err)
					continue
				}
				found, err := query(s, sql, args)
				if err != nil {
					t.Errorf("%s / %s: %v\n%s", w.Name, c.That, err, sql)
					continue
				}
				var got, loaded []string
				p := match.Of(audience.MustCheck(c.If, audience.ScopeAudience))
				for _, person := range w.People {
					if slices.Contains(found, person.ID) {
						got = append(got, person.Name)
					}
					subject, err := s.LoadSubject(context.Background(), workspace, person.ID, p.Expr().Needs(), now)
					if err != nil {
						t.Fatal(err)
					}
					if p.Holds(&subject, now) {
						loaded = append(loaded, person.Name)
					}
				}
				c.That = w.Name + " / " + c.That
				compare(t, c, got)
				c.That += " (loaded from the database)"
				compare(t, c, loaded)
			}
		}
	})
}

func compare(t *testing.T, c audiencetest.Case, got []string) {
	t.Helper()
	want := slices.Clone(c.Holds)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s: %s\n got %v\nwant %v", c.That, audience.Sentence(c.If), got, want)
	}
}

func query(s *sqlstore.Store, sql string, args []any) ([]ids.ID, error) {
	rows, err := s.SQL().Query(sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ids.ID
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
