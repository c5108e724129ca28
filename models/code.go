package models

import "sojourn/ids"

// CodeType is a step or a journey in Go that a worker of this installation has announced. It belongs to no workspace.
type CodeType struct {
	Kind        string  `gorm:"column:kind;primaryKey"` // step or journey
	Type        string  `gorm:"column:type;primaryKey"`
	Definition  JSON    `gorm:"column:definition"` // contract.CodeDefinition
	AnnouncedAt Instant `gorm:"column:announced_at"`
	SeenAt      Instant `gorm:"column:seen_at"` // a worker that knows it was alive then
}

// TableName names the table.
func (CodeType) TableName() string { return "code_types" }

// ReferralCode is the personal code with which a customer brings friends to a programme.
type ReferralCode struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Program     string  `gorm:"column:program"` // key of the journey
	Code        string  `gorm:"column:code"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (ReferralCode) TableName() string { return "referral_codes" }

// Referral is somebody who came by a code.
type Referral struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Program     string  `gorm:"column:program"`
	Claim       ids.ID  `gorm:"column:claim"` // the friend, or, for one that does not count, the referral itself
	Code        string  `gorm:"column:code"`
	ReferrerID  ids.ID  `gorm:"column:referrer_id"` // zero: nobody has this code
	FriendID    ids.ID  `gorm:"column:friend_id"`
	RunID       ids.ID  `gorm:"column:run_id"`
	State       string  `gorm:"column:state"` // see package referral
	Reason      string  `gorm:"column:reason"`
	OrderKey    string  `gorm:"column:order_key"` // the friend's first order that may be kept
	JoinedAt    Instant `gorm:"column:joined_at"`
	DecidedAt   Instant `gorm:"column:decided_at"`
}

// TableName names the table.
func (Referral) TableName() string { return "referrals" }
