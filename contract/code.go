package contract

import (
	"context"
	"encoding/json"
	"time"
)

// CodeWorkflow is the workflow type of a code journey. It runs on CodeQueue.
func CodeWorkflow(journeyType string) string { return "code/" + journeyType }

// RunWorkflow is the workflow type and the task queue of a run; codeType is that of its version, empty for a canvas.
func RunWorkflow(codeType string) (workflow, queue string) {
	if codeType == "" {
		return WorkflowJourney, QueueJourneys
	}
	return CodeWorkflow(codeType), CodeQueue(codeType)
}

// CodePlay is the code of a code journey: it asks the engine for steps and returns the outcome of the run, empty for
// "completed". It must decide by nothing but its settings and the answers.
type CodePlay func(e CodeEngine, settings json.RawMessage) (outcome string)

// CodeEngine is what walks a run for the code of its journey.
type CodeEngine interface {
	// Call does a step of the document and answers how it ended. Until, if not zero, is when a wait step ends. A run that is
	// ended by something else (exit, goal, stop) never comes back from here.
	Call(step string, until time.Time) CodeAnswer
	// Now is when the code was last answered; the same whenever the code begins again.
	Now() time.Time
	// Changed reports whether the run takes the new way of a change in the code: not one that has passed it already.
	Changed(id string) bool
	// Keep sets a checkpoint: code that begins again finds data in Kept and is not answered anything from before.
	Keep(data json.RawMessage)
	Kept() json.RawMessage
	RunID() string
}

// CodeAnswer is how a step ended. Result is what other steps may ask for: points, a reason, an error's kind.
type CodeAnswer struct {
	Exit   string
	Result string
	At     time.Time
}

// CodeDo is the code of a developer's step: one attempt. Exits are those that the step declares. An error of a kind that
// trying again does not mend (package fault) leaves the step by "failed"; any other is tried again.
type CodeDo func(ctx context.Context, ask CodeAsk) (exit, result string, err error)

// CodeStep is a registered step as a worker needs it.
type CodeStep struct {
	Do    CodeDo
	Exits []string // beside "next" and "failed", which every step has
}

// CodeAsk is what the code of a step is told.
type CodeAsk struct {
	Key         string // of this visit of this run: the same at every attempt, for the idempotency of what is called
	WorkspaceID int64
	RunID       string
	CustomerID  string
	StepID      string
	Visit       int
	Now         time.Time
	Results     map[string]string // last result of each step of this run
	Settings    json.RawMessage
	// Data reads what a template sees: the customer and the run's data.
	Data func(ctx context.Context) (map[string]any, error)
	// Save puts a value into the run's data when the attempt ends well; nil removes it.
	Save func(name string, value any)
}
