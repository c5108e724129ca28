package activities

import (
	"context"
	"fmt"
	"time"

	"sojourn/channels"
	"sojourn/consent"
	"sojourn/contract"
	"sojourn/fault"
	"sojourn/storage"
)

// How a failed attempt is followed by the next: the pause the channel asked for, three times as long each time.
const (
	pauseFactor = 3
	pauseMost   = time.Hour
	recordFor   = 15 * time.Second // how long an outcome is tried to be written down
)

// deliver takes a claimed send to its provider. again asks for another round through the gate.
func (m *Messaging) deliver(ctx context.Context, a *attempt, claim storage.Claim) (res contract.SendResult, again bool, err error) {
	message, err := messageOf(a, claim)
	if err != nil {
		return res, false, err
	}
	hand, err := a.sender.Prepare(ctx, message)
	if err != nil {
		if ctx.Err() != nil { // the worker stops, or the run took the send back: nothing was given away
			_, _ = m.settle(ctx, a, claim, storage.Settlement{State: storage.SendDeferred, Reason: storage.ReasonRetry, RetryAt: m.now()})
			return res, false, ctx.Err()
		}
		res, err = m.failed(ctx, a, claim, channels.FailureOf(err, false))
		return res, false, err
	}
	passed, budget, err := m.fence(ctx, a, claim)
	if err != nil || passed != storage.FencePassed {
		hand.Abort()
		return res, err == nil, err
	}
	// From here on the message is on its way: what ends the activity must not cut it off in the middle.
	given, cancel := context.WithDeadline(context.WithoutCancel(ctx), budget)
	defer cancel()
	receipt, err := hand.Commit(given)
	if err != nil {
		res, err = m.failed(ctx, a, claim, channels.FailureOf(err, true))
		return res, false, err
	}
	if err := sendAfter250.Hit(); err != nil {
		return res, false, err
	}
	m.breaker.accepted(claim.Send.SenderID)
	at := m.now()
	if a.given != nil {
		a.given()
	}
	_, err = m.settle(ctx, a, claim, storage.Settlement{State: storage.SendAccepted, ProviderID: receipt.ProviderID, Code: receipt.Code})
	return contract.SendResult{State: contract.SendAccepted, Reason: claim.Send.Reason, SendID: claim.Send.ID.String(), At: at}, false, err
}

// ledger is where an attempt asks and tells.
func (m *Messaging) ledger(a *attempt) storage.Sends {
	if a.ledger != nil {
		return a.ledger
	}
	return m.Sends
}

// fence is the last look; budget is until when, by a clock that no adjustment touches, the message must have been given.
func (m *Messaging) fence(ctx context.Context, a *attempt, claim storage.Claim) (storage.FenceResult, time.Time, error) {
	if err := sendBeforeFence.Hit(); err != nil {
		return storage.FenceLost, time.Time{}, err
	}
	now := m.now()
	if !claim.Verdict.ValidUntil.IsZero() && !now.Before(claim.Verdict.ValidUntil) {
		return storage.FenceChanged, time.Time{}, nil // expired, or quiet hours have begun since the gate
	}
	budget := time.Now().Add(m.lease() * 2 / 3) //nolint:forbidigo // the monotonic clock, not the product's
	passed, err := m.ledger(a).Fence(ctx, storage.FenceRequest{Workspace: claim.Send.WorkspaceID, Send: claim.Send.ID, Token: claim.Send.Token, ContactPoint: claim.Send.ContactPointID, Lease: m.lease(), Now: now})
	if err != nil {
		return passed, budget, fmt.Errorf("fence of send %s: %w", claim.Send.ID, err)
	}
	if passed == storage.FencePassed {
		err = sendAfterFence.Hit()
	}
	return passed, budget, err
}

