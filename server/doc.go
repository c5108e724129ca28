// Package server puts the HTTP side together on one port: admin API and UI, ingestion, public pages, health and metrics.
//
// New builds the handler, Serve runs it until its context ends and then stops in order: /readyz says no, a moment later no
// connection is taken any more, what is under way finishes. Every answer carries security headers; which sub-tree adds
// its own policy stands in headers.go. No proxy is trusted: the peer's address is the peer's address.
package server
