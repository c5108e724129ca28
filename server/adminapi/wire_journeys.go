package adminapi

import (
	"time"

	"sojourn/journey"
)

// JourneySummary is a row of the journey list.
type JourneySummary struct {
	ID                string    `json:"id"`
	Key               string    `json:"key"`
	Name              string    `json:"name"`
	Description       string    `json:"description"`
	State             string    `json:"state" enum:"draft,published,paused,stopped,archived"`
	LiveVersion       int       `json:"live_version" doc:"0 when never published"`
	Purpose           string    `json:"purpose"`
	EntryKind         string    `json:"entry_kind"`
	OpenRuns          int64     `json:"open_runs"`
	Entries7d         int64     `json:"entries_7d"`
	EntriesPrevious7d int64     `json:"entries_previous_7d"`
	Sends7d           int64     `json:"sends_7d" doc:"Accepted by the provider"`
	Conversions7d     int64     `json:"conversions_7d"`
	EntriesDaily      []int64   `json:"entries_daily" doc:"Last 14 days, oldest first, days of the workspace's zone"`
	UpdatedAt         time.Time `json:"updated_at"`
}

// JourneyDetail is a journey with its draft and versions.
type JourneyDetail struct {
	JourneySummary
	Draft          journey.Document `json:"draft"`
	DraftRevision  int              `json:"draft_revision" doc:"Send it back as If-Match: \"<revision>\" when saving or publishing"`
	RolloutPercent int              `json:"rollout_percent" doc:"Share of entrants that get the live version; 100 = everybody"`
	DraftChanged   bool             `json:"draft_changed" doc:"The draft differs from the live version"`
	DraftMine      bool             `json:"draft_mine,omitempty" doc:"The draft differs from the live version, and you saved it last"`
	Issues         []Issue          `json:"issues" doc:"What must be mended before the draft can be published"`
	Versions       []VersionSummary `json:"versions" doc:"Newest first"`
	Pauses         []PauseInterval  `json:"pauses" doc:"Newest first"`
}

// Issue is one thing wrong with a document.
type Issue struct {
	StepID   string `json:"step_id" doc:"Empty for the journey as a whole"`
	Path     string `json:"path" doc:"Place in the document, e.g. steps[2].wait.for"`
	Code     string `json:"code"`
	Severity string `json:"severity" enum:"error,warning"`
	Message  string `json:"message"`
}

// VersionSummary names a version.
type VersionSummary struct {
	ID          string    `json:"id"`
	Number      int       `json:"number"`
	Hash        string    `json:"hash"`
	Live        bool      `json:"live"`
	OpenRuns    int64     `json:"open_runs"`
	PublishedAt time.Time `json:"published_at"`
	PublishedBy string    `json:"published_by"`
}

// PauseInterval is one pause.
type PauseInterval struct {
	PausedAt  time.Time  `json:"paused_at"`
	ResumedAt *time.Time `json:"resumed_at,omitempty"`
	Clock     string     `json:"clock" doc:"How the paused time counts for waits"`
	Cause     string     `json:"cause" doc:"Empty: somebody paused it; bounce, complaint or unsubscribe: it paused by itself"`
	Measured  int64      `json:"measured" doc:"With cause: how many of sample messages"`
	Sample    int64      `json:"sample"`
}

// VersionDetail is a published document with what happened in it.
type VersionDetail struct {
	VersionSummary
	JourneyKey   string           `json:"journey_key"`
	JourneyState string           `json:"journey_state" enum:"draft,published,paused,stopped,archived"`
	Document     journey.Document `json:"document"`
	Counts       VersionCounts    `json:"counts"`
}

// VersionCounts are the live numbers of a version, or of all versions of a journey. They count runs, each once, and not
// those that are held out for comparison; Control and ControlConversions are these.
type VersionCounts struct {
	At                 time.Time      `json:"at"`
	Version            int            `json:"version" doc:"0 = all versions together"`
	Entered            int64          `json:"entered" doc:"Runs that began in the version or were moved into it"`
	Open               int64          `json:"open" doc:"Of these, in the version and open"`
	Control            int64          `json:"control" doc:"Runs held out"`
	ControlConversions int64          `json:"control_conversions" doc:"Runs held out that reached the goal"`
	Outcomes           []OutcomeCount `json:"outcomes" doc:"Ended runs by outcome"`
	Conversions        int64          `json:"conversions"`
	Value              []Money        `json:"value" doc:"Conversion value per currency"`
	Steps              []StepCounts   `json:"steps" doc:"In the order of the document; steps of other versions follow"`
	Funnel             Funnel         `json:"funnel" doc:"Decisions at the entry, of all versions"`
}

// OutcomeCount counts ended runs.
type OutcomeCount struct {
	State   string `json:"state"`
	Outcome string `json:"outcome"`
	Count   int64  `json:"count"`
}

