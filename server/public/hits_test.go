package public_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/server/public"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

const browser = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

type counter struct {
	mu      sync.Mutex
	hits    []storage.Hit
	targets []string
	err     error
}

func (c *counter) LinkTarget(_ context.Context, _ int64, _ ids.ID, n int) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return "", c.err
	}
	if n < 1 || n > len(c.targets) {
		return "", fault.New(fault.NotFound, "no such link")
	}
	return c.targets[n-1], nil
}

func (c *counter) RecordHit(_ context.Context, h storage.Hit) (storage.HitResult, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hits = append(c.hits, h)
	return storage.HitFirst, c.err
}

func hitServer(t *testing.T, c public.Engagement, now func() time.Time) *httptest.Server {
	t.Helper()
	s := httptest.NewServer((&public.Pages{Links: links, Consent: &recorder{}, Engagement: c, Now: now, Logger: slog.New(slog.DiscardHandler)}).Handler())
	t.Cleanup(s.Close)
	return s
}

// ask makes a request as a browser does, unless headers (name, value, …) say otherwise.
func ask(t *testing.T, method, url string, headers ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", browser)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res
}

func TestAClickLeadsToTheStoredAddressOnly(t *testing.T) {
	t.Parallel()
	c := &counter{targets: []string{"https://shop.example/new?a=1&b=2", "javascript:alert(1)", "//evil.example", "https:///nohost"}}
	s := hitServer(t, c, nil)
	hit := consent.Hit{Workspace: 7, Send: ids.New(), Link: 1}
	token := links.SignHit(hit)
	res := ask(t, "GET", s.URL+public.ClickPath+token+"?url=https://evil.example&u=//evil.example")
	if res.StatusCode != http.StatusFound || res.Header.Get("Location") != "https://shop.example/new?a=1&b=2" || res.Header.Get("Referrer-Policy") != "no-referrer" || res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("Set-Cookie") != "" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if len(c.hits) != 1 || c.hits[0].Workspace != 7 || c.hits[0].Send != hit.Send || c.hits[0].Link != 1 || c.hits[0].Machine != "" {
		t.Errorf("hits %+v", c.hits)
	}
	for _, n := range []int{2, 3, 4, 5} { // stored, but no web page; and a link that is not there
		hit.Link = n
		if res := ask(t, "GET", s.URL+public.ClickPath+links.SignHit(hit)); res.StatusCode != http.StatusNotFound || res.Header.Get("Location") != "" {
			t.Errorf("link %d: %d %v", n, res.StatusCode, res.Header)
		}
	}
	if len(c.hits) != 1 {
		t.Errorf("links that lead nowhere were counted: %+v", c.hits)
	}
}

func TestForgedTokensReachNothing(t *testing.T) {
	t.Parallel()
	c := &counter{targets: []string{"https://shop.example"}}
	s := hitServer(t, c, nil)
	hit := consent.Hit{Workspace: 7, Send: ids.New(), Link: 1}
	good := links.SignHit(hit)
	other := consent.Links{Current: 1, Keys: map[byte][]byte{1: []byte(strings.Repeat("x", 32))}}
	forged := []string{good[:len(good)-1], good + "A", "x", strings.Repeat("A", 600), other.SignHit(hit), links.SignUnsubscribe(link)}
	for i := range good {
		b := []byte(good)
		b[i] = map[bool]byte{true: 'B', false: 'A'}[b[i] == 'A']
		forged = append(forged, string(b))
	}
	for _, token := range forged {
		if res := ask(t, "GET", s.URL+public.ClickPath+token); res.StatusCode != http.StatusNotFound || res.Header.Get("Location") != "" {
			t.Errorf("click %q: %d", token, res.StatusCode)
		}
		if res := ask(t, "GET", s.URL+public.OpenPath+token); res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/gif" {
			t.Errorf("open %q: %d", token, res.StatusCode)
		}
	}
	hit.Link = 0 // a pixel's token is no link's, and the other way round
	if res := ask(t, "GET", s.URL+public.ClickPath+links.SignHit(hit)); res.StatusCode != http.StatusNotFound {
		t.Error("the pixel's token leads somewhere")
	}
	ask(t, "GET", s.URL+public.OpenPath+good)
	if len(c.hits) != 0 {
		t.Errorf("counted: %+v", c.hits)
	}
	if _, err := links.ReadUnsubscribe(good); err == nil {
		t.Error("a link's token unsubscribes")
	}
}

