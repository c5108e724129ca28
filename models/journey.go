package models

import "sojourn/ids"

// Journey is a journey with its draft document.
type Journey struct {
	ID               ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID      int64   `gorm:"column:workspace_id"`
	JourneyKey       string  `gorm:"column:journey_key"`
	Name             string  `gorm:"column:name"`
	State            string  `gorm:"column:state"`
	Epoch            int64   `gorm:"column:epoch"`
	LiveVersionID    ids.ID  `gorm:"column:live_version_id"`
	Draft            JSON    `gorm:"column:draft"`
	DraftRevision    int     `gorm:"column:draft_revision"`
	RolloutPercent   int     `gorm:"column:rollout_percent;default:100"` // share of entrants that get the live version
	RolloutVersionID ids.ID  `gorm:"column:rollout_version_id"`          // what the others enter; zero: nothing
	CreatedAt        Instant `gorm:"column:created_at;autoCreateTime:false;autoUpdateTime:false"`
	UpdatedAt        Instant `gorm:"column:updated_at;autoCreateTime:false;autoUpdateTime:false"`
}

// TableName names the table.
func (Journey) TableName() string { return "journeys" }

// JourneyVersion is an immutable published document.
type JourneyVersion struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	JourneyID   ids.ID  `gorm:"column:journey_id"`
	Number      int     `gorm:"column:number"`
	Document    JSON    `gorm:"column:document"`
	Hash        Hash    `gorm:"column:hash"`
	CodeType    string  `gorm:"column:code_type"` // the Go code that walks its runs; empty: the machine does
	PublishedAt Instant `gorm:"column:published_at"`
	PublishedBy string  `gorm:"column:published_by"`
}

// TableName names the table.
func (JourneyVersion) TableName() string { return "journey_versions" }

// JourneyPause is one pause interval and how its time counts.
type JourneyPause struct {
	ID          ids.ID  `gorm:"column:id;primaryKey"`
	WorkspaceID int64   `gorm:"column:workspace_id"`
	JourneyID   ids.ID  `gorm:"column:journey_id"`
	PausedAt    Instant `gorm:"column:paused_at"`
	ResumedAt   Instant `gorm:"column:resumed_at"`
	Clock       string  `gorm:"column:clock"`
	Cause       string  `gorm:"column:cause"`    // empty: somebody paused it; else the rate that passed its line
	Measured    int64   `gorm:"column:measured"` // with Cause: how many of Sample
	Sample      int64   `gorm:"column:sample"`
}

// TableName names the table.
func (JourneyPause) TableName() string { return "journey_pauses" }

// EntryGuard holds the open run and the last entry per journey and entry key; locked by whoever lets somebody in.
type EntryGuard struct {
	WorkspaceID int64   `gorm:"column:workspace_id"`
	JourneyID   ids.ID  `gorm:"column:journey_id;primaryKey"`
	EntryKey    string  `gorm:"column:entry_key;primaryKey"`
	OpenRunID   ids.ID  `gorm:"column:open_run_id"`
	LastEntryAt Instant `gorm:"column:last_entry_at"`
	Entries     int     `gorm:"column:entries"`
	LastEventID ids.ID  `gorm:"column:last_event_id"`
}

// TableName names the table.
func (EntryGuard) TableName() string { return "entry_guards" }
