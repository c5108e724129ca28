package ui

import (
	"bytes"
	"compress/gzip"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// squeezed keeps assets compressed, each from its first request on. Their names carry their hash, so none ever changes.
type squeezed struct {
	root fs.FS
	done sync.Map // name -> func() []byte
}

var worthIt = []string{".js", ".css", ".svg", ".json", ".map"}

// serve answers with the compressed asset, or reports false where the plain file is the better answer.
func (s *squeezed) serve(w http.ResponseWriter, r *http.Request, name string) bool {
	if !slices.Contains(worthIt, path.Ext(name)) {
		return false
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if !takesGzip(r.Header.Get("Accept-Encoding")) {
		return false
	}
	once, _ := s.done.LoadOrStore(name, sync.OnceValue(func() []byte { return s.squeeze(name) }))
	body := once.(func() []byte)()
	if body == nil {
		return false
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
	return true
}

func (s *squeezed) squeeze(name string) []byte {
	plain, err := fs.ReadFile(s.root, name)
	if err != nil {
		return nil
	}
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	_, _ = z.Write(plain)                                 // a bytes.Buffer takes everything
	_ = z.Close()
	if b.Len() >= len(plain) {
		return nil
	}
	return b.Bytes()
}

// takesGzip reads an Accept-Encoding header: gzip, unless it is given the weight 0.
func takesGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" {
			return strings.Trim(strings.TrimPrefix(strings.TrimSpace(weight), "q="), "0.") != "" || weight == ""
		}
	}
	return false
}
