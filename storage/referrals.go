package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/referral"
)

// ReferralCodeAsk asks for the code of a referrer.
type ReferralCodeAsk struct {
	Workspace int64
	Program   string
	Customer  ids.ID
	Target    string // https page of the shop
	Random    []byte // of which a new code is made
	Expires   time.Time
	Now       time.Time
}

// ReferralTraces is what a person leaves by which he is known again. It is personal: it is hashed at once.
type ReferralTraces struct {
	Customer models.Customer
	Orders   []models.JSON // properties, newest first
	Devices  []string
}

// ReferralRow is a claim with the two it is about.
type ReferralRow struct {
	models.ReferralClaim
	Code             string
	Referrer, Friend Person
}

// ReferralTotal counts the claims of one referrer.
type ReferralTotal struct {
	Referrer Person
	Code     models.ReferralCode
	Claims   int64
	Open     int64
	Rewarded int64
	Refused  int64
	Reversed int64
}

// Referrals keeps who referred whom. The rules are those of package referral; here is what is known, and what came of it.
//
// A claim is written by the router, once per friend and code, in the transaction that applies the event by which he came. It is changed
// under the locks of its two customers (in id order), so what concerns one friend or one referrer is decided one after the other.
type Referrals interface {
	// IssueReferralCode gives a customer his code of a programme; asked again he gets the same one, with the new target and a later
	// end. NotFound when there is no such customer, or he was erased.
	IssueReferralCode(ctx context.Context, ask ReferralCodeAsk) (models.ReferralCode, error)
	// ReferralCode returns a code by its id; NotFound.
	ReferralCode(ctx context.Context, workspace int64, id ids.ID) (models.ReferralCode, error)
	// CountReferralVisit counts somebody who followed a link.
	CountReferralVisit(ctx context.Context, workspace int64, id ids.ID, machine bool, now time.Time) error

	// ReferralClaim returns a claim; NotFound.
	ReferralClaim(ctx context.Context, workspace int64, id ids.ID) (models.ReferralClaim, error)
	// ReferralClaimsOfRun lists the claims of the friend whose run this is, the earliest first.
	ReferralClaimsOfRun(ctx context.Context, workspace int64, run ids.ID) ([]models.ReferralClaim, error)
	// ReferralTraces reads what a customer left; KeepReferralMarks adds the hashes of it.
	ReferralTraces(ctx context.Context, workspace int64, customer ids.ID) (ReferralTraces, error)
	KeepReferralMarks(ctx context.Context, workspace int64, customer ids.ID, marks map[referral.Kind][]models.Hash, now time.Time) error
	// ChangeReferral changes a claim under the locks of its customers with all that is known about it. The change may be asked more
	// than once when the transaction is repeated; what it leaves in the row is written. NotFound.
	ChangeReferral(ctx context.Context, workspace int64, id ids.ID, now time.Time, change func(f referral.Facts, row *models.ReferralClaim) error) (models.ReferralClaim, error)
	// OrderLeft is what is left of an order after refunds; known is false when there is no such order.
	OrderLeft(ctx context.Context, workspace int64, orderKey string) (left int64, known bool, err error)

	// StrayReferrals finds, over all workspaces, claims that nobody else ends: open ones whose run has ended or whose friend or
	// referrer was erased, those that have been settling since before stuck, and rewarded ones whose order was paid back.
	StrayReferrals(ctx context.Context, stuck time.Time, limit int) ([]StrayReferral, error)
	// ScrubReferrals removes what is left about erased customers: their marks, and their codes, of which only the fact stays. It
	// returns how many codes it ended. EraseReferrals does so for one customer and ends his open claims.
	ScrubReferrals(ctx context.Context, now time.Time) (int, error)
	EraseReferrals(ctx context.Context, workspace int64, customer ids.ID, now time.Time) error

	// ListReferrals lists claims, newest first; state and customer (either side) may be left empty.
	ListReferrals(ctx context.Context, workspace int64, state string, customer ids.ID, p PageAsk) ([]ReferralRow, error)
	// ReferralTotals lists the codes of a workspace with what came of them, the most claims first.
	ReferralTotals(ctx context.Context, workspace int64, limit int) ([]ReferralTotal, error)
	// ReferralCodesOf lists a customer's codes, newest first.
	ReferralCodesOf(ctx context.Context, workspace int64, customer ids.ID) ([]models.ReferralCode, error)
}

// StrayReferral is a claim that has to be looked at, and why.
type StrayReferral struct {
	Claim    models.ReferralClaim
	RunEnded bool
	Control  bool
	Gone     bool // one of the two was erased
	Recheck  bool // its order was paid back, at least in part
}

// ReferralClaimOf is a row as the rules see it.
func ReferralClaimOf(row *models.ReferralClaim) referral.Claim {
	return referral.Claim{State: referral.State(row.State), Reason: row.Reason, At: row.ClaimedAt.Time(), Minimum: row.Minimum, Until: row.ClawbackUntil.Time(),
		Referrer: referral.Side{State: row.ReferrerSide, Reason: row.ReferrerReason}, Friend: referral.Side{State: row.FriendSide, Reason: row.FriendReason}}
}

// SetReferralClaim writes what the rules made of it into the row.
func SetReferralClaim(row *models.ReferralClaim, c referral.Claim) {
	row.State, row.Reason = string(c.State), c.Reason
	row.ReferrerSide, row.ReferrerReason = c.Referrer.State, c.Referrer.Reason
	row.FriendSide, row.FriendReason = c.Friend.State, c.Friend.Reason
}
