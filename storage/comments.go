package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// MaxOpenComments is how many unresolved comments a journey holds; a list that long is a document somewhere else.
const MaxOpenComments = 500

// Comments keeps what colleagues say to each other about journeys.
type Comments interface {
	// Comments lists a journey's comments, oldest first: the open ones, and with resolved the last 200 resolved ones.
	Comments(ctx context.Context, workspace int64, journey ids.ID, resolved bool) ([]models.JourneyComment, error)
	// AddComment keeps one. Conflict when MaxOpenComments stand open.
	AddComment(ctx context.Context, c models.JourneyComment) (models.JourneyComment, error)
	// ResolveComment closes one, or opens it again. NotFound when the workspace has no such comment; doing it twice changes
	// nothing.
	ResolveComment(ctx context.Context, workspace int64, id ids.ID, resolved bool, by string, now time.Time) (models.JourneyComment, error)
	// DeleteComment removes one of the author's own. NotFound when there is none of his.
	DeleteComment(ctx context.Context, workspace int64, id ids.ID, author string) error
}
