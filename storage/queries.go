package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
)

// Queries are the read models of the admin UI. They change nothing, see only the workspace that is asked for, and take
// their numbers from indexes. Lists are newest first and end after PageAsk.Limit rows.
type Queries interface {
	// Pulse counts what happened since a moment, per quarter of an hour.
	Pulse(ctx context.Context, workspace int64, since, now time.Time) (Pulse, error)
	// Attention lists what somebody should look at: parked events, repairs and failures since the moment.
	Attention(ctx context.Context, workspace int64, since time.Time) (Attention, error)
	// InFlight counts sends that are claimed or being handed over.
	InFlight(ctx context.Context, workspace int64) (int64, error)
	// JourneyNumbers counts per journey, since a moment, and the open runs.
	JourneyNumbers(ctx context.Context, workspace int64, since time.Time) (map[ids.ID]JourneyNumbers, error)
	// VersionNumbers counts what happened in a version of a journey, or, with a zero version, in all of them; OpenByVersion
	// only the open runs, held-out ones included, for all versions of a journey.
	VersionNumbers(ctx context.Context, workspace int64, journey, version ids.ID) (VersionNumbers, error)
	OpenByVersion(ctx context.Context, workspace int64, journey ids.ID) (map[ids.ID]int64, error)
	// EntryFunnel counts the entry decisions of a journey by outcome and reason.
	EntryFunnel(ctx context.Context, workspace int64, journey ids.ID) ([]GroupCount, error)

	ListRuns(ctx context.Context, workspace int64, f RunFilter, p PageAsk) ([]RunRow, error)
	Run(ctx context.Context, workspace int64, id ids.ID) (RunRow, error)
	// RunRecord is everything that happened in a run, oldest first.
	RunRecord(ctx context.Context, workspace int64, run ids.ID) (RunRecord, error)
	ListSends(ctx context.Context, workspace int64, f SendFilter, p PageAsk) ([]SendRow, error)

	// ListCustomers searches by a prefix of e-mail or external id; an empty prefix lists everybody. Of a prefix that
	// fits more than 2,000 people only those are looked at that come first by e-mail and by external id.
	ListCustomers(ctx context.Context, workspace int64, prefix string, p PageAsk) ([]CustomerView, error)
	Customer(ctx context.Context, workspace int64, id ids.ID) (CustomerView, error)
	ContactPoints(ctx context.Context, workspace int64, customer ids.ID) ([]models.ContactPoint, error)
	// CustomerTimeline merges events, orders, sends, decisions, consents, runs and goals. No kinds means all.
	CustomerTimeline(ctx context.Context, workspace int64, customer ids.ID, kinds []string, p PageAsk) ([]TimelineRow, error)
	// CustomerDecisions lists decisions about a customer, of one journey or broadcast if given.
	CustomerDecisions(ctx context.Context, workspace int64, customer ids.ID, f DecisionFilter, limit int) ([]DecisionRow, error)
	// ScoreModel returns the fitted model of a score.
	ScoreModel(ctx context.Context, workspace int64, id ids.ID) (models.ScoreModel, error)

	ListInbox(ctx context.Context, workspace int64, f InboxFilter, p PageAsk) ([]InboxRow, error)
	InboxMessage(ctx context.Context, workspace int64, id ids.ID) (InboxRow, error)
	ListEvents(ctx context.Context, workspace int64, name string, customer ids.ID, p PageAsk) ([]EventRow, error)
	Event(ctx context.Context, workspace int64, id ids.ID) (EventRow, error)
}

// QuarterCount is a count in one quarter of an hour, counted from 1970. Every zone's midnight is such a boundary.
type QuarterCount struct {
	Quarter int64
	Count   int64
}

// Quarter is the length of one bucket.
const Quarter = 15 * time.Minute

// GroupCount counts rows by state (or outcome) and reason.
type GroupCount struct {
	State  string
	Reason string
	Count  int64
}

// ValueSum is money per currency.
type ValueSum struct {
	Currency string
	Minor    int64
}

// Pulse holds the numbers of the home page.
type Pulse struct {
	Customers     int64
	NewCustomers  []QuarterCount
	Events        []QuarterCount
	Entries       []QuarterCount
	Accepted      []QuarterCount
	Skipped       []QuarterCount
	Conversions   []QuarterCount
	OpenRuns      int64
	WakingNext24h int64
	PendingEvents int64
	Sends         []GroupCount // planned since the moment
	Values        []ValueSum   // conversions since the moment
	Overdue       Trouble      // open runs that should have woken five minutes ago
}

// OverdueAfter is how long after its waking time a run counts as overdue.
const OverdueAfter = 5 * time.Minute

