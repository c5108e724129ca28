package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/audience"
	"sojourn/audience/sqlgen"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// refresh is one refresh of one audience.
type refresh struct {
	s     *Store
	ctx   context.Context
	row   models.Audience
	query sqlgen.Query
	now   time.Time
	step  func()
	out   storage.Refreshed

	onEnter, onLeave bool // which edge lets customers into the journey
}

// RefreshAudience implements storage.Audiences.
func (s *Store) RefreshAudience(ctx context.Context, workspace int64, id ids.ID, now time.Time, step func()) (storage.Refreshed, error) {
	r := &refresh{s: s, ctx: ctx, now: now, step: step}
	if r.step == nil {
		r.step = func() {}
	}
	if err := r.run(workspace, id); err != nil && !errors.Is(err, errChanged) {
		return r.out, fmt.Errorf("refresh audience %s: %w", id, translate(err))
	}
	return r.out, nil
}

func (r *refresh) run(workspace int64, id ids.ID) error {
	if err := r.load(workspace, id); err != nil {
		return err
	}
	// Who crosses is read outside of any transaction; each page asks again, since minutes may have passed.
	sql, args := r.query.Select("c.id", " AND c.restricted = 0 AND NOT EXISTS (SELECT 1 FROM audience_members am WHERE am.audience_id = ? AND am.customer_id = c.id) ORDER BY c.id", id)
	enter, err := r.s.ids(r.ctx, sql, args)
	if err != nil {
		return err
	}
	for page := range slices.Chunk(enter, entryPage) {
		if err := r.page(page, &r.out.Entered, r.enter); err != nil {
			return err
		}
	}
	inside, args := r.query.Select("1", " AND c.restricted = 0 AND c.id = am.customer_id")
	leave, err := r.s.ids(r.ctx, "SELECT am.customer_id FROM audience_members am WHERE am.audience_id = ? AND NOT EXISTS ("+inside+") ORDER BY am.customer_id", append([]any{id}, args...))
	if err != nil {
		return err
	}
	for page := range slices.Chunk(leave, entryPage) {
		if err := r.page(page, &r.out.Left, r.leave); err != nil {
			return err
		}
	}
	return r.finish()
}

// load reads the audience and, if it belongs to a journey, what its live version says about edges.
func (r *refresh) load(workspace int64, id ids.ID) error {
	db := r.s.read(r.ctx)
	if err := db.Raw("SELECT * FROM audiences WHERE workspace_id = ? AND id = ?", workspace, id).Take(&r.row).Error; err != nil {
		return err
	}
	var c audience.Condition
	if err := r.row.Definition.Into(&c); err != nil {
		return fmt.Errorf("read its condition: %w", err)
	}
	var err error
	if r.query, err = r.s.condition(db, workspace, c, r.now); err != nil {
		return err
	}
	r.out.Seeding = r.row.SeededAt.IsZero()
	if r.row.JourneyID.IsZero() {
		return nil
	}
	p, err := r.s.document(db, workspace, r.row.VersionID)
	if err != nil {
		return err
	}
	entry := p.Document.Entry
	if entry.Kind != journey.EntryAudience {
		return nil
	}
	r.onLeave = entry.Edge == "leave"
	r.onEnter = !r.onLeave
	if r.out.Seeding {
		// Nobody is seen to cross an edge the first time: those present are let in only when the journey says so.
		r.onEnter, r.onLeave = r.onEnter && entry.IncludePresent, false
	}
	return nil
}

// errChanged stops a refresh that a publish has overtaken; the next one works by the new condition.
var errChanged = errors.New("the audience was changed meanwhile")

// page applies one page of crossings in one transaction under the audience's lock, the entries they cause included.
func (r *refresh) page(page []ids.ID, crossed *int, apply func(tx *gorm.DB, page []ids.ID) ([]ids.ID, *routing, error)) error {
	var entries *routing
	var who []ids.ID
	err := r.s.Tx(r.ctx, func(tx *gorm.DB) error {
		var row models.Audience
		if err := tx.Raw("SELECT * FROM audiences WHERE workspace_id = ? AND id = ?"+r.s.dialect.forUpdate(), r.row.WorkspaceID, r.row.ID).Take(&row).Error; err != nil {
			return err
		}
		if !row.Active || row.VersionID != r.row.VersionID || row.SeededAt != r.row.SeededAt || string(row.Definition) != string(r.row.Definition) {
			return errChanged
		}
		var err error
		who, entries, err = apply(tx, page)
		return err
	})
	if err != nil {
		return err
	}
	if entries != nil {
		entries.committed()
		r.out.Runs += entries.out.Entered
	}
	*crossed += len(who)
	r.step()
	return nil
}

