package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Offers = (*Store)(nil)

// SaveOffer implements storage.Offers.
func (s *Store) SaveOffer(ctx context.Context, o models.Offer, now time.Time) (models.Offer, error) {
	return s.putOffer(ctx, o, &o.UpdatedAt, now)
}

// PutOffer implements storage.Offers.
func (s *Store) PutOffer(ctx context.Context, o models.Offer, now time.Time) (models.Offer, error) {
	return s.putOffer(ctx, o, nil, now)
}

func (s *Store) putOffer(ctx context.Context, o models.Offer, read *models.Instant, now time.Time) (models.Offer, error) {
	if read != nil {
		was := *read // a transaction that runs again must see the precondition as it was asked
		read = &was
	}
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var have models.Offer
		found := tx.Raw("SELECT * FROM offers WHERE workspace_id = ? AND offer_key = ?"+s.dialect.forUpdate(), o.WorkspaceID, o.OfferKey).Scan(&have)
		if found.Error != nil {
			return found.Error
		}
		if read != nil && have.UpdatedAt != *read {
			return fault.New(fault.Conflict, "somebody else has changed this offer meanwhile")
		}
		o.UpdatedAt = max(models.At(now), have.UpdatedAt+1) // its ETag: never the same twice
		if found.RowsAffected == 0 {
			o.ID, o.CreatedAt, o.Issued = s.newID(), models.At(now), 0
			return tx.Create(&o).Error
		}
		if have.CodeKind != o.CodeKind && have.Issued > 0 {
			return fault.New(fault.Conflict, "codes of this offer have been given out: its kind of code stays as it is")
		}
		o.ID, o.CreatedAt, o.Issued = have.ID, have.CreatedAt, have.Issued
		return tx.Exec(`UPDATE offers SET name = ?, partner = ?, code_kind = ?, shared_code = ?, benefit_kind = ?, benefit_value = ?, texts = ?, hold = ?, valid_from = ?, valid_until = ?,
			budget = ?, per_customer = ?, state = ?, updated_at = ? WHERE id = ?`, o.Name, o.Partner, o.CodeKind, o.SharedCode, o.BenefitKind, o.BenefitValue, o.Texts, o.Hold, o.ValidFrom, o.ValidUntil,
			o.Budget, o.PerCustomer, o.State, o.UpdatedAt, o.ID).Error
	})
	if err != nil {
		return o, fmt.Errorf("keep offer %s: %w", o.OfferKey, err)
	}
	return o, nil
}

type offerScan struct {
	models.Offer                              `gorm:"embedded"`
	Free, Void, Reserved, Confirmed, Released int64
}

func (r offerScan) row() storage.OfferRow {
	return storage.OfferRow{Offer: r.Offer, Free: r.Free, Void: r.Void, Reserved: r.Reserved, Confirmed: r.Confirmed, Released: r.Released}
}

// Each count is a range of an index.
const selectOffers = `SELECT o.*,
 (SELECT COUNT(*) FROM vouchers v WHERE v.offer_id = o.id AND v.state = '` + storage.VoucherFree + `') AS free,
 (SELECT COUNT(*) FROM vouchers v WHERE v.offer_id = o.id AND v.state = '` + storage.VoucherVoid + `') AS void,
 (SELECT COUNT(*) FROM offer_claims c WHERE c.offer_id = o.id AND c.state = '` + storage.ClaimReserved + `') AS reserved,
 (SELECT COUNT(*) FROM offer_claims c WHERE c.offer_id = o.id AND c.state = '` + storage.ClaimConfirmed + `') AS confirmed,
 (SELECT COUNT(*) FROM offer_claims c WHERE c.offer_id = o.id AND c.state = '` + storage.ClaimReleased + `') AS released
 FROM offers o WHERE o.workspace_id = ?`

// ListOffers implements storage.Offers.
func (s *Store) ListOffers(ctx context.Context, workspace int64, archived bool) ([]storage.OfferRow, error) {
	q := newQuery(selectOffers, workspace).when(!archived, "o.state <> ?", storage.OfferArchived)
	var rows []offerScan
	if err := s.read(ctx).Raw(q.sql+" ORDER BY o.name, o.id", q.args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("list offers: %w", translate(err))
	}
	out := make([]storage.OfferRow, len(rows))
	for i, r := range rows {
		out[i] = r.row()
	}
	return out, nil
}

// OfferByKey implements storage.Offers.
func (s *Store) OfferByKey(ctx context.Context, workspace int64, key string) (storage.OfferRow, error) {
	var row offerScan
	found := s.read(ctx).Raw(selectOffers+" AND o.offer_key = ?", workspace, key).Scan(&row)
	if found.Error == nil && found.RowsAffected == 0 {
		return storage.OfferRow{}, fault.New(fault.NotFound, "there is no offer %q", key)
	}
	return row.row(), translate(found.Error)
}

