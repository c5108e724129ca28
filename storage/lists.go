package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// AudienceList is the kind of an audience whose members are put in by hand, by a file or by a step. Conditions ask for it
// by its key like for any other audience; it is never refreshed, and joining it is no edge.
const AudienceList = "list"

// Lists keeps static lists.
type Lists interface {
	// Lists lists them by name.
	Lists(ctx context.Context, workspace int64) ([]ListRow, error)
	// CreateList makes an empty one; Conflict when an audience has the key.
	CreateList(ctx context.Context, workspace int64, key, name string, now time.Time) error
	// ChangeList adds and removes customers by external id, in one transaction. NotFound when there is no such list.
	ChangeList(ctx context.Context, workspace int64, key string, add, remove []string, now time.Time) (ListChange, error)
}

// ListRow is a list with its size.
type ListRow struct {
	ID        ids.ID
	Key       string
	Name      string
	Members   int64
	CreatedAt models.Instant
}

// ListChange tells what became of a change. Unknown counts ids that no live, unrestricted customer has.
type ListChange struct {
	Added, Removed, Unknown int
}
