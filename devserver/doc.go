// Command temporal-dev is a Temporal server and its Web UI for one machine: one process, one SQLite file, nothing to
// install. `sojourn dev` runs it as a child; it is just as usable by hand or in tests.
//
// It is a Go module of its own because Temporal's server and Sojourn's libraries ask for versions of OpenTelemetry and
// SQLite that do not compile together. It imports nothing of Sojourn and Sojourn imports nothing of it: they meet over
// gRPC only.
//
// How it is laid out:
//
//	main.go     the life of the process: flags, start, wait for a reason to stop, stop
//	options.go  the command line
//	store.go    the SQLite file: lock, schema, namespace
//	ports.go    addresses: which are taken, which are free
//	server.go   Temporal's configuration for a single machine
//	limits.go   the server's own rate limits, raised so that a burst on one machine is not throttled
//	webui.go    the Web UI
//
// Promises:
//   - everything listens on the loopback addresses it was told and nowhere else (Temporal has no authentication of its
//     own by default), and nothing is fetched from the network;
//   - the file survives kill -9 at any moment: the schema is created in one transaction and SQLite's write-ahead log
//     does the rest. Two processes on one file are refused;
//   - exit status 0 is a requested stop, 2 a wrong command line, 3 an address that is taken, 4 a file that is in use or
//     is not ours, 1 anything else. The last line on stderr says why.
package main
