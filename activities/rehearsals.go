package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"sojourn/channels"
	"sojourn/consent"
	"sojourn/content"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// RehearsalStore is what rehearsals need of the store.
type RehearsalStore interface {
	storage.Rehearsals
	Workspace(ctx context.Context, id int64) (models.Workspace, error)
	Senders(ctx context.Context, workspace int64) ([]models.Sender, error)
	Member(ctx context.Context, workspace int64, user ids.ID) (storage.Member, error)
	OfferByKey(ctx context.Context, workspace int64, key string) (storage.OfferRow, error)
}

// Rehearsals walks journeys for members of staff: the ordinary machine by ways that were decided beforehand, messages by the
// ordinary templates and channels, and nothing else. It has no ledger, gate or claim of an offer, so no customer's caps,
// consents, numbers or vouchers can be touched; its only recipient is the user's own proven address.
type Rehearsals struct {
	Store     RehearsalStore
	Messaging *Messaging
	Now       func() time.Time // nil = time.Now
	Pace      time.Duration    // what a wait takes; default 2 s
}

func (h *Rehearsals) now() time.Time {
	if h.Now != nil {
		return h.Now()
	}
	return time.Now() //nolint:forbidigo // the default of the Now field
}

// rehearsed is a rehearsal with what its steps need.
type rehearsed struct {
	row     models.Rehearsal
	steps   []models.RehearsalStep
	program *journey.Program
	walks   []journey.Walk
	member  storage.Member
}

// Rehearse takes one walk a step further. A step is written down before its message goes out, and one that is there is not
// done again: whatever dies, each message goes out once at most.
func (h *Rehearsals) Rehearse(ctx context.Context, in contract.RehearseInput) (contract.RehearseResult, error) {
	res, err := h.rehearse(ctx, in)
	return res, failure(ctx, contract.ActivityRehearse, err)
}

func (h *Rehearsals) rehearse(ctx context.Context, in contract.RehearseInput) (contract.RehearseResult, error) {
	var res contract.RehearseResult
	if in.Lost {
		id, err := ids.Parse(in.RehearsalID)
		if err != nil {
			return res, badID(err)
		}
		return contract.RehearseResult{Done: true}, h.Store.EndRehearsal(ctx, in.WorkspaceID, id, storage.RehearsalFailed, "a step could not be done", h.now())
	}
	r, err := h.read(ctx, in.RehearsalInput)
	if err != nil || r.row.State != storage.RehearsalRunning {
		return contract.RehearseResult{Done: true}, err
	}
	if in.Walk >= len(r.walks) {
		return contract.RehearseResult{Done: true}, h.Store.EndRehearsal(ctx, r.row.WorkspaceID, r.row.ID, storage.RehearsalDone, "", h.now())
	}
	walk, now := r.walks[in.Walk], h.now()
	state, err := journey.LoadState(in.State, journey.LogicLatest, now)
	if err != nil {
		return res, fault.Wrap(fault.Invalid, err, "the state of a rehearsal can't be read")
	}
	feed := func(input journey.Input) (err error) {
		if state, _, err = r.program.Step(state, input, now); err != nil {
			err = fault.Wrap(fault.Invalid, err, "the walk can't go on")
		}
		return err
	}
	if err := feed(journey.Entered{}); err != nil {
		return res, err
	}
	due := r.program.Due(state)
	if due.Kind == journey.EffectFinish || state.Hops >= len(walk) || walk[state.Hops].Step != state.Step {
		return contract.RehearseResult{WalkDone: true}, nil
	}
	way := walk[state.Hops]
	switch due.Kind {
	case journey.EffectResolve:
		if due.Step.Kind == journey.StepWaitFor && way.Exit != journey.ExitTimeout {
			err = h.walked(ctx, r, in.Walk, state.Hops, way, string(due.Step.Kind), func() error {
				return feed(journey.WaitResolved{Step: state.Step, Visit: due.Visit, Exit: way.Exit})
			})
			break
		}
		pace := cmp.Or(h.Pace, 2*time.Second)
		res.PauseMS = pace.Milliseconds()
		err = feed(journey.WaitResolved{Step: state.Step, Visit: due.Visit, Deadline: now.UnixMicro()})
	case journey.EffectSleep:
		hops := state.Hops
		if err = feed(journey.TimerFired{}); err == nil && state.Hops > hops {
			err = h.walked(ctx, r, in.Walk, hops, way, string(due.Step.Kind), func() error { return nil })
		}
	case journey.EffectAct:
		done := func() error {
			return feed(journey.StepDone{Step: due.Step.ID, Visit: due.Visit, Exit: way.Exit, Result: way.Exit})
		}
		if due.Step.Kind != journey.StepSend {
			err = h.walked(ctx, r, in.Walk, state.Hops, way, string(due.Step.Kind), done)
			break
		}
		if err = h.message(ctx, r, in.Walk, state.Hops, way, due.Step); err == nil {
			err = done()
		}
	default:
		return contract.RehearseResult{WalkDone: true}, nil
	}
	res.State = state.JSON()
	return res, err
}

