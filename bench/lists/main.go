package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"sojourn/bench/measure"
	"sojourn/storage/sqlstore"
)

// figure is one question on one database.
type figure struct {
	Database string  `json:"database"`
	Question string  `json:"question"`
	MedianMS float64 `json:"medianMs"`
	WorstMS  float64 `json:"worstMs"`
}

func main() {
	runs := flag.Int("runs", 1_000_000, "runs of the large journey")
	rounds := flag.Int("rounds", 5, "how often each question is asked")
	only := flag.String("only", "", "sqlite or mysql; default both")
	keep := flag.String("keep", "", "directory that keeps the SQLite file, and uses the one that is there")
	write := flag.Bool("write", true, "write the figures under bench/results")
	flag.Parse()
	if err := run(*runs, *rounds, *only, *keep, *write); err != nil {
		log.Fatal(err)
	}
}

func run(runs, rounds int, only, keep string, write bool) error {
	ctx := context.Background()
	dir := keep
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "sojourn-bench-lists-*"); err != nil {
			return err
		}
		defer os.RemoveAll(dir)
	}
	r := measure.Begin(fmt.Sprintf("go run ./bench/lists -runs %d", runs))
	var all []figure
	for _, name := range []string{"sqlite", "mysql"} {
		if only != "" && only != name {
			continue
		}
		databaseURL, filled := "sqlite://"+filepath.Join(dir, "sojourn.db"), false
		if _, err := os.Stat(filepath.Join(dir, "sojourn.db")); err == nil && name == "sqlite" {
			filled = true
		}
		if name == "mysql" {
			var err error
			if databaseURL, err = measure.MariaDB("SET GLOBAL innodb_flush_log_at_trx_commit = 0"); err != nil {
				return err
			}
		}
		s, err := sqlstore.Open(ctx, databaseURL, sqlstore.Options{Slow: time.Hour})
		if err != nil {
			return err
		}
		defer s.Close()
		if _, err := s.Migrate(ctx); err != nil {
			return err
		}
		w := &world{s: s, runs: runs}
		if !filled {
			began := time.Now()
			if err := w.fill(ctx); err != nil {
				return fmt.Errorf("fill %s: %w", name, err)
			}
			fmt.Printf("%s filled in %v\n", name, time.Since(began).Round(time.Second))
		}
		if name == "mysql" {
			if _, err := s.SQL().Exec("ANALYZE TABLE runs, step_visits, sends, decisions, customers"); err != nil {
				return err
			}
		}
		for _, q := range questions {
			var took []time.Duration
			for range rounds {
				began := time.Now()
				if err := q.ask(ctx, w); err != nil {
					return fmt.Errorf("%s on %s: %w", q.name, name, err)
				}
				took = append(took, time.Since(began))
				if took[len(took)-1] > 20*time.Second {
					break
				}
			}
			ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
			f := figure{name, q.name, ms(measure.Quantile(took, .5)), ms(measure.Quantile(took, 1))}
			fmt.Printf("%-7s %-62s %10.1f ms (worst %10.1f)\n", name, f.Question, f.MedianMS, f.WorstMS)
			all = append(all, f)
		}
	}
	if !write {
		return nil
	}
	path, err := r.Write("lists", all)
	if err == nil {
		fmt.Println(path)
	}
	return err
}
