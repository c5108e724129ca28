package journey

import "sojourn/audience"

// Document is a journey as a marketer edits it and as it stands in git. Publishing freezes it into an immutable version.
// The same struct is the YAML, the JSON of the API and the stored form (canonical JSON, see Hash).
type Document struct {
	Key         string     `json:"key" yaml:"key"`
	Name        string     `json:"name" yaml:"name"`
	Description string     `json:"description,omitempty" yaml:"description,omitempty"`
	Purpose     string     `json:"purpose" yaml:"purpose"`                       // consent purpose of its sends unless a step says otherwise
	Priority    int        `json:"priority,omitempty" yaml:"priority,omitempty"` // 0-100, default 50, higher goes first
	Timezone    string     `json:"timezone,omitempty" yaml:"timezone,omitempty"` // "customer" (default), "workspace" or an IANA name
	Entry       Entry      `json:"entry" yaml:"entry"`
	Exit        []ExitRule `json:"exit,omitempty" yaml:"exit,omitempty"`
	Update      []Trigger  `json:"update,omitempty" yaml:"update,omitempty"` // events that carry new data for the open run of the same key
	Goal        *Goal      `json:"goal,omitempty" yaml:"goal,omitempty"`
	Control     *Control   `json:"control,omitempty" yaml:"control,omitempty"`
	Steps       []Step     `json:"steps" yaml:"steps"` // the first step is where a run begins
	Layout      *Layout    `json:"layout,omitempty" yaml:"layout,omitempty"`
}

// EntryKind says what lets somebody in.
type EntryKind string

// The entries of this release.
const (
	EntryEvent    EntryKind = "event"
	EntryAudience EntryKind = "audience"
	EntrySchedule EntryKind = "schedule"
)

// Entry lets customers in. Kind says which group of fields counts.
type Entry struct {
	Kind EntryKind `json:"kind" yaml:"kind"`

	Event string              `json:"event,omitempty" yaml:"event,omitempty"` // kind event: the event name
	Where *audience.Condition `json:"where,omitempty" yaml:"where,omitempty"` // kind event: over its properties and the customer
	Key   string              `json:"key,omitempty" yaml:"key,omitempty"`     // "customer" (default) or an event property, e.g. booking_id

	Condition      *audience.Condition `json:"condition,omitempty" yaml:"condition,omitempty"`             // kinds audience and schedule
	Edge           string              `json:"edge,omitempty" yaml:"edge,omitempty"`                       // kind audience: "enter" (default) or "leave"
	IncludePresent bool                `json:"include_present,omitempty" yaml:"include_present,omitempty"` // kind audience: first publish lets present members in

	Cron     string `json:"cron,omitempty" yaml:"cron,omitempty"`         // kind schedule: robfig/cron standard syntax
	Timezone string `json:"timezone,omitempty" yaml:"timezone,omitempty"` // kind schedule: zone of the cron, default workspace
	CatchUp  string `json:"catch_up,omitempty" yaml:"catch_up,omitempty"` // kind schedule: ISO duration, default PT1H

	Reentry Reentry `json:"reentry,omitzero" yaml:"reentry,omitempty"`
}

// Reentry says when the same entry key may enter again: "once", "always", or "after" the given time since the last entry.
type Reentry struct {
	Rule  string `json:"rule,omitempty" yaml:"rule,omitempty"`   // default once
	After string `json:"after,omitempty" yaml:"after,omitempty"` // ISO 8601 duration, with rule after
}

// Trigger is an event with an optional condition over its properties and the customer.
type Trigger struct {
	Event string              `json:"event" yaml:"event"`
	Where *audience.Condition `json:"where,omitempty" yaml:"where,omitempty"`
}

// ExitRule ends the run at once, also in the middle of a wait.
type ExitRule struct {
	Trigger `yaml:",inline"`
	Label   string `json:"label,omitempty" yaml:"label,omitempty"` // recorded outcome, default "exit"
}

// Goal records a conversion; within Window after the run's start it counts also when the run has ended.
type Goal struct {
	Trigger  `yaml:",inline"`
	Window   string `json:"window,omitempty" yaml:"window,omitempty"`     // ISO 8601 duration since the run's start, default P30D
	Continue bool   `json:"continue,omitempty" yaml:"continue,omitempty"` // keep the run going after the goal
	ValueOf  string `json:"value_of,omitempty" yaml:"value_of,omitempty"` // property with the amount in minor units
	Currency string `json:"currency,omitempty" yaml:"currency,omitempty"` // property with the ISO currency
}

// Control holds out a share of runs; a held-out run walks as a shadow without any outside effect.
type Control struct {
	Percent float64 `json:"percent" yaml:"percent"` // 0-100
}

// StepKind names a step type.
type StepKind string

// The steps of this release.
const (
	StepWait    StepKind = "wait"
	StepWaitFor StepKind = "wait_for"
	StepBranch  StepKind = "branch"
	StepSend    StepKind = "send"
	StepUpdate  StepKind = "update"
	StepExit    StepKind = "exit"
)

