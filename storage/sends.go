package storage

import (
	"context"
	"fmt"
	"time"

	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
)

// States of a row of the ledger. Every planned message ends in exactly one of the final ones.
const (
	SendClaimed          = "claimed"      // a worker holds it, nothing was handed over
	SendHanding          = "handing_over" // past the fence: the provider may have it any moment
	SendDeferred         = "deferred"     // not now; DeferUntil says when to ask again
	SendAccepted         = "accepted"     // final: the provider took it
	SendRejected         = "rejected"     // final: the provider refused it for good, or it could not be rendered
	SendSkipped          = "skipped"      // final: the gate said no
	SendExpired          = "expired"      // final: too late
	SendCancelled        = "cancelled"    // final: an operator, or the end of its run
	SendUnknown          = "unknown"      // final unless evidence comes: handed over, the answer was lost
	SendResolvedAccepted = "resolved_accepted"
	SendResolvedRejected = "resolved_rejected"
)

// Reasons beside those of the gate (package pressure).
const (
	ReasonRetry       = "retry"         // definitely not accepted; tried again at DeferUntil
	ReasonRenderError = "render_error"  // the template failed for this customer
	ReasonAnswerLost  = "answer_lost"   // handed over, no answer
	ReasonRunEnded    = "run_ended"     // its run ended while it was held back
	ReasonNextIssue   = "next_issue"    // the next issue of the broadcast went out while it was held back
	ReasonRepeated    = "after_unknown" // service mail sent once more after a lost answer, with the same Message-ID
	ReasonEvidence    = "evidence"      // the provider had it after all
	ReasonReview      = "review"        // a draft waits for a yes
	ReasonReviewNo    = "review_no"     // a colleague read the draft and said no
	ReasonNoOffer     = "no_offer"      // the offer it should show was not reserved, or is not held any more
)

// MaxUnknowns is how often a message that must arrive is handed over again after a lost answer.
const MaxUnknowns = 2

// RunSendKey is the key of a run's logical send. It holds nothing that a reset, a continue-as-new or a change of
// address would alter.
func RunSendKey(workspace int64, run ids.ID, step string, visit int, channel string) string {
	return fmt.Sprintf("r|%d|%s|%s|%d|%s", workspace, run, step, visit, channel)
}

// Sends is the ledger: one row per logical send, decided in one transaction per attempt and fenced at hand-over.
//
//	Prepare (reads) -> render -> Claim (the gate) -> connect -> Fence -> hand over -> Settle
//
// Lock order everywhere: customer, contact point, send. Leases are judged by the clock of the database, everything else
// by the moment that is given. A conflict of keys is answered, never hidden.
type Sends interface {
	// Prepare reads what rendering needs, following merges. It locks nothing, so the gate checks again what it relies
	// on. NotFound when the customer does not exist.
	Prepare(ctx context.Context, ask SendAsk) (SendSubject, error)
	// Claim is the gate transaction. It locks the customer and the contact point, lets the row decide when there is one,
	// and otherwise asks the gate; the claim or the terminal row is written together with its decision record.
	Claim(ctx context.Context, r SendRequest) (Claim, error)
	// Fence is the last look before hand-over: it succeeds only with the claim's token, an unexpired lease, and when
	// neither a withdrawal nor a pause has come since the gate.
	Fence(ctx context.Context, f FenceRequest) (FenceResult, error)
	// Settle records how an attempt ended; applied is false when the row has moved on without this attempt. An answer
	// that comes late resolves an unknown row. Suppressing the address and pausing the sender share the transaction.
	Settle(ctx context.Context, s Settlement) (applied bool, err error)
	// Sweep mends rows that nobody drives any more: claims and hand-overs whose lease ended more than grace ago, and
	// deferred rows of runs that have ended. It returns how many rows it changed.
	Sweep(ctx context.Context, grace time.Duration, limit int, now time.Time) (int, error)
	// SendByKey returns a row; NotFound when there is none.
	SendByKey(ctx context.Context, workspace int64, key string) (models.Send, error)
	// SendContent returns what was frozen for a send; NotFound before the first claim.
	SendContent(ctx context.Context, workspace int64, send ids.ID) (models.SendContent, error)
	// Conservation counts the rows of a workspace, or of one journey of it, by state.
	Conservation(ctx context.Context, workspace int64, journey ids.ID) (Conservation, error)
}

// BulkSends does for many messages in one transaction what Sends does for one. Each answer is the one that the message
// would have got alone; whatever needs more than the usual way is done alone.
type BulkSends interface {
	// ClaimMany is Claim for each.
	ClaimMany(ctx context.Context, rs []SendRequest) ([]Claim, error)
	// FenceMany is Fence for each; all carry the moment of the first.
	FenceMany(ctx context.Context, fs []FenceRequest) ([]FenceResult, error)
	// SettleMany is Settle for each.
	SettleMany(ctx context.Context, ss []Settlement) (applied []bool, err error)
}

// SendAsk names a logical send before anything is known about it.
type SendAsk struct {
	Workspace int64
	Key       string
	Customer  ids.ID
	Run       ids.ID // zero outside a journey
	Channel   string
	SenderKey string
}

