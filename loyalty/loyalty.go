package loyalty

import (
	"context"
	"time"

	"sojourn/ids"
)

// Kinds of reward.
const (
	Points   = "points"   // Amount points on the customer's account
	Voucher  = "voucher"  // a code of the offer's pool, or its shared code
	Discount = "discount" // Amount minor units of Currency off a later order
)

// Why a grant is refused.
const (
	NoCustomer = "no_customer" // there is no such customer, or he was erased
	Restricted = "restricted"  // the customer's data is stored only (GDPR 18)
	NoAmount   = "no_amount"   // nothing, or less than nothing, was to be granted
	NoOffer    = "no_offer"    // the offer does not exist, is paused, or is not valid just now
	NoneLeft   = "none_left"   // its pool or budget is used up
	HasEnough  = "has_enough"  // the customer has as many of this offer as one may have
	Reversed   = "reversed"    // it was granted under this key, and taken back
)

// Grant asks for one reward.
type Grant struct {
	Workspace int64
	Key       string // what makes it one reward; at most 255 bytes
	Customer  ids.ID
	Kind      string
	Amount    int64
	Currency  string // ISO 4217; empty = the workspace's
	Offer     string // key of the offer, with kind voucher
	Reason    string // shown on the statement
	Run       ids.ID // what grants it, if a run does
	Journey   ids.ID
	Step      string
	Now       time.Time
}

// Receipt is the answer. Refused is empty when the reward was granted, now or at an earlier call with the same key.
type Receipt struct {
	ID      ids.ID
	Refused string
	Code    string // with kind voucher
	Again   bool   // it was granted at an earlier call
}

// Program keeps what customers have earned.
type Program interface {
	// Grant grants once per workspace and key, and answers the first receipt again. A refusal is no error and is not kept:
	// asking again may end otherwise.
	Grant(ctx context.Context, g Grant) (Receipt, error)
	// Reverse takes a grant back, once; done is false when it was taken back before. A voucher's code is not given to
	// anybody else. NotFound when nothing was granted under the key.
	Reverse(ctx context.Context, workspace int64, key, reason string, now time.Time) (done bool, err error)
	// Points is the customer's balance.
	Points(ctx context.Context, workspace int64, customer ids.ID) (int64, error)
}
