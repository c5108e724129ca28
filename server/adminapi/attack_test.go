package adminapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sojourn/server/access"
	"sojourn/server/adminapi"
	"sojourn/storage"
)

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// S5: guessing is slowed down per account and per peer, and headers that claim another peer change nothing.
func TestGuessingIsThrottled(t *testing.T) {
	t.Parallel()
	now := time.Now() // stands still, so that a slow machine does not wait the blocks out
	w := newWorld(t, func(d *adminapi.Deps) { d.Now = func() time.Time { return now } })
	count := map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			got := w.stranger().do("POST", "/auth/login", map[string]any{"email": "owner@acme.example", "password": fmt.Sprint("guess", i)}, "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i), "X-Real-IP", fmt.Sprintf("203.0.113.%d", i))
			mu.Lock()
			defer mu.Unlock()
			count[got.status]++
			if got.status == http.StatusTooManyRequests && got.header.Get("Retry-After") == "" {
				t.Error("429 without Retry-After")
			}
		})
	}
	wg.Wait()
	if count[http.StatusUnauthorized] > 8 || count[http.StatusUnauthorized]+count[http.StatusTooManyRequests] != 200 {
		t.Errorf("answers to 200 guesses: %v", count)
	}
	if got := w.stranger().do("POST", "/auth/login", map[string]any{"email": "owner@acme.example", "password": password}); got.status != http.StatusTooManyRequests {
		t.Errorf("the right password gets through while blocked: %d", got.status)
	}
	// Spraying one password over many accounts from one peer.
	tried := 0
	for i := range 60 {
		if got := w.stranger().do("POST", "/auth/login", map[string]any{"email": fmt.Sprintf("person%d@acme.example", i), "password": "Summer2026!"}); got.status == http.StatusUnauthorized {
			tried++
		}
	}
	if tried > 40 {
		t.Errorf("%d of 60 accounts could be tried from one address", tried)
	}
}

// Unknown, disabled and known accounts get the same answer.
func TestLoginTellsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.s.SetDisabled(context.Background(), w.users[access.Analyst].ID, true, w.users[access.Analyst].CreatedAt.Time()); err != nil {
		t.Fatal(err)
	}
	var first string
	for _, c := range [][2]string{{"owner@acme.example", "wrong password"}, {"nobody@acme.example", "wrong password"}, {"analyst@acme.example", password}, {"' OR 1=1 --", "x"}} {
		got := w.stranger().do("POST", "/auth/login", map[string]any{"email": c[0], "password": c[1]})
		if got.status != http.StatusUnauthorized || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d", c[0], got.status)
		}
		if first == "" {
			first = got.body
		}
		if got.body != first {
			t.Errorf("%s is answered %q, others %q", c[0], got.body, first)
		}
	}
}

// S6: other sites can't make a signed-in browser do anything.
func TestCrossSiteRequestsAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addKey(w.acme.Workspace.ID, storage.KeyIngest)
	b := w.as(access.Owner)
	for _, o := range w.api.Operations() {
		if o.Method == http.MethodGet {
			continue
		}
		path := fill(o.Path, w.acme, w.users[access.Analyst], w.anyKey(w.acme.Workspace.ID))
		for what, header := range map[string][]string{
			"Sec-Fetch-Site cross-site": {"Sec-Fetch-Site", "cross-site"}, "same-site": {"Sec-Fetch-Site", "same-site"},
			"another Origin": {"Origin", "https://evil.example"}, "Origin null": {"Origin", "null"},
			"method override": {"Origin", "https://evil.example", "X-HTTP-Method-Override", "GET"},
		} {
			if got := b.do(o.Method, path, bodies[o.ID], header...); got.status != http.StatusForbidden {
				t.Errorf("%s with %s: %d", o.ID, what, got.status)
			}
		}
		if bodies[o.ID] == nil {
			continue
		}
		for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/json-patch+json"} {
			if got := b.do(o.Method, path, bodies[o.ID], "Content-Type", media); got.status != http.StatusUnsupportedMediaType {
				t.Errorf("%s as %q: %d", o.ID, media, got.status)
			}
		}
	}
	if got := b.do("GET", "/auth/me", nil); got.status != http.StatusOK {
		t.Errorf("after all that the session is gone: %d", got.status)
	}
	if got := b.do("POST", "/sending/stop", nil, "Sec-Fetch-Site", "same-origin"); got.status != http.StatusOK {
		t.Errorf("the page itself: %d", got.status)
	}
}

