package sqlstore

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Steps = (*Store)(nil)

// RecordedDecision implements storage.Steps.
func (s *Store) RecordedDecision(ctx context.Context, workspace int64, id ids.ID) (models.Decision, bool, error) {
	d, found, err := recorded(s.read(ctx), workspace, id)
	return d, found, translate(err)
}

func recorded(tx *gorm.DB, workspace int64, id ids.ID) (d models.Decision, found bool, err error) {
	done := tx.Raw("SELECT * FROM decisions WHERE id = ? AND workspace_id = ?", id, workspace).Scan(&d)
	return d, done.RowsAffected > 0, done.Error
}

// once runs an effect in one transaction with the decision that records it. The effect may change the decision; when it
// is there already, nothing is done.
func (s *Store) once(ctx context.Context, d models.Decision, effect func(tx *gorm.DB, d *models.Decision) error) (models.Decision, error) {
	var out models.Decision
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		have, found, err := recorded(tx, d.WorkspaceID, d.ID)
		if err != nil || found {
			out = have
			return err
		}
		out = d
		if err := effect(tx, &out); err != nil {
			return err
		}
		err = tx.Create(&out).Error
		if isDuplicate(err) {
			return errAgain // the same step at the same time elsewhere: its record is there now
		}
		return err
	})
	return out, err
}

// noted adds a value to a decision's detail.
func noted(d *models.Decision, name string, value any) error {
	detail := map[string]any{}
	if err := d.Detail.Into(&detail); err != nil {
		return err
	}
	detail[name] = value
	d.Detail = models.ToJSON(detail)
	return nil
}

