package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/faultpoint"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Routing = (*Store)(nil)

// pointRouterCommit is where a router may die with everything applied and nothing committed.
var pointRouterCommit = faultpoint.New("router.before_commit")

// TakePartition implements storage.Routing.
func (s *Store) TakePartition(ctx context.Context, partition int, owner string, now time.Time) (int64, error) {
	var epoch int64
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("INSERT INTO router_partitions (partition_no, epoch, owner, updated_at) VALUES (?, 0, ?, ?) "+s.dialect.ignoreDuplicate("partition_no"),
			partition, owner, models.At(now)).Error; err != nil {
			return err
		}
		if err := tx.Exec("UPDATE router_partitions SET epoch = epoch + 1, owner = ?, updated_at = ? WHERE partition_no = ?", owner, models.At(now), partition).Error; err != nil {
			return err
		}
		return tx.Raw("SELECT epoch FROM router_partitions WHERE partition_no = ?", partition).Scan(&epoch).Error
	})
	if err != nil {
		return 0, fmt.Errorf("take partition %d: %w", partition, err)
	}
	return epoch, nil
}

// PendingEvents implements storage.Routing.
func (s *Store) PendingEvents(ctx context.Context, partition int, after int64, limit int) ([]models.OutboxEntry, error) {
	var rows []models.OutboxEntry
	_, err := each(ctx, s, "SELECT * FROM outbox WHERE partition_no = ? AND id > ? ORDER BY id LIMIT ?", []any{partition, after, limit}, func(row *models.OutboxEntry) bool {
		rows = append(rows, *row)
		return true
	})
	return rows, err
}

// RouteEvents implements storage.Routing.
func (s *Store) RouteEvents(ctx context.Context, partition int, epoch int64, rows []models.OutboxEntry, now time.Time) (storage.Routed, error) {
	var r *routing
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		r = &routing{s: s, tx: tx, ctx: ctx, now: now, blocked: map[ids.ID]bool{}, workspaces: map[int64]*workspaceView{}}
		if err := s.fence(tx, partition, epoch); err != nil {
			return err
		}
		if err := r.route(partition, rows); err != nil {
			return err
		}
		return pointRouterCommit.Hit()
	})
	if err != nil {
		var poison *storage.EventError
		if errors.As(err, &poison) {
			poison.Cause = translate(poison.Cause)
		}
		return storage.Routed{}, err
	}
	r.committed()
	out := r.out
	for g := range r.blocked {
		out.Blocked = append(out.Blocked, g)
	}
	return out, nil
}

// fence holds the partition's row until the transaction ends, so a takeover waits for it and everything after the
// takeover is refused.
func (s *Store) fence(tx *gorm.DB, partition int, epoch int64) error {
	var current int64
	if err := tx.Raw("SELECT epoch FROM router_partitions WHERE partition_no = ?"+s.dialect.forUpdate(), partition).Scan(&current).Error; err != nil {
		return err
	}
	if current != epoch {
		return storage.Fenced
	}
	return nil
}

// shadow is the partition number under which parked groups wait.
func shadow(partition int) int { return -1 - partition }

// routing is one routing transaction.
type routing struct {
	s          *Store
	tx         *gorm.DB
	ctx        context.Context
	now        time.Time
	blocked    map[ids.ID]bool
	workspaces map[int64]*workspaceView
	lanes      map[int]bool // partitions whose deliverer has work
	decisions  []models.Decision
	dispatches []models.Dispatch
	out        storage.Routed
}

func (r *routing) route(partition int, asked []models.OutboxEntry) error {
	rows, events, err := r.load(partition, asked)
	if err != nil {
		return err
	}
	if err := r.holdParked(partition, rows); err != nil {
		return err
	}
	var applied []int64
	for i := range rows {
		row := &rows[i]
		if r.blocked[row.Grp] {
			continue
		}
		wait, err := r.mustWait(row)
		if err != nil {
			return err
		}
		if wait {
			r.blocked[row.Grp] = true
			continue
		}
		if err := r.applySafely(*row, events[row.EventID]); err != nil {
			return &storage.EventError{Outbox: row.ID, Cause: err}
		}
		applied = append(applied, row.ID)
	}
	if len(applied) > 0 {
		if err := r.tx.Exec("DELETE FROM outbox WHERE id IN ?", applied).Error; err != nil {
			return err
		}
	}
	r.out.Applied = len(applied)
	return r.flush()
}