// GET changes nothing, whatever it is asked with.
func TestReadingWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.addKey(w.acme.Workspace.ID, storage.KeyIngest)
	b := w.as(access.Owner)
	conn, err := w.s.SQL().Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	version := func() (v int64) {
		if err := conn.QueryRowContext(context.Background(), "PRAGMA data_version").Scan(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := version()
	for _, o := range w.api.Operations() {
		if o.Method == http.MethodGet {
			b.do("GET", fill(o.Path, w.acme, w.users[access.Owner], w.anyKey(w.acme.Workspace.ID)), nil, "X-HTTP-Method-Override", "DELETE")
			if now := version(); now != before {
				t.Errorf("%s wrote to the database", o.ID)
				before = now
			}
		}
	}
}

// S8: one owner, once, with the token.
func TestSetup(t *testing.T) {
	t.Parallel()
	body := func(token, email string) map[string]any {
		return map[string]any{"token": token, "email": email, "name": "Ann", "password": password, "workspace_name": "Acme", "timezone": "Europe/Amsterdam"}
	}
	w := emptyWorld(t, func(d *adminapi.Deps) { d.SetupToken = "printed-once" })
	var options adminapi.AuthOptions
	w.stranger().do("GET", "/auth/options", nil).into(t, http.StatusOK, &options)
	if !options.SetupNeeded {
		t.Error("an empty database needs no setup")
	}
	if got := w.stranger().do("POST", "/auth/setup", body("guess", "eve@evil.example")); got.status != http.StatusForbidden {
		t.Errorf("a wrong token: %d", got.status)
	}
	var good, gone atomic.Int32
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			switch got := w.stranger().do("POST", "/auth/setup", body("printed-once", fmt.Sprintf("ann%d@acme.example", i))); got.status {
			case http.StatusOK:
				good.Add(1)
			case http.StatusNotFound:
				gone.Add(1)
			default:
				t.Errorf("a race of set-ups: %d %s", got.status, got.body)
			}
		})
	}
	wg.Wait()
	if good.Load() != 1 || gone.Load() != 3 {
		t.Errorf("%d set-ups succeeded, %d were told there is nothing", good.Load(), gone.Load())
	}
	if got := w.stranger().do("POST", "/auth/setup", body("printed-once", "late@acme.example")); got.status != http.StatusNotFound {
		t.Errorf("setting up again: %d", got.status)
	}
	without := emptyWorld(t)
	if got := without.stranger().do("POST", "/auth/setup", body("", "eve@evil.example")); got.status < 400 {
		t.Errorf("setup without a token in the server: %d", got.status)
	}
}

// S28: a body holds what the document says and nothing else.
func TestMassAssignment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(access.Admin)
	for what, c := range map[string][3]string{
		"another workspace": {"POST", "/users", `{"email":"a@b.example","name":"A","role":"analyst","workspace_id":2}`},
		"own id":            {"POST", "/users", `{"email":"a@b.example","name":"A","role":"analyst","id":"x"}`},
		"casing":            {"POST", "/users", `{"email":"a@b.example","name":"A","Role":"owner","role":"analyst"}`},
		"casing alone":      {"POST", "/users", `{"email":"a@b.example","name":"A","ROLE":"analyst"}`},
		"twice":             {"POST", "/users", `{"email":"a@b.example","name":"A","role":"marketer","role":"analyst"}`},
		"owner by admin":    {"POST", "/users", `{"email":"a@b.example","name":"A","role":"owner"}`},
		"unknown role":      {"POST", "/users", `{"email":"a@b.example","name":"A","role":"root"}`},
		"key with a hash":   {"POST", "/api-keys", `{"kind":"ingest","name":"A","secret_hash":"00"}`},
		"consent source":    {"POST", "/customers/" + w.acme.Customers[0].ID.String() + "/consents", `{"channel":"email","purpose":"offers","state":"granted","evidence":"x","source":"form"}`},
		"unknown parameter": {"GET", "/users?workspace_id=2", ""},
		"deep":              {"POST", "/journeys/validate", `{"document":` + strings.Repeat(`{"a":`, 100000) + `1` + strings.Repeat(`}`, 100000) + `}`},
		"large":             {"POST", "/users", `{"email":"` + strings.Repeat("a", 2<<20) + `"}`},
	} {
		var body any
		if c[2] != "" {
			body = c[2]
		}
		if got := b.do(c[0], c[1], body); got.status < 400 || got.status >= 500 || !strings.HasPrefix(got.header.Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %d %s %.200s", what, got.status, got.header.Get("Content-Type"), got.body)
		}
	}
	if _, err := w.s.UserByEmail(context.Background(), "a@b.example"); err == nil {
		t.Error("one of them made the user")
	}
}

// S29: nothing secret in any answer, by value and by name of field.
func TestAnswersHoldNoSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key := w.addKey(w.acme.Workspace.ID, storage.KeyAdmin, "journeys.read")
	b := w.as(access.Owner)
	token := b.client.Jar.Cookies(mustURL(t, w.url))[0].Value
	for _, o := range w.api.Operations() {
		if o.Method != http.MethodGet {
			continue
		}
		got := b.do("GET", fill(o.Path, w.acme, w.users[access.Owner], w.anyKey(w.acme.Workspace.ID)), nil)
		for what, needle := range map[string]string{"a password hash": "$argon2id$", "a key": key, "a session": token, "a field with a hash": "password_hash", "a secret": "secret_hash"} {
			if strings.Contains(got.body, needle) {
				t.Errorf("%s shows %s", o.ID, what)
			}
		}
		if got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be cached", o.ID)
		}
	}
	got := b.do("POST", "/auth/password", map[string]any{"current": password, "new": "short"})
	if got.status != http.StatusUnprocessableEntity || strings.Contains(got.body, "short\"") || strings.Contains(got.body, password) {
		t.Errorf("a problem repeats what was sent: %s", got.body)
	}
}
