package sqlstore

import (
	"errors"
	"strings"

	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
	"modernc.org/sqlite"

	"sojourn/fault"
)

// Dialect is one of the two SQL languages we speak.
type Dialect string

// The dialects.
const (
	SQLite Dialect = "sqlite"
	MySQL  Dialect = "mysql"
)

// nowMicros is the database's own clock in microseconds since 1970; leases are judged by it alone.
func (d Dialect) nowMicros() string {
	if d == SQLite {
		return "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
	}
	return "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)"
}

// forUpdate ends a locking SELECT. In SQLite the write transaction (BEGIN IMMEDIATE) is the lock.
func (d Dialect) forUpdate() string {
	if d == SQLite {
		return ""
	}
	return " FOR UPDATE"
}

// ignoreDuplicate ends an INSERT that may find its row there already, by the given key column(s). Unlike INSERT IGNORE it
// hides nothing else.
func (d Dialect) ignoreDuplicate(key string) string {
	if d == SQLite {
		return "ON CONFLICT (" + key + ") DO NOTHING"
	}
	column, _, _ := strings.Cut(key, ",")
	return "ON DUPLICATE KEY UPDATE " + column + " = " + column
}

const (
	sqliteBusy, sqliteLocked, sqliteReadonly, sqliteIOErr, sqliteFull, sqliteCantOpen = 5, 6, 8, 10, 13, 14
	sqliteUnique, sqlitePrimaryKey                                                    = 2067, 1555
)

// isDuplicate reports a broken unique or primary key.
func isDuplicate(err error) bool {
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		return my.Number == 1062
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqliteUnique || lite.Code() == sqlitePrimaryKey
	}
	return errors.Is(err, gorm.ErrDuplicatedKey)
}

// errAgain makes Tx run the whole transaction again: what it had read was overtaken by somebody else.
var errAgain = errors.New("overtaken by another transaction")

// isTransient reports that the whole transaction may be tried again.
func isTransient(err error) bool {
	if errors.Is(err, errAgain) {
		return true
	}
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		return my.Number == 1213 || my.Number == 1205 || my.Number == 1020
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		c := lite.Code() & 0xff
		return c == sqliteBusy || c == sqliteLocked
	}
	return false
}

// isUnavailable reports that the database is down, full or read-only.
func isUnavailable(err error) bool {
	var my *mysqldriver.MySQLError
	if errors.As(err, &my) {
		switch my.Number {
		case 1040, 1041, 1053, 1021, 1114, 1290, 1836, 3100, 1203:
			return true
		}
		return false
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqliteBusy, sqliteLocked, sqliteReadonly, sqliteIOErr, sqliteFull, sqliteCantOpen:
			return true
		}
		return false
	}
	return isNetwork(err)
}

// translate gives a database error its kind, once, at this border, and takes out the values that it quotes.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if known := (*fault.Error)(nil); errors.As(err, &known) {
		return err
	}
	err = withoutValues(err)
	switch {
	case errors.Is(err, gorm.ErrRecordNotFound):
		return fault.Wrap(fault.NotFound, err, "not found")
	case isDuplicate(err):
		return fault.Wrap(fault.Conflict, err, "it exists already")
	case isTransient(err), isUnavailable(err):
		return fault.Wrap(fault.Unavailable, err, "the database is not available just now")
	}
	return err
}
