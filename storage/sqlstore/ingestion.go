package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"gorm.io/gorm"

	"sojourn/contract"
	"sojourn/faultpoint"
	"sojourn/ids"
	"sojourn/ingest"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Ingestion = (*Store)(nil)

const (
	eventColumns    = "id,workspace_id,source_id,message_id,content_hash,type,name,user_id,anonymous_id,previous_id,group_id,data,context,backfill,occurred_at,received_at"
	outboxColumns   = "workspace_id,partition_no,grp,barrier_grp,event_id,created_at"
	identityColumns = "workspace_id,kind,value,grp,created_at"
)

// The places at which the chaos tests kill a server that takes events in.
var (
	pointBeforeCommit = faultpoint.New("ingest.before_commit")
	pointAfterCommit  = faultpoint.New("ingest.after_commit")
)

// intakeWriters are the prepared inserts of ingestion.
type intakeWriters struct {
	events, outbox, identities *bulk
	guards                     map[bool]*sql.Stmt
}

// intakeWriters prepares them at the first use.
func (s *Store) intakeWriters(ctx context.Context) (*intakeWriters, error) {
	if w := s.intake.Load(); w != nil {
		return w, nil
	}
	w := &intakeWriters{guards: map[bool]*sql.Stmt{}}
	var err error
	if w.events, err = s.bulk(ctx, "events", eventColumns, ""); err != nil {
		return nil, err
	}
	if w.outbox, err = s.bulk(ctx, "outbox", outboxColumns, ""); err != nil {
		return nil, err
	}
	if w.identities, err = s.bulk(ctx, "identities", identityColumns, ""); err != nil {
		return nil, err
	}
	for _, alone := range []bool{false, true} {
		if w.guards[alone], err = s.statement(ctx, guardQuery(s.dialect, alone)); err != nil {
			return nil, err
		}
	}
	s.intake.Store(w)
	return w, nil
}

// AcceptEvents implements storage.Ingestion.
func (s *Store) AcceptEvents(ctx context.Context, intakes []storage.Intake) ([][]storage.Receipt, error) {
	writers, err := s.intakeWriters(ctx)
	if err != nil {
		return nil, fmt.Errorf("accept events: %w", err)
	}
	var a *intake
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		raw, err := rawTx(tx)
		if err != nil {
			return err
		}
		a = newIntake(s, raw, writers, intakes)
		if err := a.run(ctx); err != nil {
			return err
		}
		return pointBeforeCommit.Hit()
	})
	if err == nil {
		err = pointAfterCommit.Hit()
	}
	if err != nil {
		return nil, fmt.Errorf("accept events: %w", err)
	}
	a.afterCommit()
	return a.receipts, nil
}

// intake is one attempt at one transaction.
type intake struct {
	s        *Store
	tx       *sql.Tx
	writers  *intakeWriters
	intakes  []storage.Intake
	receipts [][]storage.Receipt
	rows     []arrival
	groups   *grouping
	wake     [contract.Partitions]bool
}

// arrival is one event on its way in.
type arrival struct {
	intake, index int
	id            ids.ID
	grp, barrier  ids.ID
}

func newIntake(s *Store, tx *sql.Tx, w *intakeWriters, intakes []storage.Intake) *intake {
	a := &intake{s: s, tx: tx, writers: w, intakes: intakes, receipts: make([][]storage.Receipt, len(intakes))}
	for i := range intakes {
		a.receipts[i] = make([]storage.Receipt, len(intakes[i].Events))
	}
	return a
}

func (a *intake) event(r *arrival) *ingest.Event { return &a.intakes[r.intake].Events[r.index] }

func (a *intake) run(ctx context.Context) error {
	conflicts := a.collect()
	a.groups = newGrouping(a.s, a.tx)
	a.groups.guards = a.writers.guards
	for i := range a.rows {
		in := &a.intakes[a.rows[i].intake]
		a.groups.names(in.Workspace, a.event(&a.rows[i]))
	}
	if err := a.groups.lock(ctx); err != nil {
		return err
	}
	more, err := a.insertEvents(ctx)
	if err != nil {
		return err
	}
	if err := a.countConflicts(ctx, append(conflicts, more...)); err != nil {
		return err
	}
	if len(a.rows) == 0 {
		return nil
	}
	if err := a.groups.assign(ctx, a); err != nil {
		return err
	}
	return a.insertOutbox(ctx)
}

type messageKey struct {
	workspace       int64
	source, message string
}

func (a *intake) key(r *arrival) messageKey {
	in := &a.intakes[r.intake]
	return messageKey{in.Workspace, in.Source, in.Events[r.index].MessageID}
}

// collect lists the events, first occurrences only, and returns the conflicts among themselves.
func (a *intake) collect() (conflicts []messageKey) {
	n := 0
	for _, in := range a.intakes {
		n += len(in.Events)
	}
	a.rows = make([]arrival, 0, n)
	first := make(map[messageKey]int, n)
	for i := range a.intakes {
		for j := range a.intakes[i].Events {
			r := arrival{intake: i, index: j}
			k := a.key(&r)
			at, seen := first[k]
			switch {
			case !seen:
				first[k] = len(a.rows)
				r.id = a.s.newID()
				a.rows = append(a.rows, r)
				a.receipts[i][j] = storage.Accepted
			case a.event(&a.rows[at]).Hash == a.event(&r).Hash:
				a.receipts[i][j] = storage.Duplicate
			default:
				a.receipts[i][j] = storage.Conflict
				conflicts = append(conflicts, k)
			}
		}
	}
	return conflicts
}

