package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/models"
	"sojourn/scoring"
	"sojourn/storage"
)

// Scoring fits the purchase model of a workspace at night and scores its customers, and scores one customer afresh
// during a run with the model of the last night.
type Scoring struct {
	Store storage.Scores
	Now   func() time.Time // nil = time.Now
	NewID ids.Source       // nil = ids.New
}

func (a *Scoring) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}

// scoreParams is what score_models.params holds: all that is needed to score.
type scoreParams struct {
	Model scoring.Model      `json:"model"`
	RFM   *scoring.RFMBreaks `json:"rfm,omitempty"`
}

// scoreQuality is what score_models.quality holds: how far to trust it, with sentences for people.
type scoreQuality struct {
	scoring.Quality
	Kind    scoring.Kind `json:"kind"`
	Reason  string       `json:"reason,omitempty"`        // why it is not BG/NBD
	NoRFM   string       `json:"rfmReason,omitempty"`     // why there are no RFM scores
	NoTrial string       `json:"holdoutReason,omitempty"` // why there is no hold-out
}

// ScoringWorkspaces lists the workspaces to score.
func (a *Scoring) ScoringWorkspaces(ctx context.Context) (contract.ScoringList, error) {
	bases, err := a.Store.ScoringBases(ctx)
	out := contract.ScoringList{Workspaces: make([]int64, len(bases))}
	for i, b := range bases {
		out.Workspaces[i] = b.WorkspaceID
	}
	return out, failure(ctx, contract.ActivityScoringWorkspaces, err)
}

// ScoreBase fits the model of a workspace and scores everybody with it. Done again for the same firing it keeps the model
// it has fitted and scores again, so an attempt that was cut off costs only time.
func (a *Scoring) ScoreBase(ctx context.Context, in contract.ScoreBaseInput) (contract.ScoreBaseResult, error) {
	out, err := a.scoreBase(ctx, in)
	return out, failure(ctx, contract.ActivityScoreBase, err)
}

func (a *Scoring) scoreBase(ctx context.Context, in contract.ScoreBaseInput) (contract.ScoreBaseResult, error) {
	var out contract.ScoreBaseResult
	base, err := a.Store.ScoringBase(ctx, in.WorkspaceID)
	if err != nil {
		return out, err
	}
	cleared, err := a.Store.ClearScores(ctx, in.WorkspaceID)
	if err != nil {
		return out, err
	}
	out.Cleared = int(cleared)
	var people []storage.Purchaser
	err = a.Store.EachPurchaser(ctx, in.WorkspaceID, func(p storage.Purchaser) error {
		if people = append(people, p); len(people)%10000 == 0 {
			beat(ctx, len(people))
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	out.Customers = len(people)
	now := a.now()
	row, params, err := a.model(ctx, base, people, time.UnixMicro(in.FiredAt), now)
	if err != nil {
		return out, err
	}
	out.Kind, out.ModelID = string(params.Model.Kind), row.ID.String()

	const page = 8192
	purchases, scores := make([]scoring.Purchases, 0, page), make([]scoring.CustomerScore, page)
	list := make([]storage.Scored, 0, page)
	for from := 0; from < len(people); from += page {
		part := people[from:min(from+page, len(people))]
		purchases, list = purchases[:0], list[:0]
		for _, p := range part {
			purchases = append(purchases, p.Purchases)
		}
		scoring.ScoreAll(params.Model, purchases, now, base.Zone, scores[:len(part)])
		for i, p := range part {
			list = append(list, storage.Scored{Purchaser: p, Score: scores[i], RFM: params.rfm(p, now, base.Zone)})
		}
		n, err := a.Store.WriteScores(ctx, in.WorkspaceID, row.ID, list, now)
		out.Scored += n
		if err != nil {
			return out, err
		}
		beat(ctx, from+len(part))
	}
	return out, nil
}

// model returns the model of this firing: the one it has fitted already, or a new one.
func (a *Scoring) model(ctx context.Context, base storage.ScoringBase, people []storage.Purchaser, fired, now time.Time) (models.ScoreModel, scoreParams, error) {
	row, params, err := a.latest(ctx, base.WorkspaceID)
	if err == nil && !row.FittedAt.Time().Before(fired) {
		return row, params, nil
	}
	if err != nil && !fault.Is(err, fault.NotFound) {
		return row, params, err
	}
	params, quality, err := a.fit(ctx, base, people, now)
	if err != nil {
		return row, params, err
	}
	newID := a.NewID
	if newID == nil {
		newID = ids.New
	}
	row = models.ScoreModel{ID: newID(), WorkspaceID: base.WorkspaceID, Kind: storage.ScoreModelPurchases,
		Params: models.ToJSON(params), Quality: models.ToJSON(quality), FittedAt: models.At(now)}
	return row, params, a.Store.SaveScoreModel(ctx, row)
}

func (a *Scoring) latest(ctx context.Context, workspace int64) (row models.ScoreModel, params scoreParams, err error) {
	if row, err = a.Store.LatestScoreModel(ctx, workspace, storage.ScoreModelPurchases); err != nil {
		return row, params, err
	}
	var raw struct {
		Model json.RawMessage    `json:"model"`
		RFM   *scoring.RFMBreaks `json:"rfm"`
	}
	if err = row.Params.Into(&raw); err != nil {
		return row, params, fmt.Errorf("score model %s: %w", row.ID, err)
	}
	params.RFM = raw.RFM
	params.Model, err = scoring.Decode(raw.Model)
	return row, params, err
}

// rfm places a customer; nil without limits.
func (p scoreParams) rfm(who storage.Purchaser, now time.Time, zone *time.Location) *scoring.RFMScore {
	if p.RFM == nil || who.Purchases.Days == 0 {
		return nil
	}
	s := p.RFM.Score(rfmOf(who, now, zone))
	return &s
}

// rfmOf counts in purchase days, as the models do.
func rfmOf(p storage.Purchaser, now time.Time, zone *time.Location) scoring.RFM {
	h := p.Purchases.History(now, zone)
	return scoring.RFM{Recency: (h.T - h.Tx) * 7, Frequency: float64(p.Purchases.Days), Monetary: float64(p.Value)}
}
