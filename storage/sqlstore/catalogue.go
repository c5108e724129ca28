package sqlstore

import (
	"context"
	"fmt"
	"time"

	"sojourn/journey"
	"sojourn/storage"
)

var (
	_ storage.Catalogues = (*Store)(nil)
	_ journey.Catalogue  = storage.JourneyCatalogue{}
)

// recentEvents is how far back the names of events are gathered; a name that is older than that only earns a warning.
const recentEvents = 20000

// JourneyCatalogue implements storage.Catalogues.
func (s *Store) JourneyCatalogue(ctx context.Context, workspace int64) (storage.JourneyCatalogue, error) {
	c := storage.JourneyCatalogue{Templates: map[string][]string{}, Audiences: map[string]bool{}, Events: map[string]bool{}, Offers: map[string]bool{}}
	var bodies []struct{ TemplateKey, Channel string }
	err := s.read(ctx).Raw("SELECT DISTINCT t.template_key, b.channel FROM templates t JOIN template_bodies b ON b.template_id = t.id AND b.version = t.version WHERE t.workspace_id = ? ORDER BY t.template_key, b.channel", workspace).Scan(&bodies).Error
	if err != nil {
		return c, translate(err)
	}
	for _, b := range bodies {
		c.Templates[b.TemplateKey] = append(c.Templates[b.TemplateKey], b.Channel)
	}
	var names []string
	if err := s.read(ctx).Raw("SELECT audience_key FROM audiences WHERE workspace_id = ?", workspace).Scan(&names).Error; err != nil {
		return c, translate(err)
	}
	for _, n := range names {
		c.Audiences[n] = true
	}
	names = nil
	err = s.read(ctx).Raw("SELECT DISTINCT name FROM (SELECT name FROM events WHERE workspace_id = ? ORDER BY received_at DESC LIMIT ?) AS latest", workspace, recentEvents).Scan(&names).Error
	if err != nil {
		return c, translate(err)
	}
	for _, n := range names {
		c.Events[n] = true
	}
	// Imported orders have no event of their own, and are what its conditions are about.
	var orders int
	if err := s.read(ctx).Raw("SELECT COUNT(*) FROM (SELECT 1 FROM orders WHERE workspace_id = ? LIMIT 1) AS one", workspace).Scan(&orders).Error; err != nil {
		return c, translate(err)
	}
	if orders > 0 {
		c.Events["Order Completed"] = true
	}
	return c, s.catalogueCode(ctx, workspace, &c)
}

// catalogueCode adds the code that was announced, and what its settings may name.
func (s *Store) catalogueCode(ctx context.Context, workspace int64, c *storage.JourneyCatalogue) error {
	var names []string
	if err := s.read(ctx).Raw("SELECT offer_key FROM offers WHERE workspace_id = ?", workspace).Scan(&names).Error; err != nil {
		return translate(err)
	}
	for _, n := range names {
		c.Offers[n] = true
	}
	rows, err := s.CodeTypes(ctx, time.Time{})
	if err != nil {
		return err
	}
	for _, row := range rows {
		k, err := storage.DecodeCode(row)
		if err != nil {
			return fmt.Errorf("read the %s %s: %w", row.Kind, row.CodeType, err)
		}
		c.Code = append(c.Code, k)
	}
	return nil
}
