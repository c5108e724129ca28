package adminapi

import (
	"net/http"

	"sojourn/journey"
)

// Out is an answer with a body.
type Out[T any] struct{ Body T }

// Created is an answer with a body and 201.
type Created[T any] struct {
	Status int
	Body   T
}

func created[T any](body T) *Created[T] { return &Created[T]{http.StatusCreated, body} }

// Done is an answer without a body (204).
type Done struct{}

// In is a request with a body.
type In[T any] struct{ Body T }

// Page is one page of a list.
type Page[T any] struct {
	Items         []T    `json:"items"`
	NextPageToken string `json:"next_page_token" doc:"Empty on the last page"`
}

// PageIn asks for a page.
type PageIn struct {
	PageSize  int    `query:"page_size" minimum:"1" maximum:"200" default:"50"`
	PageToken string `query:"page_token" maxLength:"512" doc:"next_page_token of the page before"`
}

// Nothing is an empty request.
type Nothing struct{}

// ByKey names a journey or sender.
type ByKey struct {
	Key string `path:"key" maxLength:"63"`
}

// ByID names a row.
type ByID struct {
	ID string `path:"id" maxLength:"36"`
}

// JourneysIn filters journeys.
type JourneysIn struct {
	PageIn
	State string `query:"state" enum:"draft,published,paused,stopped,archived" doc:"Default: all but archived"`
	Query string `query:"q" maxLength:"100" doc:"Prefix of the key or name"`
}

// WithRevision is a body that replaces a revision.
type WithRevision[T any] struct {
	ByKey
	IfMatch string `header:"If-Match" maxLength:"40" doc:"The draft revision this change is based on, in quotes"`
	Body    T
}

// ByKeyBody names a thing and carries a body.
type ByKeyBody[T any] struct {
	ByKey
	Body T
}

// ByIDBody names a row and carries a body.
type ByIDBody[T any] struct {
	ByID
	Body T
}

// Tagged is an answer with an entity tag.
type Tagged[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

// VersionIn names a version.
type VersionIn struct {
	ByKey
	Number int `path:"number" minimum:"1"`
}

// NumbersIn asks for the numbers of a journey.
type NumbersIn struct {
	ByKey
	Version int `query:"version" minimum:"0" doc:"Version number; 0 = all versions together"`
}

// RunsIn filters runs.
type RunsIn struct {
	PageIn
	Journey  string `query:"journey" maxLength:"63" doc:"Journey key"`
	Version  int    `query:"version" minimum:"0" doc:"Version number, with journey"`
	Step     string `query:"step" maxLength:"63" doc:"Open runs at this step"`
	State    string `query:"state" enum:"open,ended"`
	Outcome  string `query:"outcome" maxLength:"63"`
	Customer string `query:"customer" maxLength:"36" doc:"Customer id"`
	// Passed opens the people behind a number on an edge of the canvas.
	PassedStep string `query:"passed_step" maxLength:"63" doc:"Runs that have left this step"`
	PassedExit string `query:"passed_exit" maxLength:"63" doc:"… by this exit, with passed_step or the measure passed"`
	PassedTo   string `query:"passed_to" maxLength:"63" doc:"… that led to this step, or to (end), with the measure passed and an exit"`
	Held       bool   `query:"held" doc:"Only open runs that an operator holds"`
	Measure    string `query:"measure" enum:"entered,waiting,held,reached,passed,left,sent,opened,clicked,converted" doc:"The runs behind a number of the canvas or the funnel, with journey, and version and step where the number has them"`
}

// SendsIn filters sends.
type SendsIn struct {
	PageIn
	Journey  string `query:"journey" maxLength:"63" doc:"Journey key"`
	Version  int    `query:"version" minimum:"0" doc:"Version number, with journey"`
	Step     string `query:"step" maxLength:"63"`
	State    string `query:"state" maxLength:"20"`
	Reason   string `query:"reason" maxLength:"63"`
	Customer string `query:"customer" maxLength:"36" doc:"Customer id"`
	Issue    string `query:"issue" maxLength:"36" doc:"Issue id of a broadcast"`
	Arm      int    `query:"arm" minimum:"0" maximum:"5" doc:"Which subject of its test"`
	Engaged  string `query:"engaged" enum:"delivered,opened,clicked,unsubscribed,not_opened,not_clicked" doc:"What the person did with it"`
}

// CustomersIn searches customers.
type CustomersIn struct {
	PageIn
	Query string `query:"q" maxLength:"254" doc:"Prefix of e-mail or external id"`
}

// TimelineIn asks for a customer's timeline.
type TimelineIn struct {
	ByID
	PageIn
	Kinds []string `query:"kinds" maxItems:"10" doc:"Only these kinds, comma separated"`
}

// WhyIn asks why.
type WhyIn struct {
	ByID
	Journey string `query:"journey" maxLength:"63" doc:"Journey key; default: all"`

	Broadcast string `query:"broadcast" maxLength:"63" doc:"Broadcast key; default: all"`
}

// InboxIn filters the inbox.
type InboxIn struct {
	PageIn
	Customer string `query:"customer" maxLength:"36" doc:"Customer id"`
	Channel  string `query:"channel" maxLength:"20"`
	Query    string `query:"q" maxLength:"254" doc:"Prefix of the recipient"`
}

// HTMLOut is a page of somebody else's making, under a policy that lets it do nothing.
type HTMLOut struct {
	ContentType string `header:"Content-Type"`
	CSP         string `header:"Content-Security-Policy"`
	Body        []byte `contentType:"text/html"`
}

// EventsIn filters events.
type EventsIn struct {
	PageIn
	Name     string `query:"name" maxLength:"100"`
	Customer string `query:"customer" maxLength:"36" doc:"Customer id"`
}

// SessionOut sets or clears the session cookie.
type SessionOut struct {
	Cookie []http.Cookie `header:"Set-Cookie"`
	Body   Me
}

// SessionEnd clears the session cookie.
type SessionEnd struct {
	Cookie []http.Cookie `header:"Set-Cookie"`
}

// draftIn is the body of a saved draft.
type draftIn = WithRevision[journey.Document]

// SettingsIn saves the settings of the workspace.
type SettingsIn struct {
	IfMatch string `header:"If-Match" maxLength:"40" doc:"ETag of the settings that were changed"`
	Body    Settings
}

// OperationsIn lists the operations of a journey.
type OperationsIn struct {
	ByKey
	PageIn
}
