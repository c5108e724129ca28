// Package dbtest gives tests their own migrated database of each dialect. It is for tests only.
//
// SQLite: one migrated template file per process, copied for each test. MySQL protocol: the server named by
// SOJOURN_TEST_MYSQL (mysql://root@127.0.0.1:port/), or, when that is not set, a private mariadbd on a Unix socket
// that this process starts and that dies with it. A missing mariadbd fails the test and says how to install it.
package dbtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"sojourn/storage/sqlstore"
)

// Both runs the test once per dialect, in parallel, each with a database of its own.
func Both(t *testing.T, test func(t *testing.T, s *sqlstore.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, SQLite(t)) })
	t.Run("mysql", func(t *testing.T) { t.Parallel(); test(t, MySQL(t)) })
}

var template struct {
	once sync.Once
	data []byte
	err  error
}

// SQLite opens a fresh migrated SQLite database in the test's directory.
func SQLite(t testing.TB) *sqlstore.Store {
	t.Helper()
	s, _ := SQLiteURL(t)
	return s
}

// SQLiteURL is SQLite with the URL under which a second process may open the same file.
func SQLiteURL(t testing.TB) (*sqlstore.Store, string) {
	t.Helper()
	template.once.Do(func() { template.data, template.err = migratedFile() })
	if template.err != nil {
		t.Fatalf("migrate the template database: %v", template.err)
	}
	path := filepath.Join(t.TempDir(), "sojourn.db")
	if err := os.WriteFile(path, template.data, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, "sqlite://"+path), "sqlite://" + path
}

func migratedFile() ([]byte, error) {
	dir, err := os.MkdirTemp("", "sojourn-dbtest-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	s, err := sqlstore.Open(context.Background(), "sqlite://"+path, sqlstore.Options{MaxConns: 1})
	if err != nil {
		return nil, err
	}
	if _, err := s.Migrate(context.Background()); err != nil {
		return nil, err
	}
	if _, err := s.SQL().Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

var databases atomic.Int64

// MySQL opens a fresh migrated database on the test server.
func MySQL(t testing.TB) *sqlstore.Store {
	t.Helper()
	s, _ := MySQLURL(t)
	return s
}

// MySQLURL is MySQL with the URL under which a second process may open the same database.
func MySQLURL(t testing.TB) (*sqlstore.Store, string) {
	t.Helper()
	base := serverURL(t)
	name := fmt.Sprintf("sojourn_test_%d_%d", os.Getpid(), databases.Add(1))
	adminURL := *base
	adminURL.Path = "/mysql"
	admin, err := sqlstore.Open(context.Background(), adminURL.String(), sqlstore.Options{MaxConns: 1})
	if err != nil {
		t.Fatalf("reach the MySQL test server: %v", err)
	}
	if _, err := admin.SQL().Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, _ = admin.SQL().Exec("DROP DATABASE " + name)
		_ = admin.Close()
	})
	u := *base
	u.Path = "/" + name
	s := open(t, u.String())
	if _, err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s, u.String()
}

func open(t testing.TB, databaseURL string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(context.Background(), databaseURL, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func serverURL(t testing.TB) *url.URL {
	t.Helper()
	raw := os.Getenv("SOJOURN_TEST_MYSQL")
	if raw == "" {
		var err error
		if raw, err = privateServer(); err != nil {
			t.Fatalf("start a private MariaDB (install mariadb-server, or set SOJOURN_TEST_MYSQL): %v", err)
		}
	}
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatalf("SOJOURN_TEST_MYSQL: %v", err)
	}
	return u
}
