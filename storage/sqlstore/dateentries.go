package sqlstore

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.DateEntries = (*Store)(nil)

const (
	datePage    = 200              // keys in one transaction
	scanPage    = 500              // rows that are read at once in search of something new
	lookAhead   = 26 * time.Hour   // zones lie 26 hours apart: a date is read again that long before it is due
	dateCatchUp = 24 * time.Hour   // a moment that passed while nobody looked is made up for that long
	wholeEvery  = 24 * time.Hour   // how often everybody is looked at
	changeSlack = 10 * time.Minute // a change is committed at most so long after the time that it carries
)

// How rows are found: by the index of the due times, by that of the last changes, and along one that has them in order
// (an order by id would be a sort of the whole workspace for each page). The plans are tested, since a scan of all customers every minute would be the end of a large installation.
const (
	sqlDatesDue     = "SELECT entry_key, customer_id FROM date_checks WHERE journey_id = ? AND next_check <= ? ORDER BY next_check LIMIT ?"
	sqlDatesChanged = "SELECT id, updated_at FROM %s WHERE workspace_id = ? AND updated_at >= ? AND (updated_at > ? OR id > ?)%s ORDER BY updated_at, id LIMIT ?"
	sqlAllCustomers = "SELECT id, updated_at, created_at FROM customers WHERE workspace_id = ? AND created_at >= ? AND (created_at > ? OR id > ?)%s ORDER BY created_at, id LIMIT ?"
	sqlAllObjects   = "SELECT id, updated_at, object_key FROM objects WHERE workspace_id = ? AND object_key > ?%s ORDER BY object_key LIMIT ?"
)

// DateJourneys implements storage.DateEntries.
func (s *Store) DateJourneys(ctx context.Context) ([]storage.DateJourney, error) {
	var rows []models.Journey
	err := s.read(ctx).Raw("SELECT id, workspace_id, live_version_id FROM journeys WHERE state IN (?, ?) AND live_version_id IS NOT NULL ORDER BY workspace_id, id",
		storage.JourneyPublished, storage.JourneyPaused).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list journeys with a date entry: %w", translate(err))
	}
	var out []storage.DateJourney
	for _, j := range rows {
		p, err := s.DocumentByVersion(ctx, j.WorkspaceID, j.LiveVersionID)
		if err != nil {
			return nil, fmt.Errorf("list journeys with a date entry: %w", err)
		}
		if e := p.Document.Entry; e.Kind == journey.EntryDate && e.Date != nil {
			out = append(out, storage.DateJourney{WorkspaceID: j.WorkspaceID, JourneyID: j.ID})
		}
	}
	return out, nil
}

// dateScan is one look at the dates of one journey.
type dateScan struct {
	s    *Store
	ctx  context.Context
	j    storage.DateJourney
	p    storage.Published
	rule journey.DateRule
	row  models.DateScan
	now  time.Time
	step func()
	out  storage.DatesDone
}

// EnterDates implements storage.DateEntries.
func (s *Store) EnterDates(ctx context.Context, j storage.DateJourney, now time.Time, step func()) (storage.DatesDone, error) {
	d := &dateScan{s: s, ctx: ctx, j: j, now: now, step: step}
	if d.step == nil {
		d.step = func() {}
	}
	if err := d.run(); err != nil {
		return d.out, fmt.Errorf("look at the dates of journey %s: %w", j.JourneyID, translate(err))
	}
	return d.out, nil
}

func (d *dateScan) run() error {
	live, err := d.begin()
	if err != nil || !live {
		return err
	}
	if err := d.due(); err != nil { // first, so that a look at everybody delays nobody
		return err
	}
	if err := d.changes(); err != nil {
		return err
	}
	if err := d.everybody(); err != nil {
		return err
	}
	return d.due()
}

