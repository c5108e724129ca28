package models

import "sojourn/ids"

// Offer is one thing that may be given to people, with its rules.
type Offer struct {
	ID           ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID  int64   `gorm:"column:workspace_id"`
	OfferKey     string  `gorm:"column:offer_key"`
	Name         string  `gorm:"column:name"`
	Partner      string  `gorm:"column:partner"`
	CodeKind     string  `gorm:"column:code_kind"`
	SharedCode   string  `gorm:"column:shared_code"`
	BenefitKind  string  `gorm:"column:benefit_kind"`
	BenefitValue int64   `gorm:"column:benefit_value"`
	Texts        JSON    `gorm:"column:texts"`
	Hold         string  `gorm:"column:hold"`
	ValidFrom    Instant `gorm:"column:valid_from"`
	ValidUntil   Instant `gorm:"column:valid_until"`
	Budget       *int64  `gorm:"column:budget"`
	PerCustomer  int     `gorm:"column:per_customer"`
	State        string  `gorm:"column:state"`
	Issued       int64   `gorm:"column:issued"`
	CreatedAt    Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	UpdatedAt    Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Offer) TableName() string { return "offers" }

// Voucher is one code of an offer's pool.
type Voucher struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	OfferID     ids.ID  `gorm:"column:offer_id"`
	Code        string  `gorm:"column:code"`
	State       string  `gorm:"column:state"`
	Batch       string  `gorm:"column:batch"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Voucher) TableName() string { return "vouchers" }

// OfferClaim is an offer held for one customer, once per claim key.
type OfferClaim struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	ClaimKey    string  `gorm:"column:claim_key"`
	OfferID     ids.ID  `gorm:"column:offer_id"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	RunID       ids.ID  `gorm:"column:run_id"`
	JourneyID   ids.ID  `gorm:"column:journey_id"`
	StepID      string  `gorm:"column:step_id"`
	Visit       int     `gorm:"column:visit"`
	VoucherID   ids.ID  `gorm:"column:voucher_id"`
	Code        string  `gorm:"column:code"`
	State       string  `gorm:"column:state"`
	Reason      string  `gorm:"column:reason"`
	ExpiresAt   Instant `gorm:"column:expires_at"`
	ReservedAt  Instant `gorm:"column:reserved_at"`
	ConfirmedAt Instant `gorm:"column:confirmed_at"`
	ReleasedAt  Instant `gorm:"column:released_at"`
}

// TableName names the table.
func (OfferClaim) TableName() string { return "offer_claims" }

// SendOffer says which claim a message showed.
type SendOffer struct {
	SendID      ids.ID `gorm:"column:send_id;primaryKey"`
	WorkspaceID int64  `gorm:"column:workspace_id"`
	ClaimID     ids.ID `gorm:"column:claim_id"`
}

// TableName names the table.
func (SendOffer) TableName() string { return "send_offers" }

// Reward is one grant of the built-in loyalty programme, once per reward key.
type Reward struct {
	ID              ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID     int64   `gorm:"column:workspace_id"`
	RewardKey       string  `gorm:"column:reward_key"`
	CustomerID      ids.ID  `gorm:"column:customer_id"`
	Kind            string  `gorm:"column:kind"`
	Amount          int64   `gorm:"column:amount"`
	Currency        string  `gorm:"column:currency"`
	ClaimID         ids.ID  `gorm:"column:claim_id"`
	Code            string  `gorm:"column:code"`
	Reason          string  `gorm:"column:reason"`
	RunID           ids.ID  `gorm:"column:run_id"`
	JourneyID       ids.ID  `gorm:"column:journey_id"`
	StepID          string  `gorm:"column:step_id"`
	State           string  `gorm:"column:state"`
	ReversedBecause string  `gorm:"column:reversed_because"`
	GrantedAt       Instant `gorm:"column:granted_at"`
	ReversedAt      Instant `gorm:"column:reversed_at"`
}

// TableName names the table.
func (Reward) TableName() string { return "rewards" }
