package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// Runs are the reads, decisions and records of a run. They are local activities: short, and repeated with the workflow
// task that asked for them, so each gives the same outcome when it is done again.
type Runs struct {
	Store     storage.Runs
	Documents storage.Documents
	Subjects  storage.Subjects
	Now       func() time.Time // nil = time.Now
	Logic     int              // logic version that runs take over; 0 = journey.SelectedLogic
}

func (r *Runs) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now() //nolint:forbidigo // the edge of the program
}

func (r *Runs) logic() int {
	if r.Logic != 0 {
		return r.Logic
	}
	return journey.SelectedLogic
}

// WakeRun says whether a run that woke may act, and how much of its wait did not count.
func (r *Runs) WakeRun(ctx context.Context, in contract.WakeInput) (contract.WakeResult, error) {
	run, err := ids.Parse(in.RunID)
	if err != nil {
		return contract.WakeResult{}, failure(ctx, contract.ActivityWakeRun, badID(err))
	}
	since := time.UnixMicro(in.Since)
	standing, err := r.Store.RunStanding(ctx, in.WorkspaceID, run, since)
	if err != nil {
		return contract.WakeResult{}, failure(ctx, contract.ActivityWakeRun, err)
	}
	res := contract.WakeResult{Verdict: standing.Judge(in.Owner, in.Before, in.Seq), Logic: r.logic()}
	for _, p := range standing.Pauses {
		switch storage.PauseClock(p.Clock) {
		case storage.PauseStopped:
			res.Frozen += int64(p.ResumedAt - max(p.PausedAt, models.At(since)))
		case storage.PauseSkips:
			res.Overdue = true
		}
	}
	if res.Verdict == contract.VerdictGo && in.DocHash != "" {
		if res.Exit, err = r.leaves(ctx, run, in); err != nil {
			return contract.WakeResult{}, failure(ctx, contract.ActivityWakeRun, err)
		}
	}
	return res, nil
}

// AdvanceRun persists progress, and resolves the wait that the run begins, so that going to sleep is one activity.
func (r *Runs) AdvanceRun(ctx context.Context, in contract.AdvanceInput) (contract.AdvanceResult, error) {
	res, err := r.advance(ctx, in)
	return res, failure(ctx, contract.ActivityAdvanceRun, err)
}

func (r *Runs) advance(ctx context.Context, in contract.AdvanceInput) (contract.AdvanceResult, error) {
	run, err := ids.Parse(in.RunID)
	if err != nil {
		return contract.AdvanceResult{}, badID(err)
	}
	res := contract.AdvanceResult{Logic: r.logic()}
	wake, waiting := in.WakeAt, models.Text("")
	if in.Wait != nil {
		answer, note, err := r.resolve(ctx, in.WorkspaceID, run, in.DocHash, *in.Wait)
		if err != nil {
			return res, err
		}
		res.Wait, wake = &answer, answer.Deadline
		if !answer.Fixed {
			wake += in.Wait.Frozen
		}
		note.At, note.Until, note.Missing = models.At(r.now()), models.Instant(wake), answer.Late
		waiting = note.Text()
	}
	p := storage.RunProgress{
		RunID: run, Owner: in.Owner, Before: in.Before, Seq: in.Seq, Machine: models.JSON(in.State), StepID: in.StepID, StepSince: models.Instant(in.StepSince),
		WakeAt: models.Instant(wake), Waiting: waiting, Held: in.Held, Hops: in.Hops, Outcome: in.Outcome, Reason: in.Reason, At: models.Instant(in.At),
	}
	p.VersionID, _ = ids.Parse(in.VersionID) // none: as before
	p.EventID, _ = ids.Parse(in.EventID)     // a signal sent by hand may name no event of ours
	for _, l := range in.Left {
		p.Left = append(p.Left, models.StepVisit{
			Seq: l.Seq, StepID: l.StepID, Visit: l.Visit, ExitName: l.Exit, NextStepID: l.Next,
			EnteredAt: models.Instant(l.EnteredAt), LeftAt: models.Instant(l.LeftAt),
		})
	}
	res.Verdict, err = r.Store.AdvanceRun(ctx, in.WorkspaceID, p)
	return res, err
}