func (h *Rehearsals) read(ctx context.Context, in contract.RehearsalInput) (rehearsed, error) {
	var r rehearsed
	id, err := ids.Parse(in.RehearsalID)
	if err != nil {
		return r, badID(err)
	}
	if r.row, r.steps, err = h.Store.Rehearsal(ctx, in.WorkspaceID, id); err != nil || r.row.State != storage.RehearsalRunning {
		return r, err
	}
	var doc journey.Document
	if err := r.row.Document.Into(&doc); err != nil {
		return r, err
	}
	if err := r.row.Walks.Into(&r.walks); err != nil {
		return r, err
	}
	if r.program, err = journey.Compile(doc); err != nil {
		return r, err
	}
	r.member, err = h.Store.Member(ctx, in.WorkspaceID, r.row.UserID)
	return r, err
}

// walked writes a step down that sends nothing, and goes on.
func (h *Rehearsals) walked(ctx context.Context, r rehearsed, walk, hops int, way journey.Way, kind string, on func() error) error {
	_, err := h.Store.RehearseStep(ctx, models.RehearsalStep{RehearsalID: r.row.ID, Seq: seqOf(walk, hops), WorkspaceID: r.row.WorkspaceID, Walk: walk + 1, StepID: way.Step, Kind: kind, ExitName: way.Exit,
		State: storage.RehearsedWalked, At: models.At(h.now())})
	if err != nil {
		return err
	}
	return on()
}

// seqOf numbers the steps of all walks.
func seqOf(walk, hops int) int { return walk*1000 + hops }

// message sends one, once, and never to anybody but the user himself.
func (h *Rehearsals) message(ctx context.Context, r rehearsed, walk, hops int, way journey.Way, step *journey.Step) error {
	line := models.RehearsalStep{RehearsalID: r.row.ID, Seq: seqOf(walk, hops), WorkspaceID: r.row.WorkspaceID, Walk: walk + 1, StepID: way.Step, Kind: string(step.Kind), ExitName: way.Exit,
		State: storage.RehearsedSending, Channel: step.Send.Channel, At: models.At(h.now())}
	if slices.ContainsFunc(r.steps, func(s models.RehearsalStep) bool { return s.StepID == way.Step && s.Walk <= walk }) {
		line.State = storage.RehearsedBefore
	}
	fresh, err := h.Store.RehearseStep(ctx, line)
	if err != nil || !fresh || line.State != storage.RehearsedSending {
		return err
	}
	subject, err := h.hand(ctx, r, step)
	state, reason := storage.RehearsedSent, ""
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		state, reason = storage.RehearsedFailed, plainReason(err)
		slog.WarnContext(ctx, "a message of a rehearsal failed", "rehearsal", r.row.ID, "step", way.Step)
	}
	return h.Store.RehearsedStep(ctx, r.row.ID, line.Seq, state, subject, reason)
}

// plainReason says what failed without what a server may have repeated of the address.
func plainReason(err error) string {
	var failed *content.Error
	var refused *channels.Failure
	switch {
	case errors.As(err, &failed):
		return failed.Error()
	case errors.As(err, &refused):
		return strings.TrimSpace("not taken: " + refused.Reason + " " + refused.Code)
	case fault.KindOf(err) != fault.Internal:
		return err.Error()
	}
	return "internal error"
}

