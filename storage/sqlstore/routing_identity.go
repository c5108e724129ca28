package sqlstore

import (
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// resolve finds or makes the customer of an event and locks the row. An event that names two customers joins them when
// that is safe: an anonymous one always becomes part of the known one; two known ones become one by alias only. A
// device that a second known person signs in on (same anonymous id, other user id) is handed to that person instead.
func (r *routing) resolve(a *applied) error {
	e := *a.event
	if e.PreviousID == e.UserID {
		e.PreviousID = ""
	}
	if e.PreviousID != "" {
		e.AnonymousID = "" // ingestion leaves it out of an alias's group, so it may be on its way elsewhere
	}
	known, err := r.identities(&e)
	if err != nil {
		return err
	}
	user, device := known[storage.IdentityUser][e.UserID], known[storage.IdentityAnonymous][e.AnonymousID]
	previous := known[storage.IdentityUser][e.PreviousID]
	if previous.CustomerID.IsZero() {
		previous = known[storage.IdentityAnonymous][e.PreviousID]
	}
	if e.UserID != "" && user.CustomerID.IsZero() {
		if user.CustomerID, err = r.customerByExternalID(e.WorkspaceID, e.UserID); err != nil {
			return err
		}
	}
	locked, err := r.lockCustomers(e.WorkspaceID, user.CustomerID, device.CustomerID, previous.CustomerID)
	if err != nil {
		return err
	}
	mine, theirs, former := locked[user.CustomerID], locked[device.CustomerID], locked[previous.CustomerID]

	switch {
	case mine != nil:
		a.customer = mine
	case former != nil: // alias: the person goes on under the new user id
		a.customer = former
	case theirs != nil && (e.UserID == "" || theirs.ExternalID == ""):
		a.customer = theirs
	default:
		if a.customer, err = r.newCustomer(a); err != nil {
			return err
		}
	}
	if e.UserID != "" && string(a.customer.ExternalID) != e.UserID && (a.customer.ExternalID == "" || former == a.customer) {
		a.customer.ExternalID = models.Text(e.UserID)
		if err := r.tx.Exec("UPDATE customers SET external_id = ?, updated_at = ? WHERE id = ?", a.customer.ExternalID, models.At(r.now), a.customer.ID).Error; err != nil {
			return err
		}
	}
	if theirs != nil && theirs.ID != a.customer.ID && theirs.ExternalID == "" {
		if err := r.merge(a, theirs); err != nil {
			return err
		}
	}
	if former != nil && former.ID != a.customer.ID {
		if err := r.merge(a, former); err != nil {
			return err
		}
	}
	return r.pointIdentities(a, &e, known)
}

type identityMap map[string]map[string]models.Identity

func (r *routing) identities(e *models.Event) (identityMap, error) {
	var values []string
	for _, v := range []string{e.UserID, e.AnonymousID, e.PreviousID} {
		if v != "" {
			values = append(values, v)
		}
	}
	known := identityMap{storage.IdentityUser: {}, storage.IdentityAnonymous: {}}
	if len(values) == 0 {
		return known, fault.New(fault.Invalid, "the event names nobody")
	}
	var rows []models.Identity
	if err := r.tx.Raw("SELECT * FROM identities WHERE workspace_id = ? AND kind IN (?, ?) AND value IN ?",
		e.WorkspaceID, storage.IdentityUser, storage.IdentityAnonymous, values).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, row := range rows {
		known[row.Kind][row.Value] = row
	}
	return known, nil
}

func (r *routing) customerByExternalID(workspace int64, external string) (ids.ID, error) {
	var row struct{ ID ids.ID }
	err := r.tx.Raw("SELECT id FROM customers WHERE workspace_id = ? AND external_id = ?", workspace, external).Scan(&row).Error
	return row.ID, err
}

// lockCustomers locks the rows in the order of their ids and follows those that were folded into another one. The map
// has an entry for each id that was asked for and exists; ids of one customer share one struct.
func (r *routing) lockCustomers(workspace int64, asked ...ids.ID) (map[ids.ID]*models.Customer, error) {
	rows, out := map[ids.ID]*models.Customer{}, map[ids.ID]*models.Customer{}
	var todo []ids.ID
	for _, id := range asked {
		if !id.IsZero() {
			todo = append(todo, id)
		}
	}
	for range 16 { // chains are short: a merge re-points what pointed at the loser
		if len(todo) == 0 {
			break
		}
		var found []models.Customer
		if err := r.tx.Raw("SELECT * FROM customers WHERE workspace_id = ? AND id IN ? ORDER BY id"+r.s.dialect.forUpdate(), workspace, todo).Scan(&found).Error; err != nil {
			return nil, err
		}
		todo = todo[:0:0]
		for i := range found {
			rows[found[i].ID] = &found[i]
			if into := found[i].MergedInto; !into.IsZero() && rows[into] == nil {
				todo = append(todo, into)
			}
		}
	}
	for _, id := range asked {
		c := rows[id]
		for range 16 {
			if c == nil || c.MergedInto.IsZero() {
				break
			}
			c = rows[c.MergedInto]
		}
		if c != nil {
			out[id] = c
		}
	}
	return out, nil
}

func (r *routing) newCustomer(a *applied) (*models.Customer, error) {
	c := &models.Customer{
		ID: r.s.newID(), WorkspaceID: a.event.WorkspaceID, ExternalID: models.Text(a.event.UserID), Grp: a.row.Grp,
		CreatedAt: models.At(r.now), UpdatedAt: models.At(r.now),
	}
	return c, r.tx.Create(c).Error
}

// pointIdentities makes the event's identities name its customer. Ingestion has made the rows; one that is missing (a
// copy restored without them) is made here.
func (r *routing) pointIdentities(a *applied, e *models.Event, known identityMap) error {
	point := func(kind, value string) error {
		row, ok := known[kind][value]
		switch {
		case value == "" || ok && row.CustomerID == a.customer.ID:
			return nil
		case ok:
			return r.tx.Exec("UPDATE identities SET customer_id = ? WHERE workspace_id = ? AND kind = ? AND value = ?", a.customer.ID, e.WorkspaceID, kind, value).Error
		}
		return r.tx.Create(&models.Identity{
			WorkspaceID: e.WorkspaceID, Kind: kind, Value: value, Grp: a.row.Grp, CustomerID: a.customer.ID, CreatedAt: models.At(r.now),
		}).Error
	}
	if err := point(storage.IdentityUser, e.UserID); err != nil {
		return err
	}
	if err := point(storage.IdentityAnonymous, e.AnonymousID); err != nil {
		return err
	}
	if e.PreviousID == "" {
		return nil
	}
	kind := storage.IdentityAnonymous
	if _, ok := known[storage.IdentityUser][e.PreviousID]; ok {
		kind = storage.IdentityUser
	}
	return point(kind, e.PreviousID)
}
