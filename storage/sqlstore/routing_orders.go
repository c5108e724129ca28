package sqlstore

import (
	"encoding/json"
	"errors"
	"strings"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
)

// Event names with an effect of their own.
const (
	eventOrder     = "Order Completed"
	eventGranted   = "Consent Granted"
	eventWithdrawn = "Consent Withdrawn"
)

// maxOrderKey is the width of orders.order_key.
const maxOrderKey = 191

// measure keeps orders and the metrics of the customer.
func (r *routing) measure(a *applied) error {
	if a.event.Type == "track" && a.event.Name == eventOrder {
		if err := r.recordOrder(a); err != nil {
			return err
		}
	}
	return r.s.countEvent(r.tx, a.ws, a.event, a.order, r.now)
}

// recordOrder writes the order of an "Order Completed" once: the key is the shop's order id, so the same order told
// twice, by another source or by an import, stays one. An amount that can't be read is no reason to lose the order.
func (r *routing) recordOrder(a *applied) error {
	var in struct {
		OrderID    any         `json:"order_id"`
		Total      json.Number `json:"total"`
		Revenue    json.Number `json:"revenue"`
		TotalMinor json.Number `json:"total_minor"`
		Currency   string      `json:"currency"`
		Products   []struct {
			Quantity json.Number `json:"quantity"`
		} `json:"products"`
	}
	dec := json.NewDecoder(strings.NewReader(string(a.event.Data)))
	dec.UseNumber()
	var odd string
	if err := dec.Decode(&in); err != nil {
		odd = "the order's properties have another type than the specification says"
	}
	key := ""
	switch id := in.OrderID.(type) {
	case string:
		key = strings.TrimSpace(id)
	case json.Number:
		key = id.String()
	}
	if key == "" || len(key) > maxOrderKey {
		key = "event:" + a.event.ID.String()
	}
	currency, ok := ingest.Currency(in.Currency)
	if !ok {
		currency = a.ws.Currency
	}
	value, ok := orderValue(in.TotalMinor, in.Total, in.Revenue, currency)
	if !ok {
		odd = "the order has no amount that can be read; counted with 0"
	}
	items := 0
	for _, p := range in.Products {
		n, err := p.Quantity.Int64()
		if err != nil || n < 1 || n > 1_000_000 {
			n = 1
		}
		items += int(n)
	}
	order := models.Order{
		ID: r.s.newID(), WorkspaceID: a.event.WorkspaceID, OrderKey: key, CustomerID: a.customer.ID, PlacedAt: a.event.OccurredAt,
		ValueMinor: value, Currency: currency, Items: items, Status: "completed", Source: a.event.SourceID, EventID: a.event.ID, CreatedAt: models.At(r.now),
	}
	made := r.tx.Exec(`INSERT INTO orders (id, workspace_id, order_key, customer_id, placed_at, value_minor, currency, items, status, source, event_id, created_at)
SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM orders WHERE workspace_id = ? AND order_key = ?)`,
		order.ID, order.WorkspaceID, order.OrderKey, order.CustomerID, order.PlacedAt, order.ValueMinor, order.Currency, order.Items, order.Status, order.Source,
		order.EventID, order.CreatedAt, order.WorkspaceID, order.OrderKey)
	if isDuplicate(made.Error) {
		return errAgain // somebody else wrote it at this very moment
	}
	if made.Error != nil {
		return made.Error
	}
	if made.RowsAffected > 0 {
		a.order = &order
	}
	if odd != "" {
		r.decide(models.Decision{WorkspaceID: order.WorkspaceID, CustomerID: a.customer.ID, Kind: "order", Outcome: "unusable", Reason: odd,
			Detail: models.ToJSON(map[string]any{"event": a.event.ID})})
	}
	return nil
}

// orderValue prefers minor units; major ones are decimal and exact.
func orderValue(minor, total, revenue json.Number, currency string) (int64, bool) {
	if minor != "" {
		n, err := minor.Int64()
		return n, err == nil
	}
	for _, major := range []json.Number{total, revenue} {
		if major != "" {
			return ingest.Minor(major.String(), currency)
		}
	}
	return 0, false
}

