package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sojourn/bench/measure"
	"sojourn/importer"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

const (
	customers = 23_570
	orders    = 69_659
)

// figures of one database.
type figures struct {
	Database      string  `json:"database"`
	Customers     int64   `json:"customers"`
	Orders        int64   `json:"orders"`
	Seconds       float64 `json:"seconds"` // both files and the metrics; must 30
	RowsPerSecond float64 `json:"rowsPerSecond"`
	CPUSeconds    float64 `json:"cpuSeconds"` // of this process
	RSSEarlyMB    float64 `json:"rssAtOneTenthMB"`
	RSSHighestMB  float64 `json:"rssHighestMB"`
}

func main() {
	times := flag.Int("times", 1, "how many times the size of the CDNOW base")
	flag.Parse()
	if err := run(*times); err != nil {
		log.Fatal(err)
	}
}

func run(times int) error {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sojourn-bench-importer-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeFiles(dir, times); err != nil {
		return err
	}
	command := "go run ./bench/importer"
	if times != 1 {
		command += fmt.Sprintf(" -times %d", times)
	}
	r := measure.Begin(command)
	private, err := dbtest.PrivateDatabase("bench")
	if err != nil {
		return err
	}
	var all []figures
	for name, databaseURL := range map[string]string{"sqlite": "sqlite://" + filepath.Join(dir, "sojourn.db"), "mysql": private} {
		s, err := sqlstore.Open(ctx, databaseURL, sqlstore.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		f, err := importBoth(ctx, s, dir, name, int64(times))
		_ = s.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		fmt.Printf("%s: %d customers and %d orders in %.1f s (%.0f rows/s, %.1f processor seconds here), RSS %.0f MB after a tenth, at most %.0f MB\n",
			f.Database, f.Customers, f.Orders, f.Seconds, f.RowsPerSecond, f.CPUSeconds, f.RSSEarlyMB, f.RSSHighestMB)
		all = append(all, f)
	}
	path, err := r.Write("importer", all)
	fmt.Println(path)
	return err
}

func importBoth(ctx context.Context, s *sqlstore.Store, dir, name string, times int64) (figures, error) {
	f := figures{Database: name}
	if _, err := s.Migrate(ctx); err != nil {
		return f, err
	}
	if _, err := s.SQL().ExecContext(ctx, "INSERT INTO workspaces (id, workspace_key, name, timezone, currency, locale, settings, created_at) VALUES (1, 'bench', 'bench', 'UTC', 'USD', 'en', '{}', 1)"); err != nil {
		return f, err
	}
	before, err := measure.CPU(os.Getpid())
	if err != nil {
		return f, err
	}
	start := time.Now()
	for _, kind := range []string{storage.ImportOfCustomers, storage.ImportOfOrders} {
		report, err := importer.Run(ctx, s, importer.Options{Kind: kind, File: filepath.Join(dir, kind+".csv"), Workspace: 1}, func(p importer.Progress) {
			rss, _ := measure.RSS(os.Getpid())
			mb := float64(rss) / (1 << 20)
			f.RSSHighestMB = max(f.RSSHighestMB, mb)
			if f.RSSEarlyMB == 0 && p.Bytes*10 >= p.Size {
				f.RSSEarlyMB = mb
			}
		})
		if err != nil {
			return f, err
		}
		if report.Bad > 0 {
			return f, fmt.Errorf("%s: %d bad rows", kind, report.Bad)
		}
	}
	f.Seconds = time.Since(start).Seconds()
	if after, err := measure.CPU(os.Getpid()); err == nil {
		f.CPUSeconds = (after - before).Seconds()
	}
	var people, counted int64
	if err := s.SQL().QueryRowContext(ctx, "SELECT COUNT(*), SUM(orders_count) FROM customer_metrics").Scan(&people, &counted); err != nil {
		return f, err
	}
	if err := s.SQL().QueryRowContext(ctx, "SELECT (SELECT COUNT(*) FROM customers), (SELECT COUNT(*) FROM orders)").Scan(&f.Customers, &f.Orders); err != nil {
		return f, err
	}
	if f.Customers != customers*times || f.Orders != orders*times || people != f.Customers || counted != f.Orders {
		return f, fmt.Errorf("at the sink: %d customers, %d orders, metrics of %d customers and %d orders", f.Customers, f.Orders, people, counted)
	}
	f.RowsPerSecond = float64(f.Customers+f.Orders) / f.Seconds
	return f, nil
}

func writeFiles(dir string, times int) error {
	if err := writeFile(filepath.Join(dir, storage.ImportOfCustomers+".csv"), customers*times,
		"user_id,email,first_name,last_name,locale,timezone,country,birthday,created_at,consent_email_marketing,consent_at", func(w *bufio.Writer, i int) {
			fmt.Fprintf(w, "cd-%d,first.last%d@example.com,First%d,Last%d,en,America/New_York,US,1970-03-%02d,1997-01-01T10:00:00Z,granted,1997-01-01T10:00:00Z\n", i, i, i%100, i%1000, 1+i%28)
		}); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, storage.ImportOfOrders+".csv"), orders*times, "order_id,user_id,placed_at,value,currency,items", func(w *bufio.Writer, i int) {
		fmt.Fprintf(w, "o-%d,cd-%d,1997-%02d-%02dT12:00:00Z,%d.%02d,USD,%d\n", i, i%(customers*times), 1+i/7%12, 1+i%28, i%50, i%100, 1+i%4)
	})
}

func writeFile(path string, rows int, header string, row func(*bufio.Writer, int)) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, header)
	for i := range rows {
		row(w, i)
	}
	return w.Flush()
}
