package sqlstore

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sojourn/catalogue"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// look works out one page in one transaction: who is due enters, and everybody's next moment is written down.
func (d *dateScan) look(keys []dateKey) error {
	if len(keys) == 0 {
		return nil
	}
	var r *routing
	err := d.s.Tx(d.ctx, func(tx *gorm.DB) error {
		r = &routing{s: d.s, tx: tx, ctx: d.ctx, now: d.now, blocked: map[ids.ID]bool{}, workspaces: map[int64]*workspaceView{}}
		return d.lookIn(r, keys)
	})
	if err != nil {
		return err
	}
	r.committed()
	d.out.Looked += len(keys)
	d.out.Runs += r.out.Entered
	d.step()
	return nil
}

func (d *dateScan) lookIn(r *routing, keys []dateKey) error {
	ws, err := d.s.workspaceView(r.tx, d.j.WorkspaceID)
	if err != nil {
		return err
	}
	locked, err := r.lockCustomers(d.j.WorkspaceID, customersOf(keys)...)
	if err != nil {
		return err
	}
	found, err := d.judge(r.tx, ws, locked, keys)
	if err != nil {
		return err
	}
	var who []entrant
	for _, f := range found.enter {
		e := entrant{customer: locked[f.customer], key: f.key, bulk: true, cause: storage.Cause{ID: storage.CauseID("date", d.j.JourneyID.String(), f.key, f.occurrence), Kind: storage.CauseDate}}
		if f.object != nil {
			e.data = objectContext(f.object)
		}
		if who, err = d.admit(r, ws, who, e); err != nil {
			return err
		}
	}
	if len(found.gone) > 0 {
		if err := r.tx.Exec("DELETE FROM date_checks WHERE journey_id = ? AND entry_key IN ?", d.j.JourneyID, found.gone).Error; err != nil {
			return err
		}
	}
	if len(found.next) > 0 {
		if err := r.tx.Clauses(clause.OnConflict{UpdateAll: true, Columns: []clause.Column{{Name: "journey_id"}, {Name: "entry_key"}}}).CreateInBatches(found.next, 100).Error; err != nil {
			return err
		}
	}
	if err := r.enter(ws, d.p, who); err != nil {
		return err
	}
	return r.flush()
}

// findings are what a look at some keys says: rows to be written, rows to be deleted, and who is due.
type findings struct {
	next  []models.DateCheck
	gone  []string
	enter []dueKey
}

type dueKey struct {
	dateKey
	occurrence string
	object     *catalogue.Object
}

// judge compares the dates of some keys with what is written down about them.
func (d *dateScan) judge(db *gorm.DB, ws *workspaceView, customers map[ids.ID]*models.Customer, keys []dateKey) (out findings, err error) {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = k.key
	}
	objects, err := d.objects(db, names)
	if err != nil {
		return out, err
	}
	var rows []models.DateCheck
	if err := db.Raw("SELECT * FROM date_checks WHERE journey_id = ? AND entry_key IN ?", d.j.JourneyID, names).Scan(&rows).Error; err != nil {
		return out, err
	}
	known := map[string]models.DateCheck{}
	for _, row := range rows {
		known[row.EntryKey] = row
	}
	for _, k := range keys {
		c := customers[k.customer]
		row, had := known[k.key]
		o := objects[k.key]
		date, ok := d.date(c, k, o)
		if !ok {
			if had {
				out.gone = append(out.gone, k.key)
			}
			continue
		}
		loc := journey.ResolveZone(zoneSetting(d.rule.Timezone, d.p.Document.Timezone), c.Timezone, ws.Timezone)
		v, err := judgeDate(d.rule, date, loc, row, d.now)
		if err != nil {
			return out, fmt.Errorf("key %s: %w", k.key, err)
		}
		v.row.JourneyID, v.row.EntryKey, v.row.WorkspaceID, v.row.CustomerID = d.j.JourneyID, k.key, d.j.WorkspaceID, c.ID
		if !had || v.row != row {
			out.next = append(out.next, v.row)
		}
		if v.enter != "" {
			out.enter = append(out.enter, dueKey{k, v.enter, o})
		}
	}
	return out, nil
}

