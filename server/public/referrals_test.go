package public_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/server/public"
)

type codes struct {
	mu       sync.Mutex
	row      models.ReferralCode
	err      error
	people   int
	machines int
	asked    int
}

func (c *codes) ReferralCode(_ context.Context, workspace int64, id ids.ID) (models.ReferralCode, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	if c.err != nil {
		return models.ReferralCode{}, c.err
	}
	if workspace != c.row.WorkspaceID || id != c.row.ID {
		return models.ReferralCode{}, fault.New(fault.NotFound, "no such code")
	}
	return c.row, nil
}

func (c *codes) CountReferralVisit(_ context.Context, _ int64, _ ids.ID, machine bool, _ time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if machine {
		c.machines++
	} else {
		c.people++
	}
	return nil
}

var at = time.Date(2026, 3, 4, 11, 0, 0, 0, time.UTC)

func sharing(t *testing.T) (*codes, *httptest.Server, consent.Referral) {
	t.Helper()
	c := &codes{row: models.ReferralCode{ID: ids.New(), WorkspaceID: 7, Code: "01Z0ZZ789ABC", Target: "https://shop.example/welcome?x=1", CustomerID: ids.New()}}
	s := httptest.NewServer((&public.Pages{Links: links, Consent: &recorder{}, Engagement: &counter{}, Referrals: c, Now: func() time.Time { return at }}).Handler())
	t.Cleanup(s.Close)
	return c, s, consent.Referral{Workspace: 7, Code: c.row.ID}
}

// A shared link leads to the page that was configured, with the code and nothing else; no parameter changes that.
func TestASharedLinkLeadsToTheShopOnly(t *testing.T) {
	t.Parallel()
	c, s, link := sharing(t)
	token := links.SignReferral(link)
	res := ask(t, "GET", s.URL+public.ReferralPath+token+"?url=https://evil.example&ref=EVIL&target=//evil.example")
	if res.StatusCode != http.StatusFound || res.Header.Get("Location") != "https://shop.example/welcome?ref=01Z0-ZZ78-9ABC&x=1" || res.Header.Get("Set-Cookie") != "" ||
		res.Header.Get("Referrer-Policy") != "no-referrer" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v", res.StatusCode, res.Header)
	}
	if strings.Contains(res.Header.Get("Location")+token, c.row.CustomerID.String()) {
		t.Error("the link says who shares it")
	}
	for _, bad := range []string{"", "http://shop.example", "javascript:alert(1)", "//evil.example", "https://a:b@shop.example"} {
		c.row.Target = bad
		if res := ask(t, "GET", s.URL+public.ReferralPath+token); res.StatusCode != http.StatusNotFound || res.Header.Get("Location") != "" {
			t.Errorf("target %q: %d %v", bad, res.StatusCode, res.Header)
		}
	}
	c.row.Target = "https://shop.example/"
	for _, end := range []func(){func() { c.row.ExpiresAt = models.At(at.Add(-1)) }, func() { c.row.ExpiresAt, c.row.EndedAt = 0, models.At(at) }} {
		end()
		if res := ask(t, "GET", s.URL+public.ReferralPath+token); res.Header.Get("Location") != "https://shop.example/" {
			t.Errorf("a code that has ended: %v", res.Header)
		}
	}
}

// Tokens can't be guessed: none that we have not signed for this purpose is even looked up, and all get the same answer.
func TestSharedLinksCanNotBeEnumerated(t *testing.T) {
	t.Parallel()
	c, s, link := sharing(t)
	good := links.SignReferral(link)
	other := consent.Links{Current: 1, Keys: map[byte][]byte{1: []byte(strings.Repeat("x", 32))}}
	forged := []string{good[:len(good)-1], good + "A", "x", "01Z0-ZZ78-9ABC", strings.Repeat("A", 600), other.SignReferral(link), links.SignHit(consent.Hit{Workspace: 7, Send: link.Code, Link: 1})}
	for i := range good {
		b := []byte(good)
		b[i] = map[bool]byte{true: 'B', false: 'A'}[b[i] == 'A']
		forged = append(forged, string(b))
	}
	for _, token := range forged {
		if res := ask(t, "GET", s.URL+public.ReferralPath+token); res.StatusCode != http.StatusNotFound || res.Header.Get("Location") != "" {
			t.Errorf("%q: %d", token, res.StatusCode)
		}
	}
	if c.asked != 0 {
		t.Errorf("%d look-ups of forged tokens", c.asked)
	}
	foreign := link
	foreign.Workspace = 8
	if res := ask(t, "GET", s.URL+public.ReferralPath+links.SignReferral(foreign)); res.StatusCode != http.StatusNotFound {
		t.Errorf("another workspace: %d", res.StatusCode)
	}
	if _, err := links.ReadHit(good); err == nil {
		t.Error("a shared link's token counts as a click")
	}
	if _, err := links.ReadUnsubscribe(good); err == nil {
		t.Error("a shared link's token unsubscribes")
	}
}

// Previews and scanners are not visits, HEAD is nothing, and no request can do more than be counted.
func TestMachinesAreNoVisitors(t *testing.T) {
	t.Parallel()
	c, s, link := sharing(t)
	url := s.URL + public.ReferralPath + links.SignReferral(link)
	if res := ask(t, "HEAD", url); res.StatusCode != http.StatusFound {
		t.Errorf("HEAD: %d", res.StatusCode)
	}
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		if res := ask(t, method, url); res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, res.StatusCode)
		}
	}
	if c.people+c.machines != 0 {
		t.Errorf("counted: %d, %d", c.people, c.machines)
	}
	for _, headers := range [][]string{{"User-Agent", "WhatsApp/2.23"}, {"User-Agent", "facebookexternalhit/1.1"}, {"User-Agent", ""}, {"Sec-Purpose", "prefetch"}} {
		ask(t, "GET", url, headers...)
	}
	ask(t, "GET", url)
	if c.people != 1 || c.machines != 4 {
		t.Errorf("%d people, %d machines", c.people, c.machines)
	}
}

// A link that is hammered is refused, with the time to come back; others go on.
func TestSharedLinksAreLimited(t *testing.T) {
	t.Parallel()
	c, s, link := sharing(t)
	url := s.URL + public.ReferralPath + links.SignReferral(link)
	var found, refused int
	for range 80 { // within one moment of this clock
		switch res := ask(t, "GET", url); res.StatusCode {
		case http.StatusFound:
			found++
		case http.StatusTooManyRequests:
			if refused++; res.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		}
	}
	if found != 50 || refused != 30 || c.asked != 50 {
		t.Errorf("%d found, %d refused, %d looked up", found, refused, c.asked)
	}
	c.row.ID = ids.New()
	if res := ask(t, "GET", s.URL+public.ReferralPath+links.SignReferral(consent.Referral{Workspace: 7, Code: c.row.ID})); res.StatusCode != http.StatusFound {
		t.Errorf("another link: %d", res.StatusCode)
	}
	c.err = errors.New("database is down")
	if res := ask(t, "GET", s.URL+public.ReferralPath+links.SignReferral(consent.Referral{Workspace: 7, Code: c.row.ID})); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("without a database: %d", res.StatusCode)
	}
}
