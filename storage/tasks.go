package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// Words of tasks.
const (
	TaskOpen      = "open"
	TaskDone      = "done"
	TaskCancelled = "cancelled" // its run ended
	TaskExpired   = "expired"   // its run went on without it

	TaskReview = "review" // a draft message waits for a yes

	ReviewApprove = "approve" // outcomes of a review
	ReviewReject  = "reject"
)

// Tasks keeps what people are asked to do.
type Tasks interface {
	// ListTasks lists open tasks by due date, the next first, and others by creation, the newest first.
	ListTasks(ctx context.Context, workspace int64, f TaskFilter, p PageAsk) ([]TaskRow, error)
	// CountTasks counts open tasks, and those that are overdue.
	CountTasks(ctx context.Context, workspace int64, now time.Time) (open, overdue int64, err error)
	// Task returns one; NotFound.
	Task(ctx context.Context, workspace int64, id ids.ID) (TaskRow, error)
	// CompleteTask closes an open task with one of its outcomes. A task of a run becomes the event "Task Completed" of that
	// run in the same transaction; a review lets its message go, or skips it, and wakes its run. Conflict when it is closed
	// already, Invalid for another outcome.
	CompleteTask(ctx context.Context, workspace int64, id ids.ID, done TaskEnd) (TaskRow, error)
	// AnnotateTask changes note and callback of an open task: called, nobody answered, again at three.
	AnnotateTask(ctx context.Context, workspace int64, id ids.ID, note string, callback time.Time) (TaskRow, error)
}

// TaskFilter narrows a list. The zero value lists open tasks.
type TaskFilter struct {
	State    string // default open; "closed" = all others
	Type     string
	Role     string
	Journey  ids.ID
	Customer ids.ID
	Run      ids.ID
	DueUntil time.Time // open ones that are due before
}

// TaskEnd is how somebody ended a task.
type TaskEnd struct {
	Outcome  string
	Note     string
	Callback time.Time // when the customer wants to be called again
	By       string    // "user:<id>"
	Now      time.Time
}

// TaskRow is a task with the names it needs.
type TaskRow struct {
	models.Task
	Customer models.Customer // zero when erased
	Journey  JourneyName
}
