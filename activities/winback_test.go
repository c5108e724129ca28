package activities_test

import (
	"context"
	"testing"
	"time"

	"gorm.io/gorm"

	"sojourn/activities"
	"sojourn/audience"
	"sojourn/contract"
	"sojourn/journey"
	"sojourn/scoring"
	"sojourn/storage/dbtest"
	"sojourn/storage/sqlstore"
)

// The whole way of a win-back entry on real purchases: orders, metrics, model, scores, audience, runs. Whom the SQL lets in
// is counted a second time from the orders alone, by the pure package.
func TestWinBackLetsInWhoIsDueAndLikely(t *testing.T) {
	t.Parallel()
	dbtest.Both(t, func(t *testing.T, s *sqlstore.Store) {
		ctx := context.Background()
		w := newShopAt(t, s, time.Date(1998, 7, 1, 6, 0, 0, 0, time.UTC)) // the day after the last purchase
		due := audience.Condition{And: []audience.Condition{
			{Metric: "winback_due_at", Op: audience.Lte, Value: map[string]any{"now": "P0D"}},
			{Metric: "p_order", Op: audience.Gte, Value: 0.15},
		}}
		j := publish(t, s, w.ws, "win-back", journey.Entry{Kind: journey.EntryAudience, Condition: &due, IncludePresent: true})
		if _, err := w.scoring().ScoreBase(ctx, contract.ScoreBaseInput{WorkspaceID: w.ws, FiredAt: w.now.UnixMicro()}); err != nil {
			t.Fatal(err)
		}
		refresh := &activities.Audiences{Store: s, Now: func() time.Time { return w.now }}
		got, err := refresh.RefreshAudiences(ctx)
		if err != nil {
			t.Fatal(err)
		}

		amsterdam, err := time.LoadLocation("Europe/Amsterdam")
		if err != nil {
			t.Fatal(err)
		}
		var orders []struct {
			CustomerID []byte
			PlacedAt   int64
		}
		if err := s.Tx(ctx, func(tx *gorm.DB) error {
			orders = nil
			return tx.Raw("SELECT customer_id, placed_at FROM orders WHERE workspace_id = ?", w.ws).Scan(&orders).Error
		}); err != nil {
			t.Fatal(err)
		}
		bought := map[string][]time.Time{}
		for _, o := range orders {
			bought[string(o.CustomerID)] = append(bought[string(o.CustomerID)], time.UnixMicro(o.PlacedAt))
		}
		var all []scoring.Purchases
		var histories []scoring.History
		for _, at := range bought {
			p := scoring.PurchasesOf(at, amsterdam)
			all, histories = append(all, p), append(histories, p.History(w.now, amsterdam))
		}
		model, err := scoring.Fit(histories, scoring.DefaultSettings(), w.now)
		if err != nil {
			t.Fatal(err)
		}
		silent, likely := 0, 0
		for _, p := range all {
			c := scoring.ScoreCustomer(model, p, w.now, amsterdam)
			if c.GapKnown && !c.WinbackDueAt.After(w.now) {
				if silent++; c.PAtLeastOne >= .15 {
					likely++
				}
			}
		}
		if got.Entered != likely || got.Runs != likely || likely < 50 || likely > 300 || silent < 5*likely {
			t.Errorf("%+v; by hand %d are silent for twice their gap, %d of them likely to order", got, silent, likely)
		}
		t.Logf("%d customers, %d silent for twice their own gap, %d of them let in", len(all), silent, likely)
		count(t, s, likely, "SELECT COUNT(DISTINCT customer_id) FROM runs WHERE journey_id = ?", j.ID)
	})
}
