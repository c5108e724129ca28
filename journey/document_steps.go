package journey

import "sojourn/audience"

// StepKind names a step type.
type StepKind string

// The steps.
const (
	StepWait    StepKind = "wait"
	StepWaitFor StepKind = "wait_for"
	StepBranch  StepKind = "branch"
	StepSplit   StepKind = "split"
	StepSend    StepKind = "send"
	StepOffer   StepKind = "offer"
	StepReward  StepKind = "reward"
	StepUpdate  StepKind = "update"
	StepCollect StepKind = "collect"
	StepNotify  StepKind = "notify"
	StepWebhook StepKind = "webhook"
	StepTask    StepKind = "task"
	StepEnter   StepKind = "enter"
	StepCode    StepKind = "code"
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
	Split   *SplitStep   `json:"split,omitempty" yaml:"split,omitempty"`
	Send    *SendStep    `json:"send,omitempty" yaml:"send,omitempty"`
	Offer   *OfferStep   `json:"offer,omitempty" yaml:"offer,omitempty"`
	Reward  *RewardStep  `json:"reward,omitempty" yaml:"reward,omitempty"`
	Update  *UpdateStep  `json:"update,omitempty" yaml:"update,omitempty"`
	Collect *CollectStep `json:"collect,omitempty" yaml:"collect,omitempty"`
	Notify  *NotifyStep  `json:"notify,omitempty" yaml:"notify,omitempty"`
	Webhook *WebhookStep `json:"webhook,omitempty" yaml:"webhook,omitempty"`
	Task    *TaskStep    `json:"task,omitempty" yaml:"task,omitempty"`
	Enter   *EnterStep   `json:"enter,omitempty" yaml:"enter,omitempty"`
	Code    *CodeStep    `json:"code,omitempty" yaml:"code,omitempty"`
	Exit    *ExitStep    `json:"exit,omitempty" yaml:"exit,omitempty"`
	Next    string       `json:"next,omitempty" yaml:"next,omitempty"` // step id; empty = the run ends as "completed"
}

// WaitStep waits. For may be followed by one of the others; without For exactly one of them is given.
type WaitStep struct {
	For          string        `json:"for,omitempty" yaml:"for,omitempty"`                     // ISO 8601 duration; P1D is a local calendar day, PT24H is 24 hours
	Until        *LocalTime    `json:"until,omitempty" yaml:"until,omitempty"`                 // the next such time of day
	Date         *DateRule     `json:"date,omitempty" yaml:"date,omitempty"`                   // a date of the customer, his object or the run
	Window       *Window       `json:"window,omitempty" yaml:"window,omitempty"`               // until the clock is inside; now, if it is
	BestHour     *BestHour     `json:"best_hour,omitempty" yaml:"best_hour,omitempty"`         // the hour at which this customer answers best
	NextPurchase *NextPurchase `json:"next_purchase,omitempty" yaml:"next_purchase,omitempty"` // when he is expected to buy again
}

// LocalTime is the next moment at which the clock on the wall shows Time, on one of Weekdays if given.
type LocalTime struct {
	Time     string   `json:"time" yaml:"time"`                             // "09:00"
	Weekdays []string `json:"weekdays,omitempty" yaml:"weekdays,omitempty"` // "mon" … "sun"
	Timezone string   `json:"timezone,omitempty" yaml:"timezone,omitempty"` // default: the document's
}

// DateRef names a date. Exactly one of Attribute, Object and Context is set.
type DateRef struct {
	Attribute string `json:"attribute,omitempty" yaml:"attribute,omitempty"` // of the customer: birthday, attributes.member_since
	Object    string `json:"object,omitempty" yaml:"object,omitempty"`       // type of object: booking. In a step: the object that the run is about
	Field     string `json:"field,omitempty" yaml:"field,omitempty"`         // with Object: which of its dates, for example start
	Context   string `json:"context,omitempty" yaml:"context,omitempty"`     // a value of the run's context: check_in
}