// StepCounts are the live numbers of one step.
type StepCounts struct {
	StepID    string      `json:"step_id"`
	Waiting   int64       `json:"waiting" doc:"Runs that are at this step now"`
	Held      int64       `json:"held" doc:"Of these, held by an operator"`
	Reached   int64       `json:"reached" doc:"Runs that have come to this step"`
	Passed    int64       `json:"passed" doc:"Runs that have left this step by one of its ways"`
	Left      int64       `json:"left" doc:"Runs that left the journey here without reaching the goal"`
	DropOff   *float64    `json:"drop_off,omitempty" doc:"left of reached, 0 to 1; absent where every way leads out, and where nobody has been"`
	Sent      int64       `json:"sent" doc:"Runs whose message of this step its provider accepted"`
	Opened    int64       `json:"opened" doc:"Of these, a person opened it"`
	Clicked   int64       `json:"clicked" doc:"Of these, a person followed a link"`
	Converted int64       `json:"converted" doc:"Runs that reached the goal after coming to this step"`
	Exits     []ExitCount `json:"exits"`
	Sends     []SendCount `json:"sends" doc:"Messages, not runs"`
}

// ExitCount counts who left a step by an exit.
type ExitCount struct {
	Exit   string `json:"exit"`
	Next   string `json:"next" doc:"Step id; empty = the run ended"`
	Count  int64  `json:"count" doc:"Runs"`
	ByExit int64  `json:"by_exit" doc:"Runs that took this exit, wherever it led in the versions that are counted"`
	Times  int64  `json:"times" doc:"How often; more than count where a loop leads here again"`
}

// SendCount counts sends by state and reason.
type SendCount struct {
	State  string `json:"state"`
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

// Funnel tells what became of those who came to the entry.
type Funnel struct {
	Seen    int64         `json:"seen"`
	Entered int64         `json:"entered"`
	Refused []ReasonCount `json:"refused"`
}

// ReasonCount counts a reason.
type ReasonCount struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

// Money is an amount in minor units.
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// ValidateRequest carries a document that need not be saved.
type ValidateRequest struct {
	Document journey.Document `json:"document"`
}

// ValidateResult lists every issue.
type ValidateResult struct {
	Valid  bool    `json:"valid" doc:"No issue of severity error"`
	Issues []Issue `json:"issues"`
}

// PublishRequest publishes the draft.
type PublishRequest struct {
	IncludePresent *bool     `json:"include_present,omitempty" doc:"Audience entry: let present members in at first publish; default: as the document says"`
	Confirm        bool      `json:"confirm,omitempty" doc:"The jump that the preview warns of is meant"`
	Rollout        int       `json:"rollout,omitempty" minimum:"0" maximum:"100" doc:"Share of entrants, in percent, that get the new version at first; 0 and 100 = everybody"`
	InFlight       *InFlight `json:"in_flight,omitempty" doc:"What happens to people in older versions; default: they stay"`
}

// InFlight says what happens to people who are in an older version.
type InFlight struct {
	Mode      string            `json:"mode" enum:"stay,move,end"`
	Mapping   map[string]string `json:"mapping,omitempty" doc:"move: step of the old version -> step of the new one; a step that is not named keeps its id"`
	PerSecond int               `json:"per_second,omitempty" minimum:"0" maximum:"500" doc:"How many people a second; 0 = 50"`
}

// PublishPreview says what publishing would do.
type PublishPreview struct {
	Issues         []Issue `json:"issues"`
	FirstPublish   bool    `json:"first_publish"`
	InFlight       int64   `json:"in_flight" doc:"Open runs that stay on their version"`
	EntersAtOnce   int64   `json:"enters_at_once" doc:"Audience entry with present members: people who enter at once"`
	NextVersion    int     `json:"next_version"`
	DraftUnchanged bool    `json:"draft_unchanged"`
	Volume         Volume  `json:"volume"`
	// For an entry by schedule only.
	Coming []time.Time `json:"coming" doc:"Entry by schedule: the next five moments at which people enter"`
}

// Volume is what a publish brings, as far as it can be told beforehand.
type Volume struct {
	Present      int64 `json:"present" doc:"People who are in the entry's audience now"`
	EntersAtOnce int64 `json:"enters_at_once" doc:"People who enter within 24 hours because of this publish"`
	Sends24h     int64 `json:"sends_24h" doc:"Messages that follow within 24 hours, at most"`
	Usual24h     int64 `json:"usual_24h" doc:"Messages of the workspace in 24 hours, on average of the last 7 days"`
	Large        bool  `json:"large" doc:"So many more than usual that publishing has to be confirmed or staged"`
}

// ResumeRequest says how the paused time counts.
type ResumeRequest struct {
	Clock string `json:"clock,omitempty" enum:"count,hold,skip" doc:"count: waits went on during the pause (default); hold: the pause does not count; skip: what is overdue is skipped"`
}