// Attention holds counts with the moment of the first.
type Attention struct {
	Parked, Repairs, FailedRuns, Unknown Trouble
	OldestPending                        models.Instant
	PausedSenders                        []models.Sender
	PausedJourneys                       int64
	Unscored                             bool // customers have orders, and nobody has a score
}

// Trouble is a count and when it began.
type Trouble struct {
	Count int64
	Since models.Instant
}

// JourneyNumbers are the numbers of one journey.
type JourneyNumbers struct {
	OpenRuns    int64
	Entries     []QuarterCount
	Accepted    int64
	Conversions int64
}

// RunFilter narrows a list of runs; empty fields ask for nothing.
type RunFilter struct {
	Journey, Version, Customer ids.ID
	State, Outcome             string
	Step                       string // open runs at this step
	PassedStep, PassedExit     string // runs that have left this step (by this exit)
	PassedTo                   string // with MeasurePassed and an exit: it led to this step, or to PassedToEnd
	Held                       bool   // open runs that an operator holds
	// Measure lists the runs that a number counts, of Version if given: at Step and by PassedExit where it has these.
	Measure Measure
}

// PassedToEnd as RunFilter.PassedTo: the way led out of the journey.
const PassedToEnd = "(end)"

// SendFilter narrows a list of sends.
type SendFilter struct {
	Journey, Version, Customer, Run ids.ID
	Issue                           ids.ID // of a broadcast
	Arm                             int    // which subject of its test; 0 = all
	Engaged                         string // what the person did with it: one of Engaged…
	Step, State, Reason             string
}

// What people did with a message; all but delivered are about delivered ones.
const (
	EngagedDelivered    = "delivered"
	EngagedOpened       = "opened"
	EngagedClicked      = "clicked"
	EngagedUnsubscribed = "unsubscribed"
	EngagedNotOpened    = "not_opened"
	EngagedNotClicked   = "not_clicked"
)

// InboxFilter narrows the inbox.
type InboxFilter struct {
	Customer  ids.ID
	Channel   string
	Recipient string // prefix
}

// Person is what a list shows of a customer.
type Person struct {
	ID         ids.ID
	ExternalID models.Text
	Email      models.Text
	Attributes models.JSON
}

// JourneyName names a journey and version.
type JourneyName struct {
	ID      ids.ID
	Key     string
	Name    string
	Version int
}

// IssueName names an issue of a broadcast.
type IssueName struct {
	Key    string
	Name   string
	Number int
}

// DecisionFilter narrows decisions; empty fields ask for nothing.
type DecisionFilter struct{ Journey, Broadcast ids.ID }

// RunRow is a run with the names it needs.
type RunRow struct {
	models.Run
	Held    bool // by an operator; what a person did in Temporal Web does not show here
	Person  Person
	Journey JourneyName
}

// RunRecord is what happened in a run.
type RunRecord struct {
	Visits     []models.StepVisit
	Decisions  []models.Decision
	Sends      []SendRow
	Contexts   []models.RunContext
	Conversion *models.Conversion
	Repairs    []models.Repair
	Waiting    models.Text // WaitNote of the present wait, "" = none
}

// SendRow is a send with the names it needs.
type SendRow struct {
	models.Send
	Person   Person
	Journey  JourneyName
	Issue    IssueName // of a broadcast
	Template string
	Subject  string
	Address  string
	InboxID  ids.ID
}

// CustomerView is a customer with his numbers.
type CustomerView struct {
	models.Customer
	Metrics  models.CustomerMetrics
	OpenRuns int
}

// Kinds of timeline entry.
const (
	TimelineEvent      = "event"
	TimelineOrder      = "order"
	TimelineSend       = "send"
	TimelineDecision   = "decision"
	TimelineConsent    = "consent"
	TimelineRunStarted = "run_started"
	TimelineRunEnded   = "run_ended"
	TimelineConversion = "conversion"
)

// TimelineRow is one thing in a customer's life; the pointer of its kind is set (a run for both kinds of run).
type TimelineRow struct {
	Kind       string
	At         models.Instant
	ID         ids.ID
	Journey    JourneyName
	Issue      IssueName // of a broadcast
	Event      *models.Event
	Order      *models.Order
	Send       *models.Send
	Decision   *models.Decision
	Consent    *models.Consent
	Run        *models.Run
	Conversion *models.Conversion
}

// DecisionRow is a decision with the journey it belongs to.
type DecisionRow struct {
	models.Decision
	Journey   JourneyName
	Issue     IssueName // of a broadcast
	VersionID ids.ID    // of the run, if any: its document names the step
}

// InboxRow is a message with the names it needs.
type InboxRow struct {
	models.InboxMessage
	Person  Person
	Journey JourneyName
	RunID   ids.ID
}

// EventRow is an event with where it stands.
type EventRow struct {
	models.Event
	Pending bool // accepted, not yet routed
	Parked  bool
}
