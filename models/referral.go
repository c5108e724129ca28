package models

import "sojourn/ids"

// ReferralCode is what a customer shares: a code, and a link that leads to Target with it.
type ReferralCode struct {
	ID            ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID   int64   `gorm:"column:workspace_id"`
	Program       string  `gorm:"column:program"`
	Code          string  `gorm:"column:code"`
	CustomerID    ids.ID  `gorm:"column:customer_id"`
	Target        string  `gorm:"column:target"`
	IssuedAt      Instant `gorm:"column:issued_at"`
	ExpiresAt     Instant `gorm:"column:expires_at"`
	EndedAt       Instant `gorm:"column:ended_at"`
	Visits        int64   `gorm:"column:visits"`
	MachineVisits int64   `gorm:"column:machine_visits"`
	VisitedAt     Instant `gorm:"column:visited_at"`
}

// TableName names the table.
func (ReferralCode) TableName() string { return "referral_codes" }

// ReferralClaim is one friend who came by one code.
type ReferralClaim struct {
	ID             ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID    int64   `gorm:"column:workspace_id"`
	Program        string  `gorm:"column:program"`
	CodeID         ids.ID  `gorm:"column:code_id"`
	ReferrerID     ids.ID  `gorm:"column:referrer_id"`
	FriendID       ids.ID  `gorm:"column:friend_id"`
	RunID          ids.ID  `gorm:"column:run_id"`
	EventID        ids.ID  `gorm:"column:event_id"`
	ClaimedAt      Instant `gorm:"column:claimed_at"`
	State          string  `gorm:"column:state"`
	Reason         string  `gorm:"column:reason"`
	OrderKey       string  `gorm:"column:order_key"`
	OrderMinor     int64   `gorm:"column:order_minor"`
	Currency       string  `gorm:"column:currency"`
	Minimum        int64   `gorm:"column:minimum"`
	DueAt          Instant `gorm:"column:due_at"`
	SettledAt      Instant `gorm:"column:settled_at"`
	ClawbackUntil  Instant `gorm:"column:clawback_until"`
	ReferrerSide   string  `gorm:"column:referrer_side"`
	ReferrerReason string  `gorm:"column:referrer_reason"`
	ReferrerReward JSON    `gorm:"column:referrer_reward"`
	FriendSide     string  `gorm:"column:friend_side"`
	FriendReason   string  `gorm:"column:friend_reason"`
	FriendReward   JSON    `gorm:"column:friend_reward"`
	RecheckAt      Instant `gorm:"column:recheck_at"`
	CreatedAt      Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	UpdatedAt      Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (ReferralClaim) TableName() string { return "referral_claims" }

// ReferralMark is a keyed hash of something by which a person is known again.
type ReferralMark struct {
	WorkspaceID int64   `gorm:"column:workspace_id"`
	CustomerID  ids.ID  `gorm:"column:customer_id;primaryKey"`
	Kind        string  `gorm:"column:kind;primaryKey"`
	Hash        Hash    `gorm:"column:hash;primaryKey"`
	SeenAt      Instant `gorm:"column:seen_at"`
}

// TableName names the table.
func (ReferralMark) TableName() string { return "referral_marks" }

// OrderRefund is a part of an order that was paid back; without an amount it is all of it.
type OrderRefund struct {
	WorkspaceID int64   `gorm:"column:workspace_id;primaryKey"`
	OrderKey    string  `gorm:"column:order_key;primaryKey"`
	RefundKey   string  `gorm:"column:refund_key;primaryKey"`
	AmountMinor *int64  `gorm:"column:amount_minor"`
	OccurredAt  Instant `gorm:"column:occurred_at"`
	EventID     ids.ID  `gorm:"column:event_id"`
}

// TableName names the table.
func (OrderRefund) TableName() string { return "order_refunds" }
