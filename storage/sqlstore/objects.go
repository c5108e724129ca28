package sqlstore

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Objects = (*Store)(nil)

// Object implements storage.Objects.
func (s *Store) Object(ctx context.Context, workspace int64, objectType, key string) (models.Object, error) {
	var row models.Object
	err := s.read(ctx).Raw("SELECT * FROM objects WHERE workspace_id = ? AND object_type = ? AND object_key = ?", workspace, objectType, key).Take(&row).Error
	if err != nil {
		return row, fmt.Errorf("read object: %w", translate(err))
	}
	return row, nil
}

// CustomerObjects implements storage.Objects.
func (s *Store) CustomerObjects(ctx context.Context, workspace int64, customer ids.ID, limit int) ([]models.Object, error) {
	var rows []models.Object
	err := s.read(ctx).Raw("SELECT * FROM objects WHERE customer_id = ? AND workspace_id = ? ORDER BY object_type, updated_at DESC, id DESC LIMIT ?", customer, workspace, limit).
		Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list the objects of customer %s: %w", customer, translate(err))
	}
	return rows, nil
}

// newestObjects is how many objects of a type are looked at for the names of its dates.
const newestObjects = 50

// ObjectTypes implements storage.Objects.
func (s *Store) ObjectTypes(ctx context.Context, workspace int64) ([]storage.ObjectType, error) {
	var rows []struct {
		ObjectType string
		N          int64
	}
	db := s.read(ctx)
	if err := db.Raw("SELECT object_type, COUNT(*) AS n FROM objects WHERE workspace_id = ? GROUP BY object_type ORDER BY object_type", workspace).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list the types of objects: %w", translate(err))
	}
	out := make([]storage.ObjectType, len(rows))
	for i, r := range rows {
		out[i] = storage.ObjectType{Type: r.ObjectType, Objects: r.N}
		var newest []models.Object
		if err := db.Raw("SELECT data FROM objects WHERE workspace_id = ? AND object_type = ? ORDER BY object_key DESC LIMIT ?", workspace, r.ObjectType, newestObjects).
			Scan(&newest).Error; err != nil {
			return nil, fmt.Errorf("read objects of type %s: %w", r.ObjectType, translate(err))
		}
		names := map[string]bool{}
		for k := range newest {
			v, err := storage.ObjectView(&newest[k])
			if err != nil {
				return nil, fmt.Errorf("read an object of type %s: %w", r.ObjectType, err)
			}
			for name := range v.Dates {
				names[name] = true
			}
		}
		out[i].Dates = slices.Sorted(maps.Keys(names))
	}
	return out, nil
}
