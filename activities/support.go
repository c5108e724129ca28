package activities

import (
	"context"
	"time"

	"sojourn/audience"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// What the actions of steps (activities/steps) share with the decisions of a run.

// DecisionID is the id of the one record of a question: run, step, visit and kind.
func DecisionID(run ids.ID, step string, visit int, kind string) ids.ID {
	return decisionID(run, step, visit, kind, "")
}

// TaskID is the id of the task that one visit of a task step asks for.
func TaskID(run ids.ID, step string, visit int) ids.ID {
	return decisionID(run, step, visit, "task row", "")
}

// Failure turns an error into one that Temporal may keep.
func Failure(ctx context.Context, activity string, err error) error {
	return failure(ctx, activity, err)
}

// Bindings is what a template may speak of; link is the address of the unsubscribe page, "" outside of messages.
func Bindings(s storage.SendSubject, link string, now time.Time) map[string]any {
	return bindings(s, link, now)
}

// StepOf reads a step of a published document by the document's hash. It is no method, so that whoever registers the
// methods of Runs registers activities only.
func StepOf(ctx context.Context, r *Runs, workspace int64, docHash, stepID string) (journey.Step, *journey.Document, error) {
	return r.step(ctx, workspace, docHash, stepID)
}

// Holds holds an event of the run against a condition over it, the customer and the run.
func Holds(ctx context.Context, r *Runs, workspace int64, run ids.ID, who storage.RunPerson, where audience.Condition, event *models.Event, revision int, results map[string]string) (bool, error) {
	return r.holds(ctx, workspace, run, who, where, event, revision, results)
}

// Zone is the zone in which the days of a document are counted for somebody.
func Zone(d *journey.Document, who storage.RunPerson) *time.Location { return zoneOf(d.Timezone, who) }
