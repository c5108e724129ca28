package ingestion_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"sojourn/ingest"
	"sojourn/models"
	"sojourn/server/ingestion"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

const hello = `{"messageId":"m1","userId":"ann","event":"Hello","properties":{"a":1}}`

func TestEachRouteStoresItsType(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		w := newWorld(t, s)
		body := func(id int) string {
			return fmt.Sprintf(`{"messageId":"%d","userId":"u","anonymousId":"a","previousId":"p","groupId":"g","event":"E","name":"N"}`, id)
		}
		var want []string
		for _, typ := range []string{"identify", "track", "page", "screen", "group", "alias"} {
			for _, path := range []string{"/v1/" + typ, "/v1/" + typ[:1], "/v1/" + typ + "/"} {
				if status, _, answer := w.post(path, body(len(want)), "Content-Type", "text/plain"); status != 200 || answer != `{"success":true}` {
					t.Errorf("%s: %d %s", path, status, answer)
				}
				want = append(want, typ)
			}
		}
		for _, path := range []string{"/v1/batch", "/v1/b"} {
			if status, _, answer := w.post(path, fmt.Sprintf(`{"batch":[{"type":"track","event":"E","userId":"u","messageId":"%d"}]}`, len(want))); status != 200 {
				t.Errorf("%s: %d %s", path, status, answer)
			}
			want = append(want, "track")
		}
		got := w.events()
		if len(got) != len(want) {
			t.Fatalf("%d events, want %d", len(got), len(want))
		}
		for i, e := range got {
			if e.Type != want[i] || e.MessageID != strconv.Itoa(i) || e.SourceID != w.key.ID.String() {
				t.Errorf("event %d: %s %s from %s, want %s", i, e.Type, e.MessageID, e.SourceID, want[i])
			}
		}
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	keyInBody := strings.Replace(hello, "{", `{"writeKey":"`+writeKey+`",`, 1)
	awkward := base64.RawURLEncoding.EncodeToString([]byte(writeKey + ":"))
	for name, c := range map[string]struct {
		body, header string
		want         int
	}{
		"basic":              {hello, "Basic " + base64.StdEncoding.EncodeToString([]byte(writeKey+":")), 200},
		"basic, lower case":  {hello, "basic " + base64.StdEncoding.EncodeToString([]byte(writeKey+":x")), 200},
		"basic, url-safe":    {hello, "Basic " + awkward, 200},
		"in the body":        {keyInBody, "", 200},
		"bearer and body":    {keyInBody, "Bearer abc", 200},
		"none":               {hello, "", 401},
		"unknown":            {hello, "Basic " + base64.StdEncoding.EncodeToString([]byte("nope:")), 401},
		"empty":              {hello, "Basic " + base64.StdEncoding.EncodeToString([]byte(":")), 401},
		"not base64":         {hello, "Basic ***", 401},
		"unknown in body":    {strings.Replace(hello, "{", `{"writeKey":"nope",`, 1), "", 401},
		"header beats body":  {keyInBody, "Basic " + base64.StdEncoding.EncodeToString([]byte("nope:")), 401},
		"bearer only":        {hello, "Bearer " + writeKey, 401},
		"key of the admins":  {hello, "Basic " + base64.StdEncoding.EncodeToString([]byte("sja_admin:")), 401},
		"no key, bad places": {`{"writeKey":"nope"}`, "", 401},
	} {
		status, header, answer := w.post("/v1/track", c.body, "Authorization", c.header)
		if status != c.want {
			t.Errorf("%s: %d %s, want %d", name, status, answer, c.want)
		}
		if status == 401 && (header.Get("WWW-Authenticate") == "" || strings.Contains(answer, "nope")) {
			t.Errorf("%s: %v %s", name, header, answer)
		}
	}
	if n := len(w.events()); n != 1 {
		t.Errorf("%d events, want 1: all said the same", n)
	}
}

