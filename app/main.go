package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the people live in many zones, also on machines without a zone database

	"sojourn/fault"
	"sojourn/kit"
)

// registered holds the journeys in Go that this program knows. It is filled once, before any command runs.
var registered = shipped()

// Main is the whole program: it reads the command line, runs the command and ends the process with its exit code. Each
// register adds journeys and steps of its own, beside those that ship:
//
//	func main() { app.Main(mycompany.Register) }
func Main(register ...func(*kit.Registry)) {
	for _, add := range register {
		add(&registered)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second Ctrl-C ends the process at once
	}()
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr))
}

// Exit codes.
const (
	exitOK      = 0
	exitFailed  = 1
	exitMisused = 2 // wrong arguments or settings
)

// run is the program without its process: what it is told comes in, what it says goes out.
func run(ctx context.Context, args, environ []string, stdout, stderr io.Writer) int {
	command, err := parse(args, environ, stdout, stderr)
	if err == nil && command == nil {
		return exitOK // --help or --version
	}
	if err == nil {
		err = command(ctx)
	}
	if err == nil || errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return exitOK
	}
	explain(stderr, err)
	if fault.Is(err, fault.Invalid) {
		return exitMisused
	}
	return exitFailed
}

// explain says what went wrong, and every wrong place on a line of its own.
func explain(w io.Writer, err error) {
	fmt.Fprintf(w, "sojourn: %v\n", err)
	var known *fault.Error
	if errors.As(err, &known) {
		for _, f := range known.Fields {
			fmt.Fprintf(w, "  %s: %s\n", f.Path, f.Message)
		}
	}
}
