package sqlstore

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// A wait for a date of the customer is looked at once more when its moment comes, which is enough for a date that was
// moved later. One that was moved earlier would be slept over, so whoever changes a profile owes the open runs that may
// wait for it a signal to find the end of the wait again. A signal rather than a look at intervals: it costs nothing while
// nothing changes, where a look a day would wake every sleeping run for years.
//
// The signal is owed by the document, not by where the run's row says that it stands: a run that reaches the wait at this
// very moment has not written its row yet. The machine ignores what is meant for a step where it is not.
func (s *Store) oweWaits(tx *gorm.DB, workspace int64, customer ids.ID, changed []string, now time.Time) ([]models.Dispatch, error) {
	if len(changed) == 0 {
		return nil, nil
	}
	var runs []models.Run
	if err := tx.Raw("SELECT id, version_id, partition_no FROM runs WHERE customer_id = ? AND state = ? ORDER BY id", customer, models.RunOpen).Scan(&runs).Error; err != nil {
		return nil, err
	}
	var owed []models.Dispatch
	for _, run := range runs {
		p, err := s.document(tx, workspace, run.VersionID)
		if err != nil {
			return nil, err
		}
		for _, step := range p.Document.Steps {
			if waitsOn(&step, changed) {
				owed = append(owed, models.Dispatch{WorkspaceID: workspace, Partition: run.Partition, RunID: run.ID, Kind: storage.DispatchRetry, EventID: s.newID(), EventName: step.ID, CreatedAt: models.At(now)})
			}
		}
	}
	return owed, nil
}

// waitsOn reports that the end of the step's wait follows from one of the attributes.
func waitsOn(step *journey.Step, changed []string) bool {
	return step.Wait != nil && step.Wait.Date != nil && step.Wait.Date.Attribute != "" &&
		slices.Contains(changed, strings.TrimPrefix(step.Wait.Date.Attribute, "attributes."))
}

// changedNames are the fields with a date in them, and the attributes, that differ between two states of a profile.
func changedNames(before, after *models.Customer) []string {
	var names []string
	if before.Birthday != after.Birthday {
		names = append(names, "birthday")
	}
	if before.CreatedAt != after.CreatedAt {
		names = append(names, "created_at")
	}
	if !bytes.Equal(before.Attributes, after.Attributes) {
		names = append(names, changedKeys(before.Attributes, after.Attributes)...)
	}
	return names
}

func changedKeys(before, after models.JSON) []string {
	old, now := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	_, _ = before.Into(&old), after.Into(&now) // our own columns: objects
	var names []string
	for name, v := range now {
		if !bytes.Equal(old[name], v) {
			names = append(names, name)
		}
	}
	for name := range old {
		if _, there := now[name]; !there {
			names = append(names, name)
		}
	}
	return names
}

// rearm owes the runs of a customer whose profile an event has changed.
func (r *routing) rearm(before, after *models.Customer) error {
	owed, err := r.s.oweWaits(r.tx, after.WorkspaceID, after.ID, changedNames(before, after), r.now)
	r.dispatches = append(r.dispatches, owed...)
	return err
}

// rearmNow is rearm for a change that no event made. It returns the lanes that have work once the change is committed.
func (s *Store) rearmNow(tx *gorm.DB, workspace int64, customer ids.ID, before, after models.JSON, at models.Instant) (lanes []int, err error) {
	owed, err := s.oweWaits(tx, workspace, customer, changedKeys(before, after), at.Time())
	if err != nil || len(owed) == 0 {
		return nil, err
	}
	for _, d := range owed {
		lanes = append(lanes, d.Partition)
	}
	return lanes, tx.Create(&owed).Error
}

func (s *Store) wakeLanes(lanes []int) {
	for _, lane := range lanes {
		s.wake.Wake(storage.DispatchLane(lane))
	}
}
