package storage

import (
	"context"
	"fmt"
	"time"

	"sojourn/broadcast"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
)

// IssueSendKey is the key of the logical send of one issue of a broadcast to one of its recipients.
func IssueSendKey(workspace int64, issue, customer ids.ID, channel string) string {
	return fmt.Sprintf("b|%d|%s|%s|%s", workspace, issue, customer, channel)
}

// Broadcasts keeps broadcasts, their issues and their recipients. Whoever edits comes with the revision he has seen;
// Conflict tells that somebody else was quicker. Every change of state raises the epoch that the fence compares, so it
// holds for messages that are on their way to the provider this very moment.
type Broadcasts interface {
	// CreateBroadcast makes a draft. Conflict when the key exists in the workspace.
	CreateBroadcast(ctx context.Context, workspace int64, key, name string, d broadcast.Definition, now time.Time) (models.Broadcast, error)
	// SaveBroadcast replaces name and definition of a draft.
	SaveBroadcast(ctx context.Context, workspace int64, id ids.ID, revision int, name string, d broadcast.Definition, now time.Time) (models.Broadcast, error)
	// ArchiveBroadcast takes one that is over, or a draft, out of the list, or puts it back. Nothing else changes.
	ArchiveBroadcast(ctx context.Context, workspace int64, id ids.ID, archived bool, now time.Time) (models.Broadcast, error)
	// DeleteBroadcast removes a draft that never went out; Conflict otherwise.
	DeleteBroadcast(ctx context.Context, workspace int64, id ids.ID) error
	// Broadcast and BroadcastByKey return NotFound for another workspace's.
	Broadcast(ctx context.Context, workspace int64, id ids.ID) (models.Broadcast, error)
	BroadcastByKey(ctx context.Context, workspace int64, key string) (models.Broadcast, error)
	// ListBroadcasts is newest first.
	ListBroadcasts(ctx context.Context, workspace int64, f BroadcastFilter, p PageAsk) ([]models.Broadcast, error)
	// BroadcastIssues returns what went out or is going out, newest first.
	BroadcastIssues(ctx context.Context, workspace int64, id ids.ID, limit int) ([]models.BroadcastIssue, error)
	// IssueNumbers counts what became of the recipients of an issue.
	IssueNumbers(ctx context.Context, workspace int64, issue ids.ID, now time.Time) (IssueNumbers, error)
	// IssueResults counts what people did with the messages of an issue.
	IssueResults(ctx context.Context, workspace int64, issue ids.ID) (IssueResults, error)
	// IssuesBetween returns issues by their planned moment, oldest first.
	IssuesBetween(ctx context.Context, workspace int64, from, to time.Time) ([]IssueRow, error)
	// ScheduledBroadcasts returns those that will go out, with their next moment.
	ScheduledBroadcasts(ctx context.Context, workspace int64) ([]models.Broadcast, error)

	// EstimateBroadcast tells who would get it now and why others would not, by the rules of the gate. It changes nothing.
	EstimateBroadcast(ctx context.Context, workspace int64, d broadcast.Definition, at, now time.Time) (BroadcastEstimate, error)
	// SampleBroadcast returns up to limit people whom the gate would let it go to, at the moment at or later, newest first.
	SampleBroadcast(ctx context.Context, workspace int64, d broadcast.Definition, limit int, at, now time.Time) ([]ids.ID, error)
	// ExplainRecipient tells what the audience, the exclusions and the gate say about one customer.
	ExplainRecipient(ctx context.Context, workspace int64, d broadcast.Definition, customer ids.ID, at, now time.Time) (RecipientVerdict, error)
	// RecipientOf returns the newest issue of a broadcast that a customer is on the list of, and its row of the ledger if
	// there is one; zero issue when there is none.
	RecipientOf(ctx context.Context, workspace int64, id, customer ids.ID) (RecipientPlace, error)

	// ScheduleBroadcast ends the editing of a draft; from here on it goes out by itself. The caller has validated it.
	ScheduleBroadcast(ctx context.Context, workspace int64, id ids.ID, revision int, by string, now time.Time) (models.Broadcast, error)
	// UnscheduleBroadcast makes a scheduled broadcast a draft again; Conflict while an issue is on its way.
	UnscheduleBroadcast(ctx context.Context, workspace int64, id ids.ID, now time.Time) (models.Broadcast, error)
	// PauseBroadcast holds it; doing it twice changes nothing. ResumeBroadcast lets it go on, messages that were held by
	// the pause at once. CancelBroadcast ends it for good.
	PauseBroadcast(ctx context.Context, workspace int64, id ids.ID, now time.Time) (models.Broadcast, error)
	ResumeBroadcast(ctx context.Context, workspace int64, id ids.ID, now time.Time) (models.Broadcast, error)
	CancelBroadcast(ctx context.Context, workspace int64, id ids.ID, reason string, now time.Time) (models.Broadcast, error)
}

