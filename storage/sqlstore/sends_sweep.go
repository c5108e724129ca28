package sqlstore

import (
	"context"
	"time"

	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// Sweep implements storage.Sends. Each row is mended in a transaction of its own, guarded by what was seen.
func (s *Store) Sweep(ctx context.Context, grace time.Duration, limit int, now time.Time) (int, error) {
	var stale []models.Send
	q := "SELECT " + sendColumns + " FROM sends WHERE state IN (?, ?) AND lease_until < " + s.dialect.nowMicros() + " - ? ORDER BY lease_until LIMIT ?"
	if err := s.read(ctx).Raw(q, storage.SendClaimed, storage.SendHanding, grace.Microseconds(), limit).Scan(&stale).Error; err != nil {
		return 0, translate(err)
	}
	mended := 0
	for _, row := range stale {
		changed, err := s.sweepStale(ctx, row, now)
		if err != nil {
			return mended, err
		}
		mended += changed
	}
	var orphans []models.Send
	q = "SELECT s.id, s.workspace_id, s.customer_id, s.run_id, s.journey_id, s.step_id FROM sends s JOIN runs r ON r.id = s.run_id WHERE s.state = ? AND r.state = ? LIMIT ?"
	if err := s.read(ctx).Raw(q, storage.SendDeferred, models.RunEnded, limit).Scan(&orphans).Error; err != nil {
		return mended, translate(err)
	}
	for _, row := range orphans {
		changed, err := s.sweepTo(ctx, row, storage.SendDeferred, row.Token, storage.SendCancelled, storage.ReasonRunEnded, now)
		if err != nil {
			return mended, err
		}
		mended += changed
	}
	more, err := s.sweepSteps(ctx, limit, now)
	return mended + more, err
}

// sweepStale: a dead claim handed nothing over, so it may be driven again by its run; a dead hand-over is judged by its
// class, as the run itself would have done.
func (s *Store) sweepStale(ctx context.Context, row models.Send, now time.Time) (int, error) {
	if row.State == storage.SendClaimed {
		return s.sweepTo(ctx, row, row.State, row.Token, storage.SendDeferred, storage.ReasonRetry, now)
	}
	if consent.Class(row.Class).AtMostOnce() || row.Unknowns >= storage.MaxUnknowns || row.RunID.IsZero() {
		return s.sweepTo(ctx, row, row.State, row.Token, storage.SendUnknown, storage.ReasonAnswerLost, now)
	}
	var open int64
	if err := s.read(ctx).Raw("SELECT COUNT(*) FROM runs WHERE id = ? AND state = ?", row.RunID, models.RunOpen).Scan(&open).Error; err != nil {
		return 0, translate(err)
	}
	if open > 0 {
		return 0, nil // its run drives it, and decides about a second copy
	}
	return s.sweepTo(ctx, row, row.State, row.Token, storage.SendUnknown, storage.ReasonAnswerLost, now)
}

func (s *Store) sweepTo(ctx context.Context, row models.Send, from string, token ids.ID, to, reason string, now time.Time) (changed int, err error) {
	err = s.hotTx(ctx, func(p plain) error {
		changed = 0
		closed, until := models.At(now), models.Instant(0)
		if to == storage.SendDeferred {
			closed, until = 0, models.At(now)
		}
		keep := token
		if to != storage.SendUnknown {
			keep = ids.ID{}
		}
		q, args := "UPDATE sends SET state = ?, reason = ?, closed_at = ?, defer_until = ?, token = ?, lease_until = NULL WHERE id = ? AND state = ?", []any{to, reason, closed, until, keep, row.ID, from}
		if !token.IsZero() {
			q, args = q+" AND token = ?", append(args, token)
		}
		n, err := p.exec(q, args...)
		if err != nil || n == 0 {
			return err
		}
		changed = 1
		if err := confirmShown(p, row.ID, to, now); err != nil {
			return err
		}
		return s.decideSend(p, row, "sweep", to, reason, nil, now)
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}