// ChangeCustomer implements storage.Steps.
func (s *Store) ChangeCustomer(ctx context.Context, workspace int64, customer ids.ID, c storage.CustomerChange, d models.Decision) (models.Decision, error) {
	d.WorkspaceID = workspace
	var lanes []int
	out, err := s.once(ctx, d, func(tx *gorm.DB, d *models.Decision) error {
		lanes = nil
		var row models.Customer
		if err := tx.Raw("SELECT id, attributes, restricted FROM customers WHERE id = ? AND workspace_id = ? AND erased_at IS NULL"+s.dialect.forUpdate(), customer, workspace).
			Take(&row).Error; err != nil {
			return err
		}
		merged, changed, err := changedAttributes(row.Attributes, c)
		if err != nil {
			return err
		}
		if changed {
			if err := tx.Exec("UPDATE customers SET attributes = ?, updated_at = ? WHERE id = ?", merged, d.At, customer).Error; err != nil {
				return err
			}
			if lanes, err = s.rearmNow(tx, workspace, customer, row.Attributes, merged, d.At); err != nil {
				return err
			}
		}
		for _, key := range c.Join {
			if row.Restricted {
				break // stored only: a member of nothing
			}
			n, err := s.join(tx, workspace, key, []ids.ID{customer}, d.At)
			if fault.Is(err, fault.Conflict) { // somebody made an audience of that name since: the run goes on
				if err := noted(d, "not_a_list", key); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			changed = changed || n > 0
		}
		for _, key := range c.Leave {
			done := tx.Exec("DELETE FROM audience_members WHERE customer_id = ? AND audience_id IN (SELECT id FROM audiences WHERE workspace_id = ? AND audience_key = ? AND kind = ?)",
				customer, workspace, key, storage.AudienceList)
			if done.Error != nil {
				return done.Error
			}
			changed = changed || done.RowsAffected > 0
		}
		for _, topic := range c.Unsubscribe {
			changed = true
			if err := s.recordConsent(tx, storage.ConsentRecord{Workspace: workspace, Customer: customer, Actor: cmp.Or(c.Source, "journey"),
				Proof: map[string]any{"run": d.RunID.String(), "step": d.StepID},
				Entry: consent.Entry{Channel: consent.Any, Purpose: topic, State: consent.Withdrawn, Basis: consent.BasisUnknown, Source: cmp.Or(c.Source, "journey"), SourceKind: consent.List,
					OccurredAt: d.At.Time(), RecordedAt: d.At.Time()}}); err != nil {
				return err
			}
		}
		if !changed {
			d.Outcome = "unchanged"
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("change customer %s: %w", customer, err)
	}
	s.wakeLanes(lanes)
	return out, nil
}

// changedAttributes sets, removes and adds.
func changedAttributes(have models.JSON, c storage.CustomerChange) (models.JSON, bool, error) {
	set := make(map[string]any, len(c.Set)+len(c.Add))
	for k, v := range c.Set {
		set[k] = v
	}
	now := map[string]any{}
	if err := have.Into(&now); err != nil {
		return nil, false, fmt.Errorf("the customer's attributes are unreadable: %w", err)
	}
	for k, v := range c.Add {
		switch old := now[k].(type) {
		case nil:
			set[k] = v
		case float64:
			set[k] = old + v
		}
	}
	return mergeAttributes(have, set)
}

// ReviseContext implements storage.Steps.
func (s *Store) ReviseContext(ctx context.Context, workspace int64, run ids.ID, set map[string]any, d models.Decision) (models.Decision, int, error) {
	d.WorkspaceID = workspace
	out, err := s.once(ctx, d, func(tx *gorm.DB, d *models.Decision) error {
		revision, err := s.revise(tx, workspace, run, set, d.At)
		if err != nil {
			return err
		}
		return noted(d, "revision", revision)
	})
	if err != nil {
		return out, 0, fmt.Errorf("revise the context of run %s: %w", run, err)
	}
	var detail struct{ Revision int }
	err = out.Detail.Into(&detail)
	return out, detail.Revision, err
}

// revise writes the next revision under the lock of the run's row: its workflow and the router may do the same.
func (s *Store) revise(tx *gorm.DB, workspace int64, run ids.ID, set map[string]any, at models.Instant) (int, error) {
	var row models.Run
	if err := tx.Raw("SELECT id, context_revision FROM runs WHERE id = ? AND workspace_id = ?"+s.dialect.forUpdate(), run, workspace).Take(&row).Error; err != nil {
		return 0, err
	}
	var before models.RunContext
	if err := tx.Raw("SELECT data FROM run_contexts WHERE run_id = ? AND revision = ?", run, row.ContextRevision).Scan(&before).Error; err != nil {
		return 0, err
	}
	data := map[string]json.RawMessage{}
	if err := before.Data.Into(&data); err != nil {
		return 0, err
	}
	for name, v := range set {
		if v == nil {
			delete(data, name)
			continue
		}
		text, err := json.Marshal(v)
		if err != nil {
			return 0, fault.Wrap(fault.Invalid, err, "%s has a value that JSON can't hold", name)
		}
		data[name] = text
	}
	// Revision 1 is what the run was entered with, also when that was nothing.
	next := models.RunContext{RunID: run, Revision: max(row.ContextRevision, 1) + 1, WorkspaceID: workspace, Data: models.ToJSON(data), CreatedAt: at}
	if err := tx.Create(&next).Error; err != nil {
		return 0, err
	}
	return next.Revision, tx.Exec("UPDATE runs SET context_revision = ? WHERE id = ?", next.Revision, run).Error
}

// CreateTask implements storage.Steps.
func (s *Store) CreateTask(ctx context.Context, t models.Task, d models.Decision) (models.Decision, error) {
	d.WorkspaceID = t.WorkspaceID
	out, err := s.once(ctx, d, func(tx *gorm.DB, d *models.Decision) error {
		if t.ID.IsZero() {
			t.ID = s.newID()
		}
		if err := tx.Create(&t).Error; err != nil {
			return err
		}
		return noted(d, "task", t.ID.String())
	})
	if err != nil {
		return out, fmt.Errorf("create a task for run %s: %w", d.RunID, err)
	}
	return out, nil
}

// endSteps closes what a run that ends has opened: its tasks, and offers that nobody was shown.
func (s *Store) endSteps(tx *gorm.DB, run ids.ID, now time.Time) error {
	var open struct{ Tasks, Claims int }
	if err := tx.Raw("SELECT (SELECT COUNT(*) FROM tasks WHERE run_id = ? AND state = ?) AS tasks, (SELECT COUNT(*) FROM offer_claims WHERE run_id = ? AND state = ?) AS claims",
		run, storage.TaskOpen, run, storage.ClaimReserved).Scan(&open).Error; err != nil {
		return err
	}
	if open.Tasks > 0 {
		if err := tx.Exec("UPDATE tasks SET state = ?, closed_at = ? WHERE run_id = ? AND state = ?", storage.TaskCancelled, models.At(now), run, storage.TaskOpen).Error; err != nil {
			return err
		}
	}
	if open.Claims == 0 {
		return nil
	}
	var claims []ids.ID
	if err := tx.Raw("SELECT id FROM offer_claims WHERE run_id = ? AND state = ? ORDER BY offer_id, id", run, storage.ClaimReserved).Scan(&claims).Error; err != nil {
		return err
	}
	for _, id := range claims {
		if _, err := s.releaseClaim(tx, id, storage.ReleaseRunEnded, now); err != nil {
			return err
		}
	}
	return nil
}