// enter makes members of those on the page for whom the condition still holds.
func (r *refresh) enter(tx *gorm.DB, page []ids.ID) ([]ids.ID, *routing, error) {
	who, err := r.holding(tx, page)
	if err != nil || len(who) == 0 {
		return nil, nil, err
	}
	var present []ids.ID
	if err := tx.Raw("SELECT customer_id FROM audience_members WHERE audience_id = ? AND customer_id IN ?", r.row.ID, who).Scan(&present).Error; err != nil {
		return nil, nil, err
	}
	who = slices.DeleteFunc(who, func(id ids.ID) bool { return slices.Contains(present, id) })
	if len(who) == 0 {
		return nil, nil, nil
	}
	rows := make([]models.AudienceMember, len(who))
	for i, id := range who {
		rows[i] = models.AudienceMember{AudienceID: r.row.ID, CustomerID: id, WorkspaceID: r.row.WorkspaceID, EnteredAt: models.At(r.now)}
	}
	if err := tx.Create(&rows).Error; err != nil {
		return nil, nil, err
	}
	entries, err := r.let(tx, who, r.onEnter)
	return who, entries, err
}

// leave ends the membership of those on the page for whom the condition no longer holds. Who is not a customer of ours
// any more, or may not be processed, goes without an edge.
func (r *refresh) leave(tx *gorm.DB, page []ids.ID) ([]ids.ID, *routing, error) {
	holding, err := r.holding(tx, page)
	if err != nil {
		return nil, nil, err
	}
	page = slices.DeleteFunc(slices.Clone(page), func(id ids.ID) bool { return slices.Contains(holding, id) })
	if len(page) == 0 {
		return nil, nil, nil
	}
	if err := tx.Exec("DELETE FROM audience_members WHERE audience_id = ? AND customer_id IN ?", r.row.ID, page).Error; err != nil {
		return nil, nil, err
	}
	var living []ids.ID
	if err := tx.Raw("SELECT id FROM customers WHERE workspace_id = ? AND id IN ? AND erased_at IS NULL AND merged_into IS NULL AND restricted = 0 ORDER BY id", r.row.WorkspaceID, page).
		Scan(&living).Error; err != nil {
		return nil, nil, err
	}
	entries, err := r.let(tx, living, r.onLeave)
	return page, entries, err
}

// let lets customers into the journey when this edge is its entry. The cause is new each time: the transaction itself
// sees to it that a crossing counts once.
func (r *refresh) let(tx *gorm.DB, who []ids.ID, on bool) (*routing, error) {
	if !on || len(who) == 0 {
		return nil, nil
	}
	return r.s.enterRuns(r.ctx, tx, r.row.WorkspaceID, r.row.JourneyID, who, storage.Cause{ID: r.s.newID(), Kind: storage.CauseAudience}, r.now)
}

// holding asks the condition again of some customers, inside the transaction.
func (r *refresh) holding(tx *gorm.DB, page []ids.ID) ([]ids.ID, error) {
	raw, err := rawTx(tx)
	if err != nil {
		return nil, err
	}
	tail := make([]any, len(page))
	for i, id := range page {
		tail[i] = id
	}
	query, args := r.query.Select("c.id", " AND c.restricted = 0 AND c.id IN ("+paramList(len(page))+") ORDER BY c.id", tail...)
	rows, err := raw.QueryContext(r.ctx, query, args...)
	return scanIDs(rows, err)
}

// finish records that the members are complete as of now.
func (r *refresh) finish() error {
	return r.s.Tx(r.ctx, func(tx *gorm.DB) error {
		var row models.Audience
		if err := tx.Raw("SELECT * FROM audiences WHERE workspace_id = ? AND id = ?"+r.s.dialect.forUpdate(), r.row.WorkspaceID, r.row.ID).Take(&row).Error; err != nil {
			return err
		}
		if row.VersionID != r.row.VersionID || row.SeededAt != r.row.SeededAt {
			return errChanged
		}
		if err := tx.Raw("SELECT COUNT(*) FROM audience_members WHERE audience_id = ?", r.row.ID).Scan(&r.out.Members).Error; err != nil {
			return err
		}
		return tx.Exec("UPDATE audiences SET refreshed_at = ?, seeded_at = COALESCE(seeded_at, ?), member_count = ? WHERE id = ?",
			models.At(r.now), models.At(r.now), r.out.Members, r.row.ID).Error
	})
}
