//go:build chaos

package faultpoint

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Point is a named place.
type Point struct{ *state }

type state struct {
	name   string
	passed atomic.Int64
}

type fault struct {
	action string
	nth    int64
	delay  time.Duration
}

var (
	mu     sync.Mutex
	points = map[string]bool{}
	faults = parse(os.Getenv("SOJOURN_FAULT"))
	plants = strings.Split(os.Getenv("SOJOURN_PLANT"), ",")
)

// New names a point; call it once, for a package variable.
func New(name string) Point {
	mu.Lock()
	defer mu.Unlock()
	if points[name] {
		panic("fault point " + name + " is named twice")
	}
	points[name] = true
	return Point{&state{name: name}}
}

// All lists the points of the packages that the program links, sorted.
func All() []string {
	mu.Lock()
	defer mu.Unlock()
	var out []string
	for name := range points {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Planted reports whether a planted bug is switched on.
func Planted(name string) bool { return slices.Contains(plants, name) }

// Hit passes the point, and does there what SOJOURN_FAULT says.
func (p Point) Hit() error {
	f, ok := faults[p.name]
	if !ok || p.passed.Add(1) != f.nth {
		return nil
	}
	fmt.Fprintf(os.Stderr, "fault point %s: %s\n", p.name, f.action)
	switch f.action {
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // the signal is on its way; nothing after this point may happen
	case "stop":
		// To this very thread: sent to the process, it may be another thread that takes the signal a moment later, and on a
		// busy machine this one would pass the point, and what follows, before everything stands still.
		runtime.LockOSThread()
		_, _, _ = syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(os.Getpid()), uintptr(syscall.Gettid()), uintptr(syscall.SIGSTOP))
		runtime.UnlockOSThread()
	case "delay":
		time.Sleep(f.delay)
	case "error":
		return fmt.Errorf("fault point %s", p.name)
	}
	return nil
}

func parse(s string) map[string]fault {
	out := map[string]fault{}
	for part := range strings.SplitSeq(s, ",") {
		f := strings.Split(strings.TrimSpace(part), ":")
		if len(f) < 2 {
			continue
		}
		act := fault{action: f[1], nth: 1}
		if name, value, ok := strings.Cut(f[1], "="); ok {
			act.action = name
			act.delay, _ = time.ParseDuration(value)
		}
		if len(f) > 2 {
			act.nth, _ = strconv.ParseInt(f[2], 10, 64)
		}
		out[f[0]] = act
	}
	return out
}
