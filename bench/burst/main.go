package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	_ "modernc.org/sqlite"

	"sojourn/bench/measure"
)

type figures struct {
	Signals        int     `json:"signals"`
	SignalsTook    float64 `json:"signalsSeconds"` // from the first event until the last one has been counted
	SignalsPerSec  float64 `json:"signalsPerSecond"`
	Timers         int     `json:"timers"`
	TimersTook     float64 `json:"timersSeconds"` // from the moment until the last run has ended
	LateP50        float64 `json:"timersLateP50Ms"`
	LateP99        float64 `json:"timersLateP99Ms"`
	IngestBefore50 float64 `json:"ingestP50MsBefore"`
	IngestBefore99 float64 `json:"ingestP99MsBefore"`
	Ingest50       float64 `json:"ingestP50MsMeanwhile"`
	Ingest99       float64 `json:"ingestP99MsMeanwhile"`
}

func main() {
	signals := flag.Int("signals", 12000, "events about one run")
	timers := flag.Int("timers", 10000, "runs whose waits end in the same second")
	program := flag.String("program", "bin/sojourn", "the program under measurement")
	keep := flag.Bool("keep", false, "write the figures to bench/results")
	flag.Parse()
	if err := run(context.Background(), *signals, *timers, *program, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "burst:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, signals, timers int, program string, keep bool) error {
	result := measure.Begin(strings.Join(os.Args, " "))
	dir, err := os.MkdirTemp("", "sojourn-burst-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, stop, err := start(dir, program)
	if err != nil {
		return err
	}
	defer stop()
	f := figures{Signals: signals, Timers: timers}
	err = errors.Join(s.signalled(&f, signals), s.timed(&f, timers))
	fmt.Printf("%+v\n", f)
	if err == nil && keep {
		var path string
		if path, err = result.Write("burst", f); err == nil {
			slog.InfoContext(ctx, "written", "file", path)
		}
	}
	return err
}

const waitFor = 30 * time.Minute

// until asks again and again, and gives up when nothing has moved for five minutes.
func (s *side) until(what string, want int64, query string, args ...any) error {
	last, at := int64(-1), time.Now()
	for began := time.Now(); time.Since(began) < waitFor && time.Since(at) < 5*time.Minute; time.Sleep(250 * time.Millisecond) {
		n, err := s.number(query, args...)
		if err != nil {
			return err
		}
		if n >= want {
			return nil
		}
		if n != last {
			last, at = n, time.Now()
		}
	}
	return fmt.Errorf("%s: %d of %d, and no more", what, last, want)
}

func (s *side) number(query string, args ...any) (n int64, err error) {
	err = s.db.QueryRow(query, args...).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

const countedRows = "SELECT COALESCE(json_extract(attributes, '$.told'), 0) FROM customers WHERE external_id = 'burst-one'"

// signalled hands n events about one run in and waits until each has been counted.
func (s *side) signalled(f *figures, n int) error {
	if n == 0 {
		return nil
	}
	err := s.publish("bench-told", map[string]any{"kind": "event", "event": "Bench Opened"}, []any{
		map[string]any{"id": "look", "kind": "wait_for", "wait_for": map[string]any{"timeout": "P30D", "timeout_next": "end", "since": "run", "events": []any{map[string]any{"event": "Bench Told", "next": "count"}}}},
		map[string]any{"id": "count", "kind": "update", "update": map[string]any{"add": map[string]any{"told": 1}}, "next": "look"},
		map[string]any{"id": "end", "kind": "exit", "exit": map[string]any{"label": "done"}},
	})
	if err != nil {
		return err
	}
	if err := s.batches([]any{event("burst-one", "Bench Opened", "opened", nil)}); err != nil {
		return err
	}
	if err := s.until("the run waits", 1, "SELECT COUNT(*) FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE j.journey_key = 'bench-told' AND r.wake_at IS NOT NULL"); err != nil {
		return err
	}
	var events []any
	for i := range n {
		events = append(events, event("burst-one", "Bench Told", fmt.Sprint("told-", i), nil))
	}
	began := time.Now()
	if err := s.batches(events); err != nil {
		return err
	}
	if err := s.until("events counted", int64(n), countedRows); err != nil {
		return err
	}
	f.SignalsTook = time.Since(began).Seconds()
	f.SignalsPerSec = float64(n) / f.SignalsTook
	// What comes late would be counted twice: let everything that is owed be delivered, and the run come to rest.
	if err := s.until("nothing is owed any more", 0, "SELECT -COUNT(*) FROM dispatches"); err != nil {
		return err
	}
	const left = "SELECT COUNT(*) FROM step_visits v JOIN runs r ON r.id = v.run_id JOIN journeys j ON j.id = r.journey_id WHERE j.journey_key = 'bench-told' AND v.step_id = 'look'"
	if err := s.until("waits that ended", int64(n), left); err != nil { // a workflow task that is done again writes them again
		return err
	}
	time.Sleep(5 * time.Second)
	counted, err := s.number(countedRows)
	if err != nil {
		return err
	}
	visits, err := s.number(left)
	if err != nil {
		return err
	}
	fmt.Printf("%d events about one run: counted %d, the wait was left %d times, in %.0f s\n", n, counted, visits, f.SignalsTook)
	if counted != int64(n) || visits != int64(n) {
		return fmt.Errorf("%d events were counted %d times and ended %d waits", n, counted, visits)
	}
	return nil
}

// timed lets the waits of n runs end at one moment.
func (s *side) timed(f *figures, n int) error {
	if n == 0 {
		return nil
	}
	const ended = "SELECT COUNT(*) FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE j.journey_key = 'bench-timed' AND r.state = 'ended'"
	if err := s.publish("bench-timed", map[string]any{"kind": "event", "event": "Bench Timed"}, []any{
		map[string]any{"id": "nap", "kind": "wait", "wait": map[string]any{"date": map[string]any{"context": "due", "late": "now"}}, "next": "end"},
		map[string]any{"id": "end", "kind": "exit", "exit": map[string]any{"label": "done"}},
	}); err != nil {
		return err
	}
	due := time.Now().Add(time.Minute + time.Duration(n)*40*time.Millisecond).UTC().Truncate(time.Second)
	var events []any
	for i := range n {
		user := fmt.Sprint("timed-", i)
		events = append(events, event(user, "Bench Timed", user, map[string]any{"due": due.Format(time.RFC3339)}))
	}
	if err := s.batches(events); err != nil {
		return err
	}
	if err := s.until("runs sleep", int64(n), "SELECT COUNT(*) FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE j.journey_key = 'bench-timed' AND r.wake_at IS NOT NULL"); err != nil {
		return err
	}
	if left := time.Until(due); left < 15*time.Second {
		return fmt.Errorf("the moment has come %s too early: this machine is too busy for %d timers", 15*time.Second-left, n)
	}
	f.IngestBefore50, f.IngestBefore99 = quantiles(s.singles("before", time.Until(due)-10*time.Second, nil))
	time.Sleep(time.Until(due))
	over := make(chan struct{})
	late := make(chan []time.Duration, 1)
	go func() { late <- s.singles("meanwhile", 10*time.Minute, over) }()
	err := s.until("runs ended", int64(n), ended)
	close(over)
	f.TimersTook = time.Since(due).Seconds()
	f.Ingest50, f.Ingest99 = quantiles(<-late)
	if err != nil {
		return err
	}
	rows, err := s.db.Query("SELECT v.left_at, COUNT(*) FROM step_visits v JOIN runs r ON r.id = v.run_id JOIN journeys j ON j.id = r.journey_id WHERE j.journey_key = 'bench-timed' AND v.step_id = 'nap' GROUP BY r.id")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var waits []time.Duration
	for rows.Next() {
		var at int64
		var times int
		if err := rows.Scan(&at, &times); err != nil {
			return err
		}
		if times != 1 || at < due.UnixMicro() {
			return fmt.Errorf("a run left its wait %d times, %s after the moment", times, time.UnixMicro(at).Sub(due))
		}
		waits = append(waits, time.UnixMicro(at).Sub(due))
	}
	f.LateP50, f.LateP99 = quantiles(waits)
	fmt.Printf("%d timers in one second: %d runs went on once, the last one after %.1f s; single events p99 %.0f ms before, %.0f ms meanwhile\n", n, len(waits), f.TimersTook, f.IngestBefore99, f.Ingest99)
	if len(waits) != n {
		return fmt.Errorf("%d runs of %d went on", len(waits), n)
	}
	return rows.Err()
}

func quantiles(d []time.Duration) (p50, p99 float64) {
	if len(d) == 0 {
		return 0, 0
	}
	slices.Sort(d)
	ms := func(q int) float64 { return float64(d[len(d)*q/100].Microseconds()) / 1000 }
	return ms(50), ms(99)
}

// start starts the program as `make run` does, with a Temporal server of its own.
func start(dir, program string) (*side, func(), error) {
	listen, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	temporal, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	web, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	out, err := os.Create(filepath.Join(dir, "sojourn.log"))
	if err != nil {
		return nil, nil, err
	}
	data := filepath.Join(dir, "data")
	cmd := exec.Command(program, "dev", "--data", data, "--listen", listen, "--temporal", temporal, "--temporal-ui", web, "--workspace-key", writeKey)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	stop := func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	s, err := connect("http://"+listen, data)
	if err != nil {
		stop()
		text, _ := os.ReadFile(out.Name())
		return nil, nil, fmt.Errorf("%w: %s", err, text)
	}
	return s, func() { _ = s.db.Close(); stop() }, nil
}
