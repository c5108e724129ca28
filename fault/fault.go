package fault

import (
	"errors"
	"fmt"
)

// Kind says what an edge should do about an error.
type Kind string

// The kinds. Invalid, NotFound, Conflict, Forbidden, Unauthorised, TooLarge are final; Unavailable and Busy may be
// tried again; Internal is unknown and is tried again by workers.
const (
	Invalid      Kind = "invalid"      // the input is wrong; Fields say where
	NotFound     Kind = "not_found"    // no such thing in this workspace
	Conflict     Kind = "conflict"     // exists already, or somebody else changed it meanwhile
	Forbidden    Kind = "forbidden"    // known caller without the permission
	Unauthorised Kind = "unauthorised" // unknown caller
	TooLarge     Kind = "too_large"    // over a documented limit
	Busy         Kind = "busy"         // a limit in time: try again later (429)
	Unavailable  Kind = "unavailable"  // a part we need is down (503)
	Internal     Kind = "internal"     // everything else
)

// Field points at one wrong place of an input, e.g. {"steps[2].wait.for", "not a duration: 3 days; write P3D"}.
type Field struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// Error is an error with a kind. Message may be shown to the caller; Cause may not.
type Error struct {
	Kind    Kind
	Message string
	Fields  []Field
	Cause   error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %v", e.Message, e.Cause)
	}
	return e.Message
}

// Unwrap gives errors.Is and errors.As access to the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New makes an error of a kind with a message that may be shown.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// Wrap adds a kind and a message that may be shown to a cause that may not.
func Wrap(k Kind, cause error, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...), Cause: cause}
}

// WithFields returns the error with the places that are wrong.
func (e *Error) WithFields(f ...Field) *Error {
	e.Fields = append(e.Fields, f...)
	return e
}

// KindOf digs out the kind; nil has none (""), an unknown error is Internal.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err carries the kind.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }

// Retryable reports whether trying the same thing again may help.
func Retryable(err error) bool {
	switch KindOf(err) {
	case Busy, Unavailable, Internal:
		return true
	}
	return false
}
