package sqlstore

import (
	"context"
	"fmt"
	"math"
	"time"

	"gorm.io/gorm"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// PauseJourney implements storage.Journeys.
func (s *Store) PauseJourney(ctx context.Context, workspace int64, id ids.ID, now time.Time) error {
	return s.changeJourney(ctx, "pause", workspace, id, func(tx *gorm.DB, row models.Journey) error {
		switch row.State {
		case storage.JourneyPaused:
			return nil
		case storage.JourneyPublished:
		default:
			return fault.New(fault.Conflict, "journey %s is %s, only a published one can be paused", row.JourneyKey, row.State)
		}
		pause := models.JourneyPause{ID: s.newID(), WorkspaceID: workspace, JourneyID: id, PausedAt: models.At(now), Clock: string(storage.PauseCounts)}
		if err := tx.Create(&pause).Error; err != nil {
			return err
		}
		return setJourneyState(tx, id, storage.JourneyPaused, now)
	})
}

// ResumeJourney implements storage.Journeys.
func (s *Store) ResumeJourney(ctx context.Context, workspace int64, id ids.ID, clock storage.PauseClock, now time.Time) error {
	if clock != storage.PauseCounts && clock != storage.PauseStopped && clock != storage.PauseSkips {
		return fault.New(fault.Invalid, "resume needs an answer for the paused time").
			WithFields(fault.Field{Path: "clock", Message: "one of count, hold, skip"})
	}
	err := s.changeJourney(ctx, "resume", workspace, id, func(tx *gorm.DB, row models.Journey) error {
		switch row.State {
		case storage.JourneyPublished:
			return nil
		case storage.JourneyPaused:
		default:
			return fault.New(fault.Conflict, "journey %s is %s, only a paused one can be resumed", row.JourneyKey, row.State)
		}
		if err := tx.Exec("UPDATE journey_pauses SET resumed_at = ?, clock = ? WHERE journey_id = ? AND resumed_at IS NULL",
			models.At(now), string(clock), id).Error; err != nil {
			return err
		}
		if err := setJourneyState(tx, id, storage.JourneyPublished, now); err != nil {
			return err
		}
		// A run that the pause held has no wake-up of its own any more; all others sleep on and read the pause when they wake.
		return oweControl(tx, storage.DispatchResume, "r.journey_id = ? AND r.state = ? AND r.wake_at IS NULL", math.MaxInt32, now, id, models.RunOpen)
	})
	if err == nil {
		s.wakeAllDispatch()
	}
	return err
}

// StopJourney implements storage.Journeys.
func (s *Store) StopJourney(ctx context.Context, workspace int64, id ids.ID, now time.Time) error {
	err := s.changeJourney(ctx, "stop", workspace, id, func(tx *gorm.DB, row models.Journey) error {
		switch row.State {
		case storage.JourneyStopped:
			return nil
		case storage.JourneyPublished, storage.JourneyPaused:
		default:
			return fault.New(fault.Conflict, "journey %s is %s, only a published or paused one can be stopped", row.JourneyKey, row.State)
		}
		if err := tx.Exec("UPDATE journey_pauses SET resumed_at = ? WHERE journey_id = ? AND resumed_at IS NULL", models.At(now), id).Error; err != nil {
			return err
		}
		if err := tx.Exec("UPDATE audiences SET active = 0 WHERE workspace_id = ? AND journey_id = ?", workspace, id).Error; err != nil {
			return err
		}
		if err := setJourneyState(tx, id, storage.JourneyStopped, now); err != nil {
			return err
		}
		// The first ones at once, for small journeys; the reconciler's sweep goes on from there.
		return oweControl(tx, storage.DispatchStop, "r.journey_id = ? AND r.state = ?", stopAtOnce, now, id, models.RunOpen)
	})
	if err == nil {
		s.wakeAllDispatch()
	}
	return err
}

// stopAtOnce is how many runs are told to stop in the very transaction that stops their journey.
const stopAtOnce = 500

// ArchiveJourney implements storage.Journeys.
func (s *Store) ArchiveJourney(ctx context.Context, workspace int64, id ids.ID, now time.Time) error {
	return s.changeJourney(ctx, "archive", workspace, id, func(tx *gorm.DB, row models.Journey) error {
		switch row.State {
		case storage.JourneyArchived:
			return nil
		case storage.JourneyDraft, storage.JourneyStopped:
		default:
			return fault.New(fault.Conflict, "journey %s is %s, stop it first", row.JourneyKey, row.State)
		}
		var open int64
		if err := tx.Raw("SELECT COUNT(*) FROM runs WHERE journey_id = ? AND state = ?", id, models.RunOpen).Scan(&open).Error; err != nil {
			return err
		}
		if open > 0 {
			return fault.New(fault.Conflict, "%d people are still in journey %s", open, row.JourneyKey)
		}
		return setJourneyState(tx, id, storage.JourneyArchived, now)
	})
}

// JourneyPauses implements storage.Journeys.
func (s *Store) JourneyPauses(ctx context.Context, workspace int64, id ids.ID) ([]models.JourneyPause, error) {
	var rows []models.JourneyPause
	err := s.read(ctx).Where("workspace_id = ? AND journey_id = ?", workspace, id).Order("paused_at, id").Find(&rows).Error
	return rows, translate(err)
}

func (s *Store) changeJourney(ctx context.Context, verb string, workspace int64, id ids.ID, change func(tx *gorm.DB, row models.Journey) error) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		row, err := s.lockJourney(tx, workspace, id)
		if err != nil {
			return err
		}
		return change(tx, row)
	})
	if err != nil {
		return fmt.Errorf("%s journey %s: %w", verb, id, err)
	}
	return nil
}

// setJourneyState bumps the epoch, which is what the fence of every claimed send compares.
func setJourneyState(tx *gorm.DB, id ids.ID, state string, now time.Time) error {
	return tx.Exec("UPDATE journeys SET state = ?, epoch = epoch + 1, updated_at = ? WHERE id = ?", state, models.At(now), id).Error
}

// oweControl owes a control signal to at most limit runs (alias r) that match, unless the same one is owed already.
func oweControl(tx *gorm.DB, kind, where string, limit int, now time.Time, args ...any) error {
	q := `INSERT INTO dispatches (workspace_id, partition_no, run_id, kind, event_name, revision, created_at)
SELECT r.workspace_id, r.partition_no, r.id, ?, '', 0, ? FROM runs r
WHERE ` + where + ` AND NOT EXISTS (SELECT 1 FROM dispatches d WHERE d.run_id = r.id AND d.kind = ?) LIMIT ?`
	all := append([]any{kind, models.At(now)}, args...)
	return tx.Exec(q, append(all, kind, limit)...).Error
}

func (s *Store) wakeAllDispatch() {
	for p := range contract.Partitions {
		s.wake.Wake(storage.DispatchLane(p))
	}
}
