package sqlstore

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Journeys = (*Store)(nil)

// CreateJourney implements storage.Journeys.
func (s *Store) CreateJourney(ctx context.Context, workspace int64, draft journey.Document, now time.Time) (models.Journey, error) {
	body, err := journey.Canonical(draft)
	if err != nil {
		return models.Journey{}, err
	}
	row := models.Journey{
		ID: s.newID(), WorkspaceID: workspace, JourneyKey: draft.Key, Name: draft.Name, State: storage.JourneyDraft,
		Draft: body, DraftRevision: 1, RolloutPercent: 100, CreatedAt: models.At(now), UpdatedAt: models.At(now),
	}
	if err := s.read(ctx).Create(&row).Error; err != nil {
		return models.Journey{}, fmt.Errorf("create journey %s: %w", draft.Key, translate(err))
	}
	return row, nil
}

// Journey implements storage.Journeys.
func (s *Store) Journey(ctx context.Context, workspace int64, id ids.ID) (models.Journey, error) {
	var row models.Journey
	err := s.read(ctx).Where("workspace_id = ? AND id = ?", workspace, id).Take(&row).Error
	return row, translate(err)
}

// JourneyByKey implements storage.Journeys.
func (s *Store) JourneyByKey(ctx context.Context, workspace int64, key string) (models.Journey, error) {
	var row models.Journey
	err := s.read(ctx).Where("workspace_id = ? AND journey_key = ?", workspace, key).Take(&row).Error
	return row, translate(err)
}

// ListJourneys implements storage.Journeys.
func (s *Store) ListJourneys(ctx context.Context, workspace int64) ([]models.Journey, error) {
	var rows []models.Journey
	err := s.read(ctx).Omit("draft").Where("workspace_id = ?", workspace).Order("journey_key").Find(&rows).Error
	return rows, translate(err)
}

// SaveDraft implements storage.Journeys.
func (s *Store) SaveDraft(ctx context.Context, workspace int64, id ids.ID, revision int, draft journey.Document, now time.Time) (int, error) {
	body, err := journey.Canonical(draft)
	if err != nil {
		return 0, err
	}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		row, err := s.lockJourney(tx, workspace, id)
		if err != nil {
			return err
		}
		switch {
		case row.State == storage.JourneyArchived:
			return fault.New(fault.Conflict, "journey %s is archived", row.JourneyKey)
		case row.DraftRevision != revision:
			return fault.New(fault.Conflict, "somebody saved this journey meanwhile (revision %d, yours is %d)", row.DraftRevision, revision)
		case row.JourneyKey != draft.Key:
			return fault.New(fault.Conflict, "the key of a journey can't be changed (%s to %s): ids of its runs carry it", row.JourneyKey, draft.Key)
		}
		return tx.Exec("UPDATE journeys SET draft = ?, draft_revision = draft_revision + 1, name = ?, updated_at = ? WHERE id = ?",
			models.JSON(body), draft.Name, models.At(now), id).Error
	})
	if err != nil {
		return 0, fmt.Errorf("save journey %s: %w", draft.Key, err)
	}
	return revision + 1, nil
}

// Publish implements storage.Journeys.
func (s *Store) Publish(ctx context.Context, workspace int64, id ids.ID, revision int, by string, now time.Time) (models.JourneyVersion, error) {
	return s.PublishVersion(ctx, workspace, id, storage.NewVersion{Revision: revision, By: by}, now)
}

// PublishVersion implements storage.Rollouts.
func (s *Store) PublishVersion(ctx context.Context, workspace int64, id ids.ID, v storage.NewVersion, now time.Time) (models.JourneyVersion, error) {
	var version models.JourneyVersion
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		row, err := s.lockJourney(tx, workspace, id)
		if err != nil {
			return err
		}
		var live models.JourneyVersion
		if version, live, err = s.makeLive(tx, row, v, now); err != nil {
			return err
		}
		if version.ID == live.ID {
			return nil
		}
		if err := s.setStage(tx, row, version, v.Rollout); err != nil {
			return err
		}
		if v.InFlight == nil {
			return nil
		}
		o := *v.InFlight
		o.JourneyID, o.Filter.NotVersion = row.ID, version.ID
		if o.Kind == storage.OperationMove {
			o.Target = version.ID
		}
		_, err = s.startOperation(tx, row, o, now)
		return err
	})
	if err != nil {
		return models.JourneyVersion{}, fmt.Errorf("publish journey: %w", err)
	}
	return version, nil
}

