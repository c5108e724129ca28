package storagetest

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/scoring"
	"sojourn/storage"
	"sojourn/storage/sqlstore"
)

// Scores proves the promises of storage.Scores.
func Scores(t *testing.T, s *sqlstore.Store) {
	ctx := context.Background()
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	ws, other := AddWorkspace(t, s, "scores"), AddWorkspace(t, s, "no scores")
	zone, err := time.LoadLocation(ws.Timezone)
	if err != nil {
		t.Fatal(err)
	}
	exec(t, s, "UPDATE workspaces SET settings = ? WHERE id = ?", models.JSON(`{"scoring":{"horizonWeeks":4}}`), ws.ID)

	// ann has gaps of 10, 30 and 5 days and two orders on one day, bob bought once, cas never, dee objects, eve is restricted.
	var who [5]ids.ID
	placed := [5][]int{{100, 90, 90, 60, 55}, {40}, {}, {20, 10}, {9, 3}}
	for i, days := range placed {
		who[i] = s.NewID()
		insertRow(t, s, &models.Customer{ID: who[i], WorkspaceID: ws.ID, Grp: who[i], NoProfiling: i == 3, Restricted: i == 4, CreatedAt: models.At(now), UpdatedAt: models.At(now)})
		for n, d := range days {
			at := now.AddDate(0, 0, -d).Add(time.Duration(n) * time.Minute)
			insertRow(t, s, &models.Order{ID: s.NewID(), WorkspaceID: ws.ID, OrderKey: fmt.Sprint(i, "-", n), CustomerID: who[i], PlacedAt: models.At(at), ValueMinor: 1000, Currency: "EUR", Status: "completed", Source: "test", CreatedAt: models.At(at)})
		}
	}
	if _, err := s.RebuildMetrics(ctx, ws.ID, nil, ids.ID{}, now); err != nil {
		t.Fatal(err)
	}

	bases, err := s.ScoringBases(ctx)
	if err != nil || len(bases) < 2 {
		t.Fatalf("bases: %v, %v", bases, err)
	}
	base, err := s.ScoringBase(ctx, ws.ID)
	if err != nil || base.Settings.HorizonWeeks != 4 || base.Settings.WinbackRatio != scoring.DefaultSettings().WinbackRatio || base.Zone.String() != "Europe/Amsterdam" {
		t.Errorf("base: %+v, %v", base, err)
	}

	found := map[ids.ID]storage.Purchaser{}
	collect := func(p storage.Purchaser) error { found[p.Customer] = p; return nil }
	if err := s.EachPurchaser(ctx, ws.ID, collect); err != nil {
		t.Fatal(err)
	}
	if len(found) != 2 {
		t.Errorf("%d purchasers who may be profiled, want ann and bob", len(found))
	}
	var moments []time.Time
	for n, d := range placed[0] {
		moments = append(moments, now.AddDate(0, 0, -d).Add(time.Duration(n)*time.Minute))
	}
	want, ann := scoring.PurchasesOf(moments, zone), found[who[0]]
	if ann.Purchases.Days != want.Days || !ann.Purchases.First.Equal(want.First) || !ann.Purchases.Last.Equal(want.Last) || math.Abs(ann.Purchases.GapSq-want.GapSq) > 1e-6 || ann.Value != 5000 {
		t.Errorf("ann: %+v, want %+v", ann, want)
	}
	for i, wantObjects := range []bool{false, false, false, true, true} {
		p, err := s.PurchaserByID(ctx, ws.ID, who[i])
		if err != nil || p.Objects != wantObjects || (p.Purchases.Days > 0) != (len(placed[i]) > 0) {
			t.Errorf("customer %d: %+v, %v", i, p, err)
		}
	}
	if _, err := s.PurchaserByID(ctx, other.ID, who[0]); !fault.Is(err, fault.NotFound) {
		t.Errorf("another workspace's customer: %v", err)
	}
	days, err := s.OrderDays(ctx, ws.ID, []ids.ID{who[2], who[1], who[0]})
	if err != nil || len(days) != 3 || len(days[0]) != 0 || len(days[1]) != 1 || len(days[2]) != 5 || days[2][0].After(days[2][4]) {
		t.Errorf("order days: %v, %v", days, err)
	}

	if _, err := s.LatestScoreModel(ctx, ws.ID, storage.ScoreModelPurchases); !fault.Is(err, fault.NotFound) {
		t.Errorf("a model before there is one: %v", err)
	}
	var model ids.ID
	for i := range 2 {
		model = s.NewID()
		if err := s.SaveScoreModel(ctx, models.ScoreModel{ID: model, WorkspaceID: ws.ID, Kind: storage.ScoreModelPurchases, FittedAt: models.At(now.Add(time.Duration(i) * time.Hour))}); err != nil {
			t.Fatal(err)
		}
	}
	if m, err := s.LatestScoreModel(ctx, ws.ID, storage.ScoreModelPurchases); err != nil || m.ID != model {
		t.Errorf("latest model %s, %v; want %s", m.ID, err, model)
	}

	score := scoring.CustomerScore{Known: true, PAlive: .9, Expected: 1.5, PAtLeastOne: .7, ChurnScore: .3, GapKnown: true, OwnGap: 20, NextExpected: now.AddDate(0, 0, 5), WinbackDueAt: now.AddDate(0, 0, 25)}
	list := []storage.Scored{{Purchaser: ann, Score: score, RFM: &scoring.RFMScore{R: 5, F: 4, M: 3}}, {Purchaser: found[who[1]], Score: scoring.CustomerScore{}}}
	dee, _ := s.PurchaserByID(ctx, ws.ID, who[3])
	list = append(list, storage.Scored{Purchaser: dee, Score: score})
	if n, err := s.WriteScores(ctx, ws.ID, model, list, now); err != nil || n != 2 {
		t.Errorf("scores written: %d, %v; want ann's and bob's", n, err)
	}
	row := func(id ids.ID) (m models.CustomerMetrics) {
		query(t, s, &m, "SELECT * FROM customer_metrics WHERE customer_id = ?", id)
		return m
	}
	if m := row(who[0]); m.RFMR == nil || *m.RFMR != 5 || *m.RFMM != 3 || *m.PAlive != .9 || *m.POrder != .7 || *m.ChurnScore != .3 || *m.OwnGapDays != 20 ||
		m.WinbackDueAt != models.At(score.WinbackDueAt) || m.NextOrderAt != models.At(score.NextExpected) || m.ScoredAt != models.At(now) || m.ScoreModel != model || m.OrdersCount != 5 || m.OrderDays != 4 {
		t.Errorf("ann's row: %+v", m)
	}
	if m := row(who[1]); m.PAlive != nil || m.POrder != nil || m.OwnGapDays != nil || !m.WinbackDueAt.IsZero() || m.RFMR != nil || m.ScoredAt.IsZero() {
		t.Errorf("bob's row must hold no made-up numbers: %+v", m)
	}
	if m := row(who[3]); !m.ScoredAt.IsZero() {
		t.Errorf("dee objects, but has a score: %+v", m)
	}

	// An order that came after the reading wins over the score that does not know it.
	exec(t, s, "UPDATE customer_metrics SET order_days = order_days + 1, last_order_at = ?, winback_due_at = NULL WHERE customer_id = ?", models.At(now), who[0])
	if n, err := s.WriteScores(ctx, ws.ID, model, list[:1], now.Add(time.Hour)); err != nil || n != 0 {
		t.Errorf("a stale score was written: %d, %v", n, err)
	}
	if m := row(who[0]); !m.WinbackDueAt.IsZero() || m.ScoredAt != models.At(now) {
		t.Errorf("ann's row after a stale score: %+v", m)
	}

	exec(t, s, "UPDATE customers SET no_profiling = 1 WHERE id = ?", who[0])
	if n, err := s.ClearScores(ctx, other.ID); err != nil || n != 0 {
		t.Errorf("cleared in another workspace: %d, %v", n, err)
	}
	if n, err := s.ClearScores(ctx, ws.ID); err != nil || n != 1 {
		t.Errorf("cleared: %d, %v; want ann's", n, err)
	}
	if m := row(who[0]); m.POrder != nil || m.RFMR != nil || !m.ScoredAt.IsZero() || !m.ScoreModel.IsZero() || m.OrdersCount != 5 {
		t.Errorf("ann's row after she objected: %+v", m)
	}
}
