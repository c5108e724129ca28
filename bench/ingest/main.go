package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"time"

	"sojourn/bench/measure"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// figures of one database.
type figures struct {
	Database       string  `json:"database"`
	Batches        int     `json:"batches"`
	BatchSize      int     `json:"batchSize"`
	Clients        int     `json:"clients"`
	PlainWay       string  `json:"plainWay"` // the fastest way to insert the rows
	PlainPerSecond float64 `json:"plainEventsPerSecond"`
	OursPerSecond  float64 `json:"oursEventsPerSecond"`
	Ratio          float64 `json:"ratio"` // must 0.5, goal 0.8
	Ways           []way   `json:"plainWays"`
	OursCPU        float64 `json:"oursCpuMsPer1000"` // clients included
	PlainCPU       float64 `json:"plainCpuMsPer1000"`

	SinglePerSecond float64 `json:"singleEventsPerSecond"` // closed loop
	SingleRate      float64 `json:"singleRate"`            // open loop, 70 % of it
	SingleP50       float64 `json:"singleP50Ms"`
	SingleP99       float64 `json:"singleP99Ms"` // must 50
	Transactions    float64 `json:"singleEventsPerTransaction"`
}

type way struct {
	Name      string  `json:"name"`
	PerSecond float64 `json:"eventsPerSecond"`
}

func main() {
	rounds := flag.Int("rounds", 5, "rounds of plain and ours in turns")
	batches := flag.Int("batches", 150, "batches of 100 per round")
	clients := flag.Int("clients", 4, "clients at the same time")
	seconds := flag.Int("seconds", 10, "length of the open loop of single events")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file")
	only := flag.String("only", "", "sqlite or mysql; default both")
	flag.Parse()
	if *profile != "" {
		file, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(file)
		}
		if err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	if err := run(*rounds, *batches, *clients, *seconds, *only); err != nil {
		log.Print(err)
		pprof.StopCPUProfile()
		os.Exit(1)
	}
}

func run(rounds, batches, clients, seconds int, only string) error {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "sojourn-bench-ingest-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r := measure.Begin("go run ./bench/ingest")
	var all []figures
	for _, name := range []string{"sqlite", "mysql"} {
		if only != "" && only != name {
			continue
		}
		databaseURL := "sqlite://" + filepath.Join(dir, "sojourn.db")
		if name == "mysql" {
			if databaseURL, err = dbtest.PrivateDatabase("bench"); err != nil {
				return err
			}
		}
		s, err := sqlstore.Open(ctx, databaseURL, sqlstore.Options{Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			return err
		}
		f, err := measureDatabase(ctx, s, name, rounds, batches, clients, time.Duration(seconds)*time.Second)
		_ = s.Close()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		f.show()
		all = append(all, f)
	}
	path, err := r.Write("ingest", all)
	fmt.Println(path)
	return err
}

func measureDatabase(ctx context.Context, s *sqlstore.Store, name string, rounds, batches, clients int, length time.Duration) (figures, error) {
	f := figures{Database: name, Batches: rounds * batches, BatchSize: batchSize, Clients: clients}
	if _, err := s.Migrate(ctx); err != nil {
		return f, err
	}
	w, err := newWorld(ctx, s)
	if err != nil {
		return f, err
	}
	defer w.close()
	ways := []plain{{"prepared, one connection", 1, true}, {"prepared, a connection per client", clients, true}, {"text, one connection", 1, false}, {"text, a connection per client", clients, false}}
	speeds := make([][]float64, len(ways))
	var ours []float64
	cpu := map[string]time.Duration{}
	pids := []int{os.Getpid()}
	if name == "mysql" {
		pids = append(pids, serverPID(s))
	}
	for round := range rounds + 1 {
		for i, p := range ways {
			b := makeBatches(fmt.Sprintf("plain-%d-%d", round, i), batches)
			before, _ := measure.CPU(pids...)
			speed, err := w.plain(ctx, p, b)
			if err != nil {
				return f, err
			}
			if after, _ := measure.CPU(pids...); round > 0 {
				speeds[i] = append(speeds[i], speed)
				cpu[p.name] += after - before
			}
		}
		b := makeBatches(fmt.Sprintf("ours-%d", round), batches)
		before, _ := measure.CPU(pids...)
		speed, err := w.ours(ctx, b, clients)
		if err != nil {
			return f, err
		}
		if after, _ := measure.CPU(pids...); round > 0 { // the first round warms up
			ours = append(ours, speed)
			cpu["ours"] += after - before
		}
	}
	events := float64(rounds * batches * batchSize)
	perThousand := func(d time.Duration) float64 { return float64(d.Milliseconds()) / events * 1000 }
	for i, p := range ways {
		m := median(speeds[i])
		f.Ways = append(f.Ways, way{p.name, m})
		if m > f.PlainPerSecond {
			f.PlainWay, f.PlainPerSecond, f.PlainCPU = p.name, m, perThousand(cpu[p.name])
		}
	}
	f.OursPerSecond, f.OursCPU = median(ours), perThousand(cpu["ours"])
	f.Ratio = f.OursPerSecond / f.PlainPerSecond
	return f, w.singles(ctx, &f, length)
}

func serverPID(s *sqlstore.Store) int {
	var file string
	if s.SQL().QueryRow("SELECT @@pid_file").Scan(&file) != nil {
		return os.Getpid()
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return os.Getpid()
	}
	var pid int
	_, _ = fmt.Sscan(string(text), &pid)
	return pid
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

func (f figures) show() {
	verdict := func(ok bool) string {
		if ok {
			return "ok"
		}
		return "MISSED"
	}
	fmt.Printf("%s: batches of %d, %d clients: %.0f events/s durable, plain INSERT %.0f (%s): ratio %.2f, must 0.50: %s\n",
		f.Database, f.BatchSize, f.Clients, f.OursPerSecond, f.PlainPerSecond, f.PlainWay, f.Ratio, verdict(f.Ratio >= .5))
	for _, w := range f.Ways {
		fmt.Printf("    plain, %-36s %.0f events/s\n", w.Name+":", w.PerSecond)
	}
	fmt.Printf("    CPU per 1,000 events: %.0f ms with clients, plain %.0f ms\n", f.OursCPU, f.PlainCPU)
	fmt.Printf("    single events: %.0f/s closed loop; at %.0f/s p50 %.1f ms, p99 %.1f ms, must 50: %s; %.1f events per transaction\n",
		f.SinglePerSecond, f.SingleRate, f.SingleP50, f.SingleP99, verdict(f.SingleP99 <= 50), f.Transactions)
}
