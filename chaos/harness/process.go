package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// process is one child. It is dead when exited is closed.
type process struct {
	name   string
	pid    int
	log    string
	exited chan struct{}
	status syscall.WaitStatus // set before exited is closed
}

// spec is how to start a child.
type spec struct {
	name string
	path string
	args []string
	env  []string
	log  string // its output is appended here
}

// start runs the child in a process group of its own. The kernel kills it when the thread that forked it ends, so that
// thread belongs to it for its whole life: whatever happens to the test, no child stays behind.
func start(s spec) (*process, error) {
	if err := os.MkdirAll(filepath.Dir(s.log), 0o700); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	p := &process{name: s.name, log: s.log, exited: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.exited)
		defer out.Close()
		cmd := exec.Command(s.path, s.args...)
		cmd.Env, cmd.Stdout, cmd.Stderr = s.env, out, out
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			started <- fmt.Errorf("start %s: %w", s.name, err)
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		_ = cmd.Wait()
		p.status, _ = cmd.ProcessState.Sys().(syscall.WaitStatus)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

// signal reaches the child's group, and nobody once it has been waited for: its number may be somebody else's by then.
func (p *process) signal(s syscall.Signal) {
	select {
	case <-p.exited:
	default:
		_ = syscall.Kill(-p.pid, s)
	}
}

// kill is kill -9, waited for.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.exited
}

// terminate asks politely and reports how long it took; after patience it kills.
func (p *process) terminate(patience time.Duration) (took time.Duration, polite bool) {
	began := time.Now()
	p.signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		return time.Since(began), true
	case <-time.After(patience):
		p.kill()
		return time.Since(began), false
	}
}

// tail returns the last lines of a log, for messages about a failure.
func tail(path string, lines int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
