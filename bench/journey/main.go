package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"log/slog"

	"sojourn/bench/measure"
	"sojourn/chaos/smtpsink"
	"sojourn/devmode/temporalchild"
)

// figures of one side and one shape.
type figures struct {
	Side          string  `json:"side"`  // bare or sojourn
	Shape         string  `json:"shape"` // W4 or W5
	Runs          int     `json:"runs"`
	CPUSeconds    float64 `json:"cpuSecondsPer1000"` // process and Temporal together
	Process       float64 `json:"processCpuSecondsPer1000"`
	Temporal      float64 `json:"temporalCpuSecondsPer1000"`
	Wall          float64 `json:"wallSeconds"`
	HistoryEvents int64   `json:"historyEvents"`
	Transitions   int64   `json:"stateTransitions"`
	TemporalBytes int64   `json:"temporalBytesPerRun,omitempty"` // what both stores grew by, ours with event, profile and mail
	OwnBytes      int64   `json:"ownBytesPerRun,omitempty"`
	Queued        float64 `json:"sendsByQueue"`    // share of sends that could not go in a local activity
	P50           float64 `json:"p50Ms,omitempty"` // at 5/s: acknowledgement to arrival, less the wait
	P95           float64 `json:"p95Ms,omitempty"`
	P99           float64 `json:"p99Ms,omitempty"`
}

type report struct {
	Rows   []figures          `json:"rows"`
	Ratios map[string]float64 `json:"ratios"` // ours / bare
	Parked *parked            `json:"parked,omitempty"`
	Entry  []entered          `json:"audienceEntry,omitempty"`
	Burst  *burst             `json:"burst,omitempty"`
}

func main() {
	var o options
	flag.IntVar(&o.runs, "runs", 500, "runs per side and shape, in each of two rounds; 0 = leave W4 and W5 out")
	flag.IntVar(&o.paced, "paced", 10, "seconds of events at 5 per second, for latency, in each of two rounds")
	flag.IntVar(&o.parked, "parked", 0, "also park so many runs, weigh them, and wake 300 others at 5 per second")
	flag.IntVar(&o.entry, "entry", 0, "also let so many people in by an audience entry, with and without the limit of starts")
	flag.IntVar(&o.burst, "burst", 0, "also hand in so many events of one journey at once (P11)")
	flag.StringVar(&o.program, "program", "bin/sojourn", "the product")
	flag.StringVar(&o.profile, "profile", "", "prefix of files for CPU profiles of our process, one for each shape and round; the program is ./bench/journey/profiled then")
	flag.StringVar(&o.role, "role", "", "internal: bare")
	flag.StringVar(&o.temporal, "temporal", "", "internal")
	flag.StringVar(&o.sink, "sink", "", "internal")
	flag.StringVar(&o.listen, "listen", "", "internal")
	flag.IntVar(&o.size, "size", 0, "internal: bytes of a mail")
	flag.Parse()
	var err error
	if o.role == "bare" {
		err = bareMain(o)
	} else {
		err = run(context.Background(), o)
	}
	if err != nil {
		log.Fatal(err)
	}
}

type options struct {
	runs, paced, parked, size    int
	entry, burst                 int
	program, profile             string
	role, temporal, sink, listen string
}

// bench is the common ground of both sides.
type bench struct {
	o      options
	dir    string
	child  *temporalchild.Child
	client client.Client
	sink   *smtpsink.Server
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "sojourn-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.profile != "" && o.program == "bin/sojourn" {
		o.program = filepath.Join(dir, "profiled")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", o.program, "./bench/journey/profiled").CombinedOutput(); err != nil {
			return fmt.Errorf("build the product with profiles: %w: %s", err, out)
		}
	}
	result := measure.Begin("go run ./bench/journey")
	b := &bench{o: o, dir: dir}
	if b.child, err = temporalchild.Start(ctx, temporalchild.Config{Binary: "bin/temporal-dev", DBPath: filepath.Join(dir, "temporal.db"), Address: "127.0.0.1:0", LogFile: filepath.Join(dir, "temporal.log")}); err != nil {
		return err
	}
	defer func() { _ = b.child.Stop(context.Background()) }()
	if b.client, err = client.Dial(client.Options{HostPort: b.child.Address(), Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))}); err != nil {
		return err
	}
	defer b.client.Close()
	if b.sink, err = smtpsink.Start(smtpsink.Options{}); err != nil {
		return err
	}
	defer b.sink.Close()

	var r report
	if o.runs > 0 {
		if err := b.shapes(ctx, &r); err != nil {
			return err
		}
	}
	if o.entry > 0 {
		if r.Entry, err = b.audienceEntry(ctx, o.entry); err != nil {
			return err
		}
	}
	if o.burst > 0 {
		if r.Burst, err = b.flood(o.burst); err != nil {
			return err
		}
	}
	if o.parked > 0 {
		if r.Parked, err = b.park(ctx, o.parked); err != nil {
			return err
		}
	}
	show(r)
	path, err := result.Write("journey", r)
	if err == nil {
		fmt.Println("written to", path)
	}
	return err
}