// consent records what a consent event says. A grant that is not well formed is refused with its reasons, visibly, and
// the event goes on: it must not park a customer. A withdrawal is never refused: what it does not say, or says in a way
// that nobody can read, is taken as widely as it may have been meant.
func (r *routing) consent(a *applied) error {
	if a.event.Type != "track" || a.event.Name != eventGranted && a.event.Name != eventWithdrawn {
		return nil
	}
	var in struct {
		Channel    string         `json:"channel"`
		Purpose    string         `json:"purpose"`
		Source     string         `json:"source"`
		SourceKind string         `json:"source_kind"`
		LegalBasis string         `json:"legal_basis"`
		OccurredAt string         `json:"occurred_at"`
		Proof      map[string]any `json:"proof"`
	}
	note := func(outcome, reason string) error {
		r.decide(models.Decision{WorkspaceID: a.event.WorkspaceID, CustomerID: a.customer.ID, Kind: "consent", Outcome: outcome, Reason: clip(reason, 300),
			Detail: models.ToJSON(map[string]any{"event": a.event.ID})})
		return nil
	}
	refused := func(reason string) error { return note("refused", reason) }
	withdrawal := a.event.Name == eventWithdrawn
	if err := a.event.Data.Into(&in); err != nil && !withdrawal {
		return refused("the properties of the consent have another type than the documentation says")
	}
	if in.SourceKind == "" {
		in.SourceKind = string(consent.List) // who does not say that a person acted claims no more than a file does
	}
	entry := consent.Entry{
		Channel: in.Channel, Purpose: in.Purpose, State: consent.Granted, Basis: consent.Basis(in.LegalBasis), Source: in.Source,
		SourceKind: consent.SourceKind(in.SourceKind), OccurredAt: a.event.OccurredAt.Time(), RecordedAt: a.event.ReceivedAt.Time(),
	}
	if withdrawal {
		entry.State = consent.Withdrawn
		if entry.Basis == "" {
			entry.Basis = consent.ByObjection
		}
	} else if entry.Basis == "" {
		entry.Basis = consent.ByConsent
	}
	if entry.Source == "" {
		entry.Source = "event"
	}
	if in.OccurredAt != "" {
		at, ok := ingest.ParseTime(in.OccurredAt)
		switch {
		case ok:
			entry.OccurredAt = at
		case !withdrawal:
			return refused("occurred_at is not a moment in ISO 8601")
		}
	}
	if err := entry.Validate(); err != nil && !withdrawal {
		return refused(wrongFields(err))
	} else if err != nil {
		wrong := wrongFields(err)
		if err := note("widened", wrong); err != nil {
			return err
		}
		entry = entry.Widened()
	}
	point, err := r.contactPointOf(a.customer, entry.Channel)
	if err != nil {
		return err
	}
	return r.s.recordConsent(r.tx, storage.ConsentRecord{
		Workspace: a.event.WorkspaceID, Customer: a.customer.ID, ContactPoint: point, Entry: entry, Proof: in.Proof, Actor: "source:" + a.event.SourceID, Event: a.event.ID,
	})
}

// wrongFields names the wrong places of an input without repeating what stood there.
func wrongFields(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return "it is not well formed"
	}
	places := make([]string, len(f.Fields))
	for i, w := range f.Fields {
		places[i] = w.Path + ": " + w.Message
	}
	return strings.Join(places, "; ")
}

func (r *routing) contactPointOf(c *models.Customer, channel string) (out ids.ID, err error) {
	address := c.Email
	if column := addressColumn(channel); column == "phone" {
		address = c.Phone
	} else if column == "" {
		return out, nil
	}
	if address == "" {
		return out, nil
	}
	var row struct{ ID ids.ID }
	err = r.tx.Raw("SELECT id FROM contact_points WHERE workspace_id = ? AND channel = ? AND address = ?", c.WorkspaceID, channel, string(address)).Scan(&row).Error
	return row.ID, err
}
