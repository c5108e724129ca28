package sqlstore

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
)

// prefixLimit bounds how many people one prefix looks at per column, so that "a" stays quick in a base of millions.
const prefixLimit = 1000

type customerScan struct {
	models.Customer `gorm:"embedded"`
	M               metricsScan `gorm:"embedded;embeddedPrefix:m_"`
	OpenRuns        int
}

// metricsScan are the numbers a list shows.
type metricsScan struct {
	OrdersCount *int
	OrdersValue *int64
	LastOrderAt models.Instant
	LastSeenAt  models.Instant
	POrder      *float64
	ChurnScore  *float64
}

const selectCustomers = `SELECT c.*, m.orders_count AS m_orders_count, m.orders_value AS m_orders_value, m.last_order_at AS m_last_order_at,
 m.last_seen_at AS m_last_seen_at, m.p_order AS m_p_order, m.churn_score AS m_churn_score,
 (SELECT COUNT(*) FROM runs r WHERE r.customer_id = c.id AND r.state = 'open') AS open_runs
 FROM customers c LEFT JOIN customer_metrics m ON m.customer_id = c.id WHERE c.workspace_id = ?`

// ListCustomers implements storage.Queries.
func (s *Store) ListCustomers(ctx context.Context, workspace int64, prefix string, p storage.PageAsk) ([]storage.CustomerView, error) {
	q := newQuery(selectCustomers+" AND c.merged_into IS NULL AND c.erased_at IS NULL", workspace)
	if prefix != "" {
		matches, err := s.prefixMatches(ctx, workspace, prefix)
		if err != nil || len(matches) == 0 {
			return nil, err
		}
		q.and("c.id IN ("+marks(len(matches))+")", matches...)
	}
	q.after("c.created_at", "c.id", p)
	var rows []customerScan
	if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	out := make([]storage.CustomerView, len(rows))
	for i, r := range rows {
		m := models.CustomerMetrics{LastOrderAt: r.M.LastOrderAt, LastSeenAt: r.M.LastSeenAt, POrder: r.M.POrder, ChurnScore: r.M.ChurnScore}
		if r.M.OrdersCount != nil {
			m.OrdersCount, m.OrdersValue = *r.M.OrdersCount, *r.M.OrdersValue
		}
		out[i] = storage.CustomerView{Customer: r.Customer, Metrics: m, OpenRuns: r.OpenRuns}
	}
	return out, nil
}

func (s *Store) prefixMatches(ctx context.Context, workspace int64, prefix string) ([]any, error) {
	var all []any
	for column, text := range map[string]string{"email": strings.ToLower(prefix), "external_id": prefix} {
		from, to := prefixRange(text)
		var found []ids.ID
		err := s.read(ctx).Raw("SELECT id FROM customers WHERE workspace_id = ? AND "+column+" >= ? AND "+column+" < ? ORDER BY "+column+" LIMIT ?",
			workspace, from, to, prefixLimit).Scan(&found).Error
		if err != nil {
			return nil, translate(err)
		}
		for _, id := range found {
			all = append(all, id)
		}
	}
	return all, nil
}

// Customer implements storage.Queries.
func (s *Store) Customer(ctx context.Context, workspace int64, id ids.ID) (storage.CustomerView, error) {
	var row storage.CustomerView
	if err := s.read(ctx).Where("workspace_id = ? AND id = ?", workspace, id).Take(&row.Customer).Error; err != nil {
		return row, translate(err)
	}
	if !row.Customer.ErasedAt.IsZero() {
		return storage.CustomerView{}, fault.New(fault.NotFound, "not found")
	}
	if err := s.read(ctx).Raw("SELECT * FROM customer_metrics WHERE workspace_id = ? AND customer_id = ?", workspace, id).Scan(&row.Metrics).Error; err != nil {
		return row, translate(err)
	}
	n, err := s.count(ctx, "SELECT COUNT(*) FROM runs WHERE customer_id = ? AND state = ?", id, models.RunOpen)
	row.OpenRuns = int(n)
	return row, err
}

// ContactPoints implements storage.Queries. A customer's addresses are those of his profile and those he was written to.
func (s *Store) ContactPoints(ctx context.Context, workspace int64, customer ids.ID) ([]models.ContactPoint, error) {
	var rows []models.ContactPoint
	err := s.read(ctx).Raw(`SELECT DISTINCT cp.* FROM contact_points cp JOIN customers c ON c.workspace_id = cp.workspace_id AND c.id = ?
 WHERE cp.workspace_id = ? AND ((cp.channel = 'email' AND cp.address = c.email) OR (cp.channel <> 'email' AND cp.address = c.phone)
 OR cp.id IN (SELECT contact_point_id FROM sends WHERE customer_id = c.id) OR cp.id IN (SELECT contact_point_id FROM consents WHERE workspace_id = cp.workspace_id AND customer_id = c.id))
 ORDER BY cp.channel, cp.address LIMIT 50`, customer, workspace).Scan(&rows).Error
	return rows, translate(err)
}

