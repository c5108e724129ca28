package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	mysqldriver "github.com/go-sql-driver/mysql"
	"gorm.io/gorm"
)

// txAttempts bounds the repetitions; the longest pause before the last one is about 4 s, so that twenty writers of one customer on
// a busy machine all get through.
const txAttempts = 12

// Tx runs fn in one transaction: READ COMMITTED on MySQL, BEGIN IMMEDIATE on SQLite. On deadlock, lock timeout or a
// busy file the whole of fn runs again (bounded, with jitter), so fn must start from nothing each time.
func (s *Store) Tx(ctx context.Context, fn func(tx *gorm.DB) error) error {
	var err error
	for attempt := range txAttempts {
		err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
			s.onPrepared(tx)
			return fn(tx)
		})
		if err == nil || !isTransient(err) || ctx.Err() != nil {
			break
		}
		pause := time.Duration(1+rand.IntN(1<<attempt)) * 2 * time.Millisecond
		select {
		case <-ctx.Done():
			return translate(err)
		case <-time.After(pause):
		}
	}
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil {
		err = ctx.Err() // that is what rolled it back
	}
	return translate(err)
}

// read gives a session for plain reads.
func (s *Store) read(ctx context.Context) *gorm.DB { return s.db.WithContext(ctx) }

func isNetwork(err error) bool {
	var netErr net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysqldriver.ErrInvalidConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, sql.ErrConnDone) || errors.As(err, &netErr)
}

// Wakers lets a committed insert wake the router of its partition at once, inside one process.
type Wakers struct {
	mu    sync.Mutex
	chans map[int]chan struct{}
	look  lookout
}

func newWakers() *Wakers { return &Wakers{chans: map[int]chan struct{}{}} }

// C is the channel on which partition p is woken; it never blocks the one who wakes.
func (w *Wakers) C(p int) <-chan struct{} { return w.channel(p) }

// Wake tells partition p that there is work. Call it after the commit.
func (w *Wakers) Wake(p int) {
	select {
	case w.channel(p) <- struct{}{}:
	default:
	}
}

func (w *Wakers) channel(p int) chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.chans[p]
	if !ok {
		c = make(chan struct{}, 1)
		w.chans[p] = c
	}
	return c
}
