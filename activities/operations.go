package activities

import (
	"context"
	"log/slog"
	"time"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/faultpoint"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// pointHandedOut is between two pages of an operation.
var pointHandedOut = faultpoint.New("operations.between_pages")

// pointMoveAnswered is where a move is in our database and its run has not heard of it.
var pointMoveAnswered = faultpoint.New("move.answered")

// operateFor bounds one round, so that its history stays short; the schedule begins the next.
const operateFor = time.Hour

// Operations hands out what operators do to many runs, and tells single runs where they are to be moved.
type Operations struct {
	Store interface {
		storage.Operations
		storage.Documents
	}
	Every time.Duration    // pause between two pages of an operation; 0 = a second. A page is as many runs as it may reach a second
	Now   func() time.Time // nil = time.Now
}

func (o *Operations) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// HandOutOperations works on all running operations in turns, a page each a second, until none is left. The cursor is in
// the database, moved by the transaction that tells the runs: a worker that takes over goes on behind it.
func (o *Operations) HandOutOperations(ctx context.Context) (contract.OperateResult, error) {
	var out contract.OperateResult
	every, begin := o.Every, o.now()
	if every == 0 {
		every = time.Second
	}
	for {
		open, err := o.Store.OpenOperations(ctx)
		if err != nil || len(open) == 0 || o.now().Sub(begin) > operateFor {
			return out, failure(ctx, contract.ActivityOperate, err)
		}
		if err := o.round(ctx, open, &out); err != nil {
			return out, failure(ctx, contract.ActivityOperate, err)
		}
		select {
		case <-ctx.Done():
			return out, ctx.Err()
		case <-time.After(every):
		}
	}
}

// round hands out one page of each. One that fails does not hold up the others.
func (o *Operations) round(ctx context.Context, open []models.Operation, out *contract.OperateResult) error {
	var first error
	for _, op := range open {
		n, done, err := o.Store.HandOut(ctx, op.ID, max(1, op.PerSecond), o.now())
		if err != nil {
			slog.WarnContext(ctx, "operation not handed out", "operation", op.ID, "kind", op.Kind, "error", err)
			if first == nil {
				first = err
			}
			continue
		}
		out.Handed += n
		if done {
			out.Finished++
		}
		beat(ctx, out)
		if err := pointHandedOut.Hit(); err != nil {
			return err
		}
	}
	return first
}

// MoveRun answers where a run is to be moved. An empty answer means that it stays: the move was cancelled, does not
// concern it, or its target has no place for it. The same question gets the same answer, also after the run has moved.
func (o *Operations) MoveRun(ctx context.Context, in contract.MoveInput) (contract.MoveResult, error) {
	out, err := o.moveRun(ctx, in)
	if err == nil {
		err = pointMoveAnswered.Hit()
	}
	if fault.Is(err, fault.NotFound) {
		return contract.MoveResult{}, nil // "not found" would end the run
	}
	return out, failure(ctx, contract.ActivityMoveRun, err)
}

func (o *Operations) moveRun(ctx context.Context, in contract.MoveInput) (contract.MoveResult, error) {
	run, err := ids.Parse(in.RunID)
	if err != nil {
		return contract.MoveResult{}, badID(err)
	}
	move, err := ids.Parse(in.MoveID)
	if err != nil {
		return contract.MoveResult{}, nil // a signal sent by hand may name no move of ours
	}
	order, err := o.Store.MoveOrder(ctx, in.WorkspaceID, move, run)
	if err != nil {
		return contract.MoveResult{}, err
	}
	if order.State != storage.RunOwed && order.State != storage.RunMoved || order.State == storage.RunOwed && order.Cancelled {
		return contract.MoveResult{}, nil
	}
	target, err := o.program(ctx, in.WorkspaceID, order.Target)
	if err != nil {
		return contract.MoveResult{}, err
	}
	for here, there := range order.Inverse {
		// Who has walked on since the move, to a step that the old version knows by another name.
		if _, mapped := order.Mapping[here]; !mapped && target.Find(here) == nil {
			order.Mapping[here] = there
		}
	}
	out := contract.MoveResult{VersionID: order.Target.String(), Version: target.number, DocHash: target.Hash, Mapping: order.Mapping}
	if order.State == storage.RunMoved {
		return out, nil
	}
	from, err := o.program(ctx, in.WorkspaceID, order.RunVersion)
	if err != nil {
		return contract.MoveResult{}, err
	}
	land := journey.Land(from.Program, target.Program, in.StepID, order.Mapping)
	state, reason := storage.RunOwed, ""
	if land.Kind == journey.LandStays {
		state, reason, out = storage.RunStayed, "no place for step "+in.StepID, contract.MoveResult{}
	}
	return out, o.Store.MoveLands(ctx, in.WorkspaceID, move, run, in.StepID, land.Step, state, reason, o.now())
}

type numbered struct {
	*journey.Program
	number int
}

func (o *Operations) program(ctx context.Context, workspace int64, version ids.ID) (numbered, error) {
	p, err := o.Store.DocumentByVersion(ctx, workspace, version)
	if err != nil {
		return numbered{}, err
	}
	program, err := journey.Compile(*p.Document)
	return numbered{program, p.Number}, err
}