// begin reads the journey and how far its search has come; a new version is looked at from the start.
func (d *dateScan) begin() (live bool, err error) {
	err = d.s.Tx(d.ctx, func(tx *gorm.DB) error {
		live = false
		var row models.Journey
		if err := tx.Raw("SELECT id, state, live_version_id FROM journeys WHERE workspace_id = ? AND id = ?", d.j.WorkspaceID, d.j.JourneyID).Take(&row).Error; err != nil {
			return err
		}
		if row.State != storage.JourneyPublished && row.State != storage.JourneyPaused || row.LiveVersionID.IsZero() {
			return nil
		}
		if d.p, err = d.s.document(tx, d.j.WorkspaceID, row.LiveVersionID); err != nil {
			return err
		}
		if e := d.p.Document.Entry; e.Kind != journey.EntryDate || e.Date == nil {
			return nil
		}
		d.rule, live = *d.p.Document.Entry.Date, true
		found := tx.Raw("SELECT * FROM date_scans WHERE journey_id = ?"+d.s.dialect.forUpdate(), d.j.JourneyID).Scan(&d.row)
		if found.Error != nil {
			return found.Error
		}
		if found.RowsAffected > 0 && d.row.VersionID == row.LiveVersionID {
			return nil
		}
		if err := tx.Exec("DELETE FROM date_scans WHERE journey_id = ?", d.j.JourneyID).Error; err != nil {
			return err
		}
		// What is pending was worked out by the old rule.
		if err := tx.Exec("UPDATE date_checks SET occurrence = '', due_at = NULL, next_check = NULL WHERE journey_id = ? AND due_at IS NOT NULL", d.j.JourneyID).Error; err != nil {
			return err
		}
		d.row = models.DateScan{JourneyID: d.j.JourneyID, WorkspaceID: d.j.WorkspaceID, VersionID: row.LiveVersionID, SeenTo: d.now.UnixMicro()}
		return tx.Create(&d.row).Error
	})
	return live, err
}

// due looks at the keys whose time has come.
func (d *dateScan) due() error {
	for {
		var rows []models.DateCheck
		if err := d.s.read(d.ctx).Raw(sqlDatesDue, d.j.JourneyID, models.At(d.now), datePage).Scan(&rows).Error; err != nil {
			return err
		}
		if err := d.look(keysOf(rows)); err != nil || len(rows) < datePage {
			return err
		}
	}
}

// dateKey is one key and whose it is.
type dateKey struct {
	key      string
	customer ids.ID
}

func keysOf(rows []models.DateCheck) []dateKey {
	out := make([]dateKey, len(rows))
	for i, r := range rows {
		out[i] = dateKey{r.EntryKey, r.CustomerID}
	}
	return out
}

// The tables whose rows may say something new about a date.
const (
	scanCustomers = "customers"
	scanObjects   = "objects"
)

// changes looks at the people and objects that have changed since the last time, in the order of their changes.
func (d *dateScan) changes() error {
	if d.rule.Object != "" {
		if err := d.changed(scanObjects); err != nil {
			return err
		}
	}
	if err := d.changed(scanCustomers); err != nil { // of an object's rule: their zone may be another one
		return err
	}
	return d.note("seen_to = ?", d.now.UnixMicro())
}

func (d *dateScan) changed(table string) error {
	at, id := d.row.SeenTo-changeSlack.Microseconds(), ids.ID{}
	which, args := d.which(table)
	for {
		var rows []scanRow
		if err := d.s.read(d.ctx).Raw(fmt.Sprintf(sqlDatesChanged, table, which), slices.Concat([]any{d.j.WorkspaceID, at, at, id[:]}, args, []any{scanPage})...).Scan(&rows).Error; err != nil {
			return err
		}
		if err := d.consider(table, rows); err != nil || len(rows) < scanPage {
			return err
		}
		at, id = rows[scanPage-1].UpdatedAt, rows[scanPage-1].ID
	}
}

// everybody looks at all of them, once a day, and goes on where it was cut off. It costs a walk along an index that
// locks nobody: a date that is known and has not changed is passed over.
func (d *dateScan) everybody() error {
	if !d.row.FullAt.IsZero() && d.row.CursorID.IsZero() && d.now.Sub(d.row.FullAt.Time()) < wholeEvery {
		return nil
	}
	if d.rule.Object != "" {
		return d.allObjects()
	}
	return d.allCustomers()
}

func (d *dateScan) allCustomers() error {
	var from struct{ CreatedAt int64 }
	if !d.row.CursorID.IsZero() {
		if err := d.s.read(d.ctx).Raw("SELECT created_at FROM customers WHERE id = ?", d.row.CursorID).Scan(&from).Error; err != nil {
			return err
		}
	}
	at, id := from.CreatedAt, d.row.CursorID
	which, args := d.which(scanCustomers)
	for {
		var rows []scanRow
		if err := d.s.read(d.ctx).Raw(fmt.Sprintf(sqlAllCustomers, which), slices.Concat([]any{d.j.WorkspaceID, at, at, id[:]}, args, []any{scanPage})...).Scan(&rows).Error; err != nil {
			return err
		}
		if more, err := d.walked(scanCustomers, rows); err != nil || !more {
			return err
		}
		at, id = rows[scanPage-1].CreatedAt, rows[scanPage-1].ID
	}
}