// BroadcastWork is what the worker that sends needs. It works over all workspaces.
type BroadcastWork interface {
	// Broadcast is of Broadcasts.
	Broadcast(ctx context.Context, workspace int64, id ids.ID) (models.Broadcast, error)
	// BroadcastIssue returns an issue; NotFound for another workspace's.
	BroadcastIssue(ctx context.Context, workspace int64, issue ids.ID) (models.BroadcastIssue, error)
	// Workspace is of Workspaces.
	Workspace(ctx context.Context, id int64) (models.Workspace, error)
	// OpenIssue begins the issue that is planned for a moment, once however often it is called, and freezes its
	// definition. Conflict when the broadcast is not scheduled.
	OpenIssue(ctx context.Context, workspace int64, id ids.ID, planned, now time.Time) (models.BroadcastIssue, error)
	// MissIssue records that nobody could send the planned issue in time, and plans the next; without a next it is done.
	MissIssue(ctx context.Context, workspace int64, id ids.ID, planned, next, now time.Time) error
	// CollectRecipients writes down one page of the recipients of an issue. The returned issue is past collecting when
	// that was the last page.
	CollectRecipients(ctx context.Context, workspace int64, issue ids.ID, now time.Time) (models.BroadcastIssue, error)
	// IssueChunk returns up to limit recipients who are due: first those who were held back, then the next in order.
	IssueChunk(ctx context.Context, workspace int64, issue ids.ID, limit int, now time.Time) (IssueChunk, error)
	// DecideTest chooses the subject for the rest of an issue when its test has waited long enough; before that, it says
	// when. It is decided once, however often it is called; what it was decided from is kept.
	DecideTest(ctx context.Context, workspace int64, issue ids.ID, now time.Time) (at time.Time, err error)
	// IssueDone moves the cursor of an issue behind a recipient; it never moves back.
	IssueDone(ctx context.Context, workspace int64, issue ids.ID, due int64, customer ids.ID) error
	// PaceIssue takes up to want messages out of the hourly rate, over all workers; when none is left it says when to
	// ask again. What was taken and not used is lost, so nobody is ever too fast.
	PaceIssue(ctx context.Context, workspace int64, issue ids.ID, want, perHour int, now time.Time) (granted int, next time.Time, err error)
	// SendingHeld tells why nothing at all can be sent just now, "" when it can.
	SendingHeld(ctx context.Context, workspace int64, senderKey string) (string, error)
	// CancelHeld closes messages of a cancelled issue that are held back, at most limit, and returns how many messages
	// of it are still open afterwards.
	CancelHeld(ctx context.Context, workspace int64, issue ids.ID, limit int, now time.Time) (open int, err error)
	// ExpireHeld is CancelHeld for an issue whose next one is about to begin: what is still held back expires.
	ExpireHeld(ctx context.Context, workspace int64, issue ids.ID, limit int, now time.Time) (open int, err error)
	// FinishIssue ends an issue of which nothing is open. A recurring broadcast goes back to scheduled for next (zero =
	// done), a cancelled one stays so.
	FinishIssue(ctx context.Context, workspace int64, issue ids.ID, next, now time.Time) error
	// PrepareIssue is Sends.Prepare for many recipients at once, in their order.
	PrepareIssue(ctx context.Context, workspace int64, channel, senderKey string, who []IssueRecipient) ([]SendSubject, error)

	// LiveBroadcasts returns all that must have a workflow: not yet ended, or with an issue that is.
	LiveBroadcasts(ctx context.Context) ([]BroadcastRef, error)
	// BroadcastLive tells the same of one.
	BroadcastLive(ctx context.Context, workspace int64, id ids.ID) (bool, error)
	// CancelBroadcast is of Broadcasts.
	CancelBroadcast(ctx context.Context, workspace int64, id ids.ID, reason string, now time.Time) (models.Broadcast, error)
}

