package temporalchild

import (
	"bufio"
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// The pipe alone must be enough where the kernel knows no parent-death signal.
func TestTheServerStopsWhenItsStandardInputEnds(t *testing.T) {
	t.Parallel()
	cfg, err := testConfig(t).withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command(cfg.Binary, cfg.args()...)
	stdin, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, readyPrefix) {
		t.Errorf("the server says %q, %v; want the ready line", line, err)
	}
	stdin.Close()
	if err := server.Wait(); err != nil {
		t.Errorf("the server ended with %v, want a clean stop", err)
	}
}

func TestTheServerTellsReasonsToEndApart(t *testing.T) {
	t.Parallel()
	taken := occupy(t)
	for name, tc := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"version":     {[]string{"--version"}, 0, "Temporal server 1.32.1, Web UI 2.55.0"},
		"help":        {[]string{"--help"}, 0, "-retention"},
		"no file":     {nil, 2, "--db is required"},
		"argument":    {[]string{"start-dev"}, 2, `unexpected argument "start-dev"`},
		"any address": {[]string{"--db", "x", "--address", "0.0.0.0:7233"}, 2, "not a loopback address"},
		"taken":       {[]string{"--db", "x", "--address", taken, "--ui", ""}, exitAddress, taken},
		"ui taken":    {[]string{"--db", "x", "--address", "127.0.0.1:9", "--ui", taken}, 3, taken},
		"no folder":   {[]string{"--db", "/dev/null/x", "--address", "127.0.0.1:19", "--ui", ""}, exitStore, "/dev/null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := exec.Command(binary(t), tc.args...)
			server.Dir = t.TempDir()
			said, err := server.CombinedOutput()
			status := 0
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				status = exit.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if status != tc.status || !strings.Contains(string(said), tc.says) {
				t.Errorf("status %d, want %d; it says %q, want %q", status, tc.status, said, tc.says)
			}
		})
	}
}
