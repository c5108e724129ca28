package sqlstore

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/scoring"
	"sojourn/storage"
)

var _ storage.Metrics = (*Store)(nil)

// What the columns mean, for the router and for the rebuild alike. Days are calendar days in the workspace's zone.
//
//	orders_count, order_days   completed orders; days with at least one
//	orders_value               minor units, of orders in the workspace's currency only: sums over currencies mean nothing
//	mean_gap_days, gap_sd_days over the gaps between order days: mean from two days on, sample deviation from three on
//	events_count               routed events of any type from outside; our own (storage.SourceInternal) say nothing about the person
//	visits_count               days with a page or screen view
//	first/last_seen_at         over the moments of all events
//	opens_count, clicks_count  routed events Message Opened and Message Clicked of our own: messages opened, distinct links clicked
const orderCompleted = "completed"

// countEvent adds one routed event to its customer's metrics. The caller holds the customer's lock.
func (s *Store) countEvent(tx *gorm.DB, ws *workspaceView, e *models.Event, order *models.Order, now time.Time) error {
	visits := 0
	if isVisit(e) {
		from, to := dayAround(e.OccurredAt.Time(), ws.zone)
		var same int64
		err := tx.Raw(`SELECT COUNT(*) FROM (SELECT 1 FROM events WHERE customer_id = ? AND name IN ('page', 'screen') AND type IN ('page', 'screen')
AND occurred_at >= ? AND occurred_at < ? AND routed_at IS NOT NULL AND id <> ? LIMIT 1) x`, e.CustomerID, models.At(from), models.At(to), e.ID).Scan(&same).Error
		if err != nil {
			return err
		}
		if same == 0 {
			visits = 1
		}
	}
	done := tx.Exec(`UPDATE customer_metrics SET events_count = events_count + 1, visits_count = visits_count + ?,
first_seen_at = CASE WHEN first_seen_at IS NULL OR first_seen_at > ? THEN ? ELSE first_seen_at END,
last_seen_at = CASE WHEN last_seen_at IS NULL OR last_seen_at < ? THEN ? ELSE last_seen_at END, updated_at = ? WHERE customer_id = ?`,
		visits, e.OccurredAt, e.OccurredAt, e.OccurredAt, e.OccurredAt, models.At(now), e.CustomerID)
	if done.Error != nil {
		return done.Error
	}
	if done.RowsAffected == 0 {
		row := models.CustomerMetrics{CustomerID: e.CustomerID, WorkspaceID: e.WorkspaceID, VisitsCount: visits, EventsCount: 1,
			FirstSeenAt: e.OccurredAt, LastSeenAt: e.OccurredAt, UpdatedAt: models.At(now)}
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
	}
	if order == nil {
		return nil
	}
	var orders []models.Order
	if err := tx.Raw("SELECT placed_at, value_minor, currency FROM orders WHERE customer_id = ? AND status = ?", e.CustomerID, orderCompleted).Scan(&orders).Error; err != nil {
		return err
	}
	if err := writeOrderMetrics(tx, e.CustomerID, orderMetrics(orders, ws), now); err != nil {
		return err
	}
	// A score that was made before this order no longer says when to win the customer back; the next one will.
	return tx.Exec("UPDATE customer_metrics SET winback_due_at = NULL, next_order_at = NULL WHERE customer_id = ? AND scored_at < ?", e.CustomerID, order.PlacedAt).Error
}

// countEngagement adds an open or a click to the metrics; other events of our own count for nothing.
func countEngagement(tx *gorm.DB, e *models.Event, now time.Time) error {
	opens, clicks := 0, 0
	switch e.Name {
	case storage.EventMessageOpened:
		opens = 1
	case storage.EventMessageClicked:
		clicks = 1
	default:
		return nil
	}
	done := tx.Exec("UPDATE customer_metrics SET opens_count = opens_count + ?, clicks_count = clicks_count + ?, updated_at = ? WHERE customer_id = ?", opens, clicks, models.At(now), e.CustomerID)
	if done.Error != nil || done.RowsAffected > 0 {
		return done.Error
	}
	return tx.Create(&models.CustomerMetrics{CustomerID: e.CustomerID, WorkspaceID: e.WorkspaceID, OpensCount: opens, ClicksCount: clicks, UpdatedAt: models.At(now)}).Error
}

