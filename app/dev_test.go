package app

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strings"
	"testing"
	"time"
)

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

var demoLogin = regexp.MustCompile(`(\S+@\S+) / (\S+)`)

// dev runs `sojourn dev` inside the test process until the test has seen enough.
func dev(t *testing.T, data string, see func(url, email, password string)) (said string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	listen := freeAddress(t)
	var out, errs safeBuffer
	done := make(chan int, 1)
	start := time.Now()
	go func() {
		done <- run(ctx, []string{"dev", "--data", data, "--listen", listen, "--temporal-ui", freeAddress(t), "--temporal", freeAddress(t)}, nil, &out, &errs)
	}()
	for deadline := start.Add(60 * time.Second); !strings.Contains(out.String(), "Ctrl-C"); time.Sleep(10 * time.Millisecond) {
		select {
		case code := <-done:
			t.Fatalf("ended with %d:\n%s\n%s", code, out.String(), errs.String())
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("not ready:\n%s\n%s", out.String(), errs.String())
		}
	}
	t.Logf("ready after %v", time.Since(start).Round(time.Millisecond))
	login := demoLogin.FindStringSubmatch(out.String())
	if login == nil {
		t.Fatalf("no login in:\n%s", out.String())
	}
	see("http://"+listen, login[1], login[2])
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("stopped with %d:\n%s\n%s", code, out.String(), errs.String())
	}
	return out.String()
}

// The first minute of a newcomer, and the second start.
func TestDev(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	var mails int
	var password string
	said := dev(t, data, func(url, email, pw string) {
		password = pw
		api := signIn(t, url, email, pw)
		var home struct {
			Customers int64
			OpenRuns  int64 `json:"open_runs"`
		}
		api("/overview", &home)
		if home.Customers < 2357 {
			t.Errorf("home: %+v", home)
		}
		within(t, "mails arrive in the inbox and people are in win-back", func() bool {
			var inbox struct{ Items []json.RawMessage }
			api("/inbox", &inbox)
			var journeys struct {
				Items []struct {
					Key      string
					OpenRuns int64 `json:"open_runs"`
				}
			}
			api("/journeys", &journeys)
			mails = len(inbox.Items)
			entered := false
			for _, j := range journeys.Items {
				entered = entered || j.Key == "win-back" && j.OpenRuns >= 50
			}
			return mails >= 1 && entered
		})
		var runs struct{ Items []struct{ ID string } }
		api("/runs?journey=win-back&page_size=1", &runs)
		within(t, "a run shows its workflow", func() bool {
			var r struct {
				Temporal struct{ State, URL string }
			}
			api("/runs/"+runs.Items[0].ID, &r)
			return r.Temporal.State == "running" && strings.Contains(r.Temporal.URL, "/workflows/sojourn%2Fdemo%2Fwin-back%2F")
		})
	})
	if lines := strings.Count(strings.TrimSpace(said[strings.Index(said, "Sojourn is ready"):]), "\n") + 1; lines >= 11 {
		t.Errorf("%d lines to read", lines)
	}
	dev(t, data, func(url, email, pw string) {
		if pw != password {
			t.Error("another password at the second start")
		}
		api := signIn(t, url, email, pw)
		var inbox struct{ Items []json.RawMessage }
		api("/inbox", &inbox)
		if len(inbox.Items) < mails { // some may have arrived after the look
			t.Errorf("%d mails at the second start, %d before", len(inbox.Items), mails)
		}
	})
}

func signIn(t *testing.T, url, email, password string) func(path string, into any) {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	body, _ := json.Marshal(map[string]string{"email": email, "password": password})
	res, err := client.Post(url+"/api/admin/v1/auth/login", "application/json", bytes.NewReader(body))
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("sign in: %v, %+v", err, res)
	}
	return func(path string, into any) {
		t.Helper()
		res, err := client.Get(url + "/api/admin/v1" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		if err := json.Unmarshal(text, into); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %s", path, res.StatusCode, text)
		}
	}
}

func within(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !holds(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("does not happen: %s", what)
		}
	}
}