// SendSubject is everything a template may speak of, and what the ledger knows already.
type SendSubject struct {
	Workspace    models.Workspace
	Customer     models.Customer
	Metrics      models.CustomerMetrics // zero when there are none yet
	Context      models.JSON            // the run's newest context revision
	Sender       models.Sender          // zero when there is none of that key
	ContactPoint models.ContactPoint    // zero when the customer has no address on the channel; frozen once content is
	Row          models.Send            // zero when the ledger has no row yet
	Content      models.SendContent     // frozen content, if any
	Tracking     consent.State          // what the customer said to the purpose "tracking" on this channel
}

// SendRequest asks the gate. Content may be nil when the row has frozen content already.
type SendRequest struct {
	ID, Token    ids.ID // for a new row; the token of this attempt
	Held         ids.ID // a token this caller still holds: its live claim goes through the gate again
	Workspace    int64
	Key          string
	Customer     ids.ID
	ContactPoint ids.ID
	Run, Journey ids.ID
	Version      ids.ID
	Issue        ids.ID // of a broadcast, instead of run, journey and version
	Arm          int    // which subject of its test; 0 = no test
	Step         string
	Visit        int
	Channel      string
	Class        string
	Purpose      string
	Priority     int
	SenderKey    string
	Template     ids.ID
	TemplateVer  int
	MessageID    string
	PlannedAt    time.Time
	ExpiresAt    time.Time
	Control      bool
	RestsUntil   time.Time // the provider asked for a break until then
	Content      *models.SendContent
	ContentHash  models.Hash
	RenderError  string       // why there is no content; decides only when the gate lets the message through
	After        string       // with a fallback order: the channel before and why it did not do, for the record
	Offer        ids.ID       // the claim that the content shows: it must be held, and is confirmed by acceptance
	WantsOffer   bool         // without Offer the message is skipped: there is nothing to show
	Review       *models.Task // a draft: it is held back until this review says yes
	CanLookUp    bool         // the channel can ask its provider about a lost answer: such a row comes back as ClaimLost first
	Lease        time.Duration
	Now          time.Time
}

// ClaimKind says how a gate transaction ended.
type ClaimKind string

// The ends.
const (
	Claimed     ClaimKind = "claimed"  // this attempt owns the row
	ClaimFinal  ClaimKind = "final"    // the row is final, now or already (Repeat)
	ClaimWait   ClaimKind = "deferred" // not before Send.DeferUntil
	ClaimBusy   ClaimKind = "busy"     // somebody else's lease is alive until Send.LeaseUntil
	ClaimLost   ClaimKind = "lost"     // an answer was lost and the provider can be asked: settle, or ask again without CanLookUp
	ClaimReread ClaimKind = "reread"   // what Prepare read is out of date: prepare again
)

// Claim is the answer of the gate.
type Claim struct {
	Kind    ClaimKind
	Send    models.Send
	Content models.SendContent // with Claimed: the frozen content
	Sender  models.Sender      // with Claimed
	Verdict pressure.Verdict
	Repeat  bool          // final before this call
	Wait    time.Duration // with ClaimBusy: how long that lease lives, by the clock of the database
}

// FenceRequest asks to hand over.
type FenceRequest struct {
	Workspace    int64
	Send, Token  ids.ID
	ContactPoint ids.ID
	Lease        time.Duration // from now on, for the hand-over
	Now          time.Time
}

// FenceResult says whether to hand over.
type FenceResult string

// The answers of the fence.
const (
	FencePassed  FenceResult = "passed"
	FenceChanged FenceResult = "changed" // the claim is still ours, but a withdrawal, pause or time came between: ask the gate again
	FenceLost    FenceResult = "lost"    // the row belongs to somebody else, or is final
)

// Settlement is how an attempt ended: State is SendAccepted, SendRejected, SendUnknown or SendDeferred (try again).
type Settlement struct {
	Workspace   int64
	Send, Token ids.ID
	Customer    ids.ID // of the claim: for the decision record
	State       string
	Reason      string
	Detail      string // for people; no personal data
	Code        string // the provider's, e.g. "550 5.1.1"
	ProviderID  string
	RetryAt     time.Time // with SendDeferred
	Suppress    bool      // the address does not exist
	ShowsOffer  bool      // its claim is confirmed when the message is, or may be, out
	PauseSender string    // why the sender is to be paused; "" = not
	Now         time.Time
}

// Conservation counts rows by state; Balanced reports planned = sum of outcomes + pending.
type Conservation struct {
	Planned int64
	ByState map[string]int64
}

// Final is the number of rows with an outcome.
func (c Conservation) Final() int64 {
	var n int64
	for _, s := range []string{SendAccepted, SendRejected, SendSkipped, SendExpired, SendCancelled, SendUnknown, SendResolvedAccepted, SendResolvedRejected} {
		n += c.ByState[s]
	}
	return n
}

// Pending is the number of rows on their way.
func (c Conservation) Pending() int64 {
	return c.ByState[SendClaimed] + c.ByState[SendHanding] + c.ByState[SendDeferred]
}

// Balanced reports that no row is in a state that this release does not know.
func (c Conservation) Balanced() bool { return c.Planned == c.Final()+c.Pending() }

// FinalSend reports whether a state is an outcome.
func FinalSend(state string) bool {
	switch state {
	case SendAccepted, SendRejected, SendSkipped, SendExpired, SendCancelled, SendUnknown, SendResolvedAccepted, SendResolvedRejected:
		return true
	}
	return false
}
