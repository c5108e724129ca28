package sqlstore

import (
	"context"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var (
	_ storage.Keys  = (*Store)(nil)
	_ storage.Audit = (*Store)(nil)
)

// CreateKey implements storage.Keys.
func (s *Store) CreateKey(ctx context.Context, k models.APIKey) error {
	if k.ID.IsZero() {
		k.ID = s.newID()
	}
	return translate(s.read(ctx).Create(&k).Error)
}

// KeyByHash implements storage.Keys.
func (s *Store) KeyByHash(ctx context.Context, hash models.Hash) (models.APIKey, error) {
	var k models.APIKey
	err := s.read(ctx).Where("secret_hash = ? AND revoked_at IS NULL", hash).Take(&k).Error
	return k, translate(err)
}

// KeysPage implements storage.Keys.
func (s *Store) KeysPage(ctx context.Context, workspace int64, p storage.PageAsk) ([]models.APIKey, error) {
	var rows []models.APIKey
	q := newQuery("SELECT k.* FROM api_keys k WHERE k.workspace_id = ?", workspace).after("k.created_at", "k.id", p)
	err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error
	return rows, translate(err)
}

// RevokeKey implements storage.Keys.
func (s *Store) RevokeKey(ctx context.Context, workspace int64, id ids.ID, now time.Time) error {
	done := s.read(ctx).Exec("UPDATE api_keys SET revoked_at = ? WHERE workspace_id = ? AND id = ? AND revoked_at IS NULL", models.At(now), workspace, id)
	if done.Error == nil && done.RowsAffected == 0 {
		return fault.New(fault.NotFound, "no such key, or it is revoked already")
	}
	return translate(done.Error)
}

// KeyUsed implements storage.Keys.
func (s *Store) KeyUsed(ctx context.Context, id ids.ID, now time.Time) error {
	err := s.read(ctx).Exec("UPDATE api_keys SET last_used_at = ? WHERE id = ? AND (last_used_at IS NULL OR last_used_at < ?)",
		models.At(now), id, models.At(now.Add(-time.Minute))).Error
	return translate(err)
}

// AppendAudit implements storage.Audit.
func (s *Store) AppendAudit(ctx context.Context, e models.AuditEntry) error {
	if e.ID.IsZero() {
		e.ID = s.newID()
	}
	return translate(s.read(ctx).Create(&e).Error)
}

// LastActor implements storage.Audit.
func (s *Store) LastActor(ctx context.Context, workspace int64, subject string, actions ...string) (string, error) {
	var actor string
	err := s.read(ctx).Raw("SELECT actor FROM audit_log WHERE workspace_id = ? AND subject = ? AND action IN ? ORDER BY at DESC, id DESC LIMIT 1", workspace, clip(subject, 120), actions).Scan(&actor).Error
	return actor, translate(err)
}

// AuditPage implements storage.Audit.
func (s *Store) AuditPage(ctx context.Context, workspace int64, p storage.PageAsk) ([]models.AuditEntry, error) {
	var rows []models.AuditEntry
	q := newQuery("SELECT a.* FROM audit_log a WHERE a.workspace_id = ?", workspace).after("a.at", "a.id", p)
	err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error
	return rows, translate(err)
}
