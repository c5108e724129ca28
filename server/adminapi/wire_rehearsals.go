package adminapi

import "time"

// RehearsalStart asks to be sent a whole journey now. It goes to the address of whoever asks, and nowhere else.
type RehearsalStart struct {
	Version int               `json:"version,omitempty" minimum:"0" doc:"Version number; 0 = the draft"`
	Mode    string            `json:"mode" enum:"path,all" doc:"path: one walk by the chosen exits; all: as many walks as it takes to meet every message"`
	Choices map[string]string `json:"choices,omitempty" doc:"path: step -> the exit that is taken; others take their first"`
	Locale  string            `json:"locale,omitempty" maxLength:"35" doc:"Language of the messages; default: the workspace's"`
}

// Rehearsal is a journey that is being sent to a member of staff.
type Rehearsal struct {
	ID         string          `json:"id"`
	Version    int             `json:"version" doc:"0 = the draft"`
	State      string          `json:"state" enum:"running,done,failed,cancelled"`
	Reason     string          `json:"reason"`
	Total      int             `json:"total" doc:"Steps on all walks"`
	Steps      []RehearsalStep `json:"steps" doc:"In order, so far"`
	CreatedAt  time.Time       `json:"created_at"`
	FinishedAt *time.Time      `json:"finished_at,omitempty"`
}

// RehearsalStep is one step it came by.
type RehearsalStep struct {
	Walk     int       `json:"walk"`
	StepID   string    `json:"step_id"`
	StepName string    `json:"step_name"`
	Kind     string    `json:"kind"`
	Exit     string    `json:"exit"`
	State    string    `json:"state" enum:"walked,sending,sent,failed,before" doc:"before: its message went out on an earlier walk; sending for long: a worker died at it, the message may be out"`
	Channel  string    `json:"channel"`
	Subject  string    `json:"subject"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"at"`
}

// AddressCode is the code that was sent to the caller's address.
type AddressCode struct {
	Code string `json:"code" minLength:"6" maxLength:"12"`
}

// AddressState says whether the caller has shown that he reads his address.
type AddressState struct {
	Email    string `json:"email"`
	Verified bool   `json:"verified"`
}