func TestMachinesAreFlagged(t *testing.T) {
	t.Parallel()
	c := &counter{targets: []string{"https://shop.example"}}
	s := hitServer(t, c, nil)
	for _, x := range []struct {
		link    int
		headers []string
		want    string
	}{
		{0, nil, ""}, {1, nil, ""},
		{0, []string{"User-Agent", "Mozilla/5.0"}, "privacy_proxy"},
		{0, []string{"User-Agent", "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"}, ""},
		{1, []string{"User-Agent", ""}, "no_agent"},
		{1, []string{"User-Agent", "Mozilla/5.0 (compatible; bingbot/2.0)"}, "scanner"},
		{1, []string{"User-Agent", "curl/8.5.0"}, "scanner"},
		{1, []string{"Sec-Purpose", "prefetch;prerender"}, "prefetch"},
		{1, []string{"X-Moz", "prefetch"}, "prefetch"},
	} {
		before := len(c.hits)
		h := consent.Hit{Workspace: 7, Send: ids.New(), Link: x.link}
		path := map[bool]string{true: public.OpenPath, false: public.ClickPath}[x.link == 0]
		ask(t, "GET", s.URL+path+links.SignHit(h), x.headers...)
		if len(c.hits) != before+1 || c.hits[before].Machine != x.want {
			t.Errorf("%v: %+v, want machine %q", x.headers, c.hits[before:], x.want)
		}
	}
	before := len(c.hits)
	h := consent.Hit{Workspace: 7, Send: ids.New(), Link: 1}
	if res := ask(t, "HEAD", s.URL+public.ClickPath+links.SignHit(h)); res.StatusCode != http.StatusFound {
		t.Errorf("HEAD: %d", res.StatusCode)
	}
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		if res := ask(t, method, s.URL+public.ClickPath+links.SignHit(h)); res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
	}
	if len(c.hits) != before {
		t.Errorf("counted: %+v", c.hits[before:])
	}
}

// A scanner that follows every link at once is found out by the third; a reload is one hit; a flood costs counts only.
func TestSweepsAndFloods(t *testing.T) {
	t.Parallel()
	c := &counter{targets: []string{"https://a.example", "https://b.example", "https://c.example", "https://d.example"}}
	at := time.Date(2026, 3, 4, 11, 0, 0, 0, time.UTC)
	s := hitServer(t, c, func() time.Time { return at })
	send := ids.New()
	for n := 1; n <= 4; n++ {
		ask(t, "GET", s.URL+public.ClickPath+links.SignHit(consent.Hit{Workspace: 7, Send: send, Link: n}))
		ask(t, "GET", s.URL+public.ClickPath+links.SignHit(consent.Hit{Workspace: 7, Send: send, Link: n}))
	}
	var machines []string
	for _, h := range c.hits {
		machines = append(machines, h.Machine)
	}
	if got := strings.Join(machines, ","); got != ",,sweep,sweep" {
		t.Errorf("machines %q", got)
	}
	c.hits = nil
	handler := s.Config.Handler
	for range 2300 { // within one moment of this clock: the bucket holds 2,000, of which four were used
		req := httptest.NewRequest("GET", public.OpenPath+links.SignHit(consent.Hit{Workspace: 7, Send: ids.New()}), nil)
		req.Header.Set("User-Agent", browser)
		w := httptest.NewRecorder()
		if handler.ServeHTTP(w, req); w.Code != http.StatusOK {
			t.Fatal(w.Code)
		}
	}
	if len(c.hits) != 1996 {
		t.Errorf("%d of a flood were recorded", len(c.hits))
	}
}

func TestACounterThatFailsCostsNobodyHisPage(t *testing.T) {
	t.Parallel()
	c := &failing{counter{targets: []string{"https://shop.example"}}}
	s := hitServer(t, c, nil)
	if res := ask(t, "GET", s.URL+public.ClickPath+links.SignHit(consent.Hit{Workspace: 7, Send: ids.New(), Link: 1})); res.StatusCode != http.StatusFound {
		t.Errorf("click: %d", res.StatusCode)
	}
	c.err = errors.New("database is down")
	res := ask(t, "GET", s.URL+public.ClickPath+links.SignHit(consent.Hit{Workspace: 7, Send: ids.New(), Link: 1}))
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("without a database: %d", res.StatusCode)
	}
	if res := ask(t, "GET", s.URL+public.OpenPath+links.SignHit(consent.Hit{Workspace: 7, Send: ids.New()})); res.StatusCode != http.StatusOK {
		t.Errorf("open: %d", res.StatusCode)
	}
}

type failing struct{ counter }

func (f *failing) RecordHit(context.Context, storage.Hit) (storage.HitResult, error) {
	return "", errors.New("database is down")
}

// Against the real store: a token of another workspace, signed by us, reaches nothing of this one.
func TestAForeignWorkspaceReachesNothing(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		w := storagetest.NewSendWorld(t, s, "mine", `{}`)
		send := w.Sent(t, w.AddCustomer(t, "ann@mine.example", true))
		server := hitServer(t, s, func() time.Time { return storagetest.Noon.Add(time.Hour) })
		hit := consent.Hit{Workspace: w.Workspace.ID, Send: send.ID, Link: 1}
		foreign := hit
		foreign.Workspace += 1000
		if res := ask(t, "GET", server.URL+public.ClickPath+links.SignHit(foreign)); res.StatusCode != http.StatusNotFound {
			t.Errorf("foreign: %d %v", res.StatusCode, res.Header)
		}
		if res := ask(t, "GET", server.URL+public.ClickPath+links.SignHit(hit)); res.Header.Get("Location") != storagetest.ShopLink {
			t.Errorf("own: %d %v", res.StatusCode, res.Header)
		}
		got, err := s.EngagementOf(context.Background(), w.Workspace.ID, []ids.ID{send.ID})
		if err != nil || got[send.ID].Clicks != 1 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
