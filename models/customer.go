package models

import "sojourn/ids"

// Customer is one person as the company knows it.
type Customer struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	ExternalID  Text    `gorm:"column:external_id"`
	Email       Text    `gorm:"column:email"`
	Phone       Text    `gorm:"column:phone"`
	Locale      string  `gorm:"column:locale"`
	Timezone    string  `gorm:"column:timezone"`
	Country     string  `gorm:"column:country"`
	Birthday    Text    `gorm:"column:birthday"`
	Attributes  JSON    `gorm:"column:attributes"`
	NoProfiling bool    `gorm:"column:no_profiling"`
	Restricted  bool    `gorm:"column:restricted"`
	LegalHold   bool    `gorm:"column:legal_hold"`
	PausedUntil Instant `gorm:"column:paused_until"`
	ErasedAt    Instant `gorm:"column:erased_at"`
	MergedInto  ids.ID  `gorm:"column:merged_into"`
	Grp         ids.ID  `gorm:"column:grp"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	UpdatedAt   Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Customer) TableName() string { return "customers" }

// Identity maps a user id, anonymous id or e-mail to its identity group and, once routed, its customer.
type Identity struct {
	WorkspaceID int64   `gorm:"column:workspace_id;primaryKey;autoIncrement:false"`
	Kind        string  `gorm:"column:kind;primaryKey"`
	Value       string  `gorm:"column:value;primaryKey"`
	Grp         ids.ID  `gorm:"column:grp"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Identity) TableName() string { return "identities" }

// IdentityMerge tells other processes that a group was folded into another, or, from and into being the same, that one
// identity left it for another group.
type IdentityMerge struct {
	ID          int64   `gorm:"column:id;primaryKey;autoIncrement"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	FromGrp     ids.ID  `gorm:"column:from_grp"`
	IntoGrp     ids.ID  `gorm:"column:into_grp"`
	At          Instant `gorm:"column:at"`
}

// TableName names the table.
func (IdentityMerge) TableName() string { return "identity_merges" }

// IdentityGuard is locked while identities of a workspace are read or moved between groups; Merges counts the moves.
type IdentityGuard struct {
	WorkspaceID int64 `gorm:"column:workspace_id;primaryKey;autoIncrement:false"`
	Merges      int64 `gorm:"column:merges"`
}

// TableName names the table.
func (IdentityGuard) TableName() string { return "identity_guards" }

// Order is one purchase.
type Order struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	OrderKey    string  `gorm:"column:order_key"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	PlacedAt    Instant `gorm:"column:placed_at"`
	ValueMinor  int64   `gorm:"column:value_minor"`
	Currency    string  `gorm:"column:currency"`
	Items       int     `gorm:"column:items"`
	Status      string  `gorm:"column:status"`
	Source      string  `gorm:"column:source"`
	EventID     ids.ID  `gorm:"column:event_id"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Order) TableName() string { return "orders" }

// CustomerMetrics is the datamart: one wide row per customer, kept by the router and the nightly scoring.
type CustomerMetrics struct {
	CustomerID     ids.ID   `gorm:"column:customer_id;primaryKey"`
	WorkspaceID    int64    `gorm:"column:workspace_id"`
	OrdersCount    int      `gorm:"column:orders_count"`
	OrdersValue    int64    `gorm:"column:orders_value"`
	OrderDays      int      `gorm:"column:order_days"`
	FirstOrderAt   Instant  `gorm:"column:first_order_at"`
	LastOrderAt    Instant  `gorm:"column:last_order_at"`
	MeanGapDays    *float64 `gorm:"column:mean_gap_days"`
	GapSdDays      *float64 `gorm:"column:gap_sd_days"`
	VisitsCount    int      `gorm:"column:visits_count"`
	EventsCount    int      `gorm:"column:events_count"`
	OpensCount     int      `gorm:"column:opens_count"`  // messages opened by the person
	ClicksCount    int      `gorm:"column:clicks_count"` // distinct links clicked by the person
	FirstSeenAt    Instant  `gorm:"column:first_seen_at"`
	LastSeenAt     Instant  `gorm:"column:last_seen_at"`
	RFMR           *int     `gorm:"column:rfm_r"`
	RFMF           *int     `gorm:"column:rfm_f"`
	RFMM           *int     `gorm:"column:rfm_m"`
	PAlive         *float64 `gorm:"column:p_alive"`
	ExpectedOrders *float64 `gorm:"column:expected_orders"`
	POrder         *float64 `gorm:"column:p_order"`
	ChurnScore     *float64 `gorm:"column:churn_score"`
	OwnGapDays     *float64 `gorm:"column:own_gap_days"`
	NextOrderAt    Instant  `gorm:"column:next_order_at"`
	WinbackDueAt   Instant  `gorm:"column:winback_due_at"`
	ScoredAt       Instant  `gorm:"column:scored_at"`
	ScoreModel     ids.ID   `gorm:"column:score_model"`
	UpdatedAt      Instant  `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (CustomerMetrics) TableName() string { return "customer_metrics" }

// ScoreModel is a fitted model with its quality.
type ScoreModel struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Kind        string  `gorm:"column:kind"`
	Params      JSON    `gorm:"column:params"`
	Quality     JSON    `gorm:"column:quality"`
	FittedAt    Instant `gorm:"column:fitted_at"`
}

// TableName names the table.
func (ScoreModel) TableName() string { return "score_models" }
