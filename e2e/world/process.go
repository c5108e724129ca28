package world

import (
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stopWithin is how long a process may take to end after SIGTERM; a message being handed over has 30 s.
const stopWithin = 40 * time.Second

// Process is a running program.
type Process struct {
	Name string
	cmd  *exec.Cmd
	out  *output
	done chan struct{} // closed when the program has ended
	err  error         // how it ended; read after done
}

// Run says what to start.
type Run struct {
	Name string
	Path string
	Args []string
	Env  []string // the whole environment
	Dir  string
	Pipe bool          // keep standard input open until the end of the test
	Line func(string)  // called with each line of standard output; may be nil
	Stop time.Duration // default stopWithin
}

// Start starts a program that runs until the test ends.
func Start(t testing.TB, r Run) *Process {
	t.Helper()
	p := &Process{Name: r.Name, out: &output{line: r.Line}, done: make(chan struct{})}
	p.cmd = exec.Command(r.Path, r.Args...)
	p.cmd.Env, p.cmd.Dir = r.Env, r.Dir
	p.cmd.Stdout, p.cmd.Stderr = p.out, &p.out.stderr
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	p.cmd.WaitDelay = 5 * time.Second
	var stdin io.WriteCloser
	if r.Pipe {
		var err error
		if stdin, err = p.cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
	}
	started := make(chan error, 1)
	go func() {
		// The parent-death signal follows the thread that forked, so that thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			p.err = p.cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("start %s: %v", r.Name, err)
	}
	stop := r.Stop
	if stop == 0 {
		stop = stopWithin
	}
	t.Cleanup(func() {
		if stdin != nil {
			_ = stdin.Close()
		}
		if !p.End(stop) {
			t.Errorf("%s did not end within %s after SIGTERM", r.Name, stop)
		}
		if t.Failed() {
			t.Logf("last lines of %s:\n%s", r.Name, p.Tail(60))
		}
	})
	return p
}

// End asks the program to stop and kills it if it does not; it reports whether it stopped by itself.
func (p *Process) End(within time.Duration) bool {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return true
	case <-time.After(within):
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.done
		return false
	}
}

// Ended returns an error with the last output when the program is no longer running.
func (p *Process) Ended() error {
	select {
	case <-p.done:
		how := "well"
		if p.err != nil {
			how = p.err.Error()
		}
		return fmt.Errorf("%s has ended (%s):\n%s", p.Name, how, p.Tail(40))
	default:
		return nil
	}
}

// Wait waits for the end of a program that runs once, and fails the test unless it ended well.
func (p *Process) Wait(t testing.TB, within time.Duration) {
	t.Helper()
	select {
	case <-p.done:
		if p.err != nil {
			t.Fatalf("%s: %v\n%s", p.Name, p.err, p.Tail(60))
		}
	case <-time.After(within):
		t.Fatalf("%s did not end within %s:\n%s", p.Name, within, p.Tail(60))
	}
}

// Pid of the program.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Output is everything written so far.
func (p *Process) Output() string {
	return p.out.text() + p.out.stderr.text()
}

// Tail is the last n lines of both outputs.
func (p *Process) Tail(n int) string {
	lines := strings.Split(strings.TrimRight(p.Output(), "\n"), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}

// output collects what a program writes and hands on its lines.
type output struct {
	mu     sync.Mutex
	all    strings.Builder
	rest   string
	line   func(string)
	stderr struct{ errorOutput }
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all.Write(b)
	if o.line == nil {
		return len(b), nil
	}
	o.rest += string(b)
	for {
		line, rest, whole := strings.Cut(o.rest, "\n")
		if !whole {
			return len(b), nil
		}
		o.rest = rest
		o.line(line)
	}
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}

// errorOutput is standard error: collected, never parsed.
type errorOutput struct {
	mu  sync.Mutex
	all strings.Builder
}

func (o *errorOutput) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.Write(b)
}

func (o *errorOutput) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}
