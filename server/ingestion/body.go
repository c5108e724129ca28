package ingestion

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"sojourn/fault"
)

var unzippers = sync.Pool{New: func() any { return new(gzip.Reader) }}

var errEncoding = fault.New(fault.Invalid, "only gzip is understood as Content-Encoding")

// read takes the body, at most limit bytes, also after unpacking: a bomb is noticed while it unpacks.
func (e *edge) read(c *gin.Context, limit int64) ([]byte, error) {
	r := c.Request
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	if encoding != "" && encoding != "gzip" && encoding != "identity" {
		return nil, errEncoding
	}
	// A body that trickles in holds a connection, so it has a deadline of its own. A recorder in a test has none.
	control := http.NewResponseController(c.Writer)
	deadline := time.Now().Add(e.BodyTimeout) //nolint:forbidigo // the kernel judges it, by its own clock
	timed := control.SetReadDeadline(deadline) == nil
	raw, err := readUpTo(r.Body, limit, r.ContentLength)
	if err != nil {
		// The deadline stays: the server reads what is left of the body before it sends the answer.
		c.Header("Connection", "close")
		return nil, err
	}
	if timed {
		_ = control.SetReadDeadline(time.Time{})
	}
	// Some clients send gzip without saying so.
	if encoding != "gzip" && !(len(raw) > 2 && raw[0] == 0x1f && raw[1] == 0x8b) {
		return raw, nil
	}
	z := unzippers.Get().(*gzip.Reader)
	defer unzippers.Put(z)
	if err := z.Reset(bytes.NewReader(raw)); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the body is not gzip")
	}
	return readUpTo(z, limit, int64(len(raw))*6)
}

func readUpTo(r io.Reader, limit, guess int64) ([]byte, error) {
	if guess < 0 || guess > limit {
		guess = 4096
	}
	var b bytes.Buffer
	b.Grow(int(guess) + bytes.MinRead)
	n, err := b.ReadFrom(io.LimitReader(r, limit+1))
	switch {
	case n > limit:
		return nil, tooLarge(limit)
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, err, "the body could not be read")
	}
	return b.Bytes(), nil
}

func tooLarge(limit int64) error {
	return fault.New(fault.TooLarge, "the body has more than %d bytes", limit)
}
