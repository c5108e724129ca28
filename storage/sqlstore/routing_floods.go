package sqlstore

import (
	"context"
	"fmt"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// besideWindow is how many of the newest rows are looked at for events that are no part of a flood. A router asks many
// times a second, so that what comes in between two looks fits into it.
const besideWindow = 256

// FloodOf implements storage.Routing.
func (s *Store) FloodOf(ctx context.Context, rows []models.OutboxEntry) (storage.Flood, error) {
	if len(rows) == 0 {
		return storage.Flood{}, nil
	}
	events := make([]ids.ID, len(rows))
	for i, row := range rows {
		events[i] = row.EventID
	}
	var found []models.Event
	if err := s.read(ctx).Raw("SELECT id, workspace_id, name FROM events WHERE id IN ?", events).Scan(&found).Error; err != nil {
		return storage.Flood{}, fmt.Errorf("look for a flood: %w", translate(err))
	}
	type kind struct {
		workspace int64
		name      string
	}
	of := map[kind][]ids.ID{}
	for _, e := range found {
		of[kind{e.WorkspaceID, e.Name}] = append(of[kind{e.WorkspaceID, e.Name}], e.ID)
	}
	for k, those := range of {
		if len(those)*2 <= len(rows) {
			continue
		}
		flood := storage.Flood{WorkspaceID: k.workspace, Name: k.name, Events: make(map[ids.ID]bool, len(those))}
		for _, id := range those {
			flood.Events[id] = true
		}
		return flood, nil
	}
	return storage.Flood{}, nil
}

// EventsBeside implements storage.Routing. Order is owed per group only: a row that is the first of its group has nothing
// before it that it could overtake. What a merge has folded into the group is behind the row's barrier as ever.
func (s *Store) EventsBeside(ctx context.Context, partition int, after int64, flood storage.Flood, limit int) ([]models.OutboxEntry, error) {
	var rows []models.OutboxEntry
	_, err := each(ctx, s, `SELECT o.* FROM (SELECT * FROM outbox WHERE partition_no = ? AND id > ? ORDER BY id DESC LIMIT ?) o JOIN events e ON e.id = o.event_id
WHERE (e.workspace_id <> ? OR e.name <> ?) AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.grp = o.grp AND x.id < o.id) ORDER BY o.id LIMIT ?`,
		[]any{partition, after, besideWindow, flood.WorkspaceID, flood.Name, limit}, func(row *models.OutboxEntry) bool {
			rows = append(rows, *row)
			return true
		})
	if err != nil {
		return nil, fmt.Errorf("read what came beside a flood: %w", err)
	}
	return rows, nil
}
