package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
	"sojourn/journey"
)

var versionAttribute = temporal.NewSearchAttributeKeyInt64(contract.AttrVersion)

// move brings the run to another version of its journey: it asks where, walks on by the other document from now on, and
// writes that down together with the state, so that a restart finds both.
func (r *run) move(id string) {
	if r.state.Done() || r.state.Seen(id) {
		return
	}
	var to contract.MoveResult
	if !r.call(contract.ActivityMoveRun, "where to move to", contract.MoveInput{
		WorkspaceID: r.in.WorkspaceID, RunID: r.in.RunID, MoveID: id, StepID: r.state.Step,
	}, &to) {
		return
	}
	if to.VersionID == "" || to.VersionID == r.in.VersionID {
		return // taken back, or done before
	}
	// As at the start: the document is code, read by its hash.
	program, err := r.documents.Program(r.in.WorkspaceID, to.DocHash) //workflowcheck:ignore
	if err != nil {
		panic(fmt.Sprintf("run %s: %v", r.in.RunID, err))
	}
	if journey.Land(r.program, program, r.state.Step, to.Mapping).Kind == journey.LandStays {
		return
	}
	r.disarm()
	r.feed(journey.Moved{ID: id, Program: program, Mapping: to.Mapping})
	if r.state.Done() {
		return // a run without a place in the new version ends with the old one
	}
	r.program, r.in.VersionID, r.in.Version, r.in.DocHash = program, to.VersionID, to.Version, to.DocHash
	if err := workflow.UpsertTypedSearchAttributes(r.ctx, versionAttribute.ValueSet(int64(to.Version))); err != nil {
		panic(fmt.Sprintf("run %s: %v", r.in.RunID, err))
	}
	wake := workflow.Now(r.ctx)
	if due := program.Due(r.state); due.Kind == journey.EffectSleep {
		wake = due.Deadline
	}
	r.persist(contract.AdvanceInput{WakeAt: wake.UnixMicro()})
}
