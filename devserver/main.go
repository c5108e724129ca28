package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	uiversion "github.com/temporalio/ui-server/v2/server/version"
	"go.temporal.io/server/common/headers"
)

// Exit statuses; the parent process tells a taken port from a crash by them.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
	exitAddress = 3
	exitStore   = 4
)

// stopWithin bounds a graceful stop. Temporal waits for long polls to end, which takes about a second; a stop that takes
// longer than this is no longer worth waiting for, because the file survives a hard exit.
const stopWithin = 4 * time.Second

func main() {
	stdout := os.Stdout
	// The Web UI's HTTP library logs to standard output; ours carries only the ready line.
	os.Stdout = os.Stderr
	// Workflow histories are nobody else's business on a shared machine: files are made for their owner only.
	syscall.Umask(0o077)
	os.Exit(run(os.Args[1:], os.Stdin, stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	opts, err := parseOptions(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "temporal-dev: %v\n", err)
		return exitUsage
	case opts.version:
		fmt.Fprintf(stdout, "temporal-dev: Temporal server %s, Web UI %s\n", headers.ServerVersion, uiversion.UIVersion)
		return exitOK
	}

	ctx, stopSignals := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stopSignals()
	if opts.exitWithStdin {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		go func() {
			_, _ = io.Copy(io.Discard, stdin)
			cancel()
		}()
	}

	if err := serve(ctx, opts, stdout); err != nil {
		fmt.Fprintf(stderr, "temporal-dev: %v\n", err)
		return exitCode(err)
	}
	return exitOK
}

// serve starts everything, says so on stdout and returns once ctx is done and everything has stopped.
func serve(ctx context.Context, opts options, stdout io.Writer) error {
	if err := checkFree(opts.address, opts.ui, opts.metrics); err != nil {
		return err
	}
	lock, err := lockStore(ctx, opts.db)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := prepareStore(opts); err != nil {
		return err
	}

	server, err := newServer(opts)
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("start Temporal: %w", err)
	}
	stopUI := startWebUI(opts)
	fmt.Fprintln(stdout, readyLine(opts))

	<-ctx.Done()
	return stopAll(stopUI, server.Stop)
}

func stopAll(stopUI func(), stopServer func() error) error {
	done := make(chan error, 1)
	go func() {
		stopUI()
		done <- stopServer()
	}()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("stop Temporal: %w", err)
		}
		return nil
	case <-time.After(stopWithin):
		return fmt.Errorf("stop Temporal: not done within %s, left as it is", stopWithin)
	}
}

func readyLine(opts options) string {
	line := fmt.Sprintf("temporal-dev ready: frontend %s, namespace %s, file %s", opts.address, opts.namespace, opts.db)
	if opts.ui != "" {
		line += ", web ui http://" + opts.ui
	}
	return line
}

func exitCode(err error) int {
	switch {
	case errors.Is(err, errAddressTaken):
		return exitAddress
	case errors.Is(err, errStore):
		return exitStore
	default:
		return exitFailure
	}
}
