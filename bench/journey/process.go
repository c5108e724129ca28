package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// start runs a program with its output in a file and waits until it answers at url.
func (b *bench) start(name, url string, program string, args ...string) (*exec.Cmd, error) {
	out, err := os.Create(filepath.Join(b.dir, name+".log"))
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if b.o.profile != "" {
		cmd.Env = append(os.Environ(), "SOJOURN_BENCH_PROFILE="+b.profile())
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if resp, err := http.Get(url); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode < 500 {
				return cmd, nil
			}
		}
	}
	text, _ := os.ReadFile(out.Name())
	end(cmd)
	return nil, fmt.Errorf("%s does not answer at %s: %s", name, url, text)
}

// end stops a process that start started.
func end(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}

// profile is where a process with a profile writes it first.
func (b *bench) profile() string { return filepath.Join(b.dir, "cpu.pprof") }

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}