// unsettled leaves out the keys about which nothing new is to be said, without a lock or a transaction: a look at
// everybody finds next to nobody, and what changes behind its back is found by the change.
func (d *dateScan) unsettled(keys []dateKey) ([]dateKey, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	db := d.s.read(d.ctx)
	ws, err := d.s.workspaceView(db, d.j.WorkspaceID)
	if err != nil {
		return nil, err
	}
	var rows []models.Customer
	if err := db.Raw("SELECT id, timezone, birthday, attributes, restricted, erased_at, merged_into, created_at FROM customers WHERE workspace_id = ? AND id IN ?", d.j.WorkspaceID, customersOf(keys)).Scan(&rows).Error; err != nil {
		return nil, err
	}
	customers := make(map[ids.ID]*models.Customer, len(rows))
	for i := range rows {
		customers[rows[i].ID] = &rows[i]
	}
	found, err := d.judge(db, ws, customers, keys)
	if err != nil {
		return nil, err
	}
	open := map[string]bool{}
	for _, k := range keys {
		if c := customers[k.customer]; c != nil && !c.MergedInto.IsZero() {
			open[k.key] = true // who he is now is for the look to find out
		}
	}
	for _, row := range found.next {
		open[row.EntryKey] = true
	}
	for _, key := range found.gone {
		open[key] = true
	}
	for _, due := range found.enter {
		open[due.key] = true
	}
	return slices.DeleteFunc(keys, func(k dateKey) bool { return !open[k.key] }), nil
}

func customersOf(keys []dateKey) []ids.ID {
	out := make([]ids.ID, len(keys))
	for i, k := range keys {
		out[i] = k.customer
	}
	return out
}

// admit asks the entry's condition.
func (d *dateScan) admit(r *routing, ws *workspaceView, who []entrant, e entrant) ([]entrant, error) {
	holds, err := r.suits(ws, d.p.Document.Entry.Condition, e.customer)
	if err != nil {
		return who, err
	}
	if !holds {
		r.refuse(e.customer, d.p, "filtered", e.cause.ID)
		return who, nil
	}
	return append(who, e), nil
}

func (d *dateScan) objects(tx *gorm.DB, keys []string) (map[string]*catalogue.Object, error) {
	out := map[string]*catalogue.Object{}
	if d.rule.Object == "" {
		return out, nil
	}
	var rows []models.Object
	if err := tx.Raw("SELECT * FROM objects WHERE workspace_id = ? AND object_type = ? AND object_key IN ?", d.j.WorkspaceID, d.rule.Object, keys).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for i := range rows {
		o, err := storage.ObjectView(&rows[i])
		if err != nil {
			return nil, fmt.Errorf("object %s: %w", rows[i].ID, err)
		}
		out[rows[i].ObjectKey] = &o
	}
	return out, nil
}

// date is the date that counts for the key now; ok is false when there is none, or nobody to whom it could matter. A
// value that can't be read is no date.
func (d *dateScan) date(c *models.Customer, k dateKey, o *catalogue.Object) (date journey.DateValue, ok bool) {
	if c == nil || unfit(c) != "" {
		return date, false
	}
	var v any
	switch {
	case d.rule.Object != "":
		if o == nil || o.IsCancelled() {
			return date, false
		}
		v = o.Dates[d.rule.Field]
	case c.ID.String() != k.key: // merged into another person meanwhile
		return date, false
	default:
		v = attributeDate(c, d.rule.Attribute)
	}
	date, err := journey.DateOf(v)
	return date, err == nil && !date.IsZero()
}

// attributeDate reads a field or attribute of the customer that may hold a date.
func attributeDate(c *models.Customer, name string) any {
	switch name {
	case "birthday":
		return string(c.Birthday)
	case "created_at":
		return c.CreatedAt.Time()
	}
	var v any
	if c.Attributes.Into(&v) != nil {
		return nil
	}
	for _, part := range strings.Split(strings.TrimPrefix(name, "attributes."), ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[part]
	}
	return v
}

