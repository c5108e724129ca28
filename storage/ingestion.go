package storage

import (
	"context"
	"time"

	"sojourn/ingest"
)

// Ingestion takes events in, durably and each once.
type Ingestion interface {
	// AcceptEvents stores the events of all intakes in one transaction, together with their outbox rows and identity
	// groups; when it returns without error all of it is committed, otherwise nothing is. The receipts stand in the order
	// of the events.
	//
	// An event whose message id this source has sent before changes nothing: Duplicate when the content is the same,
	// Conflict when it differs, and then the conflict is counted on the first one.
	//
	// Outbox ids rise in the order of intakes and events. All identities that one event names end up in one group. When
	// that moves identities out of another group, the event's outbox row carries that group as its barrier: rows of it
	// with lower ids come first. Two calls that overlap in time may be ordered either way; a call that starts after
	// another one returned is ordered behind it.
	//
	// Errors: fault.Unavailable when the database is down, full or locked.
	AcceptEvents(ctx context.Context, intakes []Intake) ([][]Receipt, error)
}

// SourceInternal is the source of events that Sojourn itself makes about one run: a message was opened or clicked, a task
// is done. Their context names the run: {"sojourn":{"run":…,"step":…,"send":…}}. Sources from outside are ids of keys, so
// nobody else can be it.
const SourceInternal = "sojourn"

// Intake is what one request of one source brought.
type Intake struct {
	Workspace  int64
	Source     string // who sent it; message ids are unique per source
	Events     []ingest.Event
	ReceivedAt time.Time
}

// Receipt says what became of one event.
type Receipt uint8

// The receipts.
const (
	Accepted  Receipt = iota + 1 // stored now, will be routed
	Duplicate                    // known before, same content
	Conflict                     // known before, other content: the first one stays
)

// Kinds of identity.
const (
	IdentityUser      = "user_id"
	IdentityAnonymous = "anonymous_id"
)