// UpdateCustomer sets the attributes of an update step, once per visit, and keeps a decision about it.
func (r *Runs) UpdateCustomer(ctx context.Context, in contract.UpdateInput) (contract.UpdateResult, error) {
	res, err := r.update(ctx, in)
	return res, failure(ctx, contract.ActivityUpdateCustomer, err)
}

func (r *Runs) update(ctx context.Context, in contract.UpdateInput) (contract.UpdateResult, error) {
	var none contract.UpdateResult
	run, err := ids.Parse(in.RunID)
	if err != nil {
		return none, badID(err)
	}
	step, _, err := r.step(ctx, in.WorkspaceID, in.DocHash, in.StepID)
	if err != nil {
		return none, err
	}
	if step.Update == nil {
		return none, fault.New(fault.Invalid, "step %s is no update", in.StepID)
	}
	who, err := r.Store.RunPerson(ctx, in.WorkspaceID, run)
	if err != nil {
		return none, err
	}
	if who.Halted() {
		return contract.UpdateResult{Halted: true}, nil
	}
	d := models.Decision{
		ID: decisionID(run, in.StepID, in.Visit, storage.DecisionUpdate, ""), WorkspaceID: in.WorkspaceID, CustomerID: who.CustomerID, RunID: run,
		JourneyID: who.JourneyID, StepID: in.StepID, Kind: storage.DecisionUpdate, Outcome: "updated",
		Detail: models.ToJSON(map[string]any{"set": step.Update.Set}), At: models.At(r.now()),
	}
	if in.Control {
		d.Outcome, d.Reason, d.Detail = journey.ExitSkipped, "control", nil
		return contract.UpdateResult{Reason: "control"}, r.Store.KeepDecision(ctx, d)
	}
	changed, err := r.Store.SetAttributes(ctx, in.WorkspaceID, who.CustomerID, step.Update.Set, d)
	if fault.Is(err, fault.NotFound) { // erased meanwhile: there is nobody to update
		return contract.UpdateResult{Reason: "customer_gone"}, nil
	}
	return contract.UpdateResult{Changed: changed}, err
}

// document loads the document of a run by its hash.
func (r *Runs) document(ctx context.Context, workspace int64, docHash string) (storage.Published, error) {
	var hash models.Hash
	if n, err := hex.Decode(hash[:], []byte(docHash)); err != nil || n != len(hash) {
		return storage.Published{}, fault.New(fault.Invalid, "%q is not the hash of a document", docHash)
	}
	published, err := r.Documents.DocumentByHash(ctx, workspace, hash)
	if fault.Is(err, fault.NotFound) { // only a store that was restored lacks it; "not found" would end the run
		err = fault.Wrap(fault.Unavailable, err, "the journey's document is missing")
	}
	return published, err
}

// step finds a step of the document.
func (r *Runs) step(ctx context.Context, workspace int64, docHash, stepID string) (journey.Step, *journey.Document, error) {
	published, err := r.document(ctx, workspace, docHash)
	if err != nil {
		return journey.Step{}, nil, err
	}
	step, ok := published.Document.Step(stepID)
	if !ok {
		return journey.Step{}, nil, fault.New(fault.Invalid, "journey %s has no step %s", published.JourneyKey, stepID)
	}
	return step, published.Document, nil
}

func badID(err error) error { return fault.Wrap(fault.Invalid, err, "not an id") }

// decisionID is the same whenever the same question of a run is decided again, so that there is one record of it.
func decisionID(run ids.ID, step string, visit int, kind, event string) ids.ID {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%d|%s|%s", run, step, visit, kind, event))
	var id ids.ID
	copy(id[:], sum[:])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // a UUID of version 8: made by our own rule
	return id
}
