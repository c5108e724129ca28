package storage

import (
	"context"
	"time"

	"sojourn/audience"
	"sojourn/ids"
)

// Audiences counts and keeps the members of audiences, and lets those who cross an edge into journeys.
//
// Conditions are answered in the zone of the workspace. Restricted customers are never members; they leave without an
// edge, as do erased and merged ones.
type Audiences interface {
	// CountAudience counts the customers for whom the condition holds; restricted ones are counted, too, since it holds
	// for them. Invalid when it can't be asked of a whole audience.
	CountAudience(ctx context.Context, workspace int64, c audience.Condition, now time.Time) (int64, error)
	// SampleAudience returns up to limit of them, the newest first.
	SampleAudience(ctx context.Context, workspace int64, c audience.Condition, limit int, now time.Time) ([]ids.ID, error)
	// ActiveAudiences lists what there is to refresh: active audiences that stand alone or belong to a journey that lets
	// people in.
	ActiveAudiences(ctx context.Context) ([]AudienceRef, error)
	// RefreshAudience makes the stored members those for whom the condition holds at now. Each crossing of an edge is one
	// transaction with the entry it causes, so a crash at any point neither loses nor doubles an entry, and refreshing
	// again goes on where it stopped. The first refresh of a journey's audience (or the first after its condition
	// changed) stores those present without an edge, unless the journey's entry says include_present: then they enter.
	// step is called after each transaction.
	RefreshAudience(ctx context.Context, workspace int64, id ids.ID, now time.Time, step func()) (Refreshed, error)
	// ScheduledJourneys lists the journeys whose live version has a schedule entry, whatever their state.
	ScheduledJourneys(ctx context.Context) ([]ScheduledJourney, error)
	// EnterScheduled lets in one page of the customers for whom the condition of a schedule entry holds, those with an id
	// above after, and returns the last id it looked at, zero at the end. The same firing lets nobody in twice.
	EnterScheduled(ctx context.Context, workspace int64, journeyID ids.ID, firing time.Time, after ids.ID, now time.Time) (ScheduledPage, error)
}

// AudienceRef names an audience.
type AudienceRef struct {
	WorkspaceID int64
	ID          ids.ID
	AudienceKey string
}

// Refreshed tells what a refresh did.
type Refreshed struct {
	Entered int  // became members
	Left    int  // ceased to be
	Runs    int  // runs begun by those edges
	Members int  // afterwards
	Seeding bool // it was the first one
}

// ScheduledJourney is a journey whose live version lets people in by a schedule.
type ScheduledJourney struct {
	WorkspaceID  int64
	WorkspaceKey string
	JourneyID    ids.ID
	JourneyKey   string
	State        string
	Cron         string
	Timezone     string // IANA
	CatchUp      string // ISO 8601 duration, empty = default
}

// ScheduledPage is one page of a scheduled entry.
type ScheduledPage struct {
	Next    ids.ID
	Matched int
	Runs    int
}