// insertEvents writes all events and finds those that are there already only when the unique key says so: the rule is
// that messages are new, and looking each one up first would cost as much as writing it.
func (a *intake) insertEvents(ctx context.Context) (conflicts []messageKey, err error) {
	done := 0
	for done < len(a.rows) {
		n, err := a.writers.events.insert(ctx, a.tx, a.eventArgs(a.rows[done:]))
		done += n
		if err == nil {
			break
		}
		if !isDuplicate(err) {
			return nil, fmt.Errorf("insert events: %w", err)
		}
		left, found, err := a.dropKnown(ctx, a.rows[done:])
		if err != nil {
			return nil, err
		}
		if len(left) == len(a.rows)-done {
			return nil, fmt.Errorf("insert events: a unique key is broken that is not the message id")
		}
		conflicts = append(conflicts, found...)
		a.rows = append(a.rows[:done], left...)
	}
	return conflicts, nil
}

func (a *intake) eventArgs(rows []arrival) []any {
	args := make([]any, 0, len(rows)*a.writers.events.columns)
	for i := range rows {
		r := &rows[i]
		in := &a.intakes[r.intake]
		e := &in.Events[r.index]
		backfill := 0
		if e.Backfill {
			backfill = 1
		}
		args = append(args, r.id[:], in.Workspace, in.Source, e.MessageID, e.Hash[:], string(e.Type), e.Name, e.UserID, e.AnonymousID,
			e.PreviousID, e.GroupID, string(e.Data), string(e.Context), backfill, e.OccurredAt.UnixMicro(), in.ReceivedAt.UnixMicro())
	}
	return args
}

// dropKnown removes the rows whose message the database has, and writes their receipts.
func (a *intake) dropKnown(ctx context.Context, rows []arrival) (left []arrival, conflicts []messageKey, err error) {
	type sender struct {
		workspace int64
		source    string
	}
	asked := map[sender][]any{}
	for i := range rows {
		k := a.key(&rows[i])
		asked[sender{k.workspace, k.source}] = append(asked[sender{k.workspace, k.source}], k.message)
	}
	known := map[messageKey]models.Hash{}
	for from, messages := range asked {
		for len(messages) > 0 {
			part := messages[:min(len(messages), 1000)]
			messages = messages[len(part):]
			err := a.query(ctx, "SELECT message_id, content_hash FROM events WHERE workspace_id = ? AND source_id = ? AND message_id IN ("+paramList(len(part))+")",
				append([]any{from.workspace, from.source}, part...), func(rows *sql.Rows) error {
					var message string
					var hash models.Hash
					if err := rows.Scan(&message, &hash); err != nil {
						return err
					}
					known[messageKey{from.workspace, from.source, message}] = hash
					return nil
				})
			if err != nil {
				return nil, nil, fmt.Errorf("look up messages: %w", err)
			}
		}
	}
	for i := range rows {
		k := a.key(&rows[i])
		hash, is := known[k]
		switch {
		case !is:
			left = append(left, rows[i])
			continue
		case hash == models.Hash(a.event(&rows[i]).Hash):
			a.receipts[rows[i].intake][rows[i].index] = storage.Duplicate
		default:
			a.receipts[rows[i].intake][rows[i].index] = storage.Conflict
			conflicts = append(conflicts, k)
		}
	}
	return left, conflicts, nil
}

func (a *intake) countConflicts(ctx context.Context, keys []messageKey) error {
	for _, k := range keys {
		if _, err := a.tx.ExecContext(ctx, "UPDATE events SET conflicts = conflicts + 1 WHERE workspace_id = ? AND source_id = ? AND message_id = ?",
			k.workspace, k.source, k.message); err != nil {
			return fmt.Errorf("count conflicts: %w", err)
		}
	}
	return nil
}

func (a *intake) insertOutbox(ctx context.Context) error {
	args := make([]any, 0, len(a.rows)*a.writers.outbox.columns)
	for i := range a.rows {
		r := &a.rows[i]
		in := &a.intakes[r.intake]
		partition := contract.PartitionOf(r.grp)
		a.wake[partition] = true
		var barrier any
		if !r.barrier.IsZero() {
			barrier = r.barrier[:]
		}
		args = append(args, in.Workspace, partition, r.grp[:], barrier, r.id[:], in.ReceivedAt.UnixMicro())
	}
	if _, err := a.writers.outbox.insert(ctx, a.tx, args); err != nil {
		return fmt.Errorf("insert outbox: %w", err)
	}
	return nil
}

// query runs a SELECT in the transaction and hands each row to scan.
func (a *intake) query(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	return queryTx(ctx, a.tx, query, args, scan)
}

func queryTx(ctx context.Context, tx *sql.Tx, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (a *intake) afterCommit() {
	if a.groups != nil {
		a.groups.remember()
	}
	for p, woken := range a.wake {
		if woken {
			a.s.wake.Wake(p)
		}
	}
}
