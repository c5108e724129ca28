package storage

import (
	"context"
	"fmt"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// Words of offers.
const (
	OfferActive   = "active"
	OfferPaused   = "paused"
	OfferArchived = "archived"

	CodeNone   = "none"   // no code
	CodeShared = "shared" // everybody gets the same one
	CodePool   = "pool"   // everybody gets his own

	BenefitPercent = "percent" // BenefitValue hundredths of a percent
	BenefitAmount  = "amount"  // BenefitValue minor units of the workspace's currency
	BenefitOther   = "other"   // what the texts say

	VoucherFree  = "free"
	VoucherTaken = "taken" // by a claim
	VoucherVoid  = "void"  // taken out of the pool

	ClaimReserved  = "reserved"  // held, not shown yet
	ClaimConfirmed = "confirmed" // a message that showed it was accepted, or it was given at once
	ClaimReleased  = "released"  // not shown: the code is free again
)

// Why a claim is refused, and why one is released.
const (
	ClaimNoOffer   = "no_offer"   // unknown, paused, or not valid just now
	ClaimNoneLeft  = "none_left"  // pool or budget
	ClaimHasEnough = "has_enough" // as many as one customer may have

	ReleaseRunEnded = "run_ended"
	ReleaseExpired  = "expired"
)

// DefaultHold is how long a reserved offer is held for its run, as an ISO 8601 duration.
const DefaultHold = "P30D"

// OfferAsk asks for an offer.
type OfferAsk struct {
	Workspace    int64
	Offer        string // key
	Key          string // what makes it one claim
	Customer     ids.ID
	Run, Journey ids.ID
	Step         string
	Visit        int
	Given        bool // no message has to show it: confirmed at once
	Now          time.Time
}

// OfferClaimKey is the claim of an offer step's visit.
func OfferClaimKey(run ids.ID, step string, visit int) string {
	return fmt.Sprintf("o|%s|%s|%d", run, step, visit)
}

// Offers keeps offers, their codes, and who has them.
//
// Claims of one offer are made one at a time under the lock of its row, so pool, budget and limit per customer are exact.
// Lock order: customer, offer, claim, voucher.
type Offers interface {
	// SaveOffer is PutOffer for somebody who has read the offer: o.UpdatedAt is when it was changed last, zero when there was
	// none. Conflict when somebody else has changed it, or made it, meanwhile.
	SaveOffer(ctx context.Context, o models.Offer, now time.Time) (models.Offer, error)
	// PutOffer creates an offer or replaces the one with its key (texts, rules, state; never what was issued).
	PutOffer(ctx context.Context, o models.Offer, now time.Time) (models.Offer, error)
	// ListOffers lists the offers that are not archived (or all), by name, with their numbers.
	ListOffers(ctx context.Context, workspace int64, archived bool) ([]OfferRow, error)
	// OfferByKey returns one; NotFound.
	OfferByKey(ctx context.Context, workspace int64, key string) (OfferRow, error)
	// OfferUse counts the claims of an offer by journey and state, most used first.
	OfferUse(ctx context.Context, workspace int64, offer ids.ID) ([]OfferUse, error)
	// AddCodes adds codes to the pool. Codes the workspace has already are counted and left as they are. Conflict when
	// the offer has no pool.
	AddCodes(ctx context.Context, workspace int64, offer ids.ID, codes []string, batch string, now time.Time) (added, known int, err error)
	// VoidCodes takes all free codes of the pool out of it.
	VoidCodes(ctx context.Context, workspace int64, offer ids.ID) (int, error)
	// OfferKeys lists the keys of the offers that can be reserved.
	OfferKeys(ctx context.Context, workspace int64) ([]string, error)
	// ClaimOfRun returns the newest claim of a run's offer step with its offer; found is false when there is none.
	ClaimOfRun(ctx context.Context, workspace int64, run ids.ID, step string) (c HeldOffer, found bool, err error)
}

// HeldOffer is a claim with its offer.
type HeldOffer struct {
	Claim models.OfferClaim
	Offer models.Offer
}

// OfferRow is an offer with its numbers.
type OfferRow struct {
	models.Offer
	Free, Void                    int64 // codes of the pool
	Reserved, Confirmed, Released int64 // claims
}

// OfferUse counts the claims of one journey; no journey = given outside of one.
type OfferUse struct {
	Journey                       JourneyName
	Reserved, Confirmed, Released int64
}
