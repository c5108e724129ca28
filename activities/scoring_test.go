package activities_test

import (
	"bufio"
	"context"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/activities"
	"sojourn/contract"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/storage"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
	"sojourn/storage/storagetest"
)

// The calibration period of the literature ends on 30 September 1997.
var cdnowNow = time.Date(1997, 9, 30, 18, 0, 0, 0, time.UTC)

// shop is a workspace with the CD shop's customers and their purchases up to its now.
type shop struct {
	*testing.T
	s      *sqlstore.Store
	ws     int64
	people map[string]ids.ID // by the number in the literature
	now    time.Time
}

func newShop(t *testing.T, s *sqlstore.Store) *shop {
	t.Helper()
	return newShopAt(t, s, cdnowNow)
}

func newShopAt(t *testing.T, s *sqlstore.Store, now time.Time) *shop {
	t.Helper()
	w := &shop{T: t, s: s, ws: storagetest.AddWorkspace(t, s, "cdnow").ID, people: map[string]ids.ID{}, now: now}
	f, err := os.Open("../devmode/demodata/cdnow_sample.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var customers []models.Customer
	var orders []models.Order
	for sc := bufio.NewScanner(f); sc.Scan(); {
		p := strings.Fields(sc.Text())
		day, err := time.Parse("20060102", p[2])
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := w.people[p[1]]; !ok {
			w.people[p[1]] = s.NewID()
			customers = append(customers, models.Customer{ID: w.people[p[1]], WorkspaceID: w.ws, Grp: w.people[p[1]], CreatedAt: models.At(day), UpdatedAt: models.At(day)})
		}
		value, err := strconv.ParseFloat(p[4], 64)
		if err != nil {
			t.Fatal(err)
		}
		if at := day.Add(12 * time.Hour); at.Before(now) {
			orders = append(orders, models.Order{ID: s.NewID(), WorkspaceID: w.ws, OrderKey: strconv.Itoa(len(orders)), CustomerID: w.people[p[1]], PlacedAt: models.At(at),
				ValueMinor: int64(math.Round(value * 100)), Currency: "EUR", Status: "completed", Source: "test", CreatedAt: models.At(at)})
		}
	}
	err = s.Tx(context.Background(), func(tx *gorm.DB) error {
		if err := tx.CreateInBatches(customers, 500).Error; err != nil {
			return err
		}
		return tx.CreateInBatches(orders, 500).Error
	})
	if err != nil {
		t.Fatal(err)
	}
	w.rebuild()
	return w
}

func (w *shop) rebuild(who ...ids.ID) {
	w.Helper()
	var after ids.ID
	for {
		next, err := w.s.RebuildMetrics(context.Background(), w.ws, who, after, w.now)
		if err != nil {
			w.Fatal(err)
		}
		if after = next; after.IsZero() {
			return
		}
	}
}

func (w *shop) scoring() *activities.Scoring {
	return &activities.Scoring{Store: w.s, Now: func() time.Time { return w.now }}
}

func (w *shop) metrics(id ids.ID) (m models.CustomerMetrics) {
	w.Helper()
	err := w.s.Tx(context.Background(), func(tx *gorm.DB) error {
		return tx.Raw("SELECT * FROM customer_metrics WHERE customer_id = ?", id).Take(&m).Error
	})
	if err != nil {
		w.Fatal(err)
	}
	return m
}

func (w *shop) exec(q string, args ...any) {
	w.Helper()
	if _, err := w.s.SQL().Exec(q, args...); err != nil {
		w.Fatal(err)
	}
}

func near(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if math.Abs(got-want) > relative*math.Abs(want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// From rows in a database to the published values and back into rows.
func TestScoreBaseOnCDNOW(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := context.Background()
		w := newShop(t, s)
		objector, restricted := w.people["0001"], w.people["0002"]
		none := contract.ScoreInput{WorkspaceID: w.ws, CustomerID: objector.String()}
		if r, err := w.scoring().ScoreCustomer(ctx, none); err != nil || r.Scored || r.Reason != "no_model" {
			t.Errorf("before the first night: %+v, %v", r, err)
		}
		fired := w.now.Add(-time.Minute)
		in := contract.ScoreBaseInput{WorkspaceID: w.ws, FiredAt: fired.UnixMicro()}
		got, err := w.scoring().ScoreBase(ctx, in)
		if err != nil || got.Customers != 2357 || got.Scored != 2357 || got.Kind != "bgnbd" || got.Cleared != 0 {
			t.Fatalf("score base: %+v, %v", got, err)
		}
		row, err := s.LatestScoreModel(ctx, w.ws, storage.ScoreModelPurchases)
		if err != nil || row.ID.String() != got.ModelID {
			t.Fatalf("stored model %s, %v", row.ID, err)
		}
		var params struct {
			Model struct{ R, Alpha, A, B float64 } `json:"model"`
			RFM   struct{ Recency []float64 }      `json:"rfm"`
		}
		var quality struct {
			LogLikelihood float64 `json:"logLikelihood"`
			Kind          string  `json:"kind"`
			Holdout       struct {
				Customers         int
				Actual, Predicted float64
			} `json:"holdout"`
			Calibration []json.RawMessage `json:"calibration"`
		}
		if err := row.Params.Into(&params); err != nil {
			t.Fatal(err)
		}
		if err := row.Quality.Into(&quality); err != nil {
			t.Fatal(err)
		}
		near(t, "r", params.Model.R, .24259, 1e-3)
		near(t, "alpha", params.Model.Alpha, 4.41360, 1e-3)
		near(t, "a", params.Model.A, .79292, 1e-3)
		near(t, "b", params.Model.B, 2.42591, 1e-3)
		near(t, "log-likelihood", quality.LogLikelihood, -9582.4292, 1e-6)
		if len(params.RFM.Recency) != 4 || quality.Kind != "bgnbd" || len(quality.Calibration) != 8 {
			t.Errorf("params %+v, quality %+v", params, quality)
		}
		if h := quality.Holdout; h.Customers < 2000 || h.Actual == 0 || math.Abs(h.Predicted/h.Actual-1) > .3 {
			t.Errorf("hold-out: %+v", h)
		}
		m := w.metrics(w.people["1516"]) // 26 repeat purchases, the last one day before the end
		near(t, "P(alive) of customer 1516", *m.PAlive, .96885, 1e-3)
		near(t, "churn score", *m.ChurnScore, 1-*m.POrder, 1e-9)
		if *m.RFMR != 5 || *m.RFMF != 5 || *m.RFMM != 5 || m.ScoreModel != row.ID || !m.WinbackDueAt.Time().After(w.now) || *m.OwnGapDays > 20 {
			t.Errorf("customer 1516: %+v", m)
		}

		// The same firing again keeps the model; another one fits anew.
		again, err := w.scoring().ScoreBase(ctx, in)
		if err != nil || again.ModelID != got.ModelID || again.Scored != 2357 {
			t.Errorf("the same firing again: %+v, %v", again, err)
		}
		w.exec("UPDATE customers SET no_profiling = 1 WHERE id = ?", objector)
		w.exec("UPDATE customers SET restricted = 1 WHERE id = ?", restricted)
		w.now = w.now.Add(24 * time.Hour)
		in.FiredAt = w.now.UnixMicro()
		next, err := w.scoring().ScoreBase(ctx, in)
		if err != nil || next.ModelID == got.ModelID || next.Customers != 2355 || next.Scored != 2355 || next.Cleared != 2 {
			t.Errorf("the next night, without two who object: %+v, %v", next, err)
		}
		for _, id := range []ids.ID{objector, restricted} {
			if m := w.metrics(id); m.POrder != nil || m.RFMR != nil || !m.WinbackDueAt.IsZero() {
				t.Errorf("somebody who objects has scores: %+v", m)
			}
		}
		if r, err := w.scoring().ScoreCustomer(ctx, none); err != nil || r.Scored || r.Reason != "no_profiling" {
			t.Errorf("scoring who objects: %+v, %v", r, err)
		}
	})
}

// Somebody who is due for a win-back buys: scored afresh, he is due no more.
func TestScoreCustomerSeesTheLatestOrder(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := context.Background()
		w := newShop(t, s)
		if _, err := w.scoring().ScoreBase(ctx, contract.ScoreBaseInput{WorkspaceID: w.ws, FiredAt: w.now.UnixMicro()}); err != nil {
			t.Fatal(err)
		}
		var id ids.ID
		if err := s.SQL().QueryRow("SELECT customer_id FROM customer_metrics WHERE workspace_id = ? AND winback_due_at <= ? AND order_days >= 3 ORDER BY p_order DESC LIMIT 1", w.ws, w.now.UnixMicro()).Scan(&id); err != nil {
			t.Fatal(err)
		}
		before := w.metrics(id)
		w.now = w.now.Add(14 * time.Hour)
		bought := w.now.Add(-time.Hour)
		w.exec("INSERT INTO orders (id, workspace_id, order_key, customer_id, placed_at, value_minor, currency, status, source, created_at) VALUES (?, ?, 'late', ?, ?, 1999, 'EUR', 'completed', 'test', 0)",
			s.NewID(), w.ws, id, bought.UnixMicro())
		w.rebuild(id)
		r, err := w.scoring().ScoreCustomer(ctx, contract.ScoreInput{WorkspaceID: w.ws, CustomerID: id.String()})
		if err != nil || !r.Scored || r.Reason != "" || r.ModelID != before.ScoreModel.String() {
			t.Fatalf("score customer: %+v, %v", r, err)
		}
		after := w.metrics(id)
		if !after.WinbackDueAt.Time().After(w.now) || *after.POrder <= *before.POrder || *after.RFMR != 5 || after.ScoredAt != models.At(w.now) {
			t.Errorf("before %+v\nafter %+v", before, after)
		}

		never := s.NewID()
		w.exec("INSERT INTO customers (id, workspace_id, attributes, grp, created_at, updated_at) VALUES (?, ?, '{}', ?, 0, 0)", never, w.ws, never)
		if r, err := w.scoring().ScoreCustomer(ctx, contract.ScoreInput{WorkspaceID: w.ws, CustomerID: never.String()}); err != nil || r.Scored || r.Reason != "never_bought" {
			t.Errorf("who never bought: %+v, %v", r, err)
		}
		other := storagetest.AddWorkspace(t, s, "other")
		if r, err := w.scoring().ScoreCustomer(ctx, contract.ScoreInput{WorkspaceID: other.ID, CustomerID: id.String()}); err != nil || r.Scored {
			t.Errorf("another workspace, which has no model: %+v, %v", r, err)
		}
	})
}

