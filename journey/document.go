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
	Code        *CodeRef   `json:"code,omitempty" yaml:"code,omitempty"` // a code journey: Go code says which step comes next
	Steps       []Step     `json:"steps" yaml:"steps"`                   // the first step is where a run begins
	Layout      *Layout    `json:"layout,omitempty" yaml:"layout,omitempty"`
}

// EntryKind says what lets somebody in.
type EntryKind string

// The entries of this release.
const (
	EntryEvent    EntryKind = "event"
	EntryAudience EntryKind = "audience"
	EntrySchedule EntryKind = "schedule"
	EntryDate     EntryKind = "date"
	EntryAPI      EntryKind = "api"
)

// Entry lets customers in. Kind says which group of fields counts.
type Entry struct {
	Kind EntryKind `json:"kind" yaml:"kind"`

	Event string              `json:"event,omitempty" yaml:"event,omitempty"` // kind event: the event name
	Where *audience.Condition `json:"where,omitempty" yaml:"where,omitempty"` // kind event: over its properties and the customer
	Key   string              `json:"key,omitempty" yaml:"key,omitempty"`     // "customer" (default) or an event property, e.g. booking_id

	Condition      *audience.Condition `json:"condition,omitempty" yaml:"condition,omitempty"`             // kinds audience and schedule: who; kinds date and api: an additional filter
	Edge           string              `json:"edge,omitempty" yaml:"edge,omitempty"`                       // kind audience: "enter" (default) or "leave"
	IncludePresent bool                `json:"include_present,omitempty" yaml:"include_present,omitempty"` // kind audience: first publish lets present members in

	Cron     string `json:"cron,omitempty" yaml:"cron,omitempty"`         // kind schedule: robfig/cron standard syntax
	Timezone string `json:"timezone,omitempty" yaml:"timezone,omitempty"` // kind schedule: zone of the cron, default workspace
	CatchUp  string `json:"catch_up,omitempty" yaml:"catch_up,omitempty"` // kind schedule: ISO duration, default PT1H

	Date *DateRule `json:"date,omitempty" yaml:"date,omitempty"` // kind date: the day; an object's date makes each object a key of its own

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

// ExitRule ends the run at once, also in the middle of a wait: when its event arrives and the condition holds, or, without an
// event, as soon as the condition holds. A condition alone is looked at before somebody enters, with each event of the
// customer, and when the run wakes.
type ExitRule struct {
	Event string              `json:"event,omitempty" yaml:"event,omitempty"`
	Where *audience.Condition `json:"where,omitempty" yaml:"where,omitempty"`
	Label string              `json:"label,omitempty" yaml:"label,omitempty"` // recorded outcome, default "exit"
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

// Layout holds optional canvas positions by step id; the canvas is laid out automatically without it.
type Layout struct {
	Positions map[string]Position `json:"positions,omitempty" yaml:"positions,omitempty"`
}

// Position is a canvas position in pixels.
type Position struct {
	X float64 `json:"x" yaml:"x"`
	Y float64 `json:"y" yaml:"y"`
}