func isVisit(e *models.Event) bool { return e.Type == "page" || e.Type == "screen" }

func dayAround(t time.Time, zone *time.Location) (from, to time.Time) {
	y, m, d := t.In(zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, zone), time.Date(y, m, d+1, 0, 0, 0, 0, zone)
}

// orderMetrics computes the order columns; the order of the orders does not matter.
func orderMetrics(orders []models.Order, ws *workspaceView) models.CustomerMetrics {
	var out models.CustomerMetrics
	at := make([]time.Time, len(orders))
	for i, o := range orders {
		at[i] = o.PlacedAt.Time()
		if o.Currency == ws.Currency {
			out.OrdersValue += o.ValueMinor
		}
	}
	p := scoring.PurchasesOf(at, ws.zone)
	out.OrdersCount, out.OrderDays, out.FirstOrderAt, out.LastOrderAt = len(orders), p.Days, models.At(p.First), models.At(p.Last)
	gaps := float64(p.Days - 1)
	if gaps >= 1 {
		mean := math.Round(p.History(p.Last, ws.zone).Tx*7) / gaps // whole days between the first and the last one
		out.MeanGapDays = &mean
		if gaps >= 2 {
			sd := math.Sqrt(max(0, (p.GapSq-gaps*mean*mean)/(gaps-1)))
			out.GapSdDays = &sd
		}
	}
	return out
}

func writeOrderMetrics(tx *gorm.DB, customer ids.ID, m models.CustomerMetrics, now time.Time) error {
	return tx.Exec(`UPDATE customer_metrics SET orders_count = ?, orders_value = ?, order_days = ?, first_order_at = ?, last_order_at = ?, mean_gap_days = ?, gap_sd_days = ?, updated_at = ?
WHERE customer_id = ?`, m.OrdersCount, m.OrdersValue, m.OrderDays, m.FirstOrderAt, m.LastOrderAt, m.MeanGapDays, m.GapSdDays, models.At(now), customer).Error
}

// rebuildPage is how many customers one transaction of a rebuild takes.
const rebuildPage = 500

// RebuildMetrics implements storage.Metrics.
func (s *Store) RebuildMetrics(ctx context.Context, workspace int64, customers []ids.ID, after ids.ID, now time.Time) (ids.ID, error) {
	if len(customers) > 0 {
		for chunk := range slices.Chunk(customers, rebuildPage) {
			if err := s.Tx(ctx, func(tx *gorm.DB) error { return s.rebuildMetrics(tx, workspace, chunk, now) }); err != nil {
				return ids.ID{}, fmt.Errorf("rebuild metrics: %w", err)
			}
		}
		return ids.ID{}, nil
	}
	var page []ids.ID
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		page = nil
		if err := tx.Raw("SELECT id FROM customers WHERE workspace_id = ? AND id > ? ORDER BY id LIMIT ?", workspace, after[:], rebuildPage).Scan(&page).Error; err != nil {
			return err
		}
		return s.rebuildMetrics(tx, workspace, page, now)
	})
	if err != nil {
		return ids.ID{}, fmt.Errorf("rebuild metrics: %w", err)
	}
	if len(page) < rebuildPage {
		return ids.ID{}, nil
	}
	return page[len(page)-1], nil
}

// rebuildMetrics computes the columns of these customers from their orders and events. Scores are left as they are.
func (s *Store) rebuildMetrics(tx *gorm.DB, workspace int64, customers []ids.ID, now time.Time) error {
	if len(customers) == 0 {
		return nil
	}
	ws, err := s.workspaceView(tx, workspace)
	if err != nil {
		return err
	}
	// The lock keeps the router from counting between our reading and our writing.
	var live []ids.ID
	if err := tx.Raw("SELECT id FROM customers WHERE workspace_id = ? AND id IN ? AND merged_into IS NULL ORDER BY id"+s.dialect.forUpdate(), workspace, customers).Scan(&live).Error; err != nil {
		return err
	}
	if len(live) == 0 {
		return nil
	}
	rebuilt := make(map[ids.ID]*models.CustomerMetrics, len(live))
	for _, id := range live {
		rebuilt[id] = &models.CustomerMetrics{CustomerID: id, WorkspaceID: workspace}
	}
	if err := rebuildOrders(tx, ws, live, rebuilt); err != nil {
		return err
	}
	if err := rebuildEvents(tx, ws, live, rebuilt); err != nil {
		return err
	}
	rows := make([]models.CustomerMetrics, len(live))
	for i, id := range live {
		rows[i] = *rebuilt[id]
		rows[i].UpdatedAt = models.At(now)
	}
	return tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "customer_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"orders_count", "orders_value", "order_days", "first_order_at", "last_order_at", "mean_gap_days", "gap_sd_days",
			"visits_count", "events_count", "first_seen_at", "last_seen_at", "opens_count", "clicks_count", "updated_at"}),
	}).CreateInBatches(rows, 200).Error
}

