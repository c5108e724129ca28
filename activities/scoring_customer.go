package activities

import (
	"context"

	"sojourn/contract"
	"sojourn/fault"
	"sojourn/ids"
	"sojourn/scoring"
	"sojourn/storage"
)

// Why a customer has no fresh score. Codes, for histories and records.
const (
	scoreNoModel   = "no_model"     // no night has fitted one yet
	scoreObjects   = "no_profiling" // objects to profiling, or processing is restricted
	scoreNever     = "never_bought"
	scoreTooLittle = "too_little_data"  // the model gives no probabilities; the own rhythm is written where it is known
	scoreMoving    = "purchases_moving" // orders kept coming in while we looked
)

// ScoreCustomer scores one customer by what he has bought up to now. Without a model, or for somebody who may not be
// profiled, it writes nothing and says why; the branch that follows then sees no score.
func (a *Scoring) ScoreCustomer(ctx context.Context, in contract.ScoreInput) (contract.ScoreResult, error) {
	out, err := a.scoreCustomer(ctx, in)
	return out, failure(ctx, contract.ActivityScoreCustomer, err)
}

func (a *Scoring) scoreCustomer(ctx context.Context, in contract.ScoreInput) (contract.ScoreResult, error) {
	var out contract.ScoreResult
	customer, err := ids.Parse(in.CustomerID)
	if err != nil {
		return out, badID(err)
	}
	row, params, err := a.latest(ctx, in.WorkspaceID)
	if fault.Is(err, fault.NotFound) {
		out.Reason = scoreNoModel
		return out, nil
	}
	if err != nil {
		return out, err
	}
	base, err := a.Store.ScoringBase(ctx, in.WorkspaceID)
	if err != nil {
		return out, err
	}
	out.ModelID = row.ID.String()
	// An order may arrive between reading and writing; the score must be of what is in the row when it is written.
	for range 3 {
		who, err := a.Store.PurchaserByID(ctx, in.WorkspaceID, customer)
		if err != nil {
			return out, err
		}
		switch {
		case who.Objects:
			out.Reason = scoreObjects
			return out, nil
		case who.Purchases.Days == 0:
			out.Reason = scoreNever
			return out, nil
		}
		now := a.now()
		scored := storage.Scored{Purchaser: who, RFM: params.rfm(who, now, base.Zone), Score: scoring.ScoreCustomer(params.Model, who.Purchases, now, base.Zone)}
		n, err := a.Store.WriteScores(ctx, in.WorkspaceID, row.ID, []storage.Scored{scored}, now)
		if err != nil {
			return out, err
		}
		if n > 0 {
			out.Scored, out.Reason = true, ""
			if !params.Model.Known() {
				out.Reason = scoreTooLittle
			}
			return out, nil
		}
	}
	out.Reason = scoreMoving
	return out, nil
}
