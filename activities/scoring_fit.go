package activities

import (
	"context"
	"fmt"
	"time"

	"sojourn/fault"
	"sojourn/ids"
	"sojourn/scoring"
	"sojourn/storage"
)

// What a trial on held-out weeks takes: at most so many people, drawn evenly, and at least so many weeks held out.
const (
	trialPeople   = 20000
	trialMinWeeks = 4
)

// fit estimates everything that a night needs, with how far to trust it. Too little data is a model that says so.
func (a *Scoring) fit(ctx context.Context, base storage.ScoringBase, people []storage.Purchaser, now time.Time) (scoreParams, scoreQuality, error) {
	histories, rfm := make([]scoring.History, len(people)), make([]scoring.RFM, len(people))
	for i, p := range people {
		histories[i] = p.Purchases.History(now, base.Zone)
		rfm[i] = rfmOf(p, now, base.Zone)
	}
	beat(ctx, "fit")
	m, err := scoring.Fit(histories, base.Settings, now)
	if err != nil {
		return scoreParams{}, scoreQuality{}, fmt.Errorf("fit workspace %d: %w", base.WorkspaceID, err)
	}
	q := scoreQuality{Kind: m.Kind, Reason: m.Reason}
	params := scoreParams{Model: m}
	breaks, err := scoring.QuantileBreaks(rfm, 5)
	switch {
	case err == nil:
		params.RFM = &breaks
	case fault.Is(err, fault.Invalid):
		q.NoRFM = fmt.Sprintf("too little data: %d customers have ordered", len(people))
	default:
		return scoreParams{}, scoreQuality{}, err
	}
	holdout, why, err := a.trial(ctx, base, people, m, now)
	if err != nil {
		return scoreParams{}, scoreQuality{}, err
	}
	params.Model.Quality.Holdout, q.NoTrial = holdout, why
	q.Quality = params.Model.Quality
	return params, q, nil
}

// trial fits on the past without its last weeks and compares the forecast for those weeks with what came.
func (a *Scoring) trial(ctx context.Context, base storage.ScoringBase, people []storage.Purchaser, m scoring.Model, now time.Time) (*scoring.Holdout, string, error) {
	if !m.Known() {
		return nil, "no model to try", nil
	}
	today, first := dayNumber(now, base.Zone), dayNumber(now, base.Zone)
	for _, p := range people {
		first = min(first, dayNumber(p.Purchases.First, base.Zone))
	}
	weeks := min(int(base.Settings.HorizonWeeks), (today-first)/7/3)
	if weeks < trialMinWeeks {
		return nil, fmt.Sprintf("the orders go back %d days: too short to hold some weeks out", today-first), nil
	}
	var sample []ids.ID
	for i := 0; i < len(people); i += 1 + len(people)/trialPeople {
		sample = append(sample, people[i].Customer)
	}
	beat(ctx, "trial")
	moments, err := a.Store.OrderDays(ctx, base.WorkspaceID, sample)
	if err != nil {
		return nil, "", err
	}
	days := make([][]int, 0, len(moments))
	for _, list := range moments {
		var of []int
		for _, at := range list {
			if d := dayNumber(at, base.Zone); len(of) == 0 || of[len(of)-1] != d {
				of = append(of, d)
			}
		}
		days = append(days, of)
	}
	cut := today - 7*weeks
	past, result, err := scoring.Backtest(days, cut, today, base.Settings, now.AddDate(0, 0, -7*weeks))
	switch {
	case err != nil && past.Kind == scoring.KindNone:
		return nil, "before the held-out weeks there was " + past.Reason, nil
	case err != nil:
		return nil, "", err
	}
	return &result, "", nil
}

// dayNumber counts calendar days of the zone since 1970.
func dayNumber(t time.Time, zone *time.Location) int {
	y, m, d := t.In(zone).Date()
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}
