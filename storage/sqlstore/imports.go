package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Imports = (*Store)(nil)

// BeginImport implements storage.Imports.
func (s *Store) BeginImport(ctx context.Context, f storage.ImportFile, now time.Time) (models.Import, error) {
	var row models.Import
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		row = models.Import{} // gorm would look for the id of the attempt before
		found := tx.Where("workspace_id = ? AND kind = ? AND file_hash = ?", f.Workspace, f.Kind, models.Hash(f.Hash)).Take(&row).Error
		if !errors.Is(found, gorm.ErrRecordNotFound) {
			return found
		}
		row = models.Import{ID: s.newID(), WorkspaceID: f.Workspace, Kind: f.Kind, FileName: shorten(f.Name, 300), FileHash: f.Hash, FileSize: f.Size,
			State: storage.ImportReading, StartedAt: models.At(now), UpdatedAt: models.At(now)}
		err := tx.Create(&row).Error
		if isDuplicate(err) {
			return errAgain
		}
		return err
	})
	if err != nil {
		return models.Import{}, fmt.Errorf("begin import of %s: %w", f.Kind, err)
	}
	return row, nil
}

// AdvanceImport implements storage.Imports.
func (s *Store) AdvanceImport(ctx context.Context, step storage.ImportStep, result storage.ImportResult, now time.Time) error {
	_, err := s.importStep(ctx, step, now, func(b *batch) error {
		b.result = result
		return nil
	})
	return err
}

// SetImportState implements storage.Imports.
func (s *Store) SetImportState(ctx context.Context, workspace int64, id ids.ID, state string, now time.Time) error {
	done := s.read(ctx).Exec("UPDATE imports SET state = ?, updated_at = ? WHERE workspace_id = ? AND id = ?", state, models.At(now), workspace, id)
	return oneRow(done, "no such import")
}

// ImportErrors implements storage.Imports.
func (s *Store) ImportErrors(ctx context.Context, workspace int64, id ids.ID, limit int) ([]models.ImportError, error) {
	var rows []models.ImportError
	err := s.read(ctx).Where("workspace_id = ? AND import_id = ?", workspace, id).Order("line_no").Limit(limit).Find(&rows).Error
	return rows, translate(err)
}

// ImportTouched implements storage.Imports.
func (s *Store) ImportTouched(ctx context.Context, i models.Import) ([]ids.ID, error) {
	q, args := "SELECT DISTINCT customer_id FROM orders WHERE workspace_id = ? AND source = ?", []any{i.WorkspaceID, importSource(i.ID)}
	if i.Kind == storage.ImportOfCustomers {
		q = "SELECT c.id FROM customers c LEFT JOIN customer_metrics m ON m.customer_id = c.id WHERE c.workspace_id = ? AND c.merged_into IS NULL AND m.customer_id IS NULL"
		args = args[:1]
	}
	var list []ids.ID
	rows, err := s.SQL().QueryContext(ctx, q, args...)
	if err != nil {
		return nil, translate(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	slices.SortFunc(list, func(a, b ids.ID) int { return slices.Compare(a[:], b[:]) })
	return list, translate(rows.Err())
}

// importSource marks what an import stored.
func importSource(id ids.ID) string { return "import:" + id.String() }

// errDryRun ends a transaction that must leave nothing behind.
var errDryRun = errors.New("dry run")

// importStep runs one batch: rows, errors and the place in the file in one transaction.
func (s *Store) importStep(ctx context.Context, step storage.ImportStep, now time.Time, rows func(*batch) error) (storage.ImportResult, error) {
	writers, err := s.importWriters(ctx)
	if err != nil {
		return storage.ImportResult{}, fmt.Errorf("import: %w", err)
	}
	var b *batch
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		raw, err := rawTx(tx)
		if err != nil {
			return err
		}
		b = &batch{s: s, ctx: ctx, gorm: tx, tx: raw, w: writers, step: step, now: now}
		if !step.DryRun {
			if err := b.lockImport(); err != nil {
				return err
			}
		}
		if err := rows(b); err != nil {
			return err
		}
		if step.DryRun {
			return errDryRun
		}
		return b.advance()
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return storage.ImportResult{}, fmt.Errorf("import rows up to line %d: %w", step.Line, err)
	}
	s.wakeLanes(b.lanes)
	return b.result, nil
}

// batch is one attempt at one transaction of an import.
type batch struct {
	s      *Store
	ctx    context.Context
	gorm   *gorm.DB
	tx     *sql.Tx
	w      *importWriters
	step   storage.ImportStep
	now    time.Time
	result storage.ImportResult
	lanes  []int // that have work once this is committed
}

func (b *batch) bad(line int64, column, message string, args ...any) {
	b.result.Bad = append(b.result.Bad, storage.RowError{Line: line, Column: column, Message: fmt.Sprintf(message, args...)})
}

// lockImport makes this call the only one that works on the import, at the place the caller read from.
func (b *batch) lockImport() error {
	var at int64
	err := b.tx.QueryRowContext(b.ctx, "SELECT byte_offset FROM imports WHERE workspace_id = ? AND id = ?"+b.s.dialect.forUpdate(), b.step.Workspace, b.step.Import).Scan(&at)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.New(fault.NotFound, "no such import")
	case err != nil:
		return err
	case at != b.step.From:
		return fault.New(fault.Conflict, "somebody else is importing this file (at byte %d, this call at %d)", at, b.step.From)
	}
	return nil
}

