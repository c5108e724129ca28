package temporalchild

import (
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"sojourn/fault"
)

// Exit statuses of temporal-dev that have a meaning of their own (devserver/doc.go).
const (
	exitAddress = 3
	exitStore   = 4
)

// drainWithin bounds the wait for the rest of a dead child's output.
const drainWithin = 2 * time.Second

// process is one run of the binary.
type process struct {
	pid    int
	out    *output
	exited chan struct{} // closed when it has ended and been waited for
	err    error         // how it ended; set before exited is closed
}

// startProcess starts the binary once. The goroutine that starts it stays on its thread until the child is gone: the
// parent-death signal is tied to the thread that forked, not to the process, and Go ends idle threads at will.
func startProcess(cfg Config) (*process, error) {
	out, err := openOutput(cfg.LogFile)
	if err != nil {
		return nil, err
	}
	p := &process{out: out, exited: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		p.run(cfg, started)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) run(cfg Config, started chan<- error) {
	defer close(p.exited)
	defer p.out.close()

	cmd := exec.Command(cfg.Binary, cfg.args()...)
	cmd.Stdout, cmd.Stderr = p.out, p.out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	setParentDeathSignal(cmd.SysProcAttr)
	cmd.WaitDelay = drainWithin
	// Nothing is ever written: the pipe ends when this process does, and the child watches for that.
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		started <- fault.Wrap(fault.Internal, err, "start %s", cfg.Binary)
		return
	}
	defer stdin.Close()
	p.pid = cmd.Process.Pid
	started <- nil
	p.err = p.describe(cfg, cmd.Wait())
}

// describe turns the end of the child into a sentence with its last lines.
func (p *process) describe(cfg Config, err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == exitAddress {
		return fault.New(fault.Conflict, "Temporal can't listen on its address%s", p.lastWords())
	}
	if errors.As(err, &exit) && exit.ExitCode() == exitStore {
		return fault.New(fault.Conflict, "Temporal can't use its file %s%s", cfg.DBPath, p.lastWords())
	}
	how := "exit status 0"
	if err != nil {
		how = err.Error()
	}
	return fault.New(fault.Unavailable, "Temporal (pid %d) ended: %s%s", p.pid, how, p.lastWords())
}

// lastWords formats what the child printed last, for the end of an error message.
func (p *process) lastWords() string {
	lines := p.out.last()
	if len(lines) == 0 {
		return "; it printed nothing"
	}
	return fmt.Sprintf("; its last lines:\n  %s", strings.Join(lines, "\n  "))
}

func (p *process) terminate() { p.signal(p.pid, syscall.SIGTERM) }

// kill ends the whole process group, in case the binary was wrapped by a script.
func (p *process) kill() { p.signal(-p.pid, syscall.SIGKILL) }

// signal spares a process that has been waited for: its id may belong to somebody else by now.
func (p *process) signal(pid int, signal syscall.Signal) {
	select {
	case <-p.exited:
	default:
		_ = syscall.Kill(pid, signal)
	}
}