// shapes measures W4 and W5. Ours first: its mails say how large a mail the bare side has to send. Then bare twice and
// ours again, so that neither side profits from a server that grows, or from a machine that changes, on the way.
func (b *bench) shapes(ctx context.Context, r *report) (err error) {
	var ours, bare [2][]figures
	var weight int
	if ours[0], weight, err = b.sojourn(ctx, 1); err != nil {
		return err
	}
	for i := range bare {
		if bare[i], err = b.bare(ctx, i+1, weight); err != nil {
			return err
		}
	}
	if ours[1], _, err = b.sojourn(ctx, 2); err != nil {
		return err
	}
	for i := range ours[0] {
		r.Rows = append(r.Rows, together(ours[0][i], ours[1][i]))
	}
	for i := range bare[0] {
		r.Rows = append(r.Rows, together(bare[0][i], bare[1][i]))
	}
	r.Ratios = ratios(r.Rows)
	return nil
}

// together is the mean of two rounds of one side and shape; of the latencies the mean of their quantiles.
func together(a, b figures) figures {
	a.Runs += b.Runs
	for _, f := range []struct{ a, b *float64 }{{&a.CPUSeconds, &b.CPUSeconds}, {&a.Process, &b.Process}, {&a.Temporal, &b.Temporal}, {&a.Queued, &b.Queued},
		{&a.P50, &b.P50}, {&a.P95, &b.P95}, {&a.P99, &b.P99}} {
		*f.a = (*f.a + *f.b) / 2
	}
	a.Wall += b.Wall
	a.TemporalBytes, a.OwnBytes = (a.TemporalBytes+b.TemporalBytes)/2, (a.OwnBytes+b.OwnBytes)/2
	a.HistoryEvents, a.Transitions = max(a.HistoryEvents, b.HistoryEvents), max(a.Transitions, b.Transitions)
	return a
}

func ratios(rows []figures) map[string]float64 {
	out := map[string]float64{}
	for _, o := range rows {
		for _, b := range rows {
			if o.Side == "sojourn" && b.Side == "bare" && o.Shape == b.Shape {
				out[o.Shape] = o.CPUSeconds / b.CPUSeconds
				out[o.Shape+" process"] = o.Process / b.Process
				out[o.Shape+" temporal"] = o.Temporal / b.Temporal
			}
		}
	}
	return out
}

// weigh sends n events through send, waits until n mails have arrived at n addresses, and gives what it cost.
func (b *bench) weigh(side, shape string, n, pid int, wait time.Duration, send func(i int) (to string, err error)) (figures, error) {
	f := figures{Side: side, Shape: shape, Runs: n}
	p0, err := measure.CPU(pid)
	if err != nil {
		return f, err
	}
	t0, err := measure.CPU(b.child.Pid())
	if err != nil {
		return f, err
	}
	began := time.Now()
	var mu sync.Mutex
	people := map[string]time.Time{}
	if err := concurrently(n, 8, func(i int) error {
		to, err := send(i)
		mu.Lock()
		defer mu.Unlock()
		people[to] = time.Now()
		return err
	}); err != nil {
		return f, err
	}
	if !b.sink.Await(5*time.Minute, func(m []smtpsink.Message) bool { return len(among(m, people)) >= n }) {
		return f, fmt.Errorf("%s %s: %d of %d mails arrived", side, shape, len(among(b.sink.Messages(), people)), n)
	}
	f.Wall = time.Since(began).Seconds()
	time.Sleep(2*time.Second + wait) // what follows the mail, recording and closing, belongs to the run
	p1, _ := measure.CPU(pid)
	t1, _ := measure.CPU(b.child.Pid())
	per := 1000 / float64(n)
	f.Process, f.Temporal = (p1-p0).Seconds()*per, (t1-t0).Seconds()*per
	f.CPUSeconds = f.Process + f.Temporal
	got, seen := among(b.sink.Messages(), people), map[string]bool{}
	for _, m := range got {
		seen[m.To[0]] = true
	}
	if len(seen) != n || len(got) != n {
		return f, fmt.Errorf("%s %s: %d mails to %d people, want %d", side, shape, len(got), len(seen), n)
	}
	return f, nil
}

// among are the mails to these people; the demo workspace mails others meanwhile.
func among(all []smtpsink.Message, people map[string]time.Time) []smtpsink.Message {
	var out []smtpsink.Message
	for _, m := range all {
		if _, ours := people[m.To[0]]; ours && m.Terminated { // what was given up before its end is no mail
			out = append(out, m)
		}
	}
	return out
}

type sent struct {
	to  string
	at  time.Time
	err error
}

func concurrently(n, width int, do func(i int) error) error {
	next, done := make(chan int), make(chan error, width)
	for range width {
		go func() {
			for i := range next {
				if err := do(i); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	var failed error
feed:
	for i := range n {
		select {
		case next <- i:
		case failed = <-done:
			width--
			break feed
		}
	}
	close(next)
	for range width {
		if err := <-done; failed == nil {
			failed = err
		}
	}
	return failed
}

// size of a workflow's history and the work it was for the server, of one run of the side.
func (b *bench) shape(ctx context.Context, f *figures, workflowID string) error {
	d, err := b.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return err
	}
	f.HistoryEvents, f.Transitions = d.WorkflowExecutionInfo.HistoryLength, d.WorkflowExecutionInfo.StateTransitionCount
	return nil
}
