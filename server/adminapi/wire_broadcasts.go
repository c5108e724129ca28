package adminapi

import (
	"time"

	"sojourn/broadcast"
)

// BroadcastSummary is a row of the list.
type BroadcastSummary struct {
	ID        string                `json:"id"`
	Key       string                `json:"key"`
	Name      string                `json:"name"`
	State     string                `json:"state" enum:"draft,scheduled,sending,paused,done,cancelled"`
	Reason    string                `json:"reason" doc:"Why it was cancelled, if somebody said so"`
	Revision  int                   `json:"revision" doc:"Send it back as If-Match: \"<revision>\" when saving or scheduling"`
	Recurring bool                  `json:"recurring"`
	NextAt    *time.Time            `json:"next_at,omitempty" doc:"When it goes out next"`
	Issue     *BroadcastIssueStatus `json:"issue,omitempty" doc:"The newest issue"`
	CreatedAt time.Time             `json:"created_at"`
	UpdatedAt time.Time             `json:"updated_at"`
}

// BroadcastDetail is a broadcast with what it is and what became of it.
type BroadcastDetail struct {
	BroadcastSummary
	Definition  broadcast.Definition   `json:"definition"`
	Problems    []ProblemAt            `json:"problems" doc:"What must be mended before it can be scheduled"`
	Coming      []time.Time            `json:"coming" doc:"The next five moments at which it goes out, or would"`
	Issues      []BroadcastIssueStatus `json:"issues" doc:"Newest first"`
	ScheduledBy string                 `json:"scheduled_by" doc:"Who let it go"`
	WorkflowID  string                 `json:"workflow_id" doc:"In Temporal"`
}

// ProblemAt is one wrong place of a definition.
type ProblemAt struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

// BroadcastIssueStatus is one time that a broadcast goes or went out.
type BroadcastIssueStatus struct {
	ID         string      `json:"id"`
	Number     int         `json:"number"`
	State      string      `json:"state" enum:"collecting,sending,done,cancelled,missed"`
	PlannedAt  time.Time   `json:"planned_at"`
	StartedAt  *time.Time  `json:"started_at,omitempty"`
	EndedAt    *time.Time  `json:"ended_at,omitempty"`
	Recipients int         `json:"recipients"`
	Handled    int64       `json:"handled" doc:"Recipients with an outcome"`
	Outcomes   []SendCount `json:"outcomes" doc:"The ledger by state and reason"`
	PerMinute  int         `json:"per_minute" doc:"Handed over in the last sixty seconds"`
	Remaining  int64       `json:"remaining_seconds" doc:"At that rate, and not faster than the hourly limit; 0 = unknown or done"`
}

// BroadcastCreate makes a draft.
type BroadcastCreate struct {
	Key        string               `json:"key" maxLength:"63" pattern:"^[a-z0-9][a-z0-9_-]*$"`
	Name       string               `json:"name" minLength:"1" maxLength:"120"`
	Definition broadcast.Definition `json:"definition"`
}

// BroadcastSave replaces a draft.
type BroadcastSave struct {
	Name       string               `json:"name" minLength:"1" maxLength:"120"`
	Definition broadcast.Definition `json:"definition"`
}

// BroadcastAsk carries a definition that need not be saved.
type BroadcastAsk struct {
	Definition broadcast.Definition `json:"definition"`
}

// BroadcastForecast tells who would get it, who would not and why, and when.
type BroadcastForecast struct {
	Problems []ProblemAt   `json:"problems"`
	Matched  int64         `json:"matched" doc:"In the audience"`
	Excluded int64         `json:"excluded" doc:"Of them left out by the exclusions"`
	Reached  int64         `json:"reached" doc:"Would get it when it goes out"`
	Later    []ReasonCount `json:"later" doc:"Would get it later, by what holds it back"`
	Skipped  []ReasonCount `json:"skipped" doc:"Would not get it, by reason"`
	Sample   []CustomerRef `json:"sample" doc:"Some of the recipients; empty without the right to see customers"`
	Coming   []time.Time   `json:"coming"`
}

// BroadcastRevision names the revision of a draft.
type BroadcastRevision struct {
	ByKey
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The revision that is to go out, in quotes"`
}

// BroadcastCancel says why.
type BroadcastCancel struct {
	Reason string `json:"reason,omitempty" maxLength:"300"`
}

// CalendarEntry is something that goes out, went out or will.
type CalendarEntry struct {
	At         time.Time `json:"at"`
	Kind       string    `json:"kind" enum:"broadcast,journey"`
	Key        string    `json:"key"`
	Name       string    `json:"name"`
	State      string    `json:"state" doc:"planned, or the state of the issue"`
	Paused     bool      `json:"paused"`
	Recipients int       `json:"recipients" doc:"0 = not known yet"`
}

// BroadcastsIn filters broadcasts.
type BroadcastsIn struct {
	PageIn
	State string `query:"state" enum:"draft,scheduled,sending,paused,done,cancelled"`
	Query string `query:"q" maxLength:"100" doc:"Prefix of the key or name"`
}

// CalendarIn is a stretch of time.
type CalendarIn struct {
	From time.Time `query:"from" doc:"Default: now"`
	To   time.Time `query:"to" doc:"At most 62 days later; default: 31"`
}
