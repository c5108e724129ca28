package ingestion_test

import (
	"context"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sojourn/server/ingestion"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// While the database is away requests are refused with 503, and after it came back the same requests are stored, each
// once, without a restart.
func TestDatabaseGoesAway(t *testing.T) {
	t.Parallel()
	t.Run("mysql", func(t *testing.T) {
		t.Parallel()
		direct, databaseURL := dbtest.MySQLURL(t)
		u, err := url.Parse(databaseURL)
		if err != nil {
			t.Fatal(err)
		}
		network, address := "tcp", u.Host
		if socket := u.Query().Get("socket"); socket != "" {
			network, address = "unix", socket
		}
		link := newLink(t, network, address)
		u.RawQuery = "socket=" + url.QueryEscape(link.path)
		cut, err := sqlstore.Open(context.Background(), u.String(), sqlstore.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer cut.Close()
		awayAndBack(t, direct, cut, link.cut, link.mend)
	})
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		s, databaseURL := dbtest.SQLiteURL(t)
		other, err := sqlstore.Open(context.Background(), databaseURL, sqlstore.Options{MaxConns: 1})
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		do := func(statement string) func() {
			return func() {
				if _, err := other.SQL().Exec(statement); err != nil {
					t.Fatal(err)
				}
			}
		}
		awayAndBack(t, s, s, do("BEGIN IMMEDIATE"), do("ROLLBACK"))
	})
}

func awayAndBack(t *testing.T, direct, s *sqlstore.Store, away, back func()) {
	committer := ingestion.NewCommitter(s, ingestion.CommitterOptions{StoreTimeout: time.Second})
	defer committer.Close()
	w := newWorld(t, direct, func(d *ingestion.Deps) { d.Intake, d.KeyTTL = committer, time.Hour })
	// A busy machine may need longer than the short timeout of this test; then the client sends again, as clients do.
	stored := func(body string) {
		t.Helper()
		deadline := time.Now().Add(60 * time.Second)
		for {
			status, _, answer := w.post("/v1/track", body)
			if status == 200 {
				return
			}
			if status != 503 || time.Now().After(deadline) {
				t.Fatalf("%d %s", status, answer)
			}
		}
	}
	stored(hello)
	second := strings.Replace(hello, "m1", "m2", 1)
	away()
	for range 2 {
		status, header, answer := w.post("/v1/track", second)
		if status != 503 || header.Get("Retry-After") == "" || !strings.Contains(answer, `"success":false`) {
			t.Errorf("away: %d %v %s", status, header, answer)
		}
	}
	back()
	stored(second)
	stored(second)
	if n := len(w.events()); n != 2 {
		t.Errorf("%d events, want 2", n)
	}
}

// link is a Unix socket that leads to a server and can be cut.
type link struct {
	t             *testing.T
	path          string
	network, addr string
	mu            sync.Mutex
	listener      net.Listener
	conns         []net.Conn
}

func newLink(t *testing.T, network, addr string) *link {
	l := &link{t: t, network: network, addr: addr, path: filepath.Join(t.TempDir(), "s")}
	l.mend()
	t.Cleanup(l.cut)
	return l
}

func (l *link) mend() {
	listener, err := net.Listen("unix", l.path)
	if err != nil {
		l.t.Fatal(err)
	}
	l.mu.Lock()
	l.listener = listener
	l.mu.Unlock()
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial(l.network, l.addr)
			if err != nil {
				_ = in.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, in, out)
			l.mu.Unlock()
			go func() { _, _ = io.Copy(in, out); _ = in.Close() }()
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		}
	}()
}

func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.listener.Close()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}
