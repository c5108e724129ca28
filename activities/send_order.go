package activities

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/pressure"
	"sojourn/storage"
)

// passOn are the reasons of a skip after which another channel may do: they are about the address or the permission on
// this channel. What concerns the person or the journey as a whole holds on every channel.
var passOn = []pressure.Reason{pressure.ReasonNoAddress, pressure.ReasonHardBounce, pressure.ReasonManual, pressure.ReasonStop, pressure.ReasonComplaint, pressure.ReasonChannelOptOut,
	pressure.ReasonTopicOptOut, pressure.ReasonNoConsent}

// on sets the attempt to a channel: a send of its own in the ledger.
func (m *Messaging) on(a *attempt, channel string) error {
	a.channel = channel
	if a.sender = m.sender(channel); a.sender == nil {
		return fault.New(fault.Invalid, "there is no sender for channel %q", channel)
	}
	a.key = storage.RunSendKey(a.in.WorkspaceID, a.run, a.in.StepID, a.in.Visit, channel)
	return nil
}

// inOrder tries the channels of a step one after the other. A channel is left only for good: its row has said skipped or
// rejected, which it never takes back, so no two of them are ever accepted. Unknown stays where it is. When none will do
// the answer is the last one, or a refusal by a provider if there was one.
func (m *Messaging) inOrder(ctx context.Context, a *attempt, quick bool) (contract.SendResult, error) {
	var last, refused contract.SendResult
	order := append([]string{a.step.Send.Channel}, a.step.Send.Fallback...)
	for i, channel := range order {
		if slices.Contains(order[:i], channel) {
			continue
		}
		if err := m.on(a, channel); err != nil {
			return contract.SendResult{}, err
		}
		res, err := m.one(ctx, a, quick)
		if err != nil || !passesOn(res) {
			return res, err
		}
		if last = res; res.State == contract.SendRejected {
			refused = res
		}
		a.after = channel + ": " + cmp.Or(res.Reason, string(res.State))
	}
	if refused.State != "" {
		return refused, nil
	}
	return last, nil
}

func passesOn(res contract.SendResult) bool {
	return res.State == contract.SendRejected || res.State == contract.SendSkipped && slices.Contains(passOn, pressure.Reason(res.Reason))
}

// HeldOffers tells what a run has reserved; storage.Offers has it.
type HeldOffers interface {
	ClaimOfRun(ctx context.Context, workspace int64, run ids.ID, step string) (storage.HeldOffer, bool, error)
}

// held finds the offer that the step shows. One that was released is not shown to anybody.
func (m *Messaging) held(ctx context.Context, a *attempt) error {
	if a.step.Send.Offer == "" || m.Offers == nil || a.in.Control {
		return nil
	}
	h, found, err := m.Offers.ClaimOfRun(ctx, a.in.WorkspaceID, a.run, a.step.Send.Offer)
	if err != nil {
		return fmt.Errorf("offer of run %s: %w", a.run, err)
	}
	if found && h.Claim.State != storage.ClaimReleased {
		a.offer = &h
	}
	return nil
}

// offerBinding is what a template may say of an offer: {{ offer.code }}, {{ offer.title }}…
func offerBinding(h storage.HeldOffer, locales []string) map[string]any {
	texts := map[string]map[string]string{}
	_ = h.Offer.Texts.Into(&texts) // our own column: texts by locale
	out := map[string]any{"code": h.Claim.Code, "name": h.Offer.Name, "key": h.Offer.OfferKey, "partner": h.Offer.Partner, "benefit": h.Offer.BenefitKind, "value": int(h.Offer.BenefitValue)}
	if h.Offer.BenefitKind == storage.BenefitPercent {
		out["percent"] = float64(h.Offer.BenefitValue) / 100
	}
	if !h.Offer.ValidUntil.IsZero() {
		out["valid_until"] = h.Offer.ValidUntil.Time()
	}
	for _, l := range slices.Concat(locales, []string{"en"}) {
		if t, ok := texts[l]; ok {
			for name, text := range t {
				out[name] = text
			}
			break
		}
	}
	return out
}

// draft is the review that a draft message waits for.
func draft(a *attempt) *models.Task {
	return &models.Task{Title: cmp.Or(a.step.Name, a.step.ID), Role: "marketer", Fields: models.JSON("[]"), Outcomes: models.ToJSON([]string{storage.ReviewApprove, storage.ReviewReject})}
}
