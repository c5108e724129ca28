// Package fault holds the few kinds of error that every edge understands. A function wraps what went wrong with a
// Kind once; the HTTP edge turns it into a problem (RFC 9457) with a status, the activity edge into a retryable or
// final Temporal error, and the UI into a sentence. Anything without a kind is Internal: retried by workers, 500
// outside, its text never shown to a stranger.
package fault
