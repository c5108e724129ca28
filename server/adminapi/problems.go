package adminapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sojourn/fault"
)

// statusOf is the one table from kinds of fault to HTTP.
var statusOf = map[fault.Kind]int{
	fault.Invalid:      http.StatusUnprocessableEntity,
	fault.NotFound:     http.StatusNotFound,
	fault.Conflict:     http.StatusConflict,
	fault.Forbidden:    http.StatusForbidden,
	fault.Unauthorised: http.StatusUnauthorized,
	fault.TooLarge:     http.StatusRequestEntityTooLarge,
	fault.Busy:         http.StatusTooManyRequests,
	fault.Unavailable:  http.StatusServiceUnavailable,
	fault.Internal:     http.StatusInternalServerError,
}

// errStale is the answer to an If-Match that is no longer current.
var errStale = newProblem(http.StatusPreconditionFailed, "somebody else changed this meanwhile; load it again and repeat your change")

// busyUntil is a fault.Busy that knows when to come back.
type busyUntil struct {
	cause *fault.Error
	after time.Duration
}

func (e busyUntil) Error() string { return e.cause.Error() }
func (e busyUntil) Unwrap() error { return e.cause }

// problem translates an error once, at this border. The text of an unknown error goes to the log, never to a stranger.
func (a *API) problem(ctx context.Context, operation string, err error) error {
	var ready huma.StatusError
	if errors.As(err, &ready) {
		return ready
	}
	kind := fault.KindOf(err)
	status, ok := statusOf[kind]
	if !ok || kind == fault.Internal {
		if ctx.Err() == nil { // else the caller has gone and nobody reads the answer
			a.log().ErrorContext(ctx, "request failed", "operation", operation, "error", err)
		}
		return newProblem(http.StatusInternalServerError, "something went wrong here; it has been logged")
	}
	if kind == fault.Unavailable {
		a.log().WarnContext(ctx, "request failed", "operation", operation, "error", err)
	}
	var known *fault.Error
	errors.As(err, &known)
	var details []error
	for _, f := range known.Fields {
		details = append(details, &huma.ErrorDetail{Location: f.Path, Message: f.Message})
	}
	p := newProblem(status, known.Message, details...)
	var busy busyUntil
	if errors.As(err, &busy) {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {strconv.Itoa(int(busy.after/time.Second) + 1)}})
	}
	return p
}

// newProblem replaces huma's constructor: a type that programs can switch on, and no echo of the values that were sent
// (one of them may be a password).
func newProblem(status int, msg string, details ...error) huma.StatusError {
	p := &huma.ErrorModel{Type: "urn:sojourn:problem:" + nameOf(status), Status: status, Title: http.StatusText(status), Detail: msg}
	for _, d := range details {
		var known huma.ErrorDetailer
		if errors.As(d, &known) {
			e := *known.ErrorDetail()
			e.Value = nil
			p.Errors = append(p.Errors, &e)
		} else if d != nil {
			p.Errors = append(p.Errors, &huma.ErrorDetail{Message: d.Error()})
		}
	}
	return p
}

func nameOf(status int) string {
	for kind, s := range statusOf {
		if s == status {
			return string(kind)
		}
	}
	switch status {
	case http.StatusPreconditionFailed:
		return "stale"
	case http.StatusUnsupportedMediaType:
		return "media_type"
	}
	return "request"
}
