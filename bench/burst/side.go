package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const writeKey = "wk_bench_0123456789abcdef0123456789abcdef"

// side is the program under measurement: HTTP in, and its database to count in.
type side struct {
	base string
	http *http.Client
	db   *sql.DB
}

func connect(base, data string) (*side, error) {
	jar, _ := cookiejar.New(nil)
	s := &side{base: base, http: &http.Client{Jar: jar, Timeout: time.Minute}}
	for deadline := time.Now().Add(90 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		resp, err := s.http.Get(base + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode < 300 {
				break
			}
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("it does not answer at %s", base)
		}
	}
	password, err := os.ReadFile(filepath.Join(data, "demo-password"))
	if err != nil {
		return nil, err
	}
	if err := s.call("POST", "/api/admin/v1/auth/login", nil, map[string]string{"email": "demo@example.com", "password": strings.TrimSpace(string(password))}, nil); err != nil {
		return nil, err
	}
	s.db, err = sql.Open("sqlite", "file:"+filepath.Join(data, "sojourn.db")+"?mode=ro&_pragma=busy_timeout(10000)")
	return s, err
}

func event(user, name, id string, properties map[string]any) map[string]any {
	return map[string]any{"type": "track", "userId": user, "event": name, "messageId": "burst-" + id, "properties": properties}
}

// batches hands events in, 400 at a time, four at once.
func (s *side) batches(events []any) error {
	var all sync.WaitGroup
	errs := make(chan error, 1)
	slots := make(chan struct{}, 4)
	for part := range slices.Chunk(events, 400) {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := s.post("/v1/batch", map[string]any{"batch": part}); err != nil {
				select {
				case errs <- err:
				default:
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// singles hands in single events, 20 a second, for so long or until told, and returns how long each took.
func (s *side) singles(prefix string, long time.Duration, over <-chan struct{}) (took []time.Duration) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	end := time.After(long)
	for i := 0; ; i++ {
		select {
		case <-over:
			return took
		case <-end:
			return took
		case <-tick.C:
		}
		began := time.Now()
		if err := s.post("/v1/track", event(fmt.Sprint("bystander-", i), "Bench Seen", fmt.Sprint(prefix, "-", i), nil)); err != nil {
			fmt.Fprintln(os.Stderr, "an event was not taken:", err)
			continue
		}
		took = append(took, time.Since(began))
	}
}

// publish makes a journey live.
func (s *side) publish(key string, entry map[string]any, steps []any) error {
	doc := map[string]any{"key": key, "name": key, "purpose": "marketing", "entry": entry, "steps": steps}
	var made struct {
		Revision int `json:"draft_revision"`
	}
	if err := s.call("POST", "/api/admin/v1/journeys", nil, map[string]any{"document": doc}, &made); err != nil {
		return err
	}
	return s.call("POST", "/api/admin/v1/journeys/"+key+"/publish", http.Header{"If-Match": {fmt.Sprintf("%q", fmt.Sprint(made.Revision))}}, map[string]any{"confirm": true}, nil)
}

func (s *side) post(path string, body any) error {
	return s.call("POST", path, http.Header{"Authorization": {basic()}}, body, nil)
}

func basic() string {
	req, _ := http.NewRequest("GET", "/", nil)
	req.SetBasicAuth(writeKey, "")
	return req.Header.Get("Authorization")
}

func (s *side) call(method, path string, header http.Header, body, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, s.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, answer)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(answer, into)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
