package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// ClaimOffer implements storage.Steps.
func (s *Store) ClaimOffer(ctx context.Context, ask storage.OfferAsk, d models.Decision) (models.Decision, error) {
	d.WorkspaceID = ask.Workspace
	out, err := s.once(ctx, d, func(tx *gorm.DB, d *models.Decision) error {
		claim, refused, err := s.claim(tx, ask)
		if err != nil {
			return err
		}
		if refused != "" {
			d.Outcome, d.Reason = journey.ExitNoneLeft, refused
			return nil
		}
		return noted(d, "claim", claim.ID.String())
	})
	if err != nil {
		return out, fmt.Errorf("claim offer %s: %w", ask.Offer, err)
	}
	return out, nil
}

// claim gives out one of an offer under its lock. The same key is the same claim.
func (s *Store) claim(tx *gorm.DB, ask storage.OfferAsk) (c models.OfferClaim, refused string, err error) {
	var o models.Offer
	found := tx.Raw("SELECT * FROM offers WHERE workspace_id = ? AND offer_key = ?"+s.dialect.forUpdate(), ask.Workspace, ask.Offer).Scan(&o)
	switch {
	case found.Error != nil:
		return c, "", found.Error
	case found.RowsAffected == 0 || o.State != storage.OfferActive,
		!o.ValidFrom.IsZero() && ask.Now.Before(o.ValidFrom.Time()), !o.ValidUntil.IsZero() && !ask.Now.Before(o.ValidUntil.Time()):
		return c, storage.ClaimNoOffer, nil
	}
	known := tx.Raw("SELECT * FROM offer_claims WHERE claim_key = ?", ask.Key).Scan(&c)
	if known.Error != nil || known.RowsAffected > 0 {
		return c, "", known.Error
	}
	if o.PerCustomer > 0 {
		var n int
		if err := tx.Raw("SELECT COUNT(*) FROM offer_claims WHERE customer_id = ? AND offer_id = ? AND state IN (?, ?)", ask.Customer, o.ID, storage.ClaimReserved, storage.ClaimConfirmed).
			Scan(&n).Error; err != nil {
			return c, "", err
		}
		if n >= o.PerCustomer {
			return c, storage.ClaimHasEnough, nil
		}
	}
	if o.Budget != nil && o.Issued >= *o.Budget {
		return c, storage.ClaimNoneLeft, nil
	}
	c = models.OfferClaim{ID: s.newID(), WorkspaceID: ask.Workspace, ClaimKey: ask.Key, OfferID: o.ID, CustomerID: ask.Customer, RunID: ask.Run, JourneyID: ask.Journey, StepID: ask.Step, Visit: ask.Visit,
		State: storage.ClaimReserved, ReservedAt: models.At(ask.Now), ExpiresAt: heldUntil(o, ask.Now)}
	if ask.Given {
		c.State, c.ConfirmedAt, c.ExpiresAt = storage.ClaimConfirmed, c.ReservedAt, 0
	}
	switch o.CodeKind {
	case storage.CodeShared:
		c.Code = o.SharedCode
	case storage.CodePool:
		var v models.Voucher
		free := tx.Raw("SELECT id, code FROM vouchers WHERE offer_id = ? AND state = ? ORDER BY id LIMIT 1"+s.dialect.forUpdate(), o.ID, storage.VoucherFree).Scan(&v)
		if free.Error != nil {
			return c, "", free.Error
		}
		if free.RowsAffected == 0 {
			return c, storage.ClaimNoneLeft, nil
		}
		if err := tx.Exec("UPDATE vouchers SET state = ? WHERE id = ?", storage.VoucherTaken, v.ID).Error; err != nil {
			return c, "", err
		}
		c.VoucherID, c.Code = v.ID, v.Code
	}
	if err := tx.Create(&c).Error; err != nil {
		return c, "", err
	}
	return c, "", tx.Exec("UPDATE offers SET issued = issued + 1 WHERE id = ?", o.ID).Error
}

// heldUntil bounds a reservation: by the offer's hold, at the latest by its end.
func heldUntil(o models.Offer, now time.Time) models.Instant {
	d, err := journey.ParseDuration(cmp.Or(o.Hold, storage.DefaultHold))
	if err != nil { // the API lets no such text in
		d = journey.Duration{Days: 30}
	}
	until := models.At(d.AddTo(now, time.UTC))
	if !o.ValidUntil.IsZero() {
		until = min(until, o.ValidUntil)
	}
	return until
}

