package sqlstore

import (
	"context"
	"fmt"
	"time"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

var _ storage.Queries = (*Store)(nil)

// quarterOf is the integer number of the quarter of an hour an instant column lies in.
func (d Dialect) quarterOf(column string) string {
	per := storage.Quarter.Microseconds()
	if d == SQLite {
		return fmt.Sprintf("(%s / %d)", column, per)
	}
	return fmt.Sprintf("(%s DIV %d)", column, per)
}

func (s *Store) count(ctx context.Context, sql string, args ...any) (int64, error) {
	var n int64
	err := s.read(ctx).Raw(sql, args...).Scan(&n).Error
	return n, translate(err)
}

// Pulse implements storage.Queries.
func (s *Store) Pulse(ctx context.Context, workspace int64, since, now time.Time) (storage.Pulse, error) {
	var p storage.Pulse
	from := models.At(since)
	for _, c := range []struct {
		into *int64
		sql  string
		args []any
	}{
		{&p.Customers, "SELECT COUNT(*) FROM customers WHERE workspace_id = ? AND merged_into IS NULL AND erased_at IS NULL", []any{workspace}},
		{&p.OpenRuns, "SELECT COUNT(*) FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE j.workspace_id = ? AND r.state = ?", []any{workspace, models.RunOpen}},
		{&p.WakingNext24h, "SELECT COUNT(*) FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE j.workspace_id = ? AND r.state = ? AND r.wake_at <= ?",
			[]any{workspace, models.RunOpen, models.At(now.Add(24 * time.Hour))}},
		{&p.PendingEvents, "SELECT COUNT(*) FROM outbox WHERE workspace_id = ?", []any{workspace}},
	} {
		n, err := s.count(ctx, c.sql, c.args...)
		if err != nil {
			return p, err
		}
		*c.into = n
	}
	if err := s.read(ctx).Raw("SELECT COUNT(*) AS count, COALESCE(MIN(r.wake_at), 0) AS since"+overdue+" AND r.workspace_id = ?",
		models.RunOpen, models.At(now.Add(-storage.OverdueAfter)), storage.JourneyPublished, workspace).Scan(&p.Overdue).Error; err != nil {
		return p, translate(err)
	}
	for _, c := range []struct {
		into         *[]storage.QuarterCount
		column, from string
		args         []any
	}{
		{&p.NewCustomers, "created_at", "customers WHERE workspace_id = ? AND created_at >= ? AND merged_into IS NULL", []any{workspace, from}},
		{&p.Events, "received_at", "events WHERE workspace_id = ? AND received_at >= ?", []any{workspace, from}},
		{&p.Entries, "started_at", "runs WHERE workspace_id = ? AND started_at >= ?", []any{workspace, from}},
		{&p.Accepted, "planned_at", "sends WHERE workspace_id = ? AND planned_at >= ? AND state = 'accepted'", []any{workspace, from}},
		{&p.Skipped, "planned_at", "sends WHERE workspace_id = ? AND planned_at >= ? AND state = 'skipped'", []any{workspace, from}},
		{&p.Conversions, "at", "conversions WHERE journey_id IN (SELECT id FROM journeys WHERE workspace_id = ?) AND at >= ?", []any{workspace, from}},
	} {
		rows, err := s.quarters(ctx, c.column, c.from, c.args...)
		if err != nil {
			return p, err
		}
		*c.into = rows
	}
	week := models.At(now.Add(-7 * 24 * time.Hour))
	err := s.read(ctx).Raw("SELECT state, reason, COUNT(*) AS count FROM sends WHERE workspace_id = ? AND planned_at >= ? GROUP BY state, reason ORDER BY 3 DESC", workspace, week).Scan(&p.Sends).Error
	if err != nil {
		return p, translate(err)
	}
	err = s.read(ctx).Raw("SELECT currency, SUM(value_minor) AS minor FROM conversions WHERE journey_id IN (SELECT id FROM journeys WHERE workspace_id = ?) AND at >= ? AND value_minor <> 0 GROUP BY currency ORDER BY currency",
		workspace, week).Scan(&p.Values).Error
	return p, translate(err)
}

func (s *Store) quarters(ctx context.Context, column, from string, args ...any) ([]storage.QuarterCount, error) {
	var rows []storage.QuarterCount
	err := s.read(ctx).Raw("SELECT "+s.dialect.quarterOf(column)+" AS quarter, COUNT(*) AS count FROM "+from+" GROUP BY 1 ORDER BY 1", args...).Scan(&rows).Error
	return rows, translate(err)
}

// Attention implements storage.Queries.
func (s *Store) Attention(ctx context.Context, workspace int64, since time.Time) (storage.Attention, error) {
	var a storage.Attention
	from := models.At(since)
	for _, c := range []struct {
		into *storage.Trouble
		sql  string
		args []any
	}{
		{&a.Parked, "SELECT COUNT(*) AS count, COALESCE(MIN(parked_at), 0) AS since FROM outbox WHERE workspace_id = ? AND parked_at IS NOT NULL", []any{workspace}},
		{&a.Repairs, "SELECT COUNT(*) AS count, COALESCE(MIN(at), 0) AS since FROM repairs WHERE workspace_id = ? AND at >= ?", []any{workspace, from}},
		{&a.FailedRuns, "SELECT COUNT(*) AS count, COALESCE(MIN(ended_at), 0) AS since FROM runs WHERE workspace_id = ? AND started_at >= ? AND outcome = 'failed'", []any{workspace, from}},
		{&a.Unknown, "SELECT COUNT(*) AS count, COALESCE(MIN(planned_at), 0) AS since FROM sends WHERE workspace_id = ? AND planned_at >= ? AND state = 'unknown'", []any{workspace, from}},
	} {
		if err := s.read(ctx).Raw(c.sql, c.args...).Scan(c.into).Error; err != nil {
			return a, translate(err)
		}
	}
	var pending struct{ At models.Instant }
	if err := s.read(ctx).Raw("SELECT created_at AS at FROM outbox WHERE workspace_id = ? AND parked_at IS NULL AND partition_no >= 0 ORDER BY id LIMIT 1", workspace).Scan(&pending).Error; err != nil {
		return a, translate(err)
	}
	a.OldestPending = pending.At
	if err := s.read(ctx).Where("workspace_id = ? AND state = ?", workspace, storage.SenderPaused).Order("sender_key").Find(&a.PausedSenders).Error; err != nil {
		return a, translate(err)
	}
	var err error
	if a.PausedJourneys, err = s.count(ctx, "SELECT COUNT(*) FROM journeys WHERE workspace_id = ? AND state = ?", workspace, storage.JourneyPaused); err != nil {
		return a, err
	}
	orders, err := s.count(ctx, "SELECT COUNT(*) FROM (SELECT customer_id FROM customer_metrics WHERE workspace_id = ? AND last_order_at IS NOT NULL LIMIT 1) AS m", workspace)
	if err != nil || orders == 0 {
		return a, err
	}
	models, err := s.count(ctx, "SELECT COUNT(*) FROM (SELECT id FROM score_models WHERE workspace_id = ? LIMIT 1) AS m", workspace)
	a.Unscored = models == 0
	return a, err
}

// InFlight implements storage.Queries. Claims that a dead worker left behind count until somebody judges their lease.
func (s *Store) InFlight(ctx context.Context, workspace int64) (int64, error) {
	return s.count(ctx, "SELECT COUNT(*) FROM sends WHERE state IN ('claimed', 'handing_over') AND workspace_id = ?", workspace)
}

// JourneyNumbers implements storage.Queries.
func (s *Store) JourneyNumbers(ctx context.Context, workspace int64, since time.Time) (map[ids.ID]storage.JourneyNumbers, error) {
	from := models.At(since)
	out := map[ids.ID]storage.JourneyNumbers{}
	type row struct {
		JourneyID ids.ID
		Quarter   int64
		Count     int64
	}
	each := func(apply func(*storage.JourneyNumbers, row), sql string, args ...any) error {
		var rows []row
		if err := s.read(ctx).Raw(sql, args...).Scan(&rows).Error; err != nil {
			return translate(err)
		}
		for _, r := range rows {
			n := out[r.JourneyID]
			apply(&n, r)
			out[r.JourneyID] = n
		}
		return nil
	}
	if err := each(func(n *storage.JourneyNumbers, r row) { n.OpenRuns = r.Count },
		"SELECT r.journey_id, COUNT(*) AS count FROM runs r JOIN journeys j ON j.id = r.journey_id WHERE j.workspace_id = ? AND r.state = ? GROUP BY r.journey_id", workspace, models.RunOpen); err != nil {
		return nil, err
	}
	if err := each(func(n *storage.JourneyNumbers, r row) {
		n.Entries = append(n.Entries, storage.QuarterCount{Quarter: r.Quarter, Count: r.Count})
	}, "SELECT journey_id, "+s.dialect.quarterOf("started_at")+" AS quarter, COUNT(*) AS count FROM runs WHERE workspace_id = ? AND started_at >= ? GROUP BY journey_id, 2 ORDER BY 2", workspace, from); err != nil {
		return nil, err
	}
	week := models.At(since.Add(7 * 24 * time.Hour))
	if err := each(func(n *storage.JourneyNumbers, r row) { n.Accepted = r.Count },
		"SELECT journey_id, COUNT(*) AS count FROM sends WHERE workspace_id = ? AND planned_at >= ? AND state = 'accepted' AND journey_id IS NOT NULL GROUP BY journey_id", workspace, week); err != nil {
		return nil, err
	}
	err := each(func(n *storage.JourneyNumbers, r row) { n.Conversions = r.Count },
		"SELECT c.journey_id, COUNT(*) AS count FROM conversions c JOIN journeys j ON j.id = c.journey_id WHERE j.workspace_id = ? AND c.at >= ? GROUP BY c.journey_id", workspace, week)
	return out, err
}

// OpenByVersion implements storage.Queries.
func (s *Store) OpenByVersion(ctx context.Context, workspace int64, journey ids.ID) (map[ids.ID]int64, error) {
	var rows []struct {
		VersionID ids.ID
		Count     int64
	}
	err := s.read(ctx).Raw("SELECT r.version_id, COUNT(*) AS count FROM runs r WHERE r.version_id IN (SELECT v.id FROM journey_versions v WHERE v.workspace_id = ? AND v.journey_id = ?) AND r.state = ? GROUP BY r.version_id",
		workspace, journey, models.RunOpen).Scan(&rows).Error
	out := map[ids.ID]int64{}
	for _, r := range rows {
		out[r.VersionID] = r.Count
	}
	return out, translate(err)
}

// EntryFunnel implements storage.Queries.
func (s *Store) EntryFunnel(ctx context.Context, workspace int64, journey ids.ID) ([]storage.GroupCount, error) {
	var rows []storage.GroupCount
	// The index holds no workspace; whose journey it is tells the journey.
	err := s.read(ctx).Raw("SELECT outcome AS state, reason, COUNT(*) AS count FROM decisions WHERE journey_id IN (SELECT j.id FROM journeys j WHERE j.workspace_id = ? AND j.id = ?) AND kind = 'entry' GROUP BY outcome, reason ORDER BY 3 DESC",
		workspace, journey).Scan(&rows).Error
	return rows, translate(err)
}

// ScoreModel implements storage.Queries.
func (s *Store) ScoreModel(ctx context.Context, workspace int64, id ids.ID) (models.ScoreModel, error) {
	var m models.ScoreModel
	err := s.read(ctx).Where("workspace_id = ? AND id = ?", workspace, id).Take(&m).Error
	return m, translate(err)
}
