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
	Archived  bool                  `json:"archived"`
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
	Held        string                 `json:"held" doc:"What keeps it from being sent just now: workspace_stopped, sender_paused, no_template; empty = nothing"`
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
	Test       *IssueTest  `json:"test,omitempty" doc:"Where its subject test stands"`
}

// IssueTest is how far a subject test is.
type IssueTest struct {
	DecidesAt *time.Time            `json:"decides_at,omitempty" doc:"When the winner is chosen; absent while messages of the test go out"`
	DecidedAt *time.Time            `json:"decided_at,omitempty"`
	Winner    int                   `json:"winner" doc:"Arm of the winning subject; 0 = not decided"`
	Arms      []broadcast.ArmResult `json:"arms" doc:"What it was decided from; empty before"`
}

// BroadcastResults tells what people did with an issue.
type BroadcastResults struct {
	Issue        int                   `json:"issue" doc:"Number"`
	IssueID      string                `json:"issue_id"`
	Delivered    int                   `json:"delivered" doc:"Taken by the provider"`
	Opened       int                   `json:"opened" doc:"People, not times; machines don't count. Who clicked has opened"`
	Clicked      int                   `json:"clicked"`
	Unsubscribed int                   `json:"unsubscribed" doc:"By the link of this message"`
	Arms         []broadcast.ArmResult `json:"arms" doc:"Each subject of its test, as it is now"`
}

// BroadcastClone names the copy.
type BroadcastClone struct {
	Key  string `json:"key" maxLength:"63" pattern:"^[a-z0-9][a-z0-9_-]*$"`
	Name string `json:"name" minLength:"1" maxLength:"120"`
}

// BroadcastAgain makes a draft for those who did not react.
type BroadcastAgain struct {
	Key    string `json:"key" maxLength:"63" pattern:"^[a-z0-9][a-z0-9_-]*$"`
	Name   string `json:"name" minLength:"1" maxLength:"120"`
	Issue  int    `json:"issue" minimum:"1" doc:"Number of the issue that they got"`
	Unless string `json:"unless" enum:"opened,clicked"`
}

// BroadcastLook asks to see a message as a customer.
type BroadcastLook struct {
	Definition broadcast.Definition `json:"definition"`
	Customer   string               `json:"customer,omitempty" maxLength:"36" doc:"Id; default: the newest recipient"`
	Arm        int                  `json:"arm,omitempty" minimum:"0" maximum:"5" doc:"Which subject of its test; 0 = none of them"`
}

// BroadcastPreview is the message as rendered for a customer, and what would become of it.
type BroadcastPreview struct {
	Customer CustomerRef `json:"customer"`
	From     string      `json:"from"`
	Subject  string      `json:"subject"`
	HTML     string      `json:"html" doc:"For an iframe with an empty sandbox; empty on channels of plain text"`
	Text     string      `json:"text"`
	Matched  bool        `json:"matched" doc:"In the audience"`
	Excluded string      `json:"excluded" doc:"Path of the exclusion that holds, e.g. exclude.journeys; empty = none"`
	Action   string      `json:"action" doc:"What the gate would say: send, skip, defer, expire, cancel"`
	Reason   string      `json:"reason"`
	Until    *time.Time  `json:"until,omitempty" doc:"With defer"`
}

// BroadcastTestSend sends the message to colleagues.
type BroadcastTestSend struct {
	BroadcastLook
	To []string `json:"to" minItems:"1" maxItems:"10" doc:"Ids of members of this workspace"`
}

// Colleague is a member to whom tests can be sent.
type Colleague struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// TestsSent tells who got a test.
type TestsSent struct {
	Sent []Colleague `json:"sent"`
}

// BroadcastRef names an issue of a broadcast.
type BroadcastRef struct {
	Key   string `json:"key"`
	Name  string `json:"name"`
	Issue int    `json:"issue" doc:"Number"`
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
	Key        string               `json:"key,omitempty" maxLength:"63" doc:"Of the broadcast, if it exists: it can't leave out its own recipients"`
	Definition broadcast.Definition `json:"definition"`
}

// BroadcastForecast tells who would get it, who would not and why, and when.
type BroadcastForecast struct {
	Problems []ProblemAt   `json:"problems"`
	Asked    int64         `json:"asked" doc:"How many recipients the gate was asked about one by one: all, or a sample; 0 = all, in groups with equal facts"`
	Margin   float64       `json:"margin" doc:"0 = exact; else the shares are those of a sample, right to within this much in 95 of 100 cases"`
	Matched  int64         `json:"matched" doc:"In the audience"`
	Excluded int64         `json:"excluded" doc:"Of them left out by the exclusions"`
	Reached  int64         `json:"reached" doc:"Would get it when it goes out"`
	Passed   int64         `json:"passed" doc:"By each person's own clock: how many live where that time has passed already, and would get it at once"`
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
	Expected   int64     `json:"expected" doc:"Of what is planned: how many it would go to by today's data; 0 = not known"`
}

// BroadcastsIn filters broadcasts.
type BroadcastsIn struct {
	PageIn
	State string `query:"state" enum:"draft,scheduled,sending,paused,done,cancelled"`
	Query string `query:"q" maxLength:"100" doc:"Prefix of the key or name"`

	Archived bool `query:"archived" doc:"Those in the archive instead"`
}

// IssueIn names an issue of a broadcast.
type IssueIn struct {
	ByKey
	Issue int `query:"issue" minimum:"0" doc:"Number; default: the newest"`
}

// CalendarIn is a stretch of time.
type CalendarIn struct {
	From time.Time `query:"from" doc:"Default: now"`
	To   time.Time `query:"to" doc:"At most 62 days later; default: 31"`
}