// releaseClaim frees a claim that is still reserved, or confirms it when a message that shows it is out or on its way.
// It reports whether the claim was open.
func (s *Store) releaseClaim(tx *gorm.DB, id ids.ID, reason string, now time.Time) (bool, error) {
	var c models.OfferClaim
	if err := tx.Raw("SELECT id, workspace_id, offer_id FROM offer_claims WHERE id = ?", id).Take(&c).Error; err != nil {
		return false, err
	}
	if _, err := s.lockOffer(tx, c.WorkspaceID, c.OfferID); err != nil {
		return false, err
	}
	if err := tx.Raw("SELECT * FROM offer_claims WHERE id = ?"+s.dialect.forUpdate(), id).Take(&c).Error; err != nil || c.State != storage.ClaimReserved {
		return false, err
	}
	var shown int64
	if err := tx.Raw("SELECT COUNT(*) FROM send_offers o JOIN sends s ON s.id = o.send_id WHERE o.claim_id = ? AND s.state IN (?, ?, ?, ?)", id,
		storage.SendHanding, storage.SendAccepted, storage.SendUnknown, storage.SendResolvedAccepted).Scan(&shown).Error; err != nil {
		return false, err
	}
	if shown > 0 {
		return true, tx.Exec("UPDATE offer_claims SET state = ?, confirmed_at = ? WHERE id = ?", storage.ClaimConfirmed, models.At(now), id).Error
	}
	if err := tx.Exec("UPDATE offer_claims SET state = ?, reason = ?, released_at = ? WHERE id = ?", storage.ClaimReleased, reason, models.At(now), id).Error; err != nil {
		return false, err
	}
	if !c.VoucherID.IsZero() {
		if err := tx.Exec("UPDATE vouchers SET state = ? WHERE id = ?", storage.VoucherFree, c.VoucherID).Error; err != nil {
			return false, err
		}
	}
	return true, tx.Exec("UPDATE offers SET issued = issued - 1 WHERE id = ?", c.OfferID).Error
}

// ClaimOfRun implements storage.Offers.
func (s *Store) ClaimOfRun(ctx context.Context, workspace int64, run ids.ID, step string) (storage.HeldOffer, bool, error) {
	var out storage.HeldOffer
	db := s.read(ctx)
	found := db.Raw("SELECT * FROM offer_claims WHERE run_id = ? AND workspace_id = ? AND step_id = ? ORDER BY visit DESC LIMIT 1", run, workspace, step).Scan(&out.Claim)
	if found.Error != nil || found.RowsAffected == 0 {
		return out, false, translate(found.Error)
	}
	err := db.Raw("SELECT * FROM offers WHERE id = ? AND workspace_id = ?", out.Claim.OfferID, workspace).Take(&out.Offer).Error
	return out, err == nil, translate(err)
}

// sweepSteps ends what nobody else ends: reservations that have run out, tasks whose run has gone on, reviews of messages
// that are decided. It returns how many rows it changed.
func (s *Store) sweepSteps(ctx context.Context, limit int, now time.Time) (int, error) {
	var due []ids.ID
	if err := s.read(ctx).Raw("SELECT id FROM offer_claims WHERE state = ? AND expires_at <= ? ORDER BY expires_at LIMIT ?", storage.ClaimReserved, models.At(now), limit).Scan(&due).Error; err != nil {
		return 0, translate(err)
	}
	mended := 0
	for _, id := range due {
		err := s.Tx(ctx, func(tx *gorm.DB) error {
			open, err := s.releaseClaim(tx, id, storage.ReleaseExpired, now)
			if open {
				mended++
			}
			return err
		})
		if err != nil {
			return mended, err
		}
	}
	done := s.read(ctx).Exec(`UPDATE tasks SET state = ?, closed_at = ? WHERE state = ? AND due_at <= ? AND type <> ?
 AND EXISTS (SELECT 1 FROM step_visits v WHERE v.run_id = tasks.run_id AND v.step_id = tasks.step_id AND v.visit = tasks.visit)`,
		storage.TaskExpired, models.At(now), storage.TaskOpen, models.At(now), storage.TaskReview)
	if done.Error != nil {
		return mended, translate(done.Error)
	}
	mended += int(done.RowsAffected)
	done = s.read(ctx).Exec(`UPDATE tasks SET state = ?, closed_at = ? WHERE state = ? AND type = ? AND send_id IN (SELECT s.id FROM sends s WHERE s.id = tasks.send_id AND s.closed_at IS NOT NULL)`,
		storage.TaskExpired, models.At(now), storage.TaskOpen, storage.TaskReview)
	return mended + int(done.RowsAffected), translate(done.Error)
}
