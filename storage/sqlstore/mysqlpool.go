package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	mysqldriver "github.com/go-sql-driver/mysql"

	"sojourn/fault"
)

// mysqlPool opens a pool whose connections have READ COMMITTED as their session's level. Asking for the level with each
// transaction would cost a round trip each time.
func mysqlPool(dsn string) (*sql.DB, error) {
	cfg, err := mysqldriver.ParseDSN(dsn)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the database URL")
	}
	connector, err := mysqldriver.NewConnector(cfg)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "the database URL")
	}
	return sql.OpenDB(readCommitted{connector}), nil
}

type readCommitted struct{ driver.Connector }

// Connect implements driver.Connector.
func (c readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	exec, ok := conn.(driver.ExecerContext)
	if !ok {
		_ = conn.Close()
		return nil, fmt.Errorf("the MySQL driver's %T can't execute", conn)
	}
	if _, err := exec.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}
