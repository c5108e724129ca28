package sqlstore

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	"sojourn/audience/sqlgen"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

// ScheduledJourneys implements storage.Audiences.
func (s *Store) ScheduledJourneys(ctx context.Context) ([]storage.ScheduledJourney, error) {
	var rows []struct {
		storage.ScheduledJourney
		LiveVersionID ids.ID
	}
	// The draft of a journey tells nothing; every live version is read (and cached) to see whether it has a schedule.
	err := s.read(ctx).Raw(`SELECT j.workspace_id, w.workspace_key, j.id AS journey_id, j.journey_key, j.state, j.live_version_id
FROM journeys j JOIN workspaces w ON w.id = j.workspace_id WHERE j.live_version_id IS NOT NULL ORDER BY j.workspace_id, j.journey_key`).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("list scheduled journeys: %w", translate(err))
	}
	var out []storage.ScheduledJourney
	for _, r := range rows {
		p, err := s.DocumentByVersion(ctx, r.WorkspaceID, r.LiveVersionID)
		if err != nil {
			return nil, fmt.Errorf("list scheduled journeys: %w", err)
		}
		j := r.ScheduledJourney
		if e := p.Document.Entry; e.Kind == journey.EntrySchedule {
			j.Cron, j.Timezone, j.CatchUp = e.Cron, e.Timezone, e.CatchUp
			if j.Timezone == "" || j.Timezone == "workspace" {
				ws, err := s.workspaceView(s.read(ctx), r.WorkspaceID)
				if err != nil {
					return nil, fmt.Errorf("list scheduled journeys: %w", translate(err))
				}
				j.Timezone = ws.Timezone
			}
			out = append(out, j)
		}
	}
	return out, nil
}

// EnterScheduled implements storage.Audiences.
func (s *Store) EnterScheduled(ctx context.Context, workspace int64, journeyID ids.ID, firing time.Time, after ids.ID, now time.Time) (storage.ScheduledPage, error) {
	page, err := s.enterScheduled(ctx, workspace, journeyID, firing, after, now)
	if err != nil {
		return page, fmt.Errorf("scheduled entry of journey %s: %w", journeyID, translate(err))
	}
	return page, nil
}

func (s *Store) enterScheduled(ctx context.Context, workspace int64, journeyID ids.ID, firing time.Time, after ids.ID, now time.Time) (storage.ScheduledPage, error) {
	var none storage.ScheduledPage
	db := s.read(ctx)
	var row models.Journey
	if err := db.Raw("SELECT id, state, live_version_id FROM journeys WHERE workspace_id = ? AND id = ?", workspace, journeyID).Take(&row).Error; err != nil {
		return none, err
	}
	if row.LiveVersionID.IsZero() {
		return none, fault.New(fault.Conflict, "the journey has no live version")
	}
	p, err := s.document(db, workspace, row.LiveVersionID)
	if err != nil {
		return none, err
	}
	if p.Document.Entry.Kind != journey.EntrySchedule {
		return none, nil // published anew with another entry since the schedule fired
	}
	ws, err := s.workspaceView(db, workspace)
	if err != nil {
		return none, err
	}
	query, err := sqlgen.Build(nil, sqlgen.Dialect(s.dialect), workspace, now.In(ws.zone))
	if c := p.Document.Entry.Condition; c != nil && err == nil {
		query, err = s.condition(db, workspace, *c, now)
	}
	if err != nil {
		return none, err
	}
	text, args := query.Select("c.id", " AND c.restricted = 0 AND c.id > ? ORDER BY c.id LIMIT ?", after[:], entryPage)
	who, err := s.ids(ctx, text, args)
	if err != nil || len(who) == 0 {
		return none, err
	}
	out := storage.ScheduledPage{Matched: len(who)}
	if len(who) == entryPage {
		out.Next = who[len(who)-1]
	}
	out.Runs, err = s.EnterRuns(ctx, workspace, journeyID, who, storage.Cause{ID: firingID(journeyID, firing), Kind: storage.CauseSchedule}, now)
	return out, err
}

// firingID names one firing of a journey's schedule: the same for every attempt at it.
func firingID(journeyID ids.ID, firing time.Time) (id ids.ID) {
	sum := sha256.Sum256([]byte(journeyID.String() + "|" + strconv.FormatInt(firing.UnixMicro(), 10)))
	copy(id[:], sum[:])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80 // UUID version 8: made by hand
	return id
}
