package models

import "sojourn/ids"

// Task is what a person is asked to do for a run; type review is a draft message that waits for a yes.
type Task struct {
	ID           ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID  int64   `gorm:"column:workspace_id"`
	Type         string  `gorm:"column:type"`
	Title        string  `gorm:"column:title"`
	Instructions string  `gorm:"column:instructions"`
	Role         string  `gorm:"column:role"`
	Fields       JSON    `gorm:"column:fields"`
	Outcomes     JSON    `gorm:"column:outcomes"`
	CustomerID   ids.ID  `gorm:"column:customer_id"`
	RunID        ids.ID  `gorm:"column:run_id"`
	JourneyID    ids.ID  `gorm:"column:journey_id"`
	VersionID    ids.ID  `gorm:"column:version_id"`
	StepID       string  `gorm:"column:step_id"`
	Visit        int     `gorm:"column:visit"`
	SendID       ids.ID  `gorm:"column:send_id"`
	State        string  `gorm:"column:state"`
	Outcome      string  `gorm:"column:outcome"`
	Note         string  `gorm:"column:note"`
	CallbackAt   Instant `gorm:"column:callback_at"`
	DueAt        Instant `gorm:"column:due_at"`
	CreatedAt    Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	ClosedAt     Instant `gorm:"column:closed_at"`
	ClosedBy     string  `gorm:"column:closed_by"`
}

// TableName names the table.
func (Task) TableName() string { return "tasks" }

// WebhookSecret signs outgoing calls; sealed is encrypted with the installation's secret.
type WebhookSecret struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	Sealed      []byte  `gorm:"column:sealed"`
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	RevokedAt   Instant `gorm:"column:revoked_at"`
}

// TableName names the table.
func (WebhookSecret) TableName() string { return "webhook_secrets" }