// Values of DateRule.Feb29 and DateRule.Late.
const (
	Feb28 = "feb28" // in other years 29 February is celebrated on the 28th
	Mar1  = "mar1"

	LateSkip = "skip" // the moment has passed: the step is skipped, nobody enters
	LateNow  = "now"  // it is done now
	LateNext = "next" // it is done at the next allowed time of day, or, on an anniversary, next year
)

// DateRule is a moment counted from a date: Offset days before or after it, at a time of day.
type DateRule struct {
	DateRef     `yaml:",inline"`
	Anniversary bool   `json:"anniversary,omitempty" yaml:"anniversary,omitempty"` // every year on that day and month
	Offset      string `json:"offset,omitempty" yaml:"offset,omitempty"`           // ISO 8601 with sign: -P7D is a week before
	At          string `json:"at,omitempty" yaml:"at,omitempty"`                   // time of day; default 09:00, in a wait on a date with a time: that time
	Timezone    string `json:"timezone,omitempty" yaml:"timezone,omitempty"`       // default: the document's
	Feb29       string `json:"feb29,omitempty" yaml:"feb29,omitempty"`             // with Anniversary: feb28 (default) or mar1
	Late        string `json:"late,omitempty" yaml:"late,omitempty"`               // skip (default), now or next: what if the moment has passed
}

// Window is a part of the day on some weekdays.
type Window struct {
	From     string   `json:"from" yaml:"from"`                             // "09:00"
	To       string   `json:"to" yaml:"to"`                                 // "18:00", exclusive; before From it lies on the next day
	Weekdays []string `json:"weekdays,omitempty" yaml:"weekdays,omitempty"` // "mon" … "sun"; default all
	Timezone string   `json:"timezone,omitempty" yaml:"timezone,omitempty"` // default: the document's
}

// BestHour is the next occurrence of the hour at which the customer answers best.
type BestHour struct {
	Default string `json:"default,omitempty" yaml:"default,omitempty"` // time of day for whom nothing is known; default 10:00
}

// NextPurchase is the moment at which the customer's own rhythm expects his next purchase.
type NextPurchase struct {
	Offset  string `json:"offset,omitempty" yaml:"offset,omitempty"`   // ISO 8601 with sign: -P3D is three days before
	At      string `json:"at,omitempty" yaml:"at,omitempty"`           // time of day, default 09:00
	Default string `json:"default,omitempty" yaml:"default,omitempty"` // ISO 8601: how long to wait for whom no rhythm is known; default P30D
	Max     string `json:"max,omitempty" yaml:"max,omitempty"`         // ISO 8601: the longest wait, default P1Y
}

// WaitForStep waits for the first of several events, or the timeout. Exits: the name of each event, and "timeout".
type WaitForStep struct {
	Events      []Await `json:"events" yaml:"events"`
	Timeout     string  `json:"timeout" yaml:"timeout"`                               // ISO 8601 duration
	TimeoutNext string  `json:"timeout_next,omitempty" yaml:"timeout_next,omitempty"` // empty = Next
	Since       string  `json:"since,omitempty" yaml:"since,omitempty"`               // "step" (default), "message" or "run": how far back an event still counts
}

// AnyMessage in Await.Message means every message of this run.
const AnyMessage = "*"

