package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// ImportCustomers implements storage.Imports.
func (s *Store) ImportCustomers(ctx context.Context, step storage.ImportStep, rows []storage.ImportedCustomer, now time.Time) (storage.ImportResult, error) {
	return s.importStep(ctx, step, now, func(b *batch) error { return b.customers(rows) })
}

// person is a customer while a batch is applied.
type person struct {
	models.Customer
	stored   models.Customer // as in the database; zero ID when new
	grp      ids.ID          // of the identity row; zero when there is none
	pointsTo ids.ID          // customer of the identity row
	consents []consentLine
}

func (b *batch) customers(rows []storage.ImportedCustomer) error {
	if len(rows) == 0 {
		return nil
	}
	// Shared with ingestion: nobody moves identities between groups while we copy groups to customers.
	g := newGrouping(b.s, b.tx)
	if _, err := g.guard(b.ctx, b.step.Workspace, false); err != nil {
		return err
	}
	var values []string
	for _, r := range rows {
		values = append(values, r.UserID)
	}
	people, err := b.people(values)
	if err != nil {
		return err
	}
	var order []*person
	seen := map[*person]bool{}
	for _, r := range rows {
		p := people[r.UserID]
		if p == nil {
			p = b.newPerson(r)
			people[r.UserID] = p
		} else if p.ID.IsZero() {
			grp := p.grp
			*p = *b.newPerson(r)
			if !grp.IsZero() {
				p.Grp, p.grp = grp, grp
			}
		}
		if !b.merge(p, r) {
			continue
		}
		if !seen[p] {
			seen[p] = true
			order = append(order, p)
		}
	}
	return b.writePeople(order)
}

func (b *batch) newPerson(r storage.ImportedCustomer) *person {
	at := models.At(r.CreatedAt)
	if at.IsZero() {
		at = models.At(b.now)
	}
	return &person{Customer: models.Customer{ID: b.s.newID(), WorkspaceID: b.step.Workspace, ExternalID: models.Text(r.UserID), Grp: b.s.newID(), CreatedAt: at, UpdatedAt: models.At(b.now)}}
}

// merge applies one row. A value that its column can't take makes the whole row bad, and then nothing of it is applied.
func (b *batch) merge(p *person, r storage.ImportedCustomer) bool {
	before := p.Customer
	unusable := mergeTraits(&p.Customer, r.Traits, b.now)
	for _, column := range unusable {
		b.bad(r.Line, column, "%s", unusableSays(column))
	}
	if len(unusable) > 0 {
		p.Customer = before
		return false
	}
	changed := p.stored.ID.IsZero() || !sameProfile(before, p.Customer)
	for _, c := range r.Consents {
		p.consents = append(p.consents, consentLine{ImportedConsent: c, line: r.Line})
	}
	if changed || len(r.Consents) > 0 {
		p.UpdatedAt = models.At(b.now)
	}
	if changed {
		b.result.Stored++
	} else {
		b.result.Unchanged++
	}
	return true
}

func unusableSays(column string) string {
	switch column {
	case "email":
		return "not an e-mail address"
	case "phone":
		return "not a telephone number"
	case "locale":
		return "not a language tag such as en or nl-BE"
	case "timezone":
		return "not an IANA time zone such as Europe/Amsterdam"
	case "country":
		return "not an ISO 3166 code of two letters"
	case "birthday":
		return "not a day in the past in the form 1990-12-31"
	}
	return "too large: the attributes of a customer take at most 256 KiB"
}

