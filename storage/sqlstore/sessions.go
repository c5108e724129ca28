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
	if err := s.read(ctx).Exec("DELETE FROM login_attempts WHERE updated_at < ?", models.At(now.Add(-24*time.Hour))).Error; err != nil {
		return 0, translate(err)
	}
	done := s.read(ctx).Exec("DELETE FROM sessions WHERE expires_at <= ?", models.At(now))
	return done.RowsAffected, translate(done.Error)
}

// Admit implements storage.Attempts.
func (s *Store) Admit(ctx context.Context, rules []storage.AttemptRule, now time.Time) (time.Time, error) {
	var until models.Instant
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		until = 0
		rows := make([]models.LoginAttempt, len(rules))
		for i, r := range rules {
			if err := s.lockAttempt(tx, r.Key, now, &rows[i]); err != nil {
				return err
			}
			if rows[i].BlockedUntil > now.UnixMicro() {
				until = max(until, models.Instant(rows[i].BlockedUntil))
			}
		}
		if until != 0 {
			return nil
		}
		for i, r := range rules {
			row := rows[i]
			if now.Sub(row.UpdatedAt.Time()) > r.Window {
				row.Failures = 0
			}
			row.Failures++
			row.BlockedUntil = 0
			if over := row.Failures - r.Free; over > 0 {
				pause := min(time.Duration(float64(r.Base)*math.Pow(2, float64(min(over-1, 30)))), r.Max)
				row.BlockedUntil = now.Add(pause).UnixMicro()
			}
			if err := tx.Exec("UPDATE login_attempts SET failures = ?, blocked_until = ?, updated_at = ? WHERE throttle_key = ?",
				row.Failures, row.BlockedUntil, models.At(now), r.Key).Error; err != nil {
				return err
			}
		}
		return nil
	})
	return until.Time(), err
}

// lockAttempt reads a row under lock, making it first: a lock on a missing row would let two first attempts pass as one.
func (s *Store) lockAttempt(tx *gorm.DB, key string, now time.Time, row *models.LoginAttempt) error {
	read := func() (bool, error) {
		found := tx.Raw("SELECT * FROM login_attempts WHERE throttle_key = ?"+s.dialect.forUpdate(), key).Scan(row)
		return found.RowsAffected > 0, found.Error
	}
	if found, err := read(); found || err != nil {
		return err
	}
	row.ThrottleKey, row.UpdatedAt = key, models.At(now)
	err := tx.Create(row).Error
	if isDuplicate(err) {
		_, err = read()
	}
	return err
}

// Forget implements storage.Attempts.
func (s *Store) Forget(ctx context.Context, key string) error {
	return translate(s.read(ctx).Exec("DELETE FROM login_attempts WHERE throttle_key = ?", key).Error)
}

// Refund implements storage.Attempts.
func (s *Store) Refund(ctx context.Context, key string) error {
	err := s.read(ctx).Exec("UPDATE login_attempts SET failures = failures - 1, blocked_until = 0 WHERE throttle_key = ? AND failures > 0", key).Error
	return translate(err)
}
