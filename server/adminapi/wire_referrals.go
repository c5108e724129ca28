package adminapi

import "time"

// Referral is one friend who came by one customer's code.
type Referral struct {
	ID           string       `json:"id"`
	Program      string       `json:"program"`
	Referrer     CustomerRef  `json:"referrer"`
	Friend       CustomerRef  `json:"friend"`
	Code         string       `json:"code" doc:"As it is shared; empty when its owner was erased"`
	State        string       `json:"state" enum:"pending,accepted,settling,rewarded,refused,reversed"`
	Reason       string       `json:"reason" doc:"With refused and reversed"`
	OrderKey     string       `json:"order_key" doc:"The order that counts"`
	Order        *Money       `json:"order,omitempty"`
	DueAt        *time.Time   `json:"due_at,omitempty" doc:"Until when an order, or the end of the return window, is awaited"`
	ReferrerSide ReferralSide `json:"referrer_side"`
	FriendSide   ReferralSide `json:"friend_side"`
	RunID        string       `json:"run_id"`
	At           time.Time    `json:"claimed_at"`
	EndedAt      *time.Time   `json:"settled_at,omitempty"`
}

// ReferralSide is what became of one of the two rewards.
type ReferralSide struct {
	State  string `json:"state" enum:"none,owed,granted,refused,reversed"`
	Reason string `json:"reason"`
	Kind   string `json:"kind" doc:"points, voucher or discount"`
	Amount int64  `json:"amount" doc:"Points, or minor units"`
}

// ReferralCode is what a customer shares.
type ReferralCode struct {
	Program   string     `json:"program"`
	Code      string     `json:"code"`
	Link      string     `json:"link"`
	IssuedAt  time.Time  `json:"issued_at"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
	Visits    int64      `json:"visits" doc:"Machines are not counted"`
}

// Referrer is a customer with what came of his code.
type Referrer struct {
	Customer CustomerRef  `json:"customer"`
	Code     ReferralCode `json:"code"`
	Claims   int64        `json:"claims"`
	Open     int64        `json:"open"`
	Rewarded int64        `json:"rewarded"`
	Refused  int64        `json:"refused"`
	Reversed int64        `json:"reversed"`
}

// CustomerReferrals is what referrals have to do with one customer.
type CustomerReferrals struct {
	Codes  []ReferralCode `json:"codes"`
	Claims []Referral     `json:"claims" doc:"As referrer or as friend, newest first, at most 50"`
}

// ReferralsIn filters claims.
type ReferralsIn struct {
	PageIn
	State string `query:"state" enum:"pending,accepted,settling,rewarded,refused,reversed"`
}
