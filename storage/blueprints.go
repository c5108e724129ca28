package storage

import (
	"context"
	"time"

	"sojourn/journey"
	"sojourn/models"
)

// Blueprints puts finished journeys into a workspace.
type Blueprints interface {
	// Install makes a draft together with the templates that it sends, all or nothing. A template whose key is taken by
	// another text is somebody's work and stays: ours gets the next free key, and the draft's steps name that one. One that
	// is there with the same text is shared. Conflict when the key of the journey exists in the workspace.
	Install(ctx context.Context, workspace int64, draft journey.Document, templates []TemplateInput, now time.Time) (Installed, error)
}

// Installed is what became of a blueprint.
type Installed struct {
	Journey models.Journey
	Renamed map[string]string // templates that got another key: the blueprint's key -> the one it has here
	Shared  []string          // keys of templates that were there with the same text
}
