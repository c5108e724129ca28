package adminapi

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"sojourn/fault"
	"sojourn/models"
	"sojourn/scoring"
	"sojourn/storage"
)

// metricsOf lists the kept numbers of a customer; what never happened is left out.
func metricsOf(m models.CustomerMetrics) []Metric {
	out := []Metric{}
	number := func(key, kind string, v float64) { out = append(out, Metric{Key: key, Kind: kind, Number: &v}) }
	days := func(key string, v *float64) {
		if v != nil {
			number(key, "days", *v)
		}
	}
	moment := func(key string, v models.Instant) {
		if !v.IsZero() {
			out = append(out, Metric{Key: key, Kind: "time", Time: when(v)})
		}
	}
	number("orders_count", "count", float64(m.OrdersCount))
	number("orders_value", "money", float64(m.OrdersValue))
	number("order_days", "count", float64(m.OrderDays))
	moment("first_order_at", m.FirstOrderAt)
	moment("last_order_at", m.LastOrderAt)
	days("mean_gap_days", m.MeanGapDays)
	days("gap_sd_days", m.GapSdDays)
	number("visits_count", "count", float64(m.VisitsCount))
	number("events_count", "count", float64(m.EventsCount))
	number("opens_count", "count", float64(m.OpensCount))
	number("clicks_count", "count", float64(m.ClicksCount))
	moment("first_seen_at", m.FirstSeenAt)
	moment("last_seen_at", m.LastSeenAt)
	return out
}

// scores lists what was computed about a customer, each with the numbers it came from.
func (a *API) scores(ctx context.Context, ws int64, c storage.CustomerView) ([]Score, error) {
	m := c.Metrics
	out := []Score{}
	if m.ScoredAt.IsZero() {
		return out, nil
	}
	kind, horizon, ratio := "", scoring.DefaultSettings().HorizonWeeks, scoring.DefaultSettings().WinbackRatio
	if !m.ScoreModel.IsZero() {
		row, err := a.deps.Store.ScoreModel(ctx, ws, m.ScoreModel)
		if err != nil && !fault.Is(err, fault.NotFound) { // an old model may be gone; its scores are still told
			return nil, err
		}
		var params struct {
			Model scoring.Model `json:"model"`
		}
		if row.Params.Into(&params) == nil && params.Model.Settings.HorizonWeeks > 0 {
			kind, horizon, ratio = string(params.Model.Kind), params.Model.Settings.HorizonWeeks, params.Model.Settings.WinbackRatio
		}
	}
	silence := 0.0
	if !m.LastOrderAt.IsZero() {
		silence = math.Floor(a.now().Sub(m.LastOrderAt.Time()).Hours() / 24)
	}
	facts := map[string]any{"orders": m.OrdersCount, "order_days": m.OrderDays, "days_since_last_order": silence, "horizon_weeks": horizon}
	base := fmt.Sprintf("%s on %s, the last one %d days ago", plural(m.OrdersCount, "order"), plural(m.OrderDays, "day"), int(silence))
	add := func(s Score) {
		s.Facts, s.Model, s.ModelID, s.ScoredAt = facts, kind, m.ScoreModel.String(), when(m.ScoredAt)
		out = append(out, s)
	}
	number := func(key, kind, why string, v *float64) {
		if v != nil {
			add(Score{Key: key, Kind: kind, Number: v, Why: why})
		}
	}
	model := strings.ToUpper(or(kind, "the model"))
	number("p_order", "probability", fmt.Sprintf("Chance of at least one order in the next %.0f weeks, by %s from %s", horizon, model, base), m.POrder)
	number("churn_score", "probability", fmt.Sprintf("1 minus the chance of an order in the next %.0f weeks", horizon), m.ChurnScore)
	number("expected_orders", "count", fmt.Sprintf("Orders to expect in the next %.0f weeks, by %s from %s", horizon, model, base), m.ExpectedOrders)
	number("p_alive", "probability", fmt.Sprintf("Chance of still being a customer, by %s from %s; 1 for whoever bought once only", model, base), m.PAlive)
	number("own_gap_days", "days", "Usual time between orders: the customer's own, drawn towards everybody's the fewer orders there are", m.OwnGapDays)
	moment := func(key, why string, v models.Instant) {
		if !v.IsZero() {
			add(Score{Key: key, Kind: "time", Time: when(v), Why: why})
		}
	}
	moment("next_order_at", "The last order plus the customer's own gap", m.NextOrderAt)
	moment("winback_due_at", fmt.Sprintf("When the silence passes %.3g times the customer's own gap", ratio), m.WinbackDueAt)
	if m.RFMR != nil && m.RFMF != nil && m.RFMM != nil {
		add(Score{Key: "rfm", Kind: "rfm", Text: fmt.Sprintf("%d%d%d", *m.RFMR, *m.RFMF, *m.RFMM),
			Why: "Fifths of all customers by recency, frequency and value; 5 is the best fifth"})
	}
	return out, nil
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// zoneOf is the workspace's zone; UTC when its name is not known here.
func zoneOf(w models.Workspace) *time.Location {
	if loc, err := time.LoadLocation(w.Timezone); err == nil && w.Timezone != "" {
		return loc
	}
	return time.UTC
}
