// Package temporalchild runs bin/temporal-dev (see devserver/) as a child of this process: a real Temporal server with
// its Web UI on one SQLite file, without anything to install.
//
//	child, err := temporalchild.Start(ctx, temporalchild.Config{
//		Binary: temporalchild.Find(), DBPath: ".sojourn/temporal.db",
//		Address: "127.0.0.1:7233", UIAddress: "127.0.0.1:8233", LogFile: ".sojourn/temporal.log",
//	})
//	if err != nil { … }        // a sentence for the user: port taken by somebody, binary not built, last log lines
//	defer child.Stop(ctx)
//
// Start returns when the server answers for the namespace: frontend, history and matching have all been asked. After
// that a supervisor keeps it running: a child that dies is started again on the same file and the same addresses, with
// a growing pause. Done closes when the child is gone for good, after Stop or when restarting has been given up; Err
// says which.
//
// No orphan stays behind, however this process ends. The child has its own process group, so that Ctrl-C in a terminal
// reaches only the parent, which stops things in its own order. Two cords hold it: on Linux the kernel kills it when the
// parent's thread dies (parent-death signal), and everywhere it stops by itself when the pipe at its standard input
// ends. Both work for kill -9.
//
// How it is laid out: config.go what may be set; child.go the handle; supervise.go restart and stop; process.go one
// run of the binary; ready.go the questions asked before it counts as ready; address.go ports; tail.go its last words.
package temporalchild
