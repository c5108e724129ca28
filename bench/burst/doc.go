// Command burst lets much happen at once, from outside, and counts what has become of it.
//
// Signals: thousands of events about one open run, in batches as fast as ingestion takes them. Each is to add 1 to an
// attribute of the customer, once: the journey is a loop that waits for the next event and counts it. Timers: thousands of
// runs whose waits end in the same second. Each is to go on, once. Beside the timers single events come in, before and
// meanwhile, and their latency is told.
//
//	make build && go run ./bench/burst -signals 12000 -timers 10000
//
// It fails when one is lost or counts twice. The figures go to bench/results.
package main
