package adminapi

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// TasksIn filters tasks.
type TasksIn struct {
	PageIn
	State   string `query:"state" enum:"open,closed,done,cancelled,expired" default:"open"`
	Type    string `query:"type" maxLength:"16"`
	Role    string `query:"role" maxLength:"32"`
	Journey string `query:"journey" maxLength:"63"`
	Overdue bool   `query:"overdue"`
	// Before is a moment of the reader's own day, such as its end.
	Before time.Time `query:"due_before" doc:"Due before this instant"`
}

func (a *API) listTasks(ctx context.Context, in *TasksIn) (*Out[Page[TaskSummary]], error) {
	ws := caller(ctx).Workspace.ID
	list := "tasks/" + in.State
	ask, err := a.ask(list, ws, in.PageIn)
	if err != nil {
		return nil, err
	}
	f := storage.TaskFilter{State: in.State, Type: in.Type, Role: in.Role}
	if f.Journey, _, err = a.journeyFilter(ctx, ws, in.Journey, 0); err != nil {
		return nil, err
	}
	f.DueUntil = in.Before
	if in.Overdue {
		f.DueUntil = a.now()
	}
	rows, err := a.deps.Store.ListTasks(ctx, ws, f, ask)
	if err != nil {
		return nil, err
	}
	at := func(r storage.TaskRow) (models.Instant, ids.ID) { return r.CreatedAt, r.ID }
	if in.State == storage.TaskOpen || in.State == "" {
		at = func(r storage.TaskRow) (models.Instant, ids.ID) { return r.DueAt, r.ID }
	}
	return page(a, list, ws, ask, rows, at, taskOf), nil
}

func (a *API) countTasks(ctx context.Context, _ *struct{}) (*Out[TaskCount], error) {
	open, overdue, err := a.deps.Store.CountTasks(ctx, caller(ctx).Workspace.ID, a.now())
	return &Out[TaskCount]{TaskCount{Open: open, Overdue: overdue}}, err
}

func taskOf(r storage.TaskRow) TaskSummary {
	out := TaskSummary{ID: r.ID.String(), Type: r.Type, Title: r.Title, Role: r.Role, State: r.State, Outcomes: []string{}, Outcome: r.Outcome, Note: r.Note, CustomerID: r.CustomerID.String(), RunID: r.RunID.String(),
		StepID: r.StepID, Journey: journeyRef(r.Journey), DueAt: r.DueAt.Time(), CreatedAt: r.CreatedAt.Time(), CallbackAt: when(r.CallbackAt), ClosedAt: when(r.ClosedAt)}
	_ = r.Outcomes.Into(&out.Outcomes) // our own column
	return out
}

func (a *API) getTask(ctx context.Context, in *ByID) (*Out[TaskDetail], error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	row, err := a.deps.Store.Task(ctx, caller(ctx).Workspace.ID, id)
	if err != nil {
		return nil, err
	}
	return a.task(ctx, row)
}

func (a *API) task(ctx context.Context, row storage.TaskRow) (*Out[TaskDetail], error) {
	out := TaskDetail{TaskSummary: taskOf(row), Instructions: row.Instructions, Fields: []TaskField{}}
	var names []string
	if err := row.Fields.Into(&names); err != nil {
		return nil, err
	}
	for _, n := range names {
		out.Fields = append(out.Fields, TaskField{Name: n, Value: fieldOf(row.Task, row.Customer, n)})
	}
	if !row.SendID.IsZero() {
		c, err := a.deps.Store.SendContent(ctx, row.WorkspaceID, row.SendID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		out.Message = &ReviewMessage{Subject: c.Subject, HTML: c.HTML, Text: c.TextBody}
	}
	return &Out[TaskDetail]{out}, nil
}

// fieldOf is one value of the customer, while the task is open: who is done with it needs it no more.
func fieldOf(t models.Task, c models.Customer, name string) string {
	if t.State != storage.TaskOpen || c.ID.IsZero() {
		return ""
	}
	switch name {
	case "email":
		return string(c.Email)
	case "phone":
		return string(c.Phone)
	case "external_id":
		return string(c.ExternalID)
	case "locale":
		return c.Locale
	case "timezone":
		return c.Timezone
	case "country":
		return c.Country
	case "birthday":
		return string(c.Birthday)
	}
	var v any = object(c.Attributes)
	for part := range strings.SplitSeq(strings.TrimPrefix(name, "attributes."), ".") {
		at, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = at[part]
	}
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (a *API) completeTask(ctx context.Context, in *ByIDBody[TaskComplete]) (*Out[TaskDetail], error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	c := caller(ctx)
	done := storage.TaskEnd{Outcome: in.Body.Outcome, Note: in.Body.Note, By: c.Actor(), Now: a.now()}
	if in.Body.CallbackAt != nil {
		done.Callback = *in.Body.CallbackAt
	}
	row, err := a.deps.Store.CompleteTask(ctx, c.Workspace.ID, id, done)
	if err != nil {
		return nil, err
	}
	return a.task(ctx, row)
}

func (a *API) noteTask(ctx context.Context, in *ByIDBody[TaskNote]) (*Out[TaskDetail], error) {
	id, err := parseID(in.ID)
	if err != nil {
		return nil, err
	}
	var callback time.Time
	if in.Body.CallbackAt != nil {
		callback = *in.Body.CallbackAt
	}
	row, err := a.deps.Store.AnnotateTask(ctx, caller(ctx).Workspace.ID, id, in.Body.Note, callback)
	if err != nil {
		return nil, err
	}
	return a.task(ctx, row)
}
