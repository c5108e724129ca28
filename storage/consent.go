package storage

import (
	"context"
	"time"

	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
)

// Consents keeps the ledger of permissions, its projection, and the suppressed addresses.
//
// The ledger is append-only and chained by hash per customer. The projection (permissions) is written in the same
// transaction as the entry. A withdrawal or suppression locks the contact points it concerns, the customer's present
// ones and those of sends under way, and bumps their permission epoch, so a send that was let through before cannot
// pass its fence any more: once the call has returned, nothing is handed over on the old permission.
type Consents interface {
	// RecordConsent appends one entry. The same event is recorded once. Invalid when the entry is not well formed,
	// NotFound when there is no such customer. A person's withdrawal that did not come by an event makes one,
	// "Consent Withdrawn" with channel, purpose and source for each topic that it ends.
	RecordConsent(ctx context.Context, r ConsentRecord) error
	// Unsubscribe withdraws a purpose on a channel for the customer of a link, and for everybody else in the workspace
	// who has the same address. Each of them is told to journeys by the event "Consent Withdrawn". Repeating it changes
	// nothing. NotFound when the customer does not exist (any more).
	Unsubscribe(ctx context.Context, u consent.Unsubscribe, source string, proof map[string]any, now time.Time) error
	// Suppress marks an address as one that must not be written to. It may be called before anybody has the address.
	// A graver reason replaces a lesser one, never the other way round.
	Suppress(ctx context.Context, workspace int64, channel, address string, reason SuppressionReason, now time.Time) error
	// Unsuppress is for an operator who knows better. NotFound when the address is unknown.
	Unsuppress(ctx context.Context, workspace int64, channel, address string) error
	// ConsentLedger returns the customer's entries in the order of the chain, Permissions the projection by topic.
	ConsentLedger(ctx context.Context, workspace int64, customer ids.ID) ([]models.Consent, error)
	Permissions(ctx context.Context, workspace int64, customer ids.ID) ([]models.Permission, error)
	// RebuildPermissions computes the projection from the ledger and returns how many rows were not as they should be.
	RebuildPermissions(ctx context.Context, workspace int64, customer ids.ID) (mended int, err error)
	// VerifyConsents checks the chain of hashes and the digests of proofs that have not been erased; a Conflict names
	// the first line that does not fit.
	VerifyConsents(ctx context.Context, workspace int64, customer ids.ID) error
}

// ConsentRecord is an entry that somebody wants in the ledger. Entry.ID and Entry.Seq are given by the store.
type ConsentRecord struct {
	Workspace    int64
	Customer     ids.ID
	ContactPoint ids.ID // the address it was given for, if known
	Entry        consent.Entry
	Proof        map[string]any // wording version, locale, page, IP, double opt-in trail…
	Actor        string         // who entered it: "customer", "user:<id>", "import:<id>"
	Event        ids.ID         // the event that carried it, if any
	Send         ids.ID         // the message in which the link was, if any
}

// SuppressionReason says why an address must not be written to.
type SuppressionReason string

// The reasons, gravest first. Which classes each stops, per channel, is in package pressure.
const (
	HardBounce SuppressionReason = "hard_bounce" // the address does not exist
	ManualStop SuppressionReason = "manual"      // an operator said so
	StopWord   SuppressionReason = "stop"        // STOP as a reply
	Complaint  SuppressionReason = "complaint"   // marked as spam
)

// Gravity orders the reasons; unknown ones weigh nothing.
func (r SuppressionReason) Gravity() int {
	switch r {
	case HardBounce:
		return 4
	case ManualStop:
		return 3
	case StopWord:
		return 2
	case Complaint:
		return 1
	}
	return 0
}