func TestRevokedKeyStops(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	if status, _, answer := w.post("/v1/track", hello); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	if err := w.store.RevokeKey(t.Context(), w.ws, w.key.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		if status, _, _ := w.post("/v1/track", hello); status == 401 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a revoked key works after 5 s")
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	pad := func(n int) string { return `{"userId":"u","event":"E","x":"` + strings.Repeat("x", n) + `"}` }
	for name, c := range map[string]struct {
		path, body string
		header     []string
		want       int
		place      string
	}{
		"not json":             {"/v1/track", `{"userId":`, nil, 400, ""},
		"empty":                {"/v1/track", ``, nil, 400, ""},
		"nobody":               {"/v1/track", `{"event":"E"}`, nil, 400, "userId"},
		"wrong place":          {"/v1/batch", `{"batch":[{"type":"track","userId":"u","event":"E"},{"type":"track","userId":"u"}]}`, nil, 400, "batch[1].event"},
		"huge number":          {"/v1/track", `{"userId":"u","event":"E","properties":{"n":1e999999}}`, nil, 400, "properties.n"},
		"deep":                 {"/v1/track", `{"userId":"u","event":"E","properties":` + strings.Repeat(`[`, 10000), nil, 400, "properties" + strings.Repeat("[0]", 10)},
		"large message":        {"/v1/track", pad(ingest.MaxEventBytes), nil, 413, ""},
		"large message, short": {"/v1/t", pad(ingest.MaxEventBytes), nil, 413, ""},
		"large batch":          {"/v1/batch", `{"batch":[],"x":"` + strings.Repeat("x", ingest.MaxBatchBytes) + `"}`, nil, 413, ""},
		"large message inside": {"/v1/batch", `{"batch":[` + pad(ingest.MaxEventBytes) + `]}`, nil, 413, "batch[0]"},
		"many messages":        {"/v1/batch", `{"batch":[` + strings.Repeat("1,", ingest.MaxBatchEvents) + `1]}`, nil, 413, ""},
		"bomb":                 {"/v1/batch", zipped(strings.Repeat(" ", 100<<20)), []string{"Content-Encoding", "gzip"}, 413, ""},
		"bomb without a word":  {"/v1/track", zipped(strings.Repeat(" ", 1<<20)), nil, 413, ""},
		"gzip that is not":     {"/v1/track", hello, []string{"Content-Encoding", "gzip"}, 400, ""},
		"gzip cut off":         {"/v1/track", zipped(hello)[:40], []string{"Content-Encoding", "gzip"}, 400, ""},
		"unknown encoding":     {"/v1/track", hello, []string{"Content-Encoding", "br"}, 415, ""},
		"twice packed":         {"/v1/track", zipped(zipped(hello)), []string{"Content-Encoding", "gzip, gzip"}, 415, ""},
	} {
		status, header, answer := w.post(c.path, c.body, c.header...)
		var p struct {
			Status  int
			Success *bool
			Errors  []struct{ Path, Message string }
		}
		if err := json.Unmarshal([]byte(answer), &p); err != nil {
			t.Errorf("%s: %v in %s", name, err, answer)
			continue
		}
		if status != c.want || p.Status != c.want || p.Success == nil || *p.Success || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %v %s, want %d", name, status, header.Get("Content-Type"), answer, c.want)
		}
		if c.place != "" && (len(p.Errors) == 0 || p.Errors[0].Path != c.place) {
			t.Errorf("%s: places %v, want %s", name, p.Errors, c.place)
		}
	}
	if n := len(w.events()); n != 0 {
		t.Errorf("%d events were stored", n)
	}
}

func zipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func TestPackedBodies(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	for i, header := range [][]string{{"Content-Encoding", "gzip"}, {"Content-Type", "application/x-www-form-urlencoded"}} {
		body := strings.Replace(hello, "m1", fmt.Sprint(i), 1)
		if status, _, answer := w.post("/v1/track", zipped(body), header...); status != 200 {
			t.Errorf("%v: %d %s", header, status, answer)
		}
	}
	if n := len(w.events()); n != 2 {
		t.Errorf("%d events", n)
	}
}

