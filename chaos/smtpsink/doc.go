// Package smtpsink is an SMTP server for tests that misbehaves by script and keeps the truth: for every message whether
// it saw the full terminator and whether it got its answer out. That log is the oracle for "how often was this mail
// really handed over", whatever the sender believes.
//
// A Step says how one attempt at one recipient goes; steps queued for a recipient are used up one per attempt, then the
// server behaves well. Conversation-wide faults (greeting, STARTTLS, AUTH) are Options. It speaks as little SMTP as a
// sender needs: EHLO/HELO, STARTTLS, AUTH PLAIN and LOGIN, MAIL, RCPT, DATA, RSET, NOOP, QUIT.
package smtpsink
