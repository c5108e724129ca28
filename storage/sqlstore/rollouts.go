package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"gorm.io/gorm"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Rollouts = (*Store)(nil)

// setStage writes who gets the version that has just gone live. Whoever does not gets what was live before, if anything.
// Those whom the stage before kept out are looked at again.
func (s *Store) setStage(tx *gorm.DB, row models.Journey, version models.JourneyVersion, percent int) error {
	if err := writeStage(tx, row, version, percent); err != nil || row.RolloutPercent >= 100 || !row.RolloutVersionID.IsZero() {
		return err
	}
	row.LiveVersionID = version.ID
	return s.lookAgain(tx, row)
}

func writeStage(tx *gorm.DB, row models.Journey, version models.JourneyVersion, percent int) error {
	if percent <= 0 || percent >= 100 || version.ID == row.LiveVersionID {
		return tx.Exec("UPDATE journeys SET rollout_percent = 100, rollout_version_id = NULL WHERE id = ?", row.ID).Error
	}
	before := row.LiveVersionID
	if row.RolloutPercent < 100 {
		before = row.RolloutVersionID // the stage before never became everybody's
	}
	return tx.Exec("UPDATE journeys SET rollout_percent = ?, rollout_version_id = ? WHERE id = ?", percent, before, row.ID).Error
}

// SetRollout implements storage.Rollouts.
func (s *Store) SetRollout(ctx context.Context, workspace int64, id ids.ID, percent int, now time.Time) error {
	if percent < 1 || percent > 100 {
		return fault.New(fault.Invalid, "a share is 1 to 100 percent")
	}
	return s.changeJourney(ctx, "stage", workspace, id, func(tx *gorm.DB, row models.Journey) error {
		if row.RolloutPercent == percent {
			return nil
		}
		if row.RolloutPercent >= 100 {
			return fault.New(fault.Conflict, "journey %s is not being rolled out: everybody gets version in force", row.JourneyKey)
		}
		if percent < row.RolloutPercent {
			return fault.New(fault.Conflict, "%d %% get it already: who is in can't be taken out by a smaller share; roll back instead", row.RolloutPercent)
		}
		rest := row.RolloutVersionID
		if percent == 100 {
			rest = ids.ID{}
		}
		if err := tx.Exec("UPDATE journeys SET rollout_percent = ?, rollout_version_id = ?, updated_at = ? WHERE id = ?", percent, rest, models.At(now), id).Error; err != nil {
			return err
		}
		if !row.RolloutVersionID.IsZero() {
			return nil // nobody was refused
		}
		return s.lookAgain(tx, row)
	})
}

// lookAgain makes the next refresh see those present members of the entry's audience as new who were refused only
// because of the share. Others were members before and stay so: no edge is made up for them.
func (s *Store) lookAgain(tx *gorm.DB, row models.Journey) error {
	p, err := s.document(tx, row.WorkspaceID, row.LiveVersionID)
	if err != nil {
		return err
	}
	if e := p.Document.Entry; e.Kind != journey.EntryAudience || e.Edge == "leave" {
		return nil
	}
	return tx.Exec(`DELETE FROM audience_members WHERE audience_id IN (SELECT a.id FROM audiences a WHERE a.workspace_id = ? AND a.audience_key = ?)
AND customer_id IN (SELECT d.customer_id FROM decisions d WHERE d.workspace_id = ? AND d.journey_id = ? AND d.kind = 'entry' AND d.outcome = 'not_entered' AND d.reason = 'not_in_rollout')
AND NOT EXISTS (SELECT 1 FROM runs r WHERE r.journey_id = ? AND r.customer_id = audience_members.customer_id)`,
		row.WorkspaceID, storage.EntryAudienceKey(row.JourneyKey), row.WorkspaceID, row.ID, row.ID).Error
}

// stage is who gets which version while one is rolled out.
type stage struct {
	percent int
	live    storage.Published
	rest    *storage.Published // nil: the others do not enter
}

// stageOf reads how far the live version of a journey is rolled out.
func (r *routing) stageOf(ws *workspaceView, p storage.Published) (stage, error) {
	st := stage{percent: 100, live: p}
	var row models.Journey
	if err := r.tx.Raw("SELECT rollout_percent, rollout_version_id, live_version_id FROM journeys WHERE id = ?", p.JourneyID).Scan(&row).Error; err != nil {
		return st, err
	}
	if row.RolloutPercent >= 100 || row.LiveVersionID != p.VersionID {
		return st, nil
	}
	st.percent = row.RolloutPercent
	if !row.RolloutVersionID.IsZero() {
		rest, err := r.s.document(r.tx, ws.ID, row.RolloutVersionID)
		if err != nil {
			return st, err
		}
		st.rest = &rest
	}
	return st, nil
}

// of says which version a customer enters; false when none.
func (st stage) of(customer ids.ID) (storage.Published, bool) {
	if st.percent >= 100 || inShare(st.live.VersionID, customer, st.percent) {
		return st.live, true
	}
	if st.rest != nil {
		return *st.rest, true
	}
	return storage.Published{}, false
}

// inShare decides by version and customer alone, so a larger share holds everybody of a smaller one.
func inShare(version, customer ids.ID, percent int) bool {
	h := sha256.New()
	h.Write([]byte("rollout"))
	h.Write(version[:])
	h.Write(customer[:])
	return binary.BigEndian.Uint64(h.Sum(nil))%10_000 < uint64(percent)*100 //nolint:gosec // 1 to 100
}