func TestRepetitionAndConflict(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	for _, body := range []string{hello, hello, strings.Replace(hello, `"a":1`, `"a":2`, 1)} {
		if status, _, answer := w.post("/v1/track", body); status != 200 {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	got := w.events()
	if len(got) != 1 || string(got[0].Data) != `{"a":1}` || got[0].Conflicts != 1 {
		t.Errorf("events %+v", got)
	}
}

func TestBackfill(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	w.post("/v1/track", hello, "X-Sojourn-Backfill", "true")
	w.post("/v1/track", `{"userId":"u","event":"E","context":{"backfill":true}}`)
	w.post("/v1/track", `{"userId":"u","event":"E"}`)
	got := w.events()
	if len(got) != 3 || !got[0].Backfill || !got[1].Backfill || got[2].Backfill {
		t.Errorf("events %+v", got)
	}
}

func TestTooFast(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t, func(d *ingestion.Deps) { d.RequestRate = 0.5 })
	before := time.Now().Unix()
	if status, _, answer := w.post("/v1/track", hello); status != 200 {
		t.Fatalf("%d %s", status, answer)
	}
	status, header, answer := w.post("/v1/track", hello)
	seconds, err := strconv.Atoi(header.Get("Retry-After"))
	if status != 429 || err != nil || seconds < 1 || seconds > 3 {
		t.Errorf("%d, Retry-After %q: %s", status, header.Get("Retry-After"), answer)
	}
	if reset, err := strconv.ParseInt(header.Get("X-RateLimit-Reset"), 10, 64); err != nil || reset < before || reset > before+60 {
		t.Errorf("X-RateLimit-Reset %q", header.Get("X-RateLimit-Reset"))
	}
}

func TestBrowsersMaySend(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	req, _ := http.NewRequest(http.MethodOptions, w.url+"/v1/t", nil)
	req.Header.Set("Origin", "https://shop.example")
	req.Header.Set("Access-Control-Request-Headers", "content-type")
	status, header, _ := w.do(req)
	if status != 204 || header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("%d %v", status, header)
	}
	_, header, _ = w.post("/v1/t", hello, "Origin", "https://shop.example")
	if header.Get("Access-Control-Allow-Origin") != "*" || header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%v", header)
	}
	_, header, _ = w.post("/v1/t", `{`, "Origin", "https://shop.example")
	if header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("a refusal that the page can't read: %v", header)
	}
}

func TestSettingsOfTheSiteScript(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ public, host, protocol string }{
		"by request":  {"", "", "http"},
		"by settings": {"https://events.example.com/sojourn", "events.example.com/sojourn/v1", "https"},
	} {
		w := sqliteWorld(t, func(d *ingestion.Deps) { d.PublicURL = c.public })
		req, _ := http.NewRequest(http.MethodGet, w.url+"/v1/projects/"+writeKey+"/settings", nil)
		status, _, answer := w.do(req)
		var got struct {
			Integrations map[string]struct{ APIKey, APIHost, Protocol string }
		}
		if err := json.Unmarshal([]byte(answer), &got); err != nil || status != 200 {
			t.Fatalf("%s: %d %s", name, status, answer)
		}
		if c.host == "" {
			c.host = strings.TrimPrefix(w.url, "http://") + "/v1"
		}
		if s := got.Integrations["Segment.io"]; s.APIKey != writeKey || s.APIHost != c.host || s.Protocol != c.protocol {
			t.Errorf("%s: %s", name, answer)
		}
		req, _ = http.NewRequest(http.MethodGet, w.url+"/v1/projects/nope/settings", nil)
		if status, _, _ := w.do(req); status != 404 {
			t.Errorf("%s: %d for an unknown key", name, status)
		}
	}
}

// A body that stops coming does not hold its connection.
func TestTricklingBody(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t, func(d *ingestion.Deps) { d.BodyTimeout = 100 * time.Millisecond })
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: Basic %s\r\nContent-Length: 100\r\n\r\n{", base64.StdEncoding.EncodeToString([]byte(writeKey+":")))
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer := make([]byte, 12)
	if _, err := conn.Read(answer); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400") {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestLastUseIsNoted(t *testing.T) {
	t.Parallel()
	w := sqliteWorld(t)
	w.post("/v1/track", hello)
	k, err := w.store.KeyByHash(t.Context(), w.key.SecretHash)
	if err != nil || k.LastUsedAt == 0 || models.At(time.Now()) < k.LastUsedAt {
		t.Errorf("%+v, %v", k, err)
	}
}
