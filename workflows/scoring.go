package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"sojourn/contract"
)

// Scoring fits and scores every workspace, one after the other, once; its schedule starts it at night. A workspace that
// can't be scored does not keep the others from it; the workflow fails at the end so that it is seen.
func Scoring(ctx workflow.Context) ([]contract.ScoreBaseResult, error) {
	fired := firedAt(ctx).UnixMicro()
	var list contract.ScoringList
	if err := workflow.ExecuteActivity(bulkActivity(ctx, "workspaces to score", time.Minute, 5), contract.ActivityScoringWorkspaces).Get(ctx, &list); err != nil {
		return nil, err
	}
	var out []contract.ScoreBaseResult
	var failed error
	for i, id := range list.Workspaces {
		workflow.SetCurrentDetails(ctx, fmt.Sprintf("Scores workspace **%d** (%d of %d).", id, i+1, len(list.Workspaces)))
		var r contract.ScoreBaseResult
		err := workflow.ExecuteActivity(bulkActivity(ctx, fmt.Sprintf("score workspace %d", id), 2*time.Hour, 5),
			contract.ActivityScoreBase, contract.ScoreBaseInput{WorkspaceID: id, FiredAt: fired}).Get(ctx, &r)
		if err != nil {
			if ctx.Err() != nil {
				return out, err
			}
			failed = fmt.Errorf("workspace %d: %w", id, err)
			continue
		}
		out = append(out, r)
	}
	return out, failed
}
