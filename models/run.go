package models

import "sojourn/ids"

// States of a run. An open run with no wake_at is acting just now or is held by a pause: resume signals exactly those.
const (
	RunOpen  = "open"
	RunEnded = "ended"
)

// Run is one pass through a version; its workflow may be forgotten by Temporal, this row is the record.
type Run struct {
	ID              ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID     int64   `gorm:"column:workspace_id"`
	JourneyID       ids.ID  `gorm:"column:journey_id"`
	VersionID       ids.ID  `gorm:"column:version_id"`
	CustomerID      ids.ID  `gorm:"column:customer_id"`
	EntryKey        string  `gorm:"column:entry_key"`
	EntryEventID    ids.ID  `gorm:"column:entry_event_id"`
	State           string  `gorm:"column:state"`
	Outcome         string  `gorm:"column:outcome"`
	StepID          string  `gorm:"column:step_id"`
	StepSince       Instant `gorm:"column:step_since"`
	WakeAt          Instant `gorm:"column:wake_at"`
	Machine         JSON    `gorm:"column:machine"`
	MachineSeq      int64   `gorm:"column:machine_seq"`
	ContextRevision int     `gorm:"column:context_revision"`
	GoalAt          Instant `gorm:"column:goal_at"`
	Control         bool    `gorm:"column:control"`
	Partition       int     `gorm:"column:partition_no"`
	StartedAt       Instant `gorm:"column:started_at"`
	EndedAt         Instant `gorm:"column:ended_at"`
	CheckedAt       int64   `gorm:"column:checked_at"`
	Waiting         Text    `gorm:"column:waiting"` // storage.WaitNote of the present wait
}

// TableName names the table.
func (Run) TableName() string { return "runs" }

// RunEvent remembers which events were dispatched to a run.
type RunEvent struct {
	WorkspaceID int64  `gorm:"column:workspace_id"`
	RunID       ids.ID `gorm:"column:run_id;primaryKey"`
	EventID     ids.ID `gorm:"column:event_id;primaryKey"`
}

// TableName names the table.
func (RunEvent) TableName() string { return "run_events" }

// RunContext is one numbered revision of a run's data.
type RunContext struct {
	RunID       ids.ID  `gorm:"column:run_id;primaryKey"`
	Revision    int     `gorm:"column:revision;primaryKey;autoIncrement:false"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Data        JSON    `gorm:"column:data"`
	EventID     ids.ID  `gorm:"column:event_id"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (RunContext) TableName() string { return "run_contexts" }

// StepVisit is one step a run has left.
type StepVisit struct {
	RunID       ids.ID  `gorm:"column:run_id;primaryKey"`
	Seq         int     `gorm:"column:seq;primaryKey;autoIncrement:false"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	VersionID   ids.ID  `gorm:"column:version_id"`
	StepID      string  `gorm:"column:step_id"`
	Visit       int     `gorm:"column:visit"`
	ExitName    string  `gorm:"column:exit_name"`
	NextStepID  string  `gorm:"column:next_step_id"`
	EnteredAt   Instant `gorm:"column:entered_at"`
	LeftAt      Instant `gorm:"column:left_at"`
	Why         Text    `gorm:"column:why"` // storage.WaitNote, of a step that waited
}

// TableName names the table.
func (StepVisit) TableName() string { return "step_visits" }

// Conversion is a goal reached by a run.
type Conversion struct {
	RunID       ids.ID  `gorm:"column:run_id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	JourneyID   ids.ID  `gorm:"column:journey_id"`
	VersionID   ids.ID  `gorm:"column:version_id"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	EventID     ids.ID  `gorm:"column:event_id"`
	ValueMinor  int64   `gorm:"column:value_minor"`
	Currency    string  `gorm:"column:currency"`
	At          Instant `gorm:"column:at"`
}

// TableName names the table.
func (Conversion) TableName() string { return "conversions" }

// Decision is why something happened or did not.
type Decision struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	RunID       ids.ID  `gorm:"column:run_id"`
	JourneyID   ids.ID  `gorm:"column:journey_id"`
	SendID      ids.ID  `gorm:"column:send_id"`
	StepID      string  `gorm:"column:step_id"`
	Kind        string  `gorm:"column:kind"`
	Outcome     string  `gorm:"column:outcome"`
	Reason      string  `gorm:"column:reason"`
	Detail      JSON    `gorm:"column:detail"`
	At          Instant `gorm:"column:at"`
}

// TableName names the table.
func (Decision) TableName() string { return "decisions" }

// Repair is one thing the reconciler had to mend.
type Repair struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	RunID       ids.ID  `gorm:"column:run_id"`
	Kind        string  `gorm:"column:kind"`
	Detail      string  `gorm:"column:detail"`
	At          Instant `gorm:"column:at"`
}

// TableName names the table.
func (Repair) TableName() string { return "repairs" }
