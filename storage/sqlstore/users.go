package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Users = (*Store)(nil)

const ownerRole = "owner"

// AnyUser implements storage.Users.
func (s *Store) AnyUser(ctx context.Context) (bool, error) {
	var n int64
	err := s.read(ctx).Raw("SELECT COUNT(*) FROM (SELECT id FROM users LIMIT 1) AS u").Scan(&n).Error
	return n > 0, translate(err)
}

// CreateOwner implements storage.Users.
func (s *Store) CreateOwner(ctx context.Context, w models.Workspace, u models.User) (models.Workspace, error) {
	if u.ID.IsZero() {
		u.ID = s.newID()
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		w.ID = 0
		if err := tx.Create(&w).Error; err != nil {
			return err
		}
		if err := tx.Create(&u).Error; err != nil {
			return err
		}
		return tx.Create(&models.Membership{WorkspaceID: w.ID, UserID: u.ID, Role: ownerRole, CreatedAt: u.CreatedAt}).Error
	})
	if err != nil {
		return models.Workspace{}, fmt.Errorf("create workspace %s: %w", w.WorkspaceKey, err)
	}
	return w, nil
}

// AddMember implements storage.Users.
func (s *Store) AddMember(ctx context.Context, workspace int64, u models.User, role string, now time.Time) (user models.User, made bool, err error) {
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		user, made = models.User{}, false
		found := tx.Raw("SELECT * FROM users WHERE email = ?", u.Email).Scan(&user)
		if found.Error != nil {
			return found.Error
		}
		if found.RowsAffected == 0 {
			user, made = u, true
			if user.ID.IsZero() {
				user.ID = s.newID()
			}
			if err := tx.Create(&user).Error; err != nil {
				return err
			}
		}
		err := tx.Create(&models.Membership{WorkspaceID: workspace, UserID: user.ID, Role: role, CreatedAt: models.At(now)}).Error
		if isDuplicate(err) {
			return fault.New(fault.Conflict, "this person is a member already")
		}
		return err
	})
	if err != nil {
		return models.User{}, false, fmt.Errorf("add member: %w", err)
	}
	return user, made, nil
}

// UserByEmail implements storage.Users.
func (s *Store) UserByEmail(ctx context.Context, email string) (models.User, error) {
	var u models.User
	err := s.read(ctx).Where("email = ?", email).Take(&u).Error
	return u, translate(err)
}

// Member implements storage.Users.
func (s *Store) Member(ctx context.Context, workspace int64, user ids.ID) (storage.Member, error) {
	list, err := s.members(ctx, "m.workspace_id = ? AND m.user_id = ?", workspace, user)
	if err == nil && len(list) == 0 {
		err = fault.New(fault.NotFound, "not a member of this workspace")
	}
	if err != nil {
		return storage.Member{}, err
	}
	return list[0], nil
}

// MembershipsOf implements storage.Users.
func (s *Store) MembershipsOf(ctx context.Context, user ids.ID) ([]storage.Member, error) {
	return s.members(ctx, "m.user_id = ?", user)
}

// Members implements storage.Users.
func (s *Store) Members(ctx context.Context, workspace int64) ([]storage.Member, error) {
	return s.members(ctx, "m.workspace_id = ?", workspace)
}

func (s *Store) members(ctx context.Context, where string, args ...any) ([]storage.Member, error) {
	var rows []struct {
		Role        string
		WorkspaceID int64
		UserID      ids.ID
	}
	err := s.read(ctx).Raw("SELECT m.role, m.workspace_id, m.user_id FROM memberships m JOIN users u ON u.id = m.user_id WHERE "+where+
		" ORDER BY u.email, m.created_at, m.workspace_id", args...).Scan(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	out := make([]storage.Member, 0, len(rows))
	for _, r := range rows {
		m := storage.Member{Role: r.Role}
		if err := s.read(ctx).Where("id = ?", r.UserID).Take(&m.User).Error; err != nil {
			return nil, translate(err)
		}
		if m.Workspace, err = s.Workspace(ctx, r.WorkspaceID); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// SetRole implements storage.Users.
func (s *Store) SetRole(ctx context.Context, workspace int64, user ids.ID, role string) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockMembers(tx, workspace); err != nil {
			return err
		}
		done := tx.Exec("UPDATE memberships SET role = ? WHERE workspace_id = ? AND user_id = ?", role, workspace, user)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return fault.New(fault.NotFound, "not a member of this workspace")
		}
		if err := hasOwner(tx, workspace); err != nil {
			return err
		}
		return endSessions(tx, user)
	})
	return wrapUnless(err, "change role")
}

// SetDisabled implements storage.Users.
func (s *Store) SetDisabled(ctx context.Context, user ids.ID, disabled bool, now time.Time) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var workspaces []int64
		if err := tx.Raw("SELECT workspace_id FROM memberships WHERE user_id = ? ORDER BY workspace_id", user).Scan(&workspaces).Error; err != nil {
			return err
		}
		for _, w := range workspaces {
			if err := s.lockMembers(tx, w); err != nil {
				return err
			}
		}
		var at models.Instant
		if disabled {
			at = models.At(now)
		}
		done := tx.Exec("UPDATE users SET disabled_at = ? WHERE id = ?", at, user)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return fault.New(fault.NotFound, "no such user")
		}
		for _, w := range workspaces {
			if err := hasOwner(tx, w); err != nil {
				return err
			}
		}
		return endSessions(tx, user)
	})
	return wrapUnless(err, "disable or enable user")
}

// SetPassword implements storage.Users.
func (s *Store) SetPassword(ctx context.Context, user ids.ID, hash string, now time.Time) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE users SET password_hash = ?, password_changed_at = ? WHERE id = ?", hash, models.At(now), user)
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return fault.New(fault.NotFound, "no such user")
		}
		return endSessions(tx, user)
	})
	return wrapUnless(err, "set password")
}

// lockMembers serialises changes of who is in charge: two owners who demote each other would else leave none.
func (s *Store) lockMembers(tx *gorm.DB, workspace int64) error {
	var id int64
	return tx.Raw("SELECT id FROM workspaces WHERE id = ?"+s.dialect.forUpdate(), workspace).Scan(&id).Error
}

func hasOwner(tx *gorm.DB, workspace int64) error {
	var n int64
	err := tx.Raw("SELECT COUNT(*) FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.workspace_id = ? AND m.role = ? AND u.disabled_at IS NULL",
		workspace, ownerRole).Scan(&n).Error
	if err == nil && n == 0 {
		return storage.LastOwner
	}
	return err
}

func endSessions(tx *gorm.DB, user ids.ID) error {
	return tx.Exec("DELETE FROM sessions WHERE user_id = ?", user).Error
}

// wrapUnless adds what was being done, unless there is nothing to wrap or the error is one that callers compare.
func wrapUnless(err error, doing string) error {
	if err == nil || errors.Is(err, storage.LastOwner) {
		return err
	}
	return fmt.Errorf("%s: %w", doing, err)
}
