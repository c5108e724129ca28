package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"

	"sojourn/bench/measure"
	"sojourn/chaos/smtpsink"
	"sojourn/ids"
)

// parked are the weights of a sleeping run.
type parked struct {
	Runs          int     `json:"runs"`
	PerSecond     float64 `json:"parkedPerSecond"`
	TemporalBytes int64   `json:"temporalBytesPerRun"`
	OwnBytes      int64   `json:"ownBytesPerRun"`
	BareRuns      int     `json:"bareRuns"`
	BareBytes     int64   `json:"bareTemporalBytesPerRun"` // with the same search attributes
	Ratio         float64 `json:"temporalBytesOverBare"`
	RSS           int64   `json:"processRssBytes"` // server and worker in one process
	TemporalRSS   int64   `json:"temporalRssBytes"`
	Woken         int     `json:"woken"` // of the parked ones, at 5 per second
	Late50        float64 `json:"lateP50Ms"`
	Late95        float64 `json:"lateP95Ms"`
	Late99        float64 `json:"lateP99Ms"`
}

const (
	woken     = 300             // runs whose wait ends at 5 per second
	wokenWait = 4 * time.Minute // long enough for the others to push them out of the worker's memory
)

// park starts n runs that sleep for 30 days and weighs both stores before and after. The limit of starts is off: how they
// get there is not the question. Of those that wake, the events come first, then the last of the sleepers, so that the
// worker has forgotten them when their time comes.
func (b *bench) park(ctx context.Context, n int) (*parked, error) {
	p := &parked{Runs: n, Woken: min(woken, n/2)}
	if err := b.parkBare(p, min(n, 5000)); err != nil {
		return nil, err
	}
	o, stop, err := b.open("parked", "--starts-per-second=-1")
	if err != nil {
		return nil, err
	}
	defer stop()
	mail := map[string]any{"id": "mail", "kind": "send", "send": map[string]any{"template": "welcome-1", "channel": "email"}}
	for key, wait := range map[string]string{"bench-parked": "P30D", "bench-woken": fmt.Sprintf("PT%dS", int(wokenWait.Seconds()))} {
		if err := o.publish(key, key, []any{map[string]any{"id": "pause", "kind": "wait", "wait": map[string]any{"for": wait}, "next": "mail"}, mail}); err != nil {
			return nil, err
		}
	}
	if err := o.people("woken", p.Woken); err != nil {
		return nil, err
	}
	t0, own0, err := b.stored(o)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	last := min(n/4, 2500) // come after those that wake
	if err := o.sleepers(0, n-last); err != nil {
		return nil, err
	}
	p.PerSecond = float64(n-last) / time.Since(began).Seconds()
	woken := o.wakeLater(p.Woken)
	if err := o.sleepers(n-last, n); err != nil {
		return nil, err
	}
	if err := <-woken; err != nil {
		return nil, err
	}
	due, err := o.due("bench-woken", p.Woken)
	if err != nil {
		return nil, err
	}
	time.Sleep(5 * time.Second)
	t1, own1, err := b.stored(o)
	if err != nil {
		return nil, err
	}
	p.TemporalBytes, p.OwnBytes = (t1-t0)/int64(n), (own1-own0)/int64(n)
	p.Ratio = float64(p.TemporalBytes) / float64(p.BareBytes)
	p.RSS, _ = measure.RSS(o.pid)
	p.TemporalRSS, _ = measure.RSS(b.child.Pid())
	return p, b.lateness(p, due)
}

// sleepers lets people number from to to-1 in, who come into being by the event itself, and waits until all of them sleep.
func (o *ours) sleepers(from, to int) error {
	var events []any
	for i := from; i < to; i++ {
		user := fmt.Sprintf("parked-%d", i)
		events = append(events, map[string]any{"type": "track", "userId": user, "event": "bench-parked", "messageId": "park-" + user})
	}
	if err := o.batches(events); err != nil {
		return err
	}
	return o.waiting("bench-parked", to)
}

// waiting waits until n runs of a journey sleep: their workflows have begun, and have written when they wake.
func (o *ours) waiting(key string, n int) error {
	db, err := readOnly(filepath.Join(o.data, "sojourn.db"))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	last, at := 0, time.Now()
	for time.Since(at) < 10*time.Minute {
		var sleeping int
		if err := db.QueryRow("SELECT COUNT(*) FROM runs WHERE journey_id = (SELECT id FROM journeys WHERE journey_key = ?) AND wake_at IS NOT NULL", key).Scan(&sleeping); err != nil {
			return err
		}
		if sleeping >= n {
			return nil
		}
		if sleeping > last {
			last, at = sleeping, time.Now()
		}
		time.Sleep(time.Second)
	}
	return fmt.Errorf("%d of %d runs of %s sleep, and no more for ten minutes", last, n, key)
}

