package sqlstore

import (
	"context"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// switchGuards compare the epochs of everything that an operator can hold a message back with.
const switchGuards = `(journey_id IS NULL OR journey_epoch = (SELECT j.epoch FROM journeys j WHERE j.id = sends.journey_id))
			AND (issue_id IS NULL OR issue_epoch = (SELECT b.epoch FROM broadcast_issues i JOIN broadcasts b ON b.id = i.broadcast_id WHERE i.id = sends.issue_id))
			AND sender_epoch = (SELECT e.epoch FROM senders e WHERE e.id = sends.sender_id)
			AND workspace_epoch = (SELECT w.send_epoch FROM workspaces w WHERE w.id = sends.workspace_id)`

// fenceGuards compare the epoch of the contact point, which is locked, too.
const fenceGuards = `permission_epoch = (SELECT p.permission_epoch FROM contact_points p WHERE p.id = sends.contact_point_id) AND ` + switchGuards

// Fence implements storage.Sends: the contact point is locked, so a withdrawal is either wholly before (and refuses us)
// or wholly after; then one guarded UPDATE compares token, lease and the epochs of all that can hold a message back.
func (s *Store) Fence(ctx context.Context, f storage.FenceRequest) (storage.FenceResult, error) {
	result := storage.FenceLost
	err := s.hotTx(ctx, func(p plain) error {
		var epoch int64
		if _, err := p.row("SELECT permission_epoch FROM contact_points WHERE id = ? AND workspace_id = ?"+s.dialect.forUpdate(), []any{f.ContactPoint, f.Workspace}, &epoch); err != nil {
			return err
		}
		now := s.dialect.nowMicros()
		n, err := p.exec(`UPDATE sends SET state = ?, handed_at = ?, lease_until = `+now+` + ?
			WHERE id = ? AND workspace_id = ? AND token = ? AND state = ? AND lease_until > `+now+` AND contact_point_id = ? AND permission_epoch = ? AND `+switchGuards,
			storage.SendHanding, models.At(f.Now), f.Lease.Microseconds(), f.Send, f.Workspace, f.Token, storage.SendClaimed, f.ContactPoint, epoch)
		if err != nil {
			return err
		}
		if n == 1 {
			result = storage.FencePassed
			return nil
		}
		var token ids.ID
		var state string
		if _, err := p.row("SELECT token, state FROM sends WHERE id = ? AND workspace_id = ?", []any{f.Send, f.Workspace}, &token, &state); err != nil {
			return err
		}
		result = storage.FenceLost
		if token == f.Token && state == storage.SendClaimed {
			result = storage.FenceChanged
		}
		return nil
	})
	if err != nil {
		return storage.FenceLost, err
	}
	return result, nil
}

// Settle implements storage.Sends.
func (s *Store) Settle(ctx context.Context, t storage.Settlement) (applied bool, err error) {
	if t.Token.IsZero() {
		return false, fault.New(fault.Invalid, "a settlement needs the token of its claim")
	}
	err = s.hotTx(ctx, func(p plain) error {
		applied = false
		var row models.Send
		if t.Suppress {
			if err := s.lockPointOf(p, t); err != nil {
				return err
			}
		}
		found, err := p.row("SELECT "+sendColumns+" FROM sends WHERE id = ? AND workspace_id = ?"+s.dialect.forUpdate(), []any{t.Send, t.Workspace}, sendFields(&row)...)
		if err != nil || !found || row.Token != t.Token {
			return err
		}
		next, ok := settled(row.State, t.State)
		if !ok {
			return nil
		}
		applied = true
		if err := s.writeOutcome(p, row, next, t); err != nil {
			return err
		}
		if t.ShowsOffer {
			if err := confirmShown(p, row.ID, next, t.Now); err != nil {
				return err
			}
		}
		if t.PauseSender != "" {
			if _, err := p.exec("UPDATE senders SET state = ?, state_reason = ?, epoch = epoch + 1 WHERE id = ? AND state = ?", storage.SenderPaused, clip(t.PauseSender, 300), row.SenderID, storage.SenderActive); err != nil {
				return err
			}
		}
		detail := map[string]any{}
		if t.Code != "" {
			detail["code"] = t.Code
		}
		if t.Detail != "" {
			detail["detail"] = t.Detail
		}
		if t.State == storage.SendDeferred {
			detail["until"] = t.RetryAt.UTC()
		}
		outcome := next
		if next == storage.SendDeferred {
			outcome = "retry"
		}
		return s.decideSend(p, row, "attempt", outcome, t.Reason, detail, t.Now)
	})
	if err != nil {
		return false, err
	}
	return applied, nil
}

// settled says what a row in one state becomes by an outcome. Nothing was handed over in state claimed, so an unknown
// outcome cannot come from it; a late answer resolves an unknown row.
func settled(state, outcome string) (next string, ok bool) {
	switch state {
	case storage.SendClaimed:
		return outcome, outcome == storage.SendDeferred || outcome == storage.SendRejected
	case storage.SendHanding:
		return outcome, true
	case storage.SendUnknown:
		switch outcome {
		case storage.SendAccepted:
			return storage.SendResolvedAccepted, true
		case storage.SendRejected, storage.SendDeferred:
			return storage.SendResolvedRejected, true
		}
	}
	return "", false
}

func (s *Store) writeOutcome(p plain, row models.Send, next string, t storage.Settlement) error {
	closed, until := models.At(t.Now), models.Instant(0)
	token := row.Token // kept on unknown, so that a late answer finds its row
	reason, detail := t.Reason, t.Detail
	switch next {
	case storage.SendDeferred:
		closed, until, token = 0, models.At(t.RetryAt), ids.ID{}
	case storage.SendAccepted:
		reason, detail = row.Reason, "" // a repeated hand-over stays marked as one
	case storage.SendResolvedAccepted, storage.SendResolvedRejected:
		reason = storage.ReasonEvidence
	}
	_, err := p.exec("UPDATE sends SET state = ?, reason = ?, detail = ?, provider_id = ?, provider_code = ?, closed_at = ?, defer_until = ?, token = ?, lease_until = NULL WHERE id = ?",
		next, reason, clip(detail, 500), clip(t.ProviderID, 255), clip(t.Code, 32), closed, until, token, row.ID)
	return err
}

// lockPointOf locks the send's contact point before the send, and suppresses it.
func (s *Store) lockPointOf(p plain, t storage.Settlement) error {
	var point models.ContactPoint
	found, err := p.row("SELECT id, suppressed_reason FROM contact_points WHERE workspace_id = ? AND id = (SELECT contact_point_id FROM sends WHERE id = ? AND workspace_id = ? AND token = ?)"+s.dialect.forUpdate(),
		[]any{t.Workspace, t.Send, t.Workspace, t.Token}, &point.ID, &point.SuppressedReason)
	if err != nil || !found || storage.SuppressionReason(point.SuppressedReason).Gravity() >= storage.HardBounce.Gravity() {
		return err
	}
	_, err = p.exec("UPDATE contact_points SET suppressed_reason = ?, suppressed_at = ?, permission_epoch = permission_epoch + 1 WHERE id = ?", string(storage.HardBounce), models.At(t.Now), point.ID)
	return err
}
