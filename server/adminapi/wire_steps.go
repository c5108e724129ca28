package adminapi

import "time"

// TaskSummary is something a person is asked to do, or a draft message that waits for a yes.
type TaskSummary struct {
	ID         string      `json:"id"`
	Type       string      `json:"type" doc:"call, gift, card, review or other"`
	Title      string      `json:"title"`
	Role       string      `json:"role"`
	State      string      `json:"state" enum:"open,done,cancelled,expired"`
	Outcomes   []string    `json:"outcomes" doc:"One of them completes it"`
	Outcome    string      `json:"outcome"`
	Note       string      `json:"note"`
	CustomerID string      `json:"customer_id"`
	RunID      string      `json:"run_id"`
	StepID     string      `json:"step_id"`
	Journey    *JourneyRef `json:"journey,omitempty"`
	DueAt      time.Time   `json:"due_at"`
	CreatedAt  time.Time   `json:"created_at"`
	CallbackAt *time.Time  `json:"callback_at,omitempty"`
	ClosedAt   *time.Time  `json:"closed_at,omitempty"`
}

// TaskCount is how many wait for somebody.
type TaskCount struct {
	Open    int64 `json:"open"`
	Overdue int64 `json:"overdue"`
}

// TaskDetail is a task with what may be seen of the customer for it, and nothing else.
type TaskDetail struct {
	TaskSummary
	Instructions string         `json:"instructions"`
	Fields       []TaskField    `json:"fields"`
	Message      *ReviewMessage `json:"message,omitempty" doc:"With type review: the message as it will be sent"`
}

// TaskField is one value that the step shows.
type TaskField struct {
	Name  string `json:"name"`
	Value string `json:"value" doc:"Empty when nothing is known"`
}

// ReviewMessage is a draft. Its HTML is for an iframe with sandbox="".
type ReviewMessage struct {
	Subject string `json:"subject"`
	HTML    string `json:"html"`
	Text    string `json:"text"`
}

// TaskComplete ends a task.
type TaskComplete struct {
	Outcome    string     `json:"outcome" minLength:"1" maxLength:"64"`
	Note       string     `json:"note,omitempty" maxLength:"1000"`
	CallbackAt *time.Time `json:"callback_at,omitempty"`
}

// TaskNote is kept on an open task.
type TaskNote struct {
	Note       string     `json:"note,omitempty" maxLength:"1000"`
	CallbackAt *time.Time `json:"callback_at,omitempty"`
}

// Offer is one thing that may be given to people.
type Offer struct {
	Key          string               `json:"key"`
	Name         string               `json:"name"`
	Partner      string               `json:"partner"`
	State        string               `json:"state" enum:"active,paused,archived"`
	CodeKind     string               `json:"code_kind" enum:"none,shared,pool"`
	SharedCode   string               `json:"shared_code"`
	BenefitKind  string               `json:"benefit_kind" enum:"percent,amount,other"`
	BenefitValue int64                `json:"benefit_value" doc:"Hundredths of a percent, or minor units of the workspace's currency"`
	Texts        map[string]OfferText `json:"texts" doc:"By locale"`
	Hold         string               `json:"hold" doc:"How long a reservation is held, ISO 8601"`
	ValidFrom    *time.Time           `json:"valid_from,omitempty"`
	ValidUntil   *time.Time           `json:"valid_until,omitempty"`
	Budget       *int64               `json:"budget,omitempty" doc:"How many may be given; absent = no limit"`
	PerCustomer  int                  `json:"per_customer" doc:"How many one customer may have; 0 = no limit"`
	Free         int64                `json:"free" doc:"Codes left in the pool"`
	Reserved     int64                `json:"reserved"`
	Confirmed    int64                `json:"confirmed"`
	Released     int64                `json:"released"`
	UpdatedAt    time.Time            `json:"updated_at"`
	Revision     int64                `json:"revision" doc:"Send it back as If-Match: \"<revision>\" when saving"`
	Use          []OfferUse           `json:"use,omitempty" doc:"By journey, most used first"`
}

// OfferText is what an offer says in one language.
type OfferText struct {
	Title string `json:"title" maxLength:"200"`
	Text  string `json:"text" maxLength:"2000"`
}

// OfferUse counts what one journey has given.
type OfferUse struct {
	Journey   *JourneyRef `json:"journey,omitempty"`
	Reserved  int64       `json:"reserved"`
	Confirmed int64       `json:"confirmed"`
	Released  int64       `json:"released"`
}

// OfferSave makes or changes an offer.
type OfferSave struct {
	Name         string               `json:"name" minLength:"1" maxLength:"200"`
	Partner      string               `json:"partner,omitempty" maxLength:"200"`
	State        string               `json:"state,omitempty" enum:"active,paused,archived"`
	CodeKind     string               `json:"code_kind" enum:"none,shared,pool"`
	SharedCode   string               `json:"shared_code,omitempty" maxLength:"64"`
	BenefitKind  string               `json:"benefit_kind" enum:"percent,amount,other"`
	BenefitValue int64                `json:"benefit_value,omitempty" minimum:"0"`
	Texts        map[string]OfferText `json:"texts,omitempty"`
	Hold         string               `json:"hold,omitempty" maxLength:"32"`
	ValidFrom    *time.Time           `json:"valid_from,omitempty"`
	ValidUntil   *time.Time           `json:"valid_until,omitempty"`
	Budget       *int64               `json:"budget,omitempty" minimum:"0"`
	PerCustomer  int                  `json:"per_customer,omitempty" minimum:"0"`
}

// CodesAdd adds codes to a pool: those that are named, or a number of new ones.
type CodesAdd struct {
	Codes    []string `json:"codes,omitempty" maxItems:"10000"`
	Generate int      `json:"generate,omitempty" minimum:"0" maximum:"10000"`
	Prefix   string   `json:"prefix,omitempty" maxLength:"20" pattern:"^[A-Za-z0-9-]*$"`
	Batch    string   `json:"batch,omitempty" maxLength:"64"`
}

// CodesAdded tells what became of them.
type CodesAdded struct {
	Added int `json:"added"`
	Known int `json:"known" doc:"Named twice, or in the workspace already"`
}
