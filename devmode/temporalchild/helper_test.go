package temporalchild

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
)

// parentEnv turns the test binary into a parent that starts a child on that database file and then waits to be killed.
const parentEnv = "TEMPORALCHILD_TEST_PARENT_DB"

func TestMain(m *testing.M) {
	if db := os.Getenv(parentEnv); db != "" {
		os.Exit(parentMain(db))
	}
	os.Exit(m.Run())
}

func parentMain(db string) int {
	child, err := Start(context.Background(), Config{Binary: Find(), DBPath: db, Address: "127.0.0.1:0"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(child.Pid())
	select {}
}

// binary finds the real server or fails with how to build it: these tests are never skipped.
func binary(t *testing.T) string {
	t.Helper()
	path := Find()
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("these tests need the real Temporal server at %s: build it with `make bin/temporal-dev` (a few minutes, once)", path)
	}
	return path
}

// journal collects log records as text.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// testConfig is a child of its own: own folder, free ports, quiet.
func testConfig(t *testing.T) Config {
	t.Helper()
	return Config{
		Binary:      binary(t),
		DBPath:      filepath.Join(t.TempDir(), "temporal.db"),
		Address:     "127.0.0.1:0",
		ReadyWithin: time.Minute, // the suite may share two cores with everything else
		Logger:      slog.New(slog.DiscardHandler),
	}
}

func start(t *testing.T, cfg Config) *Child {
	t.Helper()
	child, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() { stop(t, child) })
	return child
}

func stop(t *testing.T, child *Child) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := child.Stop(ctx); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func connect(t *testing.T, child *Child) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{
		HostPort: child.Address(), Namespace: child.Namespace(),
		Logger: sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// eventually asks until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// alive reports whether the process runs. A zombie counts as gone: in a container nobody may collect orphans.
func alive(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(status), ") ")
	return !strings.HasPrefix(rest, "Z")
}
