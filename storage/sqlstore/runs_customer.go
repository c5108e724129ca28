package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
)

// SetAttributes implements storage.Runs.
func (s *Store) SetAttributes(ctx context.Context, workspace int64, customer ids.ID, set map[string]any, audit models.Decision) (changed bool, err error) {
	var lanes []int
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		changed, lanes = false, nil
		var row models.Customer
		if err := tx.Raw("SELECT id, attributes FROM customers WHERE id = ? AND workspace_id = ? AND erased_at IS NULL"+s.dialect.forUpdate(), customer, workspace).
			Take(&row).Error; err != nil {
			return err
		}
		var done int64
		if err := tx.Raw("SELECT COUNT(*) FROM decisions WHERE id = ?", audit.ID).Scan(&done).Error; err != nil || done > 0 {
			return err
		}
		merged, different, err := mergeAttributes(row.Attributes, set)
		if err != nil {
			return err
		}
		if different {
			changed = true
			if err := tx.Exec("UPDATE customers SET attributes = ?, updated_at = ? WHERE id = ?", merged, audit.At, customer).Error; err != nil {
				return err
			}
			if lanes, err = s.rearmNow(tx, workspace, customer, row.Attributes, merged, audit.At); err != nil {
				return err
			}
		} else {
			audit.Outcome = "unchanged"
		}
		return tx.Create(&audit).Error
	})
	if err != nil {
		return false, fmt.Errorf("set attributes of customer %s: %w", customer, err)
	}
	s.wakeLanes(lanes)
	return changed, nil
}

// mergeAttributes sets and removes (nil) attributes. Values are compared as JSON sees them.
func mergeAttributes(have models.JSON, set map[string]any) (models.JSON, bool, error) {
	attributes := map[string]any{}
	if err := have.Into(&attributes); err != nil {
		return nil, false, fmt.Errorf("the customer's attributes are unreadable: %w", err)
	}
	text, err := json.Marshal(set)
	if err != nil {
		return nil, false, fault.Wrap(fault.Invalid, err, "an attribute has a value that JSON can't hold")
	}
	var plain map[string]any
	if err := json.Unmarshal(text, &plain); err != nil {
		return nil, false, err
	}
	different := false
	for name, value := range plain {
		old, there := attributes[name]
		switch {
		case value == nil && there:
			delete(attributes, name)
			different = true
		case value != nil && (!there || !reflect.DeepEqual(old, value)):
			attributes[name] = value
			different = true
		}
	}
	return models.ToJSON(attributes), different, nil
}

// KeepDecision implements storage.Runs.
func (s *Store) KeepDecision(ctx context.Context, d models.Decision) error {
	// Nothing refers to a decision, so replacing the row is the same as updating it.
	err := s.read(ctx).Exec("REPLACE INTO decisions (id, workspace_id, customer_id, run_id, journey_id, send_id, step_id, kind, outcome, reason, detail, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		d.ID, d.WorkspaceID, d.CustomerID, d.RunID, d.JourneyID, d.SendID, d.StepID, d.Kind, d.Outcome, d.Reason, d.Detail, d.At).Error
	if err != nil {
		return fmt.Errorf("keep decision %s: %w", d.ID, translate(err))
	}
	return nil
}
