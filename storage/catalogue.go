package storage

import (
	"context"
	"slices"
)

// Catalogues tell what documents of a workspace may refer to.
type Catalogues interface {
	JourneyCatalogue(ctx context.Context, workspace int64) (JourneyCatalogue, error)
}

// JourneyCatalogue is a snapshot of what a workspace has; it implements journey.Catalogue. The caller adds the channels
// this installation can send on.
type JourneyCatalogue struct {
	Templates map[string][]string // channels by template key
	Audiences map[string]bool
	Events    map[string]bool // names among the latest events
	Channels  []string
	Offers    map[string]bool
	Code      []Code // journeys and steps in Go that a worker has announced; At takes the old ones out
}

// TemplateChannels implements journey.Catalogue.
func (c JourneyCatalogue) TemplateChannels(key string) ([]string, bool) {
	channels, ok := c.Templates[key]
	return channels, ok
}

// HasAudience implements journey.Catalogue.
func (c JourneyCatalogue) HasAudience(key string) bool { return c.Audiences[key] }

// HasEvent implements journey.Catalogue.
func (c JourneyCatalogue) HasEvent(name string) bool { return c.Events[name] }

// HasChannel implements journey.Catalogue.
func (c JourneyCatalogue) HasChannel(name string) bool { return slices.Contains(c.Channels, name) }