// people loads the customers of user ids, locked, following those that were folded into another one. A user id that has
// an identity but no customer yet is there with a zero id.
func (b *batch) people(values []string) (map[string]*person, error) {
	out := map[string]*person{}
	for part := range slices.Chunk(values, 500) {
		args := []any{b.step.Workspace, storage.IdentityUser}
		for _, v := range part {
			args = append(args, v)
		}
		err := queryTx(b.ctx, b.tx, "SELECT value, grp, customer_id FROM identities WHERE workspace_id = ? AND kind = ? AND value IN ("+paramList(len(part))+")", args, func(rows *sql.Rows) error {
			var value string
			p := &person{}
			if err := rows.Scan(&value, &p.grp, &p.pointsTo); err != nil {
				return err
			}
			out[value] = p
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look up identities: %w", err)
		}
	}
	asked := map[ids.ID]bool{}
	for _, p := range out {
		asked[p.pointsTo] = true
	}
	byID, byExternal, err := b.lockCustomers(asked, values)
	if err != nil {
		return nil, err
	}
	for value, p := range out {
		if c, ok := byID[p.pointsTo]; ok {
			p.Customer, p.stored = c, c
		} else if c, ok := byExternal[value]; ok {
			p.Customer, p.stored = c, c
		}
	}
	for value, c := range byExternal {
		if out[value] == nil {
			out[value] = &person{Customer: c, stored: c}
		}
	}
	b.shareCustomers(out)
	return out, nil
}

// shareCustomers lets user ids of one customer (an alias made two of them one) work on the same struct.
func (b *batch) shareCustomers(people map[string]*person) {
	first := map[ids.ID]*person{}
	for _, value := range sortedKeys(people) {
		p := people[value]
		if p.ID.IsZero() {
			continue
		}
		if same := first[p.ID]; same != nil {
			people[value] = same
		} else {
			first[p.ID] = p
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

const customerColumns = "id, external_id, email, phone, locale, timezone, country, birthday, attributes, grp, merged_into, created_at, updated_at"

// lockCustomers reads customers by id or external id, in the order of ids; both maps name the survivor of a merge.
func (b *batch) lockCustomers(asked map[ids.ID]bool, external []string) (byID map[ids.ID]models.Customer, byExternal map[string]models.Customer, err error) {
	byID, byExternal = map[ids.ID]models.Customer{}, map[string]models.Customer{}
	read := func(where string, args []any) error {
		return queryTx(b.ctx, b.tx, "SELECT "+customerColumns+" FROM customers WHERE workspace_id = ? AND "+where+" ORDER BY id"+b.s.dialect.forUpdate(),
			append([]any{b.step.Workspace}, args...), func(rows *sql.Rows) error {
				c := models.Customer{WorkspaceID: b.step.Workspace}
				if err := rows.Scan(&c.ID, &c.ExternalID, &c.Email, &c.Phone, &c.Locale, &c.Timezone, &c.Country, &c.Birthday, &c.Attributes, &c.Grp, &c.MergedInto, &c.CreatedAt, &c.UpdatedAt); err != nil {
					return err
				}
				byID[c.ID] = c
				if c.ExternalID != "" {
					byExternal[string(c.ExternalID)] = c
				}
				return nil
			})
	}
	for part := range slices.Chunk(external, 500) {
		args := make([]any, len(part))
		for i, v := range part {
			args[i] = v
		}
		if err := read("external_id IN ("+paramList(len(part))+")", args); err != nil {
			return nil, nil, err
		}
	}
	for range 16 { // chains of merges are short
		var missing []any
		for id := range asked {
			if _, ok := byID[id]; !ok && !id.IsZero() {
				missing = append(missing, id[:])
			}
		}
		clear(asked)
		for part := range slices.Chunk(missing, 500) {
			if err := read("id IN ("+paramList(len(part))+")", part); err != nil {
				return nil, nil, err
			}
		}
		for _, c := range byID {
			if _, ok := byID[c.MergedInto]; !c.MergedInto.IsZero() && !ok {
				asked[c.MergedInto] = true
			}
		}
		if len(asked) == 0 {
			break
		}
	}
	survivor := func(c models.Customer) models.Customer {
		for range 16 {
			next, ok := byID[c.MergedInto]
			if !ok {
				break
			}
			c = next
		}
		return c
	}
	resolved := make(map[ids.ID]models.Customer, len(byID))
	for id, c := range byID {
		resolved[id] = survivor(c)
	}
	for value, c := range byExternal {
		byExternal[value] = survivor(c)
	}
	return resolved, byExternal, nil
}