// hand renders a message for the user, as if he were the customer, and hands it to his address.
func (h *Rehearsals) hand(ctx context.Context, r rehearsed, step *journey.Step) (subject string, err error) {
	m, user := h.Messaging, r.member.User
	switch {
	case user.EmailVerifiedAt.IsZero():
		return "", fault.New(fault.Forbidden, "the address is not confirmed")
	case !user.DisabledAt.IsZero():
		return "", fault.New(fault.Forbidden, "the account is disabled")
	}
	t, err := m.Templates.TemplateByKey(ctx, r.row.WorkspaceID, step.Send.Template)
	if err != nil {
		return "", fmt.Errorf("template %s: %w", step.Send.Template, err)
	}
	a := &attempt{channel: step.Send.Channel, sender: m.sender(step.Send.Channel), template: t, class: consent.Class(t.Class), preview: true, step: step}
	if a.sender == nil {
		return "", fault.New(fault.Invalid, "there is no sender for channel %q", a.channel)
	}
	if a.offer, err = h.sampleOffer(ctx, r.row.WorkspaceID, r.program.Doc, step.Send.Offer); err != nil {
		return "", err
	}
	s, err := h.subject(ctx, r, t)
	if err != nil {
		return "", err
	}
	made, err := m.render(a, s, storage.SendRequest{ID: ids.New(), Workspace: r.row.WorkspaceID, Channel: a.channel, Purpose: cmp.Or(step.Send.Purpose, r.program.Doc.Purpose), Now: h.now()})
	if err != nil {
		return "", err
	}
	var f frozen
	if err := made.Headers.Into(&f); err != nil {
		return "", err
	}
	id, title := ids.New(), "[Test] "+made.Subject
	hand, err := a.sender.Prepare(ctx, channels.Message{Workspace: r.row.WorkspaceID, Send: id, Channel: a.channel, From: f.From, ReplyTo: f.ReplyTo, To: user.Email, Subject: title, HTML: made.HTML, Text: made.TextBody,
		Headers: []channels.Header{{Name: "X-Sojourn-Test", Value: r.row.ID.String()}}, MessageID: m.messageID("rehearsal/"+id.String(), f.From.Address), Date: h.now()})
	if err != nil {
		return made.Subject, err
	}
	_, err = hand.Commit(ctx)
	return made.Subject, err
}

// subject makes the user a customer for the template: of real ones nothing is read.
func (h *Rehearsals) subject(ctx context.Context, r rehearsed, t storage.Template) (storage.SendSubject, error) {
	user := r.member.User
	first, last, _ := strings.Cut(user.Name, " ")
	w, err := h.Store.Workspace(ctx, r.row.WorkspaceID)
	if err != nil {
		return storage.SendSubject{}, err
	}
	s := storage.SendSubject{Workspace: w, Context: models.JSON("{}"), Customer: models.Customer{ID: user.ID, WorkspaceID: w.ID, Email: models.Text(user.Email), Locale: cmp.Or(r.row.Locale, w.Locale), Timezone: w.Timezone,
		Attributes: models.ToJSON(map[string]any{"first_name": first, "last_name": last})}}
	senders, err := h.Store.Senders(ctx, w.ID)
	for _, x := range senders {
		if x.SenderKey == cmp.Or(t.SenderKey, "default") {
			s.Sender = x
		}
	}
	if err == nil && s.Sender.ID.IsZero() {
		err = fault.New(fault.Invalid, "there is no sender %q", cmp.Or(t.SenderKey, "default"))
	}
	return s, err
}

// sampleOffer shows an offer with a code that is none: no voucher is reserved.
func (h *Rehearsals) sampleOffer(ctx context.Context, workspace int64, d journey.Document, step string) (*storage.HeldOffer, error) {
	s, ok := d.Step(step)
	if step == "" || !ok || s.Offer == nil {
		return nil, nil
	}
	row, err := h.Store.OfferByKey(ctx, workspace, s.Offer.Offer)
	if err != nil {
		return nil, fmt.Errorf("offer %s: %w", s.Offer.Offer, err)
	}
	return &storage.HeldOffer{Offer: row.Offer, Claim: models.OfferClaim{OfferID: row.ID, Code: "TEST-CODE", State: storage.ClaimReserved}}, nil
}
