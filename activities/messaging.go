package activities

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"golang.org/x/time/rate"

	"sojourn/channels"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/faultpoint"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// Places where a worker may die while it sends; the SMTP sender has those in between.
var (
	sendReceived    = faultpoint.New("send.received")
	sendAfterGate   = faultpoint.New("send.after_gate")
	sendBeforeFence = faultpoint.New("send.before_fence")
	sendAfterFence  = faultpoint.New("send.after_fence")
	sendAfter250    = faultpoint.New("send.after_250")
	sendRecorded    = faultpoint.New("send.after_outcome")
)

// TemplateStore is what Messaging needs of storage.Templates.
type TemplateStore interface {
	TemplateByKey(ctx context.Context, workspace int64, key string) (storage.Template, error)
}

// Messaging sends: it renders, asks the gate, and hands over behind the fence. The ledger makes its activities safe to
// repeat: the same input is the same row, and the row decides.
type Messaging struct {
	Sends     storage.Sends
	Templates TemplateStore
	Documents storage.Documents
	Offers    HeldOffers                 // what steps show; nil = none
	Senders   map[string]channels.Sender // by channel; "" stands in for channels without an own one
	Engine    *content.Engine
	Links     consent.Links
	IDKey     []byte // HMAC key of Message-IDs, at least 32 bytes

	PublicURL string                   // of unsubscribe links, where the workspace's settings name none
	Tokens    map[string]*rate.Limiter // by channel: how fast TrySendMessage may send; none = no limit
	Lease     time.Duration            // of a claim; default 45 s
	Now       func() time.Time         // nil = time.Now
	Logger    *slog.Logger             // nil = slog.Default(); ids, reasons and codes only

	templates templateCache
	settings  settingsCache
	breaker   breaker
}

// DefaultLease is how long a claim, and then a hand-over, may take.
const DefaultLease = 45 * time.Second

// Validate refuses an incomplete Messaging.
func (m *Messaging) Validate() error {
	switch {
	case m.Sends == nil || m.Templates == nil || m.Documents == nil || m.Engine == nil:
		return fault.New(fault.Invalid, "messaging lacks a store, the documents or the template engine")
	case len(m.Senders) == 0:
		return fault.New(fault.Invalid, "messaging has no sender")
	case len(m.IDKey) < 32:
		return fault.New(fault.Invalid, "the key of message ids is shorter than 32 bytes")
	}
	return m.Links.Validate()
}

func (m *Messaging) now() time.Time {
	if m.Now != nil {
		return m.Now()
	}
	return time.Now() //nolint:forbidigo // the default of the Now field
}

func (m *Messaging) lease() time.Duration { return cmp.Or(m.Lease, DefaultLease) }

func (m *Messaging) logger() *slog.Logger {
	if m.Logger != nil {
		return m.Logger
	}
	return slog.Default()
}

func (m *Messaging) sender(channel string) channels.Sender {
	if s, ok := m.Senders[channel]; ok {
		return s
	}
	return m.Senders[""]
}

// SendMessage performs one attempt at one logical send.
func (m *Messaging) SendMessage(ctx context.Context, in contract.SendInput) (contract.SendResult, error) {
	defer keepAlive(ctx)()
	res, err := m.send(ctx, in, false)
	return res, failure(ctx, contract.ActivitySendMessage, err)
}

// TrySendMessage is SendMessage when it can be quick: only with a token of the channel's limiter and a warm connection.
// Otherwise it answers SendNotNow and has done nothing.
func (m *Messaging) TrySendMessage(ctx context.Context, in contract.SendInput) (contract.SendResult, error) {
	res, err := m.send(ctx, in, true)
	return res, failure(ctx, contract.ActivityTrySendMessage, err)
}

// beatEvery is how often an attempt that takes long says that its worker is alive; most are over before the first time.
const beatEvery = 2 * time.Second