// Step is one box on the canvas: the body that belongs to Kind is set, the others are nil.
type Step struct {
	ID      string       `json:"id" yaml:"id"`
	Kind    StepKind     `json:"kind" yaml:"kind"`
	Name    string       `json:"name,omitempty" yaml:"name,omitempty"`
	Wait    *WaitStep    `json:"wait,omitempty" yaml:"wait,omitempty"`
	WaitFor *WaitForStep `json:"wait_for,omitempty" yaml:"wait_for,omitempty"`
	Branch  *BranchStep  `json:"branch,omitempty" yaml:"branch,omitempty"`
	Send    *SendStep    `json:"send,omitempty" yaml:"send,omitempty"`
	Update  *UpdateStep  `json:"update,omitempty" yaml:"update,omitempty"`
	Exit    *ExitStep    `json:"exit,omitempty" yaml:"exit,omitempty"`
	Next    string       `json:"next,omitempty" yaml:"next,omitempty"` // step id; empty = the run ends as "completed"
}

// WaitStep waits for a duration, then until a local time; either may be absent, not both.
type WaitStep struct {
	For   string     `json:"for,omitempty" yaml:"for,omitempty"` // ISO 8601 duration; P1D is a local calendar day, PT24H is 24 hours
	Until *LocalTime `json:"until,omitempty" yaml:"until,omitempty"`
}

// LocalTime is the next moment at which the clock on the wall shows Time, on one of Weekdays if given.
type LocalTime struct {
	Time     string   `json:"time" yaml:"time"`                             // "09:00"
	Weekdays []string `json:"weekdays,omitempty" yaml:"weekdays,omitempty"` // "mon" … "sun"
	Timezone string   `json:"timezone,omitempty" yaml:"timezone,omitempty"` // default: the document's
}

// WaitForStep waits for the first of several events, or the timeout. Exits: the name of each event, and "timeout".
type WaitForStep struct {
	Events      []Await `json:"events" yaml:"events"`
	Timeout     string  `json:"timeout" yaml:"timeout"`                               // ISO 8601 duration
	TimeoutNext string  `json:"timeout_next,omitempty" yaml:"timeout_next,omitempty"` // empty = Next
	Since       string  `json:"since,omitempty" yaml:"since,omitempty"`               // "step" (default), "message" or "run": how far back an event still counts
}

// Await is one event a wait_for step listens to.
type Await struct {
	Trigger `yaml:",inline"`
	Name    string `json:"name,omitempty" yaml:"name,omitempty"` // exit name, default the event name
	Next    string `json:"next,omitempty" yaml:"next,omitempty"` // empty = the step's Next
}

// BranchStep takes the first case whose condition holds. Exits: the name of each case, and "otherwise".
type BranchStep struct {
	Score     bool   `json:"score,omitempty" yaml:"score,omitempty"` // score the customer afresh before deciding
	Cases     []Case `json:"cases" yaml:"cases"`
	Otherwise string `json:"otherwise,omitempty" yaml:"otherwise,omitempty"` // step id; empty = Next
}

// Case is one exit of a branch.
type Case struct {
	Name string             `json:"name" yaml:"name"`
	When audience.Condition `json:"when" yaml:"when"`
	Next string             `json:"next,omitempty" yaml:"next,omitempty"`
}

// SendStep sends one template. Exits: sent, skipped, failed, unknown; each defaults to Next.
type SendStep struct {
	Template  string `json:"template" yaml:"template"`
	Channel   string `json:"channel" yaml:"channel"`
	Purpose   string `json:"purpose,omitempty" yaml:"purpose,omitempty"`   // default: the document's
	Priority  int    `json:"priority,omitempty" yaml:"priority,omitempty"` // default: the document's
	Expires   string `json:"expires,omitempty" yaml:"expires,omitempty"`   // ISO 8601 duration after the step is reached, default P7D
	OnSkipped string `json:"on_skipped,omitempty" yaml:"on_skipped,omitempty"`
	OnFailed  string `json:"on_failed,omitempty" yaml:"on_failed,omitempty"`
	OnUnknown string `json:"on_unknown,omitempty" yaml:"on_unknown,omitempty"`
}

// UpdateStep sets attributes of the customer; a null removes one.
type UpdateStep struct {
	Set map[string]any `json:"set" yaml:"set"`
}

// ExitStep ends the run with a label.
type ExitStep struct {
	Label string `json:"label" yaml:"label"`
}

// Layout holds optional canvas positions by step id; the canvas is laid out automatically without it.
type Layout struct {
	Positions map[string]Position `json:"positions,omitempty" yaml:"positions,omitempty"`
}

// Position is a canvas position in pixels.
type Position struct {
	X float64 `json:"x" yaml:"x"`
	Y float64 `json:"y" yaml:"y"`
}
