package measure

import (
	"context"
	"net/url"

	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// MariaDB is the URL of a new database on a private server with 2 GB of memory for pages, and with further settings.
func MariaDB(settings ...string) (string, error) {
	raw, err := dbtest.PrivateServer()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", err
	}
	u.Path = "/mysql"
	admin, err := sqlstore.Open(context.Background(), u.String(), sqlstore.Options{MaxConns: 1})
	if err != nil {
		return "", err
	}
	defer admin.Close()
	for _, q := range append([]string{"SET GLOBAL innodb_buffer_pool_size = 2147483648", "CREATE DATABASE bench"}, settings...) {
		if _, err := admin.SQL().Exec(q); err != nil {
			return "", err
		}
	}
	u.Path = "/bench"
	return u.String(), nil
}
