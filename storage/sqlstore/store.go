package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	gormsqlite "gorm.io/driver/sqlite"
	"gorm.io/gorm"
	_ "modernc.org/sqlite" // the driver named "sqlite", without cgo

	"sojourn/fault"
	"sojourn/ids"
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	db      *gorm.DB
	dialect Dialect
	newID   ids.Source
	wake    *Wakers
	groups  *groupCache
	stmts   statements
	often   texts
	intake  atomic.Pointer[intakeWriters]
	imports atomic.Pointer[importWriters]
	docs    *documentCache
	bodies  *bodiesCache
	floods  floods
}

// Options tune Open; the zero value is production.
type Options struct {
	NewID    ids.Source    // default ids.New
	MaxConns int           // default 24 for MySQL, 8 for SQLite
	Logger   *slog.Logger  // default slog.Default(); only slow statements and failures are logged, never their values
	Slow     time.Duration // default 500 ms
}

// Open connects to sqlite:///path/file.db, sqlite://:memory: is refused (one connection only, no WAL), or
// mysql://user:password@host:port/database. It does not migrate; see Migrate.
func Open(ctx context.Context, databaseURL string, o Options) (*Store, error) {
	dial, dsn, err := parseURL(databaseURL)
	if err != nil {
		return nil, err
	}
	if o.NewID == nil {
		o.NewID = ids.New
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Slow == 0 {
		o.Slow = 500 * time.Millisecond
	}
	var dialector gorm.Dialector
	if dial == SQLite {
		if err := ownFile(databaseURL); err != nil {
			return nil, err
		}
		dialector = gormsqlite.Dialector{DriverName: "sqlite", DSN: dsn}
	} else {
		pool, err := mysqlPool(dsn)
		if err != nil {
			return nil, err
		}
		dialector = gormmysql.New(gormmysql.Config{Conn: pool, SkipInitializeWithVersion: true, DisableWithReturning: true})
	}
	db, err := gorm.Open(dialector, &gorm.Config{
		Logger:                 statementLog{to: o.Logger, slow: o.Slow},
		SkipDefaultTransaction: true,
		PrepareStmt:            true,
		DisableAutomaticPing:   true,
	})
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "open the database")
	}
	pool, err := db.DB()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "open the database")
	}
	conns := o.MaxConns
	if conns == 0 {
		conns = 24
		if dial == SQLite {
			conns = 8
		}
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	if dial == MySQL {
		pool.SetConnMaxLifetime(5 * time.Minute)
	}
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fault.Wrap(fault.Unavailable, err, "reach the database")
	}
	return &Store{db: db, dialect: dial, newID: o.NewID, wake: newWakers(), docs: newDocumentCache(), bodies: newBodiesCache(), groups: newGroupCache()}, nil
}

// Close releases all connections.
func (s *Store) Close() error {
	pool, err := s.db.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	pool, err := s.db.DB()
	if err == nil {
		err = pool.PingContext(ctx)
	}
	return translate(err)
}

// Dialect tells which SQL this store speaks.
func (s *Store) Dialect() Dialect { return s.dialect }

// NewID hands out an id.
func (s *Store) NewID() ids.ID { return s.newID() }

// SQL is the plain pool, for hand-written statements and benchmarks.
func (s *Store) SQL() *sql.DB {
	pool, _ := s.db.DB()
	return pool
}

// Wakers tells waiting routers in this process that something was committed; other processes poll.
func (s *Store) Wakers() *Wakers { return s.wake }

// ownFile makes a new SQLite file readable by its owner alone; SQLite gives its companions (-wal, -shm) the same mode.
func ownFile(databaseURL string) error {
	f, err := os.OpenFile(strings.TrimPrefix(databaseURL, "sqlite://"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "open the database file")
	}
	return f.Close()
}

func parseURL(raw string) (Dialect, string, error) {
	switch {
	case strings.HasPrefix(raw, "sqlite://"):
		path := strings.TrimPrefix(raw, "sqlite://")
		if path == "" || strings.Contains(path, ":memory:") {
			return "", "", fault.New(fault.Invalid, "database URL %q: SQLite needs a file, for example sqlite:///var/lib/sojourn/sojourn.db", raw)
		}
		// Without _txlock=immediate two transactions that read first and then write would deadlock into SQLITE_BUSY.
		// A checkpoint after 32 MB instead of 4: pages of random keys are then copied back once instead of many times.
		q := "_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-20000)&_pragma=wal_autocheckpoint(8000)"
		return SQLite, "file:" + strings.ReplaceAll(path, "?", "%3f") + "?" + q, nil
	case strings.HasPrefix(raw, "mysql://"):
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
			return "", "", fault.New(fault.Invalid, "the database URL is not of the form mysql://user:password@host:3306/database")
		}
		c := mysqldriver.NewConfig()
		c.Net, c.Addr = "tcp", u.Host
		if u.Port() == "" {
			c.Addr += ":3306"
		}
		if sock := u.Query().Get("socket"); sock != "" {
			c.Net, c.Addr = "unix", sock
		}
		c.User = u.User.Username()
		c.Passwd, _ = u.User.Password()
		c.DBName = strings.Trim(u.Path, "/")
		c.Collation = "utf8mb4_bin"
		c.ClientFoundRows = true // an UPDATE reports rows matched, so a guarded UPDATE that changes nothing still counts
		c.InterpolateParams = true
		c.Timeout, c.ReadTimeout, c.WriteTimeout = 5*time.Second, 60*time.Second, 60*time.Second
		c.Params = map[string]string{"sql_mode": "'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", "innodb_lock_wait_timeout": "10"}
		if tls := u.Query().Get("tls"); tls != "" {
			c.TLSConfig = tls
		}
		return MySQL, c.FormatDSN(), nil
	}
	return "", "", fault.New(fault.Invalid, "database URL must start with sqlite:// or mysql:// (got %q)", schemeOf(raw))
}

func schemeOf(raw string) string {
	if i := strings.Index(raw, "://"); i > 0 {
		return fmt.Sprintf("%s://…", raw[:i])
	}
	return "no scheme"
}
