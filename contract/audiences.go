package contract

import "strings"

// IsJourneySchedule reports whether a schedule is one of those that JourneyScheduleID names.
func IsJourneySchedule(id string) bool {
	return strings.HasPrefix(id, "sojourn/") && strings.HasSuffix(id, "/entry") && strings.Count(id, "/") == 3
}

// Activities of audiences, schedules and scoring.
const (
	ActivityScoringWorkspaces = "ScoringWorkspaces" // -> ScoringList
	ActivitySyncSchedules     = "SyncSchedules"     // -> SyncResult: Temporal's schedules follow the published journeys
)

// RefreshResult tells what a refresh of all audiences did.
type RefreshResult struct {
	Audiences int `json:"a"`
	Entered   int `json:"in,omitempty"`
	Left      int `json:"out,omitempty"`
	Runs      int `json:"runs,omitempty"`
	Failed    int `json:"failed,omitempty"` // the log of the worker says which and why
}

// ScheduledEntryInput lets the audience of a journey in, once per firing.
type ScheduledEntryInput struct {
	WorkspaceID int64  `json:"ws"`
	JourneyID   string `json:"journey"`
	FiredAt     int64  `json:"at,omitempty"` // microseconds since 1970: the schedule's nominal time; the workflow fills it in
}

// ScheduledEntryResult tells how many were let in.
type ScheduledEntryResult struct {
	Matched int `json:"matched"`
	Runs    int `json:"runs"`
}

// SyncResult tells what was changed at Temporal.
type SyncResult struct {
	Created int `json:"new,omitempty"`
	Updated int `json:"upd,omitempty"`
	Deleted int `json:"del,omitempty"`
}

// ScoringList names the workspaces to score.
type ScoringList struct {
	Workspaces []int64 `json:"ws"`
}

// ScoreBaseInput asks to fit and score a whole workspace.
type ScoreBaseInput struct {
	WorkspaceID int64 `json:"ws"`
	FiredAt     int64 `json:"at"` // microseconds since 1970; a model fitted since then is used again
}

// ScoreBaseResult tells what the night brought.
type ScoreBaseResult struct {
	Customers int    `json:"n"`
	Kind      string `json:"kind"` // bgnbd, nbd, none
	ModelID   string `json:"model"`
	Scored    int    `json:"scored"`
	Cleared   int    `json:"cleared,omitempty"` // of people who object to profiling
}

// DatesResult tells what a look at all date entries did.
type DatesResult struct {
	Journeys int `json:"j"`
	Looked   int `json:"n,omitempty"` // dates that were looked at
	Runs     int `json:"runs,omitempty"`
	Failed   int `json:"failed,omitempty"` // journeys; the log of the worker says which and why
}