// BroadcastFilter narrows the list; empty is all that is not archived.
type BroadcastFilter struct {
	State    string
	Query    string // prefix of name or key
	Archived bool   // those in the archive instead
}

// BroadcastRef names a broadcast for Temporal.
type BroadcastRef struct {
	WorkspaceID  int64
	WorkspaceKey string
	ID           ids.ID
	BroadcastKey string
	UpdatedAt    models.Instant
}

// IssueRecipient is somebody to be written to now. Key is the row's own for somebody who was held back.
type IssueRecipient struct {
	Customer ids.ID
	Key      string
	Arm      int   // which subject of a test; 0 = no test
	Due      int64 // microseconds since 1970; 0 = was held back
}

// IssueChunk is the work at hand, and when there will be more.
type IssueChunk struct {
	Recipients []IssueRecipient
	More       bool      // the chunk is full: ask again at once
	Next       time.Time // the earliest moment at which something is due that is not now; zero = nothing is left
	HeldOnly   bool      // everybody was handed out: what is left are messages that are held back or on their way
	TestOver   bool      // everybody in the subject test was handed out and it is not decided: DecideTest
}

// IssueNumbers tells how far an issue is.
type IssueNumbers struct {
	Recipients int
	Outcomes   []GroupCount // of the ledger, by state and reason
	LastMinute int          // handed over in the last sixty seconds
}

// IssueResults tells what people did with an issue.
type IssueResults struct {
	Delivered    int // taken by the provider
	Opened       int // people, not times; machines don't count
	Clicked      int
	Unsubscribed int                   // by the link of this message
	Arms         []broadcast.ArmResult // of its subject test, as they are now; none without one
}

// IssueRow is an issue with the name of its broadcast.
type IssueRow struct {
	models.BroadcastIssue
	BroadcastKey  string
	BroadcastName string
}

// RecipientVerdict is what would become of one customer.
type RecipientVerdict struct {
	Matched  bool
	Excluded string // the path of the exclusion that holds, e.g. "exclude.journeys"; "" = none
	Verdict  pressure.Verdict
}

// RecipientPlace is where a customer stands in an issue.
type RecipientPlace struct {
	Issue models.BroadcastIssue
	Due   models.Instant
	Arm   int
	Send  models.Send // zero before his turn
}

// BroadcastEstimate tells who would get a broadcast.
type BroadcastEstimate struct {
	// Asked is how many recipients the gate was asked about one by one: all of them, or a sample; 0 = groups of people
	// with equal facts were judged, which is exact too.
	Asked  int64
	Margin float64 // half the width of the 95 % interval of each share when it was a sample; 0 = exact

	Matched  int64 // in the audience
	Excluded int64 // of them left out by the exclusions
	Reached  int64 // would get it at once
	Passed   int64 // by each person's own clock: of those who are left, how many live where the time has passed
	Held     []GroupCount
	Skipped  []GroupCount // by reason; Key is "skip" or "expire", Reason the rule
}
