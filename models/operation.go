package models

import "sojourn/ids"

// Operation is what an operator does to many runs of a journey at once: a move to another version, an end, a skipped
// wait. A worker hands it to the runs at a limited rate, in the order of their ids.
type Operation struct {
	ID              ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID     int64   `gorm:"column:workspace_id"`
	JourneyID       ids.ID  `gorm:"column:journey_id"`
	Kind            string  `gorm:"column:kind"`
	State           string  `gorm:"column:state"`
	TargetVersionID ids.ID  `gorm:"column:target_version_id"`
	Reverses        ids.ID  `gorm:"column:reverses"` // the move that this one takes back
	Filter          JSON    `gorm:"column:filter"`
	Mapping         JSON    `gorm:"column:mapping"`
	PerSecond       int     `gorm:"column:per_second"`
	CursorID        ids.ID  `gorm:"column:cursor_id"` // the last run that it was handed to
	Total           int64   `gorm:"column:total"`     // runs that fitted when it was asked for
	Handed          int64   `gorm:"column:handed"`
	CreatedBy       string  `gorm:"column:created_by"`
	CreatedAt       Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	FinishedAt      Instant `gorm:"column:finished_at"`
}

// TableName names the table.
func (Operation) TableName() string { return "operations" }

// OperationRun is what an operation did to one run.
type OperationRun struct {
	OperationID   ids.ID  `gorm:"column:operation_id;primaryKey"`
	RunID         ids.ID  `gorm:"column:run_id;primaryKey"`
	WorkspaceID   int64   `gorm:"column:workspace_id"`
	FromVersionID ids.ID  `gorm:"column:from_version_id"`
	FromStep      string  `gorm:"column:from_step"`
	ToStep        string  `gorm:"column:to_step"`
	State         string  `gorm:"column:state"`
	Reason        string  `gorm:"column:reason"`
	At            Instant `gorm:"column:at"`
}

// TableName names the table.
func (OperationRun) TableName() string { return "operation_runs" }
