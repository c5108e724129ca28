package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sojourn/bench/measure"
	"sojourn/chaos/smtpsink"
	"sojourn/devmode/temporalchild"
	"sojourn/storage/dbtest"
)

// figures of one side.
type figures struct {
	Side      string  `json:"side"` // bare, sqlite or mysql
	Mails     int     `json:"mails"`
	Bytes     int     `json:"bytesPerMail"` // as they came over the wire
	Wall      float64 `json:"wallSeconds"`
	PerSecond float64 `json:"mailsPerSecond"`
	Process   float64 `json:"processCpuMsPerMail"`
	Temporal  float64 `json:"temporalCpuMsPerMail,omitempty"`
	Database  float64 `json:"databaseCpuMsPerMail,omitempty"`
	CPU       float64 `json:"cpuMsPerMail"`
}

type report struct {
	Rows   []figures          `json:"rows"`
	Ratios map[string]float64 `json:"ratios"` // ours / bare
}

type options struct {
	n                                  int
	parallel                           int
	databases, profile                 string
	role, database, temporal, smtpSink string
}

func main() {
	var o options
	flag.IntVar(&o.n, "n", 5000, "recipients")
	flag.IntVar(&o.parallel, "parallel", 8, "mails on their way at once, on both sides")
	flag.StringVar(&o.databases, "databases", "sqlite,mysql", "which databases")
	flag.StringVar(&o.profile, "profile", "", "prefix of files for CPU profiles of each side")
	flag.StringVar(&o.role, "role", "", "internal: bare or ours")
	flag.StringVar(&o.database, "database", "", "internal")
	flag.StringVar(&o.temporal, "temporal", "", "internal")
	flag.StringVar(&o.smtpSink, "sink", "", "internal")
	flag.Parse()
	var err error
	switch o.role {
	case "bare":
		err = bareMain(o)
	case "ours":
		err = oursMain(context.Background(), o)
	default:
		err = run(context.Background(), o)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "sojourn-bench-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	result := measure.Begin(fmt.Sprintf("go run ./bench/broadcast -n %d", o.n))
	temporal, err := temporalchild.Start(ctx, temporalchild.Config{Binary: "bin/temporal-dev", DBPath: filepath.Join(dir, "temporal.db"), Address: "127.0.0.1:0", LogFile: filepath.Join(dir, "temporal.log")})
	if err != nil {
		return err
	}
	defer func() { _ = temporal.Stop(context.Background()) }()
	var r report
	// Bare before and after, so that a machine that changes on the way favours neither.
	before, err := side(o, "bare", nil)
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(o.databases, ",") {
		url := "sqlite://" + filepath.Join(dir, "sojourn.db")
		var database []int
		if name == "mysql" {
			if url, err = dbtest.PrivateDatabase("bench"); err != nil {
				return err
			}
			database = children("mariadbd")
		}
		if err := fill(ctx, url, o.n); err != nil {
			return fmt.Errorf("fill %s: %w", name, err)
		}
		f, err := side(o, name, func(args []string) []string { return append(args, "-database", url, "-temporal", temporal.Address()) }, append([]int{temporal.Pid()}, database...)...)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := verify(ctx, url, o.n); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.Rows = append(r.Rows, f)
	}
	after, err := side(o, "bare", nil)
	if err != nil {
		return err
	}
	bare := before
	bare.Mails += after.Mails
	bare.Wall += after.Wall
	bare.CPU, bare.Process, bare.PerSecond = (before.CPU+after.CPU)/2, (before.Process+after.Process)/2, (before.PerSecond+after.PerSecond)/2
	r.Ratios = map[string]float64{}
	for _, f := range r.Rows {
		r.Ratios[f.Side] = f.CPU / bare.CPU
	}
	r.Rows = append([]figures{bare}, r.Rows...)
	fmt.Printf("%-8s %8s %8s %9s %10s %10s %10s %10s\n", "side", "mails", "bytes", "mails/s", "CPU ms", "process", "temporal", "database")
	for _, f := range r.Rows {
		fmt.Printf("%-8s %8d %8d %9.0f %10.3f %10.3f %10.3f %10.3f\n", f.Side, f.Mails, f.Bytes, f.PerSecond, f.CPU, f.Process, f.Temporal, f.Database)
	}
	for side, ratio := range r.Ratios {
		fmt.Printf("ours on %s / bare: %.2f\n", side, ratio)
	}
	path, err := result.Write("broadcast", r)
	if err == nil {
		fmt.Println("written to", path)
	}
	return err
}

// side lets a process of this program send everything, and gives what it cost; others are processes whose share counts.
func side(o options, name string, more func([]string) []string, others ...int) (figures, error) {
	f := figures{Side: name, Mails: o.n}
	sink, err := smtpsink.Start(smtpsink.Options{})
	if err != nil {
		return f, err
	}
	defer sink.Close()
	role := "ours"
	if more == nil {
		role, more = "bare", func(a []string) []string { return a }
	}
	args := []string{"-role", role, "-n", fmt.Sprint(o.n), "-parallel", fmt.Sprint(o.parallel), "-sink", sink.Addr()}
	if o.profile != "" {
		args = append(args, "-profile", o.profile+name)
	}
	cmd := exec.Command(os.Args[0], more(args)...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	before := make([]time.Duration, len(others))
	for i, pid := range others {
		if before[i], err = measure.CPU(pid); err != nil {
			return f, err
		}
	}
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return f, err
	}
	f.Wall = time.Since(began).Seconds()
	per := 1000 / float64(o.n)
	f.Process = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds() * per
	for i, pid := range others {
		after, err := measure.CPU(pid)
		if err != nil {
			return f, err
		}
		used := (after - before[i]).Seconds() * per
		if i == 0 {
			f.Temporal = used
		} else {
			f.Database += used
		}
	}
	f.CPU, f.PerSecond = f.Process+f.Temporal+f.Database, float64(o.n)/f.Wall
	unique := map[string]bool{}
	count := 0
	for _, m := range sink.Messages() {
		if m.Accepted() {
			count++
			unique[m.To[0]] = true
			f.Bytes = len(m.Data)
		}
	}
	if count != o.n || len(unique) != o.n {
		return f, fmt.Errorf("%s: %d mails to %d addresses, want %d", name, count, len(unique), o.n)
	}
	return f, nil
}

// children are processes below this one with a name.
func children(name string) []int {
	var out []int
	entries, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range entries {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), "("+name+")") {
			continue
		}
		var pid, parent int
		rest := string(text[strings.LastIndexByte(string(text), ')')+1:])
		if _, err := fmt.Sscan(string(text), &pid); err != nil {
			continue
		}
		var state string
		if _, err := fmt.Sscan(rest, &state, &parent); err == nil && parent == os.Getpid() {
			out = append(out, pid)
		}
	}
	return out
}