// load reads the rows afresh: under the fence nobody but us removes them, so what is there has not been applied.
func (r *routing) load(partition int, asked []models.OutboxEntry) ([]models.OutboxEntry, map[ids.ID]*models.Event, error) {
	if len(asked) == 0 {
		return nil, nil, nil
	}
	wanted, eventIDs := make([]int64, len(asked)), make([]ids.ID, len(asked))
	for i, a := range asked {
		wanted[i], eventIDs[i] = a.ID, a.EventID
	}
	var rows []models.OutboxEntry
	if err := r.tx.Raw("SELECT * FROM outbox WHERE id IN ? AND partition_no = ? ORDER BY id", wanted, partition).Scan(&rows).Error; err != nil {
		return nil, nil, err
	}
	var found []models.Event
	if err := r.tx.Raw("SELECT * FROM events WHERE id IN ?", eventIDs).Scan(&found).Error; err != nil {
		return nil, nil, err
	}
	events := make(map[ids.ID]*models.Event, len(found))
	for i := range found {
		events[found[i].ID] = &found[i]
	}
	return rows, events, nil
}

// holdParked sends the rows of parked groups after their parked head.
func (r *routing) holdParked(partition int, rows []models.OutboxEntry) error {
	var groups []ids.ID
	for _, row := range rows {
		if !slices.Contains(groups, row.Grp) {
			groups = append(groups, row.Grp)
		}
	}
	if len(groups) == 0 {
		return nil
	}
	var parked []struct{ Grp ids.ID }
	if err := r.tx.Raw("SELECT DISTINCT grp FROM outbox WHERE grp IN ? AND partition_no = ?", groups, shadow(partition)).Scan(&parked).Error; err != nil {
		return err
	}
	for _, p := range parked {
		r.blocked[p.Grp] = true
		if err := r.tx.Exec("UPDATE outbox SET partition_no = ? WHERE grp = ? AND partition_no = ?", shadow(partition), p.Grp, partition).Error; err != nil {
			return err
		}
	}
	return nil
}

// mustWait: for its next attempt, or until no older row of the group that was folded into its own is left. It only ever
// waits for lower ids, so two rows never wait for each other.
func (r *routing) mustWait(row *models.OutboxEntry) (bool, error) {
	if row.NextAttemptAt > int64(models.At(r.now)) {
		return true, nil
	}
	if row.BarrierGrp.IsZero() {
		return false, nil
	}
	var older int64
	err := r.tx.Raw("SELECT COUNT(*) FROM (SELECT 1 FROM outbox WHERE grp = ? AND id < ? LIMIT 1) x", row.BarrierGrp, row.ID).Scan(&older).Error
	return older > 0, err
}

// applySafely turns a panic into an error: it parks one group instead of stopping a partition.
func (r *routing) applySafely(row models.OutboxEntry, event *models.Event) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.New(fault.Internal, "panic while routing: %v\n%s", p, debug.Stack())
		}
	}()
	if event == nil {
		return fault.New(fault.NotFound, "the event of this outbox row is gone")
	}
	return r.apply(row, event)
}

// flush writes what the events of this transaction collected, in few statements.
func (r *routing) flush() error {
	if len(r.decisions) > 0 {
		if err := r.tx.CreateInBatches(r.decisions, 200).Error; err != nil {
			return err
		}
	}
	if len(r.dispatches) > 0 {
		if err := r.tx.CreateInBatches(r.dispatches, 200).Error; err != nil {
			return err
		}
	}
	r.out.Dispatches = len(r.dispatches)
	r.lanes = map[int]bool{}
	for _, d := range r.dispatches {
		r.lanes[d.Partition] = true
	}
	return nil
}

// decide notes why something happened or did not.
func (r *routing) decide(d models.Decision) {
	d.ID, d.At = r.s.newID(), models.At(r.now)
	r.decisions = append(r.decisions, d)
}