func (d *dateScan) allObjects() error {
	var from struct{ ObjectKey string }
	if !d.row.CursorID.IsZero() {
		if err := d.s.read(d.ctx).Raw("SELECT object_key FROM objects WHERE id = ?", d.row.CursorID).Scan(&from).Error; err != nil {
			return err
		}
	}
	key := from.ObjectKey
	which, args := d.which(scanObjects)
	for {
		var rows []scanRow
		if err := d.s.read(d.ctx).Raw(fmt.Sprintf(sqlAllObjects, which), slices.Concat([]any{d.j.WorkspaceID, key}, args, []any{scanPage})...).Scan(&rows).Error; err != nil {
			return err
		}
		if more, err := d.walked(scanObjects, rows); err != nil || !more {
			return err
		}
		key = rows[scanPage-1].ObjectKey
	}
}

// walked looks at one page of everybody and notes how far it has come.
func (d *dateScan) walked(table string, rows []scanRow) (more bool, err error) {
	if err := d.consider(table, rows); err != nil {
		return false, err
	}
	if len(rows) < scanPage {
		return false, d.note("cursor_id = NULL, full_at = ?", models.At(d.now))
	}
	return true, d.note("cursor_id = ?", rows[scanPage-1].ID)
}

func (d *dateScan) note(set string, args ...any) error {
	return d.s.Tx(d.ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE date_scans SET "+set+" WHERE journey_id = ?", append(args, d.j.JourneyID)...).Error
	})
}

// scanRow is a customer or an object.
type scanRow struct {
	ID        ids.ID
	UpdatedAt int64
	CreatedAt int64
	ObjectKey string
}

// plainName is an attribute whose name stands in the stored JSON as it is.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// which leaves out those who cannot have the date, and have had no row for it.
func (d *dateScan) which(table string) (string, []any) {
	switch {
	case table == scanObjects:
		return " AND object_type = ?", []any{d.rule.Object}
	case d.rule.Object != "":
		return "", nil
	}
	has := " AND merged_into IS NULL AND erased_at IS NULL"
	known := "EXISTS (SELECT 1 FROM date_checks k WHERE k.customer_id = customers.id AND k.journey_id = ?))"
	name, _, _ := strings.Cut(strings.TrimPrefix(d.rule.Attribute, "attributes."), ".")
	switch {
	case d.rule.Attribute == "created_at":
		return has, nil
	case d.rule.Attribute == "birthday":
		return has + " AND (birthday IS NOT NULL OR " + known, []any{d.j.JourneyID}
	case plainName.MatchString(name):
		return has + " AND (attributes LIKE ? OR " + known, []any{`%"` + name + `"%`, d.j.JourneyID}
	}
	return has, nil
}

// consider looks at those of some rows about whose dates something new is to be said.
func (d *dateScan) consider(table string, rows []scanRow) error {
	keys, err := d.keys(table, rows)
	if err != nil {
		return err
	}
	if keys, err = d.unsettled(keys); err != nil {
		return err
	}
	for page := range slices.Chunk(keys, datePage) {
		if err := d.look(page); err != nil {
			return err
		}
	}
	d.step()
	return nil
}

// keys are the keys of some customers or objects.
func (d *dateScan) keys(table string, rows []scanRow) ([]dateKey, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	found, keys := make([]ids.ID, len(rows)), make([]dateKey, len(rows))
	for i, r := range rows {
		found[i], keys[i] = r.ID, dateKey{r.ID.String(), r.ID}
	}
	if d.rule.Object == "" {
		return keys, nil
	}
	column := "id"
	if table == scanCustomers {
		column = "customer_id"
	}
	var objects []models.Object
	err := d.s.read(d.ctx).Raw("SELECT object_key, customer_id FROM objects WHERE "+column+" IN ? AND workspace_id = ? AND object_type = ?", found, d.j.WorkspaceID, d.rule.Object).Scan(&objects).Error
	keys = make([]dateKey, len(objects))
	for i, o := range objects {
		keys[i] = dateKey{o.ObjectKey, o.CustomerID}
	}
	return keys, err
}
