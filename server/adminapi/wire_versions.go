package adminapi

import (
	"time"

	"sojourn/journey"
)

// DiffIn compares two documents of a journey.
type DiffIn struct {
	ByKey
	From int `query:"from" minimum:"0" doc:"Version number; 0 = the draft"`
	To   int `query:"to" minimum:"0" doc:"Version number; 0 = the draft"`
}

// VersionDiff is what turns one document of a journey into another, with both of them to draw.
type VersionDiff struct {
	From       int                `json:"from" doc:"0 = the draft"`
	To         int                `json:"to" doc:"0 = the draft"`
	Before     journey.Document   `json:"before"`
	After      journey.Document   `json:"after"`
	Difference journey.Difference `json:"difference"`
}

// RollBackRequest publishes an older document again.
type RollBackRequest struct {
	Version  int       `json:"version" minimum:"1"`
	Confirm  bool      `json:"confirm,omitempty" doc:"The jump that the refusal warns of is meant"`
	InFlight *InFlight `json:"in_flight,omitempty"`
}

// RolloutRequest widens a staged roll-out.
type RolloutRequest struct {
	Percent int `json:"percent" minimum:"1" maximum:"100" doc:"100 ends the stage"`
}

// MovePreviewRequest asks what a move would do.
type MovePreviewRequest struct {
	To      int               `json:"to" minimum:"0" doc:"Version number; 0 = the draft"`
	From    int               `json:"from,omitempty" minimum:"0" doc:"Only people of this version; 0 = of all others"`
	Mapping map[string]string `json:"mapping,omitempty" doc:"Step of the old version -> step of the new one, (end) or (stay)"`
}

// MovePreview is a dry run: nothing is changed.
type MovePreview struct {
	To    int        `json:"to"`
	Total int64      `json:"total"`
	Steps []MoveStep `json:"steps"`
}

// MoveStep says what would become of the people at one step.
type MoveStep struct {
	Version    int    `json:"version"`
	StepID     string `json:"step_id"`
	StepName   string `json:"step_name"`
	Count      int64  `json:"count" doc:"People who are here now"`
	Landing    string `json:"landing" enum:"same,waits,enter,ends,stays"`
	To         string `json:"to" doc:"Step of the new version"`
	ToName     string `json:"to_name"`
	Acts       bool   `json:"acts" doc:"Something is done there at once: a message may go out"`
	Suggestion string `json:"suggestion" doc:"Step of the new version to map it to, when the new version has no step of this id"`
	Issue      string `json:"issue" doc:"What somebody should look at; empty when nothing"`
}

// OperationCreate does something to people in a journey.
type OperationCreate struct {
	Kind      string            `json:"kind" enum:"move,stop,skip_wait,hold,release,retry"`
	Version   int               `json:"version,omitempty" minimum:"0" doc:"Only people of this version; 0 = of all"`
	Step      string            `json:"step,omitempty" maxLength:"63" doc:"Only people at this step"`
	Runs      []string          `json:"runs,omitempty" maxItems:"200" doc:"Only these runs"`
	To        int               `json:"to,omitempty" minimum:"0" doc:"move: version number"`
	Mapping   map[string]string `json:"mapping,omitempty" doc:"move: step of the old version -> step of the new one, (end) or (stay)"`
	PerSecond int               `json:"per_second,omitempty" minimum:"0" maximum:"500" doc:"How many people a second; 0 = 50"`
}

// OperationSummary is an operation and how far it is.
type OperationSummary struct {
	ID         string           `json:"id"`
	Kind       string           `json:"kind" enum:"move,move_back,stop,skip_wait,hold,release,retry"`
	State      string           `json:"state" enum:"running,done,cancelled"`
	To         int              `json:"to" doc:"move: version number, else 0"`
	Total      int64            `json:"total" doc:"People it concerned when it was asked for"`
	Handed     int64            `json:"handed" doc:"People whose run has been told"`
	Runs       map[string]int64 `json:"runs" doc:"By what became of them: owed, moved, stayed, ended, told"`
	PerSecond  int              `json:"per_second"`
	Reverses   string           `json:"reverses" doc:"move_back: the move that is taken back"`
	Reversible bool             `json:"reversible"`
	CreatedBy  string           `json:"created_by"`
	CreatedAt  time.Time        `json:"created_at"`
	FinishedAt *time.Time       `json:"finished_at,omitempty"`
}

// RunOperation does something to one run.
type RunOperation struct {
	Kind string `json:"kind" enum:"stop,skip_wait,hold,release,retry"`
}

// PeopleAdd lets chosen customers in.
type PeopleAdd struct {
	Customers []string `json:"customers" minItems:"1" maxItems:"200" doc:"Customer ids, external ids or e-mail addresses"`
	Keys      []string `json:"keys,omitempty" maxItems:"200" doc:"For a journey with a run per booking, order or the like: the key of each customer's, in the same order; empty for none"`
}

// PersonAdded says what became of one of them.
type PersonAdded struct {
	Customer string `json:"customer" doc:"As asked for"`
	Entered  bool   `json:"entered"`
	RunID    string `json:"run_id"`
	Reason   string `json:"reason" doc:"Why not"`
}

// PeopleAdded answers in the order of the question.
type PeopleAdded struct {
	Items []PersonAdded `json:"items"`
}

// EntriesIn opens the people behind a number of the entry funnel.
type EntriesIn struct {
	ByKey
	PageIn
	Outcome string `query:"outcome" enum:"entered,not_entered"`
	Reason  string `query:"reason" maxLength:"63"`
}

// EntrySummary is one decision at the door of a journey.
type EntrySummary struct {
	ID       string      `json:"id"`
	Customer CustomerRef `json:"customer"`
	Outcome  string      `json:"outcome" enum:"entered,not_entered"`
	Reason   string      `json:"reason"`
	RunID    string      `json:"run_id"`
	At       time.Time   `json:"at"`
}
