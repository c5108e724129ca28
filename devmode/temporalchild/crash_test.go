package temporalchild

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"sojourn/fault"
)

func TestAKilledChildComesBackOnTheSameFileAndAddress(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	notes := &journal{}
	cfg.Logger = slog.New(slog.NewTextHandler(notes, nil))
	cfg.LogFile = filepath.Join(t.TempDir(), "logs", "temporal.log")
	restarts := make(chan Restart, 1)
	cfg.OnRestart = func(r Restart) { restarts <- r }
	child := start(t, cfg)
	c := connect(t, child)
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "waits", TaskQueue: queue}, "greet", "x"); err != nil {
		t.Fatal(err)
	}

	killed := child.Pid()
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	restart := <-restarts
	if restart.Pid == killed || restart.Pid != child.Pid() {
		t.Errorf("restart says pid %d, child says %d, killed was %d", restart.Pid, child.Pid(), killed)
	}
	if restart.Attempts != 1 || !strings.Contains(restart.Cause.Error(), "signal: killed") {
		t.Errorf("restart = %+v, want one attempt caused by a kill", restart)
	}
	if _, err := c.DescribeWorkflowExecution(t.Context(), "waits", ""); err != nil {
		t.Errorf("the workflow did not survive: %v", err)
	}
	for _, want := range []string{"started again", "is back"} {
		if !strings.Contains(notes.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, notes)
		}
	}
	logged, err := os.ReadFile(cfg.LogFile)
	if err != nil || strings.Count(string(logged), "temporal-dev ready") != 2 {
		t.Errorf("the log file (%v) does not show two starts:\n%s", err, logged)
	}
}

func TestAHopelessChildIsGivenUp(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Pauses = []time.Duration{time.Second, 10 * time.Millisecond}
	child := start(t, cfg)
	if err := syscall.Kill(child.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	// Somebody else takes the port while the supervisor pauses.
	var listener net.Listener
	eventually(t, "the port is free", func() (free bool) {
		var err error
		listener, err = net.Listen("tcp", child.Address())
		return err == nil
	})
	defer listener.Close()

	<-child.Done()
	if err := child.Err(); err == nil || !strings.Contains(err.Error(), "another program uses that port") {
		t.Errorf("Err = %v, want one that names the taken port", err)
	}
}

func TestStopDuringARestartEndsIt(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Pauses = []time.Duration{time.Hour}
	child := start(t, cfg)
	if err := syscall.Kill(child.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the supervisor noticed", func() bool { return child.Pid() == 0 })
	stop(t, child)
	if err := child.Err(); err != nil {
		t.Errorf("Err = %v, want none", err)
	}
}

func TestStopKillsAChildThatDoesNotStopInTime(t *testing.T) {
	t.Parallel()
	child := start(t, testConfig(t))
	pid := child.Pid()
	// A stopped process can't react to a polite signal.
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := child.Stop(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !fault.Is(err, fault.Unavailable) {
		t.Errorf("Stop = %v, want a deadline", err)
	}
	if alive(pid) {
		t.Error("the child is still there")
	}
}

// The parent is this test binary, run again; it is killed so that none of its code can clean up.
func TestNoChildOutlivesItsKilledParent(t *testing.T) {
	t.Parallel()
	binary(t)
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), parentEnv+"="+filepath.Join(t.TempDir(), "temporal.db"))
	parent.Stderr = os.Stderr
	stdout, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the parent said nothing: %v", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || !alive(pid) {
		t.Fatalf("the parent's child %q is not alive (%v)", line, err)
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait()
	eventually(t, "the child is gone", func() bool { return !alive(pid) })
}

// The parent-death signal follows the thread that forked. Threads that end, even the one that called Start, must not
// take the child along.
func TestTheChildOutlivesTheThreadsOfItsParent(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	started := make(chan *Child, 1)
	onDyingThread(func() {
		child, err := Start(context.Background(), cfg)
		if err != nil {
			t.Errorf("start: %v", err)
		}
		started <- child
	})
	child := <-started
	if child == nil {
		t.FailNow()
	}
	t.Cleanup(func() { stop(t, child) })
	pid := child.Pid()
	var threads sync.WaitGroup
	for range 200 {
		threads.Add(1)
		onDyingThread(threads.Done)
	}
	threads.Wait()
	if _, err := connect(t, child).CheckHealth(t.Context(), &client.CheckHealthRequest{}); err != nil {
		t.Errorf("the server does not answer any more: %v", err)
	}
	if child.Pid() != pid || !alive(pid) {
		t.Errorf("pid was %d, is %d", pid, child.Pid())
	}
}

// onDyingThread runs do on a thread that ends with it, because it is never unlocked.
func onDyingThread(do func()) {
	go func() {
		runtime.LockOSThread()
		do()
	}()
}
