package adminapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"sojourn/catalogue"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// shownObjects is how many objects a customer's page shows.
const shownObjects = 100

func (a *API) customerObjects(ctx context.Context, ws int64, customer ids.ID) ([]ObjectDetail, error) {
	rows, err := a.deps.Store.CustomerObjects(ctx, ws, customer, shownObjects)
	out := make([]ObjectDetail, 0, len(rows))
	for i := range rows {
		o, err := objectOf(&rows[i])
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, err
}

func objectOf(row *models.Object) (ObjectDetail, error) {
	v, err := storage.ObjectView(row)
	if err != nil {
		return ObjectDetail{}, fmt.Errorf("read object %s: %w", row.ID, err)
	}
	o := ObjectDetail{Type: row.ObjectType, Key: row.ObjectKey, Status: row.Status, Product: row.Product, Dates: map[string]string{}, Properties: map[string]any{},
		Revision: row.Revision, CreatedAt: row.CreatedAt.Time(), UpdatedAt: row.UpdatedAt.Time()}
	for name, date := range v.Dates {
		o.Dates[name] = date
	}
	for name, raw := range v.Properties {
		var value any
		if err := json.Unmarshal(raw, &value); err != nil {
			return ObjectDetail{}, fmt.Errorf("read property %q of object %s: %w", name, row.ID, err)
		}
		o.Properties[name] = value
	}
	return o, nil
}

// objectSentence tells in words what an event says about an object; "" when it is about none.
func objectSentence(e models.Event) string {
	verb := map[string]string{catalogue.EventCreated: "is known", catalogue.EventChanged: "changed", catalogue.EventCancelled: "was cancelled"}[e.Name]
	var data struct {
		Type    string          `json:"object_type"`
		Key     json.RawMessage `json:"object_key"` // a text, or a number of a source
		Status  string          `json:"status"`
		Changed []string        `json:"changed"` // of our own events
	}
	if verb == "" || e.Data.Into(&data) != nil || data.Type == "" || len(data.Key) == 0 {
		return ""
	}
	kind := strings.ToUpper(data.Type[:1]) + data.Type[1:]
	said := fmt.Sprintf("%s %s %s", kind, strings.Trim(string(data.Key), `"`), verb)
	if e.SourceID != storage.SourceInternal {
		return fmt.Sprintf("A source told of %s %s", data.Type, strings.Trim(string(data.Key), `"`))
	}
	if e.Name != catalogue.EventChanged || len(data.Changed) == 0 {
		return said
	}
	var what []string
	for _, field := range data.Changed {
		if field == "status" && data.Status != "" {
			field = "status is now " + data.Status
		}
		what = append(what, strings.TrimPrefix(strings.TrimPrefix(field, "dates."), "properties."))
	}
	if more := len(what) - 4; more > 0 {
		what = append(what[:4], fmt.Sprintf("%d more", more))
	}
	return said + ": " + strings.Join(what, ", ")
}
