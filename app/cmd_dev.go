package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"sojourn/activities"
	"sojourn/config"
	"sojourn/contract"
	"sojourn/devmode"
	"sojourn/devmode/temporalchild"
	"sojourn/fault"
	"sojourn/models"
	"sojourn/server"
	"sojourn/server/secret"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
	"sojourn/worker"
	"sojourn/workflows"
)

// devCmd is `sojourn dev`: the ordinary server and worker in one process, over SQLite and a Temporal child.
type devCmd struct {
	Data            string  `default:"./.sojourn" type:"path" placeholder:"DIR" help:"Where everything is kept."`
	Listen          string  `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address of the admin UI, API and ingestion."`
	TemporalUI      string  `name:"temporal-ui" default:"127.0.0.1:8233" placeholder:"ADDR" help:"Address of Temporal Web."`
	Temporal        string  `default:"127.0.0.1:7233" placeholder:"ADDR" help:"Address of the Temporal server that is started."`
	TemporalAddress string  `placeholder:"HOST:PORT" help:"Use a Temporal server that is running already; none is started then."`
	TemporalBinary  string  `name:"temporal-dev-binary" type:"path" placeholder:"FILE" help:"The Temporal server to start; default: temporal-dev beside this program."`
	SMTP            string  `name:"smtp" placeholder:"URL" help:"Send mails to this server instead of the built-in inbox."`
	Demo            bool    `default:"true" negatable:"" help:"Fill a demo workspace at the first start (--no-demo: start empty)."`
	WorkspaceKey    string  `placeholder:"KEY" help:"Write key of the demo workspace, for scripts; default: made up once."`
	StartsPerSecond float64 `default:"100" placeholder:"N" help:"Runs started per second by events; negative: no limit."`
	BulkStarts      float64 `name:"bulk-starts-per-second" default:"50" placeholder:"N" help:"Runs started per second by audiences, schedules and floods of events; negative: no limit."`
	Verbose         bool    `short:"v" help:"Log to the terminal instead of the data directory."`
}

// devStopWithin is how long Ctrl-C may take for each of server, worker and Temporal.
const devStopWithin = 10 * time.Second

