package models

import "sojourn/ids"

// ContactPoint is a normalised address of a channel; every withdrawal, suppression or erasure bumps its permission epoch.
type ContactPoint struct {
	ID               ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID      int64   `gorm:"column:workspace_id"`
	Channel          string  `gorm:"column:channel"`
	Address          string  `gorm:"column:address"`
	PermissionEpoch  int64   `gorm:"column:permission_epoch"`
	SuppressedReason string  `gorm:"column:suppressed_reason"`
	SuppressedAt     Instant `gorm:"column:suppressed_at"`
	CreatedAt        Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (ContactPoint) TableName() string { return "contact_points" }

// Consent is one line of the append-only consent ledger, chained by hash per customer.
type Consent struct {
	ID             ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID    int64   `gorm:"column:workspace_id"`
	Seq            int64   `gorm:"column:seq"`
	CustomerID     ids.ID  `gorm:"column:customer_id"`
	ContactPointID ids.ID  `gorm:"column:contact_point_id"`
	Channel        string  `gorm:"column:channel"`
	Purpose        string  `gorm:"column:purpose"`
	State          string  `gorm:"column:state"`
	LegalBasis     string  `gorm:"column:legal_basis"`
	Source         string  `gorm:"column:source"`
	SourceKind     string  `gorm:"column:source_kind"`
	Proof          JSON    `gorm:"column:proof"`
	ProofHash      Hash    `gorm:"column:proof_hash"`
	Actor          string  `gorm:"column:actor"`
	OccurredAt     Instant `gorm:"column:occurred_at"`
	RecordedAt     Instant `gorm:"column:recorded_at"`
	EventID        ids.ID  `gorm:"column:event_id"`
	PrevHash       Hash    `gorm:"column:prev_hash"`
	Hash           Hash    `gorm:"column:hash"`
	SendID         ids.ID  `gorm:"column:send_id"` // the message in which the link was
}

// TableName names the table.
func (Consent) TableName() string { return "consents" }

// Permission is the projection of the consent ledger: the current state per customer, channel and purpose.
type Permission struct {
	WorkspaceID int64   `gorm:"column:workspace_id"`
	CustomerID  ids.ID  `gorm:"column:customer_id;primaryKey"`
	Channel     string  `gorm:"column:channel;primaryKey"`
	Purpose     string  `gorm:"column:purpose;primaryKey"`
	State       string  `gorm:"column:state"`
	LegalBasis  string  `gorm:"column:legal_basis"`
	OccurredAt  Instant `gorm:"column:occurred_at"`
	ConsentID   ids.ID  `gorm:"column:consent_id"`
}

// TableName names the table.
func (Permission) TableName() string { return "permissions" }
