package activities

import (
	"context"
	"log/slog"
	"time"

	"sojourn/contract"
	"sojourn/storage"
)

// guardWindow is how far back messages count for a journey's rates.
const guardWindow = 7 * 24 * time.Hour

// Guards pauses journeys that do harm.
type Guards struct {
	Store storage.Rollouts
	Now   func() time.Time // nil = time.Now
}

// CheckGuards looks at every published journey once. A journey never resumes by itself: what was wrong has to be seen.
func (g *Guards) CheckGuards(ctx context.Context) (contract.GuardsResult, error) {
	var out contract.GuardsResult
	now := time.Now()
	if g.Now != nil {
		now = g.Now()
	}
	all, err := g.Store.GuardedJourneys(ctx, now.Add(-guardWindow))
	if err != nil {
		return out, failure(ctx, contract.ActivityGuards, err)
	}
	for _, j := range all {
		beat(ctx, out)
		out.Journeys++
		cause, measured := j.Guard.Judge(j.Rates)
		if cause == "" {
			continue
		}
		paused, err := g.Store.PauseByGuard(ctx, j.WorkspaceID, j.JourneyID, cause, measured, j.Rates.Sent, now)
		if err != nil {
			return out, failure(ctx, contract.ActivityGuards, err)
		}
		if paused {
			out.Paused++
			slog.WarnContext(ctx, "a journey paused by itself", "journey", j.JourneyID, "cause", cause, "measured", measured, "sample", j.Rates.Sent)
		}
	}
	return out, nil
}