// CustomerTimeline implements storage.Queries: each kind in its own index order, merged here.
func (s *Store) CustomerTimeline(ctx context.Context, workspace int64, customer ids.ID, kinds []string, p storage.PageAsk) ([]storage.TimelineRow, error) {
	var all []storage.TimelineRow
	for _, part := range []struct {
		kind string
		load func() ([]storage.TimelineRow, error)
	}{
		{storage.TimelineEvent, func() ([]storage.TimelineRow, error) {
			return timelinePart(s, ctx, "SELECT x.* FROM events x WHERE x.workspace_id = ? AND x.customer_id = ?", "x.occurred_at", workspace, customer, p,
				func(e *models.Event) storage.TimelineRow {
					return storage.TimelineRow{Kind: storage.TimelineEvent, At: e.OccurredAt, ID: e.ID, Event: e}
				})
		}},
		{storage.TimelineOrder, func() ([]storage.TimelineRow, error) {
			return timelinePart(s, ctx, "SELECT x.* FROM orders x WHERE x.workspace_id = ? AND x.customer_id = ?", "x.placed_at", workspace, customer, p,
				func(o *models.Order) storage.TimelineRow {
					return storage.TimelineRow{Kind: storage.TimelineOrder, At: o.PlacedAt, ID: o.ID, Order: o}
				})
		}},
		{storage.TimelineSend, func() ([]storage.TimelineRow, error) {
			return timelinePart(s, ctx, "SELECT x.* FROM sends x WHERE x.workspace_id = ? AND x.customer_id = ?", "x.planned_at", workspace, customer, p,
				func(o *models.Send) storage.TimelineRow {
					return storage.TimelineRow{Kind: storage.TimelineSend, At: o.PlannedAt, ID: o.ID, Send: o}
				})
		}},
		{storage.TimelineDecision, func() ([]storage.TimelineRow, error) {
			return timelinePart(s, ctx, "SELECT x.* FROM decisions x WHERE x.workspace_id = ? AND x.customer_id = ?", "x.at", workspace, customer, p,
				func(o *models.Decision) storage.TimelineRow {
					return storage.TimelineRow{Kind: storage.TimelineDecision, At: o.At, ID: o.ID, Decision: o}
				})
		}},
		{storage.TimelineConsent, func() ([]storage.TimelineRow, error) {
			return timelinePart(s, ctx, "SELECT x.* FROM consents x WHERE x.workspace_id = ? AND x.customer_id = ?", "x.occurred_at", workspace, customer, p,
				func(o *models.Consent) storage.TimelineRow {
					return storage.TimelineRow{Kind: storage.TimelineConsent, At: o.OccurredAt, ID: o.ID, Consent: o}
				})
		}},
		{storage.TimelineRunStarted, func() ([]storage.TimelineRow, error) {
			return timelinePart(s, ctx, "SELECT x.* FROM runs x WHERE x.workspace_id = ? AND x.customer_id = ?", "x.started_at", workspace, customer, p,
				func(o *models.Run) storage.TimelineRow {
					return storage.TimelineRow{Kind: storage.TimelineRunStarted, At: o.StartedAt, ID: o.ID, Run: o}
				})
		}},
		{storage.TimelineRunEnded, func() ([]storage.TimelineRow, error) {
			return timelinePart(s, ctx, "SELECT x.* FROM runs x WHERE x.workspace_id = ? AND x.customer_id = ? AND x.ended_at IS NOT NULL", "x.ended_at", workspace, customer, p,
				func(o *models.Run) storage.TimelineRow {
					return storage.TimelineRow{Kind: storage.TimelineRunEnded, At: o.EndedAt, ID: o.ID, Run: o}
				})
		}},
		{storage.TimelineConversion, func() ([]storage.TimelineRow, error) {
			q := newQuery("SELECT x.* FROM conversions x JOIN runs r ON r.id = x.run_id WHERE x.workspace_id = ? AND r.customer_id = ?", workspace, customer).after("x.at", "x.run_id", p)
			var rows []*models.Conversion
			err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error
			out := make([]storage.TimelineRow, len(rows))
			for i, o := range rows {
				out[i] = storage.TimelineRow{Kind: storage.TimelineConversion, At: o.At, ID: o.RunID, Conversion: o}
			}
			return out, translate(err)
		}},
	} {
		if len(kinds) > 0 && !slices.Contains(kinds, part.kind) {
			continue
		}
		rows, err := part.load()
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	slices.SortStableFunc(all, func(a, b storage.TimelineRow) int {
		if a.At != b.At {
			return int(sign(int64(b.At - a.At)))
		}
		return bytes.Compare(b.ID[:], a.ID[:])
	})
	if len(all) > p.Limit {
		all = all[:p.Limit]
	}
	if err := s.nameIssues(ctx, workspace, all); err != nil {
		return nil, err
	}
	return all, s.nameJourneys(ctx, workspace, all)
}

func timelinePart[T any](s *Store, ctx context.Context, sql, at string, workspace int64, customer ids.ID, p storage.PageAsk, row func(*T) storage.TimelineRow) ([]storage.TimelineRow, error) {
	q := newQuery(sql, workspace, customer).after(at, "x.id", p)
	var rows []*T
	err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error
	out := make([]storage.TimelineRow, len(rows))
	for i, r := range rows {
		out[i] = row(r)
	}
	return out, translate(err)
}

func sign(n int64) int64 {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// nameJourneys fills in the journey of the rows that have one.
func (s *Store) nameJourneys(ctx context.Context, workspace int64, rows []storage.TimelineRow) error {
	names, err := s.journeyNames(ctx, workspace)
	if err != nil {
		return err
	}
	versions := map[ids.ID]int{}
	for i := range rows {
		var journey, version ids.ID
		switch r := &rows[i]; {
		case r.Run != nil:
			journey, version = r.Run.JourneyID, r.Run.VersionID
		case r.Send != nil:
			journey, version = r.Send.JourneyID, r.Send.VersionID
		case r.Decision != nil:
			journey = r.Decision.JourneyID
		case r.Conversion != nil:
			journey, version = r.Conversion.JourneyID, r.Conversion.VersionID
		}
		name, ok := names[journey]
		if !ok {
			continue
		}
		if !version.IsZero() {
			if _, known := versions[version]; !known {
				n, err := s.count(ctx, "SELECT number FROM journey_versions WHERE workspace_id = ? AND id = ?", workspace, version)
				if err != nil {
					return err
				}
				versions[version] = int(n)
			}
			name.Version = versions[version]
		}
		rows[i].Journey = name
	}
	return nil
}

func (s *Store) journeyNames(ctx context.Context, workspace int64) (map[ids.ID]storage.JourneyName, error) {
	var rows []journeyScan
	err := s.read(ctx).Raw("SELECT id, journey_key AS `key`, name FROM journeys WHERE workspace_id = ?", workspace).Scan(&rows).Error
	out := map[ids.ID]storage.JourneyName{}
	for _, r := range rows {
		out[r.ID] = r.name()
	}
	return out, translate(err)
}

// CustomerDecisions implements storage.Queries.
func (s *Store) CustomerDecisions(ctx context.Context, workspace int64, customer ids.ID, f storage.DecisionFilter, limit int) ([]storage.DecisionRow, error) {
	q := newQuery(`SELECT d.*, r.version_id AS d_version_id, j.id AS j_id, j.journey_key AS j_key, j.name AS j_name, v.number AS j_version, s.issue_id FROM decisions d
 LEFT JOIN sends s ON s.id = d.send_id
 LEFT JOIN journeys j ON j.id = d.journey_id LEFT JOIN runs r ON r.id = d.run_id LEFT JOIN journey_versions v ON v.id = r.version_id
 WHERE d.workspace_id = ? AND d.customer_id = ?`, workspace, customer).
		when(!f.Journey.IsZero(), "d.journey_id = ?", f.Journey).
		when(!f.Broadcast.IsZero(), "s.issue_id IN (SELECT i.id FROM broadcast_issues i WHERE i.broadcast_id = ?)", f.Broadcast).
		after("d.at", "d.id", storage.PageAsk{Limit: limit})
	var rows []struct {
		models.Decision `gorm:"embedded"`
		VersionID       ids.ID      `gorm:"column:d_version_id"`
		IssueID         ids.ID      `gorm:"column:issue_id"`
		J               journeyScan `gorm:"embedded;embeddedPrefix:j_"`
	}
	if err := s.read(ctx).Raw(q.sql, q.args...).Scan(&rows).Error; err != nil {
		return nil, translate(err)
	}
	issues := make([]ids.ID, len(rows))
	for i, r := range rows {
		issues[i] = r.IssueID
	}
	names, err := s.issueNames(ctx, workspace, issues)
	out := make([]storage.DecisionRow, len(rows))
	for i, r := range rows {
		out[i] = storage.DecisionRow{Decision: r.Decision, Journey: r.J.name(), Issue: names[r.IssueID], VersionID: r.VersionID}
	}
	return out, err
}
