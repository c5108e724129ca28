package models

import "sojourn/ids"

// Rehearsal is a journey walked for a member of staff. Its messages are no sends: no customer has a part in it.
type Rehearsal struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	JourneyID   ids.ID  `gorm:"column:journey_id"`
	Version     int     `gorm:"column:version"` // 0 = the draft
	UserID      ids.ID  `gorm:"column:user_id"`
	Locale      string  `gorm:"column:locale"`
	Document    JSON    `gorm:"column:document"` // as it was when it was asked for
	Walks       JSON    `gorm:"column:walks"`    // journey.Walk, in order
	State       string  `gorm:"column:state"`
	Reason      string  `gorm:"column:reason"`
	Total       int     `gorm:"column:total"` // steps on all walks
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	FinishedAt  Instant `gorm:"column:finished_at"`
}

// TableName names the table.
func (Rehearsal) TableName() string { return "rehearsals" }

// RehearsalStep is one step that a rehearsal came by.
type RehearsalStep struct {
	RehearsalID ids.ID  `gorm:"column:rehearsal_id;primaryKey"`
	Seq         int     `gorm:"column:seq;primaryKey;autoIncrement:false"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Walk        int     `gorm:"column:walk"` // from 1
	StepID      string  `gorm:"column:step_id"`
	Kind        string  `gorm:"column:kind"`
	ExitName    string  `gorm:"column:exit_name"`
	State       string  `gorm:"column:state"`
	Channel     string  `gorm:"column:channel"`
	Subject     string  `gorm:"column:subject"`
	Reason      string  `gorm:"column:reason"`
	At          Instant `gorm:"column:at"`
}

// TableName names the table.
func (RehearsalStep) TableName() string { return "rehearsal_steps" }
