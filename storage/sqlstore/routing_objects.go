package sqlstore

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sojourn/catalogue"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// objectKeyProperty names the key of an object in the events that objects make.
const objectKeyProperty = "object_key"

// tellsOfObject reports that a source tells us of an object.
func tellsOfObject(a *applied) bool {
	if a.event.Type != "track" || a.event.SourceID == storage.SourceInternal {
		return false
	}
	switch a.event.Name {
	case catalogue.EventChanged, catalogue.EventCreated, catalogue.EventCancelled:
		return a.data["object_type"] != nil || a.data[objectKeyProperty] != nil
	}
	return false
}

// object folds the event into its object and returns what journeys hear of: events of our own with the whole object, so
// that a repetition, an old fact and a change of nothing move nobody.
func (r *routing) object(a *applied) ([]*applied, error) {
	change, unusable, err := catalogue.ParseChange(a.data)
	if err != nil {
		r.noteObject(a, "unusable", err.Error(), nil)
		return nil, nil
	}
	if a.event.Name == catalogue.EventCancelled && change.Status == nil {
		status := catalogue.Cancelled
		change.Status = &status
	}
	row, before, err := r.lockObject(a, change)
	if err != nil {
		return nil, err
	}
	known := !row.ID.IsZero()
	if known && row.CustomerID != a.customer.ID {
		r.noteObject(a, "other_customer", change.Type, map[string]any{"object": row.ID})
		return nil, nil
	}
	after, changed, left := before.Merge(change, int64(a.event.OccurredAt), a.ws.zone)
	if bad := append(unusable, left...); len(bad) > 0 {
		r.noteObject(a, "unusable", clip(bad[0], 200), map[string]any{"fields": len(bad)})
	}
	if err := r.writeObject(a, &row, after, known, len(changed) > 0); err != nil {
		return nil, err
	}
	if a.event.Backfill {
		return nil, nil
	}
	var told []*applied
	for _, name := range catalogue.Facts(before.Object, after.Object, known, changed) {
		fact, err := r.objectFact(a, name, after.Object, changed)
		if err != nil {
			return nil, err
		}
		told = append(told, fact)
	}
	return told, nil
}

func (r *routing) noteObject(a *applied, outcome, reason string, detail map[string]any) {
	if detail == nil {
		detail = map[string]any{}
	}
	detail["event"] = a.event.ID
	r.decide(models.Decision{WorkspaceID: a.event.WorkspaceID, CustomerID: a.customer.ID, Kind: "object", Outcome: outcome, Reason: clip(reason, 300), Detail: models.ToJSON(detail)})
}

// lockObject reads the object under its lock; a zero id means that it is new.
func (r *routing) lockObject(a *applied, c catalogue.Change) (row models.Object, state catalogue.State, err error) {
	found := r.tx.Raw("SELECT * FROM objects WHERE workspace_id = ? AND object_type = ? AND object_key = ?"+r.s.dialect.forUpdate(), a.event.WorkspaceID, c.Type, c.Key).Scan(&row)
	if found.Error != nil || found.RowsAffected == 0 {
		return row, state, found.Error
	}
	if err := row.Data.Into(&state.Object); err != nil {
		return row, state, err
	}
	return row, state, row.Stamps.Into(&state.Stamps)
}

// writeObject writes the state. Stamps move on although nothing else does: an older fact must not come back later.
func (r *routing) writeObject(a *applied, row *models.Object, s catalogue.State, known, changed bool) error {
	row.Status, row.Product, row.Data, row.Stamps = s.Status, s.Product, models.ToJSON(s.Object), models.ToJSON(s.Stamps)
	row.OccurredAt = max(row.OccurredAt, a.event.OccurredAt)
	if known {
		if changed {
			row.Revision, row.UpdatedAt = row.Revision+1, models.At(r.now)
		}
		return r.tx.Exec("UPDATE objects SET status = ?, product = ?, data = ?, stamps = ?, revision = ?, occurred_at = ?, updated_at = ? WHERE id = ?",
			row.Status, row.Product, row.Data, row.Stamps, row.Revision, row.OccurredAt, row.UpdatedAt, row.ID).Error
	}
	row.ID, row.WorkspaceID, row.CustomerID = r.s.newID(), a.event.WorkspaceID, a.customer.ID
	row.ObjectType, row.ObjectKey, row.Revision = s.Type, s.Key, 1
	row.CreatedAt, row.UpdatedAt = models.At(r.now), models.At(r.now)
	err := r.tx.Create(row).Error
	if isDuplicate(err) {
		return errAgain // somebody else's event made it at this very moment
	}
	return err
}

// objectFact stores an event that an object makes. It is routed here and now, so it needs no place in the outbox; the
// event that caused it is what makes it one.
func (r *routing) objectFact(a *applied, name string, o catalogue.Object, changed []string) (*applied, error) {
	data := map[string]any{
		"object_type": o.Type, objectKeyProperty: o.Key, o.Type + "_id": o.Key, "status": o.Status, "dates": o.Dates, "days": o.Days, "properties": o.Properties, "changed": changed,
	}
	if o.Product != "" {
		data["product"] = o.Product
	}
	e := *a.event
	e.ID, e.SourceID, e.MessageID, e.Type, e.Name = r.s.newID(), storage.SourceInternal, a.event.ID.String()+"/"+name, "track", name
	e.ContentHash = sha256.Sum256([]byte(e.MessageID))
	e.PreviousID, e.GroupID, e.Data, e.Context, e.Conflicts = "", "", models.ToJSON(data), nil, 0
	if err := r.tx.Create(&e).Error; err != nil {
		return nil, err
	}
	fact := *a
	fact.event, fact.object, fact.order = &e, &o, nil
	fact.data = nil
	return &fact, e.Data.Into(&fact.data)
}

