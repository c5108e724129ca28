package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// options is the command line. Addresses are IP:port; an empty ui or metrics address means "not at all".
type options struct {
	db            string
	address       string
	ui            string
	metrics       string
	namespace     string
	retention     time.Duration
	logLevel      string
	logFormat     string
	exitWithStdin bool
	version       bool
}

var (
	logLevels  = []string{"debug", "info", "warn", "error"}
	logFormats = []string{"json", "console"}
)

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("temporal-dev", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.db, "db", "", "SQLite `file`; created if missing (required)")
	fs.StringVar(&o.address, "address", "127.0.0.1:7233", "gRPC `address` of the frontend")
	fs.StringVar(&o.ui, "ui", "127.0.0.1:8233", "`address` of the Web UI; empty for none")
	fs.StringVar(&o.metrics, "metrics", "", "`address` of the Prometheus metrics; empty for none")
	fs.StringVar(&o.namespace, "namespace", "default", "namespace `name` to create if missing")
	fs.DurationVar(&o.retention, "retention", 7*24*time.Hour, "how long closed workflows of a new namespace are kept")
	fs.StringVar(&o.logLevel, "log-level", "warn", "one of "+strings.Join(logLevels, ", "))
	fs.StringVar(&o.logFormat, "log-format", "json", "one of "+strings.Join(logFormats, ", "))
	fs.BoolVar(&o.exitWithStdin, "exit-with-stdin", false, "stop when standard input ends, as it does when the parent dies")
	fs.BoolVar(&o.version, "version", false, "print the versions and exit")
	if err := fs.Parse(args); err != nil {
		return options{}, err
	}
	if fs.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	if o.version {
		return o, nil
	}
	return o, o.validate()
}

func (o options) validate() error {
	if o.db == "" {
		return errors.New("--db is required")
	}
	if o.namespace == "" {
		return errors.New("--namespace must not be empty")
	}
	if o.retention < time.Hour {
		return fmt.Errorf("--retention %s is below an hour", o.retention)
	}
	if !slices.Contains(logLevels, o.logLevel) {
		return fmt.Errorf("--log-level %q is not one of %s", o.logLevel, strings.Join(logLevels, ", "))
	}
	if !slices.Contains(logFormats, o.logFormat) {
		return fmt.Errorf("--log-format %q is not one of %s", o.logFormat, strings.Join(logFormats, ", "))
	}
	for name, address := range map[string]string{"address": o.address, "ui": o.ui, "metrics": o.metrics} {
		if address == "" && name != "address" {
			continue
		}
		if _, _, err := splitAddress(address); err != nil {
			return fmt.Errorf("--%s: %w", name, err)
		}
	}
	return nil
}

// splitAddress wants a loopback IP and a real port: Temporal authenticates nobody, so it is never put on a network.
func splitAddress(address string) (host string, port int, err error) {
	tcp, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not an address: %w", address, err)
	}
	if !tcp.IP.IsLoopback() {
		return "", 0, fmt.Errorf("%q is not a loopback address such as 127.0.0.1:7233", address)
	}
	if tcp.Port == 0 {
		return "", 0, fmt.Errorf("%q has no port", address)
	}
	return tcp.IP.String(), tcp.Port, nil
}
