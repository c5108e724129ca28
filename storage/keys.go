package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// Kinds of API key.
const (
	KeyIngest = "ingest" // write key: may hand in events and nothing else
	KeyAdmin  = "admin"  // admin API, within its scopes
)

// Keys keeps API keys by the hash of their secret.
type Keys interface {
	CreateKey(ctx context.Context, k models.APIKey) error
	// KeyByHash returns an unrevoked key; NotFound otherwise.
	KeyByHash(ctx context.Context, hash models.Hash) (models.APIKey, error)
	// KeysPage lists keys, newest first, revoked ones too.
	KeysPage(ctx context.Context, workspace int64, p PageAsk) ([]models.APIKey, error)
	// RevokeKey ends a key at once; NotFound when there is no such unrevoked key in the workspace.
	RevokeKey(ctx context.Context, workspace int64, id ids.ID, now time.Time) error
	// KeyUsed notes the time of use, at most once a minute.
	KeyUsed(ctx context.Context, id ids.ID, now time.Time) error
}

// Audit is the append-only record of who changed what.
type Audit interface {
	AppendAudit(ctx context.Context, e models.AuditEntry) error
	// AuditPage is newest first.
	AuditPage(ctx context.Context, workspace int64, p PageAsk) ([]models.AuditEntry, error)
	// LastActor is who did one of the actions to a subject last; empty when nobody did.
	LastActor(ctx context.Context, workspace int64, subject string, actions ...string) (string, error)
}

// PageAsk asks for up to Limit rows that come after the cursor in the order of the list (newest first: time, then id).
// The zero cursor is the beginning.
type PageAsk struct {
	Limit int
	After Cursor
}

// Cursor is the position of the last row of a page.
type Cursor struct {
	At models.Instant
	ID ids.ID
}
