package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"sojourn/audience"
	"sojourn/audience/match"
	"sojourn/audience/sqlgen"
	"sojourn/bench/measure"
	"sojourn/storage/sqlstore"
)

// figure is one condition on one database.
type figure struct {
	Database  string  `json:"database"`
	Condition string  `json:"condition"`
	Count     int64   `json:"count"`
	OursMS    float64 `json:"oursMedianMs"`
	P95       float64 `json:"oursP95Ms"`
	ExpertMS  float64 `json:"expertMedianMs"`
	Ratio     float64 `json:"ratio"` // ours / expert; must 1.2
}

var now = time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)

func main() {
	customers := flag.Int("customers", 200000, "customers")
	events := flag.Int("events", 10, "events of each, on average")
	rounds := flag.Int("rounds", 9, "rounds of ours and the expert's in turns")
	only := flag.String("only", "", "sqlite or mysql; default both")
	flag.Parse()
	if err := run(*customers, *events, *rounds, *only); err != nil {
		log.Fatal(err)
	}
}

func run(customers, events, rounds int, only string) error {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sojourn-bench-audience-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := measure.Begin(fmt.Sprintf("go run ./bench/audience -customers %d -events %d", customers, events))
	var all []figure
	for _, name := range []string{"sqlite", "mysql"} {
		if only != "" && only != name {
			continue
		}
		databaseURL := "sqlite://" + filepath.Join(dir, "sojourn.db")
		if name == "mysql" {
			if databaseURL, err = measure.MariaDB(); err != nil {
				return err
			}
		}
		s, err := sqlstore.Open(ctx, databaseURL, sqlstore.Options{Slow: time.Hour})
		if err != nil {
			return err
		}
		defer s.Close()
		if err := fill(ctx, s, customers, events); err != nil {
			return fmt.Errorf("fill %s: %w", name, err)
		}
		for _, q := range questions {
			f, err := ask(ctx, s, name, q, rounds)
			if err != nil {
				return fmt.Errorf("%s on %s: %w", q.name, name, err)
			}
			fmt.Printf("%-7s %-44s %8d  ours %8.1f ms (p95 %8.1f)  expert %8.1f ms  ratio %.2f\n", name, f.Condition, f.Count, f.OursMS, f.P95, f.ExpertMS, f.Ratio)
			all = append(all, f)
		}
	}
	path, err := r.Write("audience", all)
	if err == nil {
		fmt.Println(path)
	}
	return err
}

// ask proves that both count the same and agree with the match in memory, then times them in turns.
func ask(ctx context.Context, s *sqlstore.Store, database string, q question, rounds int) (figure, error) {
	f := figure{Database: database, Condition: q.name}
	e, err := audience.Checked(q.condition, audience.ScopeAudience)
	if err != nil {
		return f, err
	}
	query, err := sqlgen.Build(e, sqlgen.Dialect(database), workspace, now)
	if err != nil {
		return f, err
	}
	ours, args := query.Select("COUNT(*)", "")
	expert, expertArgs := q.expert(sqlgen.Dialect(database))
	count := func(sql string, args []any) (n int64, took time.Duration, err error) {
		start := time.Now()
		err = s.SQL().QueryRowContext(ctx, sql, args...).Scan(&n)
		return n, time.Since(start), err
	}
	if f.Count, _, err = count(ours, args); err != nil {
		return f, err
	}
	n, _, err := count(expert, expertArgs)
	if err != nil {
		return f, err
	}
	if n != f.Count || n == 0 {
		return f, fmt.Errorf("ours counts %d, the expert %d", f.Count, n)
	}
	if err := inMemory(ctx, s, e, query); err != nil {
		return f, err
	}
	var mine, theirs []time.Duration
	for range rounds {
		_, took, err := count(ours, args)
		if err != nil {
			return f, err
		}
		mine = append(mine, took)
		if _, took, err = count(expert, expertArgs); err != nil {
			return f, err
		}
		theirs = append(theirs, took)
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	f.OursMS, f.P95, f.ExpertMS = ms(measure.Quantile(mine, .5)), ms(measure.Quantile(mine, .95)), ms(measure.Quantile(theirs, .5))
	f.Ratio = f.OursMS / f.ExpertMS
	return f, nil
}

// inMemory compares the SQL with the match for 200 customers.
func inMemory(ctx context.Context, s *sqlstore.Store, e *audience.Expr, query sqlgen.Query) error {
	p := match.Of(e)
	for i := range 200 {
		id := customerID(i * 7)
		subject, err := s.LoadSubject(ctx, workspace, id, e.Needs(), now)
		if err != nil {
			return err
		}
		sql, args := query.Select("COUNT(*)", " AND c.id = ?", id)
		var n int
		if err := s.SQL().QueryRowContext(ctx, sql, args...).Scan(&n); err != nil {
			return err
		}
		if p.Holds(&subject, now) != (n == 1) {
			return fmt.Errorf("customer %s: in memory %v, in SQL %d", id, p.Holds(&subject, now), n)
		}
	}
	return nil
}
