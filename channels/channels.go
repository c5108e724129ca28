package channels

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sojourn/ids"
)

// Message is one message for one recipient, with everything frozen: the same Message gives the same bytes.
type Message struct {
	Workspace int64
	Send      ids.ID
	Customer  ids.ID
	Channel   string
	From      Party
	ReplyTo   string
	To        string // normalised address
	Subject   string
	HTML      string
	Text      string
	Headers   []Header  // further headers, e.g. List-Unsubscribe
	MessageID string    // with angle brackets; the same for every attempt
	Date      time.Time // of the first attempt
}

// Party is a name with an address.
type Party struct{ Name, Address string }

// Header is one header field.
type Header struct{ Name, Value string }

// Sender hands messages to one provider. It is safe for concurrent use.
type Sender interface {
	// Prepare opens the way for a message without giving it away. The error is a *Failure of class Retry or Rejected, or
	// the context's error. The HandOver must be ended by exactly one of Commit and Abort.
	Prepare(ctx context.Context, m Message) (HandOver, error)
	// Warm reports whether Prepare is likely to need no new connection.
	Warm() bool
}

// HandOver is a message on the threshold.
type HandOver interface {
	// Commit gives the message away. The deadline of ctx bounds the giving: past it the message is not completed. The
	// error is a *Failure of any class; an error that is none counts as Unknown.
	Commit(ctx context.Context) (Receipt, error)
	// Abort gives nothing away.
	Abort()
}

// LookUp is implemented by senders whose provider can be asked whether it has a message.
type LookUp interface {
	// Accepted reports that the provider has the message of this send. False proves nothing.
	Accepted(ctx context.Context, workspace int64, send ids.ID) (bool, error)
}

// Receipt is what the provider said when it took a message.
type Receipt struct {
	ProviderID string
	Code       string
}

// Class is what a failure means for the attempt.
type Class string

// The classes.
const (
	Retry    Class = "retry"    // definitely not accepted; the same message may be tried again
	Rejected Class = "rejected" // definitely not accepted, and never will be
	Unknown  Class = "unknown"  // perhaps accepted
)

// Scope is whose fault a failure is.
type Scope string

// The scopes.
const (
	OfMessage Scope = ""        // this message, or the connection
	OfAddress Scope = "address" // the recipient's address does not exist: suppress it
	OfSender  Scope = "sender"  // our account, password or rights: pause the sender
	OfPolicy  Scope = "policy"  // refused by policy; several in a row are the sender's fault
)

// Failure is how a hand-over failed.
type Failure struct {
	Class  Class
	Scope  Scope
	Reason string        // a word for reports: "user_unknown", "greylisted", "timeout"…
	Code   string        // the provider's, e.g. "550 5.1.1"
	After  time.Duration // do not try again before, 0 = as the caller likes
	Rest   bool          // the provider wants a break from everybody, not only from this message
	Cause  error         // for the log of the worker; may hold the provider's words
}

func (f *Failure) Error() string {
	text := fmt.Sprintf("%s: %s", f.Class, f.Reason)
	if f.Code != "" {
		text += " (" + f.Code + ")"
	}
	if f.Cause != nil {
		text += ": " + f.Cause.Error()
	}
	return text
}

// Unwrap gives access to the cause.
func (f *Failure) Unwrap() error { return f.Cause }

// FailureOf reads an error of Prepare (given = false) or Commit (given = true). What is no *Failure is a retry before
// anything was given away, and unknown afterwards.
func FailureOf(err error, given bool) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		return f
	}
	if given {
		return &Failure{Class: Unknown, Reason: "no_answer", Cause: err}
	}
	return &Failure{Class: Retry, Reason: "interrupted", Cause: err}
}
