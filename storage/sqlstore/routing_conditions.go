package sqlstore

import (
	"encoding/json"
	"strings"

	"sojourn/audience"
	"sojourn/audience/match"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// maxEntryKey keeps entry keys inside their VARBINARY(255).
const maxEntryKey = 255

// holds answers a condition over the event and its customer, as they are after the profile was merged and the event was
// counted. A condition that is not sound holds for nobody and leaves a decision: it was refused at publishing, so it can
// only come from a release that knew more, and it must not park people.
func (r *routing) holds(a *applied, cond *audience.Condition, run *models.Run) (bool, error) {
	if cond == nil {
		return true, nil
	}
	prepared, err := match.Prepare(*cond)
	if err != nil {
		r.decide(models.Decision{WorkspaceID: a.event.WorkspaceID, CustomerID: a.customer.ID, Kind: "condition", Outcome: "unsound", Reason: clip(err.Error(), 300)})
		return false, nil
	}
	needs := prepared.Expr().Needs()
	subject, err := storage.SubjectOf(a.customer)
	if err != nil {
		return false, err
	}
	event, err := storage.EventOf(a.event)
	if err != nil {
		return false, err
	}
	subject.Event = &event
	now := r.now.In(a.ws.zone)
	if err := r.s.fillSubject(r.tx, &subject, a.event.WorkspaceID, a.customer.ID, needs, now); err != nil {
		return false, err
	}
	if needs.Run && run != nil && run.ContextRevision > 0 {
		var latest models.RunContext
		if err := r.tx.Raw("SELECT data FROM run_contexts WHERE run_id = ? AND revision = ?", run.ID, run.ContextRevision).Scan(&latest).Error; err != nil {
			return false, err
		}
		if err := latest.Data.Into(&subject.Context); err != nil {
			return false, err
		}
	}
	return prepared.Holds(&subject, now), nil
}

// suits answers a condition that stands at the door of a journey, over the customer alone.
func (r *routing) suits(ws *workspaceView, cond *audience.Condition, c *models.Customer) (bool, error) {
	if cond == nil {
		return true, nil
	}
	prepared, err := match.Prepare(*cond)
	if err != nil {
		r.decide(models.Decision{WorkspaceID: c.WorkspaceID, CustomerID: c.ID, Kind: "condition", Outcome: "unsound", Reason: clip(err.Error(), 300)})
		return false, nil
	}
	subject, err := storage.SubjectOf(c)
	if err != nil {
		return false, err
	}
	now := r.now.In(ws.zone)
	if err := r.s.fillSubject(r.tx, &subject, c.WorkspaceID, c.ID, prepared.Expr().Needs(), now); err != nil {
		return false, err
	}
	return prepared.Holds(&subject, now), nil
}

// entryKey is whose run the event is about: the customer's, or the one of a property such as booking_id. ok is false
// when the event lacks that property.
func entryKey(doc *journey.Document, a *applied) (key string, ok bool) {
	return keyOf(doc, a.customer, a.data)
}

// keyOf is entryKey for data of any origin.
func keyOf(doc *journey.Document, customer *models.Customer, data map[string]json.RawMessage) (key string, ok bool) {
	if !keyed(doc) {
		return customer.ID.String(), true
	}
	t := aboutType(doc)
	if t == "" {
		return textOf(data[doc.Entry.Key])
	}
	// One run per object: an event names it by object_type and object_key, or by a property such as booking_id.
	if named, ok := textOf(data["object_type"]); ok && named != t {
		return "", false
	}
	for _, name := range []string{objectKeyProperty, t + "_id", t + "_key"} {
		if key, ok := textOf(data[name]); ok {
			return key, true
		}
	}
	return "", false
}

// textOf reads a text or number that is a key.
func textOf(raw json.RawMessage) (text string, ok bool) {
	if json.Unmarshal(raw, &text) != nil {
		var number json.Number
		if json.Unmarshal(raw, &number) != nil {
			return "", false
		}
		text = number.String()
	}
	text = strings.TrimSpace(text)
	return text, text != "" && len(text) <= maxEntryKey
}

// keyed reports that the runs of a journey are not one per customer but one per value of a property, or per object.
func keyed(doc *journey.Document) bool {
	return doc.Entry.Key != "" && doc.Entry.Key != journey.KeyCustomer || aboutType(doc) != ""
}