func (c *devCmd) run(ctx context.Context, con console) error {
	if c.WorkspaceKey != "" && len(c.WorkspaceKey) < 16 {
		return fault.New(fault.Invalid, "--workspace-key: at least 16 characters")
	}
	dir, err := devmode.OpenDir(c.Data)
	if err != nil {
		return err
	}
	defer closing(dir)
	logs := con.err
	if !c.Verbose {
		f, err := os.OpenFile(dir.File("logs", "sojourn.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		logs = f
	}
	d := &devRun{devCmd: c, dir: dir, out: con.out, log: logger(logs, config.Log{Level: "info", Format: "text"})}
	return d.all(ctx)
}

// devRun is one run of the development mode.
type devRun struct {
	*devCmd
	dir      *devmode.Dir
	out      io.Writer
	log      *slog.Logger
	cfg      config.Config
	store    *sqlstore.Store
	child    *temporalchild.Child
	writeKey string
	password string
	first    bool // the demo was filled by this run
}

func (d *devRun) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *devRun) all(ctx context.Context) error {
	// The address first: a port that is taken should be said before anything else has begun.
	l, err := net.Listen("tcp", d.Listen)
	if err != nil {
		return fault.Wrap(fault.Conflict, err, "%s is taken; choose another address with --listen", d.Listen)
	}
	defer l.Close()
	if err := d.settings(l.Addr().String()); err != nil {
		return err
	}
	d.say("Starting Sojourn in %s …", d.dir.File())
	defer d.stop(ctx)
	var start errgroup.Group
	start.Go(func() error { return d.startTemporal(ctx) })
	start.Go(func() error { return d.fill(ctx) })
	if err := start.Wait(); err != nil {
		return err
	}
	return d.work(ctx, l)
}

func (d *devRun) settings(address string) (err error) {
	c := &d.cfg
	c.Listen, c.PublicURL, c.StopWithin = address, "http://"+address, devStopWithin
	if c.Secret, err = d.dir.Secret("secret", devmode.RandomHex); err != nil {
		return err
	}
	c.Database.URL = "sqlite://" + d.dir.File("sojourn.db")
	c.Temporal.Address, c.Temporal.Namespace, c.Temporal.WebURL = d.TemporalAddress, temporalchild.DefaultNamespace, "http://"+d.TemporalUI
	c.SMTP.URL, c.Send.Lease, c.Worker.Listen, c.Worker.CachedWorkflows, c.Ingest.PerSecond = d.SMTP, activities.DefaultLease, "none", 2000, 1000
	c.Worker.StartsPerSecond, c.Worker.BulkStartsPerSecond = d.StartsPerSecond, d.BulkStarts
	if d.writeKey = d.WorkspaceKey; d.writeKey == "" {
		d.writeKey, err = d.dir.Secret("write-key", func() string { key, _, _ := secret.NewKey(storage.KeyIngest); return key })
		if err != nil {
			return err
		}
	}
	d.password, err = d.dir.Secret("demo-password", secret.NewPassword)
	return err
}

func (d *devRun) startTemporal(ctx context.Context) error {
	if d.TemporalAddress != "" {
		return nil
	}
	binary := d.TemporalBinary
	if binary == "" {
		binary = temporalchild.Find()
	}
	child, err := temporalchild.Start(ctx, temporalchild.Config{Binary: binary, DBPath: d.dir.File("temporal.db"), Address: d.Temporal, UIAddress: d.TemporalUI,
		LogFile: d.dir.File("logs", "temporal.log"), Logger: d.log})
	if err != nil {
		return err
	}
	d.child = child
	d.cfg.Temporal.Address, d.cfg.Temporal.Namespace, d.cfg.Temporal.WebURL = child.Address(), child.Namespace(), "http://"+child.UIAddress()
	return nil
}

// fill opens the database, brings it up to date and fills the demo workspace if it is not whole yet.
func (d *devRun) fill(ctx context.Context) error {
	s, err := sqlstore.Open(ctx, d.cfg.Database.URL, sqlstore.Options{Logger: d.log})
	if err != nil {
		return err
	}
	d.store = s
	if _, err := s.Migrate(ctx); err != nil {
		return err
	}
	if !d.Demo {
		return nil
	}
	prints, err := finished()
	if err != nil {
		return err
	}
	demo := &devmode.Demo{
		Store: s, Scorer: &activities.Scoring{Store: s}, Dir: d.dir.File("demo"), Now: time.Now(), PublicURL: d.cfg.PublicURL, Say: d.say,
		Password: func(ctx context.Context) (string, error) {
			d.first = true
			return secret.NewPasswords().Hash(ctx, d.password)
		},
		WriteKey: sha256.Sum256([]byte(d.writeKey)), KeyPrefix: d.writeKey[:12],
		Settings: models.ToJSON(map[string]any{"public_url": d.cfg.PublicURL, "tracking": map[string]any{"opens": "unless_refused"}, "quiet_hours": map[string]any{"from": "21:00", "to": "08:00"},
			"caps": []map[string]any{{"max": 3, "window": "P7D", "kind": "sliding", "channels": []string{"email", "sms"}, "purposes": []string{"marketing"}}}}),
	}
	for _, b := range prints {
		if !slices.Contains(demoJourneys, b.Document.Key) {
			continue // waits in the gallery: a demo should not write more letters than a newcomer can read
		}
		demo.Blueprints = append(demo.Blueprints, devmode.Blueprint{Document: b.Document, Templates: b.messages})
	}
	ws, err := demo.Fill(ctx)
	if err != nil {
		return err
	}
	if d.first {
		desk, err := referralDesk(&d.cfg, s)
		if err != nil {
			return err
		}
		if err := demoReferrals(ctx, s, desk, ws, time.Now()); err != nil {
			return fmt.Errorf("fill the demo with referrals: %w", err)
		}
	}
	return d.moved(ctx, ws)
}

// moved keeps links in mails right when the server has another address than at the last start.
func (d *devRun) moved(ctx context.Context, ws models.Workspace) error {
	settings := map[string]any{}
	if err := ws.Settings.Into(&settings); err != nil || settings["public_url"] == d.cfg.PublicURL {
		return err
	}
	settings["public_url"] = d.cfg.PublicURL
	ws.Settings = models.ToJSON(settings)
	return d.store.SaveWorkspace(ctx, ws)
}

// work serves and polls until the context ends, or Temporal is gone for good.
func (d *devRun) work(ctx context.Context, l net.Listener) error {
	temporal, err := dialTemporal(&d.cfg, d.log)
	if err != nil {
		return err
	}
	defer temporal.Close()
	reg := server.NewRegistry()
	workers, closeSenders, err := buildWorkers(&d.cfg, d.store, temporal, reg, worker.Options{Schedules: workflows.ScheduleSettings{RefreshEvery: time.Minute}}, d.log)
	if err != nil {
		return err
	}
	defer closeSenders()
	var polling atomic.Bool
	site, err := buildSite(&d.cfg, d.store, temporal, reg, d.SMTP == "", d.log, server.Check{Name: "worker", Ask: func(context.Context) error {
		if !polling.Load() {
			return fault.New(fault.Unavailable, "not polling yet")
		}
		return nil
	}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group errgroup.Group
	group.Go(func() error {
		defer cancel(nil) // whatever ends the site ends the rest
		return site.serve(ctx, l, devStopWithin)
	})
	group.Go(func() error { d.watchChild(ctx, cancel); return nil })
	group.Go(func() error { housekeeping(ctx, d.store, d.log); return nil })
	group.Go(func() error { spaceForGarbage(ctx); return nil })
	group.Go(func() error {
		if err := workers.Start(ctx); err != nil {
			cancel(err)
			return err
		}
		polling.Store(true)
		d.ready(ctx, temporal)
		go sweepReferrals(ctx, &d.cfg, d.store, d.log)
		sweep(ctx, d.store, d.log)
		workers.Stop()
		return nil
	})
	err = group.Wait()
	if cause := context.Cause(ctx); cause != nil && !isStop(cause) {
		return cause
	}
	if isStop(err) {
		return nil
	}
	return err
}

func isStop(err error) bool { return err == nil || errors.Is(err, context.Canceled) }

func (d *devRun) watchChild(ctx context.Context, cancel context.CancelCauseFunc) {
	if d.child == nil {
		return
	}
	select {
	case <-ctx.Done():
	case <-d.child.Done():
		if err := d.child.Err(); err != nil {
			cancel(fmt.Errorf("Temporal is gone: %w; see %s", err, d.dir.File("logs", "temporal.log")))
		}
	}
}

// ready says where everything is. At the first start it also lets a few visitors sign up and the present members of
// audiences enter at once, so that there is something to see in the first minute.
func (d *devRun) ready(ctx context.Context, temporal client.Client) {
	if err := temporal.ScheduleClient().GetHandle(ctx, contract.ScheduleRefresh).Trigger(ctx, client.ScheduleTriggerOptions{}); err != nil {
		d.log.Warn("refresh the audiences at the start", "error", err)
	}
	if d.first {
		if err := devmode.Greet(ctx, d.cfg.PublicURL, d.writeKey, time.Now()); err != nil {
			d.log.Warn("demo visitors", "error", err)
		}
	}
	d.say("Sojourn is ready.\n")
	d.say("  Admin UI      %s", d.cfg.PublicURL)
	if d.Demo {
		d.say("  Sign in       %s / %s", devmode.DemoEmail, d.password)
	} else if any, err := d.store.AnyUser(ctx); err == nil && !any {
		d.say("  Setup token   %s", setupToken(&d.cfg))
	}
	d.say("  Temporal Web  %s", d.cfg.Temporal.WebURL)
	if d.Demo {
		d.say("  Write key     %s  (Segment API at %s/v1)", d.writeKey, d.cfg.PublicURL)
		d.say("Try first: Journeys > Win-back shows who is where; Inbox shows the mails; a customer's page says why.")
	}
	d.say("Ctrl-C stops; the next start goes on where this one was.")
}

// stop ends what the start has begun. The server and worker have stopped before.
func (d *devRun) stop(ctx context.Context) {
	if d.child != nil {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), devStopWithin)
		defer cancel()
		if err := d.child.Stop(bounded); err != nil {
			d.log.Warn("stop Temporal", "error", err)
		}
	}
	if d.store != nil {
		_ = d.store.Close()
	}
	if ctx.Err() != nil {
		d.say("Stopped.")
	}
}

// demoJourneys are the blueprints that are live in the demo.
var demoJourneys = []string{"abandoned-basket", "birthday", "guarantee-renewal", "order-confirmation", "pre-post-stay", "refer-a-friend", "referral-news", "referred-friend", "surprise-gift", "welcome", "win-back"}
