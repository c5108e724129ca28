package sqlstore

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
	"sojourn/storage"
)

var (
	_ storage.CodeTypes     = (*Store)(nil)
	_ journey.KnowsCode     = storage.JourneyCatalogue{}
	_ journey.KnowsSettings = storage.JourneyCatalogue{}
)

// AnnounceCode implements storage.CodeTypes.
func (s *Store) AnnounceCode(ctx context.Context, types []models.CodeType, now time.Time) error {
	if len(types) == 0 {
		return nil
	}
	rows := slices.Clone(types)
	for i := range rows {
		rows[i].FirstSeenAt, rows[i].SeenAt = models.At(now), models.At(now)
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "kind"}, {Name: "code_type"}},
			DoUpdates: clause.AssignmentColumns([]string{"name", "description", "exits", "settings_schema", "release_name", "seen_at"}),
		}).Create(&rows).Error
	})
}

// CodeTypes implements storage.CodeTypes.
func (s *Store) CodeTypes(ctx context.Context, since time.Time) ([]models.CodeType, error) {
	var rows []models.CodeType
	err := s.read(ctx).Where("seen_at >= ?", int64(models.At(since))).Order("kind, code_type").Find(&rows).Error
	return rows, translate(err)
}

// MissingCode implements storage.CodeTypes. Which versions use code is read from their documents, which are cached.
func (s *Store) MissingCode(ctx context.Context, workspace int64, since time.Time) ([]storage.MissingCode, error) {
	var open []struct {
		WorkspaceID int64
		ID          ids.ID
	}
	sql, args := "SELECT workspace_id, id FROM journey_versions WHERE EXISTS (SELECT 1 FROM runs WHERE runs.version_id = journey_versions.id AND runs.state = ?)", []any{models.RunOpen}
	if workspace != 0 {
		sql, args = sql+" AND workspace_id = ?", append(args, workspace)
	}
	if err := s.read(ctx).Raw(sql+" ORDER BY id", args...).Scan(&open).Error; err != nil {
		return nil, translate(err)
	}
	seen, err := s.CodeTypes(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	m := missing{s: s, seen: map[codeKey]models.Instant{}, since: models.At(since)}
	for _, c := range seen {
		m.seen[codeKey{c.Kind, c.CodeType}] = c.SeenAt
	}
	for _, v := range open {
		p, err := s.DocumentByVersion(ctx, v.WorkspaceID, v.ID)
		if err != nil {
			return nil, err
		}
		if c := p.Document.Code; c != nil {
			if err := m.waits(ctx, codeKey{journey.CodeKindJourney, c.Type}, p, ""); err != nil {
				return nil, err
			}
		}
		for _, step := range p.Document.Steps {
			if step.Code == nil {
				continue
			}
			if err := m.waits(ctx, codeKey{journey.CodeKindStep, step.Code.Type}, p, step.ID); err != nil {
				return nil, err
			}
		}
	}
	return m.out, nil
}

type codeKey struct{ kind, codeType string }

type missing struct {
	s     *Store
	seen  map[codeKey]models.Instant
	since models.Instant
	out   []storage.MissingCode
}

// waits counts the runs of a version, at a step if one is given, that wait for code, if nobody has it.
func (m *missing) waits(ctx context.Context, k codeKey, p storage.Published, step string) error {
	if m.seen[k] >= m.since && m.seen[k] != 0 {
		return nil
	}
	sql, args := "SELECT COUNT(*) AS count, COALESCE(MIN(step_since), 0) AS since FROM runs WHERE version_id = ? AND state = ?", []any{p.VersionID, models.RunOpen}
	if step != "" {
		sql, args = sql+" AND step_id = ?", append(args, step)
	}
	var t storage.Trouble
	if err := m.s.read(ctx).Raw(sql, args...).Scan(&t).Error; err != nil || t.Count == 0 {
		return translate(err)
	}
	i := slices.IndexFunc(m.out, func(o storage.MissingCode) bool { return o.Kind == k.kind && o.Type == k.codeType })
	if i < 0 {
		i, m.out = len(m.out), append(m.out, storage.MissingCode{Kind: k.kind, Type: k.codeType, Since: t.Since, LastSeen: m.seen[k]})
	}
	o := &m.out[i]
	o.Runs, o.Since = o.Runs+t.Count, min(o.Since, t.Since)
	if !slices.Contains(o.Journeys, p.Document.Name) {
		o.Journeys = append(o.Journeys, p.Document.Name)
	}
	return nil
}

// RunWorkflowID names the workflow of a run of any workspace, for operators. NotFound when there is no such run.
func (s *Store) RunWorkflowID(ctx context.Context, run ids.ID) (string, error) {
	var row struct{ WorkspaceKey, JourneyKey string }
	err := s.read(ctx).Raw("SELECT w.workspace_key, j.journey_key FROM runs r JOIN journeys j ON j.id = r.journey_id JOIN workspaces w ON w.id = r.workspace_id WHERE r.id = ?", run).Scan(&row).Error
	if err == nil && row.JourneyKey == "" {
		return "", fault.New(fault.NotFound, "there is no such run")
	}
	return contract.RunWorkflowID(row.WorkspaceKey, row.JourneyKey, run.String()), translate(err)
}

// LatestOpenRuns lists ids of the open runs that began last, in any workspace, of one journey if its key is given.
func (s *Store) LatestOpenRuns(ctx context.Context, journeyKey string, limit int) ([]string, error) {
	sql, args := "SELECT r.id FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE r.state = ?", []any{models.RunOpen}
	if journeyKey != "" {
		sql, args = sql+" AND j.journey_key = ?", append(args, journeyKey)
	}
	var found []ids.ID
	err := s.read(ctx).Raw(sql+" ORDER BY r.started_at DESC LIMIT ?", append(args, limit)...).Scan(&found).Error
	out := make([]string, 0, len(found))
	for _, id := range found {
		out = append(out, id.String())
	}
	return out, translate(err)
}
