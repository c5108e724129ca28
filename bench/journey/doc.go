// Command journey measures what Sojourn costs above a bare Temporal workflow of the same shape (rows P1 and P2 of the
// performance page): event -> mail -> end (W4), and the same with a wait of one second (W5).
//
//	go run ./bench/journey            # needs bin/temporal-dev and bin/sojourn (make build)
//
// Both sides run on one Temporal server, in the order ours, bare, bare, ours in one run, with the same layout: one process that takes
// the event over HTTP, starts the workflow and works on it; an SMTP sink that checks that every mail came exactly once.
// The bare side is written by hand: an HTTP handler that starts a workflow, which calls one local activity that mails;
// no database, no search attributes, no consent. What is compared is processor seconds per 1,000 runs of everything
// that side needs (its process and Temporal), history events and state transitions per run. Then events at 5 per second
// give the latency from the event's acknowledgement to the mail's arrival.
package main
