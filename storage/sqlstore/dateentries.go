package sqlstore

import (
	"context"
	"fmt"
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
	lookAhead   = 26 * time.Hour   // zones lie 26 hours apart: a date is read again that long before it is due
	dateCatchUp = 24 * time.Hour   // a moment that passed while nobody looked is made up for that long
	wholeEvery  = 24 * time.Hour   // how often everybody is looked at
	changeSlack = 10 * time.Minute // a change is committed at most so long after the time that it carries
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
		if err := d.s.read(d.ctx).Raw("SELECT entry_key, customer_id FROM date_checks WHERE journey_id = ? AND next_check <= ? ORDER BY next_check LIMIT ?",
			d.j.JourneyID, models.At(d.now), datePage).Scan(&rows).Error; err != nil {
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

// changes looks at the people and objects that have changed since the last time.
func (d *dateScan) changes() error {
	since := d.row.SeenTo - changeSlack.Microseconds()
	tables := []string{"c"}
	if d.rule.Object != "" {
		tables = []string{"o", "c"} // the object itself, or its owner's zone
	}
	for _, t := range tables {
		if err := d.pages(ids.ID{}, " AND "+t+".updated_at > ?", []any{since}, func(ids.ID) error { return nil }); err != nil {
			return err
		}
	}
	return d.note("seen_to = ?", d.now.UnixMicro())
}

// everybody looks at all of them, once a day, and goes on where it was cut off.
func (d *dateScan) everybody() error {
	if !d.row.FullAt.IsZero() && d.row.CursorID.IsZero() && d.now.Sub(d.row.FullAt.Time()) < wholeEvery {
		return nil
	}
	if err := d.pages(d.row.CursorID, "", nil, func(last ids.ID) error { return d.note("cursor_id = ?", last) }); err != nil {
		return err
	}
	return d.note("cursor_id = NULL, full_at = ?", models.At(d.now))
}

func (d *dateScan) note(set string, args ...any) error {
	return d.s.Tx(d.ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE date_scans SET "+set+" WHERE journey_id = ?", append(args, d.j.JourneyID)...).Error
	})
}

// pages looks at everybody who has such a date, by id.
func (d *dateScan) pages(after ids.ID, what string, args []any, done func(last ids.ID) error) error {
	query := "SELECT c.id AS id, c.id AS customer_id, '' AS object_key FROM customers c WHERE c.workspace_id = ? AND c.merged_into IS NULL AND c.erased_at IS NULL AND c.id > ?" + what
	if d.rule.Object != "" {
		query = "SELECT o.id AS id, o.customer_id AS customer_id, o.object_key AS object_key FROM objects o JOIN customers c ON c.id = o.customer_id WHERE o.workspace_id = ? AND o.id > ?" + what +
			" AND o.object_type = '" + d.rule.Object + "'" // checked: small letters, digits, - and _
		if !validType(d.rule.Object) {
			return nil
		}
	}
	for {
		var rows []struct {
			ID         ids.ID
			CustomerID ids.ID
			ObjectKey  string
		}
		all := append(append([]any{d.j.WorkspaceID, after[:]}, args...), datePage)
		if err := d.s.read(d.ctx).Raw(query+d.has()+" ORDER BY 1 LIMIT ?", all...).Scan(&rows).Error; err != nil {
			return err
		}
		keys := make([]dateKey, len(rows))
		for i, r := range rows {
			keys[i] = dateKey{r.ObjectKey, r.CustomerID}
			if d.rule.Object == "" {
				keys[i].key = r.CustomerID.String()
			}
		}
		if err := d.look(keys); err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].ID
		if err := done(after); err != nil {
			return err
		}
		if len(rows) < datePage {
			return nil
		}
	}
}

// has leaves out those who cannot have the date, or have had a row for it.
func (d *dateScan) has() string {
	if d.rule.Attribute == "birthday" {
		return " AND (c.birthday IS NOT NULL OR EXISTS (SELECT 1 FROM date_checks k WHERE k.customer_id = c.id))"
	}
	return ""
}
