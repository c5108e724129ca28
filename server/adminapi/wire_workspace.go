package adminapi

import "time"

// Overview is the home page in one answer.
type Overview struct {
	At             time.Time       `json:"at"`
	Customers      int64           `json:"customers"`
	NewCustomers   Figure          `json:"new_customers"`
	Events         Figure          `json:"events"`
	Entries        Figure          `json:"entries"`
	SendsAccepted  Figure          `json:"sends_accepted"`
	SendsSkipped   Figure          `json:"sends_skipped"`
	Conversions    Figure          `json:"conversions"`
	ValueLast7Days []Money         `json:"value_last_7_days" doc:"Conversion value"`
	OpenRuns       int64           `json:"open_runs"`
	WakingNext24h  int64           `json:"waking_next_24h" doc:"Open runs whose wait ends within 24 hours"`
	Sends7d        []SendCount     `json:"sends_7d" doc:"By state and reason, last 7 days"`
	InFlight       int64           `json:"in_flight" doc:"Sends claimed or being handed over right now"`
	PendingEvents  int64           `json:"pending_events" doc:"Accepted but not yet routed"`
	Attention      []AttentionItem `json:"attention"`
	Journeys       []JourneyPulse  `json:"journeys" doc:"Live journeys, busiest first, at most 8"`
}

// Figure compares a number.
type Figure struct {
	Today         int64   `json:"today" doc:"Since midnight in the workspace's zone"`
	Last7Days     int64   `json:"last_7_days"`
	Previous7Days int64   `json:"previous_7_days"`
	Daily         []int64 `json:"daily" doc:"Last 14 days, oldest first; the last is today"`
}

// JourneyPulse is a live journey on the home page.
type JourneyPulse struct {
	Key           string  `json:"key"`
	Name          string  `json:"name"`
	State         string  `json:"state" enum:"draft,published,paused,stopped,archived"`
	OpenRuns      int64   `json:"open_runs"`
	Entries7d     int64   `json:"entries_7d"`
	Conversions7d int64   `json:"conversions_7d"`
	EntriesDaily  []int64 `json:"entries_daily"`
}

// AttentionItem is something somebody should look at.
type AttentionItem struct {
	Kind     string         `json:"kind" enum:"parked_events,sender_paused,sending_stopped,failed_runs,repairs,temporal_unreachable,pending_events,journey_paused,journey_guard,unknown_sends,no_scores,missing_code,blocked_runs,overdue_runs"`
	Severity string         `json:"severity" enum:"info,warning,error"`
	Count    int64          `json:"count"`
	Title    string         `json:"title" doc:"English sentence; kind, count and facts allow another wording"`
	Since    *time.Time     `json:"since,omitempty"`
	Facts    map[string]any `json:"facts"`
}

// InboxMessage is a row of the built-in inbox.
type InboxMessage struct {
	ID         string      `json:"id"`
	Channel    string      `json:"channel"`
	Sender     string      `json:"sender"`
	Recipient  string      `json:"recipient"`
	Subject    string      `json:"subject"`
	Preview    string      `json:"preview" doc:"First words of the text"`
	Customer   CustomerRef `json:"customer"`
	SendID     string      `json:"send_id"`
	RunID      string      `json:"run_id"`
	Journey    *JourneyRef `json:"journey,omitempty"`
	ReceivedAt time.Time   `json:"received_at"`
}

// InboxMessageDetail is a message as sent. Its HTML is at html_url, made for an iframe with sandbox="".
type InboxMessageDetail struct {
	InboxMessage
	Text    string            `json:"text"`
	HasHTML bool              `json:"has_html"`
	HTMLURL string            `json:"html_url"`
	Headers map[string]string `json:"headers"`
	Send    *SendSummary      `json:"send,omitempty"`
}

// ParkedEvent is an event that could not be routed and holds its customer's later events back.
type ParkedEvent struct {
	ID         string    `json:"id" doc:"Event id"`
	Name       string    `json:"name"`
	CustomerID string    `json:"customer_id" doc:"Empty while nobody knows whose it is"`
	Attempts   int       `json:"attempts"`
	LastError  string    `json:"last_error"`
	ParkedAt   time.Time `json:"parked_at"`
	ReceivedAt time.Time `json:"received_at"`
	HeldBack   int       `json:"held_back" doc:"Later events of the same person that wait behind it"`
}

