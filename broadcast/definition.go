package broadcast

import (
	"sojourn/audience"
)

// States of a broadcast. A recurring one is scheduled between its issues.
const (
	Draft     = "draft"
	Scheduled = "scheduled"
	Sending   = "sending"
	Paused    = "paused"
	Done      = "done"
	Cancelled = "cancelled"
)

// States of an issue.
const (
	IssueCollecting = "collecting" // its recipients are being written down
	IssueSending    = "sending"
	IssueDone       = "done"
	IssueCancelled  = "cancelled"
	IssueMissed     = "missed" // nobody was there to send it within its catch-up window
)

// Final reports whether a broadcast in this state does nothing any more.
func Final(state string) bool { return state == Done || state == Cancelled }

// Definition is what is sent, to whom, when and how fast.
type Definition struct {
	Purpose     string              `json:"purpose,omitempty"`
	Template    string              `json:"template,omitempty"`      // key
	Channel     string              `json:"channel,omitempty"`       // default email
	Priority    int                 `json:"priority,omitempty"`      // 1 to 100, default 50
	Audience    *audience.Condition `json:"audience,omitempty"`      // none = everybody
	Exclude     Exclude             `json:"exclude,omitzero"`        //
	Schedule    Schedule            `json:"schedule"`                //
	RatePerHour int                 `json:"rate_per_hour,omitempty"` // over all workers; 0 = as fast as the channel goes
	Expires     string              `json:"expires,omitempty"`       // ISO 8601, from the person's due time; default P2D. Kind at: it does not begin later than that
	Subject     string              `json:"subject,omitempty"`       // Liquid, instead of the template's own
	Test        *Test               `json:"test,omitempty"`          // of subjects
	Resend      *Resend             `json:"resend,omitempty"`        // only to recipients of another one who did not react
}

// Exclude names those who do not get it although they are in the audience.
type Exclude struct {
	Conditions   []audience.Condition `json:"conditions,omitempty"`    // whoever meets one of them
	Journeys     []string             `json:"journeys,omitempty"`      // keys: whoever is in one of them just now
	Broadcasts   []string             `json:"broadcasts,omitempty"`    // keys: whoever got one of them, or is still to get it
	MailedWithin string               `json:"mailed_within,omitempty"` // ISO 8601: whoever was written to on the channel since then
}

// Empty reports that nobody is left out.
func (e Exclude) Empty() bool {
	return len(e.Conditions) == 0 && len(e.Journeys) == 0 && len(e.Broadcasts) == 0 && e.MailedWithin == ""
}

// Kinds of schedule.
const (
	Now  = "now"
	At   = "at"
	Cron = "cron"
)

// Schedule says when a broadcast goes out.
type Schedule struct {
	Kind     string `json:"kind,omitempty"`     // now, at, cron; default now
	At       string `json:"at,omitempty"`       // kind at: "2026-11-24T09:00", a time on the wall
	Cron     string `json:"cron,omitempty"`     // kind cron: five fields
	Timezone string `json:"timezone,omitempty"` // IANA; "" = the workspace's
	Local    bool   `json:"local,omitempty"`    // at that time by each person's own clock
	CatchUp  string `json:"catch_up,omitempty"` // kind cron, ISO 8601: how late a missed issue may still begin; default PT6H
}

// Defaults.
const (
	DefaultChannel  = "email"
	DefaultPriority = 50
	DefaultExpires  = "P2D"
	DefaultCatchUp  = "PT6H"
	DefaultShare    = 20
	DefaultWait     = "PT4H"
)

// Filled is the definition with its defaults written out.
func (d Definition) Filled() Definition {
	if d.Channel == "" {
		d.Channel = DefaultChannel
	}
	if d.Priority == 0 {
		d.Priority = DefaultPriority
	}
	if d.Expires == "" {
		d.Expires = DefaultExpires
	}
	if d.Schedule.Kind == "" {
		d.Schedule.Kind = Now
	}
	if d.Schedule.Kind == Cron && d.Schedule.CatchUp == "" {
		d.Schedule.CatchUp = DefaultCatchUp
	}
	if d.Test != nil {
		t := *d.Test
		if t.Share == 0 {
			t.Share = DefaultShare
		}
		if t.Metric == "" {
			t.Metric = Opened
		}
		if t.Wait == "" {
			t.Wait = DefaultWait
		}
		d.Test = &t
	}
	return d
}
