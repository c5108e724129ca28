package adminapi

import "time"

// LoginRequest signs somebody in.
type LoginRequest struct {
	Email     string `json:"email" maxLength:"254" minLength:"1"`
	Password  string `json:"password" maxLength:"1024" minLength:"1"`
	Workspace string `json:"workspace,omitempty" maxLength:"63" doc:"Workspace key; default: the first workspace of the user"`
}

// Me is the signed-in user in the workspace of the session.
type Me struct {
	User           UserRef        `json:"user"`
	Workspace      WorkspaceInfo  `json:"workspace"`
	Workspaces     []WorkspaceRef `json:"workspaces" doc:"All workspaces this user may switch to"`
	Role           string         `json:"role" enum:"owner,admin,marketer,analyst,developer"`
	Permissions    []string       `json:"permissions" doc:"What the role may do; the UI hides the rest"`
	TemporalWebURL string         `json:"temporal_web_url" doc:"Base address of Temporal Web; empty when there is none"`
	HasInbox       bool           `json:"has_inbox" doc:"Messages go to the built-in inbox (dev)"`
	Version        string         `json:"version"`
}

// UserRef names a user.
type UserRef struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
}

// WorkspaceRef names a workspace.
type WorkspaceRef struct {
	Key  string `json:"key"`
	Name string `json:"name"`
	Role string `json:"role" enum:"owner,admin,marketer,analyst,developer"`
}

// WorkspaceInfo is what every page needs to know about the workspace.
type WorkspaceInfo struct {
	Key            string `json:"key"`
	Name           string `json:"name"`
	Timezone       string `json:"timezone" doc:"IANA zone"`
	Currency       string `json:"currency" doc:"ISO 4217"`
	Locale         string `json:"locale"`
	SendingStopped bool   `json:"sending_stopped"`
}

// AuthOptions tells the sign-in page what it can offer.
type AuthOptions struct {
	SetupNeeded bool `json:"setup_needed" doc:"No user exists yet: the setup token printed at start makes the first owner"`
}

// SetupRequest makes the first workspace and its owner.
type SetupRequest struct {
	Token         string `json:"token" minLength:"1" maxLength:"128" doc:"Printed once by the server at its first start"`
	Email         string `json:"email" format:"email" maxLength:"254"`
	Name          string `json:"name" minLength:"1" maxLength:"120"`
	Password      string `json:"password" minLength:"10" maxLength:"1024"`
	WorkspaceName string `json:"workspace_name" minLength:"1" maxLength:"120"`
	Timezone      string `json:"timezone,omitempty" maxLength:"64"`
	Currency      string `json:"currency,omitempty" maxLength:"3"`
	Locale        string `json:"locale,omitempty" maxLength:"35"`
}

// PasswordChange changes one's own password; every session of the user ends, this one is renewed.
type PasswordChange struct {
	Current string `json:"current" minLength:"1" maxLength:"1024"`
	New     string `json:"new" minLength:"10" maxLength:"1024"`
}

// WorkspaceSwitch moves the session to another workspace of the user.
type WorkspaceSwitch struct {
	Workspace string `json:"workspace" minLength:"1" maxLength:"63"`
}

// User is a member of the workspace.
type User struct {
	ID         string     `json:"id"`
	Email      string     `json:"email"`
	Name       string     `json:"name"`
	Role       string     `json:"role" enum:"owner,admin,marketer,analyst,developer"`
	Disabled   bool       `json:"disabled"`
	CreatedAt  time.Time  `json:"created_at"`
	DisabledAt *time.Time `json:"disabled_at,omitempty"`
}

// UserCreate makes a user, or adds an existing one to this workspace.
type UserCreate struct {
	Email string `json:"email" format:"email" maxLength:"254"`
	Name  string `json:"name" minLength:"1" maxLength:"120"`
	Role  string `json:"role" enum:"owner,admin,marketer,analyst,developer"`
}

// UserCreated carries the first password once.
type UserCreated struct {
	User
	Password string `json:"password,omitempty" doc:"First password, shown once; empty when the user existed already"`
}

// UserChange changes a member; absent fields stay.
type UserChange struct {
	Role     *string `json:"role,omitempty" enum:"owner,admin,marketer,analyst,developer"`
	Disabled *bool   `json:"disabled,omitempty"`
}

// APIKey is a key without its secret.
type APIKey struct {
	ID         string     `json:"id"`
	Kind       string     `json:"kind" enum:"ingest,admin"`
	Name       string     `json:"name"`
	Prefix     string     `json:"prefix" doc:"First characters, to recognise it"`
	Scopes     []string   `json:"scopes" doc:"Permissions of an admin key; empty for ingest keys"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt *time.Time `json:"last_used_at,omitempty"`
	RevokedAt  *time.Time `json:"revoked_at,omitempty"`
}

// APIKeyCreate asks for a key.
type APIKeyCreate struct {
	Kind   string   `json:"kind" enum:"ingest,admin"`
	Name   string   `json:"name" minLength:"1" maxLength:"120"`
	Scopes []string `json:"scopes,omitempty" maxItems:"50" doc:"Kind admin: permissions, not beyond one's own"`
}

// APIKeyCreated shows the secret, once.
type APIKeyCreated struct {
	APIKey
	Secret string `json:"secret" doc:"Shown once; only its hash is kept"`
}

// AuditEntry is who changed what.
type AuditEntry struct {
	ID      string         `json:"id"`
	At      time.Time      `json:"at"`
	Actor   string         `json:"actor" doc:"user:<e-mail>, key:<prefix> or system"`
	Action  string         `json:"action"`
	Subject string         `json:"subject"`
	Detail  map[string]any `json:"detail"`
}