// failed records a failure and says what follows.
func (m *Messaging) failed(ctx context.Context, a *attempt, claim storage.Claim, f *channels.Failure) (contract.SendResult, error) {
	row := claim.Send
	// No cause in the log: servers like to repeat the recipient's address.
	m.logger().InfoContext(ctx, "send failed", "send", row.ID, "run", row.RunID, "class", f.Class, "scope", f.Scope, "reason", f.Reason, "code", f.Code, "attempt", row.Attempts)
	res := contract.SendResult{Reason: f.Reason, SendID: row.ID.String()}
	s := storage.Settlement{Reason: f.Reason, Code: f.Code}
	switch f.Class {
	case channels.Rejected:
		res.State, s.State = contract.SendRejected, storage.SendRejected
		s.Suppress = f.Scope == channels.OfAddress
	case channels.Unknown:
		return m.lost(ctx, a, claim, f)
	default:
		res.State, s.State, s.Reason, s.Detail = contract.SendRetry, storage.SendDeferred, storage.ReasonRetry, f.Reason
		s.RetryAt = m.now().Add(pause(f.After, row.Attempts))
		res.At = s.RetryAt
		if f.Rest {
			m.breaker.rest(a.channel, m.now().Add(f.After))
		}
	}
	switch {
	case f.Scope == channels.OfSender:
		s.PauseSender = "the provider refused us: " + f.Reason + " " + f.Code
	case f.Scope == channels.OfPolicy && m.breaker.refused(row.SenderID):
		s.PauseSender = fmt.Sprintf("%d messages in a row were refused by policy: %s", policyLimit, f.Code)
	}
	if s.PauseSender != "" {
		m.logger().WarnContext(ctx, "sender paused", "workspace", row.WorkspaceID, "sender", row.SenderID, "reason", f.Reason, "code", f.Code)
	}
	_, err := m.settle(ctx, a, claim, s)
	return res, err
}

// lost is a lost answer. A provider that can be asked may know; otherwise marketing is closed as unknown, and what must
// arrive goes through the gate once more when the lease of this hand-over has ended.
func (m *Messaging) lost(ctx context.Context, a *attempt, claim storage.Claim, f *channels.Failure) (contract.SendResult, error) {
	row := claim.Send
	if p, ok := a.sender.(channels.LookUp); ok {
		if found, err := p.Accepted(context.WithoutCancel(ctx), row.WorkspaceID, row.ID); err == nil && found {
			_, err = m.settle(ctx, a, claim, storage.Settlement{State: storage.SendAccepted, Reason: storage.ReasonEvidence, Code: f.Code})
			return contract.SendResult{State: contract.SendAccepted, SendID: row.ID.String()}, err
		}
	}
	if !consent.Class(row.Class).AtMostOnce() {
		return contract.SendResult{State: contract.SendRetry, Reason: storage.ReasonAnswerLost, SendID: row.ID.String(), At: m.now().Add(m.lease() + 100*time.Millisecond)}, nil
	}
	_, err := m.settle(ctx, a, claim, storage.Settlement{State: storage.SendUnknown, Reason: storage.ReasonAnswerLost, Code: f.Code, Detail: f.Reason})
	return contract.SendResult{State: contract.SendUnknown, Reason: storage.ReasonAnswerLost, SendID: row.ID.String()}, err
}

// settle writes an outcome down, whatever ends the activity meanwhile, and tries for a while: what is not written down
// after a hand-over has to be called unknown later.
func (m *Messaging) settle(ctx context.Context, a *attempt, claim storage.Claim, s storage.Settlement) (bool, error) {
	s.ShowsOffer = a.offer != nil
	s.Workspace, s.Send, s.Token, s.Customer, s.Now = a.in.WorkspaceID, claim.Send.ID, claim.Send.Token, claim.Send.CustomerID, m.now()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordFor)
	defer cancel()
	wait := 100 * time.Millisecond
	for {
		applied, err := m.ledger(a).Settle(ctx, s)
		if err == nil {
			return applied, sendRecorded.Hit()
		}
		if !fault.Retryable(err) {
			return false, fmt.Errorf("outcome of send %s: %w", s.Send, err)
		}
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("outcome of send %s: %w", s.Send, err)
		case <-time.After(wait):
			wait *= 2
		}
	}
}

func pause(first time.Duration, attempts int) time.Duration {
	p := max(first, time.Second)
	for range attempts - 1 {
		if p *= pauseFactor; p >= pauseMost {
			return pauseMost
		}
	}
	return p
}

func messageOf(a *attempt, claim storage.Claim) (channels.Message, error) {
	var f frozen
	if err := claim.Content.Headers.Into(&f); err != nil {
		return channels.Message{}, fmt.Errorf("frozen content of send %s: %w", claim.Send.ID, err)
	}
	return channels.Message{
		Workspace: claim.Send.WorkspaceID, Send: claim.Send.ID, Customer: claim.Send.CustomerID, Channel: a.channel, From: f.From, ReplyTo: f.ReplyTo,
		To: claim.Content.Address, Subject: claim.Content.Subject, HTML: claim.Content.HTML, Text: claim.Content.TextBody, Headers: f.Headers,
		MessageID: claim.Send.MessageID, Date: claim.Content.CreatedAt.Time(),
	}, nil
}
