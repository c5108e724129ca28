package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// Engagement keeps what became of a message after it was handed over: opens and clicks.
type Engagement interface {
	// LinkTarget is where link n of a message leads; NotFound when there is no such message of the workspace, or when it
	// has no such link.
	LinkTarget(ctx context.Context, workspace int64, send ids.ID, n int) (string, error)
	// RecordHit counts a hit. A person's first open of a message, and first click on each of its links, is also committed
	// as an event of the run (Message Opened, Message Clicked), once however often it is recorded. Machines and people
	// who have refused the purpose "tracking" cause no event; of the latter nothing is counted either, nor of a message
	// that was never handed over. NotFound when there is no such message of the workspace.
	RecordHit(ctx context.Context, h Hit) (HitResult, error)
	// EngagementOf returns what is known about these sends; those without any hit are absent.
	EngagementOf(ctx context.Context, workspace int64, sends []ids.ID) (map[ids.ID]Engaged, error)
}

// Hit is one request for a tracked address.
type Hit struct {
	Workspace int64
	Send      ids.ID
	Link      int    // from 1; 0 is the open pixel
	Machine   string // why it is taken for a machine's: scanner, prefetch, proxy…; "" = a person's
	At        time.Time
}

// HitResult says what a hit was good for.
type HitResult string

// The results.
const (
	HitFirst   HitResult = "first"   // the first of a person: the run is told
	HitAgain   HitResult = "again"   // counted
	HitMachine HitResult = "machine" // counted apart
	HitRefused HitResult = "refused" // nothing is recorded about this person, or the message was never handed over
)

// HitTooEarly is how soon after the hand-over nobody can have read a message: such a hit is a machine's that looks at
// mail on its way in.
const HitTooEarly = 800 * time.Millisecond

// Engaged is what is known about one message.
type Engaged struct {
	OpenedAt    models.Instant // by a person; zero = not that we know
	ClickedAt   models.Instant // the first click of a person
	Opens       int
	Clicks      int // all of them
	Links       int // distinct links clicked
	MachineHits int
}