func rebuildOrders(tx *gorm.DB, ws *workspaceView, customers []ids.ID, into map[ids.ID]*models.CustomerMetrics) error {
	var orders []models.Order
	if err := tx.Raw("SELECT customer_id, placed_at, value_minor, currency FROM orders WHERE customer_id IN ? AND status = ? ORDER BY customer_id", customers, orderCompleted).Scan(&orders).Error; err != nil {
		return err
	}
	for len(orders) > 0 {
		n := 1
		for n < len(orders) && orders[n].CustomerID == orders[0].CustomerID {
			n++
		}
		m := orderMetrics(orders[:n], ws)
		m.CustomerID, m.WorkspaceID = orders[0].CustomerID, ws.ID
		*into[orders[0].CustomerID] = m
		orders = orders[n:]
	}
	return nil
}

func rebuildEvents(tx *gorm.DB, ws *workspaceView, customers []ids.ID, into map[ids.ID]*models.CustomerMetrics) error {
	var totals []struct {
		CustomerID       ids.ID
		N                int
		Earliest, Latest models.Instant
	}
	if err := tx.Raw("SELECT customer_id, COUNT(*) AS n, MIN(occurred_at) AS earliest, MAX(occurred_at) AS latest FROM events WHERE customer_id IN ? AND routed_at IS NOT NULL AND source_id <> ? GROUP BY customer_id",
		customers, storage.SourceInternal).Scan(&totals).Error; err != nil {
		return err
	}
	for _, t := range totals {
		m := into[t.CustomerID]
		m.EventsCount, m.FirstSeenAt, m.LastSeenAt = t.N, t.Earliest, t.Latest
	}
	var engaged []struct {
		CustomerID ids.ID
		Name       string
		N          int
	}
	if err := tx.Raw("SELECT customer_id, name, COUNT(*) AS n FROM events WHERE customer_id IN ? AND name IN (?, ?) AND routed_at IS NOT NULL AND source_id = ? GROUP BY customer_id, name",
		customers, storage.EventMessageOpened, storage.EventMessageClicked, storage.SourceInternal).Scan(&engaged).Error; err != nil {
		return err
	}
	for _, t := range engaged {
		if t.Name == storage.EventMessageOpened {
			into[t.CustomerID].OpensCount = t.N
		} else {
			into[t.CustomerID].ClicksCount = t.N
		}
	}
	var views []models.Event
	if err := tx.Raw(`SELECT customer_id, occurred_at FROM events WHERE customer_id IN ? AND name IN ('page', 'screen') AND type IN ('page', 'screen') AND routed_at IS NOT NULL
ORDER BY customer_id, occurred_at`, customers).Scan(&views).Error; err != nil {
		return err
	}
	var last models.Event
	for _, v := range views {
		from, _ := dayAround(v.OccurredAt.Time(), ws.zone)
		if v.CustomerID != last.CustomerID || last.OccurredAt.Time().Before(from) {
			into[v.CustomerID].VisitsCount++
		}
		last = v
	}
	return nil
}

// workspaceView reads a workspace with its zone; the journeys are filled in by the router.
func (s *Store) workspaceView(tx *gorm.DB, id int64) (*workspaceView, error) {
	v := &workspaceView{}
	if err := tx.Raw("SELECT * FROM workspaces WHERE id = ?", id).Take(&v.Workspace).Error; err != nil {
		return nil, err
	}
	zone, err := location(v.Timezone)
	if err != nil {
		return nil, fmt.Errorf("zone of workspace %s: %w", v.WorkspaceKey, err)
	}
	v.zone = zone
	return v, nil
}
