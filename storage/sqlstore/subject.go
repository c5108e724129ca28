package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/audience"
	"sojourn/audience/match"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Subjects = (*Store)(nil)

// LoadSubject implements storage.Subjects.
func (s *Store) LoadSubject(ctx context.Context, workspace int64, customer ids.ID, needs audience.Needs, now time.Time) (match.Subject, error) {
	db := s.read(ctx)
	var row models.Customer
	if err := db.Raw("SELECT * FROM customers WHERE workspace_id = ? AND id = ? AND erased_at IS NULL AND merged_into IS NULL", workspace, customer).
		Take(&row).Error; err != nil {
		return match.Subject{}, fmt.Errorf("load customer %s for a condition: %w", customer, translate(err))
	}
	subject, err := storage.SubjectOf(&row)
	if err == nil {
		err = s.fillSubject(db, &subject, workspace, customer, needs, now)
	}
	if err != nil {
		return match.Subject{}, fmt.Errorf("load customer %s for a condition: %w", customer, translate(err))
	}
	return subject, nil
}

// fillSubject adds what the conditions need to a subject whose customer is loaded already, inside or outside of a
// transaction.
func (s *Store) fillSubject(db *gorm.DB, subject *match.Subject, workspace int64, customer ids.ID, needs audience.Needs, now time.Time) error {
	if needs.Metrics {
		var m models.CustomerMetrics
		got := db.Raw("SELECT * FROM customer_metrics WHERE customer_id = ? AND workspace_id = ?", customer, workspace).Scan(&m)
		if got.Error != nil {
			return got.Error
		}
		if got.RowsAffected > 0 {
			subject.Metrics = storage.MetricsOf(&m)
		}
	}
	if needs.Permissions {
		if err := db.Raw("SELECT channel, purpose, state FROM permissions WHERE customer_id = ? AND workspace_id = ?", customer, workspace).
			Scan(&subject.Permissions).Error; err != nil {
			return err
		}
	}
	if needs.Members {
		if err := db.Raw("SELECT a.audience_key FROM audience_members m JOIN audiences a ON a.id = m.audience_id WHERE m.customer_id = ? AND a.workspace_id = ?", customer, workspace).
			Scan(&subject.Audiences).Error; err != nil {
			return err
		}
	}
	if len(needs.Objects) > 0 {
		var rows []models.Object
		if err := db.Raw("SELECT object_type, data FROM objects WHERE customer_id = ? AND workspace_id = ? AND object_type IN ?", customer, workspace, needs.Objects).
			Scan(&rows).Error; err != nil {
			return err
		}
		for i := range rows {
			o := match.Object{Type: rows[i].ObjectType}
			if err := rows[i].Data.Into(&o.Data); err != nil {
				return err
			}
			subject.Objects = append(subject.Objects, o)
		}
	}
	if len(needs.Events) > 0 {
		return s.fillEvents(db, subject, workspace, customer, needs.Events, now)
	}
	return nil
}

// fillEvents loads the events of all names in one statement, each as far back as it is looked at.
func (s *Store) fillEvents(db *gorm.DB, subject *match.Subject, workspace int64, customer ids.ID, needs []audience.EventNeed, now time.Time) error {
	var parts []string
	var args []any
	for _, n := range needs {
		data := "'{}'"
		if n.Data {
			data = "data"
		}
		q := "SELECT id, name, occurred_at, " + data + " AS data FROM events WHERE customer_id = ? AND name = ? AND occurred_at <= ? AND workspace_id = ?"
		args = append(args, customer, n.Name, now.UnixMicro(), workspace)
		if !n.Within.IsZero() {
			q += " AND occurred_at >= ?"
			args = append(args, n.Within.Neg().From(now).UnixMicro())
		}
		parts = append(parts, q)
	}
	var rows []models.Event
	if err := db.Raw(strings.Join(parts, " UNION ALL "), args...).Scan(&rows).Error; err != nil {
		return err
	}
	subject.Events = make([]match.Event, len(rows))
	for i := range rows {
		e, err := storage.EventOf(&rows[i])
		if err != nil {
			return fmt.Errorf("event %s: %w", rows[i].ID, err)
		}
		subject.Events[i] = e
	}
	match.SortEvents(subject.Events)
	return nil
}