// keepAlive heartbeats until the returned function is called. With the heartbeat comes the news that the run took the send
// back: then ctx ends.
func keepAlive(ctx context.Context) (stop func()) {
	if !activity.IsActivity(ctx) {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(beatEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

// attempt is one attempt at one logical send.
type attempt struct {
	in       contract.SendInput
	key      string
	run      ids.ID
	customer ids.ID
	doc      storage.Published
	step     *journey.Step
	channel  string
	sender   channels.Sender
	template storage.Template
	class    consent.Class
	reached  time.Time

	after string             // with a fallback order: the channel before, and why it did not do
	offer *storage.HeldOffer // what the step shows, if it is still held

	issue   ids.ID               // of a broadcast, instead of run, version and step
	arm     int                  // which subject of its test
	subject string               // instead of the template's; "" = the template's own
	preview bool                 // nobody is sent this: links neither count nor unsubscribe
	ready   *storage.SendSubject // what Prepare would say, read beforehand: for the first round
	held    ids.ID               // the token of a claim that has to go through the gate again

	ledger storage.Sends // for fence and outcome, instead of the usual one: several at once
	given  func()        // told when the provider has answered, before the outcome is written down
}

func (m *Messaging) send(ctx context.Context, in contract.SendInput, quick bool) (contract.SendResult, error) {
	if err := sendReceived.Hit(); err != nil {
		return contract.SendResult{}, err
	}
	a, err := m.begin(ctx, in)
	if err != nil {
		return contract.SendResult{}, err
	}
	return m.inOrder(ctx, a, quick)
}

// one makes an attempt on one channel.
func (m *Messaging) one(ctx context.Context, a *attempt, quick bool) (contract.SendResult, error) {
	if quick && !m.quick(a) {
		return contract.SendResult{State: contract.SendNotNow}, nil
	}
	if res, done, err := m.planted(ctx, a); done {
		return res, err
	}
	return m.drive(ctx, a)
}

// quick takes a token when one is there and a connection is warm.
func (m *Messaging) quick(a *attempt) bool {
	if !a.sender.Warm() {
		return false
	}
	limiter := m.Tokens[a.channel]
	return limiter == nil || limiter.Allow()
}

// begin finds out what is to be sent.
func (m *Messaging) begin(ctx context.Context, in contract.SendInput) (*attempt, error) {
	a := &attempt{in: in, reached: time.UnixMicro(in.ReachedAt)}
	var err error
	if a.run, err = ids.Parse(in.RunID); err != nil {
		return nil, badID(err)
	}
	if a.customer, err = ids.Parse(in.CustomerID); err != nil {
		return nil, badID(err)
	}
	version, err := ids.Parse(in.VersionID)
	if err != nil {
		return nil, badID(err)
	}
	if a.doc, err = m.Documents.DocumentByVersion(ctx, in.WorkspaceID, version); err != nil {
		return nil, fmt.Errorf("document of version %s: %w", version, err)
	}
	if in.DocHash != "" && in.DocHash != a.doc.Hash.String() {
		return nil, fault.New(fault.Invalid, "version %s has another document than the run", version)
	}
	for i := range a.doc.Document.Steps {
		if s := &a.doc.Document.Steps[i]; s.ID == in.StepID && s.Kind == journey.StepSend && s.Send != nil {
			a.step = s
		}
	}
	if a.step == nil {
		return nil, fault.New(fault.Invalid, "version %s has no send step %q", version, in.StepID)
	}
	if err := m.on(a, a.step.Send.Channel); err != nil {
		return nil, err
	}
	a.template, err = m.Templates.TemplateByKey(ctx, in.WorkspaceID, a.step.Send.Template)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, fmt.Errorf("template %s: %w", a.step.Send.Template, err)
	}
	if a.class = consent.Class(a.template.Class); !a.class.Known() {
		a.class = consent.Marketing // the strictest, for a template that is missing or odd
	}
	return a, m.held(ctx, a)
}

// rounds bounds how often one attempt starts over because something changed under it.
const rounds = 8

// drive repeats prepare, render, gate and hand-over until the row has an answer.
func (m *Messaging) drive(ctx context.Context, a *attempt) (contract.SendResult, error) {
	held := a.held
	_, lookUp := a.sender.(channels.LookUp)
	for range rounds {
		subject, err := m.subject(ctx, a)
		if err != nil {
			return contract.SendResult{}, fmt.Errorf("prepare send of run %s: %w", a.run, err)
		}
		if storage.FinalSend(subject.Row.State) {
			return final(subject.Row, true), nil
		}
		request := m.request(a, subject)
		request.Held, request.CanLookUp = held, lookUp
		claim, err := m.Sends.Claim(ctx, request)
		if err != nil {
			return contract.SendResult{}, fmt.Errorf("gate of send %s: %w", request.ID, err)
		}
		switch claim.Kind {
		case storage.ClaimFinal:
			return final(claim.Send, claim.Repeat), nil
		case storage.ClaimWait:
			return waiting(claim.Send), nil
		case storage.ClaimBusy:
			return contract.SendResult{State: contract.SendRetry, Reason: "busy", SendID: claim.Send.ID.String(), At: m.now().Add(claim.Wait + 100*time.Millisecond)}, nil
		case storage.ClaimLost:
			if err := m.lookUp(ctx, a, claim.Send); err != nil {
				return contract.SendResult{}, err
			}
			lookUp = false
		case storage.Claimed:
			if err := sendAfterGate.Hit(); err != nil {
				return contract.SendResult{}, err
			}
			res, again, err := m.deliver(ctx, a, claim)
			if err != nil || !again {
				return res, err
			}
			held = claim.Send.Token
		}
	}
	return contract.SendResult{State: contract.SendRetry, Reason: "contended", At: m.now().Add(time.Second)}, nil
}

// subject reads what rendering needs, unless that was read beforehand.
func (m *Messaging) subject(ctx context.Context, a *attempt) (storage.SendSubject, error) {
	if s := a.ready; s != nil {
		a.ready = nil
		return *s, nil
	}
	return m.Sends.Prepare(ctx, storage.SendAsk{Workspace: a.in.WorkspaceID, Key: a.key, Customer: a.customer, Run: a.run, Channel: a.channel, SenderKey: cmp.Or(a.template.SenderKey, "default")})
}

// lookUp asks a provider that can be asked about a lost answer. Finding nothing proves nothing.
func (m *Messaging) lookUp(ctx context.Context, a *attempt, row models.Send) error {
	found, err := a.sender.(channels.LookUp).Accepted(ctx, row.WorkspaceID, row.ID)
	if err != nil || !found {
		return err
	}
	_, err = m.Sends.Settle(ctx, storage.Settlement{Workspace: row.WorkspaceID, Send: row.ID, Token: row.Token, State: storage.SendAccepted, Reason: storage.ReasonEvidence, Now: m.now()})
	return err
}

// final turns a row with an outcome into the result of the run's step.
func final(row models.Send, repeat bool) contract.SendResult {
	state := contract.SendState(row.State)
	switch row.State {
	case storage.SendResolvedAccepted:
		state = contract.SendAccepted
	case storage.SendResolvedRejected:
		state = contract.SendRejected
	}
	res := contract.SendResult{State: state, Reason: row.Reason, SendID: row.ID.String(), Repeat: repeat}
	if state == contract.SendAccepted {
		res.At = row.ClosedAt.Time()
	}
	return res
}

func waiting(row models.Send) contract.SendResult {
	state := contract.SendDeferred
	if row.Reason == storage.ReasonRetry {
		state = contract.SendRetry
	}
	return contract.SendResult{State: state, Reason: row.Reason, SendID: row.ID.String(), At: row.DeferUntil.Time()}
}

// breaker remembers what providers said that concerns more than one message.
//
// Refusals by policy are counted in a row per sender identity; the third pauses it, because one odd recipient must not.
// A provider that asked for a break gets it for the whole channel.
type breaker struct {
	mu    sync.Mutex
	inRow map[ids.ID]int
	rests map[string]time.Time
}

const policyLimit = 3

func (b *breaker) refused(sender ids.ID) (trip bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.inRow == nil {
		b.inRow = map[ids.ID]int{}
	}
	b.inRow[sender]++
	return b.inRow[sender] >= policyLimit
}

func (b *breaker) accepted(sender ids.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.inRow, sender)
}

func (b *breaker) rest(channel string, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rests == nil {
		b.rests = map[string]time.Time{}
	}
	b.rests[channel] = until
}

func (b *breaker) restsUntil(channel string) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rests[channel]
}
