package ingestion

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"sojourn/fault"
)

// problem is RFC 9457, with success as older clients look for it.
type problem struct {
	Type    string        `json:"type"`
	Title   string        `json:"title"`
	Status  int           `json:"status"`
	Detail  string        `json:"detail"`
	Success bool          `json:"success"`
	Errors  []fault.Field `json:"errors,omitempty"`
}

func (e *edge) refuse(c *gin.Context, err error, now time.Time) {
	status := http.StatusInternalServerError
	h := c.Writer.Header()
	switch fault.KindOf(err) {
	case fault.Invalid:
		if status = http.StatusBadRequest; errors.Is(err, errEncoding) {
			status = http.StatusUnsupportedMediaType
		}
	case fault.TooLarge:
		status = http.StatusRequestEntityTooLarge
	case fault.Unauthorised:
		status = http.StatusUnauthorized
		h.Set("WWW-Authenticate", `WriteKey realm="ingestion"`) // not Basic: browsers would ask their user
	case fault.NotFound:
		status = http.StatusNotFound
	case fault.Busy:
		status = http.StatusTooManyRequests
		wait := time.Second
		if fast := (tooFast{}); errors.As(err, &fast) {
			wait = fast.wait
		}
		seconds := int64(math.Ceil(wait.Seconds()))
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
		h.Set("X-RateLimit-Reset", strconv.FormatInt(now.Unix()+seconds, 10))
	case fault.Unavailable:
		status = http.StatusServiceUnavailable
		h.Set("Retry-After", "2")
	}
	p := problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: http.StatusText(status)}
	var known *fault.Error
	if errors.As(err, &known) && status != http.StatusInternalServerError {
		p.Detail, p.Errors = known.Message, known.Fields
	}
	if status >= http.StatusInternalServerError {
		e.Logger.ErrorContext(c.Request.Context(), "events were not stored", "route", c.FullPath(), "status", status, "kind", string(fault.KindOf(err)), "error", err)
	}
	if status == http.StatusRequestEntityTooLarge {
		h.Set("Connection", "close") // the rest of the body is not worth reading
	}
	h.Set("Content-Type", "application/problem+json")
	c.JSON(status, p)
}

// settings is what the site script asks for before it starts: which destinations there are, and where.
func (e *edge) settings(c *gin.Context) {
	now := e.Now()
	if _, err := e.keys.admit(c.Request.Context(), c.Param("key"), now); err != nil {
		if fault.Is(err, fault.Unauthorised) {
			err = fault.New(fault.NotFound, "there is no such write key")
		}
		e.refuse(c, err, now)
		return
	}
	protocol, host, path := "http", c.Request.Host, ""
	if c.Request.TLS != nil {
		protocol = "https"
	}
	if e.public != nil {
		protocol, host, path = e.public.Scheme, e.public.Host, e.public.Path
	}
	c.Header("Cache-Control", "public, max-age=60")
	c.JSON(http.StatusOK, gin.H{
		"integrations": gin.H{"Segment.io": gin.H{"apiKey": c.Param("key"), "apiHost": host + path + "/v1", "protocol": protocol}},
		"plan":         gin.H{},
	})
}
