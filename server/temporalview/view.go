// Package temporalview looks at the workflows behind runs for the admin API. It only reads.
package temporalview

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"sojourn/contract"
	"sojourn/server/adminapi"
)

// callTimeout keeps a page from waiting for a Temporal that does not answer.
const callTimeout = 1500 * time.Millisecond

// View implements adminapi.Temporal.
type View struct {
	Client    client.Client
	Namespace string
	WebURL    string // Temporal Web, "" = no links
	Now       func() time.Time

	mu        sync.Mutex
	asked     time.Time
	reachable bool
	blocked   map[string]blocked
}

// blocked is how many workflows of a workspace are, and when that was asked.
type blocked struct {
	at    time.Time
	count int64
}

// Blocked implements adminapi.Temporal; the answer is kept for half a minute, since every home page asks.
func (v *View) Blocked(ctx context.Context, workspaceKey string) (int64, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.Now()
	if b, ok := v.blocked[workspaceKey]; ok && now.Sub(b.at) < 30*time.Second {
		return b.count, nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	query := contract.AttrWorkspace + " = '" + strings.ReplaceAll(workspaceKey, "'", "") + "' AND " + contract.BlockedWorkflows
	res, err := v.Client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Namespace: v.Namespace, Query: query})
	if v.blocked == nil {
		v.blocked = map[string]blocked{}
	}
	v.blocked[workspaceKey] = blocked{now, res.GetCount()} // after a failure not again at once, either
	return res.GetCount(), err
}

// Run implements adminapi.Temporal.
func (v *View) Run(ctx context.Context, workflowID string) (adminapi.TemporalRun, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	d, err := v.Client.DescribeWorkflowExecution(ctx, workflowID, "")
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return adminapi.TemporalRun{State: "forgotten"}, nil
	}
	if err != nil {
		return adminapi.TemporalRun{}, err
	}
	info := d.GetWorkflowExecutionInfo()
	out := adminapi.TemporalRun{State: stateOf(info.GetStatus())}
	if v.WebURL != "" {
		out.URL = strings.TrimSuffix(v.WebURL, "/") + "/namespaces/" + url.PathEscape(v.Namespace) + "/workflows/" + url.PathEscape(workflowID) + "/" + url.PathEscape(info.GetExecution().GetRunId()) + "/history"
	}
	if pending := len(d.GetPendingActivities()); pending > 0 {
		out.Current = "an activity is under way"
	}
	if d.GetPendingWorkflowTask().GetAttempt() > 3 {
		out.Current = "blocked: its workflow task keeps failing, see Temporal Web"
	}
	return out, nil
}

func stateOf(s enumspb.WorkflowExecutionStatus) string {
	switch s {
	case enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return "running"
	case enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED:
		return "completed"
	case enumspb.WORKFLOW_EXECUTION_STATUS_FAILED:
		return "failed"
	case enumspb.WORKFLOW_EXECUTION_STATUS_CANCELED:
		return "cancelled"
	case enumspb.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return "terminated"
	case enumspb.WORKFLOW_EXECUTION_STATUS_TIMED_OUT:
		return "timed_out"
	case enumspb.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
		return "continued"
	}
	return "unreachable"
}

// Reachable implements adminapi.Temporal; the answer is kept for five seconds, since every home page asks.
func (v *View) Reachable(ctx context.Context) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.Now()
	if now.Sub(v.asked) < 5*time.Second {
		return v.reachable
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := v.Client.CheckHealth(ctx, &client.CheckHealthRequest{})
	v.asked, v.reachable = now, err == nil
	return v.reachable
}