// EventSummary is a row of the live event debugger.
type EventSummary struct {
	ID          string     `json:"id"`
	Type        string     `json:"type"`
	Name        string     `json:"name"`
	MessageID   string     `json:"message_id"`
	UserID      string     `json:"user_id"`
	AnonymousID string     `json:"anonymous_id"`
	CustomerID  string     `json:"customer_id"`
	State       string     `json:"state" enum:"pending,routed,parked"`
	Conflicts   int        `json:"conflicts" doc:"Times the same message id came with other content"`
	Backfill    bool       `json:"backfill"`
	OccurredAt  time.Time  `json:"occurred_at"`
	ReceivedAt  time.Time  `json:"received_at"`
	RoutedAt    *time.Time `json:"routed_at,omitempty"`
}

// EventDetail is an event as received.
type EventDetail struct {
	EventSummary
	Data    map[string]any `json:"data"`
	Context map[string]any `json:"context"`
}

// Settings of a workspace.
type Settings struct {
	Name       string      `json:"name" minLength:"1" maxLength:"120"`
	Timezone   string      `json:"timezone" maxLength:"64" doc:"IANA zone"`
	Currency   string      `json:"currency" minLength:"3" maxLength:"3" doc:"ISO 4217"`
	Locale     string      `json:"locale" minLength:"2" maxLength:"35"`
	PublicURL  string      `json:"public_url" maxLength:"255" doc:"Base address of links in messages"`
	Caps       []Cap       `json:"caps" maxItems:"20"`
	QuietHours *QuietHours `json:"quiet_hours,omitempty" doc:"Absent: none"`
	Guard      *GuardLines `json:"guard,omitempty" doc:"When a journey pauses by itself; absent in a request: as before"`
	Tracking   *Tracking   `json:"tracking,omitempty" doc:"Of whom opens and clicks are recorded; absent in a request: as before"`
}

// Tracking says of whom engagement is recorded. A customer's own word, purpose "tracking", comes first.
type Tracking struct {
	Opens  string `json:"opens" enum:"off,consented,unless_refused"`
	Clicks string `json:"clicks" enum:"off,consented,unless_refused"`
}

// GuardLines are percentages of the messages that a journey has handed over in the last 7 days; 0 is no line.
type GuardLines struct {
	Bounce      float64 `json:"bounce" minimum:"0" maximum:"100"`
	Complaint   float64 `json:"complaint" minimum:"0" maximum:"100"`
	Unsubscribe float64 `json:"unsubscribe" minimum:"0" maximum:"100"`
	Sample      int64   `json:"sample" minimum:"1" maximum:"1000000" doc:"Messages it takes before a rate counts"`
}

// Cap bounds how often one customer is written to.
type Cap struct {
	Max      int      `json:"max" minimum:"1" maximum:"1000"`
	Window   string   `json:"window" maxLength:"20" doc:"ISO 8601 duration, e.g. P7D"`
	Kind     string   `json:"kind" enum:"sliding,calendar"`
	Channels []string `json:"channels,omitempty" maxItems:"10"`
	Purposes []string `json:"purposes,omitempty" maxItems:"20"`
}

// QuietHours hold marketing back, in the customer's zone.
type QuietHours struct {
	From string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$"`
	To   string `json:"to" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$"`
}

// SendingStatus is the big switch.
type SendingStatus struct {
	Stopped  bool           `json:"stopped"`
	InFlight int64          `json:"in_flight" doc:"Sends claimed or being handed over: a few of these may still go out"`
	Senders  []SenderStatus `json:"senders"`
}

// SenderStatus is a from-identity.
type SenderStatus struct {
	Key           string `json:"key"`
	Channel       string `json:"channel"`
	FromName      string `json:"from_name"`
	FromAddress   string `json:"from_address"`
	ReplyTo       string `json:"reply_to"`
	PostalAddress string `json:"postal_address" doc:"Shown in commercial messages"`
	State         string `json:"state" enum:"active,paused"`
	StateReason   string `json:"state_reason"`
}

// SenderSave says how a sender presents itself.
type SenderSave struct {
	Channel       string `json:"channel" enum:"email"`
	FromName      string `json:"from_name" minLength:"1" maxLength:"120"`
	FromAddress   string `json:"from_address" format:"email" maxLength:"254"`
	ReplyTo       string `json:"reply_to,omitempty" maxLength:"254"`
	PostalAddress string `json:"postal_address,omitempty" maxLength:"500"`
}

// PauseRequest says why.
type PauseRequest struct {
	Reason string `json:"reason,omitempty" maxLength:"200"`
}
