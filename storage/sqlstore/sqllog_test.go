package sqlstore_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// A slow or failing statement is logged without the values that went with it, and a duplicate key is handed up without
// the value that was there already: both would put addresses into logs.
func TestNoValuesInLogs(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	_, lite := dbtest.SQLiteURL(t)
	_, my := dbtest.MySQLURL(t)
	for name, url := range map[string]string{"sqlite": lite, "mysql": my} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			s, err := sqlstore.Open(ctx, url, sqlstore.Options{MaxConns: 1, Logger: slog.New(slog.NewTextHandler(&log, nil)), Slow: time.Nanosecond})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			const insert = "INSERT INTO login_attempts (throttle_key, failures, blocked_until, updated_at) VALUES (?, 1, 0, 1)"
			err = s.Tx(ctx, func(tx *gorm.DB) error {
				var n []int64
				if err := tx.Raw("SELECT failures FROM login_attempts WHERE throttle_key = ?", "canary@example.com").Scan(&n).Error; err != nil {
					return err
				}
				if err := tx.Exec(insert, "canary@example.com").Error; err != nil {
					return err
				}
				return tx.Exec(insert, "canary@example.com").Error
			})
			if err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("the second insert: %v", err)
			}
			err = s.Tx(ctx, func(tx *gorm.DB) error { return tx.Exec("INSERT INTO nowhere VALUES (?)", "canary@example.com").Error })
			if err == nil || strings.Contains(err.Error(), "canary") {
				t.Errorf("no such table: %v", err)
			}
			got := log.String()
			for _, want := range []string{"SELECT failures FROM login_attempts WHERE throttle_key = ?", "slow statement", "a statement failed"} {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing in the log:\n%s", want, got)
				}
			}
			if strings.Contains(got, "canary") {
				t.Errorf("a value is in the log:\n%s", got)
			}
		})
	}
}
