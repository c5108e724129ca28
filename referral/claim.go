package referral

import "time"

// State is where a claim is.
type State string

// The states.
const (
	Pending  State = "pending"  // somebody came by a code; nothing is decided
	Accepted State = "accepted" // he counts as a friend; his order is awaited
	Settling State = "settling" // the order was kept: rewards are on their way
	Rewarded State = "rewarded" // at least one side got its reward
	Refused  State = "refused"  // nobody gets anything
	Reversed State = "reversed" // what was given was taken back
)

// Open reports that nothing has been decided for good.
func (s State) Open() bool { return s == Pending || s == Accepted }

// Holds reports that the claim is the friend's one valid claim.
func (s State) Holds() bool { return s == Accepted || s == Settling || s == Rewarded }

// Why a claim, or one side of it, ends without a reward. These words are stored, shown and told to conditions; they never change.
const (
	SelfReferral     = "self_referral"     // the friend is the referrer
	SameAddress      = "same_address"      // both have the same mailbox, telephone or postal address
	SameHousehold    = "same_household"    // both name the same household
	SameCard         = "same_card"         // both paid with the same card
	SameDevice       = "same_device"       // both used the same device
	Cycle            = "cycle"             // the friend has, by others or not, referred the referrer
	OtherReferrer    = "other_referrer"    // the friend came by somebody else's code first
	ExistingCustomer = "existing_customer" // the friend had bought before
	CodeExpired      = "code_expired"      // the code was not valid any more
	NoOrder          = "no_order"          // no order in time
	OrderTooSmall    = "order_too_small"   // only orders below the minimum
	OrderReturned    = "order_returned"    // the order was returned or cancelled
	YearlyLimit      = "yearly_limit"      // the referrer has had as many rewards as one may have in a year
	Erased           = "erased"            // one of the two was erased
	HeldOut          = "held_out"          // the friend is in the control group
	JourneyEnded     = "journey_ended"     // the journey was stopped, or the run was ended by hand
	NotRunning       = "not_running"       // no live journey took the friend in
	ByHand           = "by_hand"           // a colleague ended it
	NoReward         = "no_reward"         // this side gets nothing by the settings
	NoneGiven        = "none_given"        // neither side could be given anything
)

// Friendly are the reasons that a friend may be told: they accuse nobody, and teach nobody how to cheat.
var Friendly = []string{OtherReferrer, ExistingCustomer, CodeExpired, NoOrder, OrderTooSmall, OrderReturned, YearlyLimit}

// Side is what became of one of the two rewards.
type Side struct {
	State  string // SideNone…
	Reason string // with SideRefused and SideReversed
}

// States of a side.
const (
	SideNone     = ""         // not decided
	SideOwed     = "owed"     // to be granted
	SideGranted  = "granted"  // by the loyalty programme
	SideRefused  = "refused"  // never granted
	SideReversed = "reversed" // granted, and taken back
)

// Claim is what the rules need to know of a claim.
type Claim struct {
	State            State
	Reason           string
	At               time.Time // when the friend came by the code
	Minimum          int64     // as it was when it was settled
	Until            time.Time // a refund after this takes nothing back; zero = always
	Referrer, Friend Side
}

// Refuse ends an open claim.
func (c Claim) Refuse(reason string) Claim {
	if c.State.Open() {
		c.State, c.Reason = Refused, reason
		c.Referrer, c.Friend = Side{SideRefused, reason}, Side{SideRefused, reason}
	}
	return c
}

// Settle owes each side its reward, or says why not: an empty reason is "owed". It does nothing to a claim that is not accepted.
func (c Claim) Settle(referrer, friend string) Claim {
	if c.State != Accepted {
		return c
	}
	owe := func(reason string) Side {
		if reason != "" {
			return Side{SideRefused, reason}
		}
		return Side{State: SideOwed}
	}
	c.State, c.Referrer, c.Friend = Settling, owe(referrer), owe(friend)
	return c.close()
}

// Party names a side.
type Party string

// The two.
const (
	TheReferrer Party = "referrer"
	TheFriend   Party = "friend"
)

// Parties lists both, the friend first: his reward follows from his own order.
var Parties = []Party{TheFriend, TheReferrer}

func (c *Claim) side(p Party) *Side {
	if p == TheReferrer {
		return &c.Referrer
	}
	return &c.Friend
}

// Side is the side of one of the two.
func (c Claim) Side(p Party) Side { return *c.side(p) }

// Done records what the loyalty programme answered for a side that was owed; refused is empty when it granted.
func (c Claim) Done(p Party, refused string) Claim {
	s := c.side(p)
	if c.State != Settling || s.State != SideOwed {
		return c
	}
	*s = Side{SideRefused, refused}
	if refused == "" {
		*s = Side{State: SideGranted}
	}
	return c.close()
}

// close ends a claim of which both sides are decided.
func (c Claim) close() Claim {
	if c.Referrer.State == SideOwed || c.Friend.State == SideOwed {
		return c
	}
	if c.Referrer.State == SideGranted || c.Friend.State == SideGranted {
		c.State = Rewarded
		return c
	}
	c.State, c.Reason = Refused, NoneGiven
	if c.Referrer.Reason == c.Friend.Reason {
		c.Reason = c.Friend.Reason
	}
	return c
}

// Clawback says whether what was given is to be taken back now that so much of the order is left. A claim that is still being
// settled is settled first.
func (c Claim) Clawback(left int64, now time.Time) bool {
	return c.State == Rewarded && (left <= 0 || left < c.Minimum) && (c.Until.IsZero() || !now.After(c.Until))
}

// Reverse records that a granted side was taken back; with the last one the claim is reversed.
func (c Claim) Reverse(p Party, reason string) Claim {
	s := c.side(p)
	if c.State != Rewarded || s.State != SideGranted {
		return c
	}
	*s = Side{SideReversed, reason}
	if c.Referrer.State != SideGranted && c.Friend.State != SideGranted {
		c.State, c.Reason = Reversed, reason
	}
	return c
}
