package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"sojourn/models"
	"sojourn/storage"
)

// ImportOrders implements storage.Imports.
func (s *Store) ImportOrders(ctx context.Context, step storage.ImportStep, rows []storage.ImportedOrder, now time.Time) (storage.ImportResult, error) {
	return s.importStep(ctx, step, now, func(b *batch) error { return b.orders(rows) })
}

func (b *batch) orders(rows []storage.ImportedOrder) error {
	if len(rows) == 0 {
		return nil
	}
	users, keys := map[string]bool{}, []string{}
	for _, r := range rows {
		users[r.UserID] = true
		keys = append(keys, r.OrderID)
	}
	people, err := b.people(sortedKeys(users))
	if err != nil {
		return err
	}
	stored, err := b.storedOrders(keys)
	if err != nil {
		return err
	}
	written := map[string]int{} // by order id: place in args, so that one statement never has a key twice
	var args []any
	for _, r := range rows {
		p := people[r.UserID]
		if p == nil || p.ID.IsZero() {
			b.bad(r.Line, "user_id", "no customer has this id; import the customers first")
			continue
		}
		order := models.Order{OrderKey: r.OrderID, CustomerID: p.ID, PlacedAt: models.At(r.PlacedAt), ValueMinor: r.ValueMinor, Currency: r.Currency, Items: r.Items, Status: orderCompleted}
		old, known := stored[r.OrderID]
		if known && old == order {
			b.result.Unchanged++
			continue
		}
		stored[r.OrderID] = order
		b.result.Stored++
		id := b.s.newID()
		row := []any{id[:], b.step.Workspace, order.OrderKey, order.CustomerID[:], int64(order.PlacedAt), order.ValueMinor, order.Currency, order.Items, order.Status,
			importSource(b.step.Import), b.now.UnixMicro()}
		if at, again := written[r.OrderID]; again {
			copy(args[at:], row)
			continue
		}
		written[r.OrderID] = len(args)
		args = append(args, row...)
	}
	if _, err := b.w.orders.insert(b.ctx, b.tx, args); err != nil {
		return fmt.Errorf("write orders: %w", err)
	}
	return nil
}

// storedOrders reads what is known about orders, without what an import does not say.
func (b *batch) storedOrders(keys []string) (map[string]models.Order, error) {
	out := map[string]models.Order{}
	for part := range slices.Chunk(keys, 500) {
		args := []any{b.step.Workspace}
		for _, k := range part {
			args = append(args, k)
		}
		err := queryTx(b.ctx, b.tx, "SELECT order_key, customer_id, placed_at, value_minor, currency, items, status FROM orders WHERE workspace_id = ? AND order_key IN ("+paramList(len(part))+")",
			args, func(rows *sql.Rows) error {
				var o models.Order
				if err := rows.Scan(&o.OrderKey, &o.CustomerID, &o.PlacedAt, &o.ValueMinor, &o.Currency, &o.Items, &o.Status); err != nil {
					return err
				}
				out[o.OrderKey] = o
				return nil
			})
		if err != nil {
			return nil, fmt.Errorf("look up orders: %w", err)
		}
	}
	return out, nil
}
