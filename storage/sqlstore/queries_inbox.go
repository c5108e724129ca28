package sqlstore

import (
	"context"
	"slices"
	"strings"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

type inboxScan struct {
	models.InboxMessage `gorm:"embedded"`
	P                   personScan  `gorm:"embedded;embeddedPrefix:p_"`
	J                   journeyScan `gorm:"embedded;embeddedPrefix:j_"`
	RunID               ids.ID      `gorm:"column:s_run_id"`
}

func (r inboxScan) row() storage.InboxRow {
	return storage.InboxRow{InboxMessage: r.InboxMessage, Person: storage.Person(r.P), Journey: r.J.name(), RunID: r.RunID}
}

// A list does not carry the HTML of fifty mails.
const selectInbox = `SELECT i.id, i.workspace_id, i.send_id, i.customer_id, i.channel, i.sender, i.recipient, i.subject, i.received_at, i.headers,
 %s s.run_id AS s_run_id` + personColumns + journeyColumns + `
 FROM inbox_messages i LEFT JOIN sends s ON s.id = i.send_id LEFT JOIN customers c ON c.id = i.customer_id
 LEFT JOIN journeys j ON j.id = s.journey_id LEFT JOIN journey_versions v ON v.id = s.version_id WHERE i.workspace_id = ?`

func selectInboxWith(columns string) string { return strings.Replace(selectInbox, "%s", columns, 1) }

// ListInbox implements storage.Queries.
func (s *Store) ListInbox(ctx context.Context, workspace int64, f storage.InboxFilter, p storage.PageAsk) ([]storage.InboxRow, error) {
	from, to := prefixRange(f.Recipient)
	q := newQuery(selectInboxWith("SUBSTR(i.text_body, 1, 300) AS text_body,"), workspace).
		when(!f.Customer.IsZero(), "i.customer_id = ?", f.Customer).
		when(f.Channel != "", "i.channel = ?", f.Channel).
		when(f.Recipient != "", "i.recipient >= ? AND i.recipient < ?", from, to).
		after("i.received_at", "i.id", p)
	var rows []inboxScan
	if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]storage.InboxRow, len(rows))
	for i, r := range rows {
		out[i] = r.row()
	}
	return out, nil
}

// InboxMessage implements storage.Queries.
func (s *Store) InboxMessage(ctx context.Context, workspace int64, id ids.ID) (storage.InboxRow, error) {
	var row inboxScan
	found := s.read(ctx).Raw(selectInboxWith("i.text_body, i.html,")+" AND i.id = ?", workspace, id).Scan(&row)
	if found.Error == nil && found.RowsAffected == 0 {
		return storage.InboxRow{}, fault.New(fault.NotFound, "no such message")
	}
	return row.row(), translate(found.Error)
}

const selectEvents = "SELECT e.* FROM events e WHERE e.workspace_id = ?"

// ListEvents implements storage.Queries.
func (s *Store) ListEvents(ctx context.Context, workspace int64, name string, customer ids.ID, p storage.PageAsk) ([]storage.EventRow, error) {
	q := newQuery(selectEvents, workspace).
		when(name != "", "e.name = ?", name).
		when(!customer.IsZero(), "e.customer_id = ?", customer).
		after("e.received_at", "e.id", p)
	return s.events(ctx, workspace, q)
}

// Event implements storage.Queries.
func (s *Store) Event(ctx context.Context, workspace int64, id ids.ID) (storage.EventRow, error) {
	rows, err := s.events(ctx, workspace, newQuery(selectEvents, workspace).and("e.id = ?", id))
	if err == nil && len(rows) == 0 {
		err = fault.New(fault.NotFound, "no such event")
	}
	if err != nil {
		return storage.EventRow{}, err
	}
	return rows[0], nil
}

// events tells pending from parked by the few parked rows of the outbox, which has no index by event.
func (s *Store) events(ctx context.Context, workspace int64, q *query) ([]storage.EventRow, error) {
	var rows []models.Event
	if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	var parked []ids.ID
	if err := s.read(ctx).Raw("SELECT event_id FROM outbox WHERE workspace_id = ? AND parked_at IS NOT NULL LIMIT 10000", workspace).Scan(&parked).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]storage.EventRow, len(rows))
	for i, e := range rows {
		out[i] = storage.EventRow{Event: e}
		if e.RoutedAt.IsZero() {
			out[i].Parked = slices.Contains(parked, e.ID)
			out[i].Pending = !out[i].Parked
		}
	}
	return out, nil
}
