package sqlstore_test

import (
	"context"
	"testing"

	"gorm.io/gorm"

	"sojourn/storage/dbtest"
)

// Locking in this package is thought out for READ COMMITTED: no gap locks, every statement sees what is committed.
func TestTransactionsAreReadCommitted(t *testing.T) {
	t.Parallel()
	s := dbtest.MySQL(t)
	seen := func() (n int) {
		if err := s.SQL().QueryRow("SELECT COUNT(*) FROM login_attempts").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	err := s.Tx(context.Background(), func(tx *gorm.DB) error {
		count := func() (n int) {
			if err := tx.Raw("SELECT COUNT(*) FROM login_attempts").Scan(&n).Error; err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := count()
		if _, err := s.SQL().Exec("INSERT INTO login_attempts (throttle_key, failures, blocked_until, updated_at) VALUES ('x', 1, 0, 1)"); err != nil {
			return err
		}
		if after := count(); after != before+1 || after != seen() {
			t.Errorf("a transaction sees %d rows, then %d: not what others have committed", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
