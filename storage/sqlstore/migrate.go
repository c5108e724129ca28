package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"sojourn/storage/migrations"
)

// Migrate brings the schema to the newest version and returns the numbers that were applied. Two processes that
// migrate at once are serialised (GET_LOCK on MySQL, the write lock on SQLite).
func (s *Store) Migrate(ctx context.Context) ([]int64, error) {
	p, err := s.provider()
	if err != nil {
		return nil, err
	}
	results, err := p.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	if err := s.declareStatistics(ctx); err != nil {
		return nil, err
	}
	var applied []int64
	for _, r := range results {
		applied = append(applied, r.Source.Version)
	}
	return applied, nil
}

// SchemaVersion tells the applied and the newest known migration.
func (s *Store) SchemaVersion(ctx context.Context) (applied, newest int64, err error) {
	p, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	return p.GetVersions(ctx)
}

func (s *Store) provider() (*goose.Provider, error) {
	var (
		dialect goose.Dialect
		files   fs.FS
		opts    = []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger())}
		err     error
	)
	if s.dialect == SQLite {
		dialect = goose.DialectSQLite3
		files, err = fs.Sub(migrations.SQLite, "sqlite")
	} else {
		dialect = goose.DialectMySQL
		files, err = fs.Sub(migrations.MySQL, "mysql")
		opts = append(opts, goose.WithSessionLocker(mysqlLocker{}))
	}
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, s.SQL(), files, opts...)
}

// mysqlLocker serialises migrations on the MySQL protocol; goose has such a locker for PostgreSQL only.
type mysqlLocker struct{}

var _ lock.SessionLocker = mysqlLocker{}

const migrateLock = "sojourn.migrate"

func (mysqlLocker) SessionLock(ctx context.Context, conn *sql.Conn) error {
	var got sql.NullInt64
	if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, 60)", migrateLock).Scan(&got); err != nil {
		return err
	}
	if got.Int64 != 1 {
		return fmt.Errorf("another process has been migrating for 60 s; try again when it is done")
	}
	return nil
}

func (mysqlLocker) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT RELEASE_LOCK(?)", migrateLock)
	return err
}
