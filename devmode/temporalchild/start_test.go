package temporalchild

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sojourn/fault"
)

func TestStartSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	taken := occupy(t)
	inUse := start(t, testConfig(t)).cfg.DBPath
	notADatabase := filepath.Join(t.TempDir(), "holiday.jpg")
	if err := os.WriteFile(notADatabase, []byte(strings.Repeat("sand and sea ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(*Config)
		kind   fault.Kind
		says   []string
	}{
		"port taken":        {func(c *Config) { c.Address = taken }, fault.Conflict, []string{taken, "another program uses that port"}},
		"ui port taken":     {func(c *Config) { c.UIAddress = taken }, fault.Conflict, []string{taken, "another program uses that port"}},
		"file in use":       {func(c *Config) { c.DBPath = inUse }, fault.Conflict, []string{inUse, "in use by another process"}},
		"not a database":    {func(c *Config) { c.DBPath = notADatabase }, fault.Conflict, []string{notADatabase, "not a database"}},
		"dies at once":      {func(c *Config) { c.Binary = "testdata/dies.sh" }, fault.Unavailable, []string{"exit status 7", "boom: no space left"}},
		"never answers":     {func(c *Config) { c.Binary, c.ReadyWithin = "testdata/silent.sh", 300*time.Millisecond }, fault.Unavailable, []string{"did not answer", "300ms", "still thinking"}},
		"not built":         {func(c *Config) { c.Binary = "testdata/missing" }, fault.NotFound, []string{"make bin/temporal-dev"}},
		"no binary":         {func(c *Config) { c.Binary = "" }, fault.Invalid, []string{"Binary"}},
		"no file":           {func(c *Config) { c.DBPath = "" }, fault.Invalid, []string{"DBPath"}},
		"open to the net":   {func(c *Config) { c.Address = "0.0.0.0:0" }, fault.Invalid, []string{"loopback"}},
		"not an address":    {func(c *Config) { c.UIAddress = "8233" }, fault.Invalid, []string{"8233"}},
		"log level":         {func(c *Config) { c.LogLevel = "loud" }, fault.Unavailable, []string{"exit status 2", `"loud"`}},
		"retention too low": {func(c *Config) { c.Retention = time.Minute }, fault.Unavailable, []string{"--retention"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := testConfig(t)
			tc.change(&cfg)
			child, err := Start(t.Context(), cfg)
			if err == nil {
				stop(t, child)
				t.Fatal("it started")
			}
			if !fault.Is(err, tc.kind) {
				t.Errorf("kind = %s, want %s (%v)", fault.KindOf(err), tc.kind, err)
			}
			for _, want := range tc.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}

func TestACancelledStartLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.Binary = "testdata/silent.sh"
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %v, want a cancelled context", err)
	}
}

// The folder and file may be named in any way the file system allows, although Temporal puts the name into a URI.
func TestAnyFileNameWorks(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.DBPath = filepath.Join(t.TempDir(), "my journeys 100%?", "été#1.db")
	start(t, cfg)
	info, err := os.Stat(cfg.DBPath)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %s, want it to be its owner's only", info.Mode())
	}
}

func TestTheLastWordsAreShort(t *testing.T) {
	t.Parallel()
	var out output
	for range 100 {
		_, _ = out.Write([]byte(strings.Repeat("é", 1000) + "\n\n"))
	}
	_, _ = out.Write([]byte("unfin"))
	_, _ = out.Write([]byte("ished"))
	lines := out.last()
	if len(lines) != tailLines+1 || lines[tailLines] != "unfinished" {
		t.Fatalf("%d lines, the last is %q", len(lines), lines[len(lines)-1])
	}
	if got := len(lines[0]); got > tailLineBytes+len("…") {
		t.Errorf("a line of %d bytes was kept", got)
	}
}

func occupy(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}