// SentPerDay implements storage.Rollouts.
func (s *Store) SentPerDay(ctx context.Context, workspace int64, days int, now time.Time) (float64, error) {
	var n int64
	err := s.read(ctx).Raw("SELECT COUNT(*) FROM sends WHERE workspace_id = ? AND planned_at >= ? AND state = 'accepted'", workspace, models.At(now.AddDate(0, 0, -days))).Scan(&n).Error
	return float64(n) / float64(max(days, 1)), translate(err)
}

// ListEntries implements storage.Rollouts.
func (s *Store) ListEntries(ctx context.Context, workspace int64, journey ids.ID, outcome, reason string, p storage.PageAsk) ([]storage.EntryRow, error) {
	page, err := s.entriesPage(ctx, workspace, journey, outcome, reason, p)
	if err != nil || len(page) == 0 {
		return nil, err
	}
	q := newQuery("SELECT d.*"+personColumns+" FROM decisions d LEFT JOIN customers c ON c.id = d.customer_id WHERE d.workspace_id = ? AND d.id IN ?", workspace, page)
	q.sql += " ORDER BY d.at DESC, d.id DESC"
	var rows []struct {
		models.Decision `gorm:"embedded"`
		P               personScan `gorm:"embedded;embeddedPrefix:p_"`
	}
	if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]storage.EntryRow, len(rows))
	for i, r := range rows {
		out[i] = storage.EntryRow{Decision: r.Decision, Person: storage.Person(r.P)}
	}
	return out, nil
}

// GuardedJourneys implements storage.Rollouts.
func (s *Store) GuardedJourneys(ctx context.Context, since time.Time) ([]storage.GuardedJourney, error) {
	var rows []struct {
		ID          ids.ID
		WorkspaceID int64
		Settings    models.JSON
		Resumed     models.Instant
	}
	err := s.read(ctx).Raw(`SELECT j.id, j.workspace_id, w.settings, (SELECT MAX(p.resumed_at) FROM journey_pauses p WHERE p.journey_id = j.id) AS resumed
FROM journeys j JOIN workspaces w ON w.id = j.workspace_id WHERE j.state = ? ORDER BY j.id`, storage.JourneyPublished).Scan(&rows).Error
	if err != nil {
		return nil, translate(err)
	}
	out := make([]storage.GuardedJourney, 0, len(rows))
	for _, r := range rows {
		settings := struct {
			Guard journey.Guard `json:"guard"`
		}{journey.DefaultGuard}
		if err := r.Settings.Into(&settings); err != nil {
			return nil, fmt.Errorf("settings of workspace %d: %w", r.WorkspaceID, err)
		}
		g := storage.GuardedJourney{WorkspaceID: r.WorkspaceID, JourneyID: r.ID, Guard: settings.Guard}
		// A withdrawal counts for the message whose own link it came by, and for no other.
		err := s.read(ctx).Raw(`SELECT COUNT(*) AS sent, COALESCE(SUM(CASE WHEN s.state IN ('rejected', 'resolved_rejected') OR (cp.suppressed_reason = 'hard_bounce' AND cp.suppressed_at >= s.handed_at) THEN 1 ELSE 0 END), 0) AS bounced,
COALESCE(SUM(CASE WHEN cp.suppressed_reason = 'complaint' AND cp.suppressed_at >= s.handed_at THEN 1 ELSE 0 END), 0) AS complained,
COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM consents k WHERE k.send_id = s.id AND k.state = 'withdrawn') THEN 1 ELSE 0 END), 0) AS unsubscribed
FROM sends s LEFT JOIN contact_points cp ON cp.id = s.contact_point_id
WHERE s.workspace_id = ? AND s.journey_id = ? AND s.handed_at >= ? AND s.state IN ('accepted', 'rejected', 'resolved_accepted', 'resolved_rejected')`,
			r.WorkspaceID, r.ID, max(models.At(since), r.Resumed)).Scan(&g.Rates).Error
		if err != nil {
			return nil, translate(err)
		}
		out = append(out, g)
	}
	return out, nil
}

// PauseByGuard implements storage.Rollouts.
func (s *Store) PauseByGuard(ctx context.Context, workspace int64, id ids.ID, cause string, measured, sample int64, now time.Time) (bool, error) {
	paused := false
	err := s.changeJourney(ctx, "pause", workspace, id, func(tx *gorm.DB, row models.Journey) error {
		paused = false
		if row.State != storage.JourneyPublished {
			return nil
		}
		pause := models.JourneyPause{ID: s.newID(), WorkspaceID: workspace, JourneyID: id, PausedAt: models.At(now), Clock: string(storage.PauseCounts), Cause: cause, Measured: measured, Sample: sample}
		if err := tx.Create(&pause).Error; err != nil {
			return err
		}
		paused = true
		if err := setJourneyState(tx, id, storage.JourneyPaused, now); err != nil {
			return err
		}
		return tx.Create(&models.AuditEntry{ID: s.newID(), WorkspaceID: workspace, Actor: storage.GuardActor, Action: "pause-journey", Subject: clip(row.JourneyKey, 120),
			Detail: models.ToJSON(map[string]any{"cause": cause, "measured": measured, "sample": sample}), At: models.At(now)}).Error
	})
	return paused, err
}

// GuardPauses implements storage.Rollouts.
func (s *Store) GuardPauses(ctx context.Context, workspace int64) ([]storage.GuardPause, error) {
	var rows []storage.GuardPause
	err := s.read(ctx).Raw(`SELECT j.journey_key, j.name, p.* FROM journeys j JOIN journey_pauses p ON p.journey_id = j.id AND p.resumed_at IS NULL
WHERE j.workspace_id = ? AND j.state = ? AND p.cause <> '' ORDER BY p.paused_at, p.id`, workspace, storage.JourneyPaused).Scan(&rows).Error
	return rows, translate(err)
}
