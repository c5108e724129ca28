package harness

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// Lease of a claim in these worlds: short, so that what a killed worker left behind is taken over within the test.
const Lease = 3 * time.Second

// Options say what a world is made of.
type Options struct {
	Workers     int           // worker processes; default 1
	MySQL       bool          // MariaDB instead of a SQLite file
	OwnTemporal bool          // a Temporal server of its own, which may be killed
	Away        time.Duration // how long it then stays away; default 12 s
	ServerFault string        // armed in the server from its first start
	WorkerFault string        // armed in the first worker from its first start
	Plant       string        // a bug to plant in all processes

	MailPassword  string // the mail server wants this password
	WrongPassword bool   // and the workers have another one, until CorrectPassword
}

// World is a running Sojourn with everything around it. Its methods fail the test rather than return what no test can
// go on from.
type World struct {
	Name      string
	Namespace string
	Workspace int64
	WriteKey  string
	URL       string // of the server
	Client    client.Client
	Store     *sqlstore.Store // for reading; the processes have connections of their own
	Ledger    *Ledger
	Mail      *Mail
	Server    *Supervised
	Workers   []*Supervised

	people   atomic.Int64
	t        testing.TB
	o        Options
	dir      string
	database string // URL

	workerURLs []string
	temporal   *temporalServer
	http       *http.Client
}

var worlds atomic.Int64

// Start builds a world, starts its processes and waits until the server is ready and the routers are at work.
func Start(t testing.TB, o Options) *World {
	t.Helper()
	if o.Workers == 0 {
		o.Workers = 1
	}
	path, err := Binary()
	if err != nil {
		t.Fatal(err)
	}
	n := worlds.Add(1)
	w := &World{t: t, o: o, Name: fmt.Sprintf("w%d", n), Namespace: fmt.Sprintf("chaos-%d", n), Ledger: newLedger(), dir: t.TempDir(),
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128}, Timeout: 15 * time.Second}}
	t.Cleanup(w.http.CloseIdleConnections)
	ctx := context.Background()

	if o.OwnTemporal {
		if w.temporal, err = startTemporal(w.Namespace, cmp.Or(o.Away, downtime)); err == nil {
			t.Cleanup(w.temporal.stop)
		}
	} else {
		w.temporal, err = sharedTemporal()
	}
	if err != nil {
		t.Fatalf("Temporal: %v", err)
	}
	w.Client = w.temporal.namespace(ctx, t, w.Namespace)
	if o.MySQL {
		w.Store, w.database = dbtest.MySQLURL(t)
	} else {
		w.Store, w.database = dbtest.SQLiteURL(t)
	}
	w.Mail = startMail(t, o.MailPassword)
	w.URL = "http://" + freePort(t)
	w.seed(ctx)

	env := w.environment()
	w.Server = w.supervise("server", spec{path: path, args: []string{"server"}, env: env}, o.ServerFault)
	for i := range o.Workers {
		armed := ""
		if i == 0 {
			armed = o.WorkerFault
		}
		listen := freePort(t)
		w.workerURLs = append(w.workerURLs, "http://"+listen)
		own := append(slices.Clone(env), "SOJOURN_WORKER_LISTEN="+listen)
		w.Workers = append(w.Workers, w.supervise(fmt.Sprintf("worker%d", i), spec{path: path, args: []string{"worker"}, env: own}, armed))
	}
	t.Cleanup(w.report)
	w.WaitReady()
	return w
}

// WaitReady waits until the server says so.
func (w *World) WaitReady() {
	w.t.Helper()
	Eventually(w.t, 60*time.Second, "the server is ready", func() error {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, w.URL+"/readyz", nil)
		if err != nil {
			return err
		}
		status, err := w.do(req)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("/readyz says %d", status)
		}
		return err
	})
}

// Worker is the first worker, the one that faults are armed in.
func (w *World) Worker() *Supervised { return w.Workers[0] }

// processes are all of them.
func (w *World) processes() []*Supervised { return append([]*Supervised{w.Server}, w.Workers...) }

// environment is the configuration of the processes. Nothing of the test's own environment reaches them but the path.
func (w *World) environment() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + w.dir, "TMPDIR=" + w.dir, "TZ=UTC",
		"SOJOURN_DATABASE_URL=" + w.database,
		"SOJOURN_TEMPORAL_ADDRESS=" + w.temporal.child.Address(),
		"SOJOURN_TEMPORAL_NAMESPACE=" + w.Namespace,
	}
	env = append(env, w.settings()...)
	if w.o.Plant != "" {
		env = append(env, "SOJOURN_PLANT="+w.o.Plant)
	}
	return env
}

// report prints what the processes said last when the test has failed.
func (w *World) report() {
	if !w.t.Failed() {
		return
	}
	for _, p := range w.processes() {
		w.t.Logf("%s of world %s, last lines:\n%s", p.name, w.Name, tail(p.spec.log, 25))
	}
}

// logs are the files that the processes write.
func (w *World) logs() []string {
	found, _ := filepath.Glob(filepath.Join(w.dir, "logs", "*"))
	return found
}

// freePort asks the system for a port that nobody listens on.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
