package models

import "sojourn/ids"

// Event is what a source told us, kept as received.
type Event struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	SourceID    string  `gorm:"column:source_id"`
	MessageID   string  `gorm:"column:message_id"`
	ContentHash Hash    `gorm:"column:content_hash"`
	Type        string  `gorm:"column:type"`
	Name        string  `gorm:"column:name"`
	UserID      string  `gorm:"column:user_id"`
	AnonymousID string  `gorm:"column:anonymous_id"`
	PreviousID  string  `gorm:"column:previous_id"`
	GroupID     string  `gorm:"column:group_id"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	Data        JSON    `gorm:"column:data"`
	Context     JSON    `gorm:"column:context"`
	Backfill    bool    `gorm:"column:backfill"`
	Conflicts   int     `gorm:"column:conflicts"`
	OccurredAt  Instant `gorm:"column:occurred_at"`
	ReceivedAt  Instant `gorm:"column:received_at"`
	RoutedAt    Instant `gorm:"column:routed_at"`
}

// TableName names the table.
func (Event) TableName() string { return "events" }

// OutboxEntry is an event not yet routed; the row is deleted in the transaction that applies the event.
type OutboxEntry struct {
	ID            int64   `gorm:"column:id;primaryKey;autoIncrement"`
	WorkspaceID   int64   `gorm:"column:workspace_id"`
	Partition     int     `gorm:"column:partition_no"`
	Grp           ids.ID  `gorm:"column:grp"`
	BarrierGrp    ids.ID  `gorm:"column:barrier_grp"`
	EventID       ids.ID  `gorm:"column:event_id"`
	Attempts      int     `gorm:"column:attempts"`
	NextAttemptAt int64   `gorm:"column:next_attempt_at"`
	ParkedAt      Instant `gorm:"column:parked_at"`
	LastError     string  `gorm:"column:last_error"`
	CreatedAt     Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (OutboxEntry) TableName() string { return "outbox" }

// RouterPartition fences routers: each routing transaction compares the epoch.
type RouterPartition struct {
	Partition int     `gorm:"column:partition_no;primaryKey;autoIncrement:false"`
	Epoch     int64   `gorm:"column:epoch"`
	Owner     string  `gorm:"column:owner"`
	UpdatedAt Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (RouterPartition) TableName() string { return "router_partitions" }

// Dispatch is a workflow start or signal that a committed transaction owes to Temporal; deleted once delivered.
type Dispatch struct {
	ID            int64   `gorm:"column:id;primaryKey;autoIncrement"`
	WorkspaceID   int64   `gorm:"column:workspace_id"`
	Partition     int     `gorm:"column:partition_no"`
	RunID         ids.ID  `gorm:"column:run_id"`
	Kind          string  `gorm:"column:kind"`
	EventID       ids.ID  `gorm:"column:event_id"`
	EventName     string  `gorm:"column:event_name"`
	Revision      int     `gorm:"column:revision"`
	Exit          int     `gorm:"column:exit_no"` // 1-based exit rule that the event fulfils
	Goal          bool    `gorm:"column:goal"`
	Attempts      int     `gorm:"column:attempts"`
	NextAttemptAt int64   `gorm:"column:next_attempt_at"`
	LastError     string  `gorm:"column:last_error"`
	CreatedAt     Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Dispatch) TableName() string { return "dispatches" }
