package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Entries = (*Store)(nil)

// entryPage is how many customers one transaction lets in.
const entryPage = 200

// EnterRuns implements storage.Entries.
func (s *Store) EnterRuns(ctx context.Context, workspace int64, journeyID ids.ID, customers []ids.ID, cause storage.Cause, now time.Time) (int, error) {
	entered := 0
	for page := range slices.Chunk(customers, entryPage) {
		var r *routing
		err := s.Tx(ctx, func(tx *gorm.DB) (err error) {
			r, err = s.enterRuns(ctx, tx, workspace, journeyID, page, cause, now)
			return err
		})
		if err != nil {
			return entered, fmt.Errorf("let customers into journey %s: %w", journeyID, err)
		}
		r.committed()
		entered += r.out.Entered
	}
	return entered, nil
}

// enterRuns is EnterRuns inside a transaction of the caller, who calls committed on the result after the commit. It
// locks the customers in id order and then the guards of their keys.
func (s *Store) enterRuns(ctx context.Context, tx *gorm.DB, workspace int64, journeyID ids.ID, customers []ids.ID, cause storage.Cause, now time.Time) (*routing, error) {
	r := &routing{s: s, tx: tx, ctx: ctx, now: now, blocked: map[ids.ID]bool{}, workspaces: map[int64]*workspaceView{}}
	ws, err := s.workspaceView(tx, workspace)
	if err != nil {
		return nil, err
	}
	var row models.Journey
	if err := tx.Raw("SELECT id, state, live_version_id FROM journeys WHERE workspace_id = ? AND id = ?", workspace, journeyID).Take(&row).Error; err != nil {
		return nil, err
	}
	if row.State != storage.JourneyPublished && row.State != storage.JourneyPaused || row.LiveVersionID.IsZero() {
		return r, nil
	}
	p, err := s.document(tx, workspace, row.LiveVersionID)
	if err != nil {
		return nil, err
	}
	locked, err := r.lockCustomers(workspace, customers...)
	if err != nil {
		return nil, err
	}
	who := make([]entrant, 0, len(customers))
	for _, id := range customers {
		if c := locked[id]; c != nil {
			who = append(who, entrant{customer: c, key: c.ID.String(), cause: cause, bulk: true})
		}
	}
	if err := r.enter(ws, p, who); err != nil {
		return nil, err
	}
	return r, r.flush()
}

// committed wakes who has work to do now.
func (r *routing) committed() {
	for p := range r.lanes {
		r.s.wake.Wake(storage.DispatchLane(p))
	}
}

// entrant is somebody at the door, locked.
type entrant struct {
	customer *models.Customer
	key      string
	data     models.JSON // becomes revision 1 of the run's context; empty: the run has none yet
	cause    storage.Cause
	bulk     bool                 // its workflow starts at a limited rate
	answer   *storage.EntryAnswer // filled in, if there is one
}

// told fills in the answer.
func (e entrant) told(a storage.EntryAnswer) {
	if e.answer != nil {
		*e.answer = a
	}
}

