package main

import (
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"sojourn/scoring"
)

type measurement struct {
	Work           string  `json:"work"`
	Customers      int     `json:"customers"`
	Distinct       int     `json:"distinctHistories,omitempty"`
	MedianMS       float64 `json:"medianMs"`
	BestMS         float64 `json:"bestMs"`
	NSPerCustomer  float64 `json:"nsPerCustomer"`
	Allocs         uint64  `json:"allocs"`
	AllocsPerCust  float64 `json:"allocsPerCustomer"`
	BytesPerCust   float64 `json:"bytesPerCustomer"`
	TimesTextbook  float64 `json:"timesTextbook"` // median / one textbook likelihood of the same customers
	MustMS         float64 `json:"mustMs"`
	GoalMS         float64 `json:"goalMs"`
	Met            bool    `json:"met"`
	Evaluations    int     `json:"evaluations,omitempty"`
	textbookMillis float64
}

type result struct {
	Date         string        `json:"date"`
	Commit       string        `json:"commit"`
	Machine      string        `json:"machine"`
	Go           string        `json:"go"`
	Processors   int           `json:"processors"`
	LoadBefore   string        `json:"loadBefore"`
	LoadAfter    string        `json:"loadAfter"`
	Command      string        `json:"command"`
	Measurements []measurement `json:"measurements"`
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	r := result{
		Date: time.Now().UTC().Format(time.RFC3339), Commit: commit(), Machine: machine(), Go: runtime.Version(),
		Processors: runtime.GOMAXPROCS(0), LoadBefore: load(), Command: "go run ./bench/scoring",
	}
	small, err := sample()
	if err != nil {
		return err
	}
	people := simulated(million)
	big := histories(people)
	for _, f := range []struct {
		work       string
		all        []scoring.History
		rounds     int
		must, goal float64
		check      func(scoring.Model) error
	}{
		{"fit CDNOW", small, 101, 50, 10, published},
		{"fit a million, resampled", resampled(small, million), 5, 4000, 1000, resembles(.001)},
		{"fit a million, simulated", big, 5, 4000, 1000, resembles(.08)},
	} {
		m, err := measureFit(f.work, f.all, f.rounds, f.check)
		if err != nil {
			return err
		}
		m.MustMS, m.GoalMS = f.must, f.goal
		r.Measurements = append(r.Measurements, m)
	}
	m, err := measureScore(people, big)
	if err != nil {
		return err
	}
	m.MustMS, m.GoalMS = 1000, 250
	r.Measurements = append(r.Measurements, m)
	r.LoadAfter = load()
	for i := range r.Measurements {
		r.Measurements[i].finish()
	}
	show(r)
	return write(r)
}

func measureFit(work string, all []scoring.History, rounds int, check func(scoring.Model) error) (measurement, error) {
	var model scoring.Model
	var err error
	m := timed(work, len(all), rounds, func() { model, err = scoring.Fit(all, scoring.DefaultSettings(), now) })
	if err == nil {
		err = check(model)
	}
	if err != nil {
		return m, fmt.Errorf("%s: %w", work, err)
	}
	m.Distinct, m.Evaluations, m.textbookMillis = model.Quality.Distinct, model.Quality.Evaluations, textbookMillis(all)
	return m, nil
}

func measureScore(people []scoring.Purchases, all []scoring.History) (measurement, error) {
	const work = "score a million"
	model, err := scoring.Fit(all, scoring.DefaultSettings(), now)
	if err != nil {
		return measurement{}, err
	}
	out := make([]scoring.CustomerScore, len(people))
	m := timed(work, len(people), 7, func() { scoring.ScoreAll(model, people, now, nil, out) })
	for i, c := range out {
		if !c.Known || !c.GapKnown || !(c.ChurnScore >= 0 && c.ChurnScore <= 1) {
			return m, fmt.Errorf("%s: customer %d: %+v", work, i, c)
		}
	}
	m.Distinct, m.textbookMillis = model.Quality.Distinct, textbookMillis(all)
	return m, nil
}

// resembles allows for the whole days of the simulation, which lengthen the time between purchases a little.
// published proves the model before its speed.
func published(m scoring.Model) error {
	if m.Kind != scoring.KindBGNBD || math.Abs(m.Quality.LogLikelihood+9582.4292) > .0001 {
		return fmt.Errorf("not the published model: %+v", m)
	}
	return nil
}

func resembles(rel float64) func(scoring.Model) error {
	return func(m scoring.Model) error {
		for _, p := range [][2]float64{{m.R, original.R}, {m.Alpha, original.Alpha}, {m.A, original.A}, {m.B, original.B}} {
			if !(math.Abs(p[0]-p[1]) <= rel*p[1]) {
				return fmt.Errorf("the parameters were not found again: %+v", m)
			}
		}
		return nil
	}
}

func timed(work string, n, rounds int, f func()) measurement {
	f() // warm
	var before, after runtime.MemStats
	times := make([]float64, rounds)
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range times {
		start := time.Now()
		f()
		times[i] = float64(time.Since(start).Nanoseconds()) / 1e6
	}
	runtime.ReadMemStats(&after)
	slices.Sort(times)
	allocs := (after.Mallocs - before.Mallocs) / uint64(rounds)
	return measurement{
		Work: work, Customers: n, MedianMS: times[rounds/2], BestMS: times[0], NSPerCustomer: times[rounds/2] * 1e6 / float64(n),
		Allocs: allocs, AllocsPerCust: float64(allocs) / float64(n),
		BytesPerCust: float64(after.TotalAlloc-before.TotalAlloc) / float64(rounds) / float64(n),
	}
}

func textbookMillis(all []scoring.History) float64 {
	return timed("", len(all), 3, func() { textbook(original, all) }).MedianMS
}

func (m *measurement) finish() {
	m.TimesTextbook = m.MedianMS / m.textbookMillis
	m.Met = m.MedianMS <= m.MustMS
}

func show(r result) {
	fmt.Printf("%-26s %10s %10s %10s %10s %12s %11s %10s %8s %8s\n",
		"work", "customers", "distinct", "median ms", "best ms", "ns/customer", "allocs/cust", "x textbook", "must ms", "goal ms")
	for _, m := range r.Measurements {
		fmt.Printf("%-26s %10d %10d %10.2f %10.2f %12.1f %11.5f %10.2f %8.0f %8.0f\n", m.Work, m.Customers, m.Distinct,
			m.MedianMS, m.BestMS, m.NSPerCustomer, m.AllocsPerCust, m.TimesTextbook, m.MustMS, m.GoalMS)
	}
	fmt.Printf("%s, %d processors, %s, commit %s, load %s before, %s after\n",
		r.Machine, r.Processors, r.Go, r.Commit, r.LoadBefore, r.LoadAfter)
}

func write(r result) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Join("bench", "results")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	name := filepath.Join(dir, "scoring-"+r.Date[:10]+"-"+r.Commit+".json")
	if err := os.WriteFile(name, append(text, '\n'), 0o644); err != nil {
		return err
	}
	fmt.Println("written to", name)
	return nil
}

func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// machine is the processor's name, without the host's.
func machine() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
			return strings.TrimSpace(v)
		}
	}
	return runtime.GOOS + "/" + runtime.GOARCH
}

// load is the one-minute load average, "unknown" where the system has none.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}
