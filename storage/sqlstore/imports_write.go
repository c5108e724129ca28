package sqlstore

import (
	"database/sql"
	"fmt"
	"slices"

	"sojourn/consent"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// writePeople stores new and changed customers with their identities, addresses and consents.
func (b *batch) writePeople(people []*person) error {
	var added, changed, identities, pointed, points []any
	for _, p := range people {
		c := p.Customer
		fresh := p.stored.ID.IsZero()
		row := []any{c.ID[:], c.WorkspaceID, string(c.ExternalID), c.Email, c.Phone, c.Locale, c.Timezone, c.Country, c.Birthday, c.Attributes, c.Grp[:], int64(c.CreatedAt), int64(c.UpdatedAt)}
		switch {
		case fresh:
			added = append(added, row...)
		case !sameProfile(p.stored, c):
			changed = append(changed, row...)
		}
		identity := []any{c.WorkspaceID, storage.IdentityUser, string(c.ExternalID), c.Grp[:], c.ID[:], b.now.UnixMicro()}
		switch {
		case p.grp.IsZero() && c.ExternalID != "" && fresh:
			identities = append(identities, identity...)
		case p.pointsTo.IsZero() && c.ExternalID != "":
			pointed = append(pointed, identity...)
		}
		for _, a := range []struct {
			channel  string
			old, now models.Text
		}{{"email", p.stored.Email, c.Email}, {"sms", p.stored.Phone, c.Phone}} {
			if a.now != "" && a.now != a.old {
				id := b.s.newID()
				points = append(points, id[:], c.WorkspaceID, a.channel, string(a.now), b.now.UnixMicro())
			}
		}
	}
	for _, step := range []struct {
		what   string
		writer *bulk
		args   []any
	}{{"customers", b.w.customers, added}, {"customers", b.w.changed, changed}, {"identities", b.w.identities, identities}, {"identities", b.w.pointed, pointed}, {"contact points", b.w.points, points}} {
		if _, err := step.writer.insert(b.ctx, b.tx, step.args); err != nil {
			if isDuplicate(err) {
				return errAgain // ingestion or the router made the same one just now
			}
			return fmt.Errorf("write %s: %w", step.what, err)
		}
	}
	if err := b.rearm(people); err != nil {
		return err
	}
	return b.writeConsents(people)
}

// rearm owes the open runs of those whose dates or zone have changed a look at their waits: history moves nobody, but a
// date that is corrected counts.
func (b *batch) rearm(people []*person) error {
	changed := map[ids.ID][]string{}
	for _, p := range people {
		if !p.stored.ID.IsZero() && !sameProfile(p.stored, p.Customer) {
			changed[p.ID] = changedNames(&p.stored, &p.Customer)
		}
	}
	owed, err := b.s.oweWaits(b.gorm, b.step.Workspace, changed, b.now)
	if err != nil || len(owed) == 0 {
		return err
	}
	for _, d := range owed {
		b.lanes = append(b.lanes, d.Partition)
	}
	return b.gorm.CreateInBatches(owed, 200).Error
}

// consentLine is a permission with the line it stands on.
type consentLine struct {
	storage.ImportedConsent
	line int64
}

func (b *batch) writeConsents(people []*person) error {
	var asked []string
	for _, p := range people {
		if len(p.consents) > 0 && p.Email != "" {
			asked = append(asked, string(p.Email))
		}
	}
	points, err := b.contactPoints("email", asked)
	if err != nil {
		return err
	}
	var lines, permissions []any
	for _, p := range people {
		var ledger []models.Consent
		for _, c := range p.consents {
			r := storage.ConsentRecord{Workspace: b.step.Workspace, Customer: p.ID, Actor: importSource(b.step.Import),
				Proof: map[string]any{"file": b.step.FileName, "line": c.line},
				Entry: consent.Entry{Channel: c.Channel, Purpose: c.Purpose, State: c.State, Basis: consent.ByConsent, Source: importSource(b.step.Import),
					SourceKind: consent.List, OccurredAt: c.At, RecordedAt: b.now}}
			if c.State == consent.Withdrawn {
				r.Entry.Basis = consent.ByObjection
			}
			if c.Channel == "email" {
				r.ContactPoint = points[string(p.Email)]
			}
			if !p.stored.ID.IsZero() {
				if err := b.recordIfNew(r); err != nil {
					return err
				}
				continue
			}
			if err := r.Entry.Validate(); err != nil {
				return err
			}
			row := b.s.consentRow(r, ledger)
			ledger = append(ledger, row)
			lines = append(lines, row.ID[:], row.WorkspaceID, row.Seq, row.CustomerID[:], row.ContactPointID, row.Channel, row.Purpose, row.State, row.LegalBasis, row.Source, row.SourceKind,
				row.Proof, row.ProofHash, row.Actor, row.OccurredAt, row.RecordedAt, row.EventID, row.PrevHash[:], row.Hash)
		}
		for topic, now := range consent.Fold(entriesOf(ledger)) {
			permissions = append(permissions, b.step.Workspace, p.ID[:], topic.Channel, topic.Purpose, string(now.State), string(now.Basis), models.At(now.At), now.Entry)
		}
	}
	if _, err := b.w.consents.insert(b.ctx, b.tx, lines); err != nil {
		return fmt.Errorf("write consents: %w", err)
	}
	if _, err := b.w.permissions.insert(b.ctx, b.tx, permissions); err != nil {
		return fmt.Errorf("write permissions: %w", err)
	}
	return nil
}

// recordIfNew appends to the ledger of a customer who was there before, unless a list has said the same already: the
// corrected copy of a file must not double the ledger.
func (b *batch) recordIfNew(r storage.ConsentRecord) error {
	ledger, err := consentLedger(b.gorm, r.Workspace, r.Customer)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(ledger, func(c models.Consent) bool {
		return c.Channel == r.Entry.Channel && c.Purpose == r.Entry.Purpose && c.State == string(r.Entry.State) && c.SourceKind == string(consent.List) &&
			(r.Entry.OccurredAt.IsZero() || c.OccurredAt == models.At(r.Entry.At()))
	}) {
		return nil
	}
	return b.s.recordConsent(b.gorm, r)
}

func (b *batch) contactPoints(channel string, addresses []string) (map[string]ids.ID, error) {
	out := map[string]ids.ID{}
	for part := range slices.Chunk(addresses, 500) {
		args := []any{b.step.Workspace, channel}
		for _, a := range part {
			args = append(args, a)
		}
		err := queryTx(b.ctx, b.tx, "SELECT address, id FROM contact_points WHERE workspace_id = ? AND channel = ? AND address IN ("+paramList(len(part))+")", args, func(rows *sql.Rows) error {
			var address string
			var id ids.ID
			if err := rows.Scan(&address, &id); err != nil {
				return err
			}
			out[address] = id
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("look up contact points: %w", err)
		}
	}
	return out, nil
}