// enter lets the entrants in, each under the lock of its guard: at most one open run per journey and key, the re-entry
// rule, and each cause once. Everybody gets a decision, except who is let in by this cause already.
func (r *routing) enter(ws *workspaceView, p storage.Published, who []entrant) error {
	guards, err := r.lockGuards(p.JourneyID, who)
	if err != nil {
		return err
	}
	stage, err := r.stageOf(ws, p)
	if err != nil {
		return err
	}
	var fresh []models.EntryGuard
	var runs []models.Run
	var contexts []models.RunContext
	for _, e := range who {
		c, cause := e.customer, e.cause
		if reason := unfit(c); reason != "" {
			r.refuse(c, p, reason, cause.ID)
			e.told(storage.EntryAnswer{Reason: reason})
			continue
		}
		g, known := guards[e.key]
		if known && g.LastEventID == cause.ID {
			e.told(storage.EntryAnswer{Entered: true, Again: true, Run: runID(p.JourneyID, e.key, cause.ID)})
			continue
		}
		staged, in := stage.of(c.ID)
		if !in {
			r.refuse(c, p, "not_in_rollout", cause.ID)
			e.told(storage.EntryAnswer{Reason: "not_in_rollout"})
			continue
		}
		if out, err := r.outAlready(ws, staged.Document, c); err != nil {
			return err
		} else if out {
			r.refuse(c, p, storage.EntryExitHolds, cause.ID)
			e.told(storage.EntryAnswer{Reason: storage.EntryExitHolds})
			continue
		}
		run := newRun(ws, staged, e, cause, r.now)
		if known {
			reason, repeated, err := r.reentry(ws, p.Document, g, run.ID)
			if err != nil {
				return err
			}
			if repeated {
				e.told(storage.EntryAnswer{Entered: true, Again: true, Run: run.ID})
				continue
			}
			if reason != "" {
				r.refuse(c, p, reason, cause.ID)
				e.told(storage.EntryAnswer{Reason: reason})
				continue
			}
			if err := r.tx.Exec("UPDATE entry_guards SET open_run_id = ?, last_entry_at = ?, entries = entries + 1, last_event_id = ? WHERE journey_id = ? AND entry_key = ?",
				run.ID, models.At(r.now), cause.ID, p.JourneyID, e.key).Error; err != nil {
				return err
			}
		} else {
			fresh = append(fresh, models.EntryGuard{WorkspaceID: ws.ID, JourneyID: p.JourneyID, EntryKey: e.key, OpenRunID: run.ID, LastEntryAt: models.At(r.now), Entries: 1, LastEventID: cause.ID})
		}
		guards[e.key] = models.EntryGuard{OpenRunID: run.ID, LastEventID: cause.ID, LastEntryAt: models.At(r.now), Entries: g.Entries + 1}
		if len(e.data) > 2 {
			run.ContextRevision = 1
			contexts = append(contexts, models.RunContext{RunID: run.ID, Revision: 1, WorkspaceID: ws.ID, Data: e.data, EventID: eventOf(cause), CreatedAt: models.At(r.now)})
		}
		runs = append(runs, run)
		r.admit(staged, run, e)
		e.told(storage.EntryAnswer{Entered: true, Run: run.ID})
	}
	return r.insertEntries(fresh, runs, contexts)
}

func (r *routing) admit(p storage.Published, run models.Run, e entrant) {
	kind, cause := storage.DispatchStart, e.cause
	if e.bulk || r.s.floods.over(p.JourneyID, r.now) {
		kind = storage.DispatchBulk
	}
	r.dispatches = append(r.dispatches, models.Dispatch{WorkspaceID: run.WorkspaceID, Partition: run.Partition, RunID: run.ID, Kind: kind, EventID: eventOf(cause), CreatedAt: models.At(r.now)})
	detail := map[string]any{"cause": cause.ID, "by": cause.Kind, "version": p.Number}
	if run.Control {
		detail["control"] = true
	}
	r.decide(models.Decision{WorkspaceID: run.WorkspaceID, CustomerID: run.CustomerID, RunID: run.ID, JourneyID: run.JourneyID, Kind: "entry", Outcome: "entered", Reason: cause.Kind, Detail: models.ToJSON(detail)})
	r.out.Entered++
}

func (r *routing) insertEntries(fresh []models.EntryGuard, runs []models.Run, contexts []models.RunContext) error {
	if len(fresh) > 0 {
		// Two who come first at once both see no guard; one of them breaks the key and starts over.
		if err := r.tx.CreateInBatches(fresh, 200).Error; isDuplicate(err) {
			return errAgain
		} else if err != nil {
			return err
		}
	}
	if len(runs) > 0 {
		if err := r.tx.CreateInBatches(runs, 200).Error; err != nil {
			return err
		}
	}
	if len(contexts) > 0 {
		return r.tx.CreateInBatches(contexts, 200).Error
	}
	return nil
}

