// Package app is the program as a library: server, worker, development mode and the operator's tools, with one file per
// command. Main is all of it; cmd/sojourn does nothing but call it. Somebody who has written steps or journeys of his own
// in Go (package kit) builds his own binary by calling Main from a main function in a module of his own, and runs that
// binary wherever he would have run sojourn: as server, as worker, in development.
//
// This is the only place that builds concrete things: assemble.go puts the activities over the store, serve.go the HTTP
// side, cmd_*.go are the commands of the command line in cli.go.
package app
