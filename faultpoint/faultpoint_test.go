//go:build chaos

package faultpoint

import (
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
)

var here = New("test.here")

func TestKillAtTheNthPassage(t *testing.T) {
	if os.Getenv("FAULTPOINT_CHILD") != "" {
		for range 2 {
			_ = here.Hit()
			_, _ = os.Stdout.WriteString("passed\n")
		}
		os.Exit(0)
	}
	cmd := exec.Command(os.Args[0], "-test.run=TestKillAtTheNthPassage")
	cmd.Env = append(os.Environ(), "FAULTPOINT_CHILD=1", "SOJOURN_FAULT=test.here:kill:2")
	out, err := cmd.Output()
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if err == nil || !status.Signaled() || status.Signal() != syscall.SIGKILL || string(out) != "passed\n" {
		t.Errorf("output %q, status %v, %v", out, status, err)
	}
	if !slices.Contains(All(), "test.here") {
		t.Errorf("the point is not listed: %v", All())
	}
}
