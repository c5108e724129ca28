package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/scoring"
	"sojourn/storage"
)

var _ storage.Scores = (*Store)(nil)

// ScoringBases implements storage.Scores.
func (s *Store) ScoringBases(ctx context.Context) ([]storage.ScoringBase, error) {
	var list []int64
	if err := s.read(ctx).Raw("SELECT id FROM workspaces ORDER BY id").Scan(&list).Error; err != nil {
		return nil, fmt.Errorf("list workspaces to score: %w", translate(err))
	}
	out := make([]storage.ScoringBase, 0, len(list))
	for _, id := range list {
		b, err := s.ScoringBase(ctx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// ScoringBase implements storage.Scores. The workspace's settings may hold "scoring"; what they don't say is default.
func (s *Store) ScoringBase(ctx context.Context, workspace int64) (storage.ScoringBase, error) {
	ws, err := s.workspaceView(s.read(ctx), workspace)
	if err != nil {
		return storage.ScoringBase{}, fmt.Errorf("workspace %d to score: %w", workspace, translate(err))
	}
	settings := struct {
		Scoring scoring.Settings `json:"scoring"`
	}{scoring.DefaultSettings()}
	if err := ws.Settings.Into(&settings); err != nil {
		return storage.ScoringBase{}, fmt.Errorf("scoring settings of workspace %s: %w", ws.WorkspaceKey, err)
	}
	return storage.ScoringBase{WorkspaceID: workspace, Zone: ws.zone, Settings: settings.Scoring}, nil
}

const purchaserColumns = "c.id, COALESCE(m.order_days, 0), m.first_order_at, m.last_order_at, m.mean_gap_days, m.gap_sd_days, COALESCE(m.orders_value, 0), c.no_profiling = 1 OR c.restricted = 1"

type scanner interface{ Scan(...any) error }

func scanPurchaser(row scanner) (storage.Purchaser, error) {
	var p storage.Purchaser
	var first, last models.Instant
	var mean, sd *float64
	if err := row.Scan(&p.Customer, &p.Purchases.Days, &first, &last, &mean, &sd, &p.Value, &p.Objects); err != nil {
		return p, err
	}
	p.Purchases.First, p.Purchases.Last = first.Time(), last.Time()
	p.Purchases.GapSq = gapSquares(p.Purchases.Days, mean, sd)
	return p, nil
}

// gapSquares turns mean and sample deviation of the gaps back into the sum of their squares, days²: the inverse of
// orderMetrics.
func gapSquares(days int, mean, sd *float64) float64 {
	if mean == nil {
		return 0
	}
	gaps := float64(days - 1)
	sum := gaps * *mean * *mean
	if sd != nil {
		sum += (gaps - 1) * *sd * *sd
	}
	return sum
}

// EachPurchaser implements storage.Scores.
func (s *Store) EachPurchaser(ctx context.Context, workspace int64, fn func(storage.Purchaser) error) error {
	rows, err := s.SQL().QueryContext(ctx, "SELECT "+purchaserColumns+` FROM customer_metrics m JOIN customers c ON c.id = m.customer_id
WHERE m.workspace_id = ? AND c.workspace_id = ? AND m.order_days > 0 AND c.erased_at IS NULL AND c.merged_into IS NULL AND c.no_profiling = 0 AND c.restricted = 0`, workspace, workspace)
	if err != nil {
		return fmt.Errorf("read purchases: %w", translate(err))
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		p, err := scanPurchaser(rows)
		if err != nil {
			return fmt.Errorf("read purchases: %w", translate(err))
		}
		if err := fn(p); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read purchases: %w", translate(err))
	}
	return nil
}

// PurchaserByID implements storage.Scores.
func (s *Store) PurchaserByID(ctx context.Context, workspace int64, customer ids.ID) (storage.Purchaser, error) {
	st, err := s.statement(ctx, "SELECT "+purchaserColumns+` FROM customers c LEFT JOIN customer_metrics m ON m.customer_id = c.id
WHERE c.workspace_id = ? AND c.id = ? AND c.erased_at IS NULL AND c.merged_into IS NULL`)
	if err != nil {
		return storage.Purchaser{}, err
	}
	p, err := scanPurchaser(st.QueryRowContext(ctx, workspace, customer))
	if err != nil {
		return p, fmt.Errorf("read the purchases of customer %s: %w", customer, translate(noRows(err)))
	}
	return p, nil
}

// noRows gives database/sql's "no rows" the face that translate knows.
func noRows(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return gorm.ErrRecordNotFound
	}
	return err
}

// OrderDays implements storage.Scores.
func (s *Store) OrderDays(ctx context.Context, workspace int64, customers []ids.ID) ([][]time.Time, error) {
	at := make(map[ids.ID]int, len(customers))
	for i, id := range customers {
		at[id] = i
	}
	out := make([][]time.Time, len(customers))
	for page := range slices.Chunk(customers, 500) {
		var orders []models.Order
		if err := s.read(ctx).Raw("SELECT customer_id, placed_at FROM orders WHERE workspace_id = ? AND status = ? AND customer_id IN ? ORDER BY customer_id, placed_at", workspace, orderCompleted, page).
			Scan(&orders).Error; err != nil {
			return nil, fmt.Errorf("read orders: %w", translate(err))
		}
		for _, o := range orders {
			i := at[o.CustomerID]
			out[i] = append(out[i], o.PlacedAt.Time())
		}
	}
	return out, nil
}

// SaveScoreModel implements storage.Scores.
func (s *Store) SaveScoreModel(ctx context.Context, m models.ScoreModel) error {
	if err := s.read(ctx).Create(&m).Error; err != nil {
		return fmt.Errorf("keep a score model: %w", translate(err))
	}
	return nil
}

// LatestScoreModel implements storage.Scores.
func (s *Store) LatestScoreModel(ctx context.Context, workspace int64, kind string) (models.ScoreModel, error) {
	var m models.ScoreModel
	err := s.read(ctx).Raw("SELECT * FROM score_models WHERE workspace_id = ? AND kind = ? ORDER BY fitted_at DESC, id DESC LIMIT 1", workspace, kind).Take(&m).Error
	if err != nil {
		return m, fmt.Errorf("latest %s model: %w", kind, translate(err))
	}
	return m, nil
}

// scoreColumns are written by WriteScores and cleared by ClearScores.
var scoreColumns = []string{"rfm_r", "rfm_f", "rfm_m", "p_alive", "expected_orders", "p_order", "churn_score", "own_gap_days", "next_order_at", "winback_due_at", "scored_at", "score_model"}

// scorePage is how many customers one transaction scores.
const scorePage = 512

// WriteScores implements storage.Scores.
func (s *Store) WriteScores(ctx context.Context, workspace int64, model ids.ID, list []storage.Scored, at time.Time) (int, error) {
	// The rows exist and are locked when this runs, so the insert always turns into the update of these columns.
	columns, tail := "customer_id, workspace_id, updated_at", " ON DUPLICATE KEY UPDATE updated_at = VALUES(updated_at)"
	if s.dialect == SQLite {
		tail = " ON CONFLICT (customer_id) DO UPDATE SET updated_at = excluded.updated_at"
	}
	for _, c := range scoreColumns {
		columns += ", " + c
		if s.dialect == SQLite {
			tail += ", " + c + " = excluded." + c
		} else {
			tail += ", " + c + " = VALUES(" + c + ")"
		}
	}
	into, err := s.bulk(ctx, "customer_metrics", columns, tail)
	if err != nil {
		return 0, err
	}
	total := 0
	for page := range slices.Chunk(list, scorePage) {
		written := 0
		err := s.Tx(ctx, func(tx *gorm.DB) error {
			fresh, err := s.unchanged(tx, workspace, page)
			if err != nil {
				return err
			}
			raw, err := rawTx(tx)
			if err != nil {
				return err
			}
			var args []any
			for _, p := range page {
				if fresh[p.Customer] {
					args = append(args, p.Customer, workspace, models.At(at))
					args = append(args, scoreValues(p, model, at)...)
				}
			}
			written, err = into.insert(ctx, raw, args)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("write scores: %w", err)
		}
		total += written
	}
	return total, nil
}

// unchanged locks the metrics rows and returns whose purchases are still those that were scored.
func (s *Store) unchanged(tx *gorm.DB, workspace int64, page []storage.Scored) (map[ids.ID]bool, error) {
	who := make([]ids.ID, len(page))
	for i := range page {
		who[i] = page[i].Customer
	}
	var rows []models.CustomerMetrics
	if err := tx.Raw("SELECT customer_id, order_days, last_order_at FROM customer_metrics WHERE workspace_id = ? AND customer_id IN ? ORDER BY customer_id"+s.dialect.forUpdate(), workspace, who).
		Scan(&rows).Error; err != nil {
		return nil, err
	}
	now := make(map[ids.ID]models.CustomerMetrics, len(rows))
	for _, r := range rows {
		now[r.CustomerID] = r
	}
	var willing []ids.ID
	if err := tx.Raw("SELECT id FROM customers WHERE workspace_id = ? AND id IN ? AND erased_at IS NULL AND merged_into IS NULL AND no_profiling = 0 AND restricted = 0", workspace, who).
		Scan(&willing).Error; err != nil {
		return nil, err
	}
	may := make(map[ids.ID]bool, len(willing))
	for _, id := range willing {
		may[id] = true
	}
	fresh := make(map[ids.ID]bool, len(rows))
	for _, p := range page {
		r, ok := now[p.Customer]
		fresh[p.Customer] = ok && may[p.Customer] && r.OrderDays == p.Purchases.Days && r.LastOrderAt == models.At(p.Purchases.Last)
	}
	return fresh, nil
}

// scoreValues are the values of scoreColumns; what is not known is NULL, never 0.
func scoreValues(p storage.Scored, model ids.ID, at time.Time) []any {
	v := make([]any, len(scoreColumns))
	if p.RFM != nil {
		v[0], v[1], v[2] = p.RFM.R, p.RFM.F, p.RFM.M
	}
	if c := p.Score; c.Known {
		v[3], v[4], v[5], v[6] = c.PAlive, c.Expected, c.PAtLeastOne, c.ChurnScore
	}
	if c := p.Score; c.GapKnown {
		v[7], v[8], v[9] = c.OwnGap, models.At(c.NextExpected), models.At(c.WinbackDueAt)
	}
	v[10], v[11] = models.At(at), model
	return v
}

// ClearScores implements storage.Scores.
func (s *Store) ClearScores(ctx context.Context, workspace int64) (int64, error) {
	set := ""
	for i, c := range scoreColumns {
		if i > 0 {
			set += ", "
		}
		set += c + " = NULL"
	}
	done := s.read(ctx).Exec("UPDATE customer_metrics SET "+set+` WHERE workspace_id = ? AND scored_at IS NOT NULL
AND customer_id IN (SELECT id FROM customers WHERE workspace_id = ? AND (no_profiling = 1 OR restricted = 1))`, workspace, workspace)
	if done.Error != nil {
		return 0, fmt.Errorf("clear scores: %w", translate(done.Error))
	}
	return done.RowsAffected, nil
}
