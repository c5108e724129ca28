package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// States of a rehearsal.
const (
	RehearsalRunning   = "running"
	RehearsalDone      = "done"
	RehearsalFailed    = "failed"
	RehearsalCancelled = "cancelled"
)

// States of a step of a rehearsal. Sending is what a worker that died at it leaves behind: the message is out or it is not,
// and it is not sent again.
const (
	RehearsedWalked  = "walked"
	RehearsedSending = "sending"
	RehearsedSent    = "sent"
	RehearsedFailed  = "failed"
	RehearsedBefore  = "before" // its message went out on an earlier walk
)

// Rehearsals keeps journeys that are walked for a member of staff. Nothing in them belongs to a customer, and nothing that
// counts customers, sends or offers reads them.
type Rehearsals interface {
	// StartRehearsal writes a running rehearsal with its line in the audit log. Conflict while the user has one going on.
	StartRehearsal(ctx context.Context, r models.Rehearsal, actor, journeyKey string) (models.Rehearsal, error)
	// Rehearsal reads one with what it came by, in order.
	Rehearsal(ctx context.Context, workspace int64, id ids.ID) (models.Rehearsal, []models.RehearsalStep, error)
	// RehearseStep writes a step down unless its number is there already; fresh tells which.
	RehearseStep(ctx context.Context, s models.RehearsalStep) (fresh bool, err error)
	// RehearsedStep notes how a step that was being sent ended.
	RehearsedStep(ctx context.Context, rehearsal ids.ID, seq int, state, subject, reason string) error
	// EndRehearsal ends a running one; twice changes nothing.
	EndRehearsal(ctx context.Context, workspace int64, id ids.ID, state, reason string, now time.Time) error
	// AskAddress keeps the hash of a code that was sent to a user's address, in place of the one before.
	AskAddress(ctx context.Context, user ids.ID, hash models.Hash, until time.Time) error
	// ProveAddress marks the address of a user as read by him when the hash is the one kept. It reports false for any other,
	// after so many wrong ones, and when the code is too old; whichever, a right code works once.
	ProveAddress(ctx context.Context, user ids.ID, hash models.Hash, now time.Time) (bool, error)
}

// CodeTries is how often a code may be wrong.
const CodeTries = 5
