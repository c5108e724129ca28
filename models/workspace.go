package models

import "sojourn/ids"

// Workspace is one company: everything else belongs to exactly one.
type Workspace struct {
	ID             int64   `gorm:"column:id;primaryKey;autoIncrement"`
	WorkspaceKey   string  `gorm:"column:workspace_key"`
	Name           string  `gorm:"column:name"`
	Timezone       string  `gorm:"column:timezone"`
	Currency       string  `gorm:"column:currency"`
	Locale         string  `gorm:"column:locale"`
	SendEpoch      int64   `gorm:"column:send_epoch"`
	SendingStopped bool    `gorm:"column:sending_stopped"`
	Settings       JSON    `gorm:"column:settings"`
	CreatedAt      Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Workspace) TableName() string { return "workspaces" }

// User signs in to the admin UI.
type User struct {
	ID                ids.ID  `gorm:"column:id;primaryKey"`
	Email             string  `gorm:"column:email"`
	Name              string  `gorm:"column:name"`
	PasswordHash      string  `gorm:"column:password_hash"`
	PasswordChangedAt Instant `gorm:"column:password_changed_at"`
	DisabledAt        Instant `gorm:"column:disabled_at"`
	CreatedAt         Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	EmailVerifiedAt   Instant `gorm:"column:email_verified_at"` // zero: nobody has shown that the address is read by him
	VerifyHash        Hash    `gorm:"column:verify_hash"`       // of the code that was sent last
	VerifyUntil       Instant `gorm:"column:verify_until"`
	VerifyTries       int     `gorm:"column:verify_tries"`
}

// TableName names the table.
func (User) TableName() string { return "users" }

// Membership gives a user a role (owner, admin, marketer, analyst, developer) in a workspace.
type Membership struct {
	WorkspaceID int64   `gorm:"column:workspace_id;primaryKey;autoIncrement:false"`
	UserID      ids.ID  `gorm:"column:user_id;primaryKey"`
	Role        string  `gorm:"column:role"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Membership) TableName() string { return "memberships" }

// Session is a signed-in browser; only the hash of its token is kept.
type Session struct {
	TokenHash Hash    `gorm:"column:token_hash;primaryKey"`
	UserID    ids.ID  `gorm:"column:user_id"`
	Data      []byte  `gorm:"column:data"`
	ExpiresAt Instant `gorm:"column:expires_at"`
}

// TableName names the table.
func (Session) TableName() string { return "sessions" }

// LoginAttempt counts failures per account and per address for throttling.
type LoginAttempt struct {
	ThrottleKey  string  `gorm:"column:throttle_key;primaryKey"`
	Failures     int     `gorm:"column:failures"`
	BlockedUntil int64   `gorm:"column:blocked_until"`
	UpdatedAt    Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (LoginAttempt) TableName() string { return "login_attempts" }

// APIKey is a write key (kind ingest) or an admin key (kind admin); only its hash is kept.
type APIKey struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Kind        string  `gorm:"column:kind"`
	Name        string  `gorm:"column:name"`
	Prefix      string  `gorm:"column:prefix"`
	SecretHash  Hash    `gorm:"column:secret_hash"`
	Scopes      JSON    `gorm:"column:scopes"`
	CreatedBy   ids.ID  `gorm:"column:created_by"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	LastUsedAt  Instant `gorm:"column:last_used_at"`
	RevokedAt   Instant `gorm:"column:revoked_at"`
}

// TableName names the table.
func (APIKey) TableName() string { return "api_keys" }

// AuditEntry records who changed what.
type AuditEntry struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Actor       string  `gorm:"column:actor"`
	Action      string  `gorm:"column:action"`
	Subject     string  `gorm:"column:subject"`
	Detail      JSON    `gorm:"column:detail"`
	At          Instant `gorm:"column:at"`
}

// TableName names the table.
func (AuditEntry) TableName() string { return "audit_log" }