// objectContext is what a run that is about the object knows of it.
func objectContext(o *catalogue.Object) models.JSON {
	return models.ToJSON(map[string]any{"object": o})
}

// withObject adds the object that a run with this key will be about to the data it begins with, when the customer has it:
// somebody may enter by another event than the object's own, by a call, or by hand.
func (r *routing) withObject(doc *journey.Document, c *models.Customer, key string, data models.JSON) (models.JSON, error) {
	if !keyed(doc) {
		return data, nil
	}
	values := map[string]json.RawMessage{}
	if err := data.Into(&values); err != nil {
		return data, err
	}
	kind := aboutType(doc)
	if t, named := strings.CutSuffix(doc.Entry.Key, "_id"); kind == "" && named {
		kind = t
	}
	if kind == "" && doc.Entry.Key == objectKeyProperty {
		kind, _ = textOf(values["object_type"]) // without it the key alone has to tell
	} else if kind == "" {
		return data, nil
	}
	var found []models.Object
	if err := r.tx.Raw("SELECT * FROM objects WHERE customer_id = ? AND workspace_id = ? AND object_key = ? AND (object_type = ? OR ? = '') LIMIT 2", c.ID, c.WorkspaceID, key, kind, kind).
		Scan(&found).Error; err != nil || len(found) != 1 {
		return data, err
	}
	o, err := storage.ObjectView(&found[0])
	if err != nil {
		return data, fmt.Errorf("object %s: %w", found[0].ID, err)
	}
	values["object"] = json.RawMessage(models.ToJSON(&o))
	return models.ToJSON(values), nil
}

// aboutType is the type of object of which each one has a run of its own in this journey, "" when it is another key.
func aboutType(doc *journey.Document) string {
	if d := doc.Entry.Date; doc.Entry.Kind == journey.EntryDate && d != nil {
		return d.Object
	}
	return ""
}

// about reports that a run with this entry key is about the object: the journey's date entry names its type, or its key
// property is the object's key (object_key, or for example booking_id).
func (r *routing) about(doc *journey.Document, run *models.Run, o *catalogue.Object) (bool, error) {
	if o == nil || run.EntryKey != o.Key {
		return false, nil
	}
	switch {
	case aboutType(doc) != "":
		return aboutType(doc) == o.Type, nil
	case doc.Entry.Key == o.Type+"_id":
		return true, nil
	case doc.Entry.Key != objectKeyProperty:
		return false, nil
	}
	data, err := r.contextOf(run) // another type of object may use the same key
	if err != nil {
		return false, err
	}
	var mine catalogue.Object
	if raw, there := data["object"]; there && json.Unmarshal(raw, &mine) == nil && mine.Type != "" {
		return mine.Type == o.Type, nil
	}
	return true, nil
}

// contextOf is the newest context of a run.
func (r *routing) contextOf(run *models.Run) (map[string]json.RawMessage, error) {
	data := map[string]json.RawMessage{}
	if run.ContextRevision == 0 {
		return data, nil
	}
	var latest models.RunContext
	if err := r.tx.Raw("SELECT data FROM run_contexts WHERE run_id = ? AND revision = ?", run.ID, run.ContextRevision).Scan(&latest).Error; err != nil {
		return nil, err
	}
	return data, latest.Data.Into(&data)
}

// revise writes the next revision of a run's context: what was known, with the given values over it; null removes.
func (r *routing) revise(a *applied, run *models.Run, with map[string]json.RawMessage) (int, error) {
	// The run's own row decides the number; its workflow may be persisting progress at this moment.
	if err := r.tx.Raw("SELECT context_revision FROM runs WHERE id = ?"+r.s.dialect.forUpdate(), run.ID).Scan(&run.ContextRevision).Error; err != nil {
		return 0, err
	}
	data, err := r.contextOf(run)
	if err != nil {
		return 0, err
	}
	maps.Copy(data, with)
	maps.DeleteFunc(data, func(_ string, v json.RawMessage) bool { return string(v) == "null" })
	next := models.RunContext{RunID: run.ID, Revision: run.ContextRevision + 1, WorkspaceID: run.WorkspaceID, Data: models.ToJSON(data), EventID: a.event.ID, CreatedAt: models.At(r.now)}
	if err := r.tx.Create(&next).Error; err != nil {
		return 0, err
	}
	run.ContextRevision = next.Revision
	return next.Revision, r.tx.Exec("UPDATE runs SET context_revision = ? WHERE id = ?", next.Revision, run.ID).Error
}

// listens reports that an open run may be concerned by the event: its document says so, or the run is about the object.
func (r *routing) listens(a *applied, run *models.Run, doc *journey.Document) (about, yes bool, err error) {
	if about, err = r.about(doc, run, a.object); err != nil || about {
		return about, about, err
	}
	return false, slices.Contains(doc.Listens(), a.event.Name), nil
}
