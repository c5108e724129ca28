package activities

import (
	"context"

	"sojourn/audience/match"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
)

// leaves finds the first exit rule (1-based, 0 = none) that is a condition alone and holds now. Events of the customer are
// looked at when they come; this is for what comes true by time, by an import or by a new score.
func (r *Runs) leaves(ctx context.Context, run ids.ID, in contract.WakeInput) (int, error) {
	published, err := r.document(ctx, in.WorkspaceID, in.DocHash)
	if err != nil {
		return 0, err
	}
	who, err := r.Store.RunPerson(ctx, in.WorkspaceID, run)
	if err != nil {
		return 0, err
	}
	for i, rule := range published.Document.Exit {
		if !rule.Conditional() {
			continue
		}
		prepared, err := match.Prepare(*rule.Where)
		if err != nil {
			return 0, fault.Wrap(fault.Invalid, err, "exit %d of the journey", i+1)
		}
		subject, err := r.load(ctx, in.WorkspaceID, run, who, prepared.Expr().Needs(), in.Revision, in.Results)
		if err != nil || subject == nil { // nobody: erased meanwhile
			return 0, err
		}
		if prepared.Holds(subject, r.local(who)) {
			return i + 1, nil
		}
	}
	return 0, nil
}
