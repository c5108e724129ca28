package storage

import (
	"context"
	"time"

	"sojourn/ids"
)

// Events that Sojourn itself makes about one run. They reach that run alone, and only if its version listens for them;
// as the entry of a journey they count like any other event of the customer.
const (
	EventMessageOpened  = "Message Opened"  // properties send_id, template, channel
	EventMessageClicked = "Message Clicked" // the same, and link
	EventTaskCompleted  = "Task Completed"  // properties task_id, outcome, step
)

// RunEvent is an event of our own about one run, or, of a message that no run sent, about a customer.
type RunEvent struct {
	Run        ids.ID
	Customer   ids.ID // without Run: whom it is about
	Step       string // the step it is about, for example the one that sent the message
	Send       ids.ID // the send it is about, if any
	Name       string
	MessageID  string         // the same id again changes nothing
	Properties map[string]any // no addresses, no texts
	OccurredAt time.Time      // zero or in the future = now
}

// RunEvents takes in events of our own.
type RunEvents interface {
	// AcceptRunEvents stores the events like those of any other source (AcceptEvents): when it returns without error they
	// are committed and will be routed, each once. A run that is not one of the workspace is NotFound and nothing is stored.
	AcceptRunEvents(ctx context.Context, workspace int64, events []RunEvent, now time.Time) error
}
