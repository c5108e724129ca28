// Package measure is what the benchmarks share: the head of a result file, processor seconds and memory of processes.
//
// Machines differ and are noisy, so benchmarks compare two things in one run and print the ratio; processor seconds are
// read from /proc (user + system, children that were waited for included).
package measure

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Result is one file under bench/results.
type Result struct {
	Date       string `json:"date"`
	Commit     string `json:"commit"`
	Machine    string `json:"machine"`
	Go         string `json:"go"`
	Processors int    `json:"processors"`
	LoadBefore string `json:"loadBefore"`
	LoadAfter  string `json:"loadAfter"`
	Command    string `json:"command"`
	Figures    any    `json:"figures"`
}

// Begin notes date, commit, machine and load.
func Begin(command string) *Result {
	return &Result{Date: time.Now().UTC().Format(time.RFC3339), Commit: commit(), Machine: machine(), Go: runtime.Version(),
		Processors: runtime.GOMAXPROCS(0), LoadBefore: load(), Command: command}
}

// Write ends the measurement and writes bench/results/<name>-<date>.json in the module's root.
func (r *Result) Write(name string, figures any) (string, error) {
	r.LoadAfter, r.Figures = load(), figures
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", err
	}
	path := filepath.Join("bench", "results", fmt.Sprintf("%s-%s-%s.json", name, r.Date[:10], r.Commit))
	return path, os.WriteFile(path, append(text, '\n'), 0o644)
}

// CPU is the processor time that processes have used so far.
func CPU(pids ...int) (time.Duration, error) {
	var ticks int64
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			return 0, err
		}
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		for _, f := range fields[11:15] { // utime, stime, cutime, cstime
			n, err := strconv.ParseInt(f, 10, 64)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
	}
	return time.Duration(ticks) * (time.Second / 100), nil // USER_HZ is 100 on every Linux that Go supports
}

// RSS is the resident memory of a process in bytes.
func RSS(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// Quantile of durations, by the nearest rank; zero of none.
func Quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short=10", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func machine() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for l := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	one, _, _ := strings.Cut(string(text), " ")
	return one
}
