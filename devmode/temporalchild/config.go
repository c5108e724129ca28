package temporalchild

import (
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"sojourn/fault"
)

// Defaults of Config.
const (
	DefaultNamespace   = "default"
	DefaultReadyWithin = 15 * time.Second
)

// BinaryEnv names the environment variable that overrides where the binary is looked for.
const BinaryEnv = "SOJOURN_TEMPORAL_DEV"

// binaryName is the file that devserver/ builds.
const binaryName = "temporal-dev"

// Config says what to run and where. Binary, DBPath and Address are required.
type Config struct {
	Binary    string        // path of temporal-dev; see Find
	DBPath    string        // SQLite file; it and its folder are created if missing
	Address   string        // gRPC frontend, loopback IP:port; port 0 takes any free one, see Child.Address
	UIAddress string        // Web UI, loopback IP:port; port 0 takes any free one; empty runs none
	Namespace string        // created if missing; DefaultNamespace if empty
	Retention time.Duration // of closed workflows, used when the namespace is created; 0 leaves it to the binary (7 days)
	LogFile   string        // the child's output is appended here; empty keeps only the last lines for error messages
	LogLevel  string        // debug, info, warn or error; empty leaves it to the binary (warn)

	ReadyWithin time.Duration   // how long one start may take; DefaultReadyWithin if 0
	Logger      *slog.Logger    // restarts are reported here; slog.Default() if nil
	OnRestart   func(Restart)   // called by the supervisor when a restarted child is ready; must not wait for Stop; may be nil
	Pauses      []time.Duration // before the 1st, 2nd, … restart in a row; given up after the last; DefaultPauses if nil
}

// Restart tells of a child that died and was replaced.
type Restart struct {
	Cause    error         // how the previous child ended, with its last lines
	Attempts int           // starts it took, at least 1
	Downtime time.Duration // from the end of the previous child until the new one was ready
	Pid      int           // of the new child
}

// DefaultPauses bring a killed child back at once and give up on a hopeless one after about a minute.
func DefaultPauses() []time.Duration {
	return []time.Duration{
		100 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second,
		5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
	}
}

func (c Config) withDefaults() (Config, error) {
	switch {
	case c.Binary == "":
		return c, fault.New(fault.Invalid, "temporalchild: Binary is not set")
	case c.DBPath == "":
		return c, fault.New(fault.Invalid, "temporalchild: DBPath is not set")
	}
	if _, err := os.Stat(c.Binary); err != nil {
		return c, fault.Wrap(fault.NotFound, err,
			"Temporal's server is not built; build it with `make bin/temporal-dev` (a few minutes, once)")
	}
	var err error
	if c.Address, err = resolveAddress(c.Address); err != nil {
		return c, err
	}
	if c.UIAddress != "" {
		if c.UIAddress, err = resolveAddress(c.UIAddress); err != nil {
			return c, err
		}
	}
	if c.Namespace == "" {
		c.Namespace = DefaultNamespace
	}
	if c.ReadyWithin == 0 {
		c.ReadyWithin = DefaultReadyWithin
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Pauses == nil {
		c.Pauses = DefaultPauses()
	}
	return c, nil
}

func (c Config) args() []string {
	args := []string{
		"--exit-with-stdin",
		"--db", c.DBPath, "--address", c.Address, "--ui", c.UIAddress, "--namespace", c.Namespace,
	}
	if c.Retention > 0 {
		args = append(args, "--retention", c.Retention.String())
	}
	if c.LogLevel != "" {
		args = append(args, "--log-level", c.LogLevel)
	}
	return args
}

// Find returns where temporal-dev should be: $SOJOURN_TEMPORAL_DEV, else beside the running program, else bin/ of the
// working directory or of the nearest folder above it that holds go.mod (which is where tests find it). The file need
// not exist; Start says how to build it then.
func Find() string {
	if path := os.Getenv(BinaryEnv); path != "" {
		return path
	}
	if program, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(program), binaryName)
		if _, err := os.Stat(beside); err == nil {
			return beside
		}
	}
	inBin := filepath.Join("bin", binaryName)
	dir, err := os.Getwd()
	if err != nil {
		return inBin
	}
	for at := dir; ; at = filepath.Dir(at) {
		candidate := filepath.Join(at, inBin)
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil || at == filepath.Dir(at) {
			return candidate
		}
	}
}
