package sqlstore

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/consent"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Consents = (*Store)(nil)

// RecordConsent implements storage.Consents.
func (s *Store) RecordConsent(ctx context.Context, r storage.ConsentRecord) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error { return s.recordConsent(tx, r) })
	if err != nil || r.Entry.State != consent.Withdrawn || !r.Event.IsZero() {
		return err
	}
	return s.tellWithdrawn(ctx, r.Workspace, []ids.ID{r.Customer}, consent.Topic{Channel: r.Entry.Channel, Purpose: r.Entry.Purpose}, r.Entry.RecordedAt)
}

// tellWithdrawn makes the event "Consent Withdrawn" of what people have withdrawn otherwise than by one, so that a journey
// with an exit on it hears of it. It comes after the commit: the withdrawal stands whatever becomes of the event, and the
// gate asks nothing else. Repeating the withdrawal tells what was not told, and nothing twice.
func (s *Store) tellWithdrawn(ctx context.Context, workspace int64, customers []ids.ID, about consent.Topic, now time.Time) error {
	var events []storage.RunEvent
	for _, customer := range customers {
		ledger, err := consentLedger(s.read(ctx), workspace, customer)
		if err != nil {
			return translate(err)
		}
		line := map[ids.ID]models.Consent{}
		for _, c := range ledger {
			line[c.ID] = c
		}
		for topic, p := range consent.Fold(entriesOf(ledger)) {
			by := line[p.Entry]
			if p.State != consent.Withdrawn || !about.Covers(topic) || !by.EventID.IsZero() || by.SourceKind != string(consent.Person) {
				continue
			}
			events = append(events, storage.RunEvent{Customer: customer, Name: eventWithdrawn, MessageID: "consent/" + by.ID.String() + "/" + topic.Channel + "/" + topic.Purpose,
				OccurredAt: p.At, Properties: map[string]any{"channel": topic.Channel, "purpose": topic.Purpose, "source": by.Source}})
		}
	}
	return s.AcceptRunEvents(ctx, workspace, events, now)
}

// recordConsent appends one entry inside a transaction of the caller, who may hold the customer's lock already (lock
// order: customer, then contact points). It makes Tx run again when another entry of the customer came in between.
func (s *Store) recordConsent(tx *gorm.DB, r storage.ConsentRecord) error {
	if err := r.Entry.Validate(); err != nil {
		return err
	}
	if r.Entry.State == consent.Withdrawn {
		if err := s.lockAndBump(tx, r.Workspace, r.Customer, r.ContactPoint, r.Entry.Channel); err != nil {
			return err
		}
	}
	var exists int64
	if err := tx.Raw("SELECT COUNT(*) FROM customers WHERE id = ? AND workspace_id = ?", r.Customer, r.Workspace).Scan(&exists).Error; err != nil {
		return err
	}
	if exists == 0 {
		return fault.New(fault.NotFound, "no such customer")
	}
	ledger, err := consentLedger(tx, r.Workspace, r.Customer)
	if err != nil {
		return err
	}
	if !r.Event.IsZero() && slices.ContainsFunc(ledger, func(c models.Consent) bool { return c.EventID == r.Event }) {
		return nil
	}
	return s.appendConsent(tx, r, ledger)
}

// consentRow seals the next line of a ledger.
func (s *Store) consentRow(r storage.ConsentRecord, ledger []models.Consent) models.Consent {
	row := models.Consent{
		ID: s.newID(), WorkspaceID: r.Workspace, Seq: int64(len(ledger) + 1), CustomerID: r.Customer, ContactPointID: r.ContactPoint,
		Channel: r.Entry.Channel, Purpose: r.Entry.Purpose, State: string(r.Entry.State), LegalBasis: string(r.Entry.Basis),
		Source: r.Entry.Source, SourceKind: string(r.Entry.SourceKind), Actor: r.Actor, EventID: r.Event, SendID: r.Send,
		OccurredAt: models.At(r.Entry.At()), RecordedAt: models.At(r.Entry.RecordedAt),
	}
	if n := len(ledger); n > 0 {
		row.Seq, row.PrevHash = ledger[n-1].Seq+1, ledger[n-1].Hash
	}
	proof := map[string]any{"salt": s.newID().String()} // see consent.ProofDigest
	for k, v := range r.Proof {
		proof[k] = v
	}
	row.Proof = models.ToJSON(proof)
	row.ProofHash = models.Hash(consent.ProofDigest(canonicalProof(row.Proof)))
	row.Hash = models.Hash(consent.Seal(row.PrevHash, sealed(row)))
	return row
}

