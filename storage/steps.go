package storage

import (
	"context"

	"sojourn/ids"
	"sojourn/models"
)

// Kinds of decision that the actions of steps leave; each once per run, step and visit. The outcome is the exit that was
// taken; the detail keeps "result" and, where the run's data changed, "revision".
const (
	DecisionSplit   = "split"
	DecisionOffer   = "offer"
	DecisionReward  = "reward"
	DecisionCollect = "collect"
	DecisionNotify  = "notify"
	DecisionWebhook = "webhook"
	DecisionTask    = "task"
	DecisionEnter   = "enter"
)

// Steps keeps what steps do beside sending.
//
// A method that changes something takes the decision that records it and writes both in one transaction. When that
// decision is there already it changes nothing and answers the recorded one, so an action that is repeated is done once.
type Steps interface {
	// RecordedDecision returns a decision by its id; found is false when there is none.
	RecordedDecision(ctx context.Context, workspace int64, id ids.ID) (d models.Decision, found bool, err error)
	// KeepDecision is of Runs.
	KeepDecision(ctx context.Context, d models.Decision) error
	// ChangeCustomer changes attributes, lists and permissions of a customer under his lock. A list that does not exist is
	// made. NotFound when the customer does not exist or was erased.
	ChangeCustomer(ctx context.Context, workspace int64, customer ids.ID, c CustomerChange, d models.Decision) (models.Decision, error)
	// ReviseContext writes the next revision of a run's data: what was known with set over it, a null removes. The number
	// is in the decision's detail and in the answer. NotFound when there is no such run.
	ReviseContext(ctx context.Context, workspace int64, run ids.ID, set map[string]any, d models.Decision) (recorded models.Decision, revision int, err error)
	// CreateTask creates a task with its decision.
	CreateTask(ctx context.Context, t models.Task, d models.Decision) (models.Decision, error)
	// ClaimOffer reserves an offer for a run with its decision; ask.Given gives it at once.
	ClaimOffer(ctx context.Context, ask OfferAsk, d models.Decision) (models.Decision, error)
}

// CustomerChange is what an update step does.
type CustomerChange struct {
	Set         map[string]any     // a nil removes the attribute
	Add         map[string]float64 // to numeric attributes; a missing one counts as 0, another type is left alone
	Join, Leave []string           // keys of static lists
	Unsubscribe []string           // topics, on every channel
	Source      string             // of the withdrawal, for the ledger: "journey:win-back"
}
