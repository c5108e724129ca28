package audiencetest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"sojourn/audience"
	"sojourn/audience/audiencetest"
	"sojourn/audience/match"
	"sojourn/audience/sqlgen"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// round is a world with conditions to ask of it.
type round struct {
	world      *audiencetest.World
	conditions []audience.Condition
}

var rounds = rapid.Custom(func(t *rapid.T) round {
	r := round{world: audiencetest.DrawWorld(t)}
	for range 40 {
		r.conditions = append(r.conditions, audiencetest.DrawCondition(t, 4))
	}
	return r
})

const fixedRounds = 20

// The same worlds on every run: what was once right stays right.
func TestBackEndsAgreeOnFixedWorlds(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		var workspaces atomic.Int64
		for seed := range fixedRounds {
			if err := agree(s, rounds.Example(seed), workspaces.Add(1)); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
	})
}

// New worlds on every run; rapid prints the seed of a failure and shrinks it.
func TestBackEndsAgreeOnRandomWorlds(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		var workspaces atomic.Int64
		rapid.Check(t, func(t *rapid.T) {
			r := round{world: audiencetest.DrawWorld(t)}
			for range rapid.IntRange(1, 20).Draw(t, "conditions") {
				r.conditions = append(r.conditions, audiencetest.DrawCondition(t, 4))
			}
			if err := agree(s, r, workspaces.Add(1)); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// agree asks every condition of everybody in both ways.
func agree(s *sqlstore.Store, r round, workspace int64) error {
	w := r.world
	if err := w.Insert(context.Background(), s.SQL(), workspace); err != nil {
		return err
	}
	now, err := w.Moment()
	if err != nil {
		return err
	}
	subjects := make([]*match.Subject, len(w.People))
	for i, p := range w.People {
		if subjects[i], err = p.Subject(); err != nil {
			return err
		}
	}
	for _, c := range r.conditions {
		sql, args, err := sqlgen.Compile(c, sqlgen.Dialect(s.Dialect()), workspace, now)
		if err != nil {
			return err
		}
		found, err := query(s, sql, args)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, sql)
		}
		p, err := match.Prepare(c)
		if err != nil {
			return err
		}
		for i, person := range w.People {
			holds, inSQL := p.Holds(subjects[i], now), slices.Contains(found, person.ID)
			if holds == inSQL {
				continue
			}
			text, _ := json.Marshal(c)
			who, _ := json.Marshal(person)
			return fmt.Errorf("in memory %v, in SQL %v\ncondition %s\nnow %s\nperson %s\n%s\n%v", holds, inSQL, text, now, who, sql, args)
		}
	}
	return nil
}
