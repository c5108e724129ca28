package dbtest

import (
	"database/sql"
	"net/url"
)

// PrivateServer is the URL (without a database) of a MariaDB server that this process starts and that dies with it, for
// programs that are no tests, such as the benchmarks.
func PrivateServer() (string, error) { return privateServer() }

// PrivateDatabase is the URL of a new database on that server, which from now on flushes every commit to disk; in tests
// it does so once a second.
func PrivateDatabase(name string) (string, error) {
	raw, err := privateServer()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", err
	}
	db, err := sql.Open("mysql", "root@unix("+u.Query().Get("socket")+")/")
	if err != nil {
		return "", err
	}
	defer db.Close()
	for _, q := range []string{"SET GLOBAL innodb_flush_log_at_trx_commit = 1", "CREATE DATABASE `" + name + "`"} {
		if _, err := db.Exec(q); err != nil {
			return "", err
		}
	}
	u.Path = "/" + name
	return u.String(), nil
}