// Await is one event a wait_for step listens to.
type Await struct {
	Trigger `yaml:",inline"`
	Message string `json:"message,omitempty" yaml:"message,omitempty"` // id of the send step whose message of this run it must be about; "*" = any of this run
	Name    string `json:"name,omitempty" yaml:"name,omitempty"`       // exit name, default the event name
	Next    string `json:"next,omitempty" yaml:"next,omitempty"`       // empty = the step's Next
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

// SplitStep divides by weight. The same customer always gets the same variant of the same seed, also in a later run and
// version. Exits: the name of each variant.
type SplitStep struct {
	Variants []Variant `json:"variants" yaml:"variants"`
	Seed     string    `json:"seed,omitempty" yaml:"seed,omitempty"`     // default: journey key and step id
	Metric   string    `json:"metric,omitempty" yaml:"metric,omitempty"` // makes it an experiment: the event that counts as success, or "goal"
}

// Variant is one exit of a split.
type Variant struct {
	Name   string  `json:"name" yaml:"name"`
	Weight float64 `json:"weight" yaml:"weight"` // share in relation to the others
	Next   string  `json:"next,omitempty" yaml:"next,omitempty"`
}

// SendStep sends one template. Exits: sent, skipped, failed, unknown; each defaults to Next.
type SendStep struct {
	Template  string   `json:"template" yaml:"template"`
	Channel   string   `json:"channel" yaml:"channel"`
	Fallback  []string `json:"fallback,omitempty" yaml:"fallback,omitempty"` // channels to try in this order when the one before may not or can't be used
	Purpose   string   `json:"purpose,omitempty" yaml:"purpose,omitempty"`   // default: the document's
	Priority  int      `json:"priority,omitempty" yaml:"priority,omitempty"` // default: the document's
	Expires   string   `json:"expires,omitempty" yaml:"expires,omitempty"`   // ISO 8601 duration after the step is reached, default P7D
	Offer     string   `json:"offer,omitempty" yaml:"offer,omitempty"`       // id of the offer step whose offer it shows; acceptance confirms the reservation
	Draft     bool     `json:"draft,omitempty" yaml:"draft,omitempty"`       // render and queue for review instead of sending
	OnSkipped string   `json:"on_skipped,omitempty" yaml:"on_skipped,omitempty"`
	OnFailed  string   `json:"on_failed,omitempty" yaml:"on_failed,omitempty"`
	OnUnknown string   `json:"on_unknown,omitempty" yaml:"on_unknown,omitempty"`
}

// OfferStep reserves an offer for the run: confirmed when a message that shows it is accepted, released otherwise.
// Exits: ok, none_left.
type OfferStep struct {
	Offer      string `json:"offer" yaml:"offer"` // key of the offer
	OnNoneLeft string `json:"on_none_left,omitempty" yaml:"on_none_left,omitempty"`
}

// RewardStep grants something through the loyalty port. Exits: ok, refused.
type RewardStep struct {
	Kind      string `json:"kind" yaml:"kind"`                         // points, voucher or discount
	Amount    int64  `json:"amount,omitempty" yaml:"amount,omitempty"` // points; or minor units of the workspace's currency for a discount
	Offer     string `json:"offer,omitempty" yaml:"offer,omitempty"`   // kind voucher: the offer whose pool gives the code
	To        string `json:"to,omitempty" yaml:"to,omitempty"`         // context value that names another customer by external id; empty = this one
	Reason    string `json:"reason,omitempty" yaml:"reason,omitempty"` // shown on the statement
	OnRefused string `json:"on_refused,omitempty" yaml:"on_refused,omitempty"`
}

// UpdateStep changes the customer; a null in Set removes an attribute. At least one field is given.
type UpdateStep struct {
	Set         map[string]any     `json:"set,omitempty" yaml:"set,omitempty"`
	Add         map[string]float64 `json:"add,omitempty" yaml:"add,omitempty"`                 // added to numeric attributes, for example lead_score: 10
	Join        []string           `json:"join,omitempty" yaml:"join,omitempty"`               // keys of static lists
	Leave       []string           `json:"leave,omitempty" yaml:"leave,omitempty"`             // keys of static lists
	Unsubscribe []string           `json:"unsubscribe,omitempty" yaml:"unsubscribe,omitempty"` // topics; a journey never subscribes anybody
}

// CollectStep gathers matching events until a time or a number of them, for one message that lists them. Exits: next, empty.
type CollectStep struct {
	Events  []Trigger  `json:"events" yaml:"events"`
	For     string     `json:"for,omitempty" yaml:"for,omitempty"`     // ISO 8601 duration
	Until   *LocalTime `json:"until,omitempty" yaml:"until,omitempty"` // the next such time of day, after For if both are given
	Max     int        `json:"max,omitempty" yaml:"max,omitempty"`     // go on as soon as so many are gathered; default 100
	Since   string     `json:"since,omitempty" yaml:"since,omitempty"` // "step" (default) or "run"
	As      string     `json:"as,omitempty" yaml:"as,omitempty"`       // name of the list in the run's context, default "collected"
	OnEmpty string     `json:"on_empty,omitempty" yaml:"on_empty,omitempty"`
}

// NotifyStep tells a colleague. The text is Liquid over the customer and the run's context.
type NotifyStep struct {
	Channel string `json:"channel" yaml:"channel"` // email or webhook
	To      string `json:"to" yaml:"to"`           // address of a member of the workspace, or a URL
	Subject string `json:"subject,omitempty" yaml:"subject,omitempty"`
	Text    string `json:"text" yaml:"text"`
}

// WebhookStep makes a signed HTTP call (Standard Webhooks) and keeps chosen values of the answer. Exits: ok, failed.
type WebhookStep struct {
	URL      string            `json:"url" yaml:"url"`
	Method   string            `json:"method,omitempty" yaml:"method,omitempty"`   // POST (default), PUT or GET
	Headers  map[string]string `json:"headers,omitempty" yaml:"headers,omitempty"` // never secrets: the call is signed
	Body     map[string]string `json:"body,omitempty" yaml:"body,omitempty"`       // name -> Liquid; the run's ids are always there
	Save     map[string]string `json:"save,omitempty" yaml:"save,omitempty"`       // context value -> path in the JSON answer, for example room.number
	Retry    string            `json:"retry,omitempty" yaml:"retry,omitempty"`     // ISO 8601: how long to try again, default PT1H
	OnFailed string            `json:"on_failed,omitempty" yaml:"on_failed,omitempty"`
}

// TaskStep asks a person to do something. Exits: the name of each outcome ("done" if none is named), and "timeout".
type TaskStep struct {
	Type         string    `json:"type" yaml:"type"` // call, gift, card, review or other
	Title        string    `json:"title" yaml:"title"`
	Instructions string    `json:"instructions,omitempty" yaml:"instructions,omitempty"` // Liquid
	Role         string    `json:"role,omitempty" yaml:"role,omitempty"`                 // who sees it first; default marketer
	Fields       []string  `json:"fields,omitempty" yaml:"fields,omitempty"`             // the attributes that are shown; nothing else is
	Due          string    `json:"due,omitempty" yaml:"due,omitempty"`                   // ISO 8601 duration, default P3D
	Outcomes     []Outcome `json:"outcomes,omitempty" yaml:"outcomes,omitempty"`
	OnTimeout    string    `json:"on_timeout,omitempty" yaml:"on_timeout,omitempty"`
}

// Outcome is one way in which a task ends.
type Outcome struct {
	Name string `json:"name" yaml:"name"` // reached, no_answer, …
	Next string `json:"next,omitempty" yaml:"next,omitempty"`
}

// EnterStep starts another journey of entry kind api. It never waits for it.
type EnterStep struct {
	Journey  string            `json:"journey" yaml:"journey"`
	Customer string            `json:"customer,omitempty" yaml:"customer,omitempty"` // context value that names another customer by external id; empty = this one
	Data     map[string]string `json:"data,omitempty" yaml:"data,omitempty"`         // name -> Liquid: the other run's context
}

// CodeStep is performed by Go code that a developer has registered. Exits: as the code declares.
type CodeStep struct {
	Type     string            `json:"type" yaml:"type"`
	Settings map[string]any    `json:"settings,omitempty" yaml:"settings,omitempty"`
	On       map[string]string `json:"on,omitempty" yaml:"on,omitempty"` // exit -> step id; an exit that is not named goes on to Next
}

// ExitStep ends the run with a label.
type ExitStep struct {
	Label string `json:"label" yaml:"label"`
}