// appendConsent writes the line and the projection. The unique (customer, seq) is what serialises two writers.
func (s *Store) appendConsent(tx *gorm.DB, r storage.ConsentRecord, ledger []models.Consent) error {
	row := s.consentRow(r, ledger)
	if err := tx.Exec(`INSERT INTO consents (id, workspace_id, seq, customer_id, contact_point_id, channel, purpose, state, legal_basis, source,
		source_kind, proof, proof_hash, actor, occurred_at, recorded_at, event_id, prev_hash, hash, send_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		row.ID, row.WorkspaceID, row.Seq, row.CustomerID, row.ContactPointID, row.Channel, row.Purpose, row.State, row.LegalBasis, row.Source,
		row.SourceKind, row.Proof, row.ProofHash, row.Actor, row.OccurredAt, row.RecordedAt, row.EventID, row.PrevHash[:], row.Hash, row.SendID).Error; err != nil {
		if isDuplicate(err) {
			return errAgain
		}
		return err
	}
	_, err := s.project(tx, r.Workspace, r.Customer, append(ledger, row))
	return err
}

// mergeConsents copies the ledger of one customer to the end of another's, when two turn out to be one person. The
// copies keep their moments and sources, so the fold of both together decides.
func (s *Store) mergeConsents(tx *gorm.DB, workspace int64, from, into ids.ID) error {
	source, err := consentLedger(tx, workspace, from)
	if err != nil {
		return err
	}
	for _, c := range source {
		ledger, err := consentLedger(tx, workspace, into)
		if err != nil {
			return err
		}
		r := storage.ConsentRecord{Workspace: workspace, Customer: into, ContactPoint: c.ContactPointID, Entry: entryOf(c), Actor: c.Actor, Event: c.EventID,
			Proof: map[string]any{"merged_from": c.ID.String()}}
		if err := s.appendConsent(tx, r, ledger); err != nil {
			return err
		}
	}
	return nil
}

// project writes the permissions that differ from the fold of the ledger and returns how many did.
func (s *Store) project(tx *gorm.DB, workspace int64, customer ids.ID, ledger []models.Consent) (int, error) {
	var have []models.Permission
	if err := tx.Where("workspace_id = ? AND customer_id = ?", workspace, customer).Find(&have).Error; err != nil {
		return 0, err
	}
	stored := make(map[consent.Topic]models.Permission, len(have))
	for _, p := range have {
		stored[consent.Topic{Channel: p.Channel, Purpose: p.Purpose}] = p
	}
	changed := 0
	for topic, p := range consent.Fold(entriesOf(ledger)) {
		want := models.Permission{WorkspaceID: workspace, CustomerID: customer, Channel: topic.Channel, Purpose: topic.Purpose,
			State: string(p.State), LegalBasis: string(p.Basis), OccurredAt: models.At(p.At), ConsentID: p.Entry}
		old, known := stored[topic]
		delete(stored, topic)
		if known && old == want {
			continue
		}
		changed++
		var err error
		if known {
			err = tx.Exec("UPDATE permissions SET state = ?, legal_basis = ?, occurred_at = ?, consent_id = ? WHERE customer_id = ? AND channel = ? AND purpose = ?",
				want.State, want.LegalBasis, want.OccurredAt, want.ConsentID, customer, want.Channel, want.Purpose).Error
		} else if err = tx.Create(&want).Error; isDuplicate(err) {
			err = errAgain
		}
		if err != nil {
			return 0, err
		}
	}
	for topic := range stored {
		changed++
		if err := tx.Exec("DELETE FROM permissions WHERE customer_id = ? AND channel = ? AND purpose = ?", customer, topic.Channel, topic.Purpose).Error; err != nil {
			return 0, err
		}
	}
	return changed, nil
}

// ConsentLedger implements storage.Consents.
func (s *Store) ConsentLedger(ctx context.Context, workspace int64, customer ids.ID) ([]models.Consent, error) {
	rows, err := consentLedger(s.read(ctx), workspace, customer)
	return rows, translate(err)
}

// Permissions implements storage.Consents.
func (s *Store) Permissions(ctx context.Context, workspace int64, customer ids.ID) ([]models.Permission, error) {
	var rows []models.Permission
	err := s.read(ctx).Where("workspace_id = ? AND customer_id = ?", workspace, customer).Order("channel, purpose").Find(&rows).Error
	return rows, translate(err)
}

// RebuildPermissions implements storage.Consents.
func (s *Store) RebuildPermissions(ctx context.Context, workspace int64, customer ids.ID) (mended int, err error) {
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		ledger, err := consentLedger(tx, workspace, customer)
		if err == nil {
			mended, err = s.project(tx, workspace, customer, ledger)
		}
		return err
	})
	return mended, err
}

// VerifyConsents implements storage.Consents.
func (s *Store) VerifyConsents(ctx context.Context, workspace int64, customer ids.ID) error {
	ledger, err := s.ConsentLedger(ctx, workspace, customer)
	if err != nil {
		return err
	}
	var prev models.Hash
	for i, row := range ledger {
		erased := len(row.Proof) == 0 || string(row.Proof) == "{}"
		switch {
		case row.Seq != int64(i+1), row.PrevHash != prev, row.Hash != models.Hash(consent.Seal(prev, sealed(row))),
			!erased && row.ProofHash != models.Hash(consent.ProofDigest(canonicalProof(row.Proof))):
			return fault.New(fault.Conflict, "consent %s does not fit into its chain", row.ID)
		}
		prev = row.Hash
	}
	return nil
}

func consentLedger(tx *gorm.DB, workspace int64, customer ids.ID) ([]models.Consent, error) {
	var rows []models.Consent
	err := tx.Where("workspace_id = ? AND customer_id = ?", workspace, customer).Order("seq").Find(&rows).Error
	return rows, err
}

func entryOf(c models.Consent) consent.Entry {
	return consent.Entry{ID: c.ID, Seq: c.Seq, Channel: c.Channel, Purpose: c.Purpose, State: consent.State(c.State), Basis: consent.Basis(c.LegalBasis),
		Source: c.Source, SourceKind: consent.SourceKind(c.SourceKind), OccurredAt: c.OccurredAt.Time(), RecordedAt: c.RecordedAt.Time()}
}

func entriesOf(rows []models.Consent) []consent.Entry {
	out := make([]consent.Entry, len(rows))
	for i, r := range rows {
		out[i] = entryOf(r)
	}
	return out
}

func sealed(c models.Consent) consent.Sealed {
	return consent.Sealed{Workspace: c.WorkspaceID, Customer: c.CustomerID, ContactPoint: c.ContactPointID, Entry: entryOf(c), ProofDigest: c.ProofHash,
		Actor: c.Actor, Event: c.EventID, OccurredMicros: int64(c.OccurredAt), RecordedMicros: int64(c.RecordedAt)}
}

// canonicalProof undoes what a database may do to a JSON column (order of keys, spaces).
func canonicalProof(j models.JSON) []byte {
	var v any
	if json.Unmarshal(j, &v) != nil {
		return j
	}
	b, err := json.Marshal(v)
	if err != nil {
		return j
	}
	return b
}
