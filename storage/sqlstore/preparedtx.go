package sqlstore

import (
	"context"
	"database/sql"
	"time"

	"gorm.io/gorm"
)

// preparedTx is the connection that gorm works on inside Tx. Statements that come back are prepared once for the life of
// the store and used on whichever connection the transaction has. gorm's own cache prepares inside the transaction, and
// database/sql closes such statements with it: each statement was parsed anew, with a round trip of its own on MySQL.
type preparedTx struct {
	*sql.Tx
	s *Store
}

// ExecContext implements gorm.ConnPool.
func (t *preparedTx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = t.s.steady(ctx)
	if st := t.s.frequent(query); st != nil {
		return t.Tx.StmtContext(ctx, st).ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, query, args...)
}

// QueryContext implements gorm.ConnPool.
func (t *preparedTx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx = t.s.steady(ctx)
	if st := t.s.frequent(query); st != nil {
		return t.Tx.StmtContext(ctx, st).QueryContext(ctx, args...)
	}
	return t.Tx.QueryContext(ctx, query, args...)
}

// QueryRowContext implements gorm.ConnPool.
func (t *preparedTx) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	ctx = t.s.steady(ctx)
	if st := t.s.frequent(query); st != nil {
		return t.Tx.StmtContext(ctx, st).QueryRowContext(ctx, args...)
	}
	return t.Tx.QueryRowContext(ctx, query, args...)
}

// steady takes the end out of a context for a statement that cannot wait: SQLite's driver and database/sql start a goroutine
// each to watch for it, which costs more than a look by a key. Waiting for the file happens at BEGIN, which keeps its
// context; a transaction whose context ends is rolled back all the same.
func (s *Store) steady(ctx context.Context) context.Context {
	if s.dialect == SQLite && ctx.Err() == nil {
		return context.WithoutCancel(ctx)
	}
	return ctx
}

// onPrepared puts a preparedTx under a gorm transaction.
func (s *Store) onPrepared(tx *gorm.DB) {
	if p, ok := tx.Statement.ConnPool.(*gorm.PreparedStmtTX); ok {
		if raw, ok := p.Tx.(*sql.Tx); ok {
			tx.Statement.ConnPool = &preparedTx{raw, s}
		}
	}
}

// Which statements are worth keeping: those that came three times and are not one of many (a list of 500 ids has a text
// of its own for each length).
const (
	frequentAfter = 3
	frequentBytes = 2000
	frequentTexts = 1000
)

// frequent returns the prepared statement of a text that comes often, nil while there is none. It never waits: the
// preparing happens beside, on another connection, because the caller holds one already.
func (s *Store) frequent(query string) *sql.Stmt {
	if len(query) > frequentBytes {
		return nil
	}
	s.often.mu.Lock()
	defer s.often.mu.Unlock()
	u := s.often.texts[query]
	if u == nil {
		if len(s.often.texts) < frequentTexts {
			if s.often.texts == nil {
				s.often.texts = map[string]*usage{}
			}
			s.often.texts[query] = &usage{times: 1}
		}
		return nil
	}
	if u.times++; u.times == frequentAfter {
		go s.prepareFrequent(query)
	}
	return u.statement
}

func (s *Store) prepareFrequent(query string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	st, err := s.statement(ctx, query)
	s.often.mu.Lock()
	defer s.often.mu.Unlock()
	if err != nil {
		s.often.texts[query].times = 0 // the next time
		return
	}
	s.often.texts[query].statement = st
}

type usage struct {
	times     int
	statement *sql.Stmt
}
