package models

import "sojourn/ids"

// Object is something of a customer's that has dates: a booking, a contract, a guarantee, a device. Data is what
// conditions and runs see of it (storage.ObjectView); Stamps says since when each of its fields has its value.
type Object struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	ObjectType  string  `gorm:"column:object_type"`
	ObjectKey   string  `gorm:"column:object_key"`
	Status      string  `gorm:"column:status"`
	Product     string  `gorm:"column:product"`
	Data        JSON    `gorm:"column:data"`
	Stamps      JSON    `gorm:"column:stamps"`
	Revision    int     `gorm:"column:revision"`
	OccurredAt  Instant `gorm:"column:occurred_at"` // of the newest fact about it
	CreatedAt   Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	UpdatedAt   Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Object) TableName() string { return "objects" }

// DateCheck is when a date entry looks at one key (a customer, or an object) next.
type DateCheck struct {
	JourneyID   ids.ID  `gorm:"column:journey_id;primaryKey"`
	EntryKey    string  `gorm:"column:entry_key;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	CustomerID  ids.ID  `gorm:"column:customer_id"`
	Occurrence  string  `gorm:"column:occurrence"` // which one is due: a year, or the day itself
	DueAt       Instant `gorm:"column:due_at"`
	NextCheck   Instant `gorm:"column:next_check"` // zero: nothing lies ahead
}

// TableName names the table.
func (DateCheck) TableName() string { return "date_checks" }

// DateScan is how far the search for new and changed dates of one journey has come.
type DateScan struct {
	JourneyID   ids.ID  `gorm:"column:journey_id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	VersionID   ids.ID  `gorm:"column:version_id"`
	CursorID    ids.ID  `gorm:"column:cursor_id"` // a look at everybody is under way, up to here
	FullAt      Instant `gorm:"column:full_at"`   // the last look at everybody was complete then
	SeenTo      int64   `gorm:"column:seen_to"`   // changes up to this moment have been looked at, in microseconds since 1970
}

// TableName names the table.
func (DateScan) TableName() string { return "date_scans" }
