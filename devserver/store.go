package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"
)

var errStore = errors.New("database file")

// lockPatience is how long a new process waits for the previous one on the same file to let go: a stop takes a second.
const lockPatience = 5 * time.Second

// sqlConfig describes the file to Temporal. The connection attributes that are no URI parameters become pragmas.
// MaxConns stays unset: SQLite has one writer, and more connections only fight for the lock.
func sqlConfig(path string) *config.SQL {
	return &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: escapePath(path),
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"busy_timeout": "10000",
			"journal_mode": "wal",
			"synchronous":  "normal",
		},
	}
}

// escapePath makes a path safe inside the `file:…?…` URI that Temporal builds from it.
func escapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.Join(segments, "/")
}

// lockStore keeps a second process away from the file; the kernel releases the lock however this process ends.
func lockStore(ctx context.Context, path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	file, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errStore, err)
	}
	deadline := time.Now().Add(lockPatience)
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) || time.Now().After(deadline) || ctx.Err() != nil {
			_ = file.Close()
			return nil, fmt.Errorf("%w %s is in use by another process (%v)", errStore, path, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// prepareStore brings an empty file to Temporal's schema and creates the namespace if it is missing.
func prepareStore(opts options) error {
	if err := ensureSchema(opts.db); err != nil {
		return fmt.Errorf("%w %s: %w", errStore, opts.db, err)
	}
	ns, err := sqlite.NewNamespaceConfig(clusterName, opts.namespace, false, nil)
	if err != nil {
		return fmt.Errorf("namespace %s: %w", opts.namespace, err)
	}
	ns.Detail.Config.Retention = durationpb.New(opts.retention)
	if err := sqlite.CreateNamespaces(sqlConfig(opts.db), ns); err != nil {
		return fmt.Errorf("%w %s: %w", errStore, opts.db, err)
	}
	return nil
}

// ensureSchema runs Temporal's statements in one transaction, so that a process killed in the middle leaves an empty
// file, not half a schema that no later start would repair.
func ensureSchema(path string) (err error) {
	db, err := sql.Open("sqlite", "file:"+escapePath(path)+"?mode=rwc&_pragma=busy_timeout=10000")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	var tables, ours int
	row := tx.QueryRow(`SELECT count(*), coalesce(sum(name IN ('namespaces', 'executions_visibility')), 0)
		FROM sqlite_master WHERE type = 'table'`)
	if err := row.Scan(&tables, &ours); err != nil {
		return err
	}
	switch {
	case ours == 2:
		return nil
	case tables > 0:
		return errors.New("holds other tables than Temporal's")
	}
	if err := sqlite.SetupSchemaOnDB(schemaTx{tx: tx}); err != nil {
		return err
	}
	return tx.Commit()
}

// schemaTx lets Temporal's set-up write through our transaction; Exec is the only method it calls.
type schemaTx struct {
	sqlplugin.AdminDB
	tx *sql.Tx
}

func (s schemaTx) Exec(stmt string, args ...any) error {
	_, err := s.tx.Exec(stmt, args...)
	return err
}
