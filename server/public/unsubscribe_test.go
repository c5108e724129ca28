package public_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/server/public"
)

type recorder struct {
	calls []consent.Unsubscribe
	err   error
}

func (r *recorder) Unsubscribe(_ context.Context, u consent.Unsubscribe, _ string, _ map[string]any, _ time.Time) error {
	if r.err == nil {
		r.calls = append(r.calls, u)
	}
	return r.err
}

var (
	links = consent.Links{Current: 1, Keys: map[byte][]byte{1: bytes.Repeat([]byte("k"), 32)}}
	link  = consent.Unsubscribe{Workspace: 7, Customer: ids.New(), ContactPoint: ids.New(), Send: ids.New(), Channel: "email", Purpose: "marketing"}
)

func serve(t *testing.T, w *recorder) *httptest.Server {
	t.Helper()
	s := httptest.NewServer((&public.Pages{Links: links, Consent: w, Logger: slog.New(slog.DiscardHandler)}).Handler())
	t.Cleanup(s.Close)
	return s
}

func do(t *testing.T, method, url, kind string, body io.Reader) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), resp.Header
}

func TestGetChangesNothing(t *testing.T) {
	t.Parallel()
	w := &recorder{}
	s := serve(t, w)
	status, body, h := do(t, "GET", s.URL+public.UnsubscribePath+links.SignUnsubscribe(link), "", nil)
	if status != 200 || !strings.Contains(body, "<button") || len(w.calls) != 0 {
		t.Errorf("status %d, %d withdrawals, body %s", status, len(w.calls), body)
	}
	for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"} {
		if h.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, h.Get(name), want)
		}
	}
	if !strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("Set-Cookie") != "" {
		t.Errorf("headers: %v", h)
	}
}

// RFC 8058: urlencoded and multipart, no cookie, no redirect, idempotent.
func TestOneClick(t *testing.T) {
	t.Parallel()
	w := &recorder{}
	s := serve(t, w)
	url := s.URL + public.UnsubscribePath + links.SignUnsubscribe(link)
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	_ = m.WriteField("List-Unsubscribe", "One-Click")
	_ = m.Close()
	for _, c := range []struct{ kind, body string }{
		{"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		{m.FormDataContentType(), form.String()},
		{"", ""},
	} {
		status, _, h := do(t, "POST", url, c.kind, strings.NewReader(c.body))
		if status != 200 || h.Get("Location") != "" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: status %d, headers %v", c.kind, status, h)
		}
	}
	if len(w.calls) != 3 || w.calls[0] != link {
		t.Errorf("withdrawals: %+v", w.calls)
	}
}

// Same status and body for bad, foreign and unknown tokens, and nothing is written for the bad ones.
func TestBadTokensLookLikeGoodOnes(t *testing.T) {
	t.Parallel()
	w := &recorder{}
	s := serve(t, w)
	good := links.SignUnsubscribe(link)
	status, body, _ := do(t, "POST", s.URL+public.UnsubscribePath+good, "", nil)
	other := consent.Links{Current: 1, Keys: map[byte][]byte{1: bytes.Repeat([]byte("x"), 32)}}
	bad := []string{good[:len(good)-1], good + "A", "x", strings.Repeat("A", 600), other.SignUnsubscribe(link)}
	for i := range good {
		flipped := []byte(good)
		flipped[i] = map[bool]byte{true: 'B', false: 'A'}[flipped[i] == 'A']
		bad = append(bad, string(flipped))
	}
	for _, token := range bad {
		st, b, _ := do(t, "POST", s.URL+public.UnsubscribePath+token, "", nil)
		if st != status || b != body {
			t.Errorf("token %q: status %d, other body", token, st)
		}
	}
	if len(w.calls) != 1 {
		t.Errorf("%d withdrawals, want the good one only", len(w.calls))
	}
	unknown := serve(t, &recorder{err: fault.New(fault.NotFound, "gone")})
	if st, b, _ := do(t, "POST", unknown.URL+public.UnsubscribePath+good, "", nil); st != status || b != body {
		t.Errorf("an unknown customer shows: %d", st)
	}
}

// No 2xx for what was not committed.
func TestFailureIsNoSuccess(t *testing.T) {
	t.Parallel()
	s := serve(t, &recorder{err: errors.New("database is down")})
	status, body, h := do(t, "POST", s.URL+public.UnsubscribePath+links.SignUnsubscribe(link), "", nil)
	if status != http.StatusServiceUnavailable || h.Get("Retry-After") == "" || strings.Contains(body, "database") {
		t.Errorf("status %d, headers %v, body %s", status, h, body)
	}
}
