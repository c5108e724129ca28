package ui

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestAssetsComeCompressedToWhoUnderstandsIt(t *testing.T) {
	t.Parallel()
	script := strings.Repeat("export const a = 1;\n", 500)
	h := handler(fstest.MapFS{"index.html": {Data: []byte("<p>page</p>")}, "assets/a-1.js": {Data: []byte(script)}, "assets/b-1.woff2": {Data: []byte(script)}})
	for _, c := range []struct {
		path, accepts, encoding, contentType string
	}{
		{"/assets/a-1.js", "gzip, deflate, br", "gzip", "text/javascript"},
		{"/assets/a-1.js", "br;q=1.0, gzip;q=0.5", "gzip", "text/javascript"},
		{"/assets/a-1.js", "gzip;q=0", "", "text/javascript"},
		{"/assets/a-1.js", "", "", "text/javascript"},
		{"/assets/b-1.woff2", "gzip", "", "font/woff2"},
		{"/journeys/win-back", "gzip", "", "text/html"},
	} {
		r := httptest.NewRequest("GET", c.path, nil)
		r.Header.Set("Accept-Encoding", c.accepts)
		for range 2 { // the second answer comes from what is kept
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != 200 || w.Header().Get("Content-Encoding") != c.encoding || !strings.HasPrefix(w.Header().Get("Content-Type"), c.contentType) {
				t.Errorf("%s for %q: %d %v", c.path, c.accepts, w.Code, w.Header())
			}
			if strings.HasSuffix(c.path, ".js") && w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s: a cache in between must tell the two apart: %v", c.path, w.Header())
			}
			if c.encoding == "" {
				continue
			}
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := io.ReadAll(z); err != nil || string(plain) != script {
				t.Errorf("%s: %d bytes, %v", c.path, len(plain), err)
			}
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/assets/gone.js", nil))
	if w.Code != 404 {
		t.Errorf("an asset that is not there: %d", w.Code)
	}
}
