package harness

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// FaultEnv arms a fault point of a process; see package faultpoint for its language.
const FaultEnv = "SOJOURN_FAULT"

// Supervised is a process that is started again, without its fault, whenever it ends by itself.
type Supervised struct {
	name string
	spec spec
	t    testing.TB

	mu       sync.Mutex
	current  *process
	stopped  bool // the test ended it on purpose and has not started it again
	deaths   int  // ends that nobody here asked for
	watching sync.WaitGroup
}

func (w *World) supervise(name string, s spec, armed string) *Supervised {
	w.t.Helper()
	s.name, s.log = name, filepath.Join(w.dir, "logs", name+".log")
	p := &Supervised{name: name, spec: s, t: w.t}
	p.Start(armed)
	w.t.Cleanup(func() {
		p.mu.Lock()
		p.stopped = true
		current := p.current
		p.mu.Unlock()
		current.kill()
		p.watching.Wait()
	})
	return p
}

// Start starts the process with a fault armed ("" = none).
func (p *Supervised) Start(armed string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = false
	if err := p.launch(armed); err != nil {
		p.t.Fatal(err)
	}
}

// launch needs the lock.
func (p *Supervised) launch(armed string) error {
	s := p.spec
	if armed != "" {
		s.env = append(slices.Clone(s.env), FaultEnv+"="+armed)
	}
	child, err := start(s)
	if err != nil {
		return err
	}
	p.current = child
	p.watching.Go(func() { p.watch(child) })
	return nil
}

// watch starts the process again when it ended by itself.
func (p *Supervised) watch(child *process) {
	<-child.exited
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped || p.current != child {
		return
	}
	p.deaths++
	if err := p.launch(""); err != nil {
		p.t.Errorf("start %s again: %v", p.name, err)
	}
}

// Deaths counts how often it ended by itself, which an armed fault makes it do.
func (p *Supervised) Deaths() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.deaths
}

// AwaitDeath waits until it has died more often than before.
func (p *Supervised) AwaitDeath(before int, within time.Duration) error {
	return Until(within, func() error {
		if p.Deaths() > before {
			return nil
		}
		return fmt.Errorf("%s is alive", p.name)
	})
}

// Kill is kill -9; it stays down until Start.
func (p *Supervised) Kill() { p.end(func(c *process) { c.kill() }) }

// Terminate asks it to stop, and fails the test when that takes longer than patience.
func (p *Supervised) Terminate(patience time.Duration) {
	p.t.Helper()
	p.end(func(c *process) {
		if took, polite := c.terminate(patience); !polite {
			p.t.Errorf("%s did not stop within %s", p.name, took.Round(time.Millisecond))
		}
	})
}

func (p *Supervised) end(how func(*process)) {
	p.mu.Lock()
	p.stopped = true
	current := p.current
	p.mu.Unlock()
	how(current)
}

// Restart kills it and starts it with a fault armed.
func (p *Supervised) Restart(armed string) {
	p.t.Helper()
	p.Kill()
	p.Start(armed)
}

// Freeze and Thaw make a zombie of it: it stands still, its leases run out, and it wakes up believing in them.
func (p *Supervised) Freeze() { p.signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (p *Supervised) Thaw() { p.signal(syscall.SIGCONT) }

// Frozen reports that the process stands still, by Freeze or by a fault point.
func (p *Supervised) Frozen() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Pid()))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ") // the name before it may hold anything
	return strings.HasPrefix(rest, "T")
}

func (p *Supervised) signal(s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current.signal(s)
}

// Pid is the present process id.
func (p *Supervised) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.current.pid
}
