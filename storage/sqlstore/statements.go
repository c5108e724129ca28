package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"

	"gorm.io/gorm"
)

// rawTx is the database/sql transaction under a gorm one, for statements that step past gorm.
func rawTx(tx *gorm.DB) (*sql.Tx, error) {
	if p, ok := tx.Statement.ConnPool.(*preparedTx); ok {
		return p.Tx, nil
	}
	return nil, fmt.Errorf("no plain transaction under %T", tx.Statement.ConnPool)
}

// statements keeps prepared statements for the life of the store.
type statements struct {
	mu   sync.Mutex
	byQL map[string]*sql.Stmt
}

// texts counts how often statements come inside transactions; see preparedTx.
type texts struct {
	mu    sync.Mutex
	texts map[string]*usage
}

// statement returns a prepared statement. Call it before a transaction begins: it may need a connection of its own.
func (s *Store) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	s.stmts.mu.Lock()
	defer s.stmts.mu.Unlock()
	if st, ok := s.stmts.byQL[query]; ok {
		return st, nil
	}
	st, err := s.SQL().PrepareContext(ctx, query)
	if err != nil {
		return nil, translate(err)
	}
	if s.stmts.byQL == nil {
		s.stmts.byQL = map[string]*sql.Stmt{}
	}
	s.stmts.byQL[query] = st
	return st, nil
}

// bulk inserts many rows of one table with a handful of prepared statements, so that no statement is parsed twice and
// usual numbers of rows take one or two round trips.
type bulk struct {
	columns int
	sizes   [len(bulkRows)]*sql.Stmt // sizes[i] takes bulkRows[i] rows
}

// bulkRows are the rows per statement, largest first, like coins: 100 and 250 are what client libraries send at once.
var bulkRows = [...]int{250, 100, 50, 20, 10, 5, 2, 1}

// bulk prepares the statements for INSERT INTO table (columns) VALUES …; tail may hold a conflict clause.
func (s *Store) bulk(ctx context.Context, table, columns, tail string) (*bulk, error) {
	n := strings.Count(columns, ",") + 1
	b := &bulk{columns: n}
	row := "(" + paramList(n) + ")"
	for i, rows := range bulkRows {
		query := "INSERT INTO " + table + " (" + columns + ") VALUES " + strings.TrimSuffix(strings.Repeat(row+",", rows), ",") + tail
		var err error
		if b.sizes[i], err = s.statement(ctx, query); err != nil {
			return nil, fmt.Errorf("prepare inserts into %s: %w", table, err)
		}
	}
	return b, nil
}

// insert writes the rows whose values args hold one after the other. It returns how many rows were written before an
// error; a statement that fails writes none of its rows.
func (b *bulk) insert(ctx context.Context, tx *sql.Tx, args []any) (done int, err error) {
	coin := 0
	for len(args) > 0 {
		for bulkRows[coin]*b.columns > len(args) {
			coin++
		}
		n := bulkRows[coin]
		if _, err := tx.StmtContext(ctx, b.sizes[coin]).ExecContext(ctx, args[:n*b.columns]...); err != nil {
			return done, err
		}
		args = args[n*b.columns:]
		done += n
	}
	return done, nil
}

// paramList is "?,?,?" for n parameters.
func paramList(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }
