package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Workspaces = (*Store)(nil)

// Workspace implements storage.Workspaces.
func (s *Store) Workspace(ctx context.Context, id int64) (models.Workspace, error) {
	var w models.Workspace
	err := s.read(ctx).Where("id = ?", id).Take(&w).Error
	return w, translate(err)
}

// WorkspaceByKey implements storage.Workspaces.
func (s *Store) WorkspaceByKey(ctx context.Context, key string) (models.Workspace, error) {
	var w models.Workspace
	err := s.read(ctx).Where("workspace_key = ?", key).Take(&w).Error
	return w, translate(err)
}

// AllWorkspaces implements storage.Workspaces.
func (s *Store) AllWorkspaces(ctx context.Context) ([]models.Workspace, error) {
	var rows []models.Workspace
	err := s.read(ctx).Order("id").Find(&rows).Error
	return rows, translate(err)
}

// SaveWorkspace implements storage.Workspaces.
func (s *Store) SaveWorkspace(ctx context.Context, w models.Workspace) error {
	done := s.read(ctx).Exec("UPDATE workspaces SET name = ?, timezone = ?, currency = ?, locale = ?, settings = ? WHERE id = ?",
		w.Name, w.Timezone, w.Currency, w.Locale, w.Settings, w.ID)
	return oneRow(done, "no such workspace")
}

// SetSending implements storage.Workspaces. The guard in WHERE makes a repetition harmless.
func (s *Store) SetSending(ctx context.Context, workspace int64, stopped bool) error {
	bump := 0
	if stopped {
		bump = 1
	}
	err := s.read(ctx).Exec("UPDATE workspaces SET send_epoch = send_epoch + ?, sending_stopped = ? WHERE id = ? AND sending_stopped <> ?",
		bump, stopped, workspace, stopped).Error
	return translate(err)
}

// Senders implements storage.Workspaces.
func (s *Store) Senders(ctx context.Context, workspace int64) ([]models.Sender, error) {
	var rows []models.Sender
	err := s.read(ctx).Where("workspace_id = ?", workspace).Order("sender_key").Find(&rows).Error
	return rows, translate(err)
}

// SetSender implements storage.Workspaces.
func (s *Store) SetSender(ctx context.Context, workspace int64, key string, paused bool, reason string) error {
	state := storage.SenderActive
	if paused {
		state = storage.SenderPaused
	}
	done := s.read(ctx).Exec("UPDATE senders SET epoch = epoch + CASE WHEN state <> ? AND ? THEN 1 ELSE 0 END, state = ?, state_reason = ? WHERE workspace_id = ? AND sender_key = ?",
		state, paused, state, reason, workspace, key)
	return oneRow(done, "no such sender")
}

func oneRow(done *gorm.DB, missing string) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return fault.New(fault.NotFound, "%s", missing)
	}
	return translate(done.Error)
}
