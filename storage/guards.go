package storage

import (
	"context"
	"time"

	"sojourn/ids"
	"sojourn/journey"
	"sojourn/models"
)

// GuardActor is who the audit log names when a journey pauses by itself.
const GuardActor = "guard"

// GuardedJourney is a published journey with what its guard looks at.
type GuardedJourney struct {
	WorkspaceID int64
	JourneyID   ids.ID
	Guard       journey.Guard
	Rates       journey.Rates
}

// GuardPause is a journey that paused by itself and is paused still.
type GuardPause struct {
	JourneyKey string
	Name       string
	models.JourneyPause
}

// NewVersion asks to publish: the draft, or, with Document, an older document, which leaves a draft with changes alone.
type NewVersion struct {
	Revision int               // of the draft; 0 = the current one
	Document *journey.Document // publish this instead of the draft
	By       string
	Rollout  int           // share of entrants in percent that get it; 0 and 100 = everybody
	InFlight *NewOperation // what happens to runs of other versions; its target is the new version
}

// Rollouts stages versions and pauses journeys that do harm.
type Rollouts interface {
	// PublishVersion is Journeys.Publish with a share and an operation on the people in flight, in one transaction.
	PublishVersion(ctx context.Context, workspace int64, id ids.ID, v NewVersion, now time.Time) (models.JourneyVersion, error)
	// SetRollout changes the share of entrants that get the live version: at 100 the stage is over. Who was refused as
	// not_in_rollout by an audience entry that lets present members in is looked at again by the next refresh.
	SetRollout(ctx context.Context, workspace int64, id ids.ID, percent int, now time.Time) error
	// GuardedJourneys counts, for every published journey of all workspaces, the messages handed over since the later of
	// a moment and its last resume, and what came back.
	GuardedJourneys(ctx context.Context, since time.Time) ([]GuardedJourney, error)
	// PauseByGuard pauses a published journey and keeps why, with a line in the audit log. It reports false when the
	// journey is not published any more.
	PauseByGuard(ctx context.Context, workspace int64, id ids.ID, cause string, measured, sample int64, now time.Time) (bool, error)
	// GuardPauses lists the journeys that paused by themselves and have not been resumed.
	GuardPauses(ctx context.Context, workspace int64) ([]GuardPause, error)
	// SentPerDay is how many messages the workspace handed over a day, on average of the last days.
	SentPerDay(ctx context.Context, workspace int64, days int, now time.Time) (float64, error)
	// ListEntries lists the entry decisions of a journey with an outcome and reason: the people behind a number of the funnel.
	ListEntries(ctx context.Context, workspace int64, journey ids.ID, outcome, reason string, p PageAsk) ([]EntryRow, error)
}

// EntryRow is one entry decision with the person it is about.
type EntryRow struct {
	models.Decision
	Person Person
}