// With too little data the night says so, and nobody gets a made-up number.
func TestScoreBaseOfASmallShop(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := newShop(t, dbtest.SQLite(t))
	w.exec("DELETE FROM customer_metrics WHERE customer_id NOT IN (SELECT customer_id FROM customer_metrics ORDER BY orders_count DESC LIMIT 4)")
	got, err := w.scoring().ScoreBase(ctx, contract.ScoreBaseInput{WorkspaceID: w.ws, FiredAt: w.now.UnixMicro()})
	if err != nil || got.Kind != "none" || got.Customers != 4 {
		t.Fatalf("%+v, %v", got, err)
	}
	row, err := w.s.LatestScoreModel(ctx, w.ws, storage.ScoreModelPurchases)
	if err != nil {
		t.Fatal(err)
	}
	var q struct {
		Reason        string `json:"reason"`
		RFMReason     string `json:"rfmReason"`
		HoldoutReason string `json:"holdoutReason"`
	}
	if err := row.Quality.Into(&q); err != nil || q.Reason == "" || q.RFMReason == "" || q.HoldoutReason == "" {
		t.Errorf("the model does not say why: %+v, %v", q, err)
	}
	var n int
	if err := w.s.SQL().QueryRow("SELECT COUNT(*) FROM customer_metrics WHERE p_order IS NOT NULL OR rfm_r IS NOT NULL OR churn_score IS NOT NULL").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d customers have numbers from nowhere, %v", n, err)
	}
}
