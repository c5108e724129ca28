package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/models"
	"sojourn/scoring"
)

// Scores keeps fitted models and the score columns of customer_metrics. Who objects to profiling or whose processing is
// restricted is in no fit and has no score.
type Scores interface {
	// ScoringBases lists the workspaces to score.
	ScoringBases(ctx context.Context) ([]ScoringBase, error)
	// ScoringBase returns one; NotFound.
	ScoringBase(ctx context.Context, workspace int64) (ScoringBase, error)
	// EachPurchaser calls fn for every customer who has ordered and may be profiled, in no particular order, while the
	// rows are read. It stops at fn's first error and returns it.
	EachPurchaser(ctx context.Context, workspace int64, fn func(Purchaser) error) error
	// PurchaserByID returns one customer, whether he has ordered or not and whether he may be profiled or not; NotFound for
	// another workspace's, an erased or a merged one.
	PurchaserByID(ctx context.Context, workspace int64, customer ids.ID) (Purchaser, error)
	// OrderDays returns, for each of these customers in turn, the moments of their completed orders, ascending.
	OrderDays(ctx context.Context, workspace int64, customers []ids.ID) ([][]time.Time, error)
	// SaveScoreModel keeps a fitted model; LatestScoreModel returns the newest of its kind or NotFound.
	SaveScoreModel(ctx context.Context, m models.ScoreModel) error
	LatestScoreModel(ctx context.Context, workspace int64, kind string) (models.ScoreModel, error)
	// WriteScores writes the scores of those whose purchases are still the ones that were scored and who may still be
	// profiled, and returns how many that were: a score must not undo what an order since has changed.
	WriteScores(ctx context.Context, workspace int64, model ids.ID, list []Scored, at time.Time) (int, error)
	// ClearScores removes the scores of everybody who may not be profiled (any more), and returns of how many.
	ClearScores(ctx context.Context, workspace int64) (int64, error)
}

// ScoreModelPurchases is the kind of the one model there is: BG/NBD or what stands in for it, rhythm and RFM limits.
const ScoreModelPurchases = "purchases"

// ScoringBase is a workspace as scoring sees it.
type ScoringBase struct {
	WorkspaceID int64
	Zone        *time.Location
	Settings    scoring.Settings
}

// Purchaser is a customer with the running summary of his purchases.
type Purchaser struct {
	Customer  ids.ID
	Purchases scoring.Purchases
	Value     int64 // of all orders, minor units of the workspace's currency
	Objects   bool  // objects to profiling, or processing is restricted: no score
}

// Scored is a customer's new scores together with the purchases they were made from.
type Scored struct {
	Purchaser
	Score scoring.CustomerScore
	RFM   *scoring.RFMScore // nil = not known
}
