package sqlstore

import (
	"context"
	"math"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/models"
	"sojourn/storage"
)

var (
	_ storage.Sessions = (*Store)(nil)
	_ storage.Attempts = (*Store)(nil)
)

// Session implements storage.Sessions.
func (s *Store) Session(ctx context.Context, token models.Hash, now time.Time) (models.Session, error) {
	var row models.Session
	found := s.read(ctx).Raw("SELECT * FROM sessions WHERE token_hash = ? AND expires_at > ?", token, models.At(now)).Scan(&row)
	if found.Error == nil && found.RowsAffected == 0 {
		return row, fault.New(fault.NotFound, "no such session")
	}
	return row, translate(found.Error)
}

// SaveSession implements storage.Sessions.
func (s *Store) SaveSession(ctx context.Context, row models.Session) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE sessions SET user_id = ?, data = ?, expires_at = ? WHERE token_hash = ?", row.UserID, row.Data, row.ExpiresAt, row.TokenHash)
		if done.Error != nil || done.RowsAffected > 0 {
			return done.Error
		}
		return tx.Create(&row).Error
	})
}

// DeleteSession implements storage.Sessions.
func (s *Store) DeleteSession(ctx context.Context, token models.Hash) error {
	return translate(s.read(ctx).Exec("DELETE FROM sessions WHERE token_hash = ?", token).Error)
}

// DeleteExpired implements storage.Sessions.
func (s *Store) DeleteExpired(ctx context.Context, now time.Time) (int64, error) {
	done := s.read(ctx).Exec("DELETE FROM sessions WHERE expires_at <= ?", models.At(now))
	return done.RowsAffected, translate(done.Error)
}

// Blocked implements storage.Attempts.
func (s *Store) Blocked(ctx context.Context, keys []string, now time.Time) (time.Time, error) {
	var until int64
	err := s.read(ctx).Raw("SELECT COALESCE(MAX(blocked_until), 0) FROM login_attempts WHERE throttle_key IN ? AND blocked_until > ?", bytesOf(keys), now.UnixMicro()).Scan(&until).Error
	return models.Instant(until).Time(), translate(err)
}

// Failed implements storage.Attempts.
func (s *Store) Failed(ctx context.Context, rules []storage.AttemptRule, now time.Time) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		for _, r := range rules {
			var row models.LoginAttempt
			found := tx.Raw("SELECT * FROM login_attempts WHERE throttle_key = ?"+s.dialect.forUpdate(), r.Key).Scan(&row)
			if found.Error != nil {
				return found.Error
			}
			if now.Sub(row.UpdatedAt.Time()) > r.Window {
				row.Failures = 0
			}
			row.Failures++
			row.BlockedUntil, row.UpdatedAt = 0, models.At(now)
			if over := row.Failures - r.Free; over > 0 {
				pause := min(time.Duration(float64(r.Base)*math.Pow(2, float64(min(over-1, 30)))), r.Max)
				row.BlockedUntil = now.Add(pause).UnixMicro()
			}
			var err error
			if found.RowsAffected == 0 {
				row.ThrottleKey = r.Key
				err = tx.Create(&row).Error
				if isDuplicate(err) { // two first failures at once: the other one counts
					err = nil
				}
			} else {
				err = tx.Exec("UPDATE login_attempts SET failures = ?, blocked_until = ?, updated_at = ? WHERE throttle_key = ?",
					row.Failures, row.BlockedUntil, row.UpdatedAt, r.Key).Error
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Succeeded implements storage.Attempts.
func (s *Store) Succeeded(ctx context.Context, key string) error {
	return translate(s.read(ctx).Exec("DELETE FROM login_attempts WHERE throttle_key = ?", key).Error)
}

func bytesOf(keys []string) []any {
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = k
	}
	return out
}
