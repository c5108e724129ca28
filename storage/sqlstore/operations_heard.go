package sqlstore

import (
	"encoding/json"
	"slices"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// heardMost bounds what a run that moves is told of its past.
const heardMost = 1000

// hear notes, for a run that goes to another version, the customer's events since its start for which only that version
// waits. The router noted those of the old version when they came; a wait of the new one that looks back finds both.
func (s *Store) hear(tx *gorm.DB, run models.Run, version ids.ID) error {
	from, err := s.document(tx, run.WorkspaceID, run.VersionID)
	if err != nil {
		return err
	}
	to, err := s.document(tx, run.WorkspaceID, version)
	if err != nil {
		return err
	}
	names := slices.DeleteFunc(to.Document.Listens(), func(name string) bool { return awaits(from.Document, name) || !awaits(to.Document, name) })
	if len(names) == 0 {
		return nil
	}
	var events []models.Event
	if err := tx.Raw(`SELECT id, source_id, name, data, context FROM events WHERE customer_id = ? AND workspace_id = ? AND name IN ? AND occurred_at >= (SELECT started_at FROM runs WHERE id = ?)
AND routed_at IS NOT NULL AND backfill = 0 ORDER BY occurred_at, id LIMIT ?`, run.CustomerID, run.WorkspaceID, names, run.ID, heardMost).Scan(&events).Error; err != nil {
		return err
	}
	for i := range events {
		e := &events[i]
		if e.SourceID == storage.SourceInternal {
			var about runContext
			if err := e.Context.Into(&about); err != nil || !about.Sojourn.Run.IsZero() && about.Sojourn.Run != run.ID {
				continue
			}
		}
		var data map[string]json.RawMessage
		if err := e.Data.Into(&data); err != nil {
			continue
		}
		if key, ok := keyOf(to.Document, &models.Customer{ID: run.CustomerID}, data); keyed(to.Document) && (!ok || key != run.EntryKey) {
			continue
		}
		if err := tx.Exec("INSERT INTO run_events (workspace_id, run_id, event_id) VALUES (?, ?, ?) "+s.dialect.ignoreDuplicate("run_id, event_id"), run.WorkspaceID, run.ID, e.ID).Error; err != nil {
			return err
		}
	}
	return nil
}
