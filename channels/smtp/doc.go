// Package smtp sends e-mail to one SMTP server (a relay or a provider's endpoint) over pooled connections.
//
// Prepare: take an idle connection or dial, greet, STARTTLS, AUTH, MAIL, RCPT, DATA up to the 354. Commit: body,
// terminator, reply. Responsibility moves with the terminator (RFC 5321, 4.2.5): a failure before it is a definite
// non-acceptance, a lost answer after it is unknown.
//
// The conversation is our own (conn.go) on purpose: libraries do not stop at 354, and read replies without a limit.
// Here every step has a deadline, every reply a cap in lines and bytes. The MIME form of a message and the mechanisms of
// AUTH are go-mail's (build.go, auth.go). TLS is a decision, not an attempt: with StartTLS or Implicit nothing, and no
// password above all, goes over a plain connection.
package smtp
