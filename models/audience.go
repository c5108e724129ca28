package models

import "sojourn/ids"

// Audience is a named condition over customers.
type Audience struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	AudienceKey string  `gorm:"column:audience_key"`
	Name        string  `gorm:"column:name"`
	Definition  JSON    `gorm:"column:definition"`
	JourneyID   ids.ID  `gorm:"column:journey_id"`
	VersionID   ids.ID  `gorm:"column:version_id"`
	Active      bool    `gorm:"column:active"`
	Kind        string  `gorm:"column:kind"`
	SeededAt    Instant `gorm:"column:seeded_at"`
	RefreshedAt Instant `gorm:"column:refreshed_at"`
	MemberCount int     `gorm:"column:member_count"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Audience) TableName() string { return "audiences" }

// AudienceMember is a present member.
type AudienceMember struct {
	AudienceID  ids.ID  `gorm:"column:audience_id;primaryKey"`
	CustomerID  ids.ID  `gorm:"column:customer_id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	EnteredAt   Instant `gorm:"column:entered_at"`
}

// TableName names the table.
func (AudienceMember) TableName() string { return "audience_members" }
