package sqlstore

import (
	"bytes"
	"cmp"
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
// Another time zone moves what is counted in it: any wait, and a message that rests until the night is over. Then the
// signal is about whatever the run waits for.
//
// The signal is owed by the document, not by where the run's row says that it stands: a run that reaches the wait at this
// very moment has not written its row yet. The machine ignores what is meant for a step where it is not.
func (s *Store) oweWaits(tx *gorm.DB, workspace int64, changed map[ids.ID][]string, now time.Time) ([]models.Dispatch, error) {
	var who []ids.ID
	for id, names := range changed {
		if len(names) > 0 {
			who = append(who, id)
		}
	}
	if len(who) == 0 {
		return nil, nil
	}
	var runs []models.Run
	if err := tx.Raw("SELECT id, version_id, customer_id, partition_no FROM runs WHERE customer_id IN ? AND state = ? ORDER BY id", who, models.RunOpen).Scan(&runs).Error; err != nil {
		return nil, err
	}
	var owed []models.Dispatch
	for _, run := range runs {
		p, err := s.document(tx, workspace, run.VersionID)
		if err != nil {
			return nil, err
		}
		for _, step := range rearmed(p.Document, changed[run.CustomerID]) {
			owed = append(owed, models.Dispatch{WorkspaceID: workspace, Partition: run.Partition, RunID: run.ID, Kind: storage.DispatchRetry, EventID: s.newID(), EventName: step, CreatedAt: models.At(now)})
		}
	}
	return owed, nil
}

// zoneChanged stands for the customer's time zone among the names that have changed. No attribute has that name; one called
// timezone is what somebody said that is no zone.
const zoneChanged = "\x00zone"

// rearmed lists the steps of a document that may end at another moment now; "" is any.
func rearmed(doc *journey.Document, changed []string) []string {
	if slices.Contains(changed, zoneChanged) && slices.ContainsFunc(doc.Steps, func(s journey.Step) bool { return livesThere(doc, &s) }) {
		return []string{""}
	}
	var steps []string
	for i := range doc.Steps {
		if waitsOn(&doc.Steps[i], changed) {
			steps = append(steps, doc.Steps[i].ID)
		}
	}
	return steps
}

// livesThere reports that a run which rests at the step may do so by the customer's own clock.
func livesThere(doc *journey.Document, step *journey.Step) bool {
	customers := func(setting string) bool {
		setting = cmp.Or(setting, doc.Timezone)
		return setting == "" || setting == journey.ZoneCustomer
	}
	switch w := step.Wait; {
	case step.Send != nil: // quiet hours are his
		return true
	case w == nil:
		return customers("") && (step.WaitFor != nil || step.Collect != nil || step.Task != nil)
	case w.BestHour != nil:
		return true
	case w.Date != nil:
		return customers(w.Date.Timezone)
	case w.Window != nil:
		return customers(w.Window.Timezone) || w.For != "" && customers("")
	case w.Until != nil:
		return customers(w.Until.Timezone) || w.For != "" && customers("")
	}
	return customers("")
}

// waitsOn reports that the end of the step's wait follows from one of the attributes.
func waitsOn(step *journey.Step, changed []string) bool {
	if step.Wait == nil || step.Wait.Date == nil || step.Wait.Date.Attribute == "" {
		return false
	}
	name := strings.TrimPrefix(step.Wait.Date.Attribute, "attributes.")
	first, _, _ := strings.Cut(name, ".")
	return slices.Contains(changed, name) || slices.Contains(changed, first)
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
	if before.Timezone != after.Timezone {
		names = append(names, zoneChanged)
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
	owed, err := r.s.oweWaits(r.tx, after.WorkspaceID, map[ids.ID][]string{after.ID: changedNames(before, after)}, r.now)
	r.dispatches = append(r.dispatches, owed...)
	return err
}

// rearmNow is rearm for a change that no event made. It returns the lanes that have work once the change is committed.
func (s *Store) rearmNow(tx *gorm.DB, workspace int64, customer ids.ID, before, after models.JSON, at models.Instant) (lanes []int, err error) {
	owed, err := s.oweWaits(tx, workspace, map[ids.ID][]string{customer: changedKeys(before, after)}, at.Time())
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
