package adminapi

import "time"

// JourneyRef names a journey and version.
type JourneyRef struct {
	ID      string `json:"id"`
	Key     string `json:"key"`
	Name    string `json:"name"`
	Version int    `json:"version"`
}

// CustomerRef names a customer.
type CustomerRef struct {
	ID         string `json:"id"`
	ExternalID string `json:"external_id"`
	Name       string `json:"name" doc:"Given and family name, else e-mail, else external id"`
	Email      string `json:"email"`
}

// RunSummary is one pass of a customer through a version.
type RunSummary struct {
	ID        string      `json:"id"`
	Journey   JourneyRef  `json:"journey"`
	Customer  CustomerRef `json:"customer"`
	State     string      `json:"state" enum:"open,ended"`
	Outcome   string      `json:"outcome" doc:"How it ended: completed, goal, stopped, failed, terminated, or the label of an exit"`
	StepID    string      `json:"step_id"`
	StepName  string      `json:"step_name"`
	StepKind  string      `json:"step_kind"`
	StepSince time.Time   `json:"step_since"`
	WakeAt    *time.Time  `json:"wake_at,omitempty" doc:"When the wait at this step ends"`
	EntryKey  string      `json:"entry_key"`
	Control   bool        `json:"control" doc:"Held out: nothing is sent"`
	Held      bool        `json:"held" doc:"An operator holds this run: it does nothing until released"`
	StartedAt time.Time   `json:"started_at"`
	EndedAt   *time.Time  `json:"ended_at,omitempty"`
	GoalAt    *time.Time  `json:"goal_at,omitempty"`
}

// RunDetail is a run with everything that happened in it.
type RunDetail struct {
	RunSummary
	Timeline []TimelineEntry `json:"timeline" doc:"Oldest first"`
	Sends    []SendSummary   `json:"sends"`
	Contexts []RunContext    `json:"contexts" doc:"Revisions of the run's data, newest first"`
	Goal     *Conversion     `json:"goal,omitempty"`
	Waiting  *RunWaiting     `json:"waiting,omitempty" doc:"What an open run waits for"`
	Temporal TemporalRun     `json:"temporal"`
}

// RunWaiting is why a run waits until when it does.
type RunWaiting struct {
	StepID string         `json:"step_id"`
	Until  *time.Time     `json:"until,omitempty"`
	Zone   string         `json:"zone" doc:"IANA: where its days and times of day were counted"`
	Why    string         `json:"why" doc:"Short English sentence; facts allow another wording"`
	Facts  map[string]any `json:"facts" doc:"The rule, and what was seen when the end was worked out"`
}

// RunContext is one revision of a run's data.
type RunContext struct {
	Revision int            `json:"revision"`
	At       time.Time      `json:"at"`
	EventID  string         `json:"event_id"`
	Data     map[string]any `json:"data"`
}

// Conversion is a goal reached.
type Conversion struct {
	At      time.Time `json:"at"`
	EventID string    `json:"event_id"`
	Value   Money     `json:"value"`
}

// TemporalRun is the workflow behind a run.
type TemporalRun struct {
	WorkflowID string `json:"workflow_id"`
	URL        string `json:"url" doc:"In Temporal Web; empty when there is none or Temporal has forgotten it"`
	State      string `json:"state" enum:"running,completed,failed,cancelled,terminated,timed_out,continued,forgotten,not_started,unreachable" doc:"forgotten: over Temporal's retention, this page is the record"`
	Current    string `json:"current" doc:"What the workflow says it is doing"`
}

// TimelineEntry is one thing that happened to a customer or a run.
type TimelineEntry struct {
	ID       string      `json:"id"`
	At       time.Time   `json:"at"`
	Kind     string      `json:"kind" enum:"event,order,send,decision,consent,run_started,run_ended,step,conversion,context,repair"`
	Title    string      `json:"title" doc:"Short English sentence; code and facts allow another wording"`
	Code     string      `json:"code" doc:"What exactly, e.g. event name, send state, decision kind and outcome"`
	Reason   string      `json:"reason"`
	StepID   string      `json:"step_id"`
	StepName string      `json:"step_name"`
	RunID    string      `json:"run_id"`
	SendID   string      `json:"send_id"`
	Journey  *JourneyRef `json:"journey,omitempty"`
	Value    *Money      `json:"value,omitempty"`

	Broadcast *BroadcastRef `json:"broadcast,omitempty"`

	Facts map[string]any `json:"facts" doc:"Values behind the sentence"`
}

// SendSummary is one logical send of the ledger.
type SendSummary struct {
	ID       string      `json:"id"`
	RunID    string      `json:"run_id"`
	Journey  *JourneyRef `json:"journey,omitempty"`
	Customer CustomerRef `json:"customer"`
	StepID   string      `json:"step_id"`

	Broadcast *BroadcastRef `json:"broadcast,omitempty"`

	Channel    string     `json:"channel"`
	Class      string     `json:"class"`
	Purpose    string     `json:"purpose"`
	State      string     `json:"state" doc:"planned, claimed, handing_over, accepted, rejected, skipped, deferred, expired, cancelled, unknown"`
	Reason     string     `json:"reason"`
	Detail     string     `json:"detail"`
	Template   string     `json:"template" doc:"Template key"`
	Subject    string     `json:"subject"`
	Address    string     `json:"address"`
	Attempts   int        `json:"attempts"`
	PlannedAt  time.Time  `json:"planned_at"`
	HandedAt   *time.Time `json:"handed_at,omitempty"`
	ClosedAt   *time.Time `json:"closed_at,omitempty"`
	DeferUntil *time.Time `json:"defer_until,omitempty"`
	OpenedAt   *time.Time `json:"opened_at,omitempty" doc:"By a person, the first time; absent = not that we know"`
	ClickedAt  *time.Time `json:"clicked_at,omitempty" doc:"By a person, the first time"`
	Clicks     int        `json:"clicks" doc:"Of persons, on all its links"`
	InboxID    string     `json:"inbox_id" doc:"The rendered message in the built-in inbox, if it went there"`
}
