package app

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"sojourn/config"
	"sojourn/fault"
)

// version is set at build time (-ldflags "-X sojourn/app.version=…").
var version = "dev"

// cli is the command line. Each command holds its own flags; those that need settings embed the whole tree.
type cli struct {
	ConfigFile string           `name:"config" short:"c" placeholder:"FILE" help:"Configuration file (YAML); also SOJOURN_CONFIG."`
	Version    kong.VersionFlag `help:"Print the version."`

	Dev     devCmd     `cmd:"" help:"Everything on this machine: server, worker, SQLite, Temporal, demo data, inbox."`
	Server  serverCmd  `cmd:"" help:"Admin UI and API, ingestion, public pages."`
	Worker  workerCmd  `cmd:"" help:"Routing, journeys, sending, nightly work."`
	Migrate migrateCmd `cmd:"" help:"Bring the database to this release's schema."`
	Import  importCmd  `cmd:"" help:"Import customers, orders, objects or entries from a CSV file."`
	Journey journeyCmd `cmd:"" help:"Journeys as files: validate, apply, export, diff."`
	Code    codeCmd    `cmd:"" help:"The journeys and steps in Go that this program was built with; with a journey's type, its document as YAML."`
	New     newCmd     `cmd:"" help:"Begin a journey or a step in Go: code, test and recorded history, in a module of your own."`
	Replay  replayCmd  `cmd:"" help:"Does this program go the way that runs have gone? Asked before a deployment."`
	Config  configCmd  `cmd:"" help:"Print the settings in force, secrets redacted."`
	Doctor  doctorCmd  `cmd:"" help:"Ask the database, Temporal and the mail server whether they answer."`
	Health  healthCmd  `cmd:"" help:"Ask the process on this machine whether it is ready (for container health checks)."`
}

// console is what every command may use.
type console struct {
	out, err io.Writer
	source   *config.Source
	environ  []string
}

// variable is a variable of the environment that is no setting.
func (c console) variable(name string) string {
	for _, e := range c.environ {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			return v
		}
	}
	return ""
}

// command is a command line that was understood.
type command func(ctx context.Context) error

// runner is implemented by every command.
type runner interface {
	run(ctx context.Context, con console) error
}

// ours reports the variables that are no settings: for tests, fault injection and the development child.
func ours(name string) bool {
	return slices.Contains([]string{"SOJOURN_CONFIG", "SOJOURN_FAULT", "SOJOURN_PLANT", "SOJOURN_TEMPORAL_DEV", "SOJOURN_DB_PASSWORD", "SOJOURN_SERVER", "SOJOURN_API_KEY"}, name) ||
		strings.HasPrefix(name, "SOJOURN_TEST_") || strings.HasPrefix(name, "SOJOURN_CHAOS_")
}

type exited int

// parse understands the command line; a nil command without an error has been answered already (--help).
func parse(args, environ []string, stdout, stderr io.Writer) (cmd command, err error) {
	source, err := config.Load(configFile(args, environ), environ, ours)
	if err != nil {
		return nil, err
	}
	var c cli
	parser, err := kong.New(&c, kong.Name("sojourn"), kong.Description("Customer journeys that arrive. Settings: --config FILE < SOJOURN_* < flags."),
		kong.Vars{"version": version}, kong.Writers(stdout, stderr), kong.Resolvers(source), kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}),
		kong.Exit(func(code int) { panic(exited(code)) })) // kong wants to end the process after --help
	if err != nil {
		return nil, err
	}
	defer func() {
		if v := recover(); v != nil {
			if code, ok := v.(exited); !ok {
				panic(v)
			} else if code != exitOK {
				err = fault.New(fault.Invalid, "see sojourn --help")
			}
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%v; see sojourn --help", err)
	}
	con := console{out: stdout, err: stderr, source: source, environ: environ}
	selected := ctx.Selected().Target.Addr().Interface().(runner)
	return func(ctx context.Context) error { return selected.run(ctx, con) }, nil
}

// configFile looks for --config before anything else is parsed: it decides what the flags' defaults are.
func configFile(args, environ []string) string {
	for i, a := range args {
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			return v
		}
		if (a == "--config" || a == "-c") && i+1 < len(args) {
			return args[i+1]
		}
	}
	for _, e := range environ {
		if v, ok := strings.CutPrefix(e, "SOJOURN_CONFIG="); ok {
			return v
		}
	}
	return ""
}

// closing is for defer: what fails while we leave can't be mended any more.
func closing(c io.Closer) { _ = c.Close() }

// logger writes to w as the settings say.
func logger(w io.Writer, c config.Log) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // one of four words, checked by the parser
	o := &slog.HandlerOptions{Level: level}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
