package models

import "sojourn/ids"

// JourneyComment is what somebody said about a journey or one of its steps.
type JourneyComment struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	JourneyID   ids.ID  `gorm:"column:journey_id"`
	StepID      string  `gorm:"column:step_id"` // empty = the journey as a whole
	Author      string  `gorm:"column:author"`  // user:<id> or key:<id>
	Body        string  `gorm:"column:body"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	ResolvedAt  Instant `gorm:"column:resolved_at"`
	ResolvedBy  string  `gorm:"column:resolved_by"`
}

// TableName names the table.
func (JourneyComment) TableName() string { return "journey_comments" }
