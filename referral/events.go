package referral

// Events of refer-a-friend. The first comes from the shop; the others are our own.
const (
	// EventClaimed says that a friend came by a code: property code. An identify with the trait referral_code and an order with the
	// property referral_code say the same.
	EventClaimed = "Referral Claimed"
	// EventJoined is told of the friend, once per claim: properties claim and program. The friend's journey enters by it.
	EventJoined = "Referral Joined"
	// EventProgress is told of the referrer when a claim of his comes on: properties claim, notice, program, state, reason and reward.
	EventProgress = "Referral Progress"

	// PropertyCode is where EventClaimed has the code, TraitCode where an identify and an order have it.
	PropertyCode = "code"
	TraitCode    = "referral_code"
)

// Events that say that an order, or a part of it, was paid back.
const (
	EventRefunded  = "Order Refunded"  // properties order_id; total (or total_minor) when it is a part; refund_id
	EventCancelled = "Order Cancelled" // property order_id
)