// wakeLater lets n people in at 5 per second, beside everything else.
func (o *ours) wakeLater(n int) <-chan error {
	done := make(chan error, 1)
	go func() {
		tick := time.NewTicker(time.Second / 5)
		defer tick.Stop()
		for i := range n {
			<-tick.C
			user := fmt.Sprintf("woken-%d", i)
			if err := o.track(map[string]any{"type": "track", "userId": user, "event": "bench-woken", "messageId": "wake-" + user}); err != nil {
				done <- fmt.Errorf("a run that should wake was not let in: %w", err)
				return
			}
		}
		done <- nil
	}()
	return done
}

// due tells, by address, when the n runs of a journey will wake, once all of them sleep: whoever came in late behind the
// others is not late for it when he wakes.
func (o *ours) due(key string, n int) (map[string]time.Time, error) {
	if err := o.waiting(key, n); err != nil {
		return nil, err
	}
	db, err := readOnly(filepath.Join(o.data, "sojourn.db"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Query("SELECT c.email, r.wake_at FROM runs r JOIN customers c ON c.id = r.customer_id WHERE r.journey_id = (SELECT id FROM journeys WHERE journey_key = ?) AND r.wake_at IS NOT NULL", key)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	due := map[string]time.Time{}
	for rows.Next() {
		var address string
		var at int64
		if err := rows.Scan(&address, &at); err != nil {
			return nil, err
		}
		due[address] = time.UnixMicro(at)
	}
	return due, rows.Err()
}

// lateness waits for the mails of those who wake, and compares them with when they were due.
func (b *bench) lateness(p *parked, due map[string]time.Time) error {
	if !b.sink.Await(wokenWait+5*time.Minute, func(m []smtpsink.Message) bool { return len(among(m, due)) >= p.Woken }) {
		return fmt.Errorf("%d of %d woken runs have mailed", len(among(b.sink.Messages(), due)), p.Woken)
	}
	var late []time.Duration
	for _, m := range among(b.sink.Messages(), due) {
		late = append(late, m.At.Sub(due[m.To[0]]))
	}
	p.Late50, p.Late95, p.Late99 = quantiles(late)
	return nil
}

// parkBare parks n bare workflows with the search attributes that ours have.
func (b *bench) parkBare(p *parked, n int) error {
	// The attributes are ours: a first start of our side makes them known to Temporal.
	_, stop, err := b.open("attributes")
	if err != nil {
		return err
	}
	stop()
	listen, cmd, err := b.startBare(0)
	if err != nil {
		return err
	}
	defer end(cmd)
	before, err := pages(filepath.Join(b.dir, "temporal.db"))
	if err != nil {
		return err
	}
	err = concurrently(n, 8, func(i int) error {
		body, _ := json.Marshal(map[string]any{"ID": fmt.Sprintf("sojourn/demo/bench-parked/%s", ids.New()), "To": fmt.Sprintf("%d@example.com", i), "Wait": 30 * 24 * time.Hour, "Customer": ids.New().String()})
		resp, err := http.Post("http://"+listen+"/", "application/json", bytes.NewReader(body))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("bare side: status %d", resp.StatusCode)
		}
		return nil
	})
	if err != nil {
		return err
	}
	time.Sleep(5 * time.Second)
	after, err := pages(filepath.Join(b.dir, "temporal.db"))
	p.BareRuns, p.BareBytes = n, (after-before)/int64(n)
	return err
}

// stored is what both stores hold.
func (b *bench) stored(o *ours) (temporal, own int64, err error) {
	if temporal, err = pages(filepath.Join(b.dir, "temporal.db")); err != nil {
		return 0, 0, err
	}
	own, err = pages(filepath.Join(o.data, "sojourn.db"))
	return temporal, own, err
}

// pages are the bytes of the used pages of a SQLite file, its write-ahead log included.
func pages(path string) (int64, error) {
	db, err := readOnly(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }()
	var count, free, size int64
	for name, into := range map[string]*int64{"page_count": &count, "freelist_count": &free, "page_size": &size} {
		if err := db.QueryRow("PRAGMA " + name).Scan(into); err != nil {
			return 0, fmt.Errorf("%s of %s: %w", name, path, err)
		}
	}
	return (count - free) * size, nil
}

func readOnly(path string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(10000)")
}