// makeLive freezes the draft, or the document that was given, and makes it the live version. What is live already
// stays: both answers are the same version then.
func (s *Store) makeLive(tx *gorm.DB, row models.Journey, v storage.NewVersion, now time.Time) (version, live models.JourneyVersion, err error) {
	if row.State == storage.JourneyStopped || row.State == storage.JourneyArchived {
		return version, live, fault.New(fault.Conflict, "journey %s is %s: its people were let go; publish a copy under a new key", row.JourneyKey, row.State)
	}
	if v.Revision != 0 && row.DraftRevision != v.Revision {
		return version, live, fault.New(fault.Conflict, "somebody saved this journey meanwhile (revision %d, yours is %d)", row.DraftRevision, v.Revision)
	}
	var draft, before journey.Document
	if err := row.Draft.Into(&draft); err != nil {
		return version, live, fault.Wrap(fault.Invalid, err, "the draft is not a journey document")
	}
	doc := draft
	if v.Document != nil {
		doc = *v.Document
	}
	if !row.LiveVersionID.IsZero() {
		if err := tx.Where("id = ?", row.LiveVersionID).Take(&live).Error; err != nil {
			return version, live, err
		}
		if live.Hash == models.Hash(journey.Hash(doc)) && row.State != storage.JourneyDraft {
			return live, live, nil
		}
		if err := live.Document.Into(&before); err != nil {
			return version, live, err
		}
	}
	if version, err = s.insertVersion(tx, row, doc, v.By, now); err != nil {
		return version, live, err
	}
	if v.Document != nil && live.Hash == models.Hash(journey.Hash(draft)) {
		// A draft without changes follows; one with changes is somebody's work and stays.
		if err := tx.Exec("UPDATE journeys SET draft = ?, draft_revision = draft_revision + 1 WHERE id = ?", version.Document, row.ID).Error; err != nil {
			return version, live, err
		}
	}
	state := row.State
	if state == storage.JourneyDraft {
		state = storage.JourneyPublished
	}
	if err := tx.Exec("UPDATE journeys SET state = ?, live_version_id = ?, name = ?, updated_at = ? WHERE id = ?",
		state, version.ID, doc.Name, models.At(now), row.ID).Error; err != nil {
		return version, live, err
	}
	return version, live, s.upsertEntryAudience(tx, row, version, before, doc, now)
}

func (s *Store) insertVersion(tx *gorm.DB, row models.Journey, doc journey.Document, by string, now time.Time) (models.JourneyVersion, error) {
	var last int
	if err := tx.Raw("SELECT COALESCE(MAX(number), 0) FROM journey_versions WHERE journey_id = ?", row.ID).Scan(&last).Error; err != nil {
		return models.JourneyVersion{}, err
	}
	body, err := journey.Canonical(doc)
	if err != nil {
		return models.JourneyVersion{}, err
	}
	version := models.JourneyVersion{
		ID: s.newID(), WorkspaceID: row.WorkspaceID, JourneyID: row.ID, Number: last + 1, Document: body,
		Hash: models.Hash(journey.Hash(doc)), PublishedAt: models.At(now), PublishedBy: by,
	}
	if doc.Code != nil {
		version.CodeType = doc.Code.Type
	}
	return version, tx.Create(&version).Error
}

// upsertEntryAudience keeps the audience row of an audience entry. A changed condition is seeded afresh: who matches the
// new one without having crossed an edge is a present member, not somebody who just entered.
func (s *Store) upsertEntryAudience(tx *gorm.DB, row models.Journey, version models.JourneyVersion, before, doc journey.Document, now time.Time) error {
	key := storage.EntryAudienceKey(row.JourneyKey)
	if doc.Entry.Kind != journey.EntryAudience || doc.Entry.Condition == nil {
		return tx.Exec("UPDATE audiences SET active = 0, version_id = ? WHERE workspace_id = ? AND audience_key = ?",
			version.ID, row.WorkspaceID, key).Error
	}
	definition := models.ToJSON(doc.Entry.Condition)
	var audience models.Audience
	found := tx.Where("workspace_id = ? AND audience_key = ?", row.WorkspaceID, key).Limit(1).Find(&audience)
	if found.Error != nil {
		return found.Error
	}
	if found.RowsAffected == 0 {
		audience = models.Audience{
			ID: s.newID(), WorkspaceID: row.WorkspaceID, AudienceKey: key, Name: doc.Name, Definition: definition,
			JourneyID: row.ID, VersionID: version.ID, Active: true, CreatedAt: models.At(now),
		}
		return tx.Create(&audience).Error
	}
	unchanged := audience.Active && before.Entry.Kind == journey.EntryAudience && before.Entry.Condition != nil &&
		string(models.ToJSON(before.Entry.Condition)) == string(definition)
	seeded := "NULL"
	if unchanged {
		seeded = "seeded_at"
	}
	return tx.Exec("UPDATE audiences SET name = ?, definition = ?, version_id = ?, active = 1, seeded_at = "+seeded+" WHERE id = ?",
		doc.Name, definition, version.ID, audience.ID).Error
}

// Version implements storage.Journeys.
func (s *Store) Version(ctx context.Context, workspace int64, id ids.ID) (models.JourneyVersion, error) {
	var row models.JourneyVersion
	err := s.read(ctx).Where("workspace_id = ? AND id = ?", workspace, id).Take(&row).Error
	return row, translate(err)
}

// Versions implements storage.Journeys.
func (s *Store) Versions(ctx context.Context, workspace int64, journeyID ids.ID) ([]models.JourneyVersion, error) {
	var rows []models.JourneyVersion
	err := s.read(ctx).Omit("document").Where("workspace_id = ? AND journey_id = ?", workspace, journeyID).Order("number DESC").Find(&rows).Error
	return rows, translate(err)
}

func (s *Store) lockJourney(tx *gorm.DB, workspace int64, id ids.ID) (models.Journey, error) {
	var row models.Journey
	err := tx.Raw("SELECT * FROM journeys WHERE workspace_id = ? AND id = ?"+s.dialect.forUpdate(), workspace, id).Take(&row).Error
	return row, err
}