// OfferKeys implements storage.Offers.
func (s *Store) OfferKeys(ctx context.Context, workspace int64) ([]string, error) {
	var keys []string
	err := s.read(ctx).Raw("SELECT offer_key FROM offers WHERE workspace_id = ? AND state <> ? ORDER BY offer_key", workspace, storage.OfferArchived).Scan(&keys).Error
	return keys, translate(err)
}

// OfferUse implements storage.Offers.
func (s *Store) OfferUse(ctx context.Context, workspace int64, offer ids.ID) ([]storage.OfferUse, error) {
	var rows []struct {
		J     journeyScan `gorm:"embedded;embeddedPrefix:j_"`
		State string
		N     int64
	}
	err := s.read(ctx).Raw(`SELECT j.id AS j_id, j.journey_key AS j_key, j.name AS j_name, u.state, u.n FROM
 (SELECT journey_id, state, COUNT(*) AS n FROM offer_claims WHERE offer_id = ? AND workspace_id = ? GROUP BY journey_id, state) u
 LEFT JOIN journeys j ON j.id = u.journey_id`, offer, workspace).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count the use of an offer: %w", translate(err))
	}
	by := map[ids.ID]*storage.OfferUse{}
	for _, r := range rows {
		u := by[r.J.ID]
		if u == nil {
			u = &storage.OfferUse{Journey: r.J.name()}
			by[r.J.ID] = u
		}
		switch r.State {
		case storage.ClaimReserved:
			u.Reserved += r.N
		case storage.ClaimConfirmed:
			u.Confirmed += r.N
		case storage.ClaimReleased:
			u.Released += r.N
		}
	}
	out := make([]storage.OfferUse, 0, len(by))
	for _, u := range by {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b storage.OfferUse) int {
		if n := (b.Confirmed + b.Reserved) - (a.Confirmed + a.Reserved); n != 0 {
			return int(n)
		}
		return slices.Compare([]byte(a.Journey.Key), []byte(b.Journey.Key))
	})
	return out, nil
}

// codePage is how many codes one statement writes: six parameters each, far below what both databases take.
const codePage = 500

// AddCodes implements storage.Offers.
func (s *Store) AddCodes(ctx context.Context, workspace int64, offer ids.ID, codes []string, batch string, now time.Time) (added, known int, err error) {
	codes = slices.Clone(codes)
	slices.Sort(codes) // one order for everybody who adds, so that two of them wait for each other instead of locking each other out
	unique := slices.Compact(codes)
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		added = 0
		o, err := s.lockOffer(tx, workspace, offer)
		if err != nil {
			return err
		}
		if o.CodeKind != storage.CodePool {
			return fault.New(fault.Conflict, "this offer has no pool of codes")
		}
		for page := range slices.Chunk(unique, codePage) {
			var have []string
			if err := tx.Raw("SELECT code FROM vouchers WHERE workspace_id = ? AND code IN ?", workspace, page).Scan(&have).Error; err != nil {
				return err
			}
			var rows []models.Voucher
			for _, code := range page {
				if !slices.Contains(have, code) {
					rows = append(rows, models.Voucher{ID: s.newID(), WorkspaceID: workspace, OfferID: offer, Code: code, State: storage.VoucherFree, Batch: batch, CreatedAt: models.At(now)})
				}
			}
			if len(rows) == 0 {
				continue
			}
			if err := tx.Create(&rows).Error; err != nil {
				if isDuplicate(err) {
					return errAgain // another offer of the workspace has just got one of them
				}
				return err
			}
			added += len(rows)
		}
		return nil
	})
	if err != nil {
		return 0, 0, fmt.Errorf("add codes: %w", err)
	}
	return added, len(codes) - added, nil
}

// VoidCodes implements storage.Offers.
func (s *Store) VoidCodes(ctx context.Context, workspace int64, offer ids.ID) (n int, err error) {
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockOffer(tx, workspace, offer); err != nil {
			return err
		}
		done := tx.Exec("UPDATE vouchers SET state = ? WHERE offer_id = ? AND state = ?", storage.VoucherVoid, offer, storage.VoucherFree)
		n = int(done.RowsAffected)
		return done.Error
	})
	return n, err
}

func (s *Store) lockOffer(tx *gorm.DB, workspace int64, offer ids.ID) (models.Offer, error) {
	var o models.Offer
	err := tx.Raw("SELECT * FROM offers WHERE id = ? AND workspace_id = ?"+s.dialect.forUpdate(), offer, workspace).Take(&o).Error
	return o, err
}
