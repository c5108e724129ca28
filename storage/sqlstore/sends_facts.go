package sqlstore

import (
	"context"
	"database/sql"

	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// querier is a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// known is what the gate has to know of one customer, read for many at once.
type known struct {
	customer    models.Customer // the columns of the gate only
	point       models.ContactPoint
	permissions consent.Permissions
	past        []pressure.Past
}

// facts puts what is known beside what is the same for everybody.
func (k *known) facts(base pressure.Facts) pressure.Facts {
	c := k.customer
	base.Erased, base.LegalHold, base.Restricted = !c.ErasedAt.IsZero(), c.LegalHold, c.Restricted
	base.PausedUntil, base.CustomerZone = c.PausedUntil.Time(), c.Timezone
	base.HasAddress, base.Suppressed = !k.point.ID.IsZero() || standsFor(base.Channel), pressure.Reason(k.point.SuppressedReason)
	base.Permissions, base.Past = k.permissions, k.past
	return base
}

// scan runs a query over many rows.
func scan(ctx context.Context, q querier, query string, args []any, row func(rows *sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// knownCustomers reads the rows that the gate looks at, in the order of ids; lock is for those that will be written to.
func knownCustomers(ctx context.Context, q querier, workspace int64, who []ids.ID, lock string) (map[ids.ID]*known, error) {
	out := make(map[ids.ID]*known, len(who))
	err := scan(ctx, q, "SELECT id, email, phone, timezone, restricted, legal_hold, paused_until, erased_at, merged_into FROM customers WHERE workspace_id = ? AND id IN ("+marks(len(who))+") ORDER BY id"+lock,
		append([]any{workspace}, list(who)...), func(rows *sql.Rows) error {
			k := &known{permissions: consent.Permissions{}}
			c := &k.customer
			err := rows.Scan(&c.ID, &c.Email, &c.Phone, &c.Timezone, &c.Restricted, &c.LegalHold, &c.PausedUntil, &c.ErasedAt, &c.MergedInto)
			out[c.ID] = k
			return err
		})
	return out, err
}

// knownPoints reads contact points by their addresses.
func knownPoints(ctx context.Context, q querier, workspace int64, channel string, all map[ids.ID]*known) error {
	byAddress := map[string][]*known{}
	for _, k := range all {
		if a := addressOf(k.customer, channel); a != "" {
			byAddress[a] = append(byAddress[a], k)
		}
	}
	if len(byAddress) == 0 {
		return nil
	}
	args := []any{workspace, channel}
	for a := range byAddress {
		args = append(args, a)
	}
	return scan(ctx, q, "SELECT id, channel, address, permission_epoch, suppressed_reason FROM contact_points WHERE workspace_id = ? AND channel = ? AND address IN ("+marks(len(byAddress))+")", args,
		func(rows *sql.Rows) error {
			var p models.ContactPoint
			err := rows.Scan(&p.ID, &p.Channel, &p.Address, &p.PermissionEpoch, &p.SuppressedReason)
			for _, k := range byAddress[p.Address] {
				k.point = p
			}
			return err
		})
}

// knownPermissions reads what customers have allowed on a channel, and on all of them.
func knownPermissions(ctx context.Context, q querier, workspace int64, channel string, who []ids.ID, all map[ids.ID]*known) error {
	args := append([]any{workspace, channel, consent.Any}, list(who)...)
	return scan(ctx, q, "SELECT customer_id, channel, purpose, state, legal_basis, occurred_at, consent_id FROM permissions WHERE workspace_id = ? AND channel IN (?, ?) AND customer_id IN ("+marks(len(who))+")", args,
		func(rows *sql.Rows) error {
			var r models.Permission
			err := rows.Scan(&r.CustomerID, &r.Channel, &r.Purpose, &r.State, &r.LegalBasis, &r.OccurredAt, &r.ConsentID)
			if k := all[r.CustomerID]; k != nil {
				k.permissions[consent.Topic{Channel: r.Channel, Purpose: r.Purpose}] = consent.Permission{State: consent.State(r.State), Basis: consent.Basis(r.LegalBasis), At: r.OccurredAt.Time(), Entry: r.ConsentID}
			}
			return err
		})
}

// knownPast reads the messages that may count for caps: open claims always, closed ones by their hand-over.
func knownPast(ctx context.Context, q querier, workspace int64, since models.Instant, who []ids.ID, all map[ids.ID]*known) error {
	args := append([]any{workspace, storage.SendClaimed, storage.SendHanding, storage.SendAccepted, storage.SendUnknown, storage.SendResolvedAccepted, since}, list(who)...)
	return scan(ctx, q, `SELECT customer_id, channel, purpose, class, state, handed_at FROM sends WHERE workspace_id = ? AND (state IN (?, ?) OR (state IN (?, ?, ?) AND handed_at >= ?)) AND customer_id IN (`+marks(len(who))+")", args,
		func(rows *sql.Rows) error {
			var customer ids.ID
			var p pressure.Past
			var state string
			var handed models.Instant
			err := rows.Scan(&customer, &p.Channel, &p.Purpose, &p.Class, &state, &handed)
			p.Open, p.HandedAt = state == storage.SendClaimed || state == storage.SendHanding, handed.Time()
			if k := all[customer]; k != nil {
				k.past = append(k.past, p)
			}
			return err
		})
}

// gateFacts reads what the gate would look at for many customers, without locks: for forecasts and explanations.
func (s *Store) gateFacts(ctx context.Context, workspace int64, channel string, caps bool, since models.Instant, who []ids.ID) (map[ids.ID]*known, error) {
	q := s.SQL()
	all, err := knownCustomers(ctx, q, workspace, who, "")
	if err != nil || len(all) == 0 {
		return all, err
	}
	if err := knownPoints(ctx, q, workspace, channel, all); err != nil {
		return nil, err
	}
	if err := knownPermissions(ctx, q, workspace, channel, who, all); err != nil {
		return nil, err
	}
	if caps {
		err = knownPast(ctx, q, workspace, since, who, all)
	}
	return all, err
}
