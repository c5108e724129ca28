package world

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// pollEvery is how often a condition is asked again.
const pollEvery = 50 * time.Millisecond

// Eventually waits until the condition holds and fails the test with its last error when it does not in time.
func Eventually(t testing.TB, within time.Duration, what string, holds func() error) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := holds()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s: %v", what, within, err)
		}
		time.Sleep(pollEvery)
	}
}

// FreeAddress is a loopback address nobody listens on now.
func FreeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Port is the port of an address.
func Port(t testing.TB, address string) int {
	t.Helper()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Root is the folder of go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			t.Fatalf("no go.mod above %s", dir)
		}
	}
}

var binary struct {
	once sync.Once
	path string
	err  error
	log  []byte
}

// Sojourn builds the program once per test process, with whatever UI lies in ui/dist, so that a test never runs an old
// binary. It returns its path.
func Sojourn(t testing.TB) string {
	t.Helper()
	root := Root(t)
	binary.once.Do(func() {
		binary.path = filepath.Join(root, "bin", "sojourn-e2e")
		build := exec.Command("go", "build", "-trimpath", "-o", binary.path, "./cmd/sojourn")
		build.Dir = root
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		binary.log, binary.err = build.CombinedOutput()
	})
	if binary.err != nil {
		t.Fatalf("build cmd/sojourn: %v\n%s", binary.err, binary.log)
	}
	return binary.path
}

// Environment is what every program needs of ours, and nothing that could configure Sojourn from outside.
func Environment(extra ...string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(), "LANG=C.UTF-8"}
	return append(env, extra...)
}

// Answers waits until a URL answers with 200.
func Answers(t testing.TB, p *Process, url string, within time.Duration) {
	t.Helper()
	Eventually(t, within, p.Name+" answers at "+url, func() error {
		if err := p.Ended(); err != nil {
			t.Fatal(err)
		}
		client := http.Client{Timeout: 2 * time.Second}
		r, err := client.Get(url)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		if r.StatusCode != http.StatusOK {
			return statusError(r.StatusCode)
		}
		return nil
	})
}

type statusError int

func (s statusError) Error() string { return "status " + strconv.Itoa(int(s)) }

func itoa(n int) string { return strconv.Itoa(n) }
