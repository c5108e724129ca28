package activities

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"sojourn/contract"
	"sojourn/ids"
	"sojourn/storage"
)

// Visibility lists are late and may be incomplete. They only point at what is then asked for by id.

// ofRuns are the workflows of runs, whoever walks them.
const ofRuns = "(WorkflowType = '" + contract.WorkflowJourney + "' OR WorkflowType STARTS_WITH 'code/')"

// closed returns the open runs among those whose workflow has closed since the last look.
func (l *look) closed(ctx context.Context) ([]ids.ID, error) {
	since := l.at.Add(-firstLook)
	if l.in.ClosedSince != 0 {
		since = time.UnixMicro(l.in.ClosedSince)
	}
	query := fmt.Sprintf(ofRuns+" AND CloseTime > '%s' AND ExecutionStatus != 'ContinuedAsNew'", since.UTC().Format(time.RFC3339Nano))
	missed := []ids.ID{}
	err := l.list(ctx, query, func(page []found) error {
		states, err := l.states(ctx, page)
		for _, f := range page {
			if states[f.run].Open {
				missed = append(missed, f.run)
			}
		}
		return err
	})
	if err == nil {
		l.out.Next.ClosedSince = l.at.Add(-lookBack).UnixMicro()
	}
	return missed, err
}

// census compares all running workflows with all open runs. It ends the workflows that have no open run, and returns the
// open runs that no list named.
func (l *look) census(ctx context.Context) ([]ids.ID, error) {
	running := map[ids.ID]bool{}
	query := ofRuns + " AND ExecutionStatus = 'Running'"
	err := l.list(ctx, query, func(page []found) error {
		states, err := l.states(ctx, page)
		if err != nil {
			return err
		}
		for _, f := range page {
			running[f.run] = true
			if state, known := states[f.run]; !state.Open && f.started.Before(l.at.Add(-l.settle())) && (!known || state.EndedAt.Time().Before(l.at.Add(-l.settle()))) {
				if err := l.end(ctx, f, known); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var missed []ids.ID
	for after := (ids.ID{}); ; {
		page, err := l.Store.OpenRuns(ctx, l.at.Add(-l.settle()), after, listPage)
		if err != nil {
			return nil, err
		}
		for _, id := range page {
			if !running[id] {
				missed = append(missed, id)
			}
		}
		activity.RecordHeartbeat(ctx)
		if len(page) < listPage {
			return missed, nil
		}
		after = page[len(page)-1]
	}
}

// standing counts the runs that stand still, for whoever is to be told. Temporal names the blocked ones after some failures
// of their workflow task; one that is too old to do so leaves none.
func (l *look) standing(ctx context.Context) error {
	overdue, err := l.Store.OverdueRuns(ctx, l.at.Add(-storage.OverdueAfter))
	if err != nil {
		return err
	}
	callCtx, cancel := context.WithTimeout(ctx, 4*callTimeout)
	defer cancel()
	res, err := l.Launcher.Service.CountWorkflowExecutions(callCtx, &workflowservice.CountWorkflowExecutionsRequest{
		Namespace: l.Launcher.Namespace, Query: ofRuns + " AND " + contract.BlockedWorkflows,
	})
	if err != nil {
		slog.WarnContext(ctx, "blocked runs could not be counted", "error", err)
	}
	blocked := res.GetCount()
	if blocked > 0 {
		slog.WarnContext(ctx, "runs are blocked: this build can't walk them", "runs", blocked)
	}
	l.Metrics.standing(blocked, overdue)
	return nil
}

// end ends a workflow that has no open run, after asking both sides again.
func (l *look) end(ctx context.Context, f found, known bool) error {
	info, err := l.describe(ctx, f.workflowID, "")
	if err != nil || info == nil || info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return err
	}
	states, err := l.Store.RunStates(ctx, []ids.ID{f.run})
	if err != nil || states[f.run].Open {
		return err
	}
	why := "no row of this run in our database"
	if known {
		why = "our database says that this run has ended"
	}
	if err := l.Launcher.Terminate(ctx, f.workflowID, info.GetExecution().GetRunId(), "sojourn reconciler: "+why); err != nil {
		return err
	}
	return l.repaired(ctx, f.workspace, f.run, storage.RepairEnded, why)
}

// found is a workflow of ours in a list.
type found struct {
	workflowID string
	workspace  int64
	run        ids.ID
	started    time.Time
}

func (l *look) states(ctx context.Context, page []found) (map[ids.ID]storage.RunState, error) {
	runs := make([]ids.ID, len(page))
	for i, f := range page {
		runs[i] = f.run
	}
	slices.SortFunc(runs, func(a, b ids.ID) int { return bytes.Compare(a[:], b[:]) })
	return l.Store.RunStates(ctx, slices.Compact(runs))
}

// list pages through the workflows of runs. Those of workspaces that we do not know belong to somebody else.
func (l *look) list(ctx context.Context, query string, page func([]found) error) error {
	for token, more := []byte(nil), true; more; more = len(token) > 0 {
		res, err := l.listOnce(ctx, query, token)
		if err != nil {
			return fmt.Errorf("list workflows: %w", err)
		}
		var ours []found
		for _, e := range res.GetExecutions() {
			if f, ok := l.ours(e); ok {
				ours = append(ours, f)
			}
		}
		l.out.Looked += len(ours)
		if err := page(ours); err != nil {
			return err
		}
		activity.RecordHeartbeat(ctx)
		token = res.GetNextPageToken()
	}
	return nil
}

func (l *look) listOnce(ctx context.Context, query string, token []byte) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, 4*callTimeout)
	defer cancel()
	return l.Launcher.Service.ListWorkflowExecutions(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Namespace: l.Launcher.Namespace, PageSize: listPage, NextPageToken: token, Query: query,
	})
}

func (l *look) ours(e *workflowpb.WorkflowExecutionInfo) (found, bool) {
	id := e.GetExecution().GetWorkflowId()
	parts := strings.Split(id, "/")
	if len(parts) != 4 || parts[0] != "sojourn" {
		return found{}, false
	}
	workspace, known := l.workspaces[parts[1]]
	run, err := ids.Parse(parts[3])
	return found{workflowID: id, workspace: workspace, run: run, started: e.GetStartTime().AsTime()}, known && err == nil
}