// maxStoredErrors bounds import_errors per import; more are counted only.
const maxStoredErrors = 10_000

func (b *batch) advance() error {
	bad := append(slices.Clone(b.step.Bad), b.result.Bad...)
	var badBefore int64
	if err := b.tx.QueryRowContext(b.ctx, "SELECT rows_bad FROM imports WHERE id = ?", b.step.Import).Scan(&badBefore); err != nil {
		return err
	}
	lines := byLine(bad)
	if room := maxStoredErrors - badBefore; room < int64(len(lines)) {
		lines = lines[:max(0, room)]
	}
	var args []any
	for _, e := range lines {
		args = append(args, b.step.Import[:], e.Line, b.step.Workspace, shorten(e.Column, 100), shorten(e.Message, 500))
	}
	if _, err := b.w.errors.insert(b.ctx, b.tx, args); err != nil {
		return fmt.Errorf("insert import errors: %w", err)
	}
	_, err := b.tx.ExecContext(b.ctx, `UPDATE imports SET byte_offset = ?, line_no = ?, rows_done = rows_done + ?, rows_unchanged = rows_unchanged + ?, rows_bad = rows_bad + ?, updated_at = ?
WHERE id = ?`, b.step.To, b.step.Line, b.result.Stored+b.result.Unchanged, b.result.Unchanged, len(byLine(bad)), b.now.UnixMicro(), b.step.Import)
	return err
}

// byLine folds several complaints about one row into one.
func byLine(list []storage.RowError) (out []storage.RowError) {
	at := map[int64]int{}
	for _, e := range list {
		if i, ok := at[e.Line]; ok {
			out[i].Message += "; " + e.Column + ": " + e.Message
			continue
		}
		at[e.Line] = len(out)
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b storage.RowError) int { return int(a.Line - b.Line) })
	return out
}

// shorten cuts text to what its column takes, at a character.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-3], "") + "…"
}

// importWriters are the prepared inserts of imports.
type importWriters struct {
	customers, changed, identities, pointed, points, consents, permissions, orders, errors *bulk
}

// importWriters prepares them at the first use.
func (s *Store) importWriters(ctx context.Context) (*importWriters, error) {
	if w := s.imports.Load(); w != nil {
		return w, nil
	}
	w := &importWriters{}
	update := func(key string, columns ...string) string {
		var parts []string
		for _, c := range columns {
			if s.dialect == SQLite {
				parts = append(parts, c+" = excluded."+c)
			} else {
				parts = append(parts, c+" = VALUES("+c+")")
			}
		}
		if s.dialect == SQLite {
			return " ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(parts, ", ")
		}
		return " ON DUPLICATE KEY UPDATE " + strings.Join(parts, ", ")
	}
	const customer = "id,workspace_id,external_id,email,phone,locale,timezone,country,birthday,attributes,grp,created_at,updated_at"
	for _, p := range []struct {
		into                 **bulk
		table, columns, tail string
	}{
		{&w.customers, "customers", customer, ""},
		{&w.changed, "customers", customer, update("id", "email", "phone", "locale", "timezone", "country", "birthday", "attributes", "updated_at")},
		{&w.identities, "identities", "workspace_id,kind,value,grp,customer_id,created_at", ""},
		{&w.pointed, "identities", "workspace_id,kind,value,grp,customer_id,created_at", update("workspace_id, kind, value", "customer_id")},
		{&w.points, "contact_points", "id,workspace_id,channel,address,created_at", " " + s.dialect.ignoreDuplicate("workspace_id, channel, address")},
		{&w.consents, "consents", "id,workspace_id,seq,customer_id,contact_point_id,channel,purpose,state,legal_basis,source,source_kind,proof,proof_hash,actor,occurred_at,recorded_at,event_id,prev_hash,hash", ""},
		{&w.permissions, "permissions", "workspace_id,customer_id,channel,purpose,state,legal_basis,occurred_at,consent_id", ""},
		{&w.orders, "orders", "id,workspace_id,order_key,customer_id,placed_at,value_minor,currency,items,status,source,created_at",
			update("workspace_id, order_key", "customer_id", "placed_at", "value_minor", "currency", "items", "status", "source")},
		{&w.errors, "import_errors", "import_id,line_no,workspace_id,column_name,message", ""},
	} {
		var err error
		if *p.into, err = s.bulk(ctx, p.table, p.columns, p.tail); err != nil {
			return nil, err
		}
	}
	s.imports.Store(w)
	return w, nil
}