func (r *routing) lockGuards(journeyID ids.ID, who []entrant) (map[string]models.EntryGuard, error) {
	keys := make([]string, len(who))
	for i, e := range who {
		keys[i] = e.key
	}
	slices.Sort(keys)
	guards := map[string]models.EntryGuard{}
	if len(keys) == 0 {
		return guards, nil
	}
	var rows []models.EntryGuard
	if err := r.tx.Raw("SELECT * FROM entry_guards WHERE journey_id = ? AND entry_key IN ? ORDER BY entry_key"+r.s.dialect.forUpdate(), journeyID, slices.Compact(keys)).Scan(&rows).Error; err != nil {
		return nil, err
	}
	for _, g := range rows {
		guards[g.EntryKey] = g
	}
	return guards, nil
}

// reentry says why somebody who was here before may not enter now, and whether this very cause let them in already.
func (r *routing) reentry(ws *workspaceView, doc *journey.Document, g models.EntryGuard, run ids.ID) (reason string, repeated bool, err error) {
	var there int64
	if err := r.tx.Raw("SELECT COUNT(*) FROM runs WHERE id = ?", run).Scan(&there).Error; err != nil {
		return "", false, err
	}
	if there > 0 {
		return "", true, nil
	}
	if !g.OpenRunID.IsZero() {
		return "open_run", false, nil
	}
	if g.Entries == 0 {
		return "", false, nil
	}
	switch doc.Entry.Reentry.Rule {
	case "always":
		return "", false, nil
	case "after":
		d, err := journey.ParseDuration(doc.Entry.Reentry.After)
		if err != nil {
			return "", false, err
		}
		if r.now.Before(d.AddTo(g.LastEntryAt.Time(), ws.zone)) {
			return "reentry_after", false, nil
		}
		return "", false, nil
	}
	return "reentry_once", false, nil
}

// unfit says why nobody may let this customer in.
func unfit(c *models.Customer) string {
	switch {
	case !c.ErasedAt.IsZero():
		return "erased"
	case c.Restricted:
		return "restricted"
	}
	return ""
}

func newRun(ws *workspaceView, p storage.Published, e entrant, cause storage.Cause, now time.Time) models.Run {
	run := models.Run{
		ID: runID(p.JourneyID, e.key, cause.ID), WorkspaceID: ws.ID, JourneyID: p.JourneyID, VersionID: p.VersionID, CustomerID: e.customer.ID, EntryKey: e.key,
		EntryEventID: eventOf(cause), State: models.RunOpen, StepSince: models.At(now), StartedAt: models.At(startOf(cause, now)),
		Control: heldOut(p.Document.Control, p.JourneyID, e.customer.ID), Partition: contract.PartitionOf(e.customer.Grp),
	}
	if len(p.Document.Steps) > 0 {
		run.StepID = p.Document.Steps[0].ID
	}
	return run
}

// startOf is when a run that the cause begins counts as started.
func startOf(cause storage.Cause, now time.Time) time.Time {
	if cause.At.IsZero() || cause.At.After(now) {
		return now
	}
	return cause.At
}

func eventOf(cause storage.Cause) ids.ID {
	if cause.Kind == storage.CauseEvent {
		return cause.ID
	}
	return ids.ID{}
}

// runID derives the id of a run from what lets it in, so the primary key itself refuses a second run for one cause, and
// a routing transaction that is repeated after the restore of an older copy finds the same workflow again. It keeps the
// cause's time in front, so it sorts like a UUIDv7, and is marked as version 8: made by our own rule.
func runID(journeyID ids.ID, key string, cause ids.ID) ids.ID {
	h := sha256.New()
	h.Write(journeyID[:])
	h.Write(cause[:])
	h.Write([]byte(key))
	var id ids.ID
	copy(id[:], h.Sum(nil))
	copy(id[:6], cause[:6])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id
}

// heldOut decides the control group: by journey and customer alone, so it is the same on re-entry and in every version.
func heldOut(c *journey.Control, journeyID, customer ids.ID) bool {
	if c == nil || c.Percent <= 0 {
		return false
	}
	h := sha256.New()
	h.Write(journeyID[:])
	h.Write(customer[:])
	share := float64(binary.BigEndian.Uint64(h.Sum(nil))) / (1 << 63) / 2
	return share*100 < c.Percent
}
