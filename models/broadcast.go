package models

import "sojourn/ids"

// Broadcast is one message to many people, once or again and again.
type Broadcast struct {
	ID           ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID  int64   `gorm:"column:workspace_id"`
	BroadcastKey string  `gorm:"column:broadcast_key"`
	Name         string  `gorm:"column:name"`
	State        string  `gorm:"column:state"`
	StateReason  string  `gorm:"column:state_reason"`
	Epoch        int64   `gorm:"column:epoch"`
	Revision     int     `gorm:"column:revision"`
	Definition   JSON    `gorm:"column:definition"`
	NextAt       Instant `gorm:"column:next_at"`
	IssueID      ids.ID  `gorm:"column:issue_id"`
	ScheduledBy  string  `gorm:"column:scheduled_by"`
	ScheduledAt  Instant `gorm:"column:scheduled_at"`
	CreatedAt    Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	UpdatedAt    Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
	ArchivedAt   Instant `gorm:"column:archived_at"`
}

// TableName names the table.
func (Broadcast) TableName() string { return "broadcasts" }

// BroadcastIssue is one time that a broadcast goes out, with the definition it goes out by.
type BroadcastIssue struct {
	ID             ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID    int64   `gorm:"column:workspace_id"`
	BroadcastID    ids.ID  `gorm:"column:broadcast_id"`
	Number         int     `gorm:"column:number"`
	State          string  `gorm:"column:state"`
	PlannedAt      Instant `gorm:"column:planned_at"`
	StartedAt      Instant `gorm:"column:started_at"`
	EndedAt        Instant `gorm:"column:ended_at"`
	Definition     JSON    `gorm:"column:definition"`
	CollectedTo    ids.ID  `gorm:"column:collected_to"`
	Recipients     int     `gorm:"column:recipients"`
	CursorDue      int64   `gorm:"column:cursor_due"`
	CursorCustomer ids.ID  `gorm:"column:cursor_customer"`
	PacedUntil     int64   `gorm:"column:paced_until"`
	TestDoneAt     Instant `gorm:"column:test_done_at"` // the last message of its subject test was handed out
	Winner         int     `gorm:"column:winner"`       // arm of the winning subject; 0 = not decided, or no test
	DecidedAt      Instant `gorm:"column:decided_at"`
	TestResult     JSON    `gorm:"column:test_result"` // broadcast.TestResult as it was decided; empty before
}

// TableName names the table.
func (BroadcastIssue) TableName() string { return "broadcast_issues" }

// BroadcastRecipient is somebody whom an issue is meant for, and when.
type BroadcastRecipient struct {
	IssueID     ids.ID `gorm:"column:issue_id;primaryKey"`
	DueAt       int64  `gorm:"column:due_at;primaryKey;autoIncrement:false"`
	CustomerID  ids.ID `gorm:"column:customer_id;primaryKey"`
	WorkspaceID int64  `gorm:"column:workspace_id"`
	Arm         int    `gorm:"column:arm"` // subject of the test, from 1; 0 = none
}

// TableName names the table.
func (BroadcastRecipient) TableName() string { return "broadcast_recipients" }
