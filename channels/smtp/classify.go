package smtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"sojourn/channels"
)

// refusal is a reply that was not the one we hoped for, and to what.
type refusal struct {
	stage string // greeting, ehlo, starttls, auth, mail, rcpt, data, final
	reply reply
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%s: %d %s", r.stage, r.reply.code, r.reply.text)
}

// tlsError is a failed handshake: no certificate that we trust, or no TLS at all.
type tlsError struct{ cause error }

func (e *tlsError) Error() string { return "TLS: " + e.cause.Error() }
func (e *tlsError) Unwrap() error { return e.cause }

var (
	errNoTLS  = errors.New("the server does not offer STARTTLS, which is required")
	errNoAuth = errors.New("the server offers no way to sign in that we know")
)

// Pauses before the same message is tried again for the first time; whoever tries again lets them grow.
const (
	pauseBusy = 30 * time.Second // 4xx: the server or the mailbox is busy, or greylists
	pauseDown = 5 * time.Second  // no connection
)

// senderCodes are enhanced codes that speak about us, whatever the stage.
var senderCodes = map[string]bool{"5.7.8": true, "5.7.9": true, "5.7.11": true, "5.7.14": true, "5.7.26": true, "5.7.515": true}

// classify is classify with the pause that this server's owner allows.
func (s *Sender) classify(err error) *channels.Failure {
	f := classify(err)
	if s.c.LongestPause > 0 && f.After > s.c.LongestPause {
		shorter := *f
		shorter.After = s.c.LongestPause
		return &shorter
	}
	return f
}

// classify turns what went wrong before the terminator, or a reply after it, into a failure.
func classify(err error) *channels.Failure {
	var known *channels.Failure
	var no *refusal
	var handshake *tlsError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &no):
		return no.failure(err)
	case errors.As(err, &handshake) && isTimeout(err):
		return &channels.Failure{Class: channels.Retry, Reason: "timeout", After: pauseDown, Cause: err}
	case errors.As(err, &handshake), errors.Is(err, errNoTLS):
		return &channels.Failure{Class: channels.Retry, Scope: channels.OfSender, Reason: "tls_required", After: pauseBusy, Cause: err}
	case errors.Is(err, errNoAuth):
		return &channels.Failure{Class: channels.Retry, Scope: channels.OfSender, Reason: "auth_failed", After: pauseBusy, Cause: err}
	case errors.Is(err, errGarbage):
		return &channels.Failure{Class: channels.Retry, Reason: "garbage", After: pauseBusy, Cause: err}
	case isTimeout(err):
		return &channels.Failure{Class: channels.Retry, Reason: "timeout", After: pauseDown, Cause: err}
	}
	return &channels.Failure{Class: channels.Retry, Reason: "connection_failed", After: pauseDown, Cause: err}
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &netErr) && netErr.Timeout()
}

func (r *refusal) failure(cause error) *channels.Failure {
	f := &channels.Failure{Class: channels.Rejected, Reason: "refused", Code: r.reply.String(), Cause: cause}
	code, enhanced := r.reply.code, r.reply.enhanced()
	if code < 500 {
		f.Class, f.Reason, f.After = channels.Retry, "busy", pauseBusy
		f.Rest = code == 421 // "service not available": everybody's next attempt would hear the same
		if r.stage == "rcpt" && (code == 450 || code == 451) {
			f.Reason = "greylisted"
		}
		if r.stage == "auth" { // 454: the server cannot check passwords just now
			f.Reason = "auth_unavailable"
		}
		return f
	}
	switch {
	case enhanced == "5.1.7", enhanced == "5.1.8":
		f.Class, f.Scope, f.Reason, f.After = channels.Retry, channels.OfSender, "sender_refused", pauseBusy
	case r.stage == "auth", code == 530, code == 535, code == 538, code == 534, senderCodes[enhanced]:
		f.Class, f.Scope, f.Reason, f.After = channels.Retry, channels.OfSender, "auth_failed", pauseBusy
		if code == 530 && strings.HasPrefix(strings.ToUpper(r.reply.text+" "), "5.7.0 MUST ISSUE A STARTTLS") {
			f.Reason = "tls_required"
		}
	case r.stage == "greeting", r.stage == "ehlo", r.stage == "starttls", r.stage == "mail" && !strings.HasPrefix(enhanced, "5.3"):
		f.Class, f.Scope, f.Reason, f.After = channels.Retry, channels.OfSender, "sender_refused", pauseBusy
	case r.stage == "rcpt" && (enhanced == "5.1.1" || enhanced == "5.1.10" || enhanced == "5.1.6" || enhanced == "5.1.2" || enhanced == "" && (code == 550 || code == 551 || code == 553) && aboutUser(r.reply.text)):
		f.Scope, f.Reason = channels.OfAddress, "user_unknown"
	case enhanced == "5.1.1":
		f.Scope, f.Reason = channels.OfAddress, "user_unknown"
	case code == 552, strings.HasPrefix(enhanced, "5.2.2"), strings.HasPrefix(enhanced, "5.3.4"):
		f.Reason = "too_large_or_full"
	case strings.HasPrefix(enhanced, "5.7"), code == 554:
		f.Scope, f.Reason = channels.OfPolicy, "policy"
	}
	return f
}

// aboutUser reads the text of servers without enhanced codes. Policy refusals use the same 550, so only plain words count.
func aboutUser(text string) bool {
	text = strings.ToLower(text)
	for _, words := range []string{"user unknown", "no such user", "unknown user", "does not exist", "mailbox not found", "invalid recipient", "unknown recipient", "recipient unknown", "no such recipient", "mailbox unavailable"} {
		if strings.Contains(text, words) {
			return true
		}
	}
	return false
}
