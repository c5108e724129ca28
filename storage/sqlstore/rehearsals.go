package sqlstore

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Rehearsals = (*Store)(nil)

// rehearsalLost is after how long a running rehearsal does not keep its user from another one any more.
const rehearsalLost = time.Hour

// StartRehearsal implements storage.Rehearsals. The user's row is locked: two tabs start one.
func (s *Store) StartRehearsal(ctx context.Context, r models.Rehearsal, actor, journeyKey string) (models.Rehearsal, error) {
	r.ID, r.State = s.newID(), storage.RehearsalRunning
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var user models.User
		if err := tx.Raw("SELECT * FROM users WHERE id = ?"+s.dialect.forUpdate(), r.UserID).Take(&user).Error; err != nil {
			return err
		}
		var open int64
		if err := tx.Raw("SELECT COUNT(*) FROM rehearsals WHERE user_id = ? AND state = ? AND created_at > ?", r.UserID, storage.RehearsalRunning, int64(r.CreatedAt)-rehearsalLost.Microseconds()).Scan(&open).Error; err != nil {
			return err
		}
		if open > 0 {
			return fault.New(fault.Conflict, "a journey is being sent to you already: wait until it has ended, or cancel it")
		}
		if err := tx.Create(&r).Error; err != nil {
			return err
		}
		return tx.Create(&models.AuditEntry{ID: s.newID(), WorkspaceID: r.WorkspaceID, Actor: actor, Action: "rehearse-journey", Subject: clip(journeyKey, 120),
			Detail: models.ToJSON(map[string]any{"rehearsal": r.ID.String(), "version": r.Version, "user": r.UserID.String(), "steps": r.Total}), At: r.CreatedAt}).Error
	})
	if err != nil {
		return r, fmt.Errorf("rehearse: %w", err)
	}
	return r, nil
}

// Rehearsal implements storage.Rehearsals.
func (s *Store) Rehearsal(ctx context.Context, workspace int64, id ids.ID) (models.Rehearsal, []models.RehearsalStep, error) {
	var r models.Rehearsal
	if err := s.read(ctx).Raw("SELECT * FROM rehearsals WHERE workspace_id = ? AND id = ?", workspace, id).Take(&r).Error; err != nil {
		return r, nil, fmt.Errorf("read rehearsal %s: %w", id, translate(err))
	}
	var steps []models.RehearsalStep
	err := s.read(ctx).Raw("SELECT * FROM rehearsal_steps WHERE workspace_id = ? AND rehearsal_id = ? ORDER BY seq", workspace, id).Scan(&steps).Error
	return r, steps, translate(err)
}

// RehearseStep implements storage.Rehearsals.
func (s *Store) RehearseStep(ctx context.Context, step models.RehearsalStep) (fresh bool, err error) {
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		err := tx.Create(&step).Error
		if fresh = err == nil; isDuplicate(err) {
			return nil
		}
		return err
	})
	return fresh, err
}

// RehearsedStep implements storage.Rehearsals.
func (s *Store) RehearsedStep(ctx context.Context, rehearsal ids.ID, seq int, state, subject, reason string) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE rehearsal_steps SET state = ?, subject = ?, reason = ? WHERE rehearsal_id = ? AND seq = ?", state, clip(subject, 900), clip(reason, 290), rehearsal, seq).Error
	})
}

// EndRehearsal implements storage.Rehearsals.
func (s *Store) EndRehearsal(ctx context.Context, workspace int64, id ids.ID, state, reason string, now time.Time) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE rehearsals SET state = ?, reason = ?, finished_at = ? WHERE workspace_id = ? AND id = ? AND state = ?", state, clip(reason, 290), models.At(now), workspace, id, storage.RehearsalRunning).Error
	})
}

// AskAddress implements storage.Rehearsals.
func (s *Store) AskAddress(ctx context.Context, user ids.ID, hash models.Hash, until time.Time) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE users SET verify_hash = ?, verify_until = ?, verify_tries = 0 WHERE id = ?", hash, models.At(until), user).Error
	})
}

// ProveAddress implements storage.Rehearsals.
func (s *Store) ProveAddress(ctx context.Context, user ids.ID, hash models.Hash, now time.Time) (bool, error) {
	proved := false
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		proved = false
		var u models.User
		if err := tx.Raw("SELECT * FROM users WHERE id = ?"+s.dialect.forUpdate(), user).Take(&u).Error; err != nil {
			return err
		}
		if u.VerifyHash == (models.Hash{}) || u.VerifyUntil < models.At(now) || u.VerifyTries >= storage.CodeTries {
			return nil
		}
		if subtle.ConstantTimeCompare(u.VerifyHash[:], hash[:]) == 0 {
			return tx.Exec("UPDATE users SET verify_tries = verify_tries + 1 WHERE id = ?", user).Error
		}
		proved = true
		return tx.Exec("UPDATE users SET email_verified_at = ?, verify_hash = NULL, verify_until = NULL, verify_tries = 0 WHERE id = ?", models.At(now), user).Error
	})
	return proved, err
}
