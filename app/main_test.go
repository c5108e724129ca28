package app

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/config"
)

// program is one run of sojourn inside the test process.
type program struct {
	code     int
	out, err string
}

func sojourn(t *testing.T, env []string, args ...string) program {
	t.Helper()
	var out, errs safeBuffer
	code := run(context.Background(), args, env, &out, &errs)
	return program{code, out.String(), errs.String()}
}

// safeBuffer may be read while a program writes.
type safeBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

const goodSecret = "0123456789abcdefghijklmnopqrstuvwxyz"

func TestHelpListsWhatWorks(t *testing.T) {
	t.Parallel()
	p := sojourn(t, nil, "--help")
	if p.code != exitOK {
		t.Fatalf("%d %s", p.code, p.err)
	}
	for _, command := range []string{"dev", "server", "worker", "migrate", "import", "journey validate", "config", "doctor", "health"} {
		if !strings.Contains(p.out, command) {
			t.Errorf("help lacks %s:\n%s", command, p.out)
		}
	}
	if p := sojourn(t, nil, "--version"); p.code != exitOK || !strings.Contains(p.out, version) {
		t.Errorf("version: %+v", p)
	}
}

func TestMisuse(t *testing.T) {
	t.Parallel()
	for what, args := range map[string][]string{"unknown command": {"fly"}, "unknown flag": {"server", "--fly"}, "no file": {"--config", "/nowhere.yaml", "config"}, "half a command": {"journey"}} {
		if p := sojourn(t, nil, args...); p.code == exitOK || p.err == "" {
			t.Errorf("%s: %+v", what, p)
		}
	}
	p := sojourn(t, []string{"SOJOURN_DATABASE_URL=postgres://x", "SOJOURN_SECRET=short"}, "server")
	if p.code != exitMisused || !strings.Contains(p.err, "database.url:") || !strings.Contains(p.err, "secret:") {
		t.Errorf("bad settings: %+v", p)
	}
	if p := sojourn(t, []string{"SOJOURN_TYPO=x"}, "config"); p.code != exitMisused || !strings.Contains(p.err, "SOJOURN_TYPO") {
		t.Errorf("a variable with a typo: %+v", p)
	}
}

func TestConfigIsRedacted(t *testing.T) {
	t.Parallel()
	p := sojourn(t, []string{"SOJOURN_SECRET=" + goodSecret, "SOJOURN_DATABASE_URL=mysql://ann:hunter2@db/sojourn", "SOJOURN_FAULT=ignored"}, "config")
	if p.code != exitOK || strings.Contains(p.out, goodSecret) || strings.Contains(p.out, "hunter2") || !strings.Contains(p.out, "secret: (set)") {
		t.Errorf("%+v", p)
	}
}

func TestJourneyValidate(t *testing.T) {
	t.Parallel()
	write := func(text string) string {
		name := filepath.Join(t.TempDir(), "j.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := "key: hello\nname: Hello\npurpose: marketing\nentry: {kind: event, event: Signed Up}\nsteps:\n- {id: mail, kind: send, send: {template: hello, channel: email}}\n"
	if p := sojourn(t, nil, "journey", "validate", write(good)); p.code != exitOK || !strings.Contains(p.out, "journey hello with 1 steps") {
		t.Errorf("good: %+v", p)
	}
	if p := sojourn(t, nil, "journey", "validate", write(strings.Replace(good, "channel: email", "channel: email}, next: nowhere, wait: {for: soon", 1))); p.code != exitMisused || strings.Count(p.out, "error:") < 2 {
		t.Errorf("bad: %+v", p)
	}
}

// A database from nothing: refused, migrated, asked, filled.
func TestDatabaseCommands(t *testing.T) {
	t.Parallel()
	env := []string{"SOJOURN_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "s.db"), "SOJOURN_SECRET=" + goodSecret, "SOJOURN_LISTEN=127.0.0.1:0", "SOJOURN_TEMPORAL_ADDRESS=127.0.0.1:1"}
	if p := sojourn(t, env, "server"); p.code != exitFailed || !strings.Contains(p.err, "sojourn migrate") {
		t.Errorf("server without a schema: %+v", p)
	}
	if p := sojourn(t, env, "migrate"); p.code != exitOK || !strings.Contains(p.out, "applied") {
		t.Fatalf("migrate: %+v", p)
	}
	if p := sojourn(t, env, "migrate"); p.code != exitOK || !strings.Contains(p.out, "already") {
		t.Errorf("migrate again: %+v", p)
	}
	if p := sojourn(t, env, "import", "customers", "x.csv"); p.code != exitMisused || !strings.Contains(p.err, "no workspace yet") {
		t.Errorf("import without a workspace: %+v", p)
	}
	p := sojourn(t, env, "doctor")
	if p.code != exitFailed || !strings.Contains(p.out, "ok        database: sqlite answers") || !strings.Contains(p.out, "FAILED    Temporal") || strings.Contains(p.out, goodSecret) {
		t.Errorf("doctor: %+v", p)
	}
}

// The server runs without Temporal, says how to begin, answers, and stops when it is told to.
func TestServerRunsAndStops(t *testing.T) {
	t.Parallel()
	listen := freeAddress(t)
	env := []string{"SOJOURN_DATABASE_URL=sqlite://" + filepath.Join(t.TempDir(), "s.db"), "SOJOURN_SECRET=" + goodSecret, "SOJOURN_LISTEN=" + listen,
		"SOJOURN_PUBLIC_URL=http://" + listen, "SOJOURN_TEMPORAL_ADDRESS=127.0.0.1:1"}
	if p := sojourn(t, env, "migrate"); p.code != exitOK {
		t.Fatalf("%+v", p)
	}
	if p := sojourn(t, env, "health"); p.code != exitFailed {
		t.Errorf("health of nothing: %+v", p)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs safeBuffer
	done := make(chan int, 1)
	go func() { done <- run(ctx, []string{"server"}, env, &out, &errs) }()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if res, err := http.Get("http://" + listen + "/readyz"); err == nil && res.StatusCode == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not ready:\n%s\n%s", out.String(), errs.String())
		}
	}
	if p := sojourn(t, env, "health"); p.code != exitOK {
		t.Errorf("health: %+v", p)
	}
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("stopped with %d: %s", code, errs.String())
	}
	if !strings.Contains(out.String(), "setup token: "+setupToken(&config.Config{Secret: goodSecret})) || strings.Contains(errs.String(), goodSecret) {
		t.Errorf("said %q and %q", out.String(), errs.String())
	}
}
