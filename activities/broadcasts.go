package activities

import (
	"context"
	"fmt"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"

	"sojourn/broadcast"
	"sojourn/consent"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// Broadcasts sends broadcasts, a piece at a time. The rows say what is to be done next, so a piece may be repeated, and
// begun by another worker, at any point.
type Broadcasts struct {
	Store     storage.BroadcastWork
	Messaging *Messaging
	Parallel  int              // messages on their way at once; default 8
	Now       func() time.Time // nil = time.Now
}

// How a broadcast is cut into pieces.
const (
	chunkSize   = 500              // recipients per activity
	batchSize   = 50               // recipients read together; the cursor moves behind them
	heldPause   = 15 * time.Second // how long nothing is tried while an operator's switch holds everything
	cancelSlice = 200
)

func (b *Broadcasts) now() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

// AdvanceBroadcast does the next piece of work and tells when the one after it is due.
func (b *Broadcasts) AdvanceBroadcast(ctx context.Context, in contract.BroadcastInput) (contract.BroadcastProgress, error) {
	id, err := ids.Parse(in.BroadcastID)
	if err != nil {
		return contract.BroadcastProgress{}, failure(ctx, contract.ActivityAdvanceBroadcast, badID(err))
	}
	p := &piece{Broadcasts: b, ws: in.WorkspaceID, id: id}
	if bulk, ok := b.Messaging.Sends.(storage.BulkSends); ok {
		p.together = newTogether(b.Messaging.Sends, bulk, p.parallel())
	}
	defer p.keepAlive(ctx)()
	err = p.advance(ctx)
	return p.out, failure(ctx, contract.ActivityAdvanceBroadcast, err)
}

// piece is one piece of work at one broadcast.
type piece struct {
	*Broadcasts
	ws     int64
	id     ids.ID
	row    models.Broadcast
	zone   string // of the workspace
	def    broadcast.Definition
	issue  models.BroadcastIssue
	out    contract.BroadcastProgress
	mu     sync.Mutex
	cursor heartbeat

	together *together // nil = the ledger does one at a time
}

// advance looks at the state and does what it asks for.
func (p *piece) advance(ctx context.Context) error {
	ws, err := p.Store.Workspace(ctx, p.ws)
	if err == nil {
		p.zone = ws.Timezone
		p.row, err = p.Store.Broadcast(ctx, p.ws, p.id)
	}
	if fault.Is(err, fault.NotFound) {
		p.out.Done, p.out.State = true, "deleted"
		return nil
	}
	if err != nil {
		return err
	}
	p.out.State = p.row.State
	switch p.row.State {
	case broadcast.Scheduled:
		return p.scheduled(ctx)
	case broadcast.Sending:
		return p.sending(ctx)
	case broadcast.Cancelled:
		return p.cancelled(ctx)
	case broadcast.Paused:
		return nil // until it is told
	}
	p.out.Done = true // a draft again, or done
	return nil
}

// scheduled waits for the planned moment, or opens its issue. One that came too late is recorded and the next planned.
func (p *piece) scheduled(ctx context.Context) error {
	if err := p.row.Definition.Into(&p.def); err != nil {
		return err
	}
	p.def = p.def.Filled()
	s, planned, now := p.def.Schedule, p.row.NextAt.Time(), p.now()
	if p.def.Missed(planned, now) {
		var next time.Time
		if s.Kind == broadcast.Cron {
			var err error
			if next, err = s.AfterGap(planned, now, p.zone); err != nil {
				return fault.Wrap(fault.Invalid, err, "the schedule of the broadcast")
			}
		}
		p.out.WakeAt = now.UnixMicro()
		return p.Store.MissIssue(ctx, p.ws, p.id, planned, next, now)
	}
	if begin := s.Begin(planned, p.zone); now.Before(begin) {
		p.out.WakeAt = begin.UnixMicro()
		return nil
	}
	_, err := p.Store.OpenIssue(ctx, p.ws, p.id, planned, now)
	p.out.WakeAt = now.UnixMicro()
	return err
}

// cancelled closes what was held back, waits for what is on its way, and ends the issue.
func (p *piece) cancelled(ctx context.Context) error {
	if p.row.IssueID.IsZero() {
		p.out.Done = true
		return nil
	}
	open, err := p.Store.CancelHeld(ctx, p.ws, p.row.IssueID, cancelSlice, p.now())
	if err != nil {
		return err
	}
	if open > 0 {
		p.out.WakeAt = p.now().Add(time.Second).UnixMicro()
		return nil
	}
	p.out.Done = true
	return p.Store.FinishIssue(ctx, p.ws, p.row.IssueID, time.Time{}, p.now())
}

// sending writes down recipients, then sends a chunk, then looks at what is left.
func (p *piece) sending(ctx context.Context) error {
	var err error
	if p.issue, err = p.Store.BroadcastIssue(ctx, p.ws, p.row.IssueID); err != nil {
		return err
	}
	if err := p.issue.Definition.Into(&p.def); err != nil {
		return err
	}
	p.def = p.def.Filled()
	for p.issue.State == broadcast.IssueCollecting {
		if p.issue, err = p.Store.CollectRecipients(ctx, p.ws, p.issue.ID, p.now()); err != nil || ctx.Err() != nil {
			return err
		}
	}
	template, err := p.Messaging.Templates.TemplateByKey(ctx, p.ws, p.def.Template)
	if err != nil {
		return fmt.Errorf("template %s: %w", p.def.Template, err)
	}
	held, err := p.Store.SendingHeld(ctx, p.ws, template.SenderKey)
	if err != nil {
		return err
	}
	if held != "" {
		p.out.State, p.out.WakeAt = "held: "+held, p.now().Add(heldPause).UnixMicro()
		return nil
	}
	chunk, err := p.Store.IssueChunk(ctx, p.ws, p.issue.ID, chunkSize, p.now())
	if err != nil {
		return err
	}
	paced, err := p.send(ctx, chunk.Recipients, template)
	switch {
	case err != nil:
		return err
	case !paced.IsZero():
		p.out.WakeAt = paced.UnixMicro()
	case chunk.More || len(chunk.Recipients) > 0:
		p.out.WakeAt = p.now().UnixMicro() // the chunk may have held some back: look again before going to sleep
	case chunk.HeldOnly && !chunk.Next.IsZero():
		return p.heldOnly(ctx, chunk.Next)
	case !chunk.Next.IsZero():
		p.out.WakeAt = chunk.Next.UnixMicro()
	case !chunk.TestOver || p.issue.Recipients == 0:
		return p.finish(ctx)
	}
	if chunk.TestOver && paced.IsZero() && len(chunk.Recipients) == 0 && p.issue.Recipients > 0 {
		return p.decide(ctx, chunk.Next)
	}
	return nil
}

// heldOnly waits for those who are held back, at the longest until the next issue begins: a few who have had enough
// messages, or rest, must not keep it from everybody else, and an old newsletter must not come after the new one.
func (p *piece) heldOnly(ctx context.Context, due time.Time) error {
	p.out.WakeAt = due.UnixMicro()
	next, err := p.following()
	if err != nil || next.IsZero() {
		return err
	}
	begin, now := p.def.Schedule.Begin(next, p.zone), p.now()
	if now.Before(begin) {
		p.out.WakeAt = min(p.out.WakeAt, begin.UnixMicro())
		return nil
	}
	open, err := p.Store.ExpireHeld(ctx, p.ws, p.issue.ID, cancelSlice, now)
	if err != nil {
		return err
	}
	if open > 0 {
		p.out.WakeAt = now.Add(time.Second).UnixMicro()
		return nil
	}
	return p.finish(ctx)
}

// following is the planned moment of the issue after this one, zero when there is none.
func (p *piece) following() (time.Time, error) {
	if p.def.Schedule.Kind != broadcast.Cron {
		return time.Time{}, nil
	}
	next, err := p.def.Schedule.Next(p.issue.PlannedAt.Time(), p.zone)
	if err != nil {
		return next, fault.Wrap(fault.Invalid, err, "the schedule of the broadcast")
	}
	return next, nil
}

// decide asks for the winner of the subject test, or waits for the moment; somebody who was held back may be due before.
func (p *piece) decide(ctx context.Context, held time.Time) error {
	at, err := p.Store.DecideTest(ctx, p.ws, p.issue.ID, p.now())
	if err != nil {
		return err
	}
	if p.out.State = "waits for the winner"; !held.IsZero() && held.Before(at) {
		at = held
	}
	p.out.WakeAt = at.UnixMicro()
	return nil
}

// finish ends the issue: everybody has an outcome.
func (p *piece) finish(ctx context.Context) error {
	next, err := p.following()
	if err != nil {
		return err
	}
	p.out.Done, p.out.WakeAt = next.IsZero(), p.now().UnixMicro()
	return p.Store.FinishIssue(ctx, p.ws, p.issue.ID, next, p.now())
}

// attempt is one recipient's message in the ordinary way of the ledger, with the issue in the place of a run.
func (p *piece) attempt(r storage.IssueRecipient, t storage.Template, subject storage.SendSubject) (*attempt, error) {
	d := p.def
	a := &attempt{in: contract.SendInput{WorkspaceID: p.ws}, key: r.Key, customer: r.Customer, issue: p.issue.ID, arm: r.Arm, subject: d.SubjectOf(r.Arm), channel: d.Channel, sender: p.Messaging.sender(d.Channel), template: t,
		class: consent.Class(t.Class), reached: p.now()}
	if a.sender == nil {
		return nil, fault.New(fault.Invalid, "there is no sender for channel %q", d.Channel)
	}
	if !a.class.Known() {
		a.class = consent.Marketing
	}
	// Waiting for the hourly rate makes nobody late; waiting for anything else does.
	if r.Due != 0 && models.Instant(r.Due) > p.issue.StartedAt && d.RatePerHour == 0 {
		a.reached = models.Instant(r.Due).Time()
	}
	if at := p.issue.DecidedAt.Time(); r.Due != 0 && a.reached.Before(at) {
		a.reached = at // who waited for the winner of a test is not late for that
	}
	a.doc.Document = &journey.Document{Purpose: d.Purpose, Priority: d.Priority}
	a.step = &journey.Step{Kind: journey.StepSend, Send: &journey.SendStep{Template: d.Template, Channel: d.Channel, Expires: d.Expires}}
	if !subject.Customer.ID.IsZero() {
		a.ready = &subject
	}
	return a, nil
}

// heartbeat is where a chunk is: ids and numbers only.
type heartbeat struct {
	Issue    string `json:"issue"`
	Due      int64  `json:"due"`
	Customer string `json:"after"`
	Handled  int    `json:"n"`
}

// keepAlive heartbeats the cursor until the returned function is called.
func (p *piece) keepAlive(ctx context.Context) (stop func()) {
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
				activity.RecordHeartbeat(ctx, p.position())
			case <-done:
				return
			}
		}
	}()
	return func() { close(done) }
}

func (p *piece) position() heartbeat {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cursor
}

// passed notes that everybody up to a recipient has a row in the ledger.
func (p *piece) passed(ctx context.Context, last storage.IssueRecipient, n int) {
	p.mu.Lock()
	p.out.Handled += n
	p.cursor = heartbeat{Issue: p.issue.ID.String(), Due: last.Due, Customer: last.Customer.String(), Handled: p.out.Handled}
	p.mu.Unlock()
	beat(ctx, p.position())
}
