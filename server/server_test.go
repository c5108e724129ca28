package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sojourn/server"
	"sojourn/server/adminapi"
	"sojourn/server/ingestion"
	"sojourn/server/secret"
	"sojourn/server/session"
	"sojourn/storage/dbtest"
)

// build is a server over an empty database, with stand-ins only for the page and the public pages.
func build(t *testing.T, checks ...server.Check) *server.Server {
	t.Helper()
	s := dbtest.SQLite(t)
	committer := ingestion.NewCommitter(s, ingestion.CommitterOptions{})
	t.Cleanup(committer.Close)
	return server.New(server.Deps{
		API:       adminapi.Deps{Store: s, Sessions: session.New(s, true, nil), Passwords: secret.NewPasswords(), CursorKey: []byte("key")},
		Ingestion: ingestion.Deps{Intake: committer, Keys: s},
		Public: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", "default-src 'none'")
			fmt.Fprint(w, "public ", r.Method)
		}),
		UI: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/panic" {
				panic("a mistake")
			}
			fmt.Fprint(w, "page")
		}),
		Checks: checks, Secure: true, Logger: slog.New(slog.DiscardHandler),
	})
}

func ask(t *testing.T, h http.Handler, method, path string) (*http.Response, string) {
	t.Helper()
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(method, path, nil))
	res := rec.Result()
	text, _ := io.ReadAll(res.Body)
	return res, string(text)
}

func TestWhoAnswersWhat(t *testing.T) {
	t.Parallel()
	h := build(t).Handler()
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/", 200, "page"}, {"GET", "/journeys/win-back", 200, "page"}, {"HEAD", "/x", 200, ""},
		{"GET", "/p/u/token", 200, "public GET"}, {"POST", "/p/u/token", 200, "public POST"},
		{"GET", "/healthz", 200, "ok"}, {"GET", "/readyz", 200, `"ready":true`}, {"GET", "/metrics", 200, "sojourn_http_request_seconds"},
		{"GET", "/openapi.json", 200, `"openapi":"3.1.0"`},
		{"GET", "/api/admin/v1/auth/me", 401, "urn:sojourn:problem:unauthorised"}, {"POST", "/v1/track", 400, "not JSON"},
		{"GET", "/api/admin/v1/nothing", 404, "problem"}, {"GET", "/v1/nothing", 404, "problem"}, {"POST", "/journeys", 404, "problem"}, {"DELETE", "/healthz", 405, "problem"},
		{"GET", "/panic", 500, "it has been logged"},
	} {
		res, body := ask(t, h, c.method, c.path)
		if res.StatusCode != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s %s: %d %.200s", c.method, c.path, res.StatusCode, body)
		}
		for _, name := range []string{"X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "Strict-Transport-Security"} {
			if res.Header.Get(name) == "" {
				t.Errorf("%s %s lacks %s", c.method, c.path, name)
			}
		}
	}
	res, _ := ask(t, h, "GET", "/")
	csp := res.Header.Get("Content-Security-Policy")
	for _, rule := range []string{"default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"} {
		if !strings.Contains(csp, rule) {
			t.Errorf("policy of the page lacks %q: %s", rule, csp)
		}
	}
	if res, _ := ask(t, h, "GET", "/p/u/x"); res.Header.Get("Content-Security-Policy") != "default-src 'none'" {
		t.Error("a handler can't set its own policy")
	}
}

// S30: what somebody asks for never becomes a label.
func TestMetricsNameRoutesOnly(t *testing.T) {
	t.Parallel()
	h := build(t).Handler()
	for _, path := range []string{"/api/admin/v1/customers/canary-7", "/p/u/canary-7", "/canary-7", "/api/canary-7"} {
		ask(t, h, "GET", path)
	}
	ask(t, h, "CANARY", "/")
	_, text := ask(t, h, "GET", "/metrics")
	if strings.Contains(strings.ToLower(text), "canary") || !strings.Contains(text, `route="/api/admin/v1/customers/:id"`) {
		t.Errorf("metrics: %s", text)
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	var broken atomic.Bool
	s := build(t, server.Check{Name: "database", Ask: func(context.Context) error {
		if broken.Load() {
			return errors.New("dial tcp 10.1.2.3: refused")
		}
		return nil
	}})
	if res, _ := ask(t, s.Handler(), "GET", "/readyz"); res.StatusCode != 200 {
		t.Errorf("whole: %d", res.StatusCode)
	}
	broken.Store(true)
	res, body := ask(t, s.Handler(), "GET", "/readyz")
	if res.StatusCode != 503 || !strings.Contains(body, `"database":"failing"`) || strings.Contains(body, "10.1.2.3") {
		t.Errorf("broken: %d %s", res.StatusCode, body)
	}
	if res, _ := ask(t, s.Handler(), "GET", "/healthz"); res.StatusCode != 200 {
		t.Error("an outage elsewhere makes the process look dead")
	}
}

// Stopping: first readiness says no, then what is under way finishes, then the listener is gone.
func TestStopsInOrder(t *testing.T) {
	t.Parallel()
	s := build(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l, 10*time.Second) }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	until(t, func() bool { res, err := client.Get(url + "/healthz"); return err == nil && res.StatusCode == 200 })
	cancel()
	until(t, func() bool {
		res, err := client.Get(url + "/readyz")
		return err == nil && res.StatusCode == 503
	})
	if err := <-done; err != nil {
		t.Errorf("stopping: %v", err)
	}
	if _, err := client.Get(url + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

func until(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("does not happen")
		}
	}
}

// S36: a request that never ends, and one with endless headers.
func TestSlowAndHugeRequests(t *testing.T) {
	t.Parallel()
	srv := server.HTTPServer(build(t).Handler(), slog.New(slog.DiscardHandler))
	if srv.ReadHeaderTimeout > 5*time.Second || srv.ReadTimeout == 0 || srv.WriteTimeout == 0 || srv.IdleTimeout == 0 || srv.MaxHeaderBytes > 32<<10 {
		t.Errorf("limits: %+v", srv)
	}
	srv.ReadHeaderTimeout = 100 * time.Millisecond // the test's patience, not the product's
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = srv.Serve(l) }()
	defer srv.Close()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		return c
	}
	slow := dial()
	defer slow.Close()
	fmt.Fprint(slow, "GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
	if _, err := io.ReadAll(slow); err != nil {
		t.Errorf("the slow one is not cut off: %v", err)
	}
	huge := dial()
	defer huge.Close()
	go func() { fmt.Fprintf(huge, "GET / HTTP/1.1\r\nHost: x\r\nX-A: %s\r\n\r\n", strings.Repeat("a", 1<<20)) }()
	res, err := http.ReadResponse(bufio.NewReader(huge), nil)
	if err == nil && res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("huge headers: %d", res.StatusCode)
	}
}