func zoneSetting(rule, document string) string {
	if rule != "" {
		return rule
	}
	return document
}

// dateVerdict is what one look at one date says.
type dateVerdict struct {
	row   models.DateCheck // what to write down
	enter string           // the occurrence that lets in now; "" = none
}

// judgeDate compares a date with what was written down about it.
func judgeDate(rule journey.DateRule, date journey.DateValue, loc *time.Location, row models.DateCheck, now time.Time) (dateVerdict, error) {
	text := date.String()
	if day, _, _ := strings.Cut(row.Occurrence, "/"); day != text || row.Occurrence == "" {
		return joinDate(rule, date, loc, now)
	}
	if row.DueAt.IsZero() {
		return dateVerdict{row: models.DateCheck{Occurrence: row.Occurrence}}, nil // it has been, and the date is the same
	}
	due := row.DueAt.Time()
	// The customer may live elsewhere now: the moment moves with the zone, as long as it lies ahead.
	moved, ok, err := journey.Occurrence(rule, date, loc, due.Add(-48*time.Hour))
	if err != nil {
		return dateVerdict{}, err
	}
	if ok && moved.After(now) && moved.Sub(due).Abs() < 48*time.Hour {
		due = moved
	}
	switch {
	case due.After(now):
		return dateVerdict{row: pending(row.Occurrence, due, now)}, nil
	case now.Sub(due) <= dateCatchUp:
		v, err := afterDate(rule, date, loc, now)
		v.enter = row.Occurrence
		return v, err
	}
	return joinDate(rule, date, loc, now)
}

// joinDate judges a date that is new, has changed, or was overslept.
func joinDate(rule journey.DateRule, date journey.DateValue, loc *time.Location, now time.Time) (dateVerdict, error) {
	at, _, ok, err := journey.Joining(rule, date, loc, now)
	switch {
	case err != nil:
		return dateVerdict{}, err
	case !ok:
		return dateVerdict{row: models.DateCheck{Occurrence: date.String()}}, nil
	case at.After(now):
		name, err := occurrenceName(rule, date, loc, at)
		return dateVerdict{row: pending(name, at, now)}, err
	}
	name, err := occurrenceName(rule, date, loc, now)
	if err != nil {
		return dateVerdict{}, err
	}
	v, err := afterDate(rule, date, loc, now)
	v.enter = name
	return v, err
}

// afterDate is what lies ahead once an occurrence has been.
func afterDate(rule journey.DateRule, date journey.DateValue, loc *time.Location, now time.Time) (dateVerdict, error) {
	if !rule.Anniversary {
		return dateVerdict{row: models.DateCheck{Occurrence: date.String()}}, nil
	}
	at, ok, err := journey.Occurrence(rule, date, loc, now)
	if err != nil || !ok {
		return dateVerdict{row: models.DateCheck{Occurrence: date.String()}}, err
	}
	name, err := occurrenceName(rule, date, loc, at)
	return dateVerdict{row: pending(name, at, now)}, err
}

func pending(name string, due, now time.Time) models.DateCheck {
	next := due
	if due.Sub(now) > lookAhead {
		next = due.Add(-lookAhead)
	}
	return models.DateCheck{Occurrence: name, DueAt: models.At(due), NextCheck: models.At(next)}
}

// occurrenceName tells the occurrences of a date apart: by the date, and on an anniversary by the year of the last moment
// at or before at. It is the same for whoever comes in time and late.
func occurrenceName(rule journey.DateRule, date journey.DateValue, loc *time.Location, at time.Time) (string, error) {
	if !rule.Anniversary {
		return date.String(), nil
	}
	last := at
	for after := at.AddDate(-1, 0, -3); ; {
		next, ok, err := journey.Occurrence(rule, date, loc, after)
		if err != nil {
			return "", err
		}
		if !ok || next.After(at) {
			return date.String() + "/" + strconv.Itoa(last.In(loc).Year()), nil
		}
		last, after = next, next
	}
}
